package lessons

import (
	"bytes"
	"context"
	"fmt"
	"strings"
	"time"

	"kconsole/compose"
	"kconsole/labs"
	"kconsole/labs/check"
)

// lab13InStorm is how many orders are finished while a broker is away, and when it
// is back.
const lab13InStorm = 10

// lab13Storm stops a broker, another one in each run, and writes a record that is no
// Avro among the orders.
func lab13Storm(ctx context.Context, env *labs.Env) error {
	if err := lab13Helpers(ctx, env); err != nil {
		return err
	}
	id, err := victim(ctx, env)
	if err != nil {
		return err
	}
	if err := env.Break(ctx, labs.Fault{Kind: labs.Stopped, Broker: id}); err != nil {
		return err
	}
	poison, err := lab13Poison(ctx, env)
	if err != nil || poison != nil {
		return err
	}
	return lab13WritePoison(ctx, env, "first")
}

func lab13WritePoison(ctx context.Context, env *labs.Env, which string) error {
	env.Say("write a record that is no Avro to %s", env.Name(lab13In))
	text := fmt.Sprintf(`{"order": "of a program that does not know the schema", "run": "%s-%s"}`, env.Nonce, which)
	_, err := env.Produce(ctx, labs.Record(env.Name(lab13In), "o-unknown", text))
	return err
}

// lab13Poison is the newest record among the orders that is no Avro; nil: none.
func lab13Poison(ctx context.Context, env *labs.Env) (*check.Record, error) {
	records, err := check.Records(ctx, env, env.Name(lab13In), nil)
	if err != nil {
		return nil, err
	}
	var found *check.Record
	for i := range records {
		r := &records[i]
		if !lab13Avro(r.Value) && (found == nil || !r.Timestamp.Before(found.Timestamp)) {
			found = r
		}
	}
	return found, nil
}

// lab13Letters counts the dead letters that a record became, and those of them that
// say why.
func lab13Letters(ctx context.Context, env *labs.Env, poison *check.Record) (letters, explained int, err error) {
	records, err := check.Records(ctx, env, env.Name(lab13Dead), nil)
	if err != nil {
		return 0, 0, err
	}
	for i := range records {
		r := &records[i]
		if !bytes.Equal(r.Record.Value, poison.Record.Value) || !bytes.Equal(r.Key, poison.Key) {
			continue
		}
		letters++
		for _, h := range r.Headers {
			if strings.HasPrefix(h.Key, "error") && len(h.Value) > 0 {
				explained++
				break
			}
		}
	}
	return letters, explained, nil
}

// lab13Away lists the brokers that do not run, and since when all of them are away.
func lab13Away(ctx context.Context, env *labs.Env) (down []int32, since time.Time, err error) {
	brokers, err := env.Stack.Brokers(ctx)
	if err != nil {
		return nil, since, err
	}
	for _, b := range brokers {
		if b.State == compose.Running {
			continue
		}
		down = append(down, b.ID)
		if b.Since.After(since) {
			since = b.Since
		}
	}
	return down, since, nil
}

// after are the orders that were placed after a moment.
func (f *lab13Flow) after(moment time.Time) (later lab13Flow) {
	for _, o := range f.orders {
		if o.placed.After(moment) {
			later.orders = append(later.orders, o)
		}
	}
	return later
}

// lab13Weathered is done while a broker is away, when orders get through without it
// and the poison record is put aside.
func lab13Weathered(ctx context.Context, env *labs.Env) (labs.Verdict, error) {
	down, since, err := lab13Away(ctx, env)
	if err != nil {
		return labs.Verdict{}, err
	}
	want := fmt.Sprintf("%d new orders or more finished, each once, while a broker is away", lab13InStorm)
	if len(down) == 0 {
		return labs.NotYet(want, "all brokers run", "stop one again, and let orders come in"), nil
	}
	all, err := lab13Look(ctx, env)
	if err != nil {
		return labs.Verdict{}, err
	}
	f := all.after(since)
	switch done := f.done(); {
	case done < lab13InStorm || done < len(f.orders):
		return labs.NotYet(want, fmt.Sprintf("away: broker %s; %s since then, %d finished", lab02List(down), check.Count(int64(len(f.orders)), "order"), done),
			"resume checkout places orders; :groups shows who lags"), nil
	case f.twice() != "":
		return labs.NotYet(want, "order "+f.twice()+" was finished more than once", "let the service know what it has done; then stop a broker once more"), nil
	}
	v, err := lab13Settled(ctx, env)
	if err != nil || !v.Done() {
		return v, err
	}
	return labs.Done("%s finished, each once, without broker %s; the poison record is one dead letter, which says why", check.Count(int64(f.done()), "order"), lab02List(down)), nil
}

