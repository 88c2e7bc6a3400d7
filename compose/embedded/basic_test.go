package embedded_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sasl"
	"github.com/twmb/franz-go/pkg/sasl/plain"
	"github.com/twmb/franz-go/pkg/sasl/scram"
)

func TestBasics(t *testing.T) {
	c := start(t)
	cl := client(t, c)
	adm := kadmOf(cl)

	t.Run("metadata shows three brokers and one controller", func(t *testing.T) {
		md, err := adm.Metadata(ctx(t))
		if err != nil {
			t.Fatal(err)
		}
		if got := md.Brokers.NodeIDs(); !slices.Equal(got, []int32{1, 2, 3}) {
			t.Fatalf("brokers %v", got)
		}
		for i, b := range md.Brokers {
			if addr := fmt.Sprintf("%s:%d", b.Host, b.Port); addr != c.Addrs()[i] {
				t.Errorf("broker %d advertises %s and listens on %s", b.NodeID, addr, c.Addrs()[i])
			}
		}
		if md.Controller != 1 {
			t.Errorf("controller %d", md.Controller)
		}
	})

	t.Run("produce and consume over all brokers", func(t *testing.T) {
		createTopic(t, adm, "orders", 6, 3, nil)
		leaders := map[int32]int{}
		md, err := adm.Metadata(ctx(t), "orders")
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range md.Topics["orders"].Partitions.Sorted() {
			leaders[p.Leader]++
			if len(p.Replicas) != 3 || len(p.ISR) != 3 {
				t.Errorf("partition %d: replicas %v, isr %v", p.Partition, p.Replicas, p.ISR)
			}
		}
		if len(leaders) != 3 || leaders[1] != 2 {
			t.Errorf("leaders by broker: %v", leaders)
		}
		produceN(t, client(t, c), "orders", 500)
		cl := client(t, c, kgo.ConsumeTopics("orders"), kgo.ConsumerGroup("readers"), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
		if got := consumeN(t, cl, 500); len(got) != 500 {
			t.Errorf("%d records", len(got))
		}
		if err := cl.CommitUncommittedOffsets(ctx(t)); err != nil {
			t.Error(err)
		}
		lag, err := adm.Lag(ctx(t), "readers")
		if err != nil || lag["readers"].Lag.Total() != 0 {
			t.Errorf("lag %+v: %v", lag, err)
		}
	})

	t.Run("ACLs deny by default", func(t *testing.T) {
		guest := clientAs(t, c, "guest", "guest-secret")
		res := guest.ProduceSync(ctx(t), &kgo.Record{Topic: "orders", Value: []byte("x")})
		if err := res.FirstErr(); !errors.Is(err, kerr.TopicAuthorizationFailed) {
			t.Errorf("guest wrote: %v", err)
		}
		b := kadm.NewACLs().Allow("User:guest").AllowHosts().Topics("orders").Operations(kadm.OpWrite, kadm.OpDescribe)
		if _, err := adm.CreateACLs(ctx(t), b); err != nil {
			t.Fatal(err)
		}
		again := clientAs(t, c, "guest", "guest-secret")
		if err := again.ProduceSync(ctx(t), &kgo.Record{Topic: "orders", Value: []byte("x")}).FirstErr(); err != nil {
			t.Errorf("guest may write now: %v", err)
		}
	})

	t.Run("failed sign-in is error 58 with a reason", func(t *testing.T) {
		for name, mech := range map[string]sasl.Mechanism{
			"wrong password": scram.Auth{User: "admin", Pass: "no"}.AsSha512Mechanism(),
			"sha-256":        scram.Auth{User: "admin", Pass: "no"}.AsSha256Mechanism(),
			"unknown user":   scram.Auth{User: "nobody", Pass: "no"}.AsSha512Mechanism(),
		} {
			if err := signIn(t, c, mech); !errors.Is(err, kerr.SaslAuthenticationFailed) {
				t.Errorf("%s: %v", name, err)
			}
		}
		if err := signIn(t, c, plain.Auth{User: "admin", Pass: adminPassword}.AsMechanism()); !errors.Is(err, kerr.UnsupportedSaslMechanism) {
			t.Errorf("PLAIN is not on offer: %v", err)
		}
	})

	t.Run("both SCRAM mechanisms work", func(t *testing.T) {
		if err := signIn(t, c, scram.Auth{User: "app", Pass: "app-secret"}.AsSha256Mechanism()); err != nil {
			t.Error(err)
		}
	})

	t.Run("stop and start a broker", func(t *testing.T) {
		if err := c.Stop(2); err != nil {
			t.Fatal(err)
		}
		md := metadataNow(t, cl, "orders")
		if _, there := md.brokers[2]; there || len(md.brokers) != 2 {
			t.Errorf("brokers %v", md.brokers)
		}
		for _, p := range md.parts["orders"] {
			if p.Leader == 2 || slices.Contains(p.ISR, 2) || !slices.Contains(p.OfflineReplicas, 2) {
				t.Errorf("partition %d: %+v", p.Partition, p)
			}
		}
		produceN(t, client(t, c), "orders", 100)
		if err := c.StartBroker(2); err != nil {
			t.Fatal(err)
		}
		eventually(t, "ISR full again", func() error { return isrIs(cl, "orders", 3) })
	})
}
