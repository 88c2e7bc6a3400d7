package e2e

import (
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"kconsole/compose/labdir"
	"kconsole/kafka/kafkatest"
)

// The main job on three real brokers and a real registry, over SASL_SSL: records
// that Confluent's own client wrote are decoded on the command line and in the
// console.
func TestRealKafka(t *testing.T) {
	c := kafkatest.Real(t)
	conf := filepath.Join(c.Dir, labdir.ConfigFile)
	topic := "e2e." + strconv.FormatInt(time.Now().UnixMilli()%1e9, 36) // short: it shall fit the screen
	writtenByPython(t, c.Dir, topic)

	if out := kconsole(t, "get", "topics", topic, "-o", "jsonl", "--config", conf); !strings.Contains(out, `"partitions":3,"replication_factor":3`) {
		t.Errorf("get topics: %s", out)
	}
	five := decoded(t, kconsole(t, "tail", topic, "-n", "5", "-o", "jsonl", "--config", conf))
	if len(five) != 5 {
		t.Errorf("tail -n 5 printed %d records", len(five))
	}

	term := openTerminal(t, 120, 40, nil, binary+" --config "+conf)
	term.waitFor("3/3 brokers", "process", "TLS 1.3")
	term.keys("/")
	term.write(topic)
	term.keys("Enter")
	term.waitFor(topic)
	term.keys("l")
	term.waitFor(`"payer":"p-`, "following")
	term.keys("Enter")
	term.waitFor(`"amount": `, topic+"-value v1", "confluent-kafka")
	term.keys("Escape")
	term.waitUntil("the list of records alone", func(s string) bool { return !strings.Contains(s, `"amount": `) })
	term.keys(":")
	term.write("q")
	term.keys("Enter")
	term.waitFor("[exit 0]")
}
