package lessons

import (
	"context"
	"fmt"
	"slices"
	"time"

	"kconsole/labs"
	"kconsole/labs/check"
)

const (
	lab13Batch  = 50               // orders in
	lab13Within = 60 * time.Second // until they are finished
)

// lab13Order is a new order, and what became of it.
type lab13Order struct {
	key      string
	schema   int // the id that it was written with
	placed   time.Time
	finished time.Time // of the last of its ends
	times    int       // how often it was finished
}

// lab13Flow are the orders since a step began, the oldest first.
type lab13Flow struct{ orders []lab13Order }

// done counts the orders that were finished.
func (f *lab13Flow) done() (n int) {
	for i := range f.orders {
		if f.orders[i].times > 0 {
			n++
		}
	}
	return n
}

// twice is an order that was finished more than once, "" for none.
func (f *lab13Flow) twice() string {
	for i := range f.orders {
		if f.orders[i].times > 1 {
			return f.orders[i].key
		}
	}
	return ""
}

// quickest finds n orders one behind the other that were all finished once, and the
// shortest time from the first order to the last end; found is false where there
// are none.
func (f *lab13Flow) quickest(n int) (took time.Duration, found bool) {
	for i := 0; i+n <= len(f.orders); i++ {
		var last time.Time
		all := true
		for _, o := range f.orders[i : i+n] {
			all = all && o.times == 1
			if o.finished.After(last) {
				last = o.finished
			}
		}
		if span := last.Sub(f.orders[i].placed); all && (!found || span < took) {
			took, found = span, true
		}
	}
	return took, found
}

// lab13Look reads the orders since the step began, those in Avro, and their ends.
func lab13Look(ctx context.Context, env *labs.Env) (f lab13Flow, err error) {
	var base lab13Base
	if err := env.Baseline(&base); err != nil {
		return f, err
	}
	in, out := env.Name(lab13In), env.Name(lab13Out)
	placed, err := check.Records(ctx, env, in, base[in])
	if err != nil {
		return f, err
	}
	ends, err := check.Records(ctx, env, out, base[out])
	if err != nil {
		return f, err
	}
	at := map[string]int{}
	for i := range placed {
		r := &placed[i]
		key := string(r.Key)
		if _, met := at[key]; met || key == "" || !lab13Avro(r.Value) {
			continue
		}
		at[key] = len(f.orders)
		f.orders = append(f.orders, lab13Order{key: key, schema: r.Value.SchemaID, placed: r.Timestamp})
	}
	for i := range ends {
		n, ours := at[string(ends[i].Key)]
		if !ours {
			continue
		}
		f.orders[n].times++
		if ends[i].Timestamp.After(f.orders[n].finished) {
			f.orders[n].finished = ends[i].Timestamp
		}
	}
	slices.SortStableFunc(f.orders, func(a, b lab13Order) int { return a.placed.Compare(b.placed) })
	return f, nil
}

func lab13Fifty(ctx context.Context, env *labs.Env) (labs.Verdict, error) {
	f, err := lab13Look(ctx, env)
	if err != nil {
		return labs.Verdict{}, err
	}
	want := fmt.Sprintf("%d new orders in %s, and within %s each of them once in %s", lab13Batch, env.Name(lab13In), lab13Within, env.Name(lab13Out))
	took, found := f.quickest(lab13Batch)
	switch {
	case found && took <= lab13Within:
		return labs.Done("%d orders in, %d finished, each once, in %s", lab13Batch, lab13Batch, took.Round(time.Millisecond)), nil
	case found:
		return labs.NotYet(want, fmt.Sprintf("all of them finished, after %s", took.Round(time.Second)), "place 50 more, while all services are at work"), nil
	case f.twice() != "":
		return labs.NotYet(want, "order "+f.twice()+" was finished more than once", "a service handled it twice: let it know what it has done; then place 50 more"), nil
	}
	return labs.NotYet(want, fmt.Sprintf("%s, %d finished", check.Count(int64(len(f.orders)), "new order"), f.done()), "resume checkout places orders; :groups shows who lags"), nil
}

func lab13FlowNudge(ctx context.Context, env *labs.Env) (string, error) {
	f, err := lab13Look(ctx, env)
	if err != nil {
		return "", err
	}
	teams, err := lab13Teams(ctx, env)
	if err != nil {
		return "", err
	}
	for i := range f.orders {
		if f.orders[i].times == 0 {
			return fmt.Sprintf("Of %s since the step began, %d are finished. One that is not: %s. Groups at work: %s.",
				check.Count(int64(len(f.orders)), "order"), f.done(), f.orders[i].key, lab13TeamNames(teams)), nil
		}
	}
	return fmt.Sprintf("%s came in since the step began, and are finished. Groups at work: %s.", check.Count(int64(len(f.orders)), "order"), lab13TeamNames(teams)), nil
}

// lab13PlaceFifty sends 50 orders through; on a busy machine the first ones may take
// too long.
func lab13PlaceFifty(ctx context.Context, env *labs.Env) error {
	if err := lab13Work(ctx, env); err != nil {
		return err
	}
	for range 3 {
		if err := lab13Through(ctx, env, lab13Batch); err != nil {
			return err
		}
		if v, err := lab13Fifty(ctx, env); err != nil || v.Done() {
			return err
		}
	}
	return nil // the check says what was seen
}

// lab13Alone is for the learner's own system: the helpers rest.
func lab13Alone(ctx context.Context, env *labs.Env) error {
	if err := lab13Helpers(ctx, env); err != nil {
		return err
	}
	return lab13Rest(ctx, env)
}

// lab13AsPHP lets the helpers stand in for the learner's system.
func lab13AsPHP(ctx context.Context, env *labs.Env) error {
	if err := lab13PlaceFifty(ctx, env); err != nil {
		return err
	}
	return lab13Rest(ctx, env)
}
