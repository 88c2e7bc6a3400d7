package embedded_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"kconsole/compose/embedded"
)

// TestConsistency breaks and mends the cluster at random, and after each step
// compares what all APIs that show the shape say. While a change is under way
// two answers may belong to two moments, so each comparison is repeated until
// the shape held still for its whole length.
func TestConsistency(t *testing.T) {
	c := start(t, func(cfg *embedded.Config) { cfg.Brokers = 5 })
	cl := client(t, c)
	adm := kadmOf(cl)
	for i, rf := range []int16{1, 2, 3, 5} {
		createTopic(t, adm, fmt.Sprintf("t%d", i), 5, rf, nil)
	}
	coordinatorOf(t, cl, 0, "some-group")
	rnd := rand.New(rand.NewPCG(5, 6))
	up := map[int32]bool{1: true, 2: true, 3: true, 4: true, 5: true}
	for step := range 40 {
		id := 1 + rnd.Int32N(5)
		var what string
		var err error
		switch n := rnd.IntN(10); {
		case n < 4 && up[id] && len(up) > 1:
			what = fmt.Sprintf("stop %d", id)
			err = c.Stop(id)
			delete(up, id)
		case n < 8 && !up[id]:
			what = fmt.Sprintf("start %d", id)
			err = c.StartBroker(id)
			up[id] = true
		case n == 8:
			what = "preferred leaders"
			_, err = adm.ElectLeaders(ctx(t), kadm.ElectPreferredReplica, nil)
		default:
			var req kadm.AlterPartitionAssignmentsReq
			perm := rnd.Perm(5)
			target := []int32{int32(perm[0] + 1), int32(perm[1] + 1)}
			what = fmt.Sprintf("move t2-0 to %v", target)
			req.Assign("t2", 0, target)
			_, err = adm.AlterPartitionAssignments(ctx(t), req)
		}
		if err != nil {
			t.Fatalf("step %d, %s: %v", step, what, err)
		}
		eventually(t, fmt.Sprintf("step %d, %s: the APIs agree", step, what), func() error { return agree(t, c, cl) })
	}
}

// errChanging says that the shape changed while it was compared.
var errChanging = errors.New("the shape does not hold still")

func agree(t *testing.T, c *embedded.Cluster, cl *kgo.Client) error {
	before, err := metadataErr(cl)
	if err != nil {
		return err
	}
	problem := compare(t, c, cl, before)
	after, err := metadataErr(cl)
	if err != nil {
		return err
	}
	if before.String() != after.String() {
		return errChanging
	}
	if problem != nil {
		t.Error(problem) // it held still, and they disagree
	}
	return nil
}

func compare(t *testing.T, c *embedded.Cluster, cl *kgo.Client, md shapeOf) error {
	t.Helper()
	dc, err := kmsg.NewPtrDescribeClusterRequest().RequestWith(ctx(t), cl)
	if err != nil {
		return err
	}
	if dc.ControllerID != md.controller || len(dc.Brokers) != len(md.brokers) {
		return fmt.Errorf("DescribeCluster: controller %d and %d brokers; Metadata: %d and %d", dc.ControllerID, len(dc.Brokers), md.controller, len(md.brokers))
	}
	var live []int32
	for _, b := range c.Brokers() {
		if _, there := md.brokers[b.ID]; there != b.Registered {
			return fmt.Errorf("broker %d: registered %v, in metadata %v", b.ID, b.Registered, there)
		}
		if b.Registered {
			live = append(live, b.ID)
		}
		if b.Controller != (b.ID == md.controller) {
			return fmt.Errorf("broker %d is the controller: %v", b.ID, b.Controller)
		}
	}
	for topic, parts := range md.parts {
		for index, p := range parts {
			if err := plausible(topic, index, p, live); err != nil {
				return err
			}
		}
	}
	if err := comparePages(t, cl, md); err != nil {
		return err
	}
	if err := compareLogDirs(t, cl, md, live); err != nil {
		return err
	}
	return compareLeaders(t, cl, md)
}

// plausible holds what is true of every partition at any time.
func plausible(topic string, index int32, p kmsg.MetadataResponseTopicPartition, live []int32) error {
	switch {
	case len(p.ISR) == 0:
		return fmt.Errorf("%s-%d: empty ISR", topic, index)
	case p.Leader >= 0 && !slices.Contains(p.ISR, p.Leader):
		return fmt.Errorf("%s-%d: leader %d is not in sync (%v)", topic, index, p.Leader, p.ISR)
	case p.Leader >= 0 && !slices.Contains(live, p.Leader):
		return fmt.Errorf("%s-%d: leader %d is not alive", topic, index, p.Leader)
	case (p.Leader < 0) != (p.ErrorCode == kerr.LeaderNotAvailable.Code):
		return fmt.Errorf("%s-%d: leader %d with %w", topic, index, p.Leader, kerr.ErrorForCode(p.ErrorCode))
	}
	for _, id := range p.ISR {
		if !slices.Contains(p.Replicas, id) {
			return fmt.Errorf("%s-%d: %d is in sync and no replica (%v)", topic, index, id, p.Replicas)
		}
		if len(p.ISR) > 1 && !slices.Contains(live, id) {
			return fmt.Errorf("%s-%d: %d is in sync and not alive", topic, index, id)
		}
	}
	for _, id := range p.Replicas {
		if slices.Contains(live, id) == slices.Contains(p.OfflineReplicas, id) {
			return fmt.Errorf("%s-%d: offline replicas %v of %v, alive %v", topic, index, p.OfflineReplicas, p.Replicas, live)
		}
	}
	return nil
}

