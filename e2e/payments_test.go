package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"kconsole/compose/labdir"
	"kconsole/kafka/config"
)

// writtenByPython lets Confluent's own client write Avro to a new topic of the
// lab in dir, over SASL_SSL and its registry, and checks what `tail` makes of it.
func writtenByPython(t *testing.T, dir, topic string) {
	t.Helper()
	conf := filepath.Join(dir, labdir.ConfigFile)
	loaded, err := config.Load(conf)
	if err != nil {
		t.Fatal(err)
	}
	cl, err := loaded.Cluster("lab")
	if err != nil {
		t.Fatal(err)
	}
	password, err := os.ReadFile(filepath.Join(dir, "admin.secret"))
	if err != nil {
		t.Fatal(err)
	}
	python(t, "produce_orders.py", filepath.Join(dir, config.KcatFile), cl.Registry.URL, cl.Registry.CA,
		labdir.Admin, strings.TrimSpace(string(password)), topic, "50")

	records := decoded(t, kconsole(t, "tail", topic, "-n", "50", "-o", "jsonl", "--from", "start", "--config", conf))
	if len(records) != 50 {
		t.Fatalf("%d records", len(records))
	}
	seen := map[float64]bool{}
	for _, rec := range records {
		value, ok := rec["value"].(map[string]any)
		if !ok || rec["error"] != nil {
			t.Fatalf("not decoded: %v", rec)
		}
		id := value["id"].(float64)
		seen[id] = true
		want := map[string]any{
			"id": id, "payer": fmt.Sprintf("p-%d", int(id)%7), "amount": (1999 + id) / 100,
			"note": nil, "at": fmt.Sprintf("2026-03-04T05:06:07.%03dZ", int(id)),
		}
		if int(id)%2 == 0 {
			want["note"] = fmt.Sprintf("zażółć %d", int(id))
		}
		for k, v := range want {
			if value[k] != v {
				t.Errorf("record %v: %s is %v, not %v", id, k, value[k], v)
			}
		}
		if rec["key"] != want["payer"] {
			t.Errorf("record %v has key %v", id, rec["key"])
		}
		if headers := rec["headers"].([]any); len(headers) != 2 {
			t.Errorf("a repeated header was lost: %v", headers)
		}
		if schema := rec["schema"].(map[string]any); schema["subject"] != topic+"-value" || schema["version"] != 1.0 {
			t.Errorf("schema %v", schema)
		}
	}
	if len(seen) != 50 {
		t.Errorf("%d different records", len(seen))
	}
}
