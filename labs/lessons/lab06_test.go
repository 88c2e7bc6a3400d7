package lessons

import (
	"context"
	"errors"
	"testing"

	"kconsole/kafka"
	"kconsole/labs"
	"kconsole/labs/check"
	"kconsole/labs/proof"
)

// lab06Off fills the topics of a step, and the last of them with something else.
func lab06Off(all []lab06Load, off func(*lab06Load)) func(context.Context, *labs.Env) error {
	return func(ctx context.Context, env *labs.Env) error {
		for i, l := range all {
			if i == len(all)-1 {
				off(&l)
			}
			if err := lab06Generate(ctx, env, l, l.records); err != nil {
				return err
			}
		}
		return nil
	}
}

func TestLab06(t *testing.T) {
	proof.Lab(t, lab(t, "06"), proof.Misses{
		// JSON twice: --values was left as it was.
		"bytes": {Do: lab06Off(lab06Formats, func(l *lab06Load) { l.format = "json" }), Answer: proof.Wrong("100")},
		// The last one with the codec of the one before.
		"codecs": {Do: lab06Off(lab06Codecs, func(l *lab06Load) { l.codec = "lz4" }), Answer: proof.Wrong("100")},
		// A tenth of the records is missing.
		"speed": {Do: lab06Off(lab06Speeds, func(l *lab06Load) { l.records -= l.records / 10 }), Answer: proof.Wrong("4711")},
		// Acknowledged by the leader alone, so without a producer id.
		"producer-id": {
			Do: func(ctx context.Context, env *labs.Env) error {
				p, err := env.Cluster.Producer(kafka.ProducerOptions{Acks: "leader"})
				if err != nil {
					return err
				}
				defer p.Close()
				return p.Produce(ctx, labs.Record(env.Name("payments"), "", "a payment"))[0].Err
			},
			Answer: proof.Wrong("-1"),
		},
		// The missing one, as large as before, and one that is there already.
		"oversize": {Do: func(ctx context.Context, env *labs.Env) error {
			if err := lab06SendLarge(ctx, env); err == nil {
				return errors.New("a record above the limit was written")
			}
			_, err := env.Produce(ctx, labs.Record(env.Name("invoices"), lab06InvoiceKey(env, 1), "again"))
			return err
		}},
		// The same keys with the same hash.
		"partitioner": {Do: lab06AsPHP, Answer: proof.Wrong("4711")},
		// Everything right but the partitioner.
		"php": {Do: func(ctx context.Context, env *labs.Env) error { return lab06Publish(ctx, env, check.CRC32) }},
	})
}

// A batch that its codec would have made larger is left as it is, and not wrong.
func TestLab06Wrong(t *testing.T) {
	zstd := lab06Load{format: "avro", codec: "zstd"}
	for _, c := range []struct {
		by   map[string]int64
		want int64
	}{
		{map[string]int64{"avro zstd": 1000}, 0},
		{map[string]int64{"avro zstd": 999, "avro none": 1}, 0},
		{map[string]int64{"avro zstd": 500, "avro none": 500}, 500},
		{map[string]int64{"avro zstd": 999, "json zstd": 1}, 1},
	} {
		log := lab06Log{by: c.by}
		for _, n := range c.by {
			log.records += n
		}
		if got := zstd.wrong(log); got != c.want {
			t.Errorf("%v: %d are wrong, want %d", c.by, got, c.want)
		}
	}
	if got := (lab06Load{format: "avro", codec: "none"}).wrong(lab06Log{records: 10, by: map[string]int64{"avro none": 10}}); got != 0 {
		t.Errorf("uncompressed: %d are wrong", got)
	}
}
