package lessons

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"kconsole/kafka"
	"kconsole/labs"
	"kconsole/labs/check"
	"kconsole/labs/services"
)

// lab11Retention is how long orders are kept in this run, and lab11Left how long it
// was until the first waiting one would be lost when they were staged: soon enough
// for the doctor to say so.
func lab11Retention(env *labs.Env) time.Duration {
	return []time.Duration{6, 8, 12}[env.Nonce[1]%3] * time.Hour
}

func lab11Left(env *labs.Env) time.Duration {
	return time.Duration(50+int(env.Nonce[2])%35) * time.Minute
}

// lab11Orders makes the topic with orders of some hours ago. The group archive has
// read the first of them, and then was forgotten.
func lab11Orders(ctx context.Context, env *labs.Env) error {
	retention := lab11Retention(env)
	if err := lab11Topic(ctx, env, "orders", "retention.ms", strconv.FormatInt(retention.Milliseconds(), 10)); err != nil {
		return err
	}
	ends, err := check.Ends(ctx, env, env.Name("orders"))
	written := int(ends.Sum())
	if err != nil || written > lab11Read {
		return err
	}
	at := env.Clock().Add(lab11Left(env) - retention)
	// A stage that was broken off goes on where it stood.
	if err := lab11Write(ctx, env, "orders", lab11Read-written, at.Add(-10*time.Minute)); err != nil {
		return err
	}
	if _, err := env.ReadAsGroup(ctx, env.Name("archive"), env.Name("orders")); err != nil {
		return err
	}
	return lab11Write(ctx, env, "orders", 90+int(env.Nonce[3])%60, at)
}

// lab11Read is how many orders archive has read.
const lab11Read = 60

// lab11Write writes n records, one a second from a time on.
func lab11Write(ctx context.Context, env *labs.Env, short string, n int, from time.Time) error {
	maker, err := lab11Maker(ctx, env, short)
	if err != nil {
		return err
	}
	records := make([]kafka.NewRecord, n)
	for i := range records {
		value, err := maker.Append(nil)
		if err != nil {
			return err
		}
		records[i] = labs.Record(env.Name(short), "key-"+strconv.Itoa(i), string(value))
		records[i].Timestamp = from.Add(time.Duration(i) * time.Second)
	}
	_, err = env.Produce(ctx, records...)
	return err
}

// lab11Work is what booking an order takes.
const lab11Work = 5 * time.Millisecond

// lab11Readers has booking and audit in their groups; paused is for booking.
func lab11Readers(ctx context.Context, env *labs.Env, paused bool) error {
	for _, name := range []string{"booking", "audit"} {
		c := services.Consumer{
			Name: name, About: map[string]string{"booking": "books orders, 5 ms each", "audit": "files orders"}[name],
			Group: env.Name(name), Topics: []string{env.Name("orders")}, Paused: paused && name == "booking",
		}
		if name == "booking" {
			c.Handle = func(ctx context.Context, _ *services.Delivery) error {
				select {
				case <-ctx.Done():
				case <-time.After(lab11Work):
				}
				return nil
			}
		}
		started, err := working(env, c)
		if err != nil {
			return err
		}
		if started {
			if err := env.Services.Get(name).Ready(ctx); err != nil {
				return err
			}
		}
	}
	return nil
}

// What shows that a service has stopped: a lag in records, and how long the oldest
// of them waits.
const (
	lab11Enough = 300
	lab11Long   = 5 * time.Second
)

func lab11BookingLag(ctx context.Context, env *labs.Env) (int64, error) {
	return check.Lag(ctx, env, env.Name("booking"), env.Name("orders"))
}

// lab11Shop has orders coming in, and two services that read them. What was there
// before is read first.
func lab11Shop(ctx context.Context, env *labs.Env) error {
	if err := env.Services.Stop(ctx, "load"); err != nil { // of the step before
		return err
	}
	if err := lab11Orders(ctx, env); err != nil {
		return err
	}
	lag, err := lab11BookingLag(ctx, env)
	if err != nil {
		return err
	}
	behind := lag >= lab11Enough // the learner has done it already
	if err := lab11Readers(ctx, env, behind); err != nil {
		return err
	}
	if !behind && env.Services.Get("shop") == nil {
		err := env.Until(ctx, "booking has read what was there before", func(ctx context.Context) (bool, error) {
			lag, err := lab11BookingLag(ctx, env)
			return lag == 0, err
		})
		if err != nil {
			return err
		}
	}
	return lab11Writes(ctx, env, "shop", "customers: 50 orders a second", "orders", 50, 24*time.Hour)
}

func lab11Behind(ctx context.Context, env *labs.Env) (labs.Verdict, error) {
	lag, err := lab11BookingLag(ctx, env)
	if err != nil {
		return labs.Verdict{}, err
	}
	waiting, err := check.Waiting(ctx, env, env.Name("booking"), env.Name("orders"))
	if err != nil {
		return labs.Verdict{}, err
	}
	age := time.Duration(0)
	if waiting != nil {
		age = env.Clock().Sub(waiting.Timestamp).Round(time.Second)
	}
	if lag < lab11Enough || age < lab11Long {
		return labs.NotYet(fmt.Sprintf("a lag of %s or more of the group %s", check.Count(lab11Enough, "record"), env.Name("booking")),
			fmt.Sprintf("%s, the oldest %s old", check.Count(lag, "record"), age), "stop or pause the service booking, and watch its group in :groups"), nil
	}
	return labs.Done("the lag of %s is %d; the oldest order that waits is %s old", env.Name("booking"), lag, age), nil
}

