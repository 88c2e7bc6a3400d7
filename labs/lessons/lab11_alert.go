package lessons

import (
	"context"
	"fmt"
	"time"

	"kconsole/compose"
	"kconsole/labs"
	"kconsole/labs/check"
)

// lab11Rings is the alert that the lab is about. It is one of those that come with
// the stack.
const lab11Rings = "KafkaUnderReplicatedPartitions"

// lab11Since is when the step began, as Unix time in milliseconds.
func lab11Since(_ context.Context, env *labs.Env) (any, error) { return env.Clock().UnixMilli(), nil }

// lab11Fired tells whether the alert has fired since the step began, and whether it
// is pending or fires now.
func lab11Fired(ctx context.Context, env *labs.Env) (fired bool, now string, err error) {
	var since int64
	if err := env.Baseline(&since); err != nil {
		return false, "", err
	}
	// At least two evaluations, and nothing from before the step.
	seconds := max(int64(env.Clock().Sub(time.UnixMilli(since))/time.Second), 1)
	was, err := check.Query(ctx, env, fmt.Sprintf(`max_over_time(ALERTS{alertname=%q, alertstate="firing"}[%ds])`, lab11Rings, seconds))
	if err != nil {
		return false, "", err
	}
	is, err := check.Query(ctx, env, fmt.Sprintf(`ALERTS{alertname=%q}`, lab11Rings))
	if err != nil {
		return false, "", err
	}
	for _, s := range is {
		if now != "firing" {
			now = s.Labels["alertstate"]
		}
	}
	return len(was) > 0, now, nil
}

func lab11Alert(ctx context.Context, env *labs.Env) (labs.Verdict, error) {
	want := "the alert " + lab11Rings + " has fired, and is over"
	fired, now, err := lab11Fired(ctx, env)
	switch {
	case err != nil:
		return labs.Verdict{}, err
	case now != "":
		return labs.NotYet(want, "it is "+now, "look at Alerts in Prometheus"), nil
	case !fired:
		return labs.NotYet(want, "it has not fired", "a broker that is stopped leaves replicas out of sync"), nil
	}
	return labs.Done("%s has fired and is over", lab11Rings), nil
}

func lab11AlertNudge(ctx context.Context, env *labs.Env) (string, error) {
	fired, now, err := lab11Fired(ctx, env)
	switch {
	case err != nil:
		return "", err
	case now == "pending":
		return "It is pending: the expression is true, and not for long enough yet (`for: 10s`).", nil
	case now == "firing":
		return "It fires. Take the cause away, and it is over by itself.", nil
	case fired:
		return "It has fired and is over.", nil
	}
	return "Its expression is `kafka_under_replicated_partitions > 0`. What makes that true?", nil
}

// lab11Ring stops a broker until the alert fires, and starts it again.
func lab11Ring(ctx context.Context, env *labs.Env) error {
	brokers, err := env.Stack.Brokers(ctx)
	if err != nil {
		return err
	}
	id := brokers[len(brokers)-1].ID
	if brokers[len(brokers)-1].State == compose.Running {
		env.Say("stop broker %d", id)
		if err := env.Stack.Stop(ctx, id); err != nil {
			return err
		}
	}
	err = env.Until(ctx, lab11Rings+" fires", func(ctx context.Context) (bool, error) {
		fired, _, err := lab11Fired(ctx, env)
		return fired, err
	})
	if err != nil {
		return err
	}
	env.Say("start broker %d", id)
	return env.Stack.Start(ctx, id)
}
