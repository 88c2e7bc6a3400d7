package embedded_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"kconsole/compose/embedded"
)

// TestAdmin shares one cluster: what administrators ask for.
func TestAdmin(t *testing.T) {
	c := start(t, func(cfg *embedded.Config) { cfg.Timing.ReplicationRate = 1 << 20 })
	cl := client(t, c)
	adm := kadmOf(cl)
	for name, test := range map[string]func(*testing.T, *embedded.Cluster, *kgo.Client, *kadm.Client){
		"topics":            adminTopics,
		"configurations":    adminConfigs,
		"reassignment":      adminReassign,
		"log directories":   adminLogDirs,
		"quorum":            adminQuorum,
		"users":             adminUsers,
		"quotas":            adminQuotas,
		"delete records":    adminDeleteRecords,
		"api versions":      adminAPIVersions,
		"denied to a guest": adminDenied,
	} {
		t.Run(name, func(t *testing.T) { test(t, c, cl, adm) })
	}
}

func adminTopics(t *testing.T, _ *embedded.Cluster, cl *kgo.Client, adm *kadm.Client) {
	create := func(name string, parts int32, rf int16, configs map[string]*string) error {
		r, err := adm.CreateTopic(ctx(t), parts, rf, configs, name)
		return errors.Join(err, r.Err)
	}
	for _, bad := range []struct {
		name  string
		parts int32
		rf    int16
		cfg   map[string]*string
		want  *kerr.Error
	}{
		{"a b", 1, 1, nil, kerr.InvalidTopicException},
		{"..", 1, 1, nil, kerr.InvalidTopicException},
		{"../../x", 1, 1, nil, kerr.InvalidTopicException},
		{"t1", 1, 4, nil, kerr.InvalidReplicationFactor},
		{"t1", 0, 1, nil, kerr.InvalidPartitions},
		{"t1", -5, 1, nil, kerr.InvalidPartitions},
		{"t1", 1, 0, nil, kerr.InvalidReplicationFactor},
		{"t1", 1, 1, map[string]*string{"retention.msec": kadm.StringPtr("1")}, kerr.InvalidConfig},
		{"t1", 1, 1, map[string]*string{"retention.ms": kadm.StringPtr("soon")}, kerr.InvalidConfig},
		{"t1", 1, 1, map[string]*string{"cleanup.policy": kadm.StringPtr("shred")}, kerr.InvalidConfig},
		{"t1", 1, 1, map[string]*string{"min.insync.replicas": kadm.StringPtr("0")}, kerr.InvalidConfig},
	} {
		if err := create(bad.name, bad.parts, bad.rf, bad.cfg); !errors.Is(err, bad.want) {
			t.Errorf("create %q %d x %d %v: %v, want %v", bad.name, bad.parts, bad.rf, bad.cfg, err, bad.want)
		}
	}
	if err := create("t1", -1, -1, nil); err != nil {
		t.Fatal(err)
	}
	if err := create("t1", 1, 1, nil); !errors.Is(err, kerr.TopicAlreadyExists) {
		t.Errorf("twice: %v", err)
	}
	md := metadataNow(t, cl, "t1")
	if len(md.parts["t1"]) != 1 || len(md.parts["t1"][0].Replicas) != 3 {
		t.Errorf("defaults: %+v", md.parts["t1"])
	}
	if _, err := adm.CreatePartitions(ctx(t), 3, "t1"); err != nil {
		t.Fatal(err)
	}
	if md = metadataNow(t, cl, "t1"); len(md.parts["t1"]) != 4 {
		t.Errorf("after growing: %+v", md.parts["t1"])
	}
	for index, p := range md.parts["t1"] {
		if len(p.Replicas) != 3 || p.Leader != p.Replicas[0] {
			t.Errorf("partition %d: %+v", index, p)
		}
	}
	if r, err := adm.UpdatePartitions(ctx(t), 2, "t1"); err != nil || !errors.Is(r["t1"].Err, kerr.InvalidPartitions) {
		t.Errorf("shrinking: %v %v", r, err)
	}
	r, err := adm.DeleteTopic(ctx(t), "t1")
	if err = errors.Join(err, r.Err); err != nil {
		t.Fatal(err)
	}
	if md = metadataNow(t, cl, "t1"); md.codes["t1"] != kerr.UnknownTopicOrPartition.Code {
		t.Errorf("after deletion: %v", md.codes)
	}
	// By hand: these replicas, in this order.
	req := kmsg.NewPtrCreateTopicsRequest()
	rt := kmsg.NewCreateTopicsRequestTopic()
	rt.Topic, rt.NumPartitions, rt.ReplicationFactor = "manual", -1, -1
	for i, replicas := range [][]int32{{3, 1}, {2, 3}} {
		a := kmsg.NewCreateTopicsRequestTopicReplicaAssignment()
		a.Partition, a.Replicas = int32(i), replicas
		rt.ReplicaAssignment = append(rt.ReplicaAssignment, a)
	}
	req.Topics = append(req.Topics, rt)
	resp, err := req.RequestWith(ctx(t), cl)
	if err != nil || resp.Topics[0].ErrorCode != 0 {
		t.Fatalf("by hand: %v %+v", err, resp)
	}
	md = metadataNow(t, cl, "manual")
	if p := md.parts["manual"]; !slices.Equal(p[0].Replicas, []int32{3, 1}) || p[0].Leader != 3 || p[1].Leader != 2 {
		t.Errorf("by hand: %+v", p)
	}
}

