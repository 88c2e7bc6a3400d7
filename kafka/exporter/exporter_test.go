package exporter_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
	"go.uber.org/goleak"

	"kconsole/compose/embedded"
	"kconsole/compose/embedded/lab"
	"kconsole/kafka"
	"kconsole/kafka/config"
	"kconsole/kafka/exporter"
	"kconsole/kafka/poll"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const limit = 30 * time.Second

// bench is an embedded lab, a poller on it, and a client of its admin.
type bench struct {
	lab    *lab.Lab
	poller *poll.Poller
	client *kgo.Client
	admin  *kadm.Client
}

func start(t *testing.T) *bench {
	t.Helper()
	l, err := lab.Up(t.Context(), lab.Options{Dir: filepath.Join(t.TempDir(), "lab"), FreePorts: true, Timing: embedded.ShortTiming})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Shutdown(context.Background()); err != nil {
			t.Error(err)
		}
	})
	opts, err := config.KgoOptions(l.Cluster())
	if err != nil {
		t.Fatal(err)
	}
	client, err := kgo.NewClient(append(opts, kgo.RecordPartitioner(kgo.ManualPartitioner()), kgo.DisableClientMetrics())...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return &bench{lab: l, client: client, admin: kadm.NewClient(client), poller: runPoller(t, l.Cluster())}
}

func runPoller(t *testing.T, cl config.Cluster) *poll.Poller {
	t.Helper()
	c, err := kafka.Connect(cl)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	p := poll.New(c, poll.Options{Interval: 50 * time.Millisecond})
	t.Cleanup(p.Watch(exporter.Scopes))
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { defer close(done); p.Run(ctx) }()
	t.Cleanup(func() { cancel(); <-done })
	return p
}

// write puts n records into a partition.
func (b *bench) write(t *testing.T, topic string, partition int32, n int) {
	t.Helper()
	for i := range n {
		r := &kgo.Record{Topic: topic, Partition: partition, Value: fmt.Appendf(nil, "v%d", i)}
		if err := b.client.ProduceSync(t.Context(), r).FirstErr(); err != nil {
			t.Fatal(err)
		}
	}
}

