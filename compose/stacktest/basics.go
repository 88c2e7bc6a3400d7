package stacktest

import (
	"context"
	"errors"
	"net"
	"strconv"
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
	if m, ok := b.stack.(compose.Measurer); ok {
		b.measured(t, m, brokers)
	}
}

// measured checks that running brokers use something, and no more than they may.
func (b *bench) measured(t *testing.T, m compose.Measurer, brokers []compose.Broker) {
	t.Helper()
	list, err := m.Measure(t.Context())
	if errors.Is(err, compose.ErrUnsupported) {
		return // of this system
	}
	if err != nil || len(list) != len(brokers) {
		t.Fatalf("measured %v of %d brokers: %v", list, len(brokers), err)
	}
	for i, u := range list {
		if u.ID != brokers[i].ID || u.Memory < 1<<20 || u.Limit > 0 && u.Memory > u.Limit || u.CPU < 0 {
			t.Errorf("broker %d uses %+v", brokers[i].ID, u)
		}
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