func adminConfigs(t *testing.T, _ *embedded.Cluster, cl *kgo.Client, adm *kadm.Client) {
	createTopic(t, adm, "conf", 1, 3, map[string]*string{"retention.ms": kadm.StringPtr("1000")})
	get := func(name string) kadm.Config {
		t.Helper()
		rcs, err := adm.DescribeTopicConfigs(ctx(t), "conf")
		if err != nil {
			t.Fatal(err)
		}
		rc, err := rcs.On("conf", nil)
		if err = errors.Join(err, rc.Err); err != nil {
			t.Fatal(err)
		}
		for _, c := range rc.Configs {
			if c.Key == "kfake.is_internal" {
				t.Error("an engine's configuration is shown")
			}
			if c.Key == name {
				return c
			}
		}
		t.Fatalf("no configuration %s", name)
		return kadm.Config{}
	}
	is := func(name, value string, source kmsg.ConfigSource) {
		t.Helper()
		if c := get(name); c.MaybeValue() != value || c.Source != source {
			t.Errorf("%s = %q from %v, want %q from %v", name, c.MaybeValue(), c.Source, value, source)
		}
	}
	is("retention.ms", "1000", kmsg.ConfigSourceDynamicTopicConfig)
	is("segment.ms", "604800000", kmsg.ConfigSourceDefaultConfig)
	is("min.insync.replicas", "1", kmsg.ConfigSourceStaticBrokerConfig)
	alter := func(op kadm.IncrementalOp, name, value string) error {
		r, err := adm.AlterTopicConfigs(ctx(t), []kadm.AlterConfig{{Op: op, Name: name, Value: &value}}, "conf")
		if err == nil {
			err = r[0].Err
		}
		return err
	}
	if err := alter(kadm.SetConfig, "retention.mss", "1"); !errors.Is(err, kerr.InvalidConfig) {
		t.Errorf("unknown name: %v", err)
	}
	if err := alter(kadm.SetConfig, "retention.ms", "x"); !errors.Is(err, kerr.InvalidConfig) {
		t.Errorf("bad value: %v", err)
	}
	if err := alter(kadm.AppendConfig, "cleanup.policy", "compact"); err != nil {
		t.Error(err)
	}
	is("cleanup.policy", "delete,compact", kmsg.ConfigSourceDynamicTopicConfig)
	if err := alter(kadm.SubtractConfig, "cleanup.policy", "delete"); err != nil {
		t.Error(err)
	}
	is("cleanup.policy", "compact", kmsg.ConfigSourceDynamicTopicConfig)
	if err := alter(kadm.DeleteConfig, "retention.ms", ""); err != nil {
		t.Error(err)
	}
	is("retention.ms", "604800000", kmsg.ConfigSourceDefaultConfig)

	// Brokers: one for itself, and all of them.
	set := func(op kadm.IncrementalOp, name, value string, brokers ...int32) error {
		r, err := adm.AlterBrokerConfigs(ctx(t), []kadm.AlterConfig{{Op: op, Name: name, Value: &value}}, brokers...)
		if err == nil {
			err = r[0].Err
		}
		return err
	}
	broker := func(id int32, name string) kadm.Config {
		rcs, err := adm.DescribeBrokerConfigs(ctx(t), id)
		if err != nil {
			t.Fatal(err)
		}
		rc, err := rcs.On(fmt.Sprint(id), nil)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range rc.Configs {
			if c.Key == name {
				return c
			}
		}
		t.Fatalf("broker %d has no %s", id, name)
		return kadm.Config{}
	}
	if err := set(kadm.SetConfig, "log.retention.ms", "3600000"); err != nil {
		t.Error(err)
	}
	is("retention.ms", "3600000", kmsg.ConfigSourceDynamicDefaultBrokerConfig)
	if err := set(kadm.DeleteConfig, "log.retention.ms", ""); err != nil {
		t.Error(err)
	}
	if err := set(kadm.SetConfig, "num.io.threads", "4", 2); err != nil {
		t.Error(err)
	}
	if c := broker(2, "num.io.threads"); c.MaybeValue() != "4" || c.Source != kmsg.ConfigSourceDynamicBrokerConfig {
		t.Errorf("broker 2: %+v", c)
	}
	if c := broker(3, "num.io.threads"); c.MaybeValue() != "8" || c.Source != kmsg.ConfigSourceDefaultConfig {
		t.Errorf("broker 3: %+v", c)
	}
	if c := broker(3, "broker.id"); c.MaybeValue() != "3" {
		t.Errorf("broker 3: %+v", c)
	}
	if err := set(kadm.SetConfig, "broker.rack", "x", 2); !errors.Is(err, kerr.InvalidRequest) {
		t.Errorf("read-only: %v", err)
	}
	if err := set(kadm.SetConfig, "num.io.thread", "4"); !errors.Is(err, kerr.InvalidConfig) {
		t.Errorf("unknown: %v", err)
	}
	// The old API replaces everything.
	state, err := adm.AlterTopicConfigsState(ctx(t), []kadm.AlterConfig{{Name: "segment.ms", Value: kadm.StringPtr("60000")}}, "conf")
	if err != nil || state[0].Err != nil {
		t.Errorf("state: %v %+v", err, state)
	}
	is("segment.ms", "60000", kmsg.ConfigSourceDynamicTopicConfig)
	is("cleanup.policy", "delete", kmsg.ConfigSourceDefaultConfig)
	if err := alter(kadm.SetConfig, "min.insync.replicas", "3"); err != nil {
		t.Error(err)
	}
	is("min.insync.replicas", "3", kmsg.ConfigSourceDynamicTopicConfig)
}

