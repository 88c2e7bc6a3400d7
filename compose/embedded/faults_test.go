package embedded_test

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
	"github.com/twmb/franz-go/pkg/sasl/scram"

	"kconsole/compose/embedded"
)

// TestFaults shares one cluster and repairs it after each fault.
func TestFaults(t *testing.T) {
	c := start(t)
	cl := client(t, c)
	adm := kadmOf(cl)
	createTopic(t, adm, "t", 6, 3, map[string]*string{"min.insync.replicas": kadm.StringPtr("2")})

	t.Run("a paused broker hangs and is fenced", func(t *testing.T) {
		direct, err := kgo.NewClient(clientOptsTo(c.Addrs()[1:2], scram.Auth{User: "admin", Pass: adminPassword}.AsSha512Mechanism())...)
		if err != nil {
			t.Fatal(err)
		}
		defer direct.Close()
		if err := direct.Ping(ctx(t)); err != nil {
			t.Fatal(err)
		}
		if err := c.Pause(2); err != nil {
			t.Fatal(err)
		}
		if s := c.Brokers()[1]; !s.Running || !s.Paused {
			t.Errorf("state: %+v", s)
		}
		short, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		defer cancel()
		if _, err := kmsg.NewPtrMetadataRequest().RequestWith(short, direct.Broker(2)); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("a paused broker answered: %v", err)
		}
		nc, err := net.DialTimeout("tcp", c.Addrs()[1], time.Second)
		if err != nil {
			t.Errorf("a paused broker refuses connections: %v", err)
		} else {
			nc.Close()
		}
		eventually(t, "broker 2 is fenced", func() error {
			if _, there := metadataNow(t, cl.Broker(1)).brokers[2]; there {
				return errors.New("still there")
			}
			return isrIs(cl.Broker(1), "t", 2)
		})
		others, err := kgo.NewClient(clientOptsTo([]string{c.Addrs()[0], c.Addrs()[2]}, scram.Auth{User: "admin", Pass: adminPassword}.AsSha512Mechanism())...)
		if err != nil {
			t.Fatal(err)
		}
		defer others.Close()
		produceN(t, others, "t", 50)
		if err := c.Resume(2); err != nil {
			t.Fatal(err)
		}
		eventually(t, "ISR full again", func() error { return isrIs(cl, "t", 3) })
	})

	t.Run("a wrong advertised address", func(t *testing.T) {
		if err := c.AdvertiseWrong(3, "kafka-3.invalid:9092"); err != nil {
			t.Fatal(err)
		}
		if b := metadataNow(t, cl).brokers[3]; b.Host != "kafka-3.invalid" || b.Port != 9092 {
			t.Errorf("metadata: %+v", b)
		}
		dc, err := kmsg.NewPtrDescribeClusterRequest().RequestWith(ctx(t), cl)
		if err != nil || len(dc.Brokers) != 3 || dc.Brokers[2].Host != "kafka-3.invalid" {
			t.Errorf("describe cluster: %+v %v", dc, err)
		}
		if faults := c.Brokers()[2].Faults; len(faults) != 1 {
			t.Errorf("faults: %v", faults)
		}
		if err := c.ClearFaults(3); err != nil {
			t.Fatal(err)
		}
		if b := metadataNow(t, cl).brokers[3]; fmt.Sprintf("%s:%d", b.Host, b.Port) != c.Addrs()[2] {
			t.Errorf("after repair: %+v", b)
		}
	})

	t.Run("a wrong certificate", func(t *testing.T) {
		if err := c.WrongCertificate(1, nil); err != nil {
			t.Fatal(err)
		}
		_, err := tls.Dial("tcp", c.Addrs()[0], certificate().client())
		if err == nil || !strings.Contains(err.Error(), "certificate") {
			t.Errorf("broker 1: %v", err)
		}
		if err := c.ClearFaults(1); err != nil {
			t.Fatal(err)
		}
		nc, err := tls.Dial("tcp", c.Addrs()[0], certificate().client())
		if err != nil {
			t.Fatalf("after repair: %v", err)
		}
		nc.Close()
	})

	t.Run("a log directory offline", func(t *testing.T) {
		before := c.Brokers()[1].LogDirs
		if err := c.LogDirOffline(2, before[0].Path); err != nil {
			t.Fatal(err)
		}
		md := metadataNow(t, cl, "t")
		hit := 0
		for index, p := range md.parts["t"] {
			if slices.Contains(p.OfflineReplicas, 2) {
				hit++
				if p.Leader == 2 || slices.Contains(p.ISR, 2) {
					t.Errorf("partition %d: %+v", index, p)
				}
			}
		}
		if hit != 3 {
			t.Errorf("%d replicas offline", hit)
		}
		dirs, err := adm.DescribeBrokerLogDirs(ctx(t), 2, nil)
		if err != nil {
			t.Fatal(err)
		}
		if d := dirs[before[0].Path]; !errors.Is(d.Err, kerr.KafkaStorageError) {
			t.Errorf("the directory: %+v", d)
		}
		if err := c.ClearFaults(2); err != nil {
			t.Fatal(err)
		}
		eventually(t, "ISR full again", func() error { return isrIs(cl, "t", 3) })
		// The last directory takes the broker with it.
		for _, d := range before {
			if err := c.LogDirOffline(2, d.Path); err != nil {
				t.Fatal(err)
			}
		}
		if c.Brokers()[1].Running {
			t.Error("a broker runs without any log directory")
		}
		eventually(t, "broker 2 is fenced", func() error { return isrIs(cl, "t", 2) })
		if err := errors.Join(c.ClearFaults(2), c.StartBroker(2)); err != nil {
			t.Fatal(err)
		}
		eventually(t, "ISR full again", func() error { return isrIs(cl, "t", 3) })
	})

	t.Run("the controller moves", func(t *testing.T) {
		events, end := c.Subscribe(0)
		defer end()
		was := metadataNow(t, cl).controller
		if err := c.Stop(was); err != nil {
			t.Fatal(err)
		}
		e := waitEvent(t, events, "controller moved")
		if now := metadataNow(t, cl).controller; now == was || e.From != was || e.To != now {
			t.Errorf("controller %d, was %d; event %s", now, was, e)
		}
		createTopic(t, adm, "made-meanwhile", 3, 3, nil) // one replica each is out
		if err := isrIs(cl, "made-meanwhile", 2); err != nil {
			t.Error(err)
		}
		if err := c.StartBroker(was); err != nil {
			t.Fatal(err)
		}
		eventually(t, "ISR full", func() error { return isrIs(cl, "made-meanwhile", 3) })
	})

	t.Run("unclean election only where it is allowed", func(t *testing.T) {
		createTopic(t, adm, "careful", 1, 2, nil)
		createTopic(t, adm, "careless", 1, 2, map[string]*string{"unclean.leader.election.enable": kadm.StringPtr("true")})
		for _, topic := range []string{"careful", "careless"} {
			p := metadataNow(t, cl, topic).parts[topic][0]
			leader, follower := p.Replicas[0], p.Replicas[1]
			if err := errors.Join(c.Stop(follower), c.Stop(leader), c.StartBroker(follower)); err != nil {
				t.Fatal(err)
			}
			eventually(t, "the follower is back", func() error {
				if _, there := metadataNow(t, cl).brokers[follower]; !there {
					return errors.New("not yet")
				}
				return nil
			})
			p = metadataNow(t, cl, topic).parts[topic][0]
			if want := map[string]int32{"careful": -1, "careless": follower}[topic]; p.Leader != want {
				t.Errorf("%s: leader %d, want %d; ISR %v", topic, p.Leader, want, p.ISR)
			}
			if topic == "careful" {
				r, err := adm.ElectLeaders(ctx(t), kadm.ElectLiveReplica, kadm.TopicsSet{topic: {0: {}}})
				if err != nil || r[topic][0].Err != nil {
					t.Errorf("by hand: %v %+v", err, r)
				}
				if p = metadataNow(t, cl, topic).parts[topic][0]; p.Leader != follower || !slices.Equal(p.ISR, []int32{follower}) {
					t.Errorf("by hand: %+v", p)
				}
			}
			if err := c.StartBroker(leader); err != nil {
				t.Fatal(err)
			}
			eventually(t, "ISR full again", func() error { return isrIs(cl, topic, 2) })
		}
	})

	t.Run("unknown brokers and addresses", func(t *testing.T) {
		for what, err := range map[string]error{
			"stop": c.Stop(9), "start": c.StartBroker(0), "pause": c.Pause(-1), "resume": c.Resume(4),
			"address": c.AdvertiseWrong(1, "nonsense"), "directory": c.LogDirOffline(1, "/nowhere"),
		} {
			if err == nil {
				t.Errorf("%s: no error", what)
			}
		}
	})
	if s := c.Brokers(); slices.ContainsFunc(s, func(b embedded.BrokerState) bool { return len(b.Faults) > 0 || !b.Running }) {
		t.Errorf("left broken: %+v", s)
	}
}

