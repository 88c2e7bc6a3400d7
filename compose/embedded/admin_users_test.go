package embedded_test

import (
	"errors"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sasl/scram"

	"kconsole/compose/embedded"
)

func adminUsers(t *testing.T, c *embedded.Cluster, _ *kgo.Client, adm *kadm.Client) {
	up := func(iterations int32, mechs ...kadm.ScramMechanism) error {
		var ups []kadm.UpsertSCRAM
		for _, m := range mechs {
			ups = append(ups, kadm.UpsertSCRAM{User: "carla", Mechanism: m, Iterations: iterations, Password: "carla-secret"})
		}
		r, err := adm.AlterUserSCRAMs(ctx(t), nil, ups)
		return errors.Join(err, r.Error())
	}
	if err := up(8192, kadm.ScramSha512); !errors.Is(err, kerr.UnacceptableCredential) {
		t.Errorf("8192 iterations: %v", err)
	}
	if err := up(4096, kadm.ScramSha256, kadm.ScramSha512); err != nil {
		t.Fatal(err)
	}
	for _, m := range []string{"256", "512"} {
		auth := scram.Auth{User: "carla", Pass: "carla-secret"}
		mech := auth.AsSha512Mechanism()
		if m == "256" {
			mech = auth.AsSha256Mechanism()
		}
		if err := signIn(t, c, mech); err != nil {
			t.Errorf("SHA-%s: %v", m, err)
		}
	}
	r, err := adm.AlterUserSCRAMs(ctx(t), []kadm.DeleteSCRAM{{User: "carla", Mechanism: kadm.ScramSha512}}, nil)
	if err = errors.Join(err, r.Error()); err != nil {
		t.Fatal(err)
	}
	if err := signIn(t, c, scram.Auth{User: "carla", Pass: "carla-secret"}.AsSha512Mechanism()); !errors.Is(err, kerr.SaslAuthenticationFailed) {
		t.Errorf("after deletion: %v", err)
	}
	all, err := adm.DescribeUserSCRAMs(ctx(t))
	if err != nil {
		t.Fatal(err)
	}
	if _, shown := all["__embedded"]; shown {
		t.Error("the stack's own user is shown")
	}
}

func adminQuotas(t *testing.T, c *embedded.Cluster, _ *kgo.Client, adm *kadm.Client) {
	createTopic(t, adm, "metered", 1, 1, nil)
	entity := kadm.ClientQuotaEntity{{Type: "client-id", Name: kadm.StringPtr("hasty")}}
	set := func(key string, value float64, remove bool) error {
		r, err := adm.AlterClientQuotas(ctx(t), []kadm.AlterClientQuotaEntry{{Entity: entity, Ops: []kadm.AlterClientQuotaOp{{Key: key, Value: value, Remove: remove}}}})
		if err == nil {
			err = r[0].Err
		}
		return err
	}
	if err := set("no_such_quota", 1, false); !errors.Is(err, kerr.InvalidRequest) {
		t.Errorf("unknown quota: %v", err)
	}
	if err := set("producer_byte_rate", 50_000, false); err != nil {
		t.Fatal(err)
	}
	hook := &throttles{}
	hasty := client(t, c, kgo.ClientID("hasty"), kgo.WithHooks(hook), kgo.ProducerBatchCompression(kgo.NoCompression()))
	before := time.Now()
	for range 6 { // ten seconds' worth fits; the fifth is a little too much, the sixth waits
		if err := hasty.ProduceSync(ctx(t), &kgo.Record{Topic: "metered", Value: make([]byte, 103_000)}).FirstErr(); err != nil {
			t.Fatal(err)
		}
	}
	if first := hook.first; first == 0 || time.Since(before) < first {
		t.Errorf("throttled for %v, took %v", first, time.Since(before))
	}
	if err := set("producer_byte_rate", 0, true); err != nil {
		t.Fatal(err)
	}
	calm := &throttles{}
	free := client(t, c, kgo.ClientID("hasty"), kgo.WithHooks(calm))
	if err := free.ProduceSync(ctx(t), &kgo.Record{Topic: "metered", Value: make([]byte, 300_000)}).FirstErr(); err != nil {
		t.Fatal(err)
	}
	if calm.first != 0 {
		t.Errorf("throttled for %v without a quota", calm.first)
	}
}

// throttles notes the first throttle time that a broker asked for.
type throttles struct{ first time.Duration }

func (h *throttles) OnBrokerThrottle(_ kgo.BrokerMetadata, d time.Duration, _ bool) {
	if h.first == 0 {
		h.first = d
	}
}
