package poll_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"kconsole/kafka"
	"kconsole/kafka/config"
	"kconsole/kafka/poll"
)

// start connects a poller to a broker in memory and runs it until the test ends.
func start(t testing.TB, opts poll.Options, brokers ...kfake.Opt) (*kfake.Cluster, *kafka.Cluster, *poll.Poller) {
	t.Helper()
	fake, err := kfake.NewCluster(append([]kfake.Opt{kfake.NumBrokers(3)}, brokers...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(fake.Close)
	c, err := kafka.Connect(config.Cluster{Name: "fake", Brokers: fake.ListenAddrs()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	if opts.Interval == 0 {
		opts.Interval = 20 * time.Millisecond
	}
	p := poll.New(c, opts)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); p.Run(ctx) }()
	t.Cleanup(func() { cancel(); <-done })
	return fake, c, p
}

// wait follows the notifications until ok, or fails after a generous time.
func wait(t testing.TB, p *poll.Poller, what string, ok func(*poll.Snapshot) bool) *poll.Snapshot {
	t.Helper()
	limit := time.After(2 * time.Minute)
	for {
		s := p.Latest()
		if ok(s) {
			return s
		}
		select {
		case <-p.Notify():
		case <-limit:
			t.Fatalf("did not happen within 2 min: %s; problems %v", what, s.Problems)
		}
	}
}

func produce(t testing.TB, c *kafka.Cluster, topic string, n int) {
	t.Helper()
	client, err := c.NewClient()
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	for i := range n {
		if err := client.ProduceSync(context.Background(), &kgo.Record{Topic: topic, Key: fmt.Append(nil, i), Value: fmt.Appendf(nil, "v%d", i)}).FirstErr(); err != nil {
			t.Fatal(err)
		}
	}
}

// count counts the requests of each kind that brokers get.
func count(fake *kfake.Cluster) *[100]atomic.Int64 {
	var n [100]atomic.Int64
	fake.Control(func(req kmsg.Request) (kmsg.Response, error, bool) {
		fake.KeepControl()
		n[req.Key()].Add(1)
		return nil, nil, false
	})
	return &n
}

// TestRequestsGrowWithBrokersNotTopics counts what a first screen of topics costs:
// the same few requests for one topic and for a thousand.
func TestRequestsGrowWithBrokersNotTopics(t *testing.T) {
	names := make([]string, 1000)
	for i := range names {
		names[i] = fmt.Sprintf("orders-%03d", i)
	}
	for _, topics := range []int{1, len(names)} {
		fake, _, p := start(t, poll.Options{Interval: time.Hour}, kfake.SeedTopics(3, names[:topics]...))
		n := count(fake)
		defer p.Watch(poll.Topics | poll.Offsets | poll.Sizes)()
		wait(t, p, "all", func(s *poll.Snapshot) bool {
			return s.Topics.Ready() && s.Topics.Rows[0].Records() >= 0 && s.Topics.Rows[0].Bytes() >= 0
		})
		const brokers, kinds, before = 3, 3, 3 // kinds of offsets; metadata to find the brokers
		for key, most := range map[kmsg.Key]int64{
			kmsg.Metadata: before, kmsg.ListOffsets: brokers * kinds, kmsg.DescribeLogDirs: brokers, kmsg.DescribeConfigs: 0,
		} {
			if got := n[key.Int16()].Load(); got > most {
				t.Errorf("%d requests of %s for %d topics, at most %d are needed", got, key.Name(), topics, most)
			}
		}
	}
}

func TestOnlyWhatIsWatchedIsRead(t *testing.T) {
	fake, c, p := start(t, poll.Options{}, kfake.SeedTopics(3, "orders"))
	n := count(fake)
	produce(t, c, "orders", 5)
	time.Sleep(50 * time.Millisecond) // nothing is watched, so nothing can be waited for
	if got := n[kmsg.ListGroups.Int16()].Load() + n[kmsg.ListOffsets.Int16()].Load(); got != 0 {
		t.Errorf("%d requests although nothing is watched", got)
	}
	if p.Latest().Topics.Ready() {
		t.Error("topics are there although nobody watches")
	}
	release := p.Watch(poll.Topics)
	s := wait(t, p, "topics", func(s *poll.Snapshot) bool { return s.Topics.Ready() })
	if s.Cluster.Up() != 3 || len(s.Topics.Rows) != 1 || s.Topics.Rows[0].Records() != kafka.Unknown {
		t.Errorf("cluster %+v, topics %+v: want 3 brokers, orders, offsets unknown", s.Cluster, s.Topics.Rows)
	}
	offsets := p.Watch(poll.Offsets | poll.Sizes | poll.Last)
	wait(t, p, "offsets, sizes and newest timestamps", func(s *poll.Snapshot) bool {
		o := s.Topic("orders")
		return o.Records() == 5 && o.Bytes() > 0 && time.Since(o.Last) < time.Hour
	})
	if got := n[kmsg.ListGroups.Int16()].Load() + n[kmsg.DescribeACLs.Int16()].Load(); got != 0 {
		t.Errorf("%d requests for groups and ACLs that nobody watches", got)
	}
	offsets()
	offsets() // twice is fine
	release()
	// Rounds under way may end; then there are no more, however long one looks.
	rounds := func() int64 { return n[kmsg.Metadata.Int16()].Load() }
	quiet := 0
	for last, end := rounds(), time.Now().Add(30*time.Second); quiet < 10; last = rounds() {
		time.Sleep(20 * time.Millisecond) // an interval
		if quiet++; rounds() != last {
			quiet = 0
		}
		if time.Now().After(end) {
			t.Fatal("it goes on after the last release")
		}
	}
}

func TestSnapshotsFollowTheCluster(t *testing.T) {
	_, c, p := start(t, poll.Options{}, kfake.SeedTopics(3, "orders"))
	defer p.Watch(poll.Offsets | poll.Lag)()
	s := wait(t, p, "topics", func(s *poll.Snapshot) bool { return s.Topics.Ready() && s.Groups.Ready() })
	first := s.Topic("orders")
	produce(t, c, "orders", 10)
	s = wait(t, p, "ten records", func(s *poll.Snapshot) bool { return s.Topic("orders").Records() == 10 })
	if s.Topic("orders") == first || first.Records() == 10 {
		t.Error("a published row was written to")
	}
	wait(t, p, "a rate", func(s *poll.Snapshot) bool { return s.Topic("orders").InRate >= 0 })

	client, err := c.NewClient(kgo.ConsumerGroup("billing"), kgo.ConsumeTopics("orders"), kgo.DisableAutoCommit(),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	var rs []*kgo.Record
	for len(rs) < 10 {
		rs = append(rs, client.PollRecords(context.Background(), 10).Records()...)
	}
	if err := client.CommitRecords(context.Background(), rs...); err != nil {
		t.Fatal(err)
	}
	wait(t, p, "the group without lag", func(s *poll.Snapshot) bool {
		g := s.Group("billing")
		return g != nil && g.Lag() == 0 && len(g.Members) == 1 && len(g.Offsets) == 3
	})
	produce(t, c, "orders", 4)
	wait(t, p, "the group's lag", func(s *poll.Snapshot) bool { return s.Group("billing").Lag() == 4 })
	wait(t, p, "history", func(s *poll.Snapshot) bool {
		return slices.ContainsFunc(s.History.GroupLags("billing", s.At), func(v float32) bool { return v == 4 }) &&
			slices.ContainsFunc(s.History.TopicRates("orders", s.At), func(v float32) bool { return v >= 0 }) &&
			s.History.TopicRates("nope", s.At) == nil
	})
}

func TestFailedReadKeepsRowsAndSaysSo(t *testing.T) {
	fake, _, p := start(t, poll.Options{}, kfake.SeedTopics(3, "orders"))
	defer p.Watch(poll.Topics)()
	wait(t, p, "topics", func(s *poll.Snapshot) bool { return s.Topics.Ready() })
	var broken atomic.Bool
	broken.Store(true)
	fake.ControlKey(kmsg.Metadata.Int16(), func(kmsg.Request) (kmsg.Response, error, bool) {
		fake.KeepControl()
		if broken.Load() {
			return nil, errors.New("hang up"), true
		}
		return nil, nil, false
	})
	s := wait(t, p, "a problem", func(s *poll.Snapshot) bool { return len(s.Problems) == 1 })
	if s.Problems[0].Scope != poll.Topics || kafka.KindOf(s.Problems[0].Err) != kafka.Unreachable || s.Topics.Err == nil {
		t.Errorf("problem %+v, want topics unreachable", s.Problems[0])
	}
	if len(s.Topics.Rows) != 1 || s.Topics.At.IsZero() {
		t.Error("the old rows are gone")
	}
	began := s.Problems[0].At
	s = wait(t, p, "a further round", func(s *poll.Snapshot) bool { return s.Seq > 0 && p.Latest().At.After(began) })
	if !s.Problems[0].At.Equal(began) {
		t.Error("the problem forgot when it began")
	}
	broken.Store(false)
	wait(t, p, "recovery", func(s *poll.Snapshot) bool { return len(s.Problems) == 0 && s.Topics.Err == nil })
}

func TestOneBrokerDownIsPartial(t *testing.T) {
	fake, c, p := start(t, poll.Options{}, kfake.SeedTopics(9, "orders"))
	defer p.Watch(poll.Offsets)()
	produce(t, c, "orders", 5)
	s := wait(t, p, "offsets", func(s *poll.Snapshot) bool { return s.Topics.Ready() && s.Topic("orders").Records() == 5 })
	victim := s.Topic("orders").Partitions[0].Leader
	fake.ControlKey(kmsg.ListOffsets.Int16(), func(kmsg.Request) (kmsg.Response, error, bool) {
		fake.KeepControl()
		if fake.CurrentNode() == victim {
			return nil, errors.New("hang up"), true
		}
		return nil, nil, false
	})
	s = wait(t, p, "a problem", func(s *poll.Snapshot) bool {
		return len(s.Problems) == 1 && s.Topic("orders").Partitions[0].Err != nil
	})
	if s.Problems[0].Scope != poll.Offsets || s.Topics.Err != nil {
		t.Errorf("%+v, topics %v: want a problem with the offsets only", s.Problems[0], s.Topics.Err)
	}
	for _, q := range s.Topic("orders").Partitions {
		if (q.Err != nil) != (q.Leader == victim) {
			t.Errorf("partition %d led by %d has error %v", q.ID, q.Leader, q.Err)
		}
		if q.End < 0 {
			t.Errorf("partition %d lost the offset that was known", q.ID)
		}
	}
	produce(t, c, "orders", 20)
	wait(t, p, "the others go on", func(s *poll.Snapshot) bool { return s.Topic("orders").Records() > 5 })
}

func TestNoNotificationWithoutAChange(t *testing.T) {
	_, _, p := start(t, poll.Options{}, kfake.SeedTopics(3, "orders"))
	defer p.Watch(poll.Offsets | poll.Lag | poll.ACLs)()
	wait(t, p, "all", func(s *poll.Snapshot) bool {
		return s.Groups.Ready() && s.Topics.Ready() && s.Topics.Rows[0].InRate == 0 && s.ACLs.Ready()
	})
	for len(p.Notify()) > 0 {
		<-p.Notify()
	}
	from := p.Latest()
	to := from
	for end := time.Now().Add(30 * time.Second); to.Seq < from.Seq+10 || !to.Topics.At.After(from.Topics.At); to = p.Latest() {
		if time.Now().After(end) {
			t.Fatal("it stands still")
		}
		time.Sleep(time.Millisecond)
	}
	if len(p.Notify()) > 0 {
		t.Error("a notification although nothing changed")
	}
	if &to.Topics.Rows[0] != &from.Topics.Rows[0] {
		t.Error("the same rows were kept twice")
	}
}

type subjects func() ([]kafka.Subject, error)

func (f subjects) Subjects(context.Context) ([]kafka.Subject, error) { return f() }

func TestSubjectsNameTheTopicsSchema(t *testing.T) {
	source := subjects(func() ([]kafka.Subject, error) {
		return []kafka.Subject{{Name: "orders-value", Versions: []int{1, 3}, Type: "AVRO"}, {Name: "orders-key", Versions: []int{1}}}, nil
	})
	_, _, p := start(t, poll.Options{Registry: source}, kfake.SeedTopics(1, "orders", "other"))
	defer p.Watch(poll.Topics | poll.Subjects)()
	s := wait(t, p, "the schema", func(s *poll.Snapshot) bool { return s.Topics.Ready() && s.Topic("orders").Schema != "" })
	if got := s.Topic("orders").Schema; got != "avro v3" || s.Topic("other").Schema != "" || s.Subject("orders-key") == nil {
		t.Errorf("schema %q", got)
	}
}

func TestRefreshReadsAtOnce(t *testing.T) {
	_, c, p := start(t, poll.Options{Interval: time.Hour}, kfake.SeedTopics(1, "orders"))
	defer p.Watch(poll.Offsets)()
	wait(t, p, "topics", func(s *poll.Snapshot) bool { return s.Topics.Ready() && s.Topic("orders").Records() == 0 })
	produce(t, c, "orders", 3)
	p.Refresh()
	wait(t, p, "the records", func(s *poll.Snapshot) bool { return s.Topic("orders").Records() == 3 })
}

// TestNothingIsReadTwice watches while the poller begins: whether its first round
// knows of it or comes after it, there is one.
func TestNothingIsReadTwice(t *testing.T) {
	for range 200 {
		fake, _, p := start(t, poll.Options{Interval: time.Hour}, kfake.NumBrokers(1), kfake.SeedTopics(1, "orders"))
		n := count(fake)
		release := p.Watch(poll.Groups)
		wait(t, p, "groups", func(s *poll.Snapshot) bool { return s.Groups.Ready() })
		if got := n[kmsg.ListGroups.Int16()].Load(); got > 1 {
			t.Fatalf("%d rounds", got)
		}
		release()
	}
}
