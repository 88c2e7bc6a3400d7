package lessons

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"kconsole/compose"
	"kconsole/kafka"
	"kconsole/labs"
	"kconsole/labs/check"
)

// lab09Payments500 is how many payments go through a failure.
const lab09Payments500 = 500

// lab09State is what was there before the payments.
type lab09State struct {
	Ends   check.Offsets   `json:"ends"`
	Epochs map[int32]int32 `json:"epochs"` // leader epoch by partition
}

func lab09Now(ctx context.Context, env *labs.Env) (any, error) {
	t, err := lab09Payments(ctx, env)
	if err != nil {
		return nil, err
	}
	st := lab09State{Epochs: map[int32]int32{}}
	for i := range t.Partitions {
		st.Epochs[t.Partitions[i].ID] = t.Partitions[i].LeaderEpoch
	}
	st.Ends, err = check.Ends(ctx, env, t.Name)
	return st, err
}

// lab09Run is what one producer wrote since the step began.
type lab09Run struct {
	seen        map[string]int // by key and value
	first, last time.Time
	wanted      int // how many of the payments that are asked for
}

func (r *lab09Run) twice() (n int) {
	for _, times := range r.seen {
		if times > 1 {
			n++
		}
	}
	return n
}

// lab09Runs sorts what was written since the step began by producer id, the id
// of idempotent producers; plain counts the records without one.
func lab09Runs(ctx context.Context, env *labs.Env, base check.Offsets, php bool) (best *lab09Run, plain int, err error) {
	records, err := check.Records(ctx, env, env.Name("payments"), base)
	if err != nil {
		return nil, 0, err
	}
	runs := map[int64]*lab09Run{}
	for i := range records {
		r := &records[i]
		if r.ProducerID < 0 {
			plain++
			continue
		}
		run := runs[r.ProducerID]
		if run == nil {
			run = &lab09Run{seen: map[string]int{}, first: r.Timestamp, last: r.Timestamp}
			runs[r.ProducerID] = run
		}
		id := string(r.Key) + "\n" + string(r.Record.Value)
		if run.seen[id]++; run.seen[id] == 1 && (!php || lab09IsPayment(string(r.Key))) {
			run.wanted++
		}
		if r.Timestamp.Before(run.first) {
			run.first = r.Timestamp
		}
		if r.Timestamp.After(run.last) {
			run.last = r.Timestamp
		}
	}
	for _, run := range runs {
		if best == nil || run.wanted > best.wanted || run.wanted == best.wanted && run.last.After(best.last) {
			best = run
		}
	}
	return best, plain, nil
}

// lab09IsPayment tells whether a key is one of pay-1 ... pay-500.
func lab09IsPayment(key string) bool {
	text, ok := strings.CutPrefix(key, "pay-")
	n, err := strconv.Atoi(text)
	return ok && err == nil && n >= 1 && n <= lab09Payments500
}

// lab09Failed tells whether a broker stopped or started, and leaders moved, while
// a producer was writing.
func lab09Failed(ctx context.Context, env *labs.Env, was lab09State, run *lab09Run) (bool, error) {
	t, err := lab09Payments(ctx, env)
	if err != nil {
		return false, err
	}
	if !slices.ContainsFunc(t.Partitions, func(p kafka.Partition) bool { return p.LeaderEpoch > was.Epochs[p.ID] }) {
		return false, nil
	}
	brokers, err := env.Stack.Brokers(ctx)
	if err != nil {
		return false, err
	}
	return slices.ContainsFunc(brokers, func(b compose.Broker) bool { return b.Since.After(run.first) && b.Since.Before(run.last) }), nil
}

