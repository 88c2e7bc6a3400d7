package lessons

import (
	"context"
	"fmt"
	"strings"
	"time"

	"kconsole/labs"
	"kconsole/labs/check"
	"kconsole/labs/services"
)

// What is wrong with the ledger; which of them it is differs by run.
const (
	lab11Slow   = "a slow handler: it works, and takes seconds for each record"
	lab11Poison = "a record that cannot be handled, and is tried again and again"
	lab11Down   = "the consumers are down"
	lab11NoRoom = "more members than partitions: one has nothing to do"
)

func lab11Fault(env *labs.Env) string {
	return []string{lab11Slow, lab11Poison, lab11Down}[env.Nonce[5]%3]
}

// lab11Payments is how many payments wait to be booked.
const lab11Payments = 900

// lab11Incident breaks the ledger, and starts it: not again once it was mended.
func lab11Incident(ctx context.Context, env *labs.Env) error {
	if err := env.Services.Stop(ctx, "booking", "audit", "shop", "load"); err != nil { // of the steps before
		return err
	}
	if err := lab11Topic(ctx, env, "payments"); err != nil {
		return err
	}
	ends, err := check.Ends(ctx, env, env.Name("payments"))
	if err != nil {
		return err
	}
	if ends.Sum() == 0 {
		if err := lab11Write(ctx, env, "payments", lab11Payments, env.Clock().Add(-lab11Payments*time.Second)); err != nil {
			return err
		}
	}
	if env.Services.Get("ledger") != nil {
		return nil
	}
	lag, err := lab11LedgerLag(ctx, env)
	if err != nil || lag == 0 {
		return err
	}
	s, err := env.Services.StartConsumer(services.Consumer{
		Name: "ledger", About: "books payments", Group: env.Name("ledger"), Topics: []string{env.Name("payments")}, Members: 3, Paused: true,
		MaxPollRecords: 2, OnError: services.Retry, RetryPause: time.Second,
	})
	if err != nil {
		return err
	}
	if err := s.Ready(ctx); err != nil {
		return err
	}
	switch lab11Fault(env) {
	case lab11Slow:
		s.Slow(5 * time.Second)
	case lab11Poison:
		s.FailOn(20)
	case lab11Down:
		s.Crash("")
	}
	s.Resume()
	return nil
}

func lab11LedgerLag(ctx context.Context, env *labs.Env) (int64, error) {
	return check.Lag(ctx, env, env.Name("ledger"), env.Name("payments"))
}

func lab11Mended(ctx context.Context, env *labs.Env) (labs.Verdict, error) {
	return check.Caught(ctx, env, env.Name("ledger"), env.Name("payments"))
}

func lab11IncidentNudge(ctx context.Context, env *labs.Env) (string, error) {
	g, _, err := check.Group(ctx, env, env.Name("ledger"))
	if err != nil {
		return "", err
	}
	var lags []string
	for i := range g.Offsets {
		if o := &g.Offsets[i]; o.Topic == env.Name("payments") {
			lags = append(lags, fmt.Sprintf("p%d %d", o.Partition, o.Lag()))
		}
	}
	if len(lags) == 0 {
		lags = []string{"nothing is committed"}
	}
	return fmt.Sprintf("The group has %s. Its lag is: %s. All partitions alike, one alone, or nobody there at all?", check.Count(int64(len(g.Members)), "member"), strings.Join(lags, ", ")), nil
}

func lab11Cause(_ context.Context, env *labs.Env) (labs.Question, error) {
	answer := lab11Fault(env)
	seen := map[string]string{
		lab11Slow:   "three members, all partitions lagging alike, and offsets that crept on",
		lab11Poison: "three members, and one partition that stood still while the two others were read to the end",
		lab11Down:   "a group without members: nothing moved at all",
	}[answer]
	right := map[string]string{
		lab11Slow:   "That was: " + seen + ". Speeding the handler up helped; more members would not have, for there are three partitions.",
		lab11Poison: "That was: " + seen + ". In real life the record belongs into a dead-letter topic: lab 7 does that.",
		lab11Down:   "That was: " + seen + ". An alert on an empty group with lag (KafkaConsumerGroupEmpty) would have told within seconds.",
	}[answer]
	return check.Choice("What was it?", []string{lab11Slow, lab11Poison, lab11Down, lab11NoRoom}, answer, func(choice string) string {
		switch choice {
		case answer:
			return right
		case lab11NoRoom:
			return "There are three partitions and there were never more than three members."
		}
		return "That would have looked otherwise. What there was: " + seen + "."
	}), nil
}

// lab11Mend heals the ledger from whatever it has.
func lab11Mend(_ context.Context, env *labs.Env) error {
	s := env.Services.Get("ledger")
	if s == nil {
		return fmt.Errorf("the service ledger does not run here")
	}
	switch lab11Fault(env) {
	case lab11Slow:
		env.Say("slow ledger 0s")
		s.Slow(0)
	case lab11Poison:
		env.Say("fail-on ledger 0")
		s.FailOn(0)
	}
	switch s.Status().State {
	case services.Crashed, services.Failed, services.Stopped:
		env.Say("restart ledger")
		return s.Restart()
	}
	return nil
}
