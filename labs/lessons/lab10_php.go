package lessons

import (
	"context"
	"fmt"
	"strings"

	"kconsole/kafka"
	"kconsole/labs"
	"kconsole/labs/check"
)

// lab10Shop is the least that the program in PHP needs, which writes and reads.
func lab10Shop(env *labs.Env) []kafka.ACL {
	user := env.Name("shop")
	return append(lab10Reader(env, user), lab10Binding(user, "TOPIC", env.Name("payments"), "WRITE"))
}

// lab10RoundTrip tells how many payments were written since the step began, and
// how many of them the group has committed.
func lab10RoundTrip(ctx context.Context, env *labs.Env) (written, read int, err error) {
	var base check.Offsets
	if err := env.Baseline(&base); err != nil {
		return 0, 0, err
	}
	records, err := check.Records(ctx, env, env.Name("payments"), base)
	if err != nil {
		return 0, 0, err
	}
	committed, err := check.Committed(ctx, env, env.Name("payments-reader"), env.Name("payments"))
	if err != nil {
		return 0, 0, err
	}
	for i := range records {
		if !strings.HasPrefix(string(records[i].Key), "pay-") {
			continue
		}
		written++
		if at, ok := committed[records[i].Partition]; ok && at > records[i].Offset {
			read++
		}
	}
	return written, read, nil
}

func lab10PHP(ctx context.Context, env *labs.Env) (labs.Verdict, error) {
	user := env.Name("shop")
	want := fmt.Sprintf("user %s with its least rights, a new payment in %s, committed by %s", user, env.Name("payments"), env.Name("payments-reader"))
	has, err := lab10Mechanisms(ctx, env, user)
	if err != nil {
		return labs.Verdict{}, err
	}
	if len(has) == 0 {
		return labs.NotYet(want, "no user "+user, "look at :users"), nil
	}
	if v, err := lab10Exactly(ctx, env, user, lab10Shop(env)); err != nil || !v.Done() {
		return v, err
	}
	written, read, err := lab10RoundTrip(ctx, env)
	if err != nil {
		return labs.Verdict{}, err
	}
	if read == 0 {
		return labs.NotYet(want, fmt.Sprintf("%s with a key pay-..., none of them committed", check.Count(int64(written), "new record")), "what does your program print?"), nil
	}
	return labs.Done("%s wrote a payment and read it back, encrypted, signed in, and with three rights", user), nil
}

func lab10PHPNudge(ctx context.Context, env *labs.Env) (string, error) {
	has, err := lab10ACLs(ctx, env, env.Name("shop"))
	if err != nil {
		return "", err
	}
	written, read, err := lab10RoundTrip(ctx, env)
	if err != nil {
		return "", err
	}
	missing, beside := lab10Compare(has, lab10Shop(env))
	return fmt.Sprintf("Of its rights %d are missing and %d are too much. Since the step began there are %s, and %d of them are committed by the group.",
		len(missing), len(beside), check.Count(int64(written), "new payment"), read), nil
}

// lab10AsShop does what the program in PHP does.
func lab10AsShop(ctx context.Context, env *labs.Env) error {
	user := env.Name("shop")
	password, _ := lab10Passwords(env)
	if err := lab10SetPassword(ctx, env, user, lab10Mechanism, password); err != nil {
		return err
	}
	if err := lab10Grant(ctx, env, user, lab10Shop(env)); err != nil {
		return err
	}
	return env.Until(ctx, user+" writes and reads", func(ctx context.Context) (bool, error) {
		c, err := check.SignIn(ctx, env, user, password)
		if kind := kafka.KindOf(err); kind == kafka.Auth { // not every broker has heard of it
			return false, nil
		}
		if err != nil {
			return false, err
		}
		defer c.Close()
		shop := *env
		shop.Cluster = c
		if _, err = shop.Produce(ctx, labs.Record(env.Name("payments"), "pay-"+env.Nonce, `{"cents":990}`)); err == nil {
			_, err = shop.ReadAsGroup(ctx, env.Name("payments-reader"), env.Name("payments"))
		}
		if kafka.KindOf(err) == kafka.Denied { // the same
			return false, nil
		}
		return err == nil, err
	})
}
