package lessons

import (
	"context"
	"fmt"
	"strconv"

	"kconsole/compose"
	"kconsole/kafka"
	"kconsole/labs"
	"kconsole/labs/check"
)

func init() {
	register("09", map[string]labs.Behavior{
		"topic":      {Check: lab09Topic, Nudge: lab09TopicNudge, Solve: lab09CreateTopic, Lasting: true},
		"skew":       {Stage: lab09Clicks, Question: lab09Hottest, Nudge: lab09HottestNudge},
		"stop-one":   {Stage: lab09Open, Baseline: lab09Before, Check: lab09OneDown, Question: lab09NewLeader, Nudge: lab09OneDownNudge, Solve: lab09StopLeader},
		"pause":      {Stage: lab09Close, Question: lab09Pause, Nudge: lab09PauseNudge},
		"stop-two":   {Stage: lab09Close, Check: lab09TwoDown, Question: lab09Refused, Nudge: lab09TwoDownNudge, Solve: lab09RefuseWrites},
		"start-both": {Stage: lab09Ready, Check: lab09Whole, Nudge: lab09WholeNudge, Solve: lab09StartBoth},
		"idempotent": {Stage: lab09Ready, Baseline: lab09Now, Check: lab09Through(false), Nudge: lab09ThroughNudge(false), Solve: lab09Write},
		"php":        {Stage: lab09Ready, Baseline: lab09Now, Check: lab09Through(true), Nudge: lab09ThroughNudge(true), Solve: lab09Write},
	})
}

const lab09MinISR = "2"

// lab09Ready makes the topic of the lab where an earlier step was left out.
func lab09Ready(ctx context.Context, env *labs.Env) error {
	return env.CreateTopic(ctx, env.Name("payments"), 6, 3, "min.insync.replicas", lab09MinISR)
}

func lab09Topic(ctx context.Context, env *labs.Env) (labs.Verdict, error) {
	shape, err := check.Shape(ctx, env, env.Name("payments"), 6, 3)
	if err != nil || !shape.Done() {
		return shape, err
	}
	level, err := check.Config(ctx, env, env.Name("payments"), "min.insync.replicas", lab09MinISR)
	if err != nil {
		return labs.Verdict{}, err
	}
	return check.All(shape, level), nil
}

func lab09TopicNudge(ctx context.Context, env *labs.Env) (string, error) {
	topics, err := env.Cluster.TopicMetadata(ctx, env.Name("payments")) // no offsets: leaders may be new
	if err != nil {
		return "", err
	}
	if len(topics) != 1 || kafka.KindOf(topics[0].Err) == kafka.NotFound {
		return "There is no topic " + env.Name("payments") + " yet. Three numbers describe it: 6 partitions, 3 replicas, and min.insync.replicas, which is a configuration of the topic.", nil
	}
	t := &topics[0]
	if t.Err != nil {
		return "", t.Err
	}
	if len(t.Partitions) != 6 || t.ReplicationFactor() != 3 {
		return fmt.Sprintf("The topic has %s of replication factor %d; wanted are 6 and 3.", check.Count(int64(len(t.Partitions)), "partition"), t.ReplicationFactor()), nil
	}
	return "The shape is right. min.insync.replicas is 1 unless the topic says otherwise; it can be set on a topic that exists.", nil
}

func lab09CreateTopic(ctx context.Context, env *labs.Env) error {
	name := env.Name("payments")
	t, ok, err := check.Topic(ctx, env, name)
	if err != nil {
		return err
	}
	if ok && (len(t.Partitions) != 6 || t.ReplicationFactor() != 3) {
		if err := env.DeleteTopic(ctx, name); err != nil {
			return err
		}
	}
	if err := lab09Ready(ctx, env); err != nil {
		return err
	}
	return lab09SetMinISR(ctx, env, lab09MinISR)
}

// lab09Clicks writes records of many keys, one of which has far too many: another
// share in each run.
func lab09Clicks(ctx context.Context, env *labs.Env) error {
	name := env.Name("clicks")
	if err := env.CreateTopic(ctx, name, 6, 3); err != nil {
		return err
	}
	ends, err := check.Ends(ctx, env, name)
	if err != nil || ends.Sum() > 0 {
		return err
	}
	const all = 600
	hot := all * (40 + int(env.Nonce[0])%30) / 100
	records := make([]kafka.NewRecord, 0, all)
	for i := range all {
		key := "c-4711"
		if i >= hot {
			key = "c-" + strconv.Itoa(i)
		}
		records = append(records, labs.Record(name, key, "click "+strconv.Itoa(i)))
	}
	_, err = env.Produce(ctx, records...)
	return err
}

// lab09Shares are the records of the clicks by partition.
func lab09Shares(ctx context.Context, env *labs.Env) (hottest int32, most, all int64, err error) {
	ends, err := check.Ends(ctx, env, env.Name("clicks"))
	if err != nil {
		return 0, 0, 0, err
	}
	if all = ends.Sum(); all == 0 {
		return 0, 0, 0, fmt.Errorf("%s holds no records any more: `kconsole lab reset 09` begins anew", env.Name("clicks"))
	}
	for p, n := range ends {
		if n > most {
			hottest, most = p, n
		}
	}
	return hottest, most, all, nil
}

