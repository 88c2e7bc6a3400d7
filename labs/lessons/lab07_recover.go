package lessons

import (
	"context"
	"fmt"
	"slices"

	"kconsole/kafka"
	"kconsole/labs"
	"kconsole/labs/check"
	"kconsole/labs/services"
)

func lab07NoneMissing(ctx context.Context, env *labs.Env) (labs.Verdict, error) {
	b, err := lab07Since(ctx, env)
	if err != nil {
		return labs.Verdict{}, err
	}
	want := "all orders booked although the service died: some twice, because it died before the commit, none missing"
	observed := fmt.Sprintf("%s since the step began, %d twice, %d missing, a lag of %d", check.Count(int64(b.orders), "order"), b.twice, len(b.missing), b.lag)
	switch {
	case len(b.missing) > 0:
		return labs.NotYet(want, observed, fmt.Sprintf("they were committed before the work. The log still has them: set the group back to offset %d, and commit after the work", b.missing[0].Offset)), nil
	case b.lag > 0:
		return labs.NotYet(want, observed, "crash-on booking 4, resume booking, then restart booking"), nil
	case b.twice == 0:
		return labs.NotYet(want, observed, "it did not die between work and commit: place more orders with `kconsole load "+env.Name("orders")+" --records 10`, and crash it this time"), nil
	}
	return labs.Done("%s: none missing, %d booked twice after the crash", check.Count(int64(b.orders), "order"), b.twice), nil
}

func lab07MissingNudge(ctx context.Context, env *labs.Env) (string, error) {
	b, err := lab07Since(ctx, env)
	if err != nil {
		return "", err
	}
	g, ok, err := check.Group(ctx, env, env.Name("booking"))
	if err != nil {
		return "", err
	}
	state := "not there"
	if ok {
		state = g.State + " with " + check.Count(int64(len(g.Members)), "member")
	}
	if len(b.missing) > 0 {
		return fmt.Sprintf("Missing: %s. The group is %s; it can be set back while it is empty.", lab07IDs(b.missing), state), nil
	}
	return fmt.Sprintf("The group is %s, %d records wait, %d orders are booked twice so far.", state, b.lag, b.twice), nil
}

// lab07Crash has the service die between work and commit, and start again; where
// orders are missing, from the first of them.
func lab07Crash(ctx context.Context, env *labs.Env) error {
	svc, err := lab07Ahead(ctx, env)
	if err != nil {
		return err
	}
	env.Say("commit booking after; crash-on booking 4; resume booking")
	svc.SetCommit(services.CommitAfter)
	svc.CrashOn(4)
	svc.Resume()
	if err := svc.Wait(ctx, func(st services.Status) bool { return st.State == services.Crashed }); err != nil {
		return fmt.Errorf("the service did not die: %w", err)
	}
	b, err := lab07Since(ctx, env)
	if err != nil {
		return err
	}
	if len(b.missing) > 0 {
		if err := lab07From(ctx, env, lab07Small, kafka.ResetTo{Kind: kafka.ResetOffset, Offset: b.missing[0].Offset}); err != nil {
			return err
		}
	} else {
		env.Say("restart booking")
		if err := svc.Restart(); err != nil {
			return err
		}
	}
	return lab07Caught(ctx, env)
}

// lab07Backup has the service at work, and a table of which the oldest rows were
// lost: it was restored from a backup.
func lab07Backup(ctx context.Context, env *labs.Env) error {
	if err := lab07Ready(ctx, env); err != nil {
		return err
	}
	if err := lab07Start(ctx, env, lab07Idempotent, false); err != nil {
		return err
	}
	if err := lab07Caught(ctx, env); err != nil {
		return err
	}
	return lab07With(ctx, env, func(db *services.Database) error {
		fresh, err := lab07First(ctx, env, db, "backup")
		if err != nil || !fresh {
			return err
		}
		env.Say("three orders get lost in the table")
		_, err = db.SQL().ExecContext(ctx, "DELETE FROM "+lab07Table+" WHERE event IN (SELECT event FROM "+lab07Table+" ORDER BY row LIMIT 3)")
		return err
	})
}

