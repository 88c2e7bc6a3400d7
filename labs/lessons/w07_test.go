package lessons

import (
	"context"
	"testing"

	"kconsole/kafka"
	"kconsole/labs"
	"kconsole/labs/check"
	"kconsole/labs/proof"
)

func TestW07(t *testing.T) {
	// Two of the three partitions are freed.
	proof.Lab(t, lab(t, "w07"), nearly(func(ctx context.Context, env *labs.Env) error {
		admin, err := env.Admin()
		if err != nil {
			return err
		}
		topic, _, err := check.Topic(ctx, env, env.Name("orders"))
		if err != nil {
			return err
		}
		producers, err := env.Cluster.Producers(ctx, []kafka.Topic{topic})
		if err != nil {
			return err
		}
		for i := range producers {
			if p := &producers[i]; p.TxnStart >= 0 && p.Partition > 0 {
				if err := env.Apply(ctx)(admin.AbortTransaction(ctx, p.Topic, p.Partition, p.ProducerID)); err != nil {
					return err
				}
			}
		}
		return env.Until(ctx, "orders of two partitions arrive", func(ctx context.Context) (bool, error) {
			waiting, short, err := w07Waiting(ctx, env)
			return len(short) == 1 && len(waiting) == w07Late/w07Parts, err
		})
	}))
}