func lab11BehindNudge(ctx context.Context, env *labs.Env) (string, error) {
	lag, err := lab11BookingLag(ctx, env)
	if err != nil {
		return "", err
	}
	waiting, err := check.Waiting(ctx, env, env.Name("archive"), env.Name("orders"))
	if err != nil {
		return "", err
	}
	text := fmt.Sprintf("booking has %s to go.", check.Count(lag, "record"))
	if lag < lab11Enough {
		return text + " Orders come in all the time: a service that handles nothing falls behind by itself.", nil
	}
	if waiting != nil {
		text += fmt.Sprintf(" Of %s, the oldest order that waits is partition %d, offset %d.", env.Name("archive"), waiting.Partition, waiting.Offset)
	}
	return text, nil
}

func lab11StopBooking(_ context.Context, env *labs.Env) error {
	s := env.Services.Get("booking")
	if s == nil {
		return fmt.Errorf("the service booking does not run here")
	}
	env.Say("pause booking")
	s.Pause()
	return nil
}

// lab11Slack is how far the answer may be off, in minutes: time goes on meanwhile.
const lab11Slack = 4

func lab11WhenLost(ctx context.Context, env *labs.Env) (labs.Question, error) {
	waiting, err := check.Waiting(ctx, env, env.Name("archive"), env.Name("orders"))
	if err != nil {
		return labs.Question{}, err
	}
	if waiting == nil || env.Clock().Sub(waiting.Timestamp) < lab11Retention(env)/4 {
		return labs.Question{}, fmt.Errorf("no old order waits for %s any more: it was read, or retention took it; reset the lab to see it again", env.Name("archive"))
	}
	keep, err := lab11Keep(ctx, env)
	if err != nil {
		return labs.Question{}, err
	}
	age := env.Clock().Sub(waiting.Timestamp)
	left := int64((keep - age) / time.Minute)
	prompt := fmt.Sprintf("If nobody starts %s: in how many minutes may the first order that it has not read be deleted?", env.Name("archive"))
	return check.Number(prompt, left, lab11Slack, func(given int64, right bool) string {
		switch {
		case right:
			return fmt.Sprintf("Orders are kept for %d minutes, and that one is %d minutes old: %d are left. Kafka deletes whole segments, so it may also take longer; never count on that.", int64(keep/time.Minute), int64(keep/time.Minute)-left, left)
		case given >= int64(keep/time.Minute)-lab11Slack:
			return fmt.Sprintf("%d minutes would be right for an order that is written now. This one has waited for a long time already.", given)
		}
		return fmt.Sprintf("It is not %d. Take the retention of the topic, less the age of the record at the group's committed offset; of the three partitions, the oldest.", given)
	}), nil
}

// lab11Keep is the retention of the orders as it is now.
func lab11Keep(ctx context.Context, env *labs.Env) (time.Duration, error) {
	configs, err := env.Cluster.TopicConfigs(ctx, env.Name("orders"))
	if err != nil {
		return 0, err
	}
	if len(configs) == 1 && configs[0].Err == nil {
		if e := configs[0].Get("retention.ms"); e != nil {
			if ms, err := strconv.ParseInt(e.Value, 10, 64); err == nil && ms > 0 {
				return time.Duration(ms) * time.Millisecond, nil
			}
		}
	}
	return 0, fmt.Errorf("%s has no retention.ms to count with: set it to %d again", env.Name("orders"), lab11Retention(env).Milliseconds())
}

// lab11Rush ends the rush: what waits now is all there is.
func lab11Rush(ctx context.Context, env *labs.Env) error {
	if err := env.Services.Stop(ctx, "load", "shop"); err != nil { // of the steps before
		return err
	}
	if err := lab11Orders(ctx, env); err != nil {
		return err
	}
	lag, err := lab11BookingLag(ctx, env)
	if err != nil {
		return err
	}
	if lag == 0 && env.Services.Get("booking") == nil {
		if err := lab11Write(ctx, env, "orders", lab11Enough, env.Clock()); err != nil {
			return err
		}
	}
	return lab11Readers(ctx, env, true)
}

func lab11Drained(ctx context.Context, env *labs.Env) (labs.Verdict, error) {
	return check.Caught(ctx, env, env.Name("booking"), env.Name("orders"))
}

func lab11DrainedNudge(ctx context.Context, env *labs.Env) (string, error) {
	lag, err := lab11BookingLag(ctx, env)
	if err != nil {
		return "", err
	}
	g, _, err := check.Group(ctx, env, env.Name("booking"))
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%s wait, and the group has %s. At 5 ms an order one member books 200 a second.", check.Count(lag, "order"), check.Count(int64(len(g.Members)), "member")), nil
}

func lab11Drain(_ context.Context, env *labs.Env) error {
	s := env.Services.Get("booking")
	if s == nil {
		return fmt.Errorf("the service booking does not run here")
	}
	if s.Status().State == services.Stopped {
		env.Say("restart booking")
		if err := s.Restart(); err != nil {
			return err
		}
		s = env.Services.Get("booking")
	}
	env.Say("resume booking; scale booking 3")
	s.Resume()
	return s.Scale(3)
}
