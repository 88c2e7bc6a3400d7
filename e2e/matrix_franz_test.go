package e2e

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
	"github.com/twmb/franz-go/pkg/sr"

	"kconsole/kafka/config"
	"kconsole/kafka/kafkatest"
)

// franz is franz-go at work on the matrix.
type franz struct {
	t     *testing.T
	c     *kafkatest.Cluster
	cl    *kgo.Client
	adm   *kadm.Client
	topic string
}

// franzLimit bounds one step of it.
const franzLimit = 30 * time.Second

func unless(ok bool, format string, args ...any) error {
	if ok {
		return nil
	}
	return fmt.Errorf(format, args...)
}

// franzMatrix runs franz-go: kgo, kadm and sr.
func franzMatrix(t *testing.T, c *kafkatest.Cluster) outcomes {
	f := &franz{t: t, c: c, topic: "matrix-franz"}
	f.cl = c.Client(t, kgo.DefaultProduceTopic(f.topic))
	f.adm = kadm.NewClient(f.cl)
	got := outcomes{}
	for _, step := range []struct {
		api string
		run func(context.Context) error
	}{
		{apiVersions, f.versions},
		{apiMetadata, f.cluster},
		{apiQuorum, f.quorum},
		{apiFeatures, f.features},
		{apiUnregister, f.unregister},
		{apiVoters, f.voters},
		{apiCreateTopics, f.createTopics},
		{apiDescribeTopics, f.describeTopics},
		{apiCreatePartitions, f.createPartitions},
		{apiTopicConfigs, f.topicConfigs},
		{apiBrokerConfigs, f.brokerConfigs},
		{apiProduce, f.produce},
		{apiFetch, f.fetch},
		{apiListOffsets, f.listOffsets},
		{apiTransactions, f.transactions},
		{apiTxnOffsets, f.transactionOffsets},
		{apiListTransactions, f.listTransactions},
		{apiDescribeProducers, f.describeProducers},
		{apiClassicGroup, func(ctx context.Context) error { return f.group(ctx, f.topic+"-g") }},
		{apiConsumerGroup, func(ctx context.Context) error {
			return f.group(context.WithValue(ctx, "opt_in_kafka_next_gen_balancer_beta", true), f.topic+"-n") //nolint:staticcheck // franz-go's own key
		}},
		{apiListGroups, f.listGroups},
		{apiDescribeGroups, f.describeGroups},
		{apiCommitOffsets, f.commitOffsets},
		{apiDeleteOffsets, f.deleteOffsets},
		{apiDeleteGroups, f.deleteGroups},
		{apiCreateACLs, f.createACLs},
		{apiDescribeACLs, f.describeACLs},
		{apiDeleteACLs, f.deleteACLs},
		{apiAlterSCRAM, func(ctx context.Context) error { return f.alterSCRAM(ctx, 4096) }},
		{apiAlterSCRAMMore, func(ctx context.Context) error { return f.alterSCRAM(ctx, 8192) }},
		{apiDescribeSCRAM, f.describeSCRAM},
		{apiAlterQuotas, f.alterQuotas},
		{apiDescribeQuotas, f.describeQuotas},
		{apiTokens, f.tokens},
		{apiLogDirs, f.logDirs},
		{apiReassign, f.reassign},
		{apiListReassignments, f.listReassignments},
		{apiElectLeaders, f.electLeaders},
		{apiDeleteRecords, f.deleteRecords},
		{apiDeleteTopics, f.deleteTopics},
		{apiRegister, f.register},
		{apiCompatibility, f.compatibility},
		{apiSchemaDelete, f.schemaDelete},
	} {
		ctx, cancel := context.WithTimeout(t.Context(), franzLimit)
		got.add(step.api, step.run(ctx))
		cancel()
	}
	return got
}

func (f *franz) versions(ctx context.Context) error {
	found, err := f.adm.ApiVersions(ctx)
	if err != nil {
		return err
	}
	keys := 0
	found.Each(func(b kadm.BrokerApiVersions) {
		if b.Err == nil {
			keys += len(slices.Collect(keysOf(b)))
		}
	})
	return unless(len(found) == 3 && keys > 3*40, "%d brokers with %d keys", len(found), keys)
}

