package services_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"kconsole/kafka"
	"kconsole/kafka/config"
	"kconsole/kafka/kafkatest"
	"kconsole/labs/services"
)

// read reads n records of a topic, and proves that there are no more.
func (s *shop) read(t *testing.T, topic string, n int) []*kgo.Record {
	t.Helper()
	ctx := within(t)
	kafkatest.Eventually(t, func() string {
		ends, err := s.adm.ListEndOffsets(ctx, topic)
		if err != nil {
			return err.Error()
		}
		var have int64
		for _, o := range ends.Offsets()[topic] {
			have += o.At
		}
		if have != int64(n) {
			return fmt.Sprintf("%s has %d records, not %d", topic, have, n)
		}
		return ""
	})
	cl := s.Client(t, kgo.ConsumeTopics(topic), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	var out []*kgo.Record
	for len(out) < n {
		fetches := cl.PollFetches(ctx)
		if err := fetches.Err(); err != nil {
			t.Fatal(err)
		}
		out = append(out, fetches.Records()...)
	}
	return out
}

// counting counts how often each record was handled.
type counting struct {
	mu   sync.Mutex
	seen map[string]int
}

func (c *counting) handle(_ context.Context, d *services.Delivery) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.seen == nil {
		c.seen = map[string]int{}
	}
	c.seen[d.Where()]++
	return nil
}

func (c *counting) times(n int) (records int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, times := range c.seen {
		if times == n {
			records++
		}
	}
	return records
}

// TestCrash: a crash between the work and the commit repeats records when the
// commit comes after the work, and loses them when it comes before. The group
// keeps the dead member until its session ends.
func TestCrash(t *testing.T) {
	for _, test := range []struct {
		commit             services.Commit
		once, twice, never int
	}{
		{services.CommitAfter, 3, 7, 0},
		{services.CommitBefore, 6, 0, 4},
	} {
		t.Run(string(test.commit), func(t *testing.T) {
			t.Parallel()
			s := open(t)
			topic := s.Topic(t, 1, 3)
			s.write(t, topic, 0, 10)
			var done counting
			svc, err := s.m.StartConsumer(services.Consumer{
				Name: "work", Topics: []string{topic}, Commit: test.commit, Handle: done.handle, MaxPollRecords: 10,
			})
			if err != nil {
				t.Fatal(err)
			}
			svc.CrashOn(7)
			st := wait(t, svc, "it crashes", func(st services.Status) bool { return st.State == services.Crashed })
			if st.Members[0].State != services.Crashed {
				t.Fatalf("%+v", st)
			}
			group, err := s.adm.DescribeGroups(within(t), "work")
			if err != nil || len(group["work"].Members) != 1 {
				t.Fatalf("a crash must not be a farewell: %+v, %v", group["work"], err)
			}
			if err := svc.Restart(); err != nil {
				t.Fatal(err)
			}
			s.lagBecomes(t, "work", topic, 0)
			if err := svc.Ready(within(t)); err != nil {
				t.Fatal(err)
			}
			if o, tw := done.times(1), done.times(2); o != test.once || tw != test.twice || 10-o-tw != test.never {
				t.Fatalf("%d once, %d twice; want %+v", o, tw, test)
			}
			if got := svc.Status().Repeated; got != int64(test.twice) {
				t.Errorf("repeated: %d, want %d", got, test.twice)
			}
		})
	}
}

// TestRestartAfterStop: a service that was stopped in good order can be started
// again, and goes on where its group is, as it was switched.
func TestRestartAfterStop(t *testing.T) {
	s := open(t)
	topic := s.Topic(t, 1, 3)
	s.write(t, topic, 0, 3)
	var done counting
	svc, err := s.m.StartConsumer(services.Consumer{Name: "again", Topics: []string{topic}, Handle: done.handle})
	if err != nil {
		t.Fatal(err)
	}
	wait(t, svc, "three handled", func(st services.Status) bool { return st.Handled == 3 && st.Commits > 0 })
	s.lagBecomes(t, "again", topic, 0)
	svc.Pause()
	if err := svc.Stop(within(t)); err != nil {
		t.Fatal(err)
	}
	s.write(t, topic, 3, 2)
	if err := svc.Restart(); err != nil {
		t.Fatal(err)
	}
	if err := svc.Restart(); kafka.KindOf(err) != kafka.Invalid {
		t.Errorf("a second one of the name: %v", err)
	}
	next := s.m.Get("again")
	if st := next.Status(); next == svc || !st.Switches.Paused {
		t.Fatalf("%+v", st)
	}
	next.Resume()
	s.lagBecomes(t, "again", topic, 0)
	if done.times(1) != 5 {
		t.Errorf("%d records once, want 5", done.times(1))
	}
}

