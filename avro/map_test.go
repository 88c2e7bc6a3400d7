package avro

import (
	"errors"
	"strings"
	"testing"
	"time"
)

var testNow = time.Date(2026, 11, 23, 14, 0, 0, 0, time.UTC)

func TestByteMap(t *testing.T) {
	s := compile(t, orderSchema)
	data := []byte("\x06o-1\x02b\x02\x02k\x0e\x00\x02\x02s\x01\x00\x02\x06hey")
	spans, err := s.Map(data, 5)
	if err != nil {
		t.Fatal(err)
	}
	var lines []string
	at := 5
	for _, p := range spans {
		if p.Offset != at {
			t.Errorf("gap before %d", p.Offset)
		}
		at += p.Length
		lines = append(lines, string(p.Role)+" "+p.Path+" "+p.Value)
	}
	want := []string{
		"length id 3 bytes", `value id "o-1"`, "length customer.name 1 byte", `value customer.name "b"`,
		"count customer.tags 1 item", "length customer.tags 1 byte", `key customer.tags "k"`, `value customer.tags["k"] 7`, "count customer.tags end",
		"count lines 1 item", "length lines[0].sku 1 byte", `value lines[0].sku "s"`, "value lines[0].paid true", "count lines end",
		"branch note branch 1: string", "length note 3 bytes", `value note "hey"`,
	}
	if got := strings.Join(lines, "\n"); got != strings.Join(want, "\n") {
		t.Errorf("%s", got)
	}
	if at != 5+len(data) {
		t.Errorf("the map ends at %d of %d", at, 5+len(data))
	}
}

// The map and the decoder must agree on what is a record, and the map must
// cover every byte, for whole, cut and changed records.
func TestByteMapAgreesWithTheDecoder(t *testing.T) {
	s := compile(t, everySchema)
	g, err := NewGenerator(s, 3, testNow)
	if err != nil {
		t.Fatal(err)
	}
	check := func(data []byte) {
		_, derr := s.AppendJSON(nil, data, Limits{})
		spans, merr := s.Map(data, 0)
		if (derr == nil) != (merr == nil) {
			t.Fatalf("decoder %v\nmap %v\n%x", derr, merr, data)
		}
		var d, m *DecodeError
		if errors.As(derr, &d) && errors.As(merr, &m) && (d.Problem != m.Problem || !strings.HasPrefix(d.Path, m.Path)) {
			t.Errorf("decoder %v\nmap %v", derr, merr)
		}
		at := 0
		for _, p := range spans {
			if p.Offset != at {
				t.Fatalf("gap at %d of %x", at, data)
			}
			at += p.Length
		}
		if at != len(data) {
			t.Fatalf("the map ends at %d of %d", at, len(data))
		}
	}
	for range 12 {
		data := g.Append(nil)
		check(data)
		for cut := 0; cut < len(data); cut += 7 {
			check(data[:cut])
		}
		for i := range data {
			changed := append([]byte(nil), data...)
			changed[i] ^= 0x81
			check(changed)
		}
		check(append(data, 1, 2, 3))
	}
}