// compare polls until the metrics of these names are exactly what is expected:
// the poller's next round may be on its way.
func compare(t *testing.T, c prometheus.Collector, want string, names ...string) {
	t.Helper()
	deadline := time.Now().Add(limit)
	for {
		err := testutil.CollectAndCompare(c, strings.NewReader(want), names...)
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			t.Fatal(err)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// samples drops the HELP and TYPE lines that a comparison wants, and puts
// generated ones in.
func samples(lines string) string {
	var b strings.Builder
	last := ""
	for line := range strings.Lines(strings.TrimSpace(lines) + "\n") {
		line = strings.TrimSpace(line)
		name := line[:strings.IndexAny(line, "{ ")]
		if name != last {
			fmt.Fprintf(&b, "# HELP %s %s\n# TYPE %s gauge\n", name, exporter.Help(name), name)
			last = name
		}
		b.WriteString(line + "\n")
	}
	return b.String()
}

func TestEveryValueIsTheClusters(t *testing.T) {
	b := start(t)
	if _, err := b.admin.CreateTopic(t.Context(), 2, 3, nil, "orders"); err != nil {
		t.Fatal(err)
	}
	b.write(t, "orders", 0, 5)
	b.write(t, "orders", 1, 2)
	if _, err := b.admin.DeleteRecords(t.Context(), kadm.Offsets{"orders": {0: {Topic: "orders", Partition: 0, At: 2}}}); err != nil {
		t.Fatal(err)
	}
	var committed kadm.Offsets
	committed.Add(kadm.Offset{Topic: "orders", Partition: 0, At: 3, LeaderEpoch: -1})
	committed.Add(kadm.Offset{Topic: "orders", Partition: 1, At: 2, LeaderEpoch: -1})
	if err := b.admin.CommitAllOffsets(t.Context(), "billing", committed); err != nil {
		t.Fatal(err)
	}
	for _, p := range b.partitions(t, "orders") {
		if p.Leader != p.Replicas[0] {
			t.Fatalf("a new topic is not led by its preferred replica: %+v", p)
		}
	}
	c := exporter.New(b.poller, exporter.Options{Topics: regexp.MustCompile("^orders$")}).Collector()
	leaders := b.partitions(t, "orders")
	topics, partitions := b.count(t)
	want := fmt.Sprintf(`
kafka_brokers 3
kafka_consumergroup_current_offset{consumergroup="billing",partition="0",topic="orders"} 3
kafka_consumergroup_current_offset{consumergroup="billing",partition="1",topic="orders"} 2
kafka_consumergroup_lag{consumergroup="billing",partition="0",topic="orders"} 2
kafka_consumergroup_lag{consumergroup="billing",partition="1",topic="orders"} 0
kafka_consumergroup_members{consumergroup="billing"} 0
kafka_consumergroup_state{consumergroup="billing",state="Empty"} 1
kafka_consumergroup_sum_lag{consumergroup="billing"} 2
kafka_consumergroups 1
kafka_offline_partitions 0
kafka_partitions %d
kafka_topic_partition_current_offset{partition="0",topic="orders"} 5
kafka_topic_partition_current_offset{partition="1",topic="orders"} 2
kafka_topic_partition_in_sync_replica{partition="0",topic="orders"} 3
kafka_topic_partition_in_sync_replica{partition="1",topic="orders"} 3
kafka_topic_partition_leader{partition="0",topic="orders"} %d
kafka_topic_partition_leader{partition="1",topic="orders"} %d
kafka_topic_partition_leader_is_preferred{partition="0",topic="orders"} 1
kafka_topic_partition_leader_is_preferred{partition="1",topic="orders"} 1
kafka_topic_partition_offline{partition="0",topic="orders"} 0
kafka_topic_partition_offline{partition="1",topic="orders"} 0
kafka_topic_partition_oldest_offset{partition="0",topic="orders"} 2
kafka_topic_partition_oldest_offset{partition="1",topic="orders"} 0
kafka_topic_partition_replicas{partition="0",topic="orders"} 3
kafka_topic_partition_replicas{partition="1",topic="orders"} 3
kafka_topic_partition_under_replicated_partition{partition="0",topic="orders"} 0
kafka_topic_partition_under_replicated_partition{partition="1",topic="orders"} 0
kafka_topic_partitions{topic="orders"} 2
kafka_topics %d
kafka_under_replicated_partitions 0
`, partitions, leaders[0].Leader, leaders[1].Leader, topics)
	names := exporter.Names()
	names = except(names, "kconsole_exporter_up", "kconsole_exporter_age_seconds", "kconsole_exporter_omitted_series",
		"kafka_broker_info", "kafka_controller_broker")
	compare(t, c, samples(want), names...)

	problems, err := testutil.CollectAndLint(c)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range problems {
		t.Errorf("%s: %s", p.Metric, p.Text)
	}
	// A group with a member, as a real consumer makes it.
	b.consume(t, "orders", "reader")
	compare(t, c, samples(`kafka_consumergroup_members{consumergroup="billing"} 0
kafka_consumergroup_members{consumergroup="reader"} 1`), "kafka_consumergroup_members")
}

// consume reads a topic as the only member of a group until the test ends, and
// returns when it has read something.
func (b *bench) consume(t *testing.T, topic, group string) {
	t.Helper()
	opts, err := config.KgoOptions(b.lab.Cluster())
	if err != nil {
		t.Fatal(err)
	}
	consumer, err := kgo.NewClient(append(opts, kgo.ConsumeTopics(topic), kgo.ConsumerGroup(group), kgo.DisableClientMetrics(),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(consumer.Close)
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	if fetches := consumer.PollFetches(ctx); fetches.NumRecords() == 0 {
		t.Fatalf("nothing to read: %v", fetches.Errors())
	}
}

func (b *bench) partitions(t *testing.T, topic string) []kadm.PartitionDetail {
	t.Helper()
	meta, err := b.admin.Metadata(kadm.WithAuthorizedOps(t.Context()), topic)
	if err != nil {
		t.Fatal(err)
	}
	return meta.Topics[topic].Partitions.Sorted()
}

// count counts topics and partitions, internal ones too.
func (b *bench) count(t *testing.T) (topics, partitions int) {
	t.Helper()
	all, err := b.admin.ListTopicsWithInternal(kadm.WithAuthorizedOps(t.Context()))
	if err != nil {
		t.Fatal(err)
	}
	for _, one := range all {
		partitions += len(one.Partitions)
	}
	return len(all), partitions
}

func except(names []string, out ...string) []string {
	var left []string
	for _, n := range names {
		if !strings.Contains(" "+strings.Join(out, " ")+" ", " "+n+" ") {
			left = append(left, n)
		}
	}
	return left
}

// A broker that stops shows: in the ISR, in the sums, and where a partition
// had only that replica, as offline.
func TestFaultsShow(t *testing.T) {
	b := start(t)
	if _, err := b.admin.CreateTopic(t.Context(), 1, 3, nil, "wide"); err != nil {
		t.Fatal(err)
	}
	if _, err := b.admin.CreateTopic(t.Context(), 1, 1, nil, "narrow"); err != nil {
		t.Fatal(err)
	}
	c := exporter.New(b.poller, exporter.Options{}).Collector()
	compare(t, c, samples("kafka_under_replicated_partitions 0"), "kafka_under_replicated_partitions")
	if err := b.lab.Stop(t.Context(), b.partitions(t, "narrow")[0].Leader); err != nil {
		t.Fatal(err)
	}
	compare(t, c, samples(`kafka_brokers 2
kafka_offline_partitions 1
kafka_topic_partition_in_sync_replica{partition="0",topic="narrow"} 1
kafka_topic_partition_in_sync_replica{partition="0",topic="wide"} 2
kafka_topic_partition_leader{partition="0",topic="narrow"} -1
kafka_topic_partition_offline{partition="0",topic="narrow"} 1
kafka_topic_partition_offline{partition="0",topic="wide"} 0
kafka_under_replicated_partitions 1`),
		"kafka_brokers", "kafka_offline_partitions", "kafka_topic_partition_in_sync_replica", "kafka_topic_partition_offline",
		"kafka_under_replicated_partitions")
}

func TestBoundsAndNames(t *testing.T) {
	b := start(t)
	for _, name := range []string{"a", "b", "c"} {
		if _, err := b.admin.CreateTopic(t.Context(), 2, 1, nil, name); err != nil {
			t.Fatal(err)
		}
	}
	var committed kadm.Offsets
	committed.Add(kadm.Offset{Topic: "a", Partition: 0, At: 0, LeaderEpoch: -1})
	strange := "no \xff UTF-8 \"\n"
	for _, group := range []string{"g1", strange} {
		if err := b.admin.CommitAllOffsets(t.Context(), group, committed); err != nil {
			t.Fatal(err)
		}
	}
	_, partitions := b.count(t) // "a" and "b" fit, "c" and the internal topic do not
	bounded := exporter.New(b.poller, exporter.Options{MaxPartitions: 4, MaxGroups: 1}).Collector()
	compare(t, bounded, samples(fmt.Sprintf(`kafka_consumergroups 2
kafka_partitions %d
kafka_topic_partitions{topic="a"} 2
kafka_topic_partitions{topic="b"} 2
kconsole_exporter_omitted_series{kind="group"} 5
kconsole_exporter_omitted_series{kind="partition"} %d`, partitions, 8*(partitions-4)+2)),
		"kafka_partitions", "kafka_topic_partitions", "kafka_consumergroups", "kconsole_exporter_omitted_series")

	only := exporter.New(b.poller, exporter.Options{Topics: regexp.MustCompile("^b$"), Groups: regexp.MustCompile("^no")}).Collector()
	compare(t, only, samples(`kafka_consumergroup_members{consumergroup="\"no \\xff UTF-8 \\\"\\n\""} 0
kafka_topic_partitions{topic="b"} 2`),
		"kafka_topic_partitions", "kafka_consumergroup_members")
	if n := testutil.CollectAndCount(only, exporter.Names()...); n > 40 {
		t.Errorf("%d series for one topic and one group", n)
	}
}

func TestHTTP(t *testing.T) {
	b := start(t)
	if _, err := b.admin.CreateTopic(t.Context(), 1, 1, nil, "orders"); err != nil {
		t.Fatal(err)
	}
	url, stop := serve(t, exporter.New(b.poller, exporter.Options{}))
	deadline := time.Now().Add(limit)
	for status := 0; status != http.StatusOK; {
		if status, _ = get(t, url+"/healthz"); time.Now().After(deadline) {
			t.Fatalf("/healthz answers %d", status)
		}
		time.Sleep(10 * time.Millisecond)
	}
	status, body := get(t, url+"/metrics")
	for _, want := range []string{"kafka_brokers 3", `kconsole_exporter_up{read="topics"} 1`, "go_goroutines "} {
		if status != http.StatusOK || !strings.Contains(body, want) {
			t.Errorf("/metrics: %d, without %q", status, want)
		}
	}
	if status, _ := get(t, url+"/"); status != http.StatusOK {
		t.Errorf("/ answers %d", status)
	}
	if status, _ := get(t, url+"/nowhere"); status != http.StatusNotFound {
		t.Errorf("/nowhere answers %d", status)
	}
	if err := stop(); err != nil {
		t.Errorf("ending: %v", err)
	}
	if res, err := http.Get(url + "/metrics"); err == nil {
		res.Body.Close()
		t.Error("the server answers after its end")
	}
}

// A cluster that is away is told as such: no series of it, not healthy.
func TestAway(t *testing.T) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	addr := ln.Addr().String()
	ln.Close()
	p := runPoller(t, config.Cluster{Name: "away", Brokers: []string{addr}})
	e := exporter.New(p, exporter.Options{})
	url, stop := serve(t, e)
	defer func() { _ = stop() }()
	deadline := time.Now().Add(limit)
	for {
		status, body := get(t, url+"/healthz")
		if status != http.StatusServiceUnavailable {
			t.Fatalf("/healthz answers %d: %s", status, body)
		}
		if strings.Contains(body, addr) { // says what is away
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("/healthz says %q", body)
		}
		time.Sleep(20 * time.Millisecond)
	}
	compare(t, e.Collector(), samples(`kconsole_exporter_up{read="groups"} 0
kconsole_exporter_up{read="topics"} 0`), "kconsole_exporter_up", "kafka_brokers", "kafka_partitions")
}

// What is old is not shown as if it were new.
func TestOldReadsAreNotShown(t *testing.T) {
	b := start(t)
	compare(t, exporter.New(b.poller, exporter.Options{}).Collector(), samples("kafka_brokers 3"), "kafka_brokers")
	later := exporter.New(b.poller, exporter.Options{Clock: func() time.Time { return time.Now().Add(2 * exporter.DefaultMaxAge) }})
	if n := testutil.CollectAndCount(later.Collector(), "kafka_brokers", "kafka_topics"); n != 0 {
		t.Errorf("%d series of an old read", n)
	}
	if err := later.Healthy(); err == nil || !strings.Contains(err.Error(), "2m0s ago") {
		t.Errorf("healthy with an old read: %v", err)
	}
}

func serve(t *testing.T, e *exporter.Exporter) (url string, stop func() error) {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- e.Serve(ctx, ln) }()
	t.Cleanup(http.DefaultClient.CloseIdleConnections)
	ended := false
	stop = func() error {
		if ended {
			return nil
		}
		ended = true
		cancel()
		return <-done
	}
	t.Cleanup(func() { _ = stop() })
	return "http://" + ln.Addr().String(), stop
}

func get(t *testing.T, url string) (int, string) {
	t.Helper()
	res, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(body)
}
