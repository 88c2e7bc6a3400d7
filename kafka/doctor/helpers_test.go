package doctor_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"kconsole/avro/registry"
	"kconsole/kafka"
	"kconsole/kafka/config"
	"kconsole/kafka/doctor"
	"kconsole/kafka/kafkatest"
)

func TestMain(m *testing.M) { kafkatest.Main(m) }

// patient is a doctor with a clock that a test sets forward, so that nothing
// waits for growth to be old enough.
type patient struct {
	*doctor.Doctor
	cluster *kafka.Cluster

	mu    sync.Mutex
	ahead time.Duration
}

func (p *patient) now() time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	return time.Now().Add(p.ahead)
}

// later sets the clock forward.
func (p *patient) later(d time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.ahead += d
}

// examine makes a doctor for a configuration; what does not have the tested
// cluster's registry, has none.
func examine(t *testing.T, cl config.Cluster, o doctor.Options) *patient {
	t.Helper()
	c, err := kafka.Connect(cl)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	if cl.Registry != nil {
		client, err := cl.Registry.HTTPClient()
		if err != nil {
			t.Fatal(err)
		}
		reg, err := registry.New(registry.Options{URL: cl.Registry.URL, HTTP: client})
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() {
			reg.Close()
			client.CloseIdleConnections()
		})
		o.Registry = reg
	}
	p := &patient{cluster: c}
	o.Clock = p.now
	if o.Window == 0 {
		o.Window = -1
	}
	p.Doctor = doctor.New(c, o)
	return p
}

// found looks again until a rule finds something that holds all the texts.
func found(t *testing.T, p *patient, rule string, level doctor.Level, texts ...string) doctor.Finding {
	t.Helper()
	var got doctor.Finding
	kafkatest.Eventually(t, func() string {
		rep := p.Look(context.Background())
		for _, f := range rep.Findings {
			if f.Rule != rule || f.Level != level {
				continue
			}
			all := fmt.Sprintf("%s|%s|%s|%s|%s|%v", f.Resource, f.Title, strings.Join(f.Evidence, "|"), f.Next.Text, f.Next.Command, f.Open)
			missing := ""
			for _, text := range texts {
				if !strings.Contains(all, text) {
					missing += fmt.Sprintf("%q is not in %s; ", text, all)
				}
			}
			if missing == "" {
				got = f
				return ""
			}
		}
		return fmt.Sprintf("%s finds no %s with %q, only %+v; %+v", rule, level, texts, rep.Findings, check(rep, rule))
	})
	if got.Meaning == "" || got.Next.Text == "" || got.Lab.ID == "" || got.Open.View == "" || len(got.Evidence) == 0 {
		t.Errorf("half a finding: %+v", got)
	}
	return got
}

// fine checks that a rule looked and found nothing.
func fine(t *testing.T, p *patient, rule string) {
	t.Helper()
	rep := p.Look(context.Background())
	if c := check(rep, rule); c.Status != doctor.Fine {
		t.Errorf("%s: %+v, %+v", rule, c, rep.Findings)
	}
}

func check(rep doctor.Report, rule string) doctor.Check {
	for _, c := range rep.Checks {
		if c.Rule == rule {
			return c
		}
	}
	return doctor.Check{}
}

func produce(t *testing.T, client *kgo.Client, records ...*kgo.Record) {
	t.Helper()
	if err := client.ProduceSync(t.Context(), records...).FirstErr(); err != nil {
		t.Fatal(err)
	}
}

// values makes n records of a topic's partition.
func values(topic string, partition int32, n int) []*kgo.Record {
	out := make([]*kgo.Record, n)
	for i := range out {
		out[i] = &kgo.Record{Topic: topic, Partition: partition, Key: fmt.Appendf(nil, "k-%d", i), Value: []byte("a value of some size")}
	}
	return out
}

// byHand is a client that writes to the partitions that records name.
func byHand(t *testing.T, c *kafkatest.Cluster, opts ...kgo.Opt) *kgo.Client {
	t.Helper()
	return c.Client(t, append(opts, kgo.RecordPartitioner(kgo.ManualPartitioner()))...)
}

// commit sets a group's offset of a partition.
func commit(t *testing.T, c *kafkatest.Cluster, group, topic string, partition int32, offset int64) {
	t.Helper()
	var o kadm.Offsets
	o.AddOffset(topic, partition, offset, -1)
	if err := c.Admin(t).CommitAllOffsets(t.Context(), group, o); err != nil {
		t.Fatal(err)
	}
}

// member reads a topic as a member of a group and commits only when told. It ends
// with the test, or with the function.
func member(t *testing.T, c *kafkatest.Cluster, group string, topics []string, opts ...kgo.Opt) (*kgo.Client, func()) {
	t.Helper()
	client := c.Client(t, append([]kgo.Opt{
		kgo.ConsumerGroup(group), kgo.ConsumeTopics(topics...), kgo.DisableAutoCommit(), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()),
	}, opts...)...)
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() {
		for ctx.Err() == nil {
			client.PollRecords(ctx, 100)
		}
	})
	var once sync.Once
	stop := func() {
		once.Do(func() {
			cancel()
			running.Wait()
			client.Close()
		})
	}
	t.Cleanup(stop)
	return client, stop
}

// members waits until a group is stable with as many members.
func members(t *testing.T, p *patient, group string, n int) kafka.Group {
	t.Helper()
	var g kafka.Group
	kafkatest.Eventually(t, func() string {
		var err error
		if g, err = p.cluster.Group(context.Background(), group); err != nil {
			return err.Error()
		}
		if len(g.Members) != n || n > 0 && g.State != "Stable" {
			return fmt.Sprintf("group %s is %s with %d members", group, g.State, len(g.Members))
		}
		return ""
	})
	return g
}

// counter counts what is asked.
type counter struct {
	mu    sync.Mutex
	count int
}

var _ kgo.HookBrokerE2E = (*counter)(nil)

// OnBrokerE2E is called after each request.
func (c *counter) OnBrokerE2E(_ kgo.BrokerMetadata, key int16, _ kgo.BrokerE2E) {
	if key == 17 || key == 18 || key == 36 {
		return // connections that are set up: one to each broker, or two
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.count++
}

func (c *counter) n() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.count
}
