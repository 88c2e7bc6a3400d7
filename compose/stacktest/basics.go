package stacktest

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"

	"kconsole/compose"
)

func testBrokers(t *testing.T, b *bench) {
	brokers, err := b.stack.Brokers(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(brokers) < 3 {
		t.Fatalf("%d brokers, the suite needs three", len(brokers))
	}
	meta, err := b.admin.BrokerMetadata(b.fresh(t))
	if err != nil {
		t.Fatal(err)
	}
	for i, broker := range brokers {
		if i > 0 && broker.ID <= brokers[i-1].ID {
			t.Errorf("brokers are not listed by id: %v", brokers)
		}
		if broker.State != compose.Running || broker.Since.IsZero() || broker.Since.After(time.Now()) {
			t.Errorf("broker %d is %s since %v", broker.ID, broker.State, broker.Since)
		}
		known := false
		for _, m := range meta.Brokers {
			if m.NodeID == broker.ID {
				known = net.JoinHostPort(m.Host, strconv.Itoa(int(m.Port))) == broker.Addr
			}
		}
		if !known {
			t.Errorf("broker %d at %s: the cluster says %v", broker.ID, broker.Addr, meta.Brokers)
		}
		if host, _, _ := net.SplitHostPort(broker.Addr); !net.ParseIP(host).IsLoopback() && host != "localhost" {
			t.Errorf("broker %d listens beyond loopback: %s", broker.ID, broker.Addr)
		}
	}
	if b.stack.Runtime() == "" {
		t.Error("the stack does not say what runs it")
	}
}

func testUnknownBroker(t *testing.T, b *bench) {
	for _, id := range []int32{-1, 0, 99} {
		for what, op := range map[string]func(context.Context, int32) error{
			"stop": b.stack.Stop, "start": b.stack.Start, "kill": b.stack.Kill, "pause": b.stack.Pause, "resume": b.stack.Resume,
		} {
			if err := op(t.Context(), id); !errors.Is(err, compose.ErrNoBroker) {
				t.Errorf("%s %d: %v", what, id, err)
			}
		}
		if log, err := b.stack.Logs(t.Context(), id, 1, false); !errors.Is(err, compose.ErrNoBroker) {
			t.Errorf("logs %d: %v, %v", id, log, err)
		}
	}
}

func testProduceAndConsume(t *testing.T, b *bench) {
	topic := b.topic(t, 3, 3)
	b.exactly(t, topic, b.write(t, topic, 3, 50))
}

// testConcurrent asks for many things at once: every one is done, and the last
// state is the one that was asked for last.
func testConcurrent(t *testing.T, b *bench) {
	ids := b.ids(t)[:2]
	ctx, cancel := context.WithTimeout(t.Context(), 3*b.suite.Limit)
	defer cancel()
	both := func(what string, op func(context.Context, int32) error) {
		var wg sync.WaitGroup
		for _, id := range ids {
			for range 3 {
				wg.Go(func() {
					if err := op(ctx, id); err != nil {
						t.Errorf("%s %d: %v", what, id, err)
					}
					if _, err := b.stack.Brokers(ctx); err != nil {
						t.Errorf("brokers: %v", err)
					}
				})
			}
		}
		wg.Wait()
	}
	both("kill", b.stack.Kill)
	for _, id := range ids {
		b.state(t, id, compose.Stopped)
	}
	both("start", b.stack.Start)
	for _, id := range ids {
		b.state(t, id, compose.Running)
	}
}

func testLogs(t *testing.T, b *bench) {
	id := b.ids(t)[1]
	read := func(tail int) []string {
		t.Helper()
		log, err := b.stack.Logs(t.Context(), id, tail, false)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = log.Close() }()
		raw, err := io.ReadAll(log)
		if err != nil {
			t.Fatal(err)
		}
		if len(raw) == 0 {
			return nil
		}
		return strings.Split(strings.TrimSuffix(string(raw), "\n"), "\n")
	}
	b.follow(t, id) // stops and starts it: something to tell, for a stack that logs only what happens
	all := read(-1)
	if len(all) < 2 {
		t.Fatalf("a broker that was stopped and started logged %d lines", len(all))
	}
	if got := read(2); len(got) != 2 {
		t.Errorf("asked for the last 2 lines, got %d", len(got))
	}
	if got := read(0); len(got) != 0 {
		t.Errorf("asked for no lines, got %d", len(got))
	}
	if got := read(1 << 20); len(got) < len(all) {
		t.Errorf("asked for more lines than there are (%d), got %d", len(all), len(got))
	}
}

