package lessons

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"

	"kconsole/compose"
	"kconsole/kafka"
	"kconsole/labs"
	"kconsole/labs/check"
)

const (
	lab09Till      = "till" // name of the service, key of its records, header with which till it was
	lab09SalePause = 250 * time.Millisecond
)

// lab09Open starts a till that writes one record after the other to partition 0,
// each when the one before was acknowledged: a pause of the topic is a gap
// between the timestamps of two of its records.
func lab09Open(ctx context.Context, env *labs.Env) error {
	if err := lab09Ready(ctx, env); err != nil || env.Services.Get(lab09Till) != nil {
		return err
	}
	env.Say("start the till: it writes to partition 0 of %s, four times a second", env.Name("payments"))
	_, err := env.Services.StartTask(lab09Till, "writes sales to partition 0 of "+env.Name("payments"), func(ctx context.Context) error {
		p, err := env.Cluster.Producer(kafka.ProducerOptions{Limit: time.Minute})
		if err != nil {
			return err
		}
		defer p.Close()
		id := strconv.FormatInt(env.Clock().UnixNano(), 36)
		tick := time.NewTicker(lab09SalePause)
		defer tick.Stop()
		for n := 1; ; n++ {
			sale := labs.Record(env.Name("payments"), lab09Till, "sale "+strconv.Itoa(n))
			sale.Partition = 0
			sale.Headers = []kafka.Header{{Key: labs.NonceHeader, Value: []byte(env.Nonce)}, {Key: lab09Till, Value: []byte(id)}}
			p.Produce(ctx, sale) // a sale that is refused shows as a gap
			select {
			case <-ctx.Done():
				return nil
			case <-tick.C:
			}
		}
	})
	return err
}

// lab09Close ends the till.
func lab09Close(ctx context.Context, env *labs.Env) error {
	if err := lab09Ready(ctx, env); err != nil || env.Services.Get(lab09Till) == nil {
		return err
	}
	env.Say("close the till")
	return env.Services.Stop(ctx, lab09Till)
}

// lab09Start is who led partition 0 when the step began.
type lab09Start struct {
	Leader int32 `json:"leader"`
}

func lab09Before(ctx context.Context, env *labs.Env) (any, error) {
	t, err := lab09Payments(ctx, env)
	if err != nil {
		return nil, err
	}
	p := t.Partition(0)
	if p.Leader == kafka.NoLeader {
		return nil, fmt.Errorf("partition 0 of %s has no leader now: start the brokers", t.Name)
	}
	return lab09Start{p.Leader}, nil
}

// lab09Broker is one broker of the stack.
func lab09Broker(ctx context.Context, env *labs.Env, id int32) (compose.Broker, error) {
	brokers, err := env.Stack.Brokers(ctx)
	if err != nil {
		return compose.Broker{}, err
	}
	i := slices.IndexFunc(brokers, func(b compose.Broker) bool { return b.ID == id })
	if i < 0 {
		return compose.Broker{}, fmt.Errorf("the stack has no broker %d", id)
	}
	return brokers[i], nil
}

// lab09Newest are the newest records of the topic, up to n a partition.
func lab09Newest(ctx context.Context, env *labs.Env, n int64) ([]check.Record, error) {
	return check.Newest(ctx, env, env.Name("payments"), n)
}

