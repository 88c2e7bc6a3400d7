package embedded_test

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

func coordinatorOf(t testing.TB, cl *kgo.Client, typ int8, key string) int32 {
	t.Helper()
	var id int32
	eventually(t, "a coordinator", func() error {
		req := kmsg.NewPtrFindCoordinatorRequest()
		req.CoordinatorType, req.CoordinatorKeys = typ, []string{key}
		resp, err := req.RequestWith(ctx(t), cl)
		if err != nil {
			return err
		}
		id = resp.Coordinators[0].NodeID
		return kerr.ErrorForCode(resp.Coordinators[0].ErrorCode)
	})
	return id
}

// TestGroupsSurviveTheirCoordinator has two members each of a classic, a
// consumer and a share group read while the coordinators are stopped in turn.
func TestGroupsSurviveTheirCoordinator(t *testing.T) {
	c := start(t)
	cl := client(t, c)
	adm := kadmOf(cl)
	createTopic(t, adm, "jobs", 6, 3, nil)
	modes := map[string][]kgo.Opt{
		"classic":  {kgo.SessionTimeout(20 * time.Second), kgo.HeartbeatInterval(200 * time.Millisecond)},
		"consumer": {kgo.ServerSideBalancer(), kgo.Balancers(kgo.StickyBalancer())},
	}
	members := map[string][]*consumer{}
	for group, opts := range modes {
		for range 2 {
			members[group] = append(members[group], startConsumer(t, c, "jobs", group, opts...))
		}
	}
	sharers := startSharers(t, c, "jobs", "sharing", 2)
	for group := range modes {
		eventually(t, group+" has two members", func() error { return membersAre(adm, group, 2) })
	}
	total := 0
	send := func(n int) {
		produceN(t, cl, "jobs", n)
		total += n
		for group, list := range members {
			eventually(t, group+" reads everything", func() error {
				got := list[0].count() + list[1].count()
				if got < total {
					return fmt.Errorf("%d of %d", got, total)
				}
				return nil
			})
		}
	}
	send(300)
	sharers.atLeast(t, total)
	for _, group := range []string{"classic", "consumer", "sharing"} {
		id := coordinatorOf(t, cl, 0, group)
		if err := c.Stop(id); err != nil {
			t.Fatal(err)
		}
		if next := coordinatorOf(t, cl, 0, group); next == id {
			t.Errorf("%s is still coordinated by %d", group, id)
		}
		send(200)
		sharers.atLeast(t, total)
		if err := c.StartBroker(id); err != nil {
			t.Fatal(err)
		}
		eventually(t, "ISR full again", func() error { return isrIs(cl, "jobs", 3) })
	}
	for group, list := range members {
		if err := membersAre(adm, group, 2); err != nil {
			t.Errorf("%s: %v", group, err)
		}
		got := list[0].count() + list[1].count()
		if got != total {
			t.Errorf("%s read %d of %d records", group, got, total)
		}
		if list[0].count() == 0 || list[1].count() == 0 {
			t.Errorf("%s: one member read nothing", group)
		}
	}
	for _, list := range members {
		for _, m := range list {
			m.stop()
			<-m.done
		}
	}
	sharers.end()
}

func membersAre(adm *kadm.Client, group string, want int) error {
	c, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	d, err := adm.DescribeGroups(c, group)
	if err != nil {
		return err
	}
	if got := len(d[group].Members); got == want && d[group].State == "Stable" {
		return nil
	}
	dc, err := adm.DescribeConsumerGroups(c, group)
	if err != nil {
		return err
	}
	if got := len(dc[group].Members); got != want || dc[group].State != "Stable" {
		return fmt.Errorf("%d members, %s", got, dc[group].State)
	}
	for _, m := range dc[group].Members {
		for topic := range m.Assignment {
			if topic == "" {
				return errors.New("an assignment without a topic name")
			}
		}
	}
	return nil
}

// sharers are members of a share group, which may get a record twice.
type sharers struct {
	mu   sync.Mutex
	seen map[string]int
	stop context.CancelFunc
	wg   sync.WaitGroup
}

