package registry

import (
	"context"
	"testing"

	"kconsole/compose/embedded/registry/registrytest"
)

func TestAnswersOfTheConfluentAPI(t *testing.T) {
	table, err := registrytest.Confluent()
	if err != nil {
		t.Fatal(err)
	}
	if n := table.Len(); n < 120 {
		t.Fatalf("the table has %d requests, want at least 120", n)
	}
	s := start(t, Config{})
	results, err := registrytest.Run(context.Background(), registrytest.Target{URL: s.URL(), Client: httpClient(t)}, table, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range results {
		if r.Err != nil {
			t.Errorf("%s: %v\n\tanswer %d: %s", r.Step, r.Err, r.Status, r.Body)
		}
	}
	t.Logf("%d requests", len(results))
}