// TestRetryLetsTheGroupRebalance: a member that tries a record again and again
// does not hold up others that join.
func TestRetryLetsTheGroupRebalance(t *testing.T) {
	s := open(t)
	topic := s.Topic(t, 2, 3)
	s.write(t, topic, 0, 10)
	svc, err := s.m.StartConsumer(services.Consumer{
		Name: "patient", Topics: []string{topic}, MaxPollRecords: 1, OnError: services.Retry, RetryPause: 10 * time.Millisecond,
		Handle: func(context.Context, *services.Delivery) error { return errors.New("never") },
	})
	if err != nil {
		t.Fatal(err)
	}
	wait(t, svc, "it tries again", func(st services.Status) bool { return st.Failures > 2 })
	if err := svc.Scale(2); err != nil {
		t.Fatal(err)
	}
	// A member that holds a rebalance up does so for the library's 60 s.
	ctx, cancel := context.WithTimeout(t.Context(), 45*time.Second)
	defer cancel()
	err = svc.Wait(ctx, func(st services.Status) bool {
		return len(st.Members) == 2 && len(st.Members[0].Partitions[topic]) == 1 && len(st.Members[1].Partitions[topic]) == 1
	})
	if err != nil {
		t.Fatal(err)
	}
}

func TestSkipCommitRepeats(t *testing.T) {
	s := open(t)
	topic := s.Topic(t, 2, 3)
	s.write(t, topic, 0, 6)
	var done counting
	c := services.Consumer{Name: "forgetful", Topics: []string{topic}, Handle: done.handle}
	svc, err := s.m.StartConsumer(c)
	if err != nil {
		t.Fatal(err)
	}
	svc.SkipCommit(true)
	wait(t, svc, "six handled", func(st services.Status) bool { return st.Handled == 6 })
	if _, err := s.m.StartConsumer(c); kafka.KindOf(err) != kafka.Invalid {
		t.Fatalf("two services of one name: %v", err)
	}
	if err := svc.Stop(within(t)); err != nil {
		t.Fatal(err)
	}
	if lag := s.lag(t, "forgetful", topic); lag != 6 {
		t.Fatalf("nothing was committed, and the lag is %d", lag)
	}
	s.start(t, c) // of the same name, now that the other has ended
	s.lagBecomes(t, "forgetful", topic, 0)
	if done.times(2) != 6 {
		t.Fatalf("%d records were handled twice, not 6", done.times(2))
	}
}

func TestPoison(t *testing.T) {
	s := open(t)
	topic, dead := s.Topic(t, 1, 3), s.Topic(t, 1, 3)
	base := services.Consumer{Topics: []string{topic}, MaxPollRecords: 1}
	s.write(t, topic, 0, 5)
	for _, test := range []struct {
		on   services.OnError
		lag  int64
		over bool
	}{{services.Halt, 3, true}, {services.Retry, 3, false}, {services.Skip, 0, false}, {services.DeadLetter, 0, false}} {
		c := base
		c.Name, c.OnError, c.DeadLetterTopic, c.RetryPause = "on-"+string(test.on), test.on, dead, time.Millisecond
		svc, err := s.m.StartConsumer(c)
		if err != nil {
			t.Fatal(err)
		}
		svc.FailOn(3)
		wait(t, svc, string(test.on), func(st services.Status) bool {
			return st.Failures > 0 && (st.State == services.Failed) == test.over
		})
		s.lagBecomes(t, c.Name, topic, test.lag)
		if test.lag == 0 {
			continue
		}
		svc.FailOn(0) // healed
		if test.over {
			if err := svc.Restart(); err != nil {
				t.Fatal(err)
			}
		}
		s.lagBecomes(t, c.Name, topic, 0)
		if st := svc.Status(); st.Handled != 5 {
			t.Errorf("%s: healed, %d were handled", test.on, st.Handled)
		}
	}
	letter := s.read(t, dead, 1)[0]
	if string(letter.Key) != "k-2" || string(letter.Value) != `"v-2"` {
		t.Errorf("the dead letter is %s=%s", letter.Key, letter.Value)
	}
	headers := map[string]string{}
	for _, h := range letter.Headers {
		headers[h.Key] = string(h.Value)
	}
	if headers[services.HeaderTopic] != topic || headers[services.HeaderOffset] != "2" || headers[services.HeaderGroup] != "on-dead-letter" ||
		!strings.Contains(headers[services.HeaderError], "told to fail") {
		t.Errorf("its headers: %v", headers)
	}
}

