package kafkatest

import (
	"context"
	"errors"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sr"

	"kconsole/compose"
	"kconsole/compose/labdir"
	"kconsole/kafka/config"
)

func TestRealIsThreeBrokersWithTLSAndSCRAM(t *testing.T) {
	c := Real(t)
	meta, err := c.Admin(t).BrokerMetadata(kadm.WithAuthorizedOps(t.Context()))
	if err != nil {
		t.Fatal(err)
	}
	if len(meta.Brokers) != 3 || meta.Cluster == "" {
		t.Errorf("%d brokers, cluster %q", len(meta.Brokers), meta.Cluster)
	}
	for _, b := range meta.Brokers {
		if b.Host != "127.0.0.1" || b.Port >= 32768 {
			t.Errorf("broker %d listens on %s:%d", b.NodeID, b.Host, b.Port)
		}
	}
	if c.Config.TLS == nil || c.Config.SASL.Mechanism != "SCRAM-SHA-512" {
		t.Errorf("connects with %+v", c.Config)
	}
}

func TestRealUsersAndMechanisms(t *testing.T) {
	c := Real(t)
	topic := c.Topic(t, 1, 3)
	// What the cluster says when a user looks at the topic.
	look := func(cl config.Cluster) error {
		ctx, cancel := context.WithTimeout(t.Context(), limit)
		defer cancel()
		meta, err := kadm.NewClient(Client(t, cl, kgo.RetryTimeout(10*time.Second))).Metadata(ctx, topic)
		if err != nil {
			return err
		}
		return meta.Topics[topic].Err
	}
	for _, mechanism := range []string{"SCRAM-SHA-512", "SCRAM-SHA-256", "PLAIN"} {
		cl := c.As(t, labdir.App)
		sasl := *cl.SASL
		sasl.Mechanism = mechanism
		cl.SASL = &sasl
		if err := look(cl); err != nil {
			t.Errorf("app by %s: %v", mechanism, err)
		}
	}
	if err := look(c.As(t, labdir.Guest)); !errors.Is(err, kerr.TopicAuthorizationFailed) {
		t.Errorf("guest: %v", err)
	}
	if err := look(c.WithCertificate(t, labdir.App)); err != nil {
		t.Errorf("app by certificate: %v", err)
	}
	if err := look(c.WithCertificate(t, "stranger")); !errors.Is(err, kerr.TopicAuthorizationFailed) {
		t.Errorf("a stranger's certificate: %v", err)
	}
	wrong := c.Config
	sasl := *wrong.SASL
	sasl.Password, sasl.PasswordFile = config.NewSecret("wrong"), ""
	wrong.SASL = &sasl
	if err := look(wrong); !errors.Is(err, kerr.SaslAuthenticationFailed) {
		t.Errorf("a wrong password: %v", err)
	}
}

func TestRealRegistry(t *testing.T) {
	c := Real(t)
	reg, subject := c.Registry(t), Name(t)
	schema := sr.Schema{Schema: `{"type":"record","name":"R","fields":[{"name":"a","type":"int"}]}`}
	made, err := reg.CreateSchema(t.Context(), subject, schema)
	if err != nil {
		t.Fatal(err)
	}
	if made.ID == 0 || made.Version != 1 {
		t.Errorf("id %d version %d", made.ID, made.Version)
	}
	var refused *sr.ResponseError
	_, err = reg.CreateSchema(t.Context(), subject, sr.Schema{Schema: `{"type":"record","name":"R","fields":[{"name":"b","type":"int"}]}`})
	if !errors.As(err, &refused) || refused.StatusCode != http.StatusConflict {
		t.Errorf("an incompatible schema: %v", err)
	}
	for user, status := range map[string]int{labdir.App: 0, labdir.Guest: http.StatusForbidden, "nobody": http.StatusUnauthorized} {
		other := *c
		if user == "nobody" {
			registry := *c.Config.Registry
			registry.Username = user
			other.Config.Registry = &registry
		} else {
			other.Config = c.As(t, user)
		}
		_, err := other.Registry(t).Subjects(t.Context())
		switch {
		case status == 0 && err != nil:
			t.Errorf("%s: %v", user, err)
		case status != 0 && (!errors.As(err, &refused) || refused.StatusCode != status):
			t.Errorf("%s: want %d, got %v", user, status, err)
		}
	}
}

func TestJavaTools(t *testing.T) {
	c := Real(t)
	topic := c.Topic(t, 2, 3)
	if out := c.Tool(t, "TopicCommand", "--describe", "--topic", topic); !strings.Contains(out, "PartitionCount: 2") {
		t.Errorf("TopicCommand says:\n%s", out)
	}
	c.ConsoleProduce(t, topic, ":", "k1:v1", "k2:v2")
	client := c.Client(t, kgo.ConsumeTopics(topic))
	got := map[string]string{}
	for len(got) < 2 {
		fetches := client.PollFetches(t.Context())
		if err := fetches.Err(); err != nil {
			t.Fatal(err)
		}
		fetches.EachRecord(func(r *kgo.Record) { got[string(r.Key)] = string(r.Value) })
	}
	if got["k1"] != "v1" || got["k2"] != "v2" {
		t.Errorf("read %v", got)
	}
	if out, err := c.TryTool(t, "", "TopicCommand", "--describe", "--topic", "no-such-topic"); err == nil {
		t.Errorf("a tool that fails passed for one that works:\n%s", out)
	}
}

func TestEachClusterIsUsedTheSameWay(t *testing.T) {
	Each(t, func(t *testing.T, c *Cluster) {
		topic := c.Topic(t, 2, 3, "min.insync.replicas", "2")
		client := c.Client(t, kgo.ConsumeTopics(topic))
		if err := client.ProduceSync(t.Context(), &kgo.Record{Topic: topic, Value: []byte("x")}).FirstErr(); err != nil {
			t.Fatal(err)
		}
		fetches := client.PollFetches(t.Context())
		if err := fetches.Err(); err != nil || fetches.NumRecords() != 1 {
			t.Errorf("%d records, %v", fetches.NumRecords(), err)
		}
		if _, err := c.Registry(t).Subjects(t.Context()); err != nil {
			t.Error(err)
		}
	})
}

func TestAloneStartsWhatItStopped(t *testing.T) {
	EachAlone(t, func(t *testing.T, c *Cluster) {
		t.Run("stops", func(t *testing.T) {
			if err := c.Stack.Stop(t.Context(), 1); err != nil {
				t.Fatal(err)
			}
			c.restore(t)
		})
		brokers, err := c.Stack.Brokers(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, b := range brokers {
			if b.State != compose.Running {
				t.Errorf("broker %d is %s", b.ID, b.State)
			}
		}
	})
}

func TestAloneIsRefusedInsideOfTogether(t *testing.T) {
	c := Real(t)
	if err := hold(t, c.Dir, true); err == nil {
		t.Error("a test that shares the cluster got it alone, which would wait for ever in another order")
	}
	if err := hold(t, c.Dir, false); err != nil {
		t.Error(err)
	}
}
