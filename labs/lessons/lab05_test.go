package lessons

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"kconsole/labs"
	"kconsole/labs/check"
	"kconsole/labs/proof"
	"kconsole/labs/services"
)

func TestLab05(t *testing.T) {
	proof.Lab(t, lab(t, "05"), proof.Misses{
		"doctor": {Do: lab02WrongBroker},
		// The text of the value, without a schema.
		"produce": {Do: lab05Text},
		// One more user is logged, the earlier ones are not.
		"log": {Do: func(ctx context.Context, env *labs.Env) error {
			if err := lab05Send(ctx, env); err != nil {
				return err
			}
			return env.Until(ctx, "the new user is logged", func(ctx context.Context) (bool, error) {
				ends, err := check.Ends(ctx, env, env.Name("log"))
				return ends.Sum() > 0, err
			})
		}},
		// Another wrong address.
		"registry": {Do: func(ctx context.Context, env *labs.Env) error {
			if _, err := env.Produce(ctx, labs.Record(env.Name("settings"), lab05Setting, lab05RightURL(env)+"/v1")); err != nil {
				return err
			}
			return env.Services.Get("welcome").Wait(ctx, func(st services.Status) bool { return strings.Contains(st.LastError, "/v1") })
		}},
		// The wrong broker is repaired.
		"advertised": {Do: func(ctx context.Context, env *labs.Env) error {
			f, ids, err := lab05Victim(ctx, env)
			if err != nil {
				return err
			}
			for _, id := range ids {
				if id != f.Broker {
					return env.Mend(ctx, labs.Fault{Kind: labs.Advertise, Broker: id, Addr: f.Addr})
				}
			}
			return fmt.Errorf("there is no other broker")
		}},
		// All is read, but what was written is text.
		"php":     {Do: lab05ReadText("php-log")},
		"laravel": {Do: lab05ReadText("laravel-log")},
	})
}

func lab05Text(ctx context.Context, env *labs.Env) error {
	_, err := env.Produce(ctx, labs.Record(env.Name("users"), "u-1", `{"id":"u-1","email":"ada@example.com","registered":1767225600000}`))
	return err
}

func lab05ReadText(group string) func(context.Context, *labs.Env) error {
	return func(ctx context.Context, env *labs.Env) error {
		if err := lab05Text(ctx, env); err != nil {
			return err
		}
		_, err := env.ReadAsGroup(ctx, env.Name(group), env.Name("users"))
		return err
	}
}