func TestMembersShareAndTakeOver(t *testing.T) {
	s := open(t)
	topic := s.Topic(t, 3, 3)
	svc := s.start(t, services.Consumer{Name: "team", Topics: []string{topic}, Members: 4})
	owns := func(want ...int) func(services.Status) bool {
		return func(st services.Status) bool {
			counts := map[int]int{}
			for _, m := range st.Members {
				if m.State == services.Running {
					counts[len(m.Partitions[topic])]++
				}
			}
			for n, members := range want {
				if counts[n] != members {
					return false
				}
			}
			return true
		}
	}
	wait(t, svc, "one of four idles", owns(1, 3))
	if err := svc.Scale(2); err != nil {
		t.Fatal(err)
	}
	wait(t, svc, "two share three", owns(0, 1, 1))
	svc.Crash(svc.Status().Members[0].ClientID)
	wait(t, svc, "one takes over", owns(0, 0, 0, 1))
	s.write(t, topic, 0, 9)
	s.lagBecomes(t, "team", topic, 0)
	if err := svc.Scale(99); kafka.KindOf(err) != kafka.Invalid {
		t.Errorf("99 members: %v", err)
	}
}

func TestIdempotentAcrossReplay(t *testing.T) {
	s := open(t)
	topic := s.Topic(t, 1, 3)
	s.write(t, topic, 0, 8)
	var done counting
	c := services.Consumer{Name: "once", Topics: []string{topic}, Handle: done.handle, Idempotent: true}
	svc := s.start(t, c)
	wait(t, svc, "eight", func(st services.Status) bool { return st.Handled == 8 })
	for _, forget := range []bool{false, true} {
		s.lagBecomes(t, "once", topic, 0)
		if forget {
			if err := s.m.Forget(within(t), "on"); err != nil {
				t.Fatal(err)
			}
		} else if err := s.m.Stop(within(t), "once"); err != nil {
			t.Fatal(err)
		}
		if _, err := s.adm.DeleteGroup(within(t), "once"); err != nil { // the next start is at the start of the log
			t.Fatal(err)
		}
		svc = s.start(t, c)
		wait(t, svc, "the replay", func(st services.Status) bool { return st.Handled+st.Duplicates == 8 })
		if want := map[bool]int{false: 8, true: 0}[forget]; done.times(1) != want {
			t.Fatalf("forget %v: %d records were handled once, want %d", forget, done.times(1), want)
		}
	}
}

// TestRevolvingDoor: a member that takes too long between polls is out of the
// group, cannot commit, and comes back for the same records.
func TestRevolvingDoor(t *testing.T) {
	s := open(t)
	topic := s.Topic(t, 1, 3)
	s.write(t, topic, 0, 4)
	svc, err := s.m.StartConsumer(services.Consumer{
		Name: "door", Topics: []string{topic}, MaxPollRecords: 4, MaxPollInterval: 400 * time.Millisecond,
		Handle: func(ctx context.Context, _ *services.Delivery) error {
			select {
			case <-time.After(200 * time.Millisecond):
			case <-ctx.Done():
			}
			return ctx.Err()
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	wait(t, svc, "it goes round", func(st services.Status) bool { return st.Expired >= 2 && st.Repeated > 0 && st.CommitErrors > 0 })
	if lag := s.lag(t, "door", topic); lag != 4 {
		t.Errorf("its lag is %d", lag)
	}
	svc.Switch(func(w *services.Switches) { w.MaxPollRecords, w.MaxPollInterval = 1, time.Minute })
	s.lagBecomes(t, "door", topic, 0)
}

func TestReadOnlyIsRefused(t *testing.T) {
	cfg := config.Cluster{Name: "prod", Brokers: []string{"127.0.0.1:1"}, ReadOnly: true}
	c, err := kafka.Connect(cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	m := services.NewManager(services.Options{Cluster: c})
	defer m.Close()
	if _, err := m.StartConsumer(services.Consumer{Name: "x", Topics: []string{"t"}}); !errors.Is(err, kafka.ErrReadOnly) {
		t.Errorf("%v", err)
	}
}

// TestCloseWithoutACluster: nobody waits long for brokers that are not there.
func TestCloseWithoutACluster(t *testing.T) {
	c, err := kafka.Connect(config.Cluster{Name: "away", Brokers: []string{"127.0.0.1:1"}})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	m := services.NewManager(services.Options{Cluster: c})
	svc, err := m.StartConsumer(services.Consumer{Name: "x", Topics: []string{"t"}})
	if err != nil {
		t.Fatal(err)
	}
	m.Close()
	if st := svc.Status(); st.State != services.Stopped {
		t.Errorf("%+v", st)
	}
}
