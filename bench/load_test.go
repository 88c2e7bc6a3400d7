package bench

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"kconsole/avro/registry"
	"kconsole/kafka/load"
)

// loadRecords are the records of one round of writing.
const loadRecords = 500_000

// BenchmarkLoad writes Avro records as fast as real Kafka takes them.
func BenchmarkLoad(b *testing.B) {
	r := newReport(10, "Writing 500,000 Avro records, acks=all, no compression, to real Kafka", "at least 0.9 of bare kgo; rate error at most 1% at 50,000/s")
	w, err := realWork(b)
	if err != nil {
		r.row("all", "").missing = firstLine(err.Error())
		r.print(b)
		return
	}
	n := strconv.Itoa(loadRecords)
	ours := &contestant{name: "kconsole load", run: func(b *testing.B) (map[string]float64, error) {
		s, err := w.load(b, "--rate", "0", "--records", n)
		return map[string]float64{"k/s": float64(s.Acknowledged) / (s.Seconds + s.Drain) / 1e3}, err
	}}
	bare := &contestant{name: "bare kgo, encoded before", run: func(b *testing.B) (map[string]float64, error) {
		out, err := mustRole(b, "produce", w.brokers, w.registry, w.topic, n).Output()
		if err != nil {
			return nil, err
		}
		rate, err := strconv.ParseFloat(strings.TrimSpace(string(out)), 64)
		return map[string]float64{"k/s": rate / 1e3}, err
	}}
	theirs := &contestant{name: "kafka-producer-perf-test, random bytes", run: func(b *testing.B) (map[string]float64, error) {
		out, err := java(b, "org.apache.kafka.tools.ProducerPerformance", "--topic", w.topic, "--num-records", n, "--record-size", "124", "--throughput", "-1",
			"--producer-props", "bootstrap.servers="+w.brokers, "acks=all", "linger.ms=5", "batch.size=1000000", "buffer.memory=67108864")
		if err != nil {
			return nil, err
		}
		found := perfRate.FindAllStringSubmatch(out, -1)
		if len(found) == 0 {
			return nil, fmt.Errorf("it printed no rate: %s", out)
		}
		rate, err := strconv.ParseFloat(found[len(found)-1][1], 64)
		return map[string]float64{"k/s": rate / 1e3}, err
	}}
	paced := &contestant{name: "kconsole load --rate 50000", run: func(b *testing.B) (map[string]float64, error) {
		s, err := w.load(b, "--rate", "50000", "--duration", "5s")
		return map[string]float64{"% rate error": 100 * s.RateError, "ms p99 latency": s.Latency.P99}, err
	}}
	for b.Loop() {
		r.race(b, *rounds, ours, bare, theirs)
		r.race(b, min(*rounds, 3), paced)
	}
	r.row(ours.name, "k/s").beside(r.row(bare.name, "k/s"))
	r.row(theirs.name, "k/s").beside(r.row(bare.name, "k/s"))
	r.print(b)
}

// load runs kconsole load to its end.
func (w *work) load(b *testing.B, args ...string) (load.Summary, error) {
	b.Helper()
	var s load.Summary
	cmd := program(b, w.brokers, w.registry, append([]string{"load", w.topic, "-o", "json"}, args...)...)
	out, err := cmd.Output()
	if err != nil {
		return s, fmt.Errorf("kconsole load: %w: %s", err, out)
	}
	return s, json.Unmarshal(out, &s)
}

var perfRate = regexp.MustCompile(`([0-9.]+) records/sec`)

// bareProduce is the role of the shortest program with kgo that writes the same
// records with the same keys. They are made before the clock starts.
func bareProduce(ctx context.Context, args []string) error {
	n, err := strconv.Atoi(args[3])
	if err != nil {
		return err
	}
	schemas, err := registry.New(registry.Options{URL: args[1]})
	if err != nil {
		return err
	}
	defer schemas.Close()
	schema, err := schemas.Version(ctx, args[2]+"-value", registry.Latest)
	if err != nil {
		return err
	}
	made, err := load.Avro(schema, 1)
	if err != nil {
		return err
	}
	values := make([][]byte, 16_384)
	for i := range values {
		if values[i], err = made.Append(nil); err != nil {
			return err
		}
	}
	keys := make([][]byte, 1000)
	for i := range keys {
		keys[i] = fmt.Appendf(nil, "key-%d", i)
	}
	client, err := kgo.NewClient(kgo.SeedBrokers(args[0]), kgo.DefaultProduceTopic(args[2]), kgo.ProducerLinger(5*time.Millisecond),
		kgo.ProducerBatchCompression(kgo.NoCompression()), kgo.MaxBufferedRecords(200_000), kgo.MaxBufferedBytes(64<<20), kgo.DisableClientMetrics())
	if err != nil {
		return err
	}
	defer client.Close()
	if err := client.Ping(ctx); err != nil {
		return err
	}
	failed := make(chan error, 1)
	began := time.Now()
	for i := range n {
		client.Produce(ctx, &kgo.Record{Key: keys[i*7%len(keys)], Value: values[i%len(values)]}, func(_ *kgo.Record, err error) {
			if err != nil {
				select {
				case failed <- err:
				default:
				}
			}
		})
	}
	if err := client.Flush(ctx); err != nil {
		return err
	}
	took := time.Since(began)
	select {
	case err := <-failed:
		return err
	default:
	}
	_, err = fmt.Fprintln(os.Stdout, float64(n)/took.Seconds())
	return err
}
