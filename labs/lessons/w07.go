package lessons

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"kconsole/kafka"
	"kconsole/labs"
	"kconsole/labs/check"
	"kconsole/labs/services"
)

func init() {
	walkthrough("w07", labs.Behavior{Stage: w07Stage, Check: w07Arrived, Nudge: w07Nudge, Solve: w07Solve})
}

const (
	w07Parts  = 3
	w07Early  = 30 // orders before the trouble
	w07Late   = 24 // orders behind it
	w07Open   = 15 * time.Minute
	w07Pace   = 2 * time.Second // between two orders of the shop that goes on
	w07Import = "import"
)

// w07Order is the id of the shop's n-th order, which is its key as well.
func w07Order(n int) string { return fmt.Sprintf("o-%d", 5001+n) }

// w07Stage leaves a transaction open on every partition, whose producer has gone,
// with orders before and behind it.
func w07Stage(ctx context.Context, env *labs.Env) error {
	for _, topic := range []string{"orders", "picked"} {
		if err := env.CreateTopic(ctx, env.Name(topic), w07Parts, 3); err != nil {
			return err
		}
	}
	ends, err := check.Ends(ctx, env, env.Name("orders"))
	if err != nil {
		return err
	}
	if ends.Sum() == 0 {
		if err := w07Write(ctx, env, 0, w07Early); err != nil {
			return err
		}
	}
	transactions, err := env.Cluster.Transactions(ctx)
	if err != nil {
		return err
	}
	if !slices.ContainsFunc(transactions, func(t kafka.Transaction) bool { return t.ID == w07ID(env) }) {
		if err := w07Begin(ctx, env); err != nil {
			return err
		}
		if err := w07Write(ctx, env, w07Early, w07Late); err != nil {
			return err
		}
	}
	if env.Services.Get("shop") == nil {
		_, err := env.Services.StartTask("shop", "goes on selling", func(ctx context.Context) error { return w07Shop(ctx, env) })
		if err != nil {
			return err
		}
	}
	started, err := working(env, services.Consumer{
		Name: "warehouse", About: "picks the goods of each order", Group: env.Name("warehouse"), Topics: []string{env.Name("orders")},
		Handle: func(ctx context.Context, d *services.Delivery) error {
			return d.Publish(ctx, services.Event{Topic: env.Name("picked"), Key: string(d.Key), Value: map[string]any{"order": string(d.Key)}})
		},
	})
	if err != nil || !started {
		return err
	}
	return env.Until(ctx, "the warehouse has what it can get", func(ctx context.Context) (bool, error) {
		waiting, _, err := w07Waiting(ctx, env)
		return len(waiting) <= w07Late, err
	})
}

// w07ID is the transactional id of the import, another one in each run.
func w07ID(env *labs.Env) string { return env.Name(w07Import + "-" + env.Nonce[:4]) }

// w07Write writes orders of the shop, in turn to each partition.
func w07Write(ctx context.Context, env *labs.Env, from, n int) error {
	records := make([]kafka.NewRecord, n)
	for i := range records {
		records[i] = kafka.NewRecord{
			Topic: env.Name("orders"), Partition: int32(i % w07Parts), Key: []byte(w07Order(from + i)), Value: fmt.Appendf(nil, `{"order":%q,"from":"shop"}`, w07Order(from+i)),
		}
	}
	_, err := env.Produce(ctx, records...)
	return err
}

// w07Begin does what the import did: it begins a transaction, writes to each
// partition, and is gone.
func w07Begin(ctx context.Context, env *labs.Env) error {
	client, err := env.Cluster.NewClient(
		kgo.ClientID(env.Name(w07Import)), kgo.TransactionalID(w07ID(env)), kgo.TransactionTimeout(w07Open), kgo.RecordPartitioner(kgo.ManualPartitioner()),
	)
	if err != nil {
		return err
	}
	defer client.Close()
	if err := client.BeginTransaction(); err != nil {
		return err
	}
	for p := range int32(w07Parts) {
		r := &kgo.Record{Topic: env.Name("orders"), Partition: p, Key: fmt.Appendf(nil, "i-%d", p+1), Value: fmt.Appendf(nil, `{"order":"i-%d","from":"import"}`, p+1)}
		if err := client.ProduceSync(ctx, r).FirstErr(); err != nil {
			return fmt.Errorf("the import cannot write: %w", err)
		}
	}
	return nil
}