func keysOf(b kadm.BrokerApiVersions) func(func(int16) bool) {
	return func(yield func(int16) bool) {
		for key := range int16(200) {
			if _, ok := b.KeyMaxVersion(key); ok && !yield(key) {
				return
			}
		}
	}
}

func (f *franz) cluster(ctx context.Context) error {
	found, err := f.adm.BrokerMetadata(ctx)
	if err != nil {
		return err
	}
	resp, err := kmsg.NewPtrDescribeClusterRequest().RequestWith(ctx, f.cl)
	if err != nil {
		return err
	}
	return unless(len(found.Brokers) == 3 && len(resp.Brokers) == 3 && found.Cluster == resp.ClusterID, "%+v, %+v", found, resp)
}

func (f *franz) quorum(ctx context.Context) error {
	req := kmsg.NewPtrDescribeQuorumRequest()
	rt := kmsg.NewDescribeQuorumRequestTopic()
	rt.Topic = "__cluster_metadata"
	rt.Partitions = []kmsg.DescribeQuorumRequestTopicPartition{{}}
	req.Topics = append(req.Topics, rt)
	resp, err := req.RequestWith(ctx, f.cl)
	if err != nil {
		return err
	}
	if err := kerr.ErrorForCode(resp.ErrorCode); err != nil {
		return err
	}
	return unless(len(resp.Topics) == 1 && len(resp.Topics[0].Partitions[0].CurrentVoters) == 3, "%+v", resp)
}

func (f *franz) features(ctx context.Context) error {
	req := kmsg.NewPtrApiVersionsRequest()
	req.ClientSoftwareName, req.ClientSoftwareVersion = "kconsole", "1"
	resp, err := req.RequestWith(ctx, f.cl)
	if err != nil {
		return err
	}
	return unless(len(resp.FinalizedFeatures) > 0, "no features in %+v", resp)
}

// unserved sends a request of an API that the cluster may not have.
func (f *franz) unserved(ctx context.Context, req kmsg.Request) error {
	_, err := f.cl.Request(ctx, req)
	return err
}

func (f *franz) unregister(ctx context.Context) error {
	req := kmsg.NewPtrUnregisterBrokerRequest()
	req.BrokerID = 3
	return f.unserved(ctx, req)
}

func (f *franz) voters(ctx context.Context) error {
	return f.unserved(ctx, kmsg.NewPtrRemoveRaftVoterRequest())
}

func (f *franz) tokens(ctx context.Context) error {
	return f.unserved(ctx, kmsg.NewPtrCreateDelegationTokenRequest())
}

func (f *franz) createTopics(ctx context.Context) error {
	_, err := f.adm.CreateTopic(ctx, 3, 3, map[string]*string{"min.insync.replicas": kadm.StringPtr("2")}, f.topic)
	if err != nil {
		return err
	}
	_, err = f.adm.CreateTopic(ctx, 1, 2, nil, f.topic+"-b")
	return err
}

func (f *franz) describeTopics(ctx context.Context) error {
	found, err := f.adm.Metadata(kadm.WithAuthorizedOps(ctx), f.topic)
	if err != nil {
		return err
	}
	for _, p := range found.Topics[f.topic].Partitions {
		if p.Leader < 1 || len(p.ISR) != 3 {
			return fmt.Errorf("%+v", p)
		}
	}
	return unless(len(found.Topics[f.topic].Partitions) == 3, "%+v", found)
}

func (f *franz) createPartitions(ctx context.Context) error {
	resp, err := f.adm.UpdatePartitions(ctx, 4, f.topic)
	if err != nil {
		return err
	}
	return resp.Error()
}

func (f *franz) topicConfigs(ctx context.Context) error {
	const key, value = "retention.ms", "80000000"
	resp, err := f.adm.AlterTopicConfigs(ctx, []kadm.AlterConfig{{Op: kadm.SetConfig, Name: key, Value: kadm.StringPtr(value)}}, f.topic)
	if err == nil {
		_, err = resp.On(f.topic, func(r *kadm.AlterConfigsResponse) error { return r.Err })
	}
	if err != nil {
		return err
	}
	found, err := f.adm.DescribeTopicConfigs(ctx, f.topic)
	if err != nil {
		return err
	}
	return has(found, f.topic, key, value)
}

