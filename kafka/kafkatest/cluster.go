package kafkatest

import (
	"context"
	"crypto/rand"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sr"

	"kconsole/compose"
	"kconsole/compose/pki"
	"kconsole/kafka/config"
)

// Cluster is a cluster that a test may use. It has the same shape whatever runs
// it, so that one test can run on several.
type Cluster struct {
	Runtime compose.Runtime
	// Stack stops, starts and pauses brokers. Only a test that has the cluster
	// for itself may use it for that.
	Stack compose.Stack
	// Dir is the lab's directory: lab.yaml, ca.pem, client.properties, kcat.conf, .env.
	Dir string
	// Config connects as admin, the super user.
	Config config.Cluster

	as        func(user string) config.Cluster
	mutualTLS []string
}

// limit bounds one thing that a test helper does on a busy machine.
const limit = time.Minute

// As is how to connect as another user: labdir.App, or labdir.Guest, who may do
// nothing.
func (c *Cluster) As(t testing.TB, user string) config.Cluster {
	t.Helper()
	cl := c.as(user)
	if len(cl.Brokers) == 0 {
		t.Fatalf("the lab has no user %q", user)
	}
	return cl
}

// WithCertificate is how to connect without a password, with a certificate for
// the principal User:NAME.
func (c *Cluster) WithCertificate(t testing.TB, name string) config.Cluster {
	t.Helper()
	if len(c.mutualTLS) == 0 {
		t.Fatalf("a cluster of runtime %s has no listener for client certificates", c.Runtime)
	}
	authority, err := pki.Open(c.Dir)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := authority.Issue(pki.Client(name))
	if err != nil {
		t.Fatal(err)
	}
	cl := c.Config
	cl.Brokers, cl.SASL = c.mutualTLS, nil
	dir := t.TempDir()
	cl.TLS = &config.TLS{CA: authority.File(), Cert: filepath.Join(dir, "client.pem"), Key: filepath.Join(dir, "client-key.pem")}
	for path, text := range map[string][]byte{cl.TLS.Cert: leaf.CertPEM, cl.TLS.Key: leaf.KeyPEM} {
		if err := pki.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return cl
}

// Client is an admin's client, closed when the test ends. Its metadata may be
// 100 ms old, so that it follows what happens.
func (c *Cluster) Client(t testing.TB, opts ...kgo.Opt) *kgo.Client {
	t.Helper()
	return Client(t, c.Config, opts...)
}

// Client is a client for any configuration, closed when the test ends.
func Client(t testing.TB, cl config.Cluster, opts ...kgo.Opt) *kgo.Client {
	t.Helper()
	base, err := config.KgoOptions(cl)
	if err != nil {
		t.Fatal(err)
	}
	base = append(base, kgo.MetadataMinAge(100*time.Millisecond), kgo.FetchMaxWait(500*time.Millisecond), kgo.DisableClientMetrics())
	client, err := kgo.NewClient(append(base, opts...)...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return client
}

// Admin is an admin's client for requests, closed when the test ends.
func (c *Cluster) Admin(t testing.TB) *kadm.Client {
	t.Helper()
	return kadm.NewClient(c.Client(t))
}

// Registry is an admin's client for the schema registry.
func (c *Cluster) Registry(t testing.TB) *sr.Client {
	t.Helper()
	if c.Config.Registry == nil {
		t.Fatalf("a cluster of runtime %s has no registry", c.Runtime)
	}
	http, err := c.Config.Registry.HTTPClient()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(http.CloseIdleConnections)
	client, err := sr.NewClient(sr.URLs(c.Config.Registry.URL), sr.HTTPClient(http))
	if err != nil {
		t.Fatal(err)
	}
	return client
}

// Name is a name that no other test uses: for topics, groups, subjects, users.
func Name(t testing.TB) string {
	keep := func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' {
			return r
		}
		return '-'
	}
	name := strings.Map(keep, t.Name())
	return name[:min(len(name), 80)] + "-" + strings.ToLower(rand.Text()[:10])
}

// Topic creates a topic with a name of its own and waits until every broker
// knows its leaders. It is deleted when the test ends. Configs are pairs:
// "min.insync.replicas", "2", ...
func (c *Cluster) Topic(t testing.TB, partitions int32, replicas int16, configs ...string) string {
	t.Helper()
	name := Name(t)
	c.NamedTopic(t, name, partitions, replicas, configs...)
	return name
}

// NamedTopic is [Cluster.Topic] for a test that needs a certain name.
func (c *Cluster) NamedTopic(t testing.TB, name string, partitions int32, replicas int16, configs ...string) {
	t.Helper()
	adm := c.Admin(t)
	set := make(map[string]*string)
	for i := 0; i+1 < len(configs); i += 2 {
		set[configs[i]] = &configs[i+1]
	}
	ctx, cancel := context.WithTimeout(t.Context(), limit)
	defer cancel()
	if _, err := adm.CreateTopic(ctx, partitions, replicas, set, name); err != nil {
		t.Fatalf("creating topic %s: %v", name, err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), limit)
		defer cancel()
		_, _ = adm.DeleteTopics(ctx, name) // the test may have done so itself
	})
	Eventually(t, func() string {
		// So asked, the client does not answer from memory.
		meta, err := adm.Metadata(kadm.WithAuthorizedOps(ctx), name)
		if err != nil {
			return err.Error()
		}
		topic := meta.Topics[name]
		if topic.Err != nil || len(topic.Partitions) != int(partitions) {
			return "topic " + name + " is not known yet"
		}
		for _, p := range topic.Partitions {
			if p.Err != nil || p.Leader < 0 || len(p.ISR) != int(replicas) {
				return "topic " + name + " is not led everywhere yet"
			}
		}
		return ""
	})
}

// Eventually waits, generously, until what is missing is nothing.
func Eventually(t testing.TB, missing func() string) {
	t.Helper()
	deadline := time.Now().Add(limit)
	for {
		what := missing()
		if what == "" {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("still after %v: %s", limit, what)
		}
		time.Sleep(20 * time.Millisecond)
	}
}
