package lessons

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"kconsole/kafka"
	"kconsole/labs"
	"kconsole/labs/check"
	"kconsole/labs/services"
)

func lab07AllBooked(ctx context.Context, env *labs.Env) (labs.Verdict, error) {
	b, err := lab07Look(ctx, env, nil)
	if err != nil {
		return labs.Verdict{}, err
	}
	want := "a row in the table for each order, and everything committed"
	observed := fmt.Sprintf("%d rows for %s, a lag of %d", b.rows, check.Count(int64(b.orders), "order"), b.lag)
	switch {
	case len(b.missing) > 0:
		return labs.NotYet(want, observed+"; committed and not booked: "+lab07IDs(b.missing), "set the group back to the start, and let the service work"), nil
	case b.lag > 0 || b.orders == 0:
		return labs.NotYet(want, observed, "let the service booking work"), nil
	}
	return labs.Done("%d rows for %s, and everything is committed", b.rows, check.Count(int64(b.orders), "order")), nil
}

func lab07BookedNudge(ctx context.Context, env *labs.Env) (string, error) {
	b, err := lab07Look(ctx, env, nil)
	if err != nil {
		return "", err
	}
	if len(b.missing) > 0 {
		return fmt.Sprintf("%d orders are committed, so they count as done, and they have no row. Offsets say where a group stands, not that it worked.", len(b.missing)), nil
	}
	return fmt.Sprintf("The table has %d rows, the topic %d orders, and %d records wait for booking. A paused service handles nothing.", b.rows, b.orders, b.lag), nil
}

// lab07Book lets the service work, from the start again where offsets were moved
// without work.
func lab07Book(ctx context.Context, env *labs.Env) error {
	b, err := lab07Look(ctx, env, nil)
	if err != nil {
		return err
	}
	if len(b.missing) > 0 {
		if err := lab07From(ctx, env, lab07Plain, kafka.ResetTo{Kind: kafka.ResetStart}); err != nil {
			return err
		}
	}
	if err := lab03Resume(env.Name("booking"))(ctx, env); err != nil {
		return err
	}
	return lab07Caught(ctx, env)
}

// lab07From starts the service anew, at another place.
func lab07From(ctx context.Context, env *labs.Env, v lab07Variant, to kafka.ResetTo) error {
	if err := lab07Stop(ctx, env); err != nil {
		return err
	}
	if err := lab07Reset(ctx, env, to); err != nil {
		return err
	}
	return lab07Start(ctx, env, v, false)
}

// lab07Ahead pauses the service and has orders wait for it.
func lab07Ahead(ctx context.Context, env *labs.Env) (*services.Service, error) {
	svc := env.Services.Get(env.Name("booking"))
	if svc == nil {
		return nil, fmt.Errorf("the service %s does not run here", env.Name("booking"))
	}
	svc.Pause()
	lag, err := check.Lag(ctx, env, env.Name("booking"), env.Name("orders"))
	if err != nil || lag >= 10 {
		return svc, err
	}
	return svc, lab07PlaceTens(ctx, env, 1)
}

func lab07OneLost(ctx context.Context, env *labs.Env) (labs.Verdict, error) {
	b, err := lab07Since(ctx, env)
	if err != nil {
		return labs.Verdict{}, err
	}
	if b.lag == 0 && len(b.missing) > 0 {
		return labs.Done("everything is committed, and %s of %d new ones without a row", check.Count(int64(len(b.missing)), "order"), b.orders), nil
	}
	look := "fail-on booking 7, then resume booking"
	if b.lag == 0 {
		look = "all of it went well: place more orders with `kconsole load " + env.Name("orders") + " --records 10`, and let the seventh fail"
	}
	return labs.NotYet("an order whose handling failed, with everything committed",
		fmt.Sprintf("%s since the step began, %d committed without a row, a lag of %d", check.Count(int64(b.orders), "order"), len(b.missing), b.lag), look), nil
}

func lab07WhichLost(ctx context.Context, env *labs.Env) (labs.Question, error) {
	b, err := lab07Since(ctx, env)
	if err != nil {
		return labs.Question{}, err
	}
	if len(b.missing) == 0 {
		return labs.Question{}, fmt.Errorf("every order has a row now: was the group set back?")
	}
	var ids []string
	for i := range b.missing {
		ids = append(ids, lab07ID(&b.missing[i]))
	}
	return check.Text("Which order is in the topic, and not in the table? (its id)", ids, func(given string, right bool) string {
		if right {
			return "The group has committed an offset behind it, so it will not come again: for this service it is lost. It is still in the log, and that is how it can be brought back."
		}
		return fmt.Sprintf("%q is not it. The service's log says at which offset it failed; the record at that offset has the id.", given)
	}), nil
}

