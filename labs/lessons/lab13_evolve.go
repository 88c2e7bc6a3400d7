package lessons

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"kconsole/avro/registry"
	"kconsole/kafka"
	"kconsole/labs"
	"kconsole/labs/check"
)

// lab13Some is how many orders of an old and of the newest version show a schema
// that evolved under load.
const lab13Some = 10

// lab13Coupon is the field that Solve adds.
const lab13Coupon = "coupon"

// lab13Versions counts the new orders that were written by the newest version, and
// by those before.
func (f *lab13Flow) versions(history []*registry.Schema) (old, latest int) {
	for i := range f.orders {
		for n, s := range history {
			if s.ID != f.orders[i].schema {
				continue
			}
			if n == len(history)-1 {
				latest++
			} else {
				old++
			}
		}
	}
	return old, latest
}

// lab13Behind is the sum of the lags of the groups at work, and the one that lags
// most.
func lab13Behind(teams []kafka.Group) (lag int64, most string) {
	var top int64
	for i := range teams {
		n := teams[i].Lag()
		if lag += max(n, 0); n > top {
			top, most = n, teams[i].ID
		}
	}
	return lag, most
}

func lab13Evolved(ctx context.Context, env *labs.Env) (labs.Verdict, error) {
	subject := env.Name(lab13In) + "-value"
	history, err := check.History(ctx, env, subject)
	if err != nil {
		return labs.Verdict{}, err
	}
	want := "a new version of " + subject + ", which reads all records of before"
	if len(history) < 2 {
		return labs.NotYet(want, check.Count(int64(len(history)), "version"), "look at :subjects"), nil
	}
	if bad, why := check.Misfit(history); bad != nil {
		return labs.NotYet(want, fmt.Sprintf("version %d: %s", bad.Version, why), "the level of the subject should not have let it in"), nil
	}
	level, err := lab13Contract(ctx, env, env.Name(lab13In))
	if err != nil || !level.Done() {
		return level, err
	}
	f, err := lab13Look(ctx, env)
	if err != nil {
		return labs.Verdict{}, err
	}
	teams, err := lab13Teams(ctx, env)
	if err != nil {
		return labs.Verdict{}, err
	}
	old, latest := f.versions(history)
	lag, most := lab13Behind(teams)
	want = fmt.Sprintf("%d new orders or more of version %d and of an older one, each finished once, and no lag", lab13Some, history[len(history)-1].Version)
	switch done := f.done(); {
	case old < lab13Some || latest < lab13Some:
		return labs.NotYet(want, fmt.Sprintf("%d of the newest version, %d of older ones", latest, old), "resume checkout writes both; the version shows in the records"), nil
	case f.twice() != "":
		return labs.NotYet(want, "order "+f.twice()+" was finished more than once", "`kconsole lab reset 13` begins anew, with a service that knows what it has done"), nil
	case done < len(f.orders):
		return labs.NotYet(want, fmt.Sprintf("%d of %s finished", done, check.Count(int64(len(f.orders)), "new order")), "pause checkout, and see whether the rest gets through"), nil
	case len(teams) < 3 || lag > 0:
		return labs.NotYet(want, fmt.Sprintf("%s at work, a lag of %d in all %s", check.Count(int64(len(teams)), "group"), lag, most), "pause checkout, and watch the lag in :groups"), nil
	}
	return labs.Done("%d orders of version %d and %d of older ones, each finished once; the lag of %s is back to 0", latest, history[len(history)-1].Version, old, lab13TeamNames(teams)), nil
}

func lab13EvolveNudge(ctx context.Context, env *labs.Env) (string, error) {
	history, err := check.History(ctx, env, env.Name(lab13In)+"-value")
	if err != nil {
		return "", err
	}
	f, err := lab13Look(ctx, env)
	if err != nil {
		return "", err
	}
	teams, err := lab13Teams(ctx, env)
	if err != nil {
		return "", err
	}
	old, latest := f.versions(history)
	lag, _ := lab13Behind(teams)
	return fmt.Sprintf("%s-value has %s. New orders of the newest version: %d, of older ones: %d. Finished: %d of %d. Lag of all groups: %d.",
		env.Name(lab13In), check.Count(int64(len(history)), "version"), latest, old, f.done(), len(f.orders), lag), nil
}

// lab13Evolve adds a field with a default while orders come in.
func lab13Evolve(ctx context.Context, env *labs.Env) error {
	if err := lab13Agree(ctx, env); err != nil {
		return err
	}
	if err := lab13Work(ctx, env); err != nil {
		return err
	}
	subject := env.Name(lab13In) + "-value"
	history, err := check.History(ctx, env, subject)
	if err != nil {
		return err
	}
	if len(history) == 0 {
		return fmt.Errorf("subject %s is gone: `kconsole lab reset 13` begins anew", subject)
	}
	checkout := env.Services.Get(env.Name(lab13Checkout))
	if checkout == nil {
		return fmt.Errorf("the service %s does not run here", lab13Checkout)
	}
	env.Say("resume %s", lab13Checkout)
	checkout.Resume()
	if len(history) < 2 {
		text, err := lab13With(history[0])
		if err != nil {
			return err
		}
		if _, err := env.Register(ctx, subject, text); err != nil {
			return err
		}
	}
	err = env.Until(ctx, "orders of both versions are in", func(ctx context.Context) (bool, error) {
		history, err := check.History(ctx, env, subject)
		if err != nil {
			return false, err
		}
		f, err := lab13Look(ctx, env)
		old, latest := f.versions(history)
		return old >= lab13Some && latest >= lab13Some, err
	})
	env.Say("pause %s", lab13Checkout)
	checkout.Pause()
	if err != nil {
		return err
	}
	return env.Until(ctx, "every order is finished, and nothing lags", func(ctx context.Context) (bool, error) {
		v, err := lab13Evolved(ctx, env)
		return v.Done(), err
	})
}

// lab13With is a version of the orders with the coupon.
func lab13With(s *registry.Schema) (string, error) {
	if s.Avro == nil || strings.Contains(s.Text, `"`+lab13Coupon+`"`) {
		return "", fmt.Errorf("version %d of %s cannot be given a coupon", s.Version, s.Subject)
	}
	return lab08With(s.Text, func(fields []any) []any {
		return append(fields, json.RawMessage(`{"name": "coupon", "type": "string", "default": ""}`))
	})
}
