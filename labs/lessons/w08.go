package lessons

import (
	"context"
	"fmt"
	"regexp"
	"strconv"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"kconsole/kafka"
	"kconsole/labs"
	"kconsole/labs/check"
	"kconsole/labs/services"
)

func init() {
	walkthrough("w08", labs.Behavior{Stage: w08Stage, Baseline: w08Baseline, Check: w08Billed, Question: w08Range, Nudge: w08Nudge, Solve: w08Solve})
}

const (
	w08Parts     = 3
	w08Each      = 60             // orders a partition
	w08Retention = 48 * time.Hour // of the topic
)

// w08Lost is, for a partition of this run, where the group stands and where the log
// is to start: the offsets from the one to before the other are lost.
func w08Lost(env *labs.Env, partition int32) (committed, start int64) {
	n := int64(env.Nonce[partition]) // another one for each partition
	return 8 + n%11 + 2*int64(partition), 30 + n%7 + 3*int64(partition)
}

// w08Age is how old an order is: read by Friday, lost over the weekend, or kept.
// The oldest kept one has eight hours left.
func w08Age(offset, committed, start int64) time.Duration {
	between := func(from, to time.Duration, i, n int64) time.Duration {
		return from - (from-to)*time.Duration(i)/time.Duration(n)
	}
	switch {
	case offset < committed:
		return between(96*time.Hour, 66*time.Hour, offset, committed)
	case offset < start:
		return between(65*time.Hour, 49*time.Hour, offset-committed, start-committed)
	}
	return between(40*time.Hour, time.Hour, offset-start, w08Each-start)
}

// w08Stage has a group whose committed offsets are before the start of the log.
// Each part is made where it is missing.
func w08Stage(ctx context.Context, env *labs.Env) error {
	for _, topic := range []string{"orders", "invoices"} {
		if err := env.CreateTopic(ctx, env.Name(topic), w08Parts, 3); err != nil {
			return err
		}
	}
	ends, err := check.Ends(ctx, env, env.Name("orders"))
	if err != nil {
		return err
	}
	if ends.Sum() == 0 {
		if err := w08Write(ctx, env); err != nil {
			return err
		}
	}
	if err := w08Weekend(ctx, env); err != nil {
		return err
	}
	_, err = working(env, services.Consumer{
		Name: "billing", About: "writes an invoice for each order", Group: env.Name("billing"), Topics: []string{env.Name("orders")},
		Client: []kgo.Opt{kgo.ConsumeResetOffset(kgo.NoResetOffset())}, // auto.offset.reset=none
		Handle: func(ctx context.Context, d *services.Delivery) error {
			return d.Publish(ctx, services.Event{Topic: env.Name("invoices"), Key: d.Where(), Value: map[string]any{"for": d.Where()}})
		},
	})
	return err
}

func w08Write(ctx context.Context, env *labs.Env) error {
	var records []kafka.NewRecord
	now := env.Clock()
	for p := range int32(w08Parts) {
		committed, start := w08Lost(env, p)
		for i := range int64(w08Each) {
			at := now.Add(-w08Age(i, committed, start))
			records = append(records, kafka.NewRecord{
				Topic: env.Name("orders"), Partition: p, Timestamp: at, Value: fmt.Appendf(nil, `{"order":"o-%d","placed":%q}`, 4001+int64(p)*1000+i, at.UTC().Format(time.RFC3339)),
			})
		}
	}
	_, err := env.Produce(ctx, records...)
	return err
}

// w08Weekend commits where the group was on Friday, and does what the retention did
// until Monday: it cannot be waited for.
func w08Weekend(ctx context.Context, env *labs.Env) error {
	admin, err := env.Admin()
	if err != nil {
		return err
	}
	committed, err := check.Committed(ctx, env, env.Name("billing"), env.Name("orders"))
	if err != nil {
		return err
	}
	friday, monday := map[kafka.TopicPartition]int64{}, map[int32]int64{}
	for p := range int32(w08Parts) {
		friday[kafka.TopicPartition{Topic: env.Name("orders"), Partition: p}], monday[p] = w08Lost(env, p)
	}
	if len(committed) == 0 {
		to := kafka.ResetTo{Kind: kafka.ResetFile, File: friday}
		if err := silently(ctx)(admin.ResetOffsets(ctx, env.Name("billing"), []string{env.Name("orders")}, nil, to)); err != nil {
			return err
		}
	}
	plan, err := admin.DeleteRecords(ctx, env.Name("orders"), monday)
	if err != nil || plan.Empty() {
		return err
	}
	keep := strconv.FormatInt(w08Retention.Milliseconds(), 10)
	if err := silently(ctx)(admin.AlterTopicConfigs(ctx, env.Name("orders"), kafka.ConfigChange{Set: map[string]string{"retention.ms": keep}})); err != nil {
		return err
	}
	return silently(ctx)(plan, nil)
}