func lab07LostNudge(ctx context.Context, env *labs.Env) (string, error) {
	b, err := lab07Since(ctx, env)
	if err != nil {
		return "", err
	}
	if len(b.missing) > 0 {
		return fmt.Sprintf("One is missing in the table: the record at offset %d.", b.missing[0].Offset), nil
	}
	return fmt.Sprintf("%d orders wait for booking. A handler fails when it is told to: fail-on counts the records from now on.", b.lag), nil
}

func lab07FailOne(ctx context.Context, env *labs.Env) error {
	svc, err := lab07Ahead(ctx, env)
	if err != nil {
		return err
	}
	env.Say("fail-on booking 7; resume booking")
	svc.FailOn(7)
	svc.Resume()
	return lab07Caught(ctx, env)
}

// lab07Aside is what was there before a dead letter.
type lab07Aside struct {
	Place   check.Offsets `json:"place"`
	Letters check.Offsets `json:"letters"`
}

func lab07BeforeLetters(ctx context.Context, env *labs.Env) (any, error) {
	place, err := check.Committed(ctx, env, env.Name("booking"), env.Name("orders"))
	if err != nil {
		return nil, err
	}
	letters, err := check.Ends(ctx, env, env.Name("orders.dead-letter"))
	return lab07Aside{place, letters}, err
}

// lab07Found are the dead letters since the step began: those that are what their
// headers say, by where the record lies, and the others.
func lab07Found(ctx context.Context, env *labs.Env, base check.Offsets) (letters map[string]int, others int, err error) {
	records, err := check.Records(ctx, env, env.Name("orders.dead-letter"), base)
	if err != nil {
		return nil, 0, err
	}
	orders, err := check.Records(ctx, env, env.Name("orders"), nil)
	if err != nil {
		return nil, 0, err
	}
	letters = map[string]int{}
	for i := range records {
		r := &records[i]
		partition, _ := strconv.ParseInt(r.Header(services.HeaderPartition), 10, 32)
		offset, err := strconv.ParseInt(r.Header(services.HeaderOffset), 10, 64)
		was := slices.IndexFunc(orders, func(o check.Record) bool { return int64(o.Partition) == partition && o.Offset == offset })
		if err != nil || was < 0 || r.Header(services.HeaderError) == "" ||
			string(orders[was].Record.Value) != string(r.Record.Value) || string(orders[was].Key) != string(r.Key) {
			others++
			continue
		}
		letters[lab07Source(env.Name("orders"), int32(partition), offset)]++
	}
	return letters, others, nil
}

func lab07OneLetter(ctx context.Context, env *labs.Env) (labs.Verdict, error) {
	var was lab07Aside
	if err := env.Baseline(&was); err != nil {
		return labs.Verdict{}, err
	}
	letters, others, err := lab07Found(ctx, env, was.Letters)
	if err != nil {
		return labs.Verdict{}, err
	}
	b, err := lab07Look(ctx, env, was.Place)
	if err != nil {
		return labs.Verdict{}, err
	}
	lost := slices.DeleteFunc(slices.Clone(b.missing), func(r check.Record) bool {
		return letters[lab07Source(r.Topic, r.Partition, r.Offset)] == 1
	})
	if b.lag == 0 && len(letters) > 0 && len(lost) == 0 {
		return labs.Done("%d of %s put aside, with the error in the headers; all others are booked", len(letters), check.Count(int64(b.orders), "new order")), nil
	}
	observed := fmt.Sprintf("%d like that, %s without the error's headers, a lag of %d", len(letters), check.Count(int64(others), "new record"), b.lag)
	look := "fail-on booking 3, then resume booking"
	switch {
	case len(lost) > 0:
		observed += "; neither booked nor put aside exactly once: " + lab07IDs(lost)
		look = "set the group back to before them"
	case b.lag == 0:
		look = "nothing failed: place more orders with `kconsole load " + env.Name("orders") + " --records 10`, and let one fail"
	}
	return labs.NotYet("one dead letter for the order that fails, with the error in its headers, and all other orders booked", observed, look), nil
}

func lab07LetterNudge(ctx context.Context, env *labs.Env) (string, error) {
	var was lab07Aside
	if err := env.Baseline(&was); err != nil {
		return "", err
	}
	letters, _, err := lab07Found(ctx, env, was.Letters)
	if err != nil {
		return "", err
	}
	lag, err := check.Lag(ctx, env, env.Name("booking"), env.Name("orders"))
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("Dead letters of the service so far: %d. %d records wait for it. It writes one when its handler fails.", len(letters), lag), nil
}

func lab07PutAside(ctx context.Context, env *labs.Env) error {
	svc, err := lab07Ahead(ctx, env)
	if err != nil {
		return err
	}
	env.Say("fail-on booking 3; resume booking")
	svc.FailOn(3)
	svc.Resume()
	return lab07Caught(ctx, env)
}
