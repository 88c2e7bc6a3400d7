package lessons

import (
	"context"
	"fmt"

	"kconsole/kafka"
	"kconsole/labs"
	"kconsole/labs/check"
	"kconsole/labs/services"
)

// working starts a consumer that is at work at once, unless one of the name was
// started already: one that the learner stopped stays stopped.
func working(env *labs.Env, c services.Consumer) (started bool, err error) {
	if env.Services.Get(c.Name) != nil {
		return false, nil
	}
	env.Say("start the service %s (group %s, %s)", c.Name, c.Group, check.Count(int64(max(c.Members, 1)), "member"))
	_, err = env.Services.StartConsumer(c)
	return err == nil, err
}

// moved stops a service, so that its group is empty, moves the group's committed
// offsets of some partitions (nil: all) of a topic, and starts it again.
func moved(ctx context.Context, env *labs.Env, service, topic string, partitions []int32, to kafka.ResetTo) error {
	svc := env.Services.Get(service)
	if svc == nil {
		return fmt.Errorf("the service %s does not run here", service)
	}
	env.Say("stop %s", service)
	if err := svc.Stop(ctx); err != nil {
		return err
	}
	group := svc.Group()
	err := env.Until(ctx, "the group "+group+" is empty", func(ctx context.Context) (bool, error) {
		g, _, err := check.Group(ctx, env, group)
		return len(g.Members) == 0, err
	})
	if err != nil {
		return err
	}
	admin, err := env.Admin()
	if err != nil {
		return err
	}
	var only map[string][]int32
	if partitions != nil {
		only = map[string][]int32{topic: partitions}
	}
	if err := env.Apply(ctx)(admin.ResetOffsets(ctx, group, []string{topic}, only, to)); err != nil {
		return err
	}
	env.Say("restart %s", service)
	return svc.Restart()
}

// silently carries a plan of a Stage out without a word: it would tell the cause.
func silently(ctx context.Context) func(*kafka.Plan, error) error {
	return func(p *kafka.Plan, err error) error {
		if err != nil || p.Empty() {
			return err
		}
		res, err := p.Apply(ctx)
		if err != nil {
			return err
		}
		return res.Err()
	}
}

// keys are the different keys of a topic's records.
func keys(ctx context.Context, env *labs.Env, topic string) (map[string]bool, error) {
	records, err := check.Records(ctx, env, topic, nil)
	if err != nil {
		return nil, err
	}
	out := make(map[string]bool, len(records))
	for i := range records {
		out[string(records[i].Key)] = true
	}
	return out, nil
}