// TestEpochRepair asks what a consumer asks after an election that nothing was
// written since: the engine alone would make it read everything again.
func TestEpochRepair(t *testing.T) {
	c := start(t)
	cl := client(t, c)
	adm := kadmOf(cl)
	createTopic(t, adm, "epochs", 1, 3, nil)
	produceN(t, cl, "epochs", 40)
	was := metadataNow(t, cl, "epochs").parts["epochs"][0]
	for range 3 {
		leader := metadataNow(t, cl, "epochs").parts["epochs"][0].Leader
		if err := c.Stop(leader); err != nil {
			t.Fatal(err)
		}
		if err := c.StartBroker(leader); err != nil {
			t.Fatal(err)
		}
		eventually(t, "ISR full again", func() error { return isrIs(cl, "epochs", 3) })
	}
	now := metadataNow(t, cl, "epochs").parts["epochs"][0]
	if now.LeaderEpoch < was.LeaderEpoch+3 {
		t.Fatalf("epoch %d, was %d", now.LeaderEpoch, was.LeaderEpoch)
	}
	end := func(epoch int32) (int32, int64) {
		t.Helper()
		req := kmsg.NewPtrOffsetForLeaderEpochRequest()
		req.ReplicaID = -1
		rt := kmsg.NewOffsetForLeaderEpochRequestTopic()
		rt.Topic = "epochs"
		rp := kmsg.NewOffsetForLeaderEpochRequestTopicPartition()
		rp.CurrentLeaderEpoch, rp.LeaderEpoch = now.LeaderEpoch, epoch
		rt.Partitions = append(rt.Partitions, rp)
		req.Topics = append(req.Topics, rt)
		resp, err := req.RequestWith(ctx(t), cl.Broker(int(now.Leader)))
		if err != nil {
			t.Fatal(err)
		}
		p := resp.Topics[0].Partitions[0]
		if p.ErrorCode != 0 {
			t.Fatal(kerr.ErrorForCode(p.ErrorCode))
		}
		return p.LeaderEpoch, p.EndOffset
	}
	for epoch := was.LeaderEpoch; epoch <= now.LeaderEpoch; epoch++ {
		if e, off := end(epoch); off != 40 || e != epoch {
			t.Errorf("epoch %d ends at %d (%d)", epoch, off, e)
		}
	}
	if e, off := end(now.LeaderEpoch + 5); off != -1 || e != -1 {
		t.Errorf("an epoch to come ends at %d (%d)", off, e)
	}
	produceN(t, cl, "epochs", 10)
	if _, off := end(was.LeaderEpoch); off != 40 {
		t.Errorf("after writing on, epoch %d ends at %d", was.LeaderEpoch, off)
	}
	// Nothing left at all.
	ends, err := adm.ListEndOffsets(ctx(t), "epochs")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := adm.DeleteRecords(ctx(t), ends.Offsets()); err != nil {
		t.Fatal(err)
	}
	if _, off := end(was.LeaderEpoch); off != 50 {
		t.Errorf("with every record deleted, epoch %d ends at %d", was.LeaderEpoch, off)
	}
}