func has(found kadm.ResourceConfigs, name, key, value string) error {
	one, err := found.On(name, func(r *kadm.ResourceConfig) error { return r.Err })
	if err != nil {
		return err
	}
	for _, c := range one.Configs {
		if c.Key == key && c.MaybeValue() == value {
			return nil
		}
	}
	return fmt.Errorf("%s is not %s: %+v", key, value, one.Configs)
}

func (f *franz) brokerConfigs(ctx context.Context) error {
	const key, value = "log.retention.ms", "80000000"
	resp, err := f.adm.AlterBrokerConfigs(ctx, []kadm.AlterConfig{{Op: kadm.SetConfig, Name: key, Value: kadm.StringPtr(value)}}, 1)
	if err == nil {
		_, err = resp.On("1", func(r *kadm.AlterConfigsResponse) error { return r.Err })
	}
	if err != nil {
		return err
	}
	found, err := f.adm.DescribeBrokerConfigs(ctx, 1)
	if err != nil {
		return err
	}
	return has(found, "1", key, value)
}

func (f *franz) produce(ctx context.Context) error {
	var records []*kgo.Record
	for i := range 300 {
		records = append(records, &kgo.Record{Key: fmt.Appendf(nil, "k%d", i%17), Value: fmt.Appendf(nil, "v%d", i)})
	}
	return f.cl.ProduceSync(ctx, records...).FirstErr()
}

// read polls until n records have come.
func read(ctx context.Context, cl *kgo.Client, n int) ([]*kgo.Record, error) {
	var got []*kgo.Record
	for len(got) < n {
		fetches := cl.PollFetches(ctx)
		if err := fetches.Err(); err != nil {
			return got, fmt.Errorf("%d of %d records: %w", len(got), n, err)
		}
		got = append(got, fetches.Records()...)
	}
	return got, nil
}

func fromStart() kgo.Opt { return kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()) }

func (f *franz) fetch(ctx context.Context) error {
	got, err := read(ctx, f.c.Client(f.t, kgo.ConsumeTopics(f.topic), fromStart()), 300)
	if err != nil {
		return err
	}
	return unless(len(got) == 300, "%d records", len(got))
}

func (f *franz) listOffsets(ctx context.Context) error {
	sum := int64(0)
	ends, err := f.adm.ListEndOffsets(ctx, f.topic)
	if err != nil {
		return err
	}
	ends.Each(func(o kadm.ListedOffset) { sum += o.Offset })
	starts, err := f.adm.ListStartOffsets(ctx, f.topic)
	if err != nil {
		return err
	}
	after, err := f.adm.ListOffsetsAfterMilli(ctx, 1, f.topic)
	if err != nil {
		return err
	}
	_, err = f.adm.ListMaxTimestampOffsets(ctx, f.topic)
	return errors.Join(err, ends.Error(), starts.Error(), after.Error(), unless(sum == 300, "%d records", sum))
}

func (f *franz) transactional(id string, more ...kgo.Opt) *kgo.Client {
	return f.c.Client(f.t, append(more, kgo.TransactionalID(f.topic+id), kgo.DefaultProduceTopic(f.topic+"-b"))...)
}

func (f *franz) transactions(ctx context.Context) error {
	cl := f.transactional("-tx")
	for _, end := range []kgo.TransactionEndTry{kgo.TryAbort, kgo.TryCommit} {
		if err := cl.BeginTransaction(); err != nil {
			return err
		}
		if err := cl.ProduceSync(ctx, kgo.StringRecord(fmt.Sprint(bool(end)))).FirstErr(); err != nil {
			return err
		}
		if err := cl.EndTransaction(ctx, end); err != nil {
			return err
		}
	}
	reader := f.c.Client(f.t, kgo.ConsumeTopics(f.topic+"-b"), fromStart(), kgo.FetchIsolationLevel(kgo.ReadCommitted()))
	got, err := read(ctx, reader, 1)
	if err != nil {
		return err
	}
	return unless(len(got) == 1 && string(got[0].Value) == "true", "read %s", got[0].Value)
}

