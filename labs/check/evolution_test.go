package check

import (
	"testing"

	"kconsole/avro"
	"kconsole/avro/registry"
)

// TestMisfit: a version that got in while nothing was checked is found, also behind
// one that gets along with it.
func TestMisfit(t *testing.T) {
	version := func(n int, fields string) *registry.Schema {
		s, err := avro.Compile(`{"type":"record","name":"R","fields":[`+fields+`]}`, nil)
		if err != nil {
			t.Fatal(err)
		}
		return &registry.Schema{Subject: "s", Version: n, Avro: s}
	}
	const id, phone, wanted = `{"name":"id","type":"string"}`, `{"name":"phone","type":"string","default":""}`, `{"name":"phone","type":"string"}`
	good := []*registry.Schema{version(1, id), version(2, id+","+phone)}
	if bad, why := Misfit(good); bad != nil {
		t.Errorf("version %d does not fit: %s", bad.Version, why)
	}
	if bad, why := Misfit(append(good, version(3, id+","+wanted))); bad == nil || bad.Version != 3 || why == "" {
		t.Errorf("found %v because %q, want version 3", bad, why)
	}
	if bad, _ := Misfit([]*registry.Schema{version(1, id), {Version: 2}}); bad == nil || bad.Version != 2 {
		t.Errorf("found %v, want version 2, which is no Avro", bad)
	}
}