// w07Shop goes on selling. An order that cannot be written is the shop's loss, not
// the lab's.
func w07Shop(ctx context.Context, env *labs.Env) error {
	t := time.NewTicker(w07Pace)
	defer t.Stop()
	for n := 0; ; n++ {
		select {
		case <-ctx.Done():
			return nil
		case at := <-t.C:
			id := fmt.Sprintf("o-%d-%d", at.Unix(), n)
			_, _ = env.Services.Publish(ctx, services.Event{Topic: env.Name("orders"), Key: id, Value: map[string]any{"order": id, "from": "shop"}})
		}
	}
}

// w07Waiting are the orders of the ticket that have not reached the warehouse, and
// the partitions that nobody can read to the end as a reader of committed records.
func w07Waiting(ctx context.Context, env *labs.Env) (waiting []string, short []int32, err error) {
	picked, err := keys(ctx, env, env.Name("picked"))
	if err != nil {
		return nil, nil, err
	}
	for n := range w07Early + w07Late {
		if id := w07Order(n); !picked[id] {
			waiting = append(waiting, id)
		}
	}
	t, ok, err := check.Topic(ctx, env, env.Name("orders"))
	if err != nil {
		return nil, nil, err
	}
	if !ok {
		return nil, nil, fmt.Errorf("the topic %s is gone: reset the lab", env.Name("orders"))
	}
	// The end was read before: what comes in between cannot look like a gap.
	if err := env.Cluster.Offsets(ctx, []kafka.Topic{t}, kafka.StableOffset); err != nil {
		return nil, nil, err
	}
	for i := range t.Partitions {
		p := &t.Partitions[i]
		if p.Start > 0 {
			return nil, nil, errW07Cut
		}
		if p.Stable < p.End {
			short = append(short, p.ID)
		}
	}
	return waiting, short, nil
}

var errW07Cut = errors.New("orders were deleted")

func w07Arrived(ctx context.Context, env *labs.Env) (labs.Verdict, error) {
	waiting, short, err := w07Waiting(ctx, env)
	if errors.Is(err, errW07Cut) {
		return labs.Unrecoverable("orders were deleted from %s: they cannot reach the warehouse any more", env.Name("orders")), nil
	}
	if err != nil {
		return labs.Verdict{}, err
	}
	const want = "every order of the shop reaches the warehouse, also those that have been waiting"
	switch {
	case len(short) > 0:
		return labs.NotYet(want, fmt.Sprintf("%s wait, and what comes to %s does not get through", check.Count(int64(len(waiting)), "order"), numbered(short)),
			"the log has more records than the warehouse is given"), nil
	case len(waiting) > 0:
		return labs.NotYet(want, fmt.Sprintf("new orders get through, and %s wait", check.Count(int64(len(waiting)), "older order")), "give the warehouse a moment; does it run?"), nil
	}
	return labs.Done("all orders have reached the warehouse, and each partition can be read to its end"), nil
}

func w07Nudge(ctx context.Context, env *labs.Env) (string, error) {
	waiting, short, err := w07Waiting(ctx, env)
	switch {
	case errors.Is(err, errW07Cut):
		return "Orders were deleted. Only a reset helps now.", nil
	case err != nil:
		return "", err
	case len(short) > 0:
		return fmt.Sprintf("On %s, records are in the log and are kept from whoever reads only committed ones. Who has not said yet whether theirs count?", numbered(short)), nil
	case len(waiting) > 0:
		return "Orders get through again. The warehouse has some to catch up with.", nil
	}
	return "Everything arrives. It only has to stay so.", nil
}

func w07Solve(ctx context.Context, env *labs.Env) error {
	admin, err := env.Admin()
	if err != nil {
		return err
	}
	t, _, err := check.Topic(ctx, env, env.Name("orders"))
	if err != nil {
		return err
	}
	producers, err := env.Cluster.Producers(ctx, []kafka.Topic{t})
	if err != nil {
		return err
	}
	for i := range producers {
		if p := &producers[i]; p.TxnStart >= 0 {
			if err := env.Apply(ctx)(admin.AbortTransaction(ctx, p.Topic, p.Partition, p.ProducerID)); err != nil {
				return err
			}
		}
	}
	if svc := env.Services.Get("warehouse"); svc != nil && svc.Status().State.Over() {
		env.Say("restart warehouse")
		return svc.Restart()
	}
	return nil
}