func lab09OneDown(ctx context.Context, env *labs.Env) (labs.Verdict, error) {
	var start lab09Start
	if err := env.Baseline(&start); err != nil {
		return labs.Verdict{}, err
	}
	want := fmt.Sprintf("broker %d stopped, partition 0 led by another, two replicas in each ISR, and records written after that", start.Leader)
	victim, err := lab09Broker(ctx, env, start.Leader)
	if err != nil {
		return labs.Verdict{}, err
	}
	if victim.State != compose.Stopped {
		return labs.NotYet(want, fmt.Sprintf("broker %d, which led partition 0 when this step began, is %s", victim.ID, victim.State), "look at :brokers"), nil
	}
	up, down, err := lab09Brokers(ctx, env)
	if err != nil {
		return labs.Verdict{}, err
	}
	if len(down) > 1 {
		return labs.NotYet(want, "down: brokers "+lab02List(down), fmt.Sprintf("start all but broker %d", victim.ID)), nil
	}
	t, err := lab09Payments(ctx, env)
	if err != nil {
		return labs.Verdict{}, err
	}
	for i := range t.Partitions {
		p := &t.Partitions[i]
		if p.Leader == victim.ID || p.Leader == kafka.NoLeader || slices.Contains(p.ISR, victim.ID) || len(p.ISR) != len(up) {
			return labs.NotYet(want, fmt.Sprintf("partition %d: leader %d, ISR %s", p.ID, p.Leader, lab02List(p.ISR)), "the controller is still at it: give it a moment"), nil
		}
	}
	records, err := lab09Newest(ctx, env, 40)
	if err != nil {
		return labs.Verdict{}, err
	}
	for i := range records {
		if records[i].Timestamp.After(victim.Since) {
			return labs.Done("broker %d is down, every ISR has %s, and writes go on", victim.ID, check.Count(int64(len(up)), "member")), nil
		}
	}
	return labs.NotYet(want, "no record was written since the broker stopped", "the till goes on by itself while the lab runs; or write a record"), nil
}

func lab09OneDownNudge(ctx context.Context, env *labs.Env) (string, error) {
	var start lab09Start
	if err := env.Baseline(&start); err != nil {
		return "", err
	}
	_, down, err := lab09Brokers(ctx, env)
	if err != nil {
		return "", err
	}
	switch {
	case len(down) == 0:
		return fmt.Sprintf("All brokers run. Broker %d led partition 0 when this step began: that is the one to stop.", start.Leader), nil
	case !slices.Contains(down, start.Leader):
		return fmt.Sprintf("Broker %s is down, and did not lead partition 0. Start it again; then stop broker %d.", lab02List(down), start.Leader), nil
	}
	return "The right one is down. Look at the leaders and the ISR of each partition, and at the records that still arrive.", nil
}

func lab09StopLeader(ctx context.Context, env *labs.Env) error {
	var start lab09Start
	if err := env.Baseline(&start); err != nil {
		return err
	}
	if err := lab02StartAll(ctx, env); err != nil {
		return err
	}
	env.Say("stop broker %d", start.Leader)
	return env.Stack.Stop(ctx, start.Leader)
}

func lab09NewLeader(ctx context.Context, env *labs.Env) (labs.Question, error) {
	var start lab09Start
	if err := env.Baseline(&start); err != nil {
		return labs.Question{}, err
	}
	t, err := lab09Payments(ctx, env)
	if err != nil {
		return labs.Question{}, err
	}
	p := t.Partition(0)
	if p.Leader == kafka.NoLeader {
		return labs.Question{}, errors.New("partition 0 has no leader now: start a broker")
	}
	var choices []string
	for _, id := range slices.Sorted(slices.Values(p.Replicas)) {
		choices = append(choices, "broker "+strconv.Itoa(int(id)))
	}
	answer := "broker " + strconv.Itoa(int(p.Leader))
	return check.Choice("Which broker leads partition 0 of "+t.Name+" now?", choices, answer, func(choice string) string {
		switch choice {
		case answer:
			return fmt.Sprintf("It was in sync, so it has all that was acknowledged. The leader epoch is %d now: each election raises it.", p.LeaderEpoch)
		case "broker " + strconv.Itoa(int(start.Leader)):
			return choice + " led it when this step began."
		}
		return choice + " is a replica of it and does not lead it."
	}), nil
}

// lab09Soon waits for something that may fail at first, because a broker that has
// just stopped is still asked.
func lab09Soon(ctx context.Context, env *labs.Env, what string, done func(context.Context) (bool, error)) error {
	return env.Until(ctx, what, func(ctx context.Context) (bool, error) {
		ok, err := done(ctx)
		if kind := kafka.KindOf(err); err != nil && (kind == kafka.Unreachable || kind == kafka.Timeout) {
			return false, nil
		}
		return ok, err
	})
}

