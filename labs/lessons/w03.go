package lessons

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"slices"
	"strconv"

	"kconsole/kafka"
	"kconsole/labs"
	"kconsole/labs/check"
)

func init() {
	walkthrough("w03", labs.Behavior{Stage: w03Stage, Baseline: w03Baseline, Check: w03Accounted, Nudge: w03Nudge, Solve: w03Solve})
}

const (
	w03Invoices = 60
	w03Topic    = "invoices"   // what billing reads
	w03Outbox   = "outbox"     // what the export had to send
	w03Refused  = "refused"    // where it can be said what was not delivered
	w03Log      = "export-log" // what the export says of itself
	w03Limit    = 32_768       // max.message.bytes of the invoices
	w03Lines    = 8            // of an invoice, up to
	w03Near     = 560          // of one that just fits
	w03Long     = 700          // of one that does not fit, at least
)

// w03Invoice is one invoice; its id is its key.
type w03Invoice struct {
	ID       string    `json:"invoice"`
	Customer string    `json:"customer"`
	Lines    []w03Line `json:"lines"`
}

type w03Line struct {
	SKU      string `json:"sku"`
	Quantity int    `json:"quantity"`
	Cents    int    `json:"cents"`
}

// w03Make makes the invoices of a run, always the same ones. Some wholesale
// customers get long ones.
func w03Make(env *labs.Env) ([]kafka.NewRecord, error) {
	h := fnv.New64a()
	_, _ = h.Write([]byte(env.Nonce))
	r := rand.New(rand.NewPCG(h.Sum64(), 3)) //nolint:gosec // made-up invoices
	long := r.Perm(w03Invoices)[:7]
	out := make([]kafka.NewRecord, w03Invoices)
	for i := range out {
		n := 1 + r.IntN(w03Lines)
		switch at := slices.Index(long, i); {
		case at == 0:
			n = w03Near
		case at > 0 && at < 5+int(env.Nonce[0])%3: // four to six of them
			n = w03Long + r.IntN(200)
		}
		in := w03Invoice{ID: fmt.Sprintf("INV-%04d", 4001+i), Customer: fmt.Sprintf("c-%04d", r.IntN(10_000))}
		for range n {
			in.Lines = append(in.Lines, w03Line{SKU: fmt.Sprintf("S-%06d%06d", r.IntN(1_000_000), r.IntN(1_000_000)), Quantity: 10 + r.IntN(90), Cents: 10_000 + r.IntN(90_000)})
		}
		value, err := json.Marshal(in)
		if err != nil {
			return nil, err
		}
		out[i] = labs.Record(env.Name(w03Outbox), in.ID, string(value))
	}
	return out, nil
}

// w03Stage lets the export run, once.
func w03Stage(ctx context.Context, env *labs.Env) error {
	err := errors.Join(
		env.CreateTopic(ctx, env.Name(w03Outbox), 3, 3, "max.message.bytes", "1048588"),
		env.CreateTopic(ctx, env.Name(w03Topic), 3, 3, "max.message.bytes", strconv.Itoa(w03Limit)),
		env.CreateTopic(ctx, env.Name(w03Refused), 1, 3),
		env.CreateTopic(ctx, env.Name(w03Log), 1, 3),
	)
	if err != nil {
		return err
	}
	done, err := check.Ends(ctx, env, env.Name(w03Log))
	if err != nil || done.Sum() > 0 {
		return err
	}
	invoices, err := w03Make(env)
	if err != nil {
		return err
	}
	there, err := w03Read(ctx, env, w03Outbox)
	if err != nil {
		return err
	}
	left := slices.DeleteFunc(slices.Clone(invoices), func(r kafka.NewRecord) bool { return there[string(r.Key)] != nil })
	if _, err := env.Produce(ctx, left...); err != nil {
		return err
	}
	return w03Export(ctx, env, invoices)
}

// w03Export sends every invoice, and looks at what flush returns and not at the
// delivery reports: it is what the ticket is about.
func w03Export(ctx context.Context, env *labs.Env, invoices []kafka.NewRecord) error {
	p, err := env.Cluster.Producer(kafka.ProducerOptions{Compression: "none"})
	if err != nil {
		return err
	}
	defer p.Close()
	sent := 0
	for _, r := range invoices {
		r.Topic = env.Name(w03Topic)
		r.Headers = []kafka.Header{{Key: labs.NonceHeader, Value: []byte(env.Nonce)}}
		p.Send(ctx, &r, func(kafka.Produced) {})
		if err := p.Flush(ctx); err != nil {
			return err
		}
		sent++
	}
	line := fmt.Sprintf(`{"job":"invoice-export","sent":%d,"flush":"no error","result":"success"}`, sent)
	_, err = env.Produce(ctx, labs.Record(env.Name(w03Log), "", line))
	return err
}

// w03Read reads the values of a topic by key: the newest one counts, and one that
// is null takes the key back.
func w03Read(ctx context.Context, env *labs.Env, short string) (map[string][]byte, error) {
	records, err := check.Records(ctx, env, env.Name(short), nil)
	if err != nil {
		return nil, err
	}
	out := map[string][]byte{}
	for i := range records {
		key := string(records[i].Key)
		if records[i].Record.Value == nil {
			delete(out, key)
			continue
		}
		out[key] = append([]byte{}, records[i].Record.Value...)
	}
	return out, nil
}