func adminReassign(t *testing.T, c *embedded.Cluster, cl *kgo.Client, adm *kadm.Client) {
	events, end := c.Subscribe(0)
	defer end()
	createTopic(t, adm, "moving", 1, 1, nil)
	from := metadataNow(t, cl, "moving").parts["moving"][0].Replicas[0]
	to := from%3 + 1
	big := client(t, c, kgo.ProducerBatchMaxBytes(900_000), kgo.ProducerBatchCompression(kgo.NoCompression()))
	for range 4 {
		if err := big.ProduceSync(ctx(t), &kgo.Record{Topic: "moving", Value: make([]byte, 800_000)}).FirstErr(); err != nil {
			t.Fatal(err)
		}
	}
	var req kadm.AlterPartitionAssignmentsReq
	req.Assign("moving", 0, []int32{to})
	r, err := adm.AlterPartitionAssignments(ctx(t), req)
	if err = errors.Join(err, r.Error()); err != nil {
		t.Fatal(err)
	}
	list, err := kmsg.NewPtrListPartitionReassignmentsRequest().RequestWith(ctx(t), cl) // all there are
	if err != nil {
		t.Fatal(err)
	}
	if len(list.Topics) != 1 || !slices.Equal(list.Topics[0].Partitions[0].AddingReplicas, []int32{to}) || !slices.Equal(list.Topics[0].Partitions[0].RemovingReplicas, []int32{from}) {
		t.Errorf("while it moves: %+v", list)
	}
	md := metadataNow(t, cl, "moving").parts["moving"][0]
	if !slices.Equal(md.Replicas, []int32{to, from}) || !slices.Equal(md.ISR, []int32{from}) || md.Leader != from {
		t.Errorf("while it moves: %+v", md)
	}
	progress := false
	eventually(t, "the move ends", func() error {
		if size, lag := replicaSize(t, adm, to, "moving"); size > 0 && size < 3_200_000 && lag > 0 {
			progress = true
		}
		p := metadataNow(t, cl, "moving").parts["moving"][0]
		if p.Leader != to || !slices.Equal(p.Replicas, []int32{to}) || !slices.Equal(p.ISR, []int32{to}) {
			return fmt.Errorf("%+v", p)
		}
		return nil
	})
	if !progress {
		t.Error("log directories never showed the copying under way")
	}
	if got := readAll(t, c, "moving"); len(got) != 4 {
		t.Errorf("%d records after the move", len(got))
	}
	req = kadm.AlterPartitionAssignmentsReq{}
	req.CancelAssign("moving", 0)
	if r, _ := adm.AlterPartitionAssignments(ctx(t), req); !errors.Is(r["moving"][0].Err, kerr.NoReassignmentInProgress) {
		t.Errorf("cancel of nothing: %+v", r)
	}
	req = kadm.AlterPartitionAssignmentsReq{}
	req.Assign("moving", 0, []int32{9})
	if r, _ := adm.AlterPartitionAssignments(ctx(t), req); !errors.Is(r["moving"][0].Err, kerr.InvalidReplicaAssignment) {
		t.Errorf("unknown broker: %+v", r)
	}
	// Start once more, and cancel.
	req = kadm.AlterPartitionAssignmentsReq{}
	req.Assign("moving", 0, []int32{from})
	if r, err := adm.AlterPartitionAssignments(ctx(t), req); errors.Join(err, r.Error()) != nil {
		t.Fatal(r)
	}
	req = kadm.AlterPartitionAssignmentsReq{}
	req.CancelAssign("moving", 0)
	if r, err := adm.AlterPartitionAssignments(ctx(t), req); errors.Join(err, r.Error()) != nil {
		t.Fatal(r)
	}
	if p := metadataNow(t, cl, "moving").parts["moving"][0]; !slices.Equal(p.Replicas, []int32{to}) {
		t.Errorf("after the cancel: %+v", p)
	}
	for _, kind := range []string{"reassignment started", "reassignment finished", "reassignment cancelled"} {
		waitEvent(t, events, kind)
	}
}