func lab09SetMinISR(ctx context.Context, env *labs.Env, n string) error {
	admin, err := env.Admin()
	if err != nil {
		return err
	}
	return lab09Soon(ctx, env, "min.insync.replicas is "+n, func(ctx context.Context) (bool, error) {
		err := env.Apply(ctx)(admin.AlterTopicConfigs(ctx, env.Name("payments"), kafka.ConfigChange{Set: map[string]string{"min.insync.replicas": n}}))
		return err == nil, err
	})
}

// lab09RefuseWrites leaves one broker, and asks for two replicas in sync.
func lab09RefuseWrites(ctx context.Context, env *labs.Env) error {
	if err := lab09SetMinISR(ctx, env, lab09MinISR); err != nil {
		return err
	}
	return lab09StopSecond(ctx, env)
}

// lab09Gap is the longest pause between two records of one till.
func lab09Gap(ctx context.Context, env *labs.Env) (from, to time.Time, err error) {
	records, err := lab09Newest(ctx, env, 5000) // 20 minutes of the till
	if err != nil {
		return from, to, err
	}
	var last *check.Record
	for i := range records {
		r := &records[i]
		if r.Partition != 0 || r.Header(lab09Till) == "" || r.Header(labs.NonceHeader) != env.Nonce {
			continue
		}
		if last != nil && last.Header(lab09Till) == r.Header(lab09Till) && r.Timestamp.Sub(last.Timestamp) > to.Sub(from) {
			from, to = last.Timestamp, r.Timestamp
		}
		last = r
	}
	if to.IsZero() {
		return from, to, errors.New("the till has not written in this run; the step before this one starts it: jump back to it, or skip this one")
	}
	return from, to, nil
}

// lab09Spans are the answers to how long it took, and up to where each goes.
var lab09Spans = []struct {
	below time.Duration
	text  string
}{{time.Second, "less than 1 second"}, {5 * time.Second, "1 to 5 seconds"}, {30 * time.Second, "5 to 30 seconds"}, {1 << 62, "more than 30 seconds"}}

func lab09Pause(ctx context.Context, env *labs.Env) (labs.Question, error) {
	from, to, err := lab09Gap(ctx, env)
	if err != nil {
		return labs.Question{}, err
	}
	gap := to.Sub(from)
	var choices []string
	answer := ""
	for _, s := range lab09Spans {
		choices = append(choices, s.text)
		if answer == "" && gap < s.below {
			answer = s.text
		}
	}
	return check.Choice("How long was the longest pause between two sales of the till?", choices, answer, func(choice string) string {
		if choice == answer {
			return fmt.Sprintf("It was %s, from %s to %s. A broker that is stopped in good order hands its leaders over first; one that dies is missed only after 9 s, when its session with the controller expires.",
				gap.Round(time.Millisecond), from.UTC().Format("15:04:05.000"), to.UTC().Format("15:04:05.000"))
		}
		return fmt.Sprintf("Not %s. Compare the times of the till's records around %s UTC.", choice, from.UTC().Format("15:04:05"))
	}), nil
}

func lab09PauseNudge(ctx context.Context, env *labs.Env) (string, error) {
	from, _, err := lab09Gap(ctx, env)
	if err != nil {
		return "", err
	}
	return "The longest pause begins at " + from.UTC().Format("15:04:05") + " UTC. When does the next record of partition 0 come?", nil
}

// lab09Try writes one record with acks=all, once: it tells why it was refused.
func lab09Try(ctx context.Context, env *labs.Env) (refused error, err error) {
	out, err := check.Writes(ctx, env, env.Name("payments"), 0)
	if err != nil {
		return nil, err
	}
	return out[0], nil
}

