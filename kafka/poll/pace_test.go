package poll_test

import (
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"

	"kconsole/kafka/poll"
)

func TestLargeClustersAreReadLessOften(t *testing.T) {
	const w10 = 39_000 * 4 // partitions, and their offsets
	spared, exact := poll.New(nil, poll.Options{Spare: true}), poll.New(nil, poll.Options{})
	for _, test := range []struct {
		what      string
		p         *poll.Poller
		cost      int
		untouched time.Duration
		want      time.Duration
	}{
		{"a small cluster", spared, 400, 0, 2 * time.Second},
		{"a small cluster, nobody at it", spared, 1600, time.Hour, 2 * time.Second},
		{"a medium cluster", spared, 24_000, 0, 3 * time.Second},
		{"a medium cluster, nobody at it", spared, 24_000, time.Hour, 30 * time.Second},
		{"a large cluster", spared, w10, 0, 19500 * time.Millisecond},
		{"a large cluster, nobody at it", spared, w10, time.Hour, time.Minute},
		{"the largest", spared, 50 * w10, 0, 20 * time.Second},
		{"a failed round", spared, 0, time.Hour, 2 * time.Second},
		{"metrics are never late", exact, w10, time.Hour, 2 * time.Second},
	} {
		if got := test.p.Every(test.cost, test.untouched); got != test.want {
			t.Errorf("%s: every %v, want %v", test.what, got, test.want)
		}
	}
	spared.Every(w10, time.Second)
	if spared.Touch(); spared.Touched() {
		t.Error("each of many keys changes the pace")
	}
	spared.Every(w10, time.Hour)
	if spared.Touch(); !spared.Touched() {
		t.Error("the first key after a while does not change the pace")
	}
}

// TestWhatIsLookedAtStaysFresh: between two whole rounds the topics on the
// screen are read, with a request for the brokers and them and one to each leader.
func TestWhatIsLookedAtStaysFresh(t *testing.T) {
	fake, c, _ := start(t, poll.Options{}, kfake.SeedTopics(3, "orders", "payments", "users"))
	p := poll.New(c, poll.Options{}) // it does not run: its rounds are those of the test
	p.Round(t.Context())
	was := p.Latest()
	produce(t, c, "orders", 5)
	produce(t, c, "payments", 7)
	if !p.Glance(t.Context()) || p.Latest() != was {
		t.Error("without anything to look at, it is not calm, or something was published")
	}
	p.Focus([]string{"orders"})
	n := count(fake)
	if !p.Glance(t.Context()) {
		t.Error("it is not calm")
	}
	s := p.Latest()
	if got, other := s.Topic("orders").Records(), s.Topic("payments").Records(); got != 5 || other != 0 || !s.Topics.At.Equal(was.Topics.At) {
		t.Errorf("%d records in what is looked at, %d in another topic, read at %v; want 5 and 0, at %v", got, other, s.Topics.At, was.Topics.At)
	}
	if s.Topic("orders").InRate <= 0 || was.Topic("orders").Records() != 0 {
		t.Error("there is no rate, or a published row was written to")
	}
	if m, o := n[kmsg.Metadata.Int16()].Load(), n[kmsg.ListOffsets.Int16()].Load(); m != 1 || o > 3 {
		t.Errorf("%d requests of Metadata and %d of ListOffsets for one topic on three brokers", m, o)
	}
	if !p.Glance(t.Context()) || p.Latest() != s && s.Topic("orders").InRate == p.Latest().Topic("orders").InRate {
		t.Error("nothing moved, and it was published")
	}
	p.Focus([]string{"nowhere", "orders"})
	if p.Glance(t.Context()) {
		t.Error("a topic that is gone, and it is calm")
	}
	p.Focus(nil)
	if err := fake.RemoveNode(p.Latest().Cluster.Brokers[2].ID); err != nil {
		t.Fatal(err)
	}
	if p.Glance(t.Context()) {
		t.Error("a broker left, and it is calm")
	}
}

// TestTheScreenDoesNotWait: what the event loop calls returns while a snapshot is
// in the making, which takes long on a large cluster.
func TestTheScreenDoesNotWait(t *testing.T) {
	_, c, _ := start(t, poll.Options{}, kfake.SeedTopics(3, "orders"))
	p := poll.New(c, poll.Options{}) // it does not run: its rounds are those of the test
	p.Round(t.Context())
	p.WhilePublishing(func() {
		done := make(chan struct{})
		go func() {
			defer close(done)
			s := p.Latest()
			s.History.TopicRates("orders", s.At)
			s.History.ClusterRates(s.At)
			s.History.GroupLags("billing", s.At)
			p.Focus([]string{"orders"})
			p.Watch(poll.Topics)()
			p.Refresh()
			p.Touch()
			p.Events(0)
		}()
		select {
		case <-done:
		case <-time.After(time.Minute):
			t.Error("something waits for the snapshot")
		}
	})
}
