package lessons

import (
	"context"
	"fmt"
	"net/http"
	"testing"
	"time"

	"kconsole/labs"
	"kconsole/labs/check"
	"kconsole/labs/proof"
)

func TestLab11(t *testing.T) { proof.Lab(t, lab(t, "11"), lab11Misses) }

var lab11Misses = proof.Misses{
	// A page about another cluster.
	"page":   {Do: lab11OtherPage},
	"lag":    {Answer: proof.Wrong("100000")},
	"target": {Answer: proof.Wrong("4711")},
	// Records arrive, and far too few.
	"load": {Do: func(ctx context.Context, env *labs.Env) error {
		if err := lab11Writes(ctx, env, "load", "a small load", "load", 50, time.Minute); err != nil {
			return err
		}
		return env.Until(ctx, "records arrive", func(ctx context.Context) (bool, error) {
			ends, err := check.Ends(ctx, env, env.Name("load"))
			return ends.Sum() >= 50, err
		})
	}},
	// The other service is paused.
	"stopped": {
		Do: func(ctx context.Context, env *labs.Env) error {
			env.Services.Get("audit").Pause()
			return env.Until(ctx, "audit is behind", func(ctx context.Context) (bool, error) {
				lag, err := check.Lag(ctx, env, env.Name("audit"), env.Name("orders"))
				return lag >= 100, err
			})
		},
		Answer: func(_ context.Context, env *labs.Env, _ labs.Question) string { // as if it were new
			return fmt.Sprint(int(lab11Retention(env) / time.Minute))
		},
	},
	// Another group reads everything.
	"drain": {Do: func(ctx context.Context, env *labs.Env) error {
		_, err := env.ReadAsGroup(ctx, env.Name("archive"), env.Name("orders"))
		return err
	}},
	// It is looked at, and nothing is stopped.
	"alert": {Do: func(ctx context.Context, env *labs.Env) error {
		_, err := check.Query(ctx, env, "ALERTS")
		return err
	}},
	// Another group books the payments.
	"incident": {Do: func(ctx context.Context, env *labs.Env) error {
		_, err := env.ReadAsGroup(ctx, env.Name("ledger-2"), env.Name("payments"))
		return err
	}},
	// The load without the consumer.
	"php": {Do: func(ctx context.Context, env *labs.Env) error {
		if err := lab11Load(ctx, env); err != nil {
			return err
		}
		return env.Until(ctx, "the load is high enough", func(ctx context.Context) (bool, error) {
			v, err := lab11Loaded(ctx, env)
			return v.Done(), err
		})
	}},
}

func lab11OtherPage(ctx context.Context, env *labs.Env) error {
	ln, err := lab11Listen(ctx)
	if err != nil {
		return err
	}
	server := &http.Server{ReadHeaderTimeout: time.Second, Handler: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintln(w, `kafka_broker_info{broker="1",address="elsewhere:9092"} 1`)
	})}
	_, err = env.Services.StartTask("other", "a page about another cluster", func(ctx context.Context) error {
		stop := context.AfterFunc(ctx, func() { _ = server.Close() })
		defer stop()
		return server.Serve(ln)
	})
	if err != nil {
		return err
	}
	return env.Until(ctx, "the page is there", func(ctx context.Context) (bool, error) {
		brokers, err := lab11Brokers(ctx, env, ln.Addr().String())
		return err == nil && len(brokers) == 1, nil
	})
}