// lab07Extra is how many rows there are too many, by record, before the replay.
func lab07Extra(ctx context.Context, env *labs.Env) (any, error) {
	rows, err := lab07Rows(ctx, env)
	return lab07TooMany(rows), err
}

func lab07TooMany(rows map[string]int64) (n int64) {
	for _, of := range rows {
		n += of - 1
	}
	return n
}

func lab07OnceEach(ctx context.Context, env *labs.Env) (labs.Verdict, error) {
	var was int64
	if err := env.Baseline(&was); err != nil {
		return labs.Verdict{}, err
	}
	b, err := lab07Look(ctx, env, nil)
	if err != nil {
		return labs.Verdict{}, err
	}
	rows, err := lab07Rows(ctx, env)
	if err != nil {
		return labs.Verdict{}, err
	}
	if now := lab07TooMany(rows); now > was {
		return labs.Unrecoverable("%d rows are of an order that had one already: the replay was not the service's", now-was), nil
	}
	if booked := b.orders - len(b.missing) - int(b.lag); len(b.missing) > 0 || b.lag > 0 {
		return labs.NotYet("a row for every order again, and no second one for any", fmt.Sprintf("%d rows; of %s, %d committed without a row, a lag of %d", b.rows, check.Count(int64(b.orders), "order"), len(b.missing), b.lag),
			lab07ReplayLook(booked, b.lag)), nil
	}
	return labs.Done("every one of %s has a row again, and the replay added no second one", check.Count(int64(b.orders), "order")), nil
}

func lab07ReplayLook(booked int, lag int64) string {
	if lag > 0 && booked <= 0 {
		return "the group is back at the start: start the service again"
	}
	return "look at the group in :groups: empty, reset to the start, and then at work again"
}

func lab07ReplayNudge(ctx context.Context, env *labs.Env) (string, error) {
	g, ok, err := check.Group(ctx, env, env.Name("booking"))
	if err != nil {
		return "", err
	}
	b, err := lab07Look(ctx, env, nil)
	if err != nil {
		return "", err
	}
	switch {
	case ok && len(g.Members) > 0 && b.lag == 0:
		return fmt.Sprintf("The group is at the end, and %d orders have no row. It can be set back when it is empty: the service has to go first.", len(b.missing)), nil
	case ok && len(g.Members) > 0:
		return "The group has a member. If it died a moment ago, its session has to time out first (6 s).", nil
	case b.lag == 0:
		return "The group is empty, and stands at the end. Now it can be moved.", nil
	}
	return fmt.Sprintf("The group is empty, with a lag of %d. Start the service again.", b.lag), nil
}

func lab07Replay(ctx context.Context, env *labs.Env) error {
	if err := lab07From(ctx, env, lab07Idempotent, kafka.ResetTo{Kind: kafka.ResetStart}); err != nil {
		return err
	}
	return lab07Caught(ctx, env)
}

// lab07Kind marks what the lab wrote to be unreadable, and for which step.
const lab07Kind = "lab-kind"

// lab07Unreadable finds the record that a step wrote, and that is no order.
func lab07Unreadable(ctx context.Context, env *labs.Env, kind string) (r check.Record, ok bool, err error) {
	records, err := check.Records(ctx, env, env.Name("orders"), nil)
	if err != nil {
		return r, false, err
	}
	i := slices.IndexFunc(records, func(r check.Record) bool {
		return r.Header(lab07Kind) == kind && r.Header(labs.NonceHeader) == env.Nonce
	})
	if i < 0 {
		return r, false, nil
	}
	return records[i], true, nil
}

// lab07WriteUnreadable writes a record that is no order, and ten orders behind it.
func lab07WriteUnreadable(ctx context.Context, env *labs.Env, kind string, value []byte) error {
	r := labs.Record(env.Name("orders"), "c-1", "")
	r.Value, r.Headers = value, []kafka.Header{{Key: lab07Kind, Value: []byte(kind)}}
	if _, err := env.Produce(ctx, r); err != nil {
		return err
	}
	return lab07PlaceTens(ctx, env, 1)
}