func lab09TwoDown(ctx context.Context, env *labs.Env) (labs.Verdict, error) {
	const want = "two brokers stopped, one replica in each ISR, min.insync.replicas still 2, and a write refused"
	up, down, err := lab09Brokers(ctx, env)
	if err != nil {
		return labs.Verdict{}, err
	}
	if len(up) != 1 {
		return labs.NotYet(want, fmt.Sprintf("%s run, %d do not", check.Count(int64(len(up)), "broker"), len(down)), "look at :brokers; one has to be left"), nil
	}
	t, err := lab09Payments(ctx, env)
	if err != nil {
		return labs.Verdict{}, err
	}
	if n := lab09Most(&t); n > 1 {
		return labs.NotYet(want, fmt.Sprintf("an ISR with %d members", n), "the controller is still at it: give it a moment"), nil
	}
	level, err := check.Config(ctx, env, t.Name, "min.insync.replicas", lab09MinISR)
	if err != nil || !level.Done() {
		return level, err
	}
	before, err := check.Ends(ctx, env, t.Name)
	if err != nil {
		return labs.Verdict{}, err
	}
	refused, err := lab09Try(ctx, env)
	if err != nil {
		return labs.Verdict{}, err
	}
	if refused == nil {
		return labs.NotYet(want, "a write that got through", "look at the ISR in :topics"), nil
	}
	if !errors.Is(refused, kerr.NotEnoughReplicas) {
		return labs.Verdict{}, refused
	}
	after, err := check.Ends(ctx, env, t.Name)
	if err != nil {
		return labs.Verdict{}, err
	}
	if n := check.Since(after, before); n > 0 {
		return labs.NotYet(want, check.Count(n, "new record"), "who writes there, and with which acks?"), nil
	}
	return labs.Done("one replica is left, the lab's write was refused, and the log ends stay at %s", after), nil
}

func lab09TwoDownNudge(ctx context.Context, env *labs.Env) (string, error) {
	up, down, err := lab09Brokers(ctx, env)
	if err != nil {
		return "", err
	}
	if len(up) == 1 {
		return fmt.Sprintf("Only broker %d is left. Write a record with acks=all and read what the answer is; a client tries again for a while before it gives up.", up[0]), nil
	}
	return fmt.Sprintf("Brokers %s run, and %d are down. Two are to be down, so that fewer replicas are in sync than the topic asks for.", lab02List(up), len(down)), nil
}

// lab09StopSecond leaves one broker running.
func lab09StopSecond(ctx context.Context, env *labs.Env) error {
	brokers, err := env.Stack.Brokers(ctx)
	if err != nil {
		return err
	}
	up, _, err := lab09Brokers(ctx, env)
	if err != nil {
		return err
	}
	if len(up) == 0 {
		env.Say("start broker %d", brokers[0].ID)
		return env.Stack.Start(ctx, brokers[0].ID)
	}
	for _, id := range up[1:] {
		env.Say("stop broker %d", id)
		if err := env.Stack.Stop(ctx, id); err != nil {
			return err
		}
	}
	return nil
}

func lab09Refused(ctx context.Context, env *labs.Env) (labs.Question, error) {
	refused, err := lab09Try(ctx, env)
	if err != nil {
		return labs.Question{}, err
	}
	var code *kerr.Error
	if !errors.As(refused, &code) {
		return labs.Question{}, fmt.Errorf("no broker refuses a write just now (%w): two brokers have to be down", refused)
	}
	why := map[string]string{
		kerr.NotLeaderForPartition.Message:   "That is what a broker says that does not lead the partition: clients ask for the new leader and go on.",
		kerr.RequestTimedOut.Message:         "That is for a leader that waited for its followers in vain. It need not wait where it sees at once that its ISR is too small.",
		kerr.UnknownTopicOrPartition.Message: "The topic is known, and can still be read.",
		kerr.NotEnoughReplicas.Message:       "Error 19: fewer replicas are in sync than min.insync.replicas asks for, so the leader appends nothing. Clients try again for a while: whoever waits for long enough loses nothing.",
	}
	if why[code.Message] == "" {
		return labs.Question{}, fmt.Errorf("a write is refused for another reason: %w", refused)
	}
	prompt := "By which error is a write with acks=all refused now?"
	return check.Choice(prompt, slices.Sorted(maps.Keys(why)), code.Message, func(choice string) string { return why[choice] }), nil
}