// follow checks that a followed log shows what happens, and ends with its context.
func (b *bench) follow(t *testing.T, id int32) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	log, err := b.stack.Logs(ctx, id, 0, true)
	if err != nil {
		t.Fatal(err)
	}
	lines := make(chan string)
	go func() {
		defer close(lines)
		for scan := bufio.NewScanner(log); scan.Scan(); {
			lines <- scan.Text()
		}
	}()
	b.do(t, id, "stopping", b.stack.Stop)
	select {
	case line, ok := <-lines:
		if !ok || line == "" {
			t.Errorf("the followed log ended or is empty: %q", line)
		}
	case <-time.After(b.suite.Limit):
		t.Error("the broker was stopped, and its followed log says nothing")
	}
	cancel()
	ended := time.After(b.suite.Limit)
	for open := true; open; {
		select {
		case _, open = <-lines:
		case <-ended:
			t.Fatal("the followed log does not end with its context")
		}
	}
	if err := log.Close(); err != nil {
		t.Error(err)
	}
	b.do(t, id, "starting", b.stack.Start)
}

func testEvents(t *testing.T, b *bench) {
	topic := b.topic(t, 3, 3)
	victim := b.leaderOf(t, topic)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	events, err := b.stack.Events(ctx)
	if err != nil {
		t.Fatal(err)
	}
	second, err := b.stack.Events(ctx) // more than one may listen
	if err != nil {
		t.Fatal(err)
	}
	b.do(t, victim, "stopping", b.stack.Stop)
	b.awaitEvents(t, events, map[string]func(compose.Event) bool{
		"broker stopped": func(e compose.Event) bool { return e.Broker == victim && strings.Contains(e.What, "stopped") },
		"leader moved": func(e compose.Event) bool {
			return strings.Contains(e.What, topic) && strings.Contains(e.What, "leader")
		},
	})
	b.do(t, victim, "starting", b.stack.Start)
	b.awaitEvents(t, events, map[string]func(compose.Event) bool{
		"broker started": func(e compose.Event) bool { return e.Broker == victim && strings.Contains(e.What, "started") },
	})
	b.awaitEvents(t, second, map[string]func(compose.Event) bool{
		"broker stopped": func(e compose.Event) bool { return e.Broker == victim && strings.Contains(e.What, "stopped") },
	})
	cancel()
	for _, ch := range []<-chan compose.Event{events, second} {
		ended := time.After(b.suite.Limit)
		for open := true; open; {
			select {
			case _, open = <-ch:
			case <-ended:
				t.Fatal("the events do not end with their context")
			}
		}
	}
}

// awaitEvents reads events until each of the wanted ones has come.
func (b *bench) awaitEvents(t *testing.T, events <-chan compose.Event, wanted map[string]func(compose.Event) bool) {
	t.Helper()
	limit := time.After(b.suite.Limit)
	var got []string
	for len(wanted) > 0 {
		select {
		case e, ok := <-events:
			if !ok {
				t.Fatal("the events ended")
			}
			if e.At.IsZero() || e.What == "" {
				t.Errorf("an event says nothing: %+v", e)
			}
			got = append(got, e.What)
			for name, is := range wanted {
				if is(e) {
					delete(wanted, name)
				}
			}
		case <-limit:
			for name := range wanted {
				t.Errorf("no event for: %s", name)
			}
			t.Fatalf("events that came: %q", got)
		}
	}
}

// testUpTwice brings up what is up: nothing is started anew.
func testUpTwice(t *testing.T, b *bench) {
	before, err := b.stack.Brokers(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	b.up(t)
	after, err := b.stack.Brokers(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for i := range before {
		was, is := before[i], after[i]
		if is.ID != was.ID || is.State != was.State || is.Addr != was.Addr || !is.Since.Equal(was.Since) {
			t.Errorf("before %+v, after %+v", was, is)
		}
	}
}

func testRestart(t *testing.T, b *bench) {
	if b.suite.Down == nil {
		t.Skip("this stack is not the test's to restart")
	}
	topic := b.topic(t, 3, 3, "retention.ms", "123456789")
	values := b.write(t, topic, 3, 20)
	group := topic + "-group"
	var offsets kadm.Offsets
	offsets.Add(kadm.Offset{Topic: topic, Partition: 1, At: 7, LeaderEpoch: -1})
	if err := b.admin.CommitAllOffsets(t.Context(), group, offsets); err != nil {
		t.Fatal(err)
	}
	b.suite.Down(t)
	b.suite.Down(t) // what is down is down
	b.up(t)
	b.whole(t)
	b.exactly(t, topic, values)
	committed, err := b.admin.FetchOffsets(t.Context(), group)
	if err != nil {
		t.Fatal(err)
	}
	if at, ok := committed.Lookup(topic, 1); !ok || at.At != 7 {
		t.Errorf("the group's commit is %+v after the restart", at)
	}
	configs, err := b.admin.DescribeTopicConfigs(t.Context(), topic)
	if err != nil {
		t.Fatal(err)
	}
	kept := false
	for _, c := range configs[0].Configs {
		kept = kept || c.Key == "retention.ms" && c.MaybeValue() == "123456789"
	}
	if !kept {
		t.Error("the topic's configuration is gone after the restart")
	}
	if _, err := b.admin.DeleteGroups(t.Context(), group); err != nil {
		t.Error(err)
	}
}
