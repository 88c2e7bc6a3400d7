package kafka_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"kconsole/kafka"
	"kconsole/kafka/config"
)

func admin(t testing.TB, c *kafka.Cluster) *kafka.Admin {
	t.Helper()
	a, err := c.Admin()
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// lines are the changes of a plan as text.
func lines(p *kafka.Plan) []string {
	out := make([]string, len(p.Changes))
	for i, c := range p.Changes {
		out[i] = c.String()
	}
	return out
}

func apply(t testing.TB, p *kafka.Plan, err error) kafka.Result {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	r, err := p.Apply(context.Background())
	if err != nil {
		t.Fatalf("%s: %v", p, err)
	}
	return r
}

func TestTopicLife(t *testing.T) {
	_, c := fake(t, kfake.SeedTopics(1, "taken"))
	a, ctx := admin(t, c), context.Background()

	p, err := a.CreateTopics(ctx, kafka.NewTopic{Name: "orders", Partitions: 3, Replicas: 2, Configs: map[string]string{"retention.ms": "1000"}},
		kafka.NewTopic{Name: "taken", Partitions: 1, Replicas: 1})
	if err != nil {
		t.Fatal(err)
	}
	if got := lines(p); len(got) != 4 || got[2] != "topic orders: retention.ms (none) -> 1000" || p.Changes[3].Err == nil {
		t.Errorf("plan:\n%s", p)
	}
	if topics, _ := c.TopicMetadata(ctx, "orders"); topics[0].Err == nil {
		t.Error("planning created the topic")
	}
	r, err := p.Apply(ctx)
	if err == nil || r.Failed() != 1 || len(r.Items) != 2 || !strings.Contains(err.Error(), "1 of 2 failed") {
		t.Errorf("partial success: %+v, %v", r, err)
	}
	topics, err := c.TopicMetadata(ctx, "orders")
	if err != nil || len(topics[0].Partitions) != 3 {
		t.Fatalf("%+v, %v", topics, err)
	}

	p, err = a.AlterTopicConfigs(ctx, "orders", kafka.ConfigChange{Set: map[string]string{"max.message.bytes": "2000"}, Remove: []string{"retention.ms"}})
	apply(t, p, err)
	configs, err := c.TopicConfigs(ctx, "orders")
	if err != nil {
		t.Fatal(err)
	}
	if e := configs[0].Get("max.message.bytes"); e == nil || e.Value != "2000" || !e.Set() {
		t.Errorf("max.message.bytes: %+v", e)
	}
	if e := configs[0].Get("retention.ms"); e == nil || e.Value == "1000" || e.Set() {
		t.Errorf("retention.ms: %+v", e)
	}

	p, err = a.AddPartitions(ctx, "orders", 5)
	apply(t, p, err)
	if _, err := a.AddPartitions(ctx, "orders", 2); kafka.KindOf(err) != kafka.Invalid {
		t.Errorf("fewer partitions: %v, want invalid", err)
	}

	p, err = a.CloneTopic(ctx, "orders", "orders.copy")
	apply(t, p, err)
	if configs, _ := c.TopicConfigs(ctx, "orders.copy"); len(configs) != 1 || configs[0].Get("max.message.bytes").Value != "2000" {
		t.Errorf("clone: %+v", configs)
	}

	produce(t, c, "orders", 2, 10)
	p, err = a.DeleteRecords(ctx, "orders", map[int32]int64{0: 4, 1: 99, 7: 1})
	if err != nil {
		t.Fatal(err)
	}
	if got := lines(p); len(got) != 3 || got[0] != "partition orders/0: log start offset 0 -> 4" || p.Changes[1].Err == nil || p.Changes[2].Err == nil {
		t.Errorf("plan:\n%s", p)
	}
	if p.Confirm != "orders" || !slices.Contains(p.Warnings, "4 records are lost for good") {
		t.Errorf("confirm %q, warnings %q", p.Confirm, p.Warnings)
	}
	if r, _ := p.Apply(ctx); r.Failed() != 2 {
		t.Errorf("%+v", r)
	}
	p, err = a.Purge(ctx, "orders")
	apply(t, p, err)
	topics, _ = c.TopicMetadata(ctx, "orders")
	if err := c.Offsets(ctx, topics); err != nil || topics[0].Records() != 0 {
		t.Errorf("%d records after the purge, %v", topics[0].Records(), err)
	}

	p, err = a.DeleteTopics(ctx, "orders", "nope")
	if err != nil || p.Changes[1].Err == nil || p.Confirm != "orders" {
		t.Fatalf("%v, %v", p, err)
	}
	if r, _ := p.Apply(ctx); r.Failed() != 1 {
		t.Errorf("%+v", r)
	}
	if topics, _ := c.TopicMetadata(ctx, "orders"); kafka.KindOf(topics[0].Err) != kafka.NotFound {
		t.Errorf("deleted: %v", topics[0].Err)
	}
}

func TestResetOffsets(t *testing.T) {
	_, c := fake(t, kfake.SeedTopics(2, "orders"))
	a, ctx := admin(t, c), context.Background()
	client, err := c.NewClient(kgo.RecordPartitioner(kgo.ManualPartitioner()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	for i := range 20 {
		rec := &kgo.Record{Topic: "orders", Partition: int32(i % 2), Value: []byte("v"), Timestamp: time.Unix(int64(1000+i), 0)}
		if err := client.ProduceSync(ctx, rec).FirstErr(); err != nil {
			t.Fatal(err)
		}
	}
	topics := []string{"orders"}
	committed := func(group string) []int64 {
		t.Helper()
		g, err := c.Group(ctx, group)
		if err != nil {
			t.Fatal(err)
		}
		var out []int64
		for _, o := range g.Offsets {
			out = append(out, o.Committed)
		}
		return out
	}
	for _, test := range []struct {
		name       string
		topics     []string
		partitions map[string][]int32
		to         kafka.ResetTo
		want       []int64
	}{
		{"a group that is new", topics, nil, kafka.ResetTo{Kind: kafka.ResetEnd}, []int64{10, 10}},
		{"start", nil, nil, kafka.ResetTo{Kind: kafka.ResetStart}, []int64{0, 0}},
		{"offset, one partition", nil, map[string][]int32{"orders": {1}}, kafka.ResetTo{Kind: kafka.ResetOffset, Offset: 7}, []int64{0, 7}},
		{"shift, bounded", nil, nil, kafka.ResetTo{Kind: kafka.ResetShift, Offset: 4}, []int64{4, 10}},
		{"time", nil, nil, kafka.ResetTo{Kind: kafka.ResetTime, At: time.Unix(1005, 0)}, []int64{3, 2}},
		{"duration", nil, nil, kafka.ResetTo{Kind: kafka.ResetDuration, Ago: time.Hour}, []int64{10, 10}},
		{"file", nil, nil, kafka.ResetTo{Kind: kafka.ResetFile, File: map[kafka.TopicPartition]int64{{Topic: "orders", Partition: 0}: 5}}, []int64{5, 10}},
		{"nothing changes", nil, nil, kafka.ResetTo{Kind: kafka.ResetShift}, []int64{5, 10}},
	} {
		before := []int64(nil)
		if test.name != "a group that is new" {
			before = committed("billing")
		}
		p, err := a.ResetOffsets(ctx, "billing", test.topics, test.partitions, test.to)
		if err != nil {
			t.Fatalf("%s: %v", test.name, err)
		}
		if before != nil && !slices.Equal(committed("billing"), before) {
			t.Errorf("%s: planning changed the offsets", test.name)
		}
		apply(t, p, nil)
		if got := committed("billing"); !slices.Equal(got, test.want) {
			t.Errorf("%s: %v, want %v\n%s", test.name, got, test.want, p)
		}
	}
	p, err := a.ResetOffsets(ctx, "other", nil, nil, kafka.ResetTo{Kind: kafka.ResetGroup, Group: "billing"})
	apply(t, p, err)
	if got := committed("other"); !slices.Equal(got, []int64{5, 10}) {
		t.Errorf("copied from a group: %v", got)
	}

	g, err := c.Group(ctx, "billing")
	if err != nil {
		t.Fatal(err)
	}
	var file bytes.Buffer
	if err := kafka.WriteOffsets(&file, g); err != nil {
		t.Fatal(err)
	}
	read, err := kafka.ReadOffsets(&file)
	if err != nil || !reflect.DeepEqual(read, map[kafka.TopicPartition]int64{{Topic: "orders", Partition: 0}: 5, {Topic: "orders", Partition: 1}: 10}) {
		t.Errorf("restore file: %v, %v", read, err)
	}
	for _, bad := range []string{"orders,0", "orders,x,1", "orders,0,-1", "a,b,c,d"} {
		if _, err := kafka.ReadOffsets(strings.NewReader("# offsets\n" + bad)); err == nil || !strings.Contains(err.Error(), "line 2") {
			t.Errorf("%q: %v, want an error for line 2", bad, err)
		}
	}

	p, err = a.DeleteOffsets(ctx, "billing", "orders", []int32{0})
	apply(t, p, err)
	if got := committed("billing"); !slices.Equal(got, []int64{10}) {
		t.Errorf("after one was forgotten: %v", got)
	}
	p, err = a.DeleteGroups(ctx, "billing", "nope")
	if err != nil || p.Changes[1].Err == nil {
		t.Fatalf("%v, %v", p, err)
	}
	if r, _ := p.Apply(ctx); r.Failed() != 1 {
		t.Errorf("%+v", r)
	}
	if _, err := c.Group(ctx, "billing"); kafka.KindOf(err) != kafka.NotFound {
		t.Errorf("deleted: %v", err)
	}
}

func TestGroupsWithMembersAreLeftAlone(t *testing.T) {
	_, c := fake(t, kfake.SeedTopics(1, "orders"))
	a, ctx := admin(t, c), context.Background()
	produce(t, c, "orders", 1, 3)
	consume(t, c, "billing", "orders", 3)
	if _, err := a.ResetOffsets(ctx, "billing", nil, nil, kafka.ResetTo{Kind: kafka.ResetStart}); kafka.KindOf(err) != kafka.Invalid {
		t.Errorf("reset: %v, want invalid", err)
	}
	p, err := a.DeleteGroups(ctx, "billing")
	if err != nil || p.Changes[0].Err == nil || !p.Empty() {
		t.Errorf("delete: %v, %v", p, err)
	}
	g, err := c.Group(ctx, "billing")
	if err != nil {
		t.Fatal(err)
	}
	p, err = a.RemoveMembers(ctx, "billing", nil)
	apply(t, p, err)
	eventually(t, "another member", func() bool {
		now, err := c.Group(ctx, "billing")
		return err == nil && len(now.Members) == 1 && now.Members[0].ID != g.Members[0].ID
	})
}

func TestACLsUsersQuotas(t *testing.T) {
	cluster := fakeCluster(t, kfake.EnableSASL(), kfake.EnableACLs(), kfake.Superuser("PLAIN", "admin", "secret"))
	c := connect(t, plain(cluster, "admin", "secret"))
	a, ctx := admin(t, c), context.Background()

	acls := kafka.ConsumerACLs("User:app", "orders", "billing", "PREFIXED")
	p, err := a.CreateACLs(ctx, append(acls, kafka.ACL{Principal: "app", ResourceType: "TOPIC", Resource: "x", Operation: "READ", Permission: "ALLOW"})...)
	if err != nil || p.Changes[len(acls)].Err == nil {
		t.Fatalf("%v, %v", p, err)
	}
	if r, _ := p.Apply(ctx); r.Failed() != 1 {
		t.Errorf("%+v", r)
	}
	got, err := c.ACLs(ctx)
	slices.SortFunc(acls, kafka.CompareACLs)
	if err != nil || !slices.Equal(got, acls) {
		t.Errorf("%v, %v, want %v", got, err, acls)
	}
	if p, err := a.CreateACLs(ctx, acls...); err != nil || !p.Empty() {
		t.Errorf("again: %v, %v, want an empty plan", p, err)
	}
	p, err = a.DeleteACLs(ctx, acls[0])
	apply(t, p, err)
	if got, _ := c.ACLs(ctx); len(got) != len(acls)-1 || slices.Contains(got, acls[0]) {
		t.Errorf("after deletion: %v", got)
	}

	p, err = a.SetSCRAM(ctx, "app", "SCRAM-SHA-512", config.NewSecret("pa55word"), 0)
	if err != nil || strings.Contains(p.String(), "pa55word") {
		t.Fatalf("%v, %v", p, err)
	}
	if got := lines(p); p.Title != "create user app" || got[0] != "user app: SCRAM-SHA-512 (none) -> a password (4096 iterations)" {
		t.Errorf("a new user: %s, %q", p.Title, got)
	}
	apply(t, p, err)
	for mechanism, want := range map[string]string{
		"SCRAM-SHA-512": "user app: SCRAM-SHA-512 a password (4096 iterations) -> another password (4096 iterations)",
		"SCRAM-SHA-256": "user app: SCRAM-SHA-256 (none) -> a password (4096 iterations)",
	} {
		p, err := a.SetSCRAM(ctx, "app", mechanism, config.NewSecret("pa55word"), 0)
		if err != nil || p.Title != "set the password of user app" || lines(p)[0] != want {
			t.Errorf("a user that is there: %v, %v, want %s", p, err, want)
		}
	}
	users, err := c.SCRAMUsers(ctx)
	if err != nil || len(users) != 1 || users[0].Name != "app" || users[0].Credentials[0] != (kafka.SCRAMCredential{Mechanism: "SCRAM-SHA-512", Iterations: 4096}) {
		t.Errorf("%+v, %v", users, err)
	}
	as := plain(cluster, "app", "pa55word")
	as.SASL.Mechanism = "SCRAM-SHA-512"
	if _, _, err := connect(t, as).Metadata(ctx); err != nil {
		t.Errorf("sign-in with the new password: %v", err)
	}
	p, err = a.DeleteSCRAM(ctx, "app", "")
	apply(t, p, err)
	if users, _ := c.SCRAMUsers(ctx); len(users) != 0 {
		t.Errorf("%+v", users)
	}
	if _, err := a.DeleteSCRAM(ctx, "app", ""); kafka.KindOf(err) != kafka.NotFound {
		t.Errorf("again: %v", err)
	}

	app, byDefault := "app", ""
	p, err = a.AlterQuotas(ctx, kafka.QuotaEntity{User: &app}, map[string]float64{"producer_byte_rate": 1000}, nil)
	apply(t, p, err)
	p, err = a.AlterQuotas(ctx, kafka.QuotaEntity{User: &byDefault}, map[string]float64{"producer_byte_rate": 5, "consumer_byte_rate": 7}, nil)
	apply(t, p, err)
	quotas, err := c.Quotas(ctx)
	if err != nil || len(quotas) != 2 {
		t.Fatalf("%+v, %v", quotas, err)
	}
	effective := kafka.EffectiveQuotas(quotas, "app", "php")
	if len(effective) != 2 || effective[0].Value != 7 || effective[1].Value != 1000 {
		t.Errorf("effective: %+v", effective)
	}
	p, err = a.AlterQuotas(ctx, kafka.QuotaEntity{User: &app}, nil, []string{"producer_byte_rate"})
	if got := lines(p); len(got) != 1 || got[0] != `user "app": producer_byte_rate 1000 -> (none)` {
		t.Errorf("plan: %q", got)
	}
	apply(t, p, err)
}

func TestReadOnlyHasNothingThatWrites(t *testing.T) {
	cluster := fakeCluster(t, kfake.SeedTopics(1, "orders"))
	n := &counter{}
	c := connect(t, config.Cluster{Name: "prod", Brokers: cluster.ListenAddrs(), ReadOnly: true}, kafka.WithClientOptions(hook(n)))
	if _, err := c.Admin(); kafka.KindOf(err) != kafka.Refused || !errors.Is(err, kafka.ErrReadOnly) {
		t.Errorf("Admin: %v, want refused", err)
	}
	if _, err := c.Producer(kafka.ProducerOptions{}); kafka.KindOf(err) != kafka.Refused {
		t.Errorf("Producer: %v, want refused", err)
	}
	if _, _, err := c.Metadata(context.Background()); err != nil {
		t.Errorf("reading: %v", err)
	}
	// Not even the client below can be made to.
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	client, err := c.NewClient(kgo.DisableIdempotentWrite())
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	if err := client.ProduceSync(ctx, &kgo.Record{Topic: "orders", Value: []byte("v")}).FirstErr(); err == nil {
		t.Error("the client of a read-only cluster wrote a record")
	}
	for key := range n.byKey {
		if kafka.Mutating(key) {
			t.Errorf("a request with key %d left a read-only cluster", key)
		}
	}
}

// TestDeletingAUserMeansWhatAnyBrokerKnows: one broker is behind and does not know
// of the second mechanism. Whoever it is that is asked first, both are deleted.
func TestDeletingAUserMeansWhatAnyBrokerKnows(t *testing.T) {
	cluster, c := fake(t)
	cluster.ControlKey(kmsg.DescribeUserSCRAMCredentials.Int16(), func(req kmsg.Request) (kmsg.Response, error, bool) {
		cluster.KeepControl()
		resp := req.ResponseKind().(*kmsg.DescribeUserSCRAMCredentialsResponse) //nolint:forcetypeassert // it is
		r := kmsg.NewDescribeUserSCRAMCredentialsResponseResult()
		r.User = "app"
		for mechanism := range int8(2) {
			if info := kmsg.NewDescribeUserSCRAMCredentialsResponseResultCredentialInfo(); mechanism == 0 || cluster.CurrentNode() == 2 {
				info.Mechanism, info.Iterations = mechanism+1, 4096
				r.CredentialInfos = append(r.CredentialInfos, info)
			}
		}
		resp.Results = append(resp.Results, r)
		return resp, nil, true
	})
	for range 5 {
		p, err := admin(t, c).DeleteSCRAM(context.Background(), "app", "")
		if err != nil || len(p.Changes) != 2 {
			t.Fatalf("%v, %+v: want both mechanisms", err, p)
		}
	}
}

func TestAuditLog(t *testing.T) {
	cluster := fakeCluster(t)
	path := filepath.Join(t.TempDir(), "deep", "audit.jsonl")
	c := connect(t, config.Cluster{Name: "lab", Brokers: cluster.ListenAddrs()}, kafka.WithAudit(kafka.NewAuditFile(path)))
	a, ctx := admin(t, c), context.Background()
	p, err := a.CreateTopics(ctx, kafka.NewTopic{Name: "orders", Partitions: 1, Replicas: 1})
	apply(t, p, err)
	p, err = a.DeleteTopics(ctx, "nope")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Apply(ctx); err == nil {
		t.Error("no error for a topic that is not there")
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var entries []map[string]any
	for line := range bytes.Lines(raw) {
		var e map[string]any
		if err := json.Unmarshal(line, &e); err != nil {
			t.Fatal(err)
		}
		entries = append(entries, e)
	}
	if len(entries) != 4 || entries[0]["phase"] != "begin" || entries[0]["plan"] == nil || entries[1]["phase"] != "end" ||
		entries[1]["title"] != "create topic orders" || entries[1]["failed"] != 0.0 || entries[3]["failed"] != 1.0 ||
		!strings.Contains(string(raw), "there is no such topic") || entries[0]["cluster"] != "lab" || entries[0]["principal"] != "anonymous" {
		t.Errorf("%s", raw)
	}
	// Where the log cannot be written, nothing is changed.
	c = connect(t, config.Cluster{Name: "lab", Brokers: cluster.ListenAddrs()}, kafka.WithAudit(kafka.NewAuditFile(filepath.Join(path, "not-a-dir", "x"))))
	p, err = admin(t, c).DeleteTopics(ctx, "orders")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.Apply(ctx); kafka.KindOf(err) != kafka.Refused {
		t.Errorf("%v, want refused", err)
	}
	if topics, _ := c.TopicMetadata(ctx, "orders"); topics[0].Err != nil {
		t.Error("the topic was deleted without a record of it")
	}
}

func TestProducer(t *testing.T) {
	_, c := fake(t, kfake.SeedTopics(3, "orders"))
	p, err := c.Producer(kafka.ProducerOptions{Compression: "zstd"})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	got := p.Produce(context.Background(),
		kafka.NewRecord{Topic: "orders", Partition: 2, Value: []byte("a"), Headers: []kafka.Header{{Key: "h"}, {Key: "h"}}},
		kafka.NewRecord{Topic: "orders", Partition: -1, Key: []byte("foobar"), Value: []byte("b")},
		kafka.NewRecord{Topic: "orders", Partition: 9, Value: []byte("c")},
	)
	if got[0].Err != nil || got[0].Partition != 2 || got[0].Offset != 0 {
		t.Errorf("its own partition: %+v", got[0])
	}
	// Java's murmur2 of "foobar" is -790332482: (hash & 0x7fffffff) % 3 == 1.
	if got[1].Err != nil || got[1].Partition != (-790332482&0x7fffffff)%3 {
		t.Errorf("by its key: %+v", got[1])
	}
	if got[2].Err == nil {
		t.Errorf("a partition that is not there: %+v", got[2])
	}
	for _, bad := range []kafka.ProducerOptions{{Acks: "some"}, {Compression: "zip"}} {
		if _, err := c.Producer(bad); kafka.KindOf(err) != kafka.Invalid {
			t.Errorf("%+v: %v, want invalid", bad, err)
		}
	}
}
