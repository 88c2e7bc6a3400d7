package e2e

import (
	"net/http"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/sr"

	"kconsole/compose/apicurio"
	"kconsole/compose/embedded/registry/registrytest"
	"kconsole/kafka/kafkatest"
)

// The table of requests from the Confluent API's documentation, which the
// embedded registry answers to the letter, against Apicurio at its Confluent
// endpoint, with the differences that are known: a difference that is not
// listed fails, and so does one that is listed and gone.
func TestRegistryTableOnApicurio(t *testing.T) {
	c := kafkatest.RealAlone(t) // the table changes the global level
	table, err := registrytest.Confluent()
	if err != nil {
		t.Fatal(err)
	}
	known, err := registrytest.Apicurio()
	if err != nil {
		t.Fatal(err)
	}
	client, err := c.Config.Registry.HTTPClient()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.CloseIdleConnections)
	reg := c.Registry(t)
	was := reg.Compatibility(t.Context())
	if len(was) != 1 || was[0].Err != nil {
		t.Fatalf("the global level: %+v", was)
	}
	defer func() {
		set := reg.SetCompatibility(t.Context(), sr.SetCompatibility{Level: was[0].Level})
		if len(set) != 1 || set[0].Err != nil {
			t.Errorf("the global level is not as it was: %+v", set)
		}
	}()
	results, err := registrytest.Run(t.Context(), registrytest.Target{
		URL: c.Config.Registry.URL + apicurio.ConfluentAPI, Client: client, SetLevel: true, Prefix: prefix(t),
	}, table, known)
	if err != nil {
		t.Fatal(err)
	}
	differ := 0
	for _, r := range results {
		if r.Known != "" {
			differ++
		}
		if r.Err != nil {
			t.Errorf("%s: %v\n\tanswer %d %s: %s", r.Step, r.Err, r.Status, http.StatusText(r.Status), r.Body)
		}
	}
	t.Logf("%d requests, %d with a known difference", len(results), differ)
}

// prefix begins the subjects of one run; letters and digits only.
func prefix(t *testing.T) string {
	name := kafkatest.Name(t)
	return strings.ToLower(name[strings.LastIndexByte(name, '-')+1:])
}