func comparePages(t *testing.T, cl *kgo.Client, md shapeOf) error {
	req := kmsg.NewPtrDescribeTopicPartitionsRequest()
	req.ResponsePartitionLimit = 17
	seen := 0
	for {
		resp, err := req.RequestWith(ctx(t), cl)
		if err != nil {
			return err
		}
		for _, rt := range resp.Topics {
			for _, p := range rt.Partitions {
				seen++
				m := md.parts[*rt.Topic][p.Partition]
				if p.LeaderID != m.Leader || p.LeaderEpoch != m.LeaderEpoch || !slices.Equal(p.ISR, m.ISR) || !slices.Equal(p.Replicas, m.Replicas) || !slices.Equal(p.OfflineReplicas, m.OfflineReplicas) {
					return fmt.Errorf("DescribeTopicPartitions %s: %+v; Metadata: %+v", *rt.Topic, p, m)
				}
			}
		}
		if resp.NextCursor == nil {
			break
		}
		cursor := kmsg.NewDescribeTopicPartitionsRequestCursor()
		cursor.Topic, cursor.Partition = resp.NextCursor.Topic, resp.NextCursor.Partition
		req.Cursor = &cursor
	}
	want := 0
	for _, parts := range md.parts {
		want += len(parts)
	}
	if seen != want {
		return fmt.Errorf("DescribeTopicPartitions: %d partitions; Metadata: %d", seen, want)
	}
	return nil
}

func compareLogDirs(t *testing.T, cl *kgo.Client, md shapeOf, live []int32) error {
	have := map[string]bool{}
	for _, id := range live {
		resp, err := kmsg.NewPtrDescribeLogDirsRequest().RequestWith(ctx(t), cl.Broker(int(id)))
		if err != nil {
			return err
		}
		for _, d := range resp.Dirs {
			for _, dt := range d.Topics {
				for _, p := range dt.Partitions {
					have[fmt.Sprintf("%s-%d@%d", dt.Topic, p.Partition, id)] = true
				}
			}
		}
	}
	want := 0
	for topic, parts := range md.parts {
		for index, p := range parts {
			for _, id := range p.Replicas {
				if !slices.Contains(live, id) {
					continue
				}
				want++
				if !have[fmt.Sprintf("%s-%d@%d", topic, index, id)] {
					return fmt.Errorf("%s-%d: no log at broker %d; replicas %v", topic, index, id, p.Replicas)
				}
			}
		}
	}
	if len(have) != want {
		return fmt.Errorf("%d logs, %d replicas", len(have), want)
	}
	return nil
}

// compareLeaders asks every broker for every offset: only leaders may answer,
// and under the epoch that metadata shows.
func compareLeaders(t *testing.T, cl *kgo.Client, md shapeOf) error {
	var mu sync.Mutex
	var wg sync.WaitGroup
	var problem error
	for id := range md.brokers {
		req := kmsg.NewPtrListOffsetsRequest()
		for topic, parts := range md.parts {
			rt := kmsg.NewListOffsetsRequestTopic()
			rt.Topic = topic
			for index, p := range parts {
				rp := kmsg.NewListOffsetsRequestTopicPartition()
				rp.Partition, rp.Timestamp, rp.CurrentLeaderEpoch = index, -1, p.LeaderEpoch
				rt.Partitions = append(rt.Partitions, rp)
			}
			req.Topics = append(req.Topics, rt)
		}
		wg.Add(1)
		go func() {
			defer wg.Done()
			resp, err := cl.Broker(int(id)).Request(ctx(t), req)
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				problem = err
				return
			}
			for _, rt := range resp.(*kmsg.ListOffsetsResponse).Topics {
				for _, p := range rt.Partitions {
					leads := md.parts[rt.Topic][p.Partition].Leader == id
					if ok := p.ErrorCode == 0; ok != leads || !ok && p.ErrorCode != kerr.NotLeaderForPartition.Code {
						problem = fmt.Errorf("%s-%d at broker %d: %w; leader %d", rt.Topic, p.Partition, id, kerr.ErrorForCode(p.ErrorCode), md.parts[rt.Topic][p.Partition].Leader)
					}
				}
			}
		}()
	}
	wg.Wait()
	return problem
}

// TestWhoLooksFirst reads the metadata all the time while topics are made, grow
// and go: who sees a topic before its replicas are placed does not place others.
func TestWhoLooksFirst(t *testing.T) {
	c := start(t)
	cl := client(t, c)
	adm := kadmOf(cl)
	done := make(chan struct{})
	var looking sync.WaitGroup
	for range 4 {
		looker := client(t, c)
		looking.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				if _, err := metadataErr(looker); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	defer looking.Wait()
	defer close(done)
	for i := range 100 {
		name := fmt.Sprintf("t%d", i%3)
		if i >= 3 {
			if _, err := adm.DeleteTopic(ctx(t), name); err != nil {
				t.Fatal(err)
			}
		}
		createTopic(t, adm, name, 2, 1, nil)
		if resp, err := adm.UpdatePartitions(ctx(t), 4, name); err != nil || resp.Error() != nil {
			t.Fatal(err, resp.Error())
		}
		parts := metadataNow(t, cl, name).parts[name]
		if len(parts) != 4 {
			t.Fatalf("round %d: %d partitions", i, len(parts))
		}
		for index, p := range parts {
			if len(p.Replicas) != 1 {
				t.Fatalf("round %d: partition %d was made with one replica and has %v", i, index, p.Replicas)
			}
		}
	}
}
