package lessons

import (
	"context"
	"fmt"
	"net"
	"strconv"

	"kconsole/kafka"
	"kconsole/labs"
	"kconsole/labs/check"
)

// lab05Victim is the broker that advertises a wrong address in this run, and the
// address: the port of every example, unless a broker has it.
func lab05Victim(ctx context.Context, env *labs.Env) (f labs.Fault, ids []int32, err error) {
	brokers, err := env.Stack.Brokers(ctx)
	if err != nil {
		return f, nil, err
	}
	taken := map[string]bool{}
	for _, b := range brokers {
		ids = append(ids, b.ID)
		if _, port, err := net.SplitHostPort(b.Addr); err == nil {
			taken[port] = true
		}
	}
	port := 9092
	for taken[strconv.Itoa(port)] {
		port += 1000
	}
	return labs.Fault{Kind: labs.Advertise, Broker: ids[int(env.Nonce[4])%len(ids)], Addr: "127.0.0.1:" + strconv.Itoa(port)}, ids, nil
}

func lab05Advertise(ctx context.Context, env *labs.Env) error {
	if err := env.Services.Stop(ctx, "log", "welcome"); err != nil { // of the steps before
		return err
	}
	f, _, err := lab05Victim(ctx, env)
	if err != nil {
		return err
	}
	return env.Break(ctx, f)
}

// lab05Unreached are the advertised addresses that fail, with the reason.
func lab05Unreached(ctx context.Context, env *labs.Env) (failed []kafka.Probe, advertised int, err error) {
	for _, p := range env.Cluster.Probe(ctx) {
		if p.Broker == kafka.NoLeader {
			continue
		}
		advertised++
		if !p.OK() {
			failed = append(failed, p)
		}
	}
	if advertised == 0 {
		return nil, 0, fmt.Errorf("no broker tells what is advertised")
	}
	return failed, advertised, nil
}

func lab05Reached(ctx context.Context, env *labs.Env) (labs.Verdict, error) {
	failed, advertised, err := lab05Unreached(ctx, env)
	if err != nil {
		return labs.Verdict{}, err
	}
	if len(failed) > 0 {
		return labs.NotYet("every advertised address answers", fmt.Sprintf("%d of %d do not", len(failed), advertised), "look at `kconsole describe connection`"), nil
	}
	return lab02Listeners(ctx, env)
}

func lab05ReachedNudge(ctx context.Context, env *labs.Env) (string, error) {
	failed, _, err := lab05Unreached(ctx, env)
	if err != nil {
		return "", err
	}
	if len(failed) == 0 {
		return "Every advertised address answers. Whose was it?", nil
	}
	last := failed[0].Steps[len(failed[0].Steps)-1]
	return fmt.Sprintf("A client is sent to %s, and fails there at %s. Which broker says that this is its address?", failed[0].Address, last.Name), nil
}

func lab05WhichBroker(ctx context.Context, env *labs.Env) (labs.Question, error) {
	f, ids, err := lab05Victim(ctx, env)
	if err != nil {
		return labs.Question{}, err
	}
	var choices []string
	for _, id := range ids {
		choices = append(choices, "broker "+strconv.Itoa(int(id)))
	}
	answer := "broker " + strconv.Itoa(int(f.Broker))
	return check.Choice("Which broker advertised the wrong address?", choices, answer, func(choice string) string {
		if choice == answer {
			return fmt.Sprintf("It advertised %s. Its process ran all the time, and the others reached it: only clients were sent astray.", f.Addr)
		}
		return choice + " advertised its own address all the time. `kconsole describe connection` names the broker beside each address."
	}), nil
}

func lab05Repair(ctx context.Context, env *labs.Env) error {
	f, _, err := lab05Victim(ctx, env)
	if err != nil {
		return err
	}
	return env.Mend(ctx, f)
}