func lab09Hottest(ctx context.Context, env *labs.Env) (labs.Question, error) {
	hottest, most, all, err := lab09Shares(ctx, env)
	if err != nil {
		return labs.Question{}, err
	}
	percent := (most*100 + all/2) / all
	prompt := "What percentage of the records of " + env.Name("clicks") + " lies in its hottest partition?"
	return check.Number(prompt, percent, 1, func(given int64, right bool) string {
		if right {
			return fmt.Sprintf("Partition %d holds %d of %d records, %d %%. Even shares would be 17 %%: one key has most of the records, and a key never leaves its partition.", hottest, most, all, percent)
		}
		return fmt.Sprintf("It is not %d %%. Divide the records of the partition that has most of them by all %d records of the topic.", given, all)
	}), nil
}

func lab09HottestNudge(ctx context.Context, env *labs.Env) (string, error) {
	hottest, _, all, err := lab09Shares(ctx, env)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("The topic holds %d records, and one of its six partitions stands out: partition %d. How many are in that one?", all, hottest), nil
}

// lab09Brokers are the ids of the brokers that run, and of those that do not.
func lab09Brokers(ctx context.Context, env *labs.Env) (up, down []int32, err error) {
	brokers, err := env.Stack.Brokers(ctx)
	if err != nil {
		return nil, nil, err
	}
	for _, b := range brokers {
		if b.State == compose.Running {
			up = append(up, b.ID)
		} else {
			down = append(down, b.ID)
		}
	}
	return up, down, nil
}

// lab09Payments reads the topic, which must be there.
func lab09Payments(ctx context.Context, env *labs.Env) (kafka.Topic, error) {
	t, ok, err := check.Topic(ctx, env, env.Name("payments"))
	if err == nil && (!ok || t.Partition(0) == nil) {
		err = fmt.Errorf("topic %s is gone: `kconsole lab reset 09` begins anew", env.Name("payments"))
	}
	return t, err
}

// lab09Most is the largest ISR of the topic's partitions.
func lab09Most(t *kafka.Topic) (n int) {
	for i := range t.Partitions {
		n = max(n, len(t.Partitions[i].ISR))
	}
	return n
}

// lab09Leaders says for each partition whether it is in order: a full ISR, led by
// its preferred replica.
func lab09Leaders(t *kafka.Topic) (short, elsewhere []int32) {
	for i := range t.Partitions {
		switch p := &t.Partitions[i]; {
		case p.UnderReplicated():
			short = append(short, p.ID)
		case p.Leader != p.Replicas[0]:
			elsewhere = append(elsewhere, p.ID)
		}
	}
	return short, elsewhere
}

func lab09Whole(ctx context.Context, env *labs.Env) (labs.Verdict, error) {
	const want = "all brokers running, a full ISR everywhere, each partition led by its preferred replica"
	_, down, err := lab09Brokers(ctx, env)
	if err != nil {
		return labs.Verdict{}, err
	}
	if len(down) > 0 {
		return labs.NotYet(want, "not running: broker "+lab02List(down), "look at :brokers"), nil
	}
	t, err := lab09Payments(ctx, env)
	if err != nil {
		return labs.Verdict{}, err
	}
	short, elsewhere := lab09Leaders(&t)
	if len(short) > 0 {
		return labs.NotYet(want, "the ISR is not full in partition "+lab02List(short), "the brokers that came back are copying what they missed"), nil
	}
	if len(elsewhere) > 0 {
		return labs.NotYet(want, "led by another than the preferred replica: partition "+lab02List(elsewhere), "elect the preferred leaders"), nil
	}
	return labs.Done("every ISR is full, and every partition is led by its preferred replica"), nil
}

func lab09WholeNudge(ctx context.Context, env *labs.Env) (string, error) {
	_, down, err := lab09Brokers(ctx, env)
	if err != nil {
		return "", err
	}
	if len(down) > 0 {
		return "Still down: broker " + lab02List(down) + ".", nil
	}
	t, err := lab09Payments(ctx, env)
	if err != nil {
		return "", err
	}
	if short, _ := lab09Leaders(&t); len(short) > 0 {
		return "All run. Give the ISR a moment to be full; an election of a replica that is not in it would fail.", nil
	}
	leads := map[int32]int{}
	for i := range t.Partitions {
		leads[t.Partitions[i].Leader]++
	}
	return fmt.Sprintf("The ISR is full, and the six partitions are led by %s. The first replica of each is the one that should lead.", check.Count(int64(len(leads)), "broker")), nil
}

func lab09InSync(ctx context.Context, env *labs.Env) error {
	return lab09Soon(ctx, env, "every ISR is full", func(ctx context.Context) (bool, error) {
		t, err := lab09Payments(ctx, env)
		if err != nil {
			return false, err
		}
		short, _ := lab09Leaders(&t)
		return len(short) == 0, nil
	})
}

func lab09StartBoth(ctx context.Context, env *labs.Env) error {
	if err := lab02StartAll(ctx, env); err != nil {
		return err
	}
	if err := lab09InSync(ctx, env); err != nil {
		return err
	}
	t, err := lab09Payments(ctx, env)
	if err != nil {
		return err
	}
	_, elsewhere := lab09Leaders(&t)
	if len(elsewhere) == 0 {
		return nil
	}
	var which []kafka.TopicPartition
	for _, p := range elsewhere {
		which = append(which, kafka.TopicPartition{Topic: t.Name, Partition: p})
	}
	admin, err := env.Admin()
	if err != nil {
		return err
	}
	return env.Apply(ctx)(admin.ElectLeaders(ctx, which, false))
}
