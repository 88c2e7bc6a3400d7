package bench

import (
	"context"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/sr"

	"kconsole/compose/embedded/registry"
)

// The records that a tail of the console reads while its memory is watched.
const (
	ringTopic    = "endless"
	ringSchemaID = 1 // the first that a registry gives
	ringEarly    = 2_000_000
	ringLate     = 10_000_000
)

// BenchmarkRing measures the memory of a console whose tail has passed 10,000,000
// records.
func BenchmarkRing(b *testing.B) {
	r := newReport(6, "Memory of the console when a tail has read 10,000,000 records into the screen's ring",
		"at most 96 MiB, and at most 2 MiB more than after 2,000,000")
	at := cluster(b, endlessCluster)
	schemas, err := ringRegistry(b)
	if err != nil {
		b.Fatal(err)
	}
	ours := &contestant{name: "kconsole", run: func(b *testing.B) (map[string]float64, error) {
		t := open(b, program(b, at, schemas, "-c", "tail "+ringTopic))
		defer t.end()
		values := map[string]float64{}
		for _, n := range []int{ringEarly, ringLate} {
			if err := t.screen(fmt.Sprintf("%d records read", n), func(g *grid) bool { return seen(g) >= n }); err != nil {
				return nil, err
			}
			most, now, err := t.memory()
			if err != nil {
				return nil, err
			}
			values[fmt.Sprintf("MiB, most until %dM records", n/1_000_000)] = most
			values[fmt.Sprintf("MiB, at %dM records", n/1_000_000)] = now
		}
		values["MiB, growth of the most in between"] = values["MiB, most until 10M records"] - values["MiB, most until 2M records"]
		return values, nil
	}}
	for b.Loop() {
		r.race(b, min(*rounds, 2), ours) // it takes long, and memory differs little
	}
	r.note("The records are of benchmark 1's kind. They come out of a simulated broker (kfake, in a process of its own) that serves one batch of %d of them again and again, as fast as they are read; on a real one they would take 1.4 GB.", tailBatch)
	r.print(b)
}

// ringRegistry serves the schema of the records.
func ringRegistry(b *testing.B) (string, error) {
	b.Helper()
	server, err := registry.Start(context.Background(), registry.Config{})
	if err != nil {
		return "", err
	}
	b.Cleanup(func() { _ = server.Close() })
	client, err := sr.NewClient(sr.URLs(server.URL()))
	if err != nil {
		return "", err
	}
	got, err := client.CreateSchema(b.Context(), ringTopic+"-value", sr.Schema{Schema: workSchema})
	if err == nil && got.ID != ringSchemaID {
		err = fmt.Errorf("the registry's first schema has the id %d, not %d", got.ID, ringSchemaID)
	}
	return server.URL(), err
}

var seenOnScreen = regexp.MustCompile(`([\d,]+) seen`)

// seen is how many records a tail says that it has read; -1: it says nothing.
func seen(g *grid) int {
	for y := range g.height {
		if at := seenOnScreen.FindStringSubmatch(g.line(y)); at != nil {
			if n, err := strconv.Atoi(strings.ReplaceAll(at[1], ",", "")); err == nil {
				return n
			}
		}
	}
	return -1
}