func startSharers(t testing.TB, c target, topic, group string, n int) *sharers {
	t.Helper()
	s := &sharers{seen: map[string]int{}}
	// Share groups start at the end unless told otherwise.
	set := kmsg.NewPtrIncrementalAlterConfigsRequest()
	res := kmsg.NewIncrementalAlterConfigsRequestResource()
	res.ResourceType, res.ResourceName = kmsg.ConfigResourceTypeGroupConfig, group
	cfg := kmsg.NewIncrementalAlterConfigsRequestResourceConfig()
	cfg.Name, cfg.Value = "share.auto.offset.reset", kmsg.StringPtr("earliest")
	res.Configs = append(res.Configs, cfg)
	set.Resources = append(set.Resources, res)
	resp, err := set.RequestWith(ctx(t), client(t, c))
	if err != nil || resp.Resources[0].ErrorCode != 0 {
		t.Fatalf("group configuration: %v %+v", err, resp)
	}
	run, stop := context.WithCancel(t.Context())
	s.stop = stop
	for range n {
		cl := client(t, c, kgo.ConsumeTopics(topic), kgo.ShareGroup(group))
		s.wg.Add(1)
		go func() {
			defer s.wg.Done()
			for run.Err() == nil {
				cl.PollFetches(run).EachRecord(func(r *kgo.Record) {
					s.mu.Lock()
					s.seen[fmt.Sprintf("%d/%d", r.Partition, r.Offset)]++
					s.mu.Unlock()
				})
			}
		}()
	}
	return s
}

func (s *sharers) atLeast(t testing.TB, n int) {
	t.Helper()
	eventually(t, "the share group has everything", func() error {
		s.mu.Lock()
		defer s.mu.Unlock()
		if len(s.seen) < n {
			return fmt.Errorf("%d of %d", len(s.seen), n)
		}
		return nil
	})
}

func (s *sharers) end() {
	s.stop()
	s.wg.Wait()
}

// TestTransactions runs transactions that copy from one topic to another while
// brokers stop and start: what was committed is there once, what was aborted
// is not.
func TestTransactions(t *testing.T) {
	c := start(t)
	cl := client(t, c)
	adm := kadmOf(cl)
	createTopic(t, adm, "in", 3, 3, nil)
	createTopic(t, adm, "out", 3, 3, nil)
	const total = 400
	want := map[string]bool{}
	for i := range total {
		v := fmt.Sprintf("%04d", i)
		if err := cl.ProduceSync(ctx(t), &kgo.Record{Topic: "in", Key: []byte(v), Value: []byte(v)}).FirstErr(); err != nil {
			t.Fatal(err)
		}
		want[v] = true
	}
	session, err := kgo.NewGroupTransactSession(clientOpts(c, "admin", adminPassword,
		kgo.TransactionalID("copier"), kgo.ConsumerGroup("copiers"), kgo.ConsumeTopics("in"),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()), kgo.FetchIsolationLevel(kgo.ReadCommitted()),
		kgo.MaxConcurrentFetches(1), kgo.FetchMaxBytes(2000), kgo.FetchMaxPartitionBytes(1000),
	)...)
	if err != nil {
		t.Fatal(err)
	}
	defer session.Close()
	copied, rounds := 0, 0
	for copied < total {
		fetches := session.PollRecords(ctx(t), 20)
		if len(fetches.Records()) == 0 {
			continue
		}
		if err := session.Begin(); err != nil {
			t.Fatal(err)
		}
		failed := false
		fetches.EachRecord(func(r *kgo.Record) {
			session.Produce(ctx(t), &kgo.Record{Topic: "out", Key: r.Key, Value: r.Value}, func(_ *kgo.Record, err error) { failed = failed || err != nil })
		})
		rounds++
		if rounds == 5 {
			if err := c.Stop(coordinatorOf(t, cl, 1, "copier")); err != nil {
				t.Fatal(err)
			}
		}
		try := kgo.TryCommit
		if rounds%7 == 0 {
			try = kgo.TryAbort
		}
		committed, err := session.End(ctx(t), try)
		if err != nil {
			t.Fatalf("round %d: %v", rounds, err)
		}
		if committed {
			copied += len(fetches.Records())
		}
		if rounds == 9 {
			for id := range int32(3) {
				if err := c.StartBroker(id + 1); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	reader := client(t, c, kgo.ConsumeTopics("out"), kgo.FetchIsolationLevel(kgo.ReadCommitted()), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	var got []string
	for _, r := range consumeN(t, reader, total) {
		got = append(got, string(r.Value))
	}
	sameSet(t, "committed", want, got)
	t.Logf("%d transactions", rounds)
	list, err := adm.ListTransactions(ctx(t), nil, nil)
	if err != nil || list["copier"].Coordinator != coordinatorOf(t, cl, 1, "copier") {
		t.Errorf("transactions: %v %+v", err, list)
	}
	if d, err := adm.DescribeTransactions(ctx(t), "copier"); err != nil || d["copier"].Err != nil {
		t.Errorf("describe: %v %+v", err, d)
	}
}
