package bench

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"strings"
	"testing"

	"github.com/linkedin/goavro/v2"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	"kconsole/avro"
)

// TestOrders holds the work set against what the benchmarks say about it, and
// against another decoder.
func TestOrders(t *testing.T) {
	const n = 20_000
	schema, err := avro.Compile(workSchema, nil)
	if err != nil {
		t.Fatal(err)
	}
	codec, err := goavro.NewCodecForStandardJSONFull(workSchema)
	if err != nil {
		t.Fatal(err)
	}
	made, again := newOrders(7), newOrders(7)
	with, nulls := 0, 0
	for i := range n {
		_, value := made.next(nil)
		if _, same := again.next(nil); !bytes.Equal(value, same) {
			t.Fatalf("record %d is not the same in each run", i)
		}
		id, payload, ok := avro.ParseConfluent(value)
		if !ok || id != 7 {
			t.Fatalf("record %d is framed for schema %d, %v", i, id, ok)
		}
		ours, err := schema.AppendJSON(nil, payload, avro.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(ours, []byte(soughtText)) {
			with++
		}
		if bytes.Contains(ours, []byte(`"note":null`)) {
			nulls++
		}
		if i >= 1000 {
			continue
		}
		var theirs bytes.Buffer
		if err := goavroLine(&theirs, codec, value); err != nil {
			t.Fatal(err)
		}
		var a, b any
		if json.Unmarshal(ours, &a) != nil || json.Unmarshal(theirs.Bytes(), &b) != nil || !reflect.DeepEqual(a, b) {
			t.Fatalf("record %d is %s, by goavro %s", i, ours, theirs.Bytes())
		}
	}
	if average := float64(made.size) / n; average < 120 || average > 128 {
		t.Errorf("records have %.1f bytes on average, not about 124", average)
	}
	if with != made.sought || with == 0 || nulls == 0 || nulls == n {
		t.Errorf("%d records have the text, %d should; %d of %d have no note", with, made.sought, nulls, n)
	}
}

// TestBatches writes batches as the benchmarks do and reads them back.
func TestBatches(t *testing.T) {
	fake, err := kfake.NewCluster(kfake.NumBrokers(1), kfake.SeedTopics(2, workTopic))
	if err != nil {
		t.Fatal(err)
	}
	defer fake.Close()
	brokers := strings.Join(fake.ListenAddrs(), ",")
	w, err := newBatchWriter(t.Context(), brokers, workTopic)
	if err != nil {
		t.Fatal(err)
	}
	defer w.close()
	made := newOrders(7)
	if err := w.write(t.Context(), 0, made.batch(tailBatch), made.batch(tailBatch)); err != nil {
		t.Fatal(err)
	}
	size := 0
	perPartition := map[int32]int64{}
	err = consume(t.Context(), brokers, workTopic, fmt.Sprint(2*tailBatch), func(rec *kgo.Record) error {
		if rec.Offset != perPartition[rec.Partition] {
			return fmt.Errorf("partition %d: offset %d after %d records", rec.Partition, rec.Offset, perPartition[rec.Partition])
		}
		perPartition[rec.Partition]++
		size += len(rec.Value)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if size != made.size || perPartition[0] != tailBatch || perPartition[1] != tailBatch {
		t.Errorf("%d bytes came back of %d; by partition: %v", size, made.size, perPartition)
	}
}

// TestReadPrinted has the check of kconsole's output find what is wrong with one.
func TestReadPrinted(t *testing.T) {
	line := func(partition, offset int, value, fault string) string {
		return fmt.Sprintf(`{"topic":"orders","partition":%d,"offset":%d,"timestamp":null,"key":null,"value":%s,"headers":[],"schema":null,"error":%s}`+"\n", partition, offset, value, fault)
	}
	good := line(0, 0, `{"id":1}`, "null") + line(1, 0, `{"id":2}`, "null") + line(0, 1, `{"id":3}`, "null")
	values, n, err := readPrinted(strings.NewReader(good))
	if err != nil || n != 3 || !reflect.DeepEqual(values[spot{0, 1}], map[string]any{"id": 3.0}) {
		t.Errorf("%d records, %v, %v", n, values, err)
	}
	for name, bad := range map[string]string{
		"a record is missing":    line(0, 1, `{}`, "null"),
		"a record twice":         line(0, 0, `{}`, "null") + line(0, 0, `{}`, "null"),
		"a record not decoded":   line(0, 0, `null`, `"no schema"`),
		"a value that is null":   line(0, 0, `null`, "null"),
		"a line that is no JSON": "{\n",
	} {
		if _, _, err := readPrinted(strings.NewReader(bad)); err == nil {
			t.Errorf("%s: nothing is wrong with it", name)
		}
	}
}

// TestSeen reads the number of records off a screen.
func TestSeen(t *testing.T) {
	g := newGrid(40, 3)
	if n := seen(g); n != -1 {
		t.Errorf("%d on an empty screen", n)
	}
	copy(g.cells[40:], []rune("● following   12.3k/s   2,001,000 seen"))
	if n := seen(g); n != 2_001_000 {
		t.Errorf("%d", n)
	}
}