// w03Same tells whether two values are the same JSON, however it is written.
func w03Same(a, b []byte) bool {
	var x, y bytes.Buffer
	return json.Compact(&x, a) == nil && json.Compact(&y, b) == nil && bytes.Equal(x.Bytes(), y.Bytes())
}

// w03State is what became of the invoices that the export had to send.
type w03State struct {
	All     []string `json:"all"`
	Missing []string `json:"missing"` // not in the topic, by number
}

func w03Delivered(ctx context.Context, env *labs.Env) (st w03State, err error) {
	outbox, err := w03Read(ctx, env, w03Outbox)
	if err != nil {
		return st, err
	}
	there, err := w03Read(ctx, env, w03Topic)
	if err != nil {
		return st, err
	}
	for id, value := range outbox {
		st.All = append(st.All, id)
		if !w03Same(there[id], value) {
			st.Missing = append(st.Missing, id)
		}
	}
	slices.Sort(st.All)
	slices.Sort(st.Missing)
	if len(st.All) < w03Invoices {
		return st, fmt.Errorf("%s holds %d of the %d invoices that were to be sent: start the walkthrough anew with a reset", env.Name(w03Outbox), len(st.All), w03Invoices)
	}
	return st, nil
}

func w03Baseline(ctx context.Context, env *labs.Env) (any, error) {
	return w03Delivered(ctx, env)
}

// w03Open lists which invoices are neither delivered nor reported, and which are
// reported although the export had delivered them.
func w03Open(ctx context.Context, env *labs.Env) (st w03State, open, wrong []string, err error) {
	var base w03State
	if err := env.Baseline(&base); err != nil {
		return st, nil, nil, err
	}
	if st, err = w03Delivered(ctx, env); err != nil {
		return st, nil, nil, err
	}
	refused, err := w03Read(ctx, env, w03Refused)
	if err != nil {
		return st, nil, nil, err
	}
	for _, id := range st.Missing {
		if refused[id] == nil {
			open = append(open, id)
		}
	}
	for _, id := range st.All {
		if refused[id] != nil && !slices.Contains(base.Missing, id) {
			wrong = append(wrong, id)
		}
	}
	return st, open, wrong, nil
}

func w03Accounted(ctx context.Context, env *labs.Env) (labs.Verdict, error) {
	st, open, wrong, err := w03Open(ctx, env)
	if err != nil {
		return labs.Verdict{}, err
	}
	want := fmt.Sprintf("each of the %d invoices is in %s, or reported in %s", len(st.All), env.Name(w03Topic), env.Name(w03Refused))
	switch {
	case len(open) > 0:
		return labs.NotYet(want, check.Count(int64(len(open)), "invoice")+" in neither", "compare with what the export had to send: "+env.Name(w03Outbox)), nil
	case len(wrong) > 0:
		return labs.NotYet(want, fmt.Sprintf("%s reported as refused that had arrived, such as %s", check.Count(int64(len(wrong)), "invoice"), wrong[0]), "a record with the same key and a null value (--tombstone) takes a report back"), nil
	}
	return labs.Done("%d invoices are delivered, %d reported as refused, none is without a trace", len(st.All)-len(st.Missing), len(st.Missing)), nil
}

func w03Nudge(ctx context.Context, env *labs.Env) (string, error) {
	_, open, _, err := w03Open(ctx, env)
	if err != nil {
		return "", err
	}
	if len(open) == 0 {
		return "Every invoice that was refused is accounted for. Those that were delivered must not be reported.", nil
	}
	return fmt.Sprintf("%s is one of the %d that got lost. Look at it in %s: what is special about it?", open[0], len(open), env.Name(w03Outbox)), nil
}

// w03Solve lets the topic take the invoices, and sends again what is missing.
func w03Solve(ctx context.Context, env *labs.Env) error {
	admin, err := env.Admin()
	if err != nil {
		return err
	}
	limit := kafka.ConfigChange{Set: map[string]string{"max.message.bytes": "1048588"}}
	if err := env.Apply(ctx)(admin.AlterTopicConfigs(ctx, env.Name(w03Topic), limit)); err != nil {
		return err
	}
	_, open, wrong, err := w03Open(ctx, env)
	if err != nil {
		return err
	}
	outbox, err := w03Read(ctx, env, w03Outbox)
	if err != nil {
		return err
	}
	var again, back []kafka.NewRecord
	for _, id := range open {
		env.Say("send %s again, %d bytes", id, len(outbox[id]))
		again = append(again, labs.Record(env.Name(w03Topic), id, string(outbox[id])))
	}
	for _, id := range wrong {
		back = append(back, kafka.NewRecord{Topic: env.Name(w03Refused), Partition: -1, Key: []byte(id)})
	}
	_, err = env.Produce(ctx, again...)
	_, err2 := env.Produce(ctx, back...)
	return errors.Join(err, err2)
}