// lab09Through is done when one idempotent producer wrote all payments, each
// once, while a broker failed. In PHP they have the keys pay-1 to pay-500.
func lab09Through(php bool) func(context.Context, *labs.Env) (labs.Verdict, error) {
	want := "500 different records of one idempotent producer, none twice, with a broker stopped or started while it wrote"
	if php {
		want = "the payments pay-1 to pay-500 of one idempotent producer, none twice, with a broker stopped or started while it wrote"
	}
	return func(ctx context.Context, env *labs.Env) (labs.Verdict, error) {
		var was lab09State
		if err := env.Baseline(&was); err != nil {
			return labs.Verdict{}, err
		}
		best, plain, err := lab09Runs(ctx, env, was.Ends, php)
		if err != nil {
			return labs.Verdict{}, err
		}
		switch {
		case best == nil && plain > 0:
			return labs.NotYet(want, check.Count(int64(plain), "new record")+", all of a producer that is not idempotent", "acks=all and idempotence"), nil
		case best == nil:
			return labs.NotYet(want, "no new record", "start to write"), nil
		case best.twice() > 0:
			return labs.NotYet(want, check.Count(int64(best.twice()), "record")+" more than once", "does your code send again what failed?"), nil
		case best.wanted != lab09Payments500:
			return labs.NotYet(want, check.Count(int64(best.wanted), "different record")+" of the producer that wrote most", "wait for its end; were any refused, then begin with another producer"), nil
		}
		failed, err := lab09Failed(ctx, env, was, best)
		if err != nil {
			return labs.Verdict{}, err
		}
		if !failed {
			return labs.NotYet(want, "all 500 once, and no broker whose last stop or start lies between the first and the last of them", "write again, and stop a broker meanwhile"), nil
		}
		return labs.Done("500 payments through a failure: none missing, none twice"), nil
	}
}

func lab09ThroughNudge(php bool) func(context.Context, *labs.Env) (string, error) {
	return func(ctx context.Context, env *labs.Env) (string, error) {
		var was lab09State
		if err := env.Baseline(&was); err != nil {
			return "", err
		}
		best, plain, err := lab09Runs(ctx, env, was.Ends, php)
		if err != nil {
			return "", err
		}
		if best == nil {
			return fmt.Sprintf("Since the step began, idempotent producers wrote nothing to %s, and others %s.", env.Name("payments"), check.Count(int64(plain), "record")), nil
		}
		return fmt.Sprintf("The best attempt has %s so far, written from %s to %s UTC. A broker has to stop, or start again, between these two.",
			check.Count(int64(best.wanted), "record"), best.first.UTC().Format("15:04:05"), best.last.UTC().Format("15:04:05")), nil
	}
}

// lab09Write sends the payments, and stops and starts a broker in between.
func lab09Write(ctx context.Context, env *labs.Env) error {
	return lab09WriteUpTo(ctx, env, lab09Payments500, true)
}

// lab09WriteUpTo sends so many payments with one idempotent producer.
func lab09WriteUpTo(ctx context.Context, env *labs.Env, upTo int, fail bool) error {
	if err := lab02StartAll(ctx, env); err != nil {
		return err
	}
	t, err := lab09Payments(ctx, env)
	if err != nil {
		return err
	}
	victim := t.Partition(0).Leader
	if victim == kafka.NoLeader {
		return errors.New("partition 0 has no leader: start the brokers")
	}
	p, err := env.Cluster.Producer(kafka.ProducerOptions{Limit: 2 * time.Minute})
	if err != nil {
		return err
	}
	defer p.Close()
	const batch = 50
	for from := 1; from <= upTo; from += batch {
		var records []kafka.NewRecord
		for i := from; i < from+batch && i <= upTo; i++ {
			r := labs.Record(t.Name, "pay-"+strconv.Itoa(i), fmt.Sprintf(`{"payment":%d}`, i))
			r.Headers = []kafka.Header{{Key: labs.NonceHeader, Value: []byte(env.Nonce)}}
			records = append(records, r)
		}
		for _, out := range p.Produce(ctx, records...) {
			if out.Err != nil {
				return out.Err
			}
		}
		switch {
		case !fail:
		case from == 1+2*batch:
			env.Say("%d payments are written: stop broker %d", from+batch-1, victim)
			err = env.Stack.Stop(ctx, victim)
		case from == 1+5*batch:
			env.Say("%d payments are written: start broker %d", from+batch-1, victim)
			err = env.Stack.Start(ctx, victim)
		}
		if err != nil {
			return err
		}
	}
	env.Say("%d payments were acknowledged", upTo)
	return nil
}