// lab13Recovered is done when all brokers are back, and new orders get through.
func lab13Recovered(ctx context.Context, env *labs.Env) (labs.Verdict, error) {
	want := "all brokers at work, and every replica in sync"
	down, _, err := lab13Away(ctx, env)
	if err != nil {
		return labs.Verdict{}, err
	}
	if len(down) > 0 {
		return labs.NotYet(want, "away: broker "+lab02List(down), "the system went on without it; start it now"), nil
	}
	events, _, err := lab13Topics(ctx, env)
	if err != nil {
		return labs.Verdict{}, err
	}
	for i := range events {
		for _, p := range events[i].Partitions {
			if len(p.ISR) < len(p.Replicas) {
				return labs.NotYet(want, fmt.Sprintf("%s partition %d has %d of %d", events[i].Name, p.ID, len(p.ISR), len(p.Replicas)), "the broker is catching up: give it a moment"), nil
			}
		}
	}
	f, err := lab13Look(ctx, env)
	if err != nil {
		return labs.Verdict{}, err
	}
	if done := f.done(); done < lab13InStorm || done < len(f.orders) {
		return labs.NotYet(fmt.Sprintf("%d new orders or more, all of them finished", lab13InStorm), fmt.Sprintf("%s, %d finished", check.Count(int64(len(f.orders)), "new order"), done),
			"resume checkout places orders; :groups shows who lags"), nil
	}
	v, err := lab13Settled(ctx, env)
	if err != nil || !v.Done() {
		return v, err
	}
	return labs.Done("all replicas are in sync again, %s finished since, and there is one dead letter", check.Count(int64(f.done()), "order")), nil
}

// lab13Settled is done when the poison record is exactly one dead letter.
func lab13Settled(ctx context.Context, env *labs.Env) (labs.Verdict, error) {
	want := "the record that is no Avro as exactly one dead letter in " + env.Name(lab13Dead) + ", with a header error that says why"
	poison, err := lab13Poison(ctx, env)
	if err != nil {
		return labs.Verdict{}, err
	}
	if poison == nil {
		return labs.NotYet(want, "no such record is in "+env.Name(lab13In), "write one: any text will do"), nil
	}
	letters, explained, err := lab13Letters(ctx, env, poison)
	switch {
	case err != nil:
		return labs.Verdict{}, err
	case letters == 0:
		return labs.NotYet(want, fmt.Sprintf("the record at partition %d offset %d is not there", poison.Partition, poison.Offset), "which group stands before it?"), nil
	case letters > 1:
		return labs.NotYet(want, fmt.Sprintf("%d dead letters of the same record", letters), "one reader of the orders, which commits behind it; then try with another broken record"), nil
	case explained == 0:
		return labs.NotYet(want, "a dead letter that does not say why", "add a header; then try with another broken record"), nil
	}
	return labs.Done("one dead letter"), nil
}

func lab13StormNudge(ctx context.Context, env *labs.Env) (string, error) {
	down, _, err := lab13Away(ctx, env)
	if err != nil {
		return "", err
	}
	state := "All brokers run."
	if len(down) > 0 {
		state = "Away: broker " + lab02List(down) + "."
	}
	v, err := lab13Settled(ctx, env)
	if err != nil {
		return "", err
	}
	letter := "The poison record is where it belongs."
	if !v.Done() {
		letter = "Dead letters: " + v.Observed + "."
	}
	flow, err := lab13FlowNudge(ctx, env)
	return fmt.Sprintf("%s %s %s", state, letter, flow), err
}

// lab13Weather has orders finished while a broker is away.
func lab13Weather(ctx context.Context, env *labs.Env) error {
	if err := lab13Work(ctx, env); err != nil {
		return err
	}
	down, _, err := lab13Away(ctx, env)
	if err != nil {
		return err
	}
	if len(down) == 0 {
		id, err := victim(ctx, env)
		if err != nil {
			return err
		}
		env.Say("stop broker %d", id)
		if err := env.Stack.Stop(ctx, id); err != nil {
			return err
		}
	}
	if err := lab13Through(ctx, env, 2*lab13InStorm); err != nil {
		return err
	}
	for try := range 3 {
		if try > 0 { // it was handled twice, when the broker went
			if err := lab13WritePoison(ctx, env, fmt.Sprint(try)); err != nil {
				return err
			}
		}
		if err := lab13PutAside(ctx, env); err != nil {
			return err
		}
		if v, err := lab13Settled(ctx, env); err != nil || v.Done() {
			return err
		}
	}
	return nil // the check says what was seen
}

// lab13PutAside waits until the newest poison record is a dead letter.
func lab13PutAside(ctx context.Context, env *labs.Env) error {
	return env.Until(ctx, "the record that is no Avro is a dead letter", func(ctx context.Context) (bool, error) {
		poison, err := lab13Poison(ctx, env)
		if err != nil || poison == nil {
			return false, err
		}
		letters, _, err := lab13Letters(ctx, env, poison)
		return letters > 0, err
	})
}

// lab13Recover brings every broker back, and sends orders through.
func lab13Recover(ctx context.Context, env *labs.Env) error {
	if err := lab02StartAll(ctx, env); err != nil {
		return err
	}
	if err := lab13Work(ctx, env); err != nil {
		return err
	}
	return lab13Through(ctx, env, lab13InStorm)
}