func waitEvent(t *testing.T, events <-chan embedded.Event, kind string) embedded.Event {
	t.Helper()
	timer := time.NewTimer(2 * time.Minute)
	defer timer.Stop()
	for {
		select {
		case e := <-events:
			if string(e.Kind) == kind {
				return e
			}
		case <-timer.C:
			t.Fatalf("no event %q", kind)
		}
	}
}

func replicaSize(t *testing.T, adm *kadm.Client, broker int32, topic string) (size, lag int64) {
	t.Helper()
	all, err := adm.DescribeBrokerLogDirs(ctx(t), broker, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, d := range all {
		for _, p := range d.Topics[topic] {
			return p.Size, p.OffsetLag
		}
	}
	return 0, 0
}

func adminLogDirs(t *testing.T, _ *embedded.Cluster, cl *kgo.Client, adm *kadm.Client) {
	createTopic(t, adm, "dirs", 2, 2, nil)
	produceN(t, cl, "dirs", 50)
	md := metadataNow(t, cl, "dirs").parts["dirs"]
	var where string
	for id := range int32(3) {
		dirs, err := adm.DescribeBrokerLogDirs(ctx(t), id+1, nil)
		if err != nil {
			t.Fatal(err)
		}
		if len(dirs) != 2 {
			t.Errorf("broker %d: %d directories", id+1, len(dirs))
		}
		for index, p := range md {
			found := 0
			for path, d := range dirs {
				if lp, ok := d.Topics["dirs"][index]; ok {
					found++
					where = path
					if lp.Size == 0 {
						t.Errorf("broker %d partition %d has no size", id+1, index)
					}
				}
			}
			if want := slices.Contains(p.Replicas, id+1); (found == 1) != want {
				t.Errorf("broker %d has partition %d in %d directories; replicas %v", id+1, index, found, p.Replicas)
			}
		}
	}
	_ = where
	id := md[0].Replicas[0]
	dirs, err := adm.DescribeBrokerLogDirs(ctx(t), id, nil)
	if err != nil {
		t.Fatal(err)
	}
	var target string
	for path, d := range dirs {
		if _, ok := d.Topics["dirs"][0]; !ok {
			target = path
		}
	}
	var req kadm.AlterReplicaLogDirsReq
	req.Add(target, kadm.TopicsSet{"dirs": {0: {}}})
	r, err := adm.AlterBrokerReplicaLogDirs(ctx(t), id, req)
	if err != nil {
		t.Fatal(err)
	}
	r.Each(func(r kadm.AlterReplicaLogDirsResponse) {
		if r.Err != nil {
			t.Errorf("move to %s: %v", target, r.Err)
		}
	})
	if dirs, _ = adm.DescribeBrokerLogDirs(ctx(t), id, nil); len(dirs[target].Topics["dirs"]) == 0 {
		t.Errorf("nothing in %s", target)
	}
}

func adminQuorum(t *testing.T, _ *embedded.Cluster, cl *kgo.Client, _ *kadm.Client) {
	req := kmsg.NewPtrDescribeQuorumRequest()
	rt := kmsg.NewDescribeQuorumRequestTopic()
	rt.Topic = "__cluster_metadata"
	rt.Partitions = append(rt.Partitions, kmsg.NewDescribeQuorumRequestTopicPartition())
	req.Topics = append(req.Topics, rt)
	resp, err := req.RequestWith(ctx(t), cl)
	if err != nil {
		t.Fatal(err)
	}
	p := resp.Topics[0].Partitions[0]
	if p.ErrorCode != 0 || p.LeaderID != metadataNow(t, cl).controller || len(p.CurrentVoters) != 3 {
		t.Errorf("quorum: %+v", p)
	}
}

func adminDeleteRecords(t *testing.T, _ *embedded.Cluster, cl *kgo.Client, adm *kadm.Client) {
	createTopic(t, adm, "trimmed", 3, 3, nil)
	produceN(t, cl, "trimmed", 90)
	ends, err := adm.ListEndOffsets(ctx(t), "trimmed")
	if err != nil {
		t.Fatal(err)
	}
	r, err := adm.DeleteRecords(ctx(t), ends.Offsets())
	if err = errors.Join(err, r.Error()); err != nil {
		t.Fatal(err)
	}
	starts, err := adm.ListStartOffsets(ctx(t), "trimmed")
	if err != nil {
		t.Fatal(err)
	}
	starts.Each(func(o kadm.ListedOffset) {
		if e, _ := ends.Lookup(o.Topic, o.Partition); e.Offset != o.Offset {
			t.Errorf("partition %d starts at %d and ends at %d", o.Partition, o.Offset, e.Offset)
		}
	})
}

func adminAPIVersions(t *testing.T, _ *embedded.Cluster, cl *kgo.Client, _ *kadm.Client) {
	resp, err := kmsg.NewPtrApiVersionsRequest().RequestWith(ctx(t), cl)
	if err != nil {
		t.Fatal(err)
	}
	has := map[int16]bool{}
	for _, k := range resp.ApiKeys {
		has[k.ApiKey] = true
	}
	for key, want := range map[kmsg.Key]bool{kmsg.Produce: true, kmsg.DescribeQuorum: true, kmsg.PushTelemetry: false, kmsg.WriteTxnMarkers: true} {
		if has[key.Int16()] != want {
			t.Errorf("%s advertised: %v", key.Name(), has[key.Int16()])
		}
	}
}

func adminDenied(t *testing.T, c *embedded.Cluster, cl *kgo.Client, adm *kadm.Client) {
	createTopic(t, adm, "secret", 1, 3, nil)
	guest := kadmOf(clientAs(t, c, "guest", "guest-secret"))
	ask := context.WithoutCancel(ctx(t))
	var move kadm.AlterPartitionAssignmentsReq
	move.Assign("secret", 0, []int32{1})
	for name, try := range map[string]func() error{
		"create topic": func() error { r, err := guest.CreateTopic(ask, 1, 1, nil, "mine"); return errors.Join(err, r.Err) },
		"bad topic":    func() error { r, err := guest.CreateTopic(ask, 1, 9, nil, "mine"); return errors.Join(err, r.Err) },
		"elect":        func() error { _, err := guest.ElectLeaders(ask, kadm.ElectPreferredReplica, nil); return err },
		"reassign":     func() error { _, err := guest.AlterPartitionAssignments(ask, move); return err },
		"log dirs":     func() error { _, err := guest.DescribeBrokerLogDirs(ask, 1, nil); return err },
		"broker configs": func() error {
			r, err := guest.AlterBrokerConfigs(ask, []kadm.AlterConfig{{Name: "num.io.threads", Value: kadm.StringPtr("3")}})
			if err == nil {
				err = r[0].Err
			}
			return err
		},
		"topic configs": func() error {
			r, err := guest.AlterTopicConfigs(ask, []kadm.AlterConfig{{Name: "bad", Value: kadm.StringPtr("3")}}, "secret")
			if err == nil {
				err = r[0].Err
			}
			return err
		},
		"users": func() error {
			r, err := guest.AlterUserSCRAMs(ask, nil, []kadm.UpsertSCRAM{{User: "x", Mechanism: kadm.ScramSha512, Iterations: 9000, Password: "y"}})
			return errors.Join(err, r.Error())
		},
	} {
		err := try()
		if !errors.Is(err, kerr.ClusterAuthorizationFailed) && !errors.Is(err, kerr.TopicAuthorizationFailed) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if md := metadataNow(t, cl, "secret", "mine"); md.codes["mine"] == 0 || len(md.parts["secret"][0].Replicas) != 3 {
		t.Errorf("something changed: %+v", md)
	}
}