// w08Before is how it was when the ticket came.
type w08Before struct{ Committed, Start check.Offsets }

func w08Baseline(ctx context.Context, env *labs.Env) (any, error) {
	committed, err := check.Committed(ctx, env, env.Name("billing"), env.Name("orders"))
	if err != nil {
		return nil, err
	}
	start, err := w08Start(ctx, env)
	return w08Before{committed, start}, err
}

// w08Start is where each partition of the orders begins.
func w08Start(ctx context.Context, env *labs.Env) (check.Offsets, error) {
	t, ok, err := check.Topic(ctx, env, env.Name("orders"))
	if err == nil && !ok {
		err = fmt.Errorf("the topic %s is gone: reset the lab", env.Name("orders"))
	}
	start := check.Offsets{}
	for i := range t.Partitions {
		start[t.Partitions[i].ID] = t.Partitions[i].Start
	}
	return start, err
}

// w08Unbilled are the orders that the ticket found and that have no invoice: how
// many, and how many of them are not there any more.
func w08Unbilled(ctx context.Context, env *labs.Env) (left, gone int64, err error) {
	var before w08Before
	if err := env.Baseline(&before); err != nil {
		return 0, 0, err
	}
	start, err := w08Start(ctx, env)
	if err != nil {
		return 0, 0, err
	}
	invoices, err := keys(ctx, env, env.Name("invoices"))
	if err != nil {
		return 0, 0, err
	}
	for p, first := range before.Start {
		for at := first; at < w08Each; at++ {
			switch {
			case invoices[fmt.Sprintf("%s/%d@%d", env.Name("orders"), p, at)]:
			case at < start[p]:
				gone++
			default:
				left++
			}
		}
	}
	return left, gone, nil
}

func w08Billed(ctx context.Context, env *labs.Env) (labs.Verdict, error) {
	left, gone, err := w08Unbilled(ctx, env)
	if err != nil {
		return labs.Verdict{}, err
	}
	if gone > 0 {
		return labs.Unrecoverable("%s that could be billed this morning cannot be read any more", check.Count(gone, "order")), nil
	}
	if left > 0 {
		return labs.NotYet("an invoice for every order that can still be read, and "+env.Name("billing")+" at work without a lag",
			check.Count(left, "readable order")+" without an invoice", "compare where the group stands with what the log holds"), nil
	}
	caught, err := check.Caught(ctx, env, env.Name("billing"), env.Name("orders"))
	if err != nil || !caught.Done() {
		return caught, err
	}
	return labs.Done("every order that can still be read is billed, and %s has no lag", env.Name("billing")), nil
}

// number finds the numbers in an answer such as "12 to 40".
var number = regexp.MustCompile(`\d+`)

// w08Range asks for what was lost, of another partition in each run.
func w08Range(_ context.Context, env *labs.Env) (labs.Question, error) {
	var before w08Before
	if err := env.Baseline(&before); err != nil {
		return labs.Question{}, err
	}
	p := int32(env.Nonce[5]) % w08Parts
	first, last := before.Committed[p], before.Start[p]-1
	return labs.Question{
		Prompt: fmt.Sprintf("Which orders of partition %d were lost? The first and the last lost offset, such as 7 to 11.", p),
		Answer: fmt.Sprintf("%d to %d", first, last),
		Accept: func(given string) (bool, string) {
			n := number.FindAllString(given, -1)
			if len(n) != 2 {
				return false, "Two offsets are asked for: the first and the last that were lost."
			}
			from, ferr := strconv.ParseInt(n[0], 10, 64)
			to, terr := strconv.ParseInt(n[1], 10, 64)
			switch {
			case ferr != nil || terr != nil:
				return false, "These are no offsets."
			case from == first && to == last:
				return true, fmt.Sprintf("That is what accounting needs: %s, from the committed offset to right before the log's start.", check.Count(last-first+1, "order"))
			case to == last+1:
				return false, fmt.Sprintf("Offset %d can still be read: the log starts with it.", to)
			case from == first-1:
				return false, fmt.Sprintf("Offset %d was billed on Friday: the committed offset is that of the next order to handle.", from)
			}
			return false, "From where the group stood on Monday morning to where the log begins. The restore file of reset-offsets has the old offsets, if they are moved already."
		},
	}, nil
}

func w08Nudge(ctx context.Context, env *labs.Env) (string, error) {
	left, _, err := w08Unbilled(ctx, env)
	if err != nil {
		return "", err
	}
	if left == 0 {
		return "Every order that is there is billed. Now say which ones are not there.", nil
	}
	committed, err := check.Committed(ctx, env, env.Name("billing"), env.Name("orders"))
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("The group wants to go on at %s. Is there anything at these offsets? Write down what you find before you change it.", committed), nil
}

func w08Solve(ctx context.Context, env *labs.Env) error {
	return moved(ctx, env, "billing", env.Name("orders"), nil, kafka.ResetTo{Kind: kafka.ResetStart})
}