// lab07Poison has a record among the orders that was cut short, and a service that
// ends there.
func lab07Poison(ctx context.Context, env *labs.Env) error {
	if err := lab07Ready(ctx, env); err != nil {
		return err
	}
	_, there, err := lab07Unreadable(ctx, env, "cut short")
	if err != nil {
		return err
	}
	if !there {
		records, err := check.Records(ctx, env, env.Name("orders"), nil)
		if err != nil {
			return err
		}
		i := slices.IndexFunc(records, func(r check.Record) bool { return lab07Readable(&r) })
		if i < 0 {
			return fmt.Errorf("no order is left in %s: reset the lab", env.Name("orders"))
		}
		// The service of the step before would put it aside and go on.
		if err := env.Services.Stop(ctx, env.Name("booking")); err != nil {
			return err
		}
		env.Say("write an order that was cut short")
		if err := lab07WriteUnreadable(ctx, env, "cut short", records[i].Record.Value[:8]); err != nil {
			return err
		}
	}
	if err := lab07Start(ctx, env, lab07Halts, false); err != nil && !there {
		if svc := env.Services.Get(env.Name("booking")); svc == nil || svc.Status().State != services.Failed {
			return err
		}
	}
	return nil
}

func lab07Skipped(ctx context.Context, env *labs.Env) (labs.Verdict, error) {
	poison, ok, err := lab07Unreadable(ctx, env, "cut short")
	if err != nil {
		return labs.Verdict{}, err
	}
	if !ok {
		return labs.Unrecoverable("the record that was cut short is not in %s any more", env.Name("orders")), nil
	}
	committed, err := check.Committed(ctx, env, env.Name("booking"), env.Name("orders"))
	if err != nil {
		return labs.Verdict{}, err
	}
	b, err := lab07Look(ctx, env, check.Offsets{poison.Partition: poison.Offset})
	if err != nil {
		return labs.Verdict{}, err
	}
	want := fmt.Sprintf("the group beyond offset %d, and every order behind it booked", poison.Offset)
	observed := fmt.Sprintf("committed is %d, a lag of %d", committed[poison.Partition], b.lag)
	switch {
	case len(b.missing) > 0:
		return labs.NotYet(want, fmt.Sprintf("%s; %s skipped as well: %s", observed, check.Count(int64(len(b.missing)), "order"), lab07IDs(b.missing)),
			fmt.Sprintf("set the group to the offset behind the one record: %d", poison.Offset+1)), nil
	case committed[poison.Partition] <= poison.Offset:
		return labs.NotYet(want, observed, "the service's log says where it fails; set its group one further"), nil
	case b.lag > 0:
		return labs.NotYet(want, observed, "restart booking"), nil
	}
	return labs.Done("the record at offset %d was skipped, and %s behind it booked", poison.Offset, check.Count(int64(b.orders), "order")), nil
}

func lab07SkipNudge(ctx context.Context, env *labs.Env) (string, error) {
	g, _, err := check.Group(ctx, env, env.Name("booking"))
	if err != nil {
		return "", err
	}
	committed, err := check.Committed(ctx, env, env.Name("booking"), env.Name("orders"))
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("The group has %s, and stands at %s: the offset of the next record to handle. Committing a number means that everything before it is dealt with.",
		check.Count(int64(len(g.Members)), "member"), committed), nil
}

func lab07SkipOne(ctx context.Context, env *labs.Env) error {
	poison, ok, err := lab07Unreadable(ctx, env, "cut short")
	if err != nil || !ok {
		return err
	}
	if err := lab07From(ctx, env, lab07Halts, kafka.ResetTo{Kind: kafka.ResetOffset, Offset: poison.Offset + 1}); err != nil {
		return err
	}
	return lab07Caught(ctx, env)
}