func (f *franz) transactionOffsets(ctx context.Context) error {
	opts, group := []kgo.Opt{kgo.ConsumerGroup(f.topic + "-rcp"), kgo.ConsumeTopics(f.topic), fromStart()}, f.topic+"-rcp"
	cfg := append(f.clientOpts(), append(opts, kgo.TransactionalID(f.topic+"-tx2"), kgo.DefaultProduceTopic(f.topic+"-b"), kgo.FetchIsolationLevel(kgo.ReadCommitted()))...)
	session, err := kgo.NewGroupTransactSession(cfg...)
	if err != nil {
		return err
	}
	defer session.Close()
	got := 0
	for got < 300 {
		fetches := session.PollFetches(ctx)
		if err := fetches.Err(); err != nil {
			return err
		}
		got += fetches.NumRecords()
		if err := session.Begin(); err != nil {
			return err
		}
		if err := session.ProduceSync(ctx, kgo.StringRecord("copied")).FirstErr(); err != nil {
			return err
		}
		if ok, err := session.End(ctx, kgo.TryCommit); err != nil || !ok {
			return fmt.Errorf("committed: %v, %w", ok, err)
		}
	}
	offsets, err := f.adm.FetchOffsets(ctx, group)
	if err != nil {
		return err
	}
	sum := int64(0)
	offsets.Each(func(o kadm.OffsetResponse) { sum += o.At })
	return unless(sum == 300, "offsets add up to %d", sum)
}

func (f *franz) listTransactions(ctx context.Context) error {
	found, err := f.adm.ListTransactions(ctx, nil, nil)
	if err != nil {
		return err
	}
	one, err := f.adm.DescribeTransactions(ctx, f.topic+"-tx")
	if err != nil {
		return err
	}
	return unless(found[f.topic+"-tx"].State == "CompleteCommit" && one[f.topic+"-tx"].State == "CompleteCommit", "%+v, %+v", found, one)
}

func (f *franz) describeProducers(ctx context.Context) error {
	set := kadm.TopicsSet{}
	set.Add(f.topic, 0, 1, 2, 3)
	found, err := f.adm.DescribeProducers(ctx, set)
	if err != nil {
		return err
	}
	n := 0
	found.EachProducer(func(kadm.DescribedProducer) { n++ })
	return unless(n > 0, "no producers: %+v", found)
}

func franzSchema(fields string) sr.Schema {
	return sr.Schema{Schema: `{"type":"record","name":"FranzMatrix","fields":[{"name":"id","type":"long"}` + fields + `]}`}
}

func (f *franz) register(ctx context.Context) error {
	reg, subject := f.c.Registry(f.t), f.topic+"-value"
	one, err := reg.CreateSchema(ctx, subject, franzSchema(""))
	if err != nil {
		return err
	}
	if _, err := reg.CreateSchema(ctx, subject, franzSchema(`,{"name":"note","type":["null","string"],"default":null}`)); err != nil {
		return err
	}
	versions, err := reg.SubjectVersions(ctx, subject)
	if err != nil {
		return err
	}
	found, err := reg.LookupSchema(ctx, subject, franzSchema(""))
	if err != nil {
		return err
	}
	return unless(slices.Equal(versions, []int{1, 2}) && found.ID == one.ID, "versions %v, id %d and %d", versions, one.ID, found.ID)
}

func (f *franz) compatibility(ctx context.Context) error {
	reg, subject := f.c.Registry(f.t), f.topic+"-value"
	for _, r := range reg.SetCompatibility(ctx, sr.SetCompatibility{Level: sr.CompatBackward}, subject) {
		if r.Err != nil {
			return r.Err
		}
	}
	bad := franzSchema(`,{"name":"total","type":"double"}`)
	verdict, err := reg.CheckCompatibility(ctx, subject, -1, bad)
	if err != nil {
		return err
	}
	_, err = reg.CreateSchema(ctx, subject, bad)
	var refused *sr.ResponseError
	return unless(!verdict.Is && errors.As(err, &refused) && refused.StatusCode == http.StatusConflict, "%+v, %v", verdict, err)
}

func (f *franz) schemaDelete(ctx context.Context) error {
	reg, subject := f.c.Registry(f.t), f.topic+"-value"
	soft, err := reg.DeleteSubject(ctx, subject, sr.SoftDelete)
	if err != nil {
		return err
	}
	hard, err := reg.DeleteSubject(ctx, subject, sr.HardDelete)
	if err != nil {
		return err
	}
	return unless(len(soft) == 2 && len(hard) == 2, "soft %v, hard %v", soft, hard)
}

func (f *franz) clientOpts() []kgo.Opt {
	opts, err := config.KgoOptions(f.c.Config)
	if err != nil {
		f.t.Fatal(err)
	}
	return opts
}
