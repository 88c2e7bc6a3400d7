package kafka

import (
	"crypto/tls"
	"crypto/x509"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
	"github.com/twmb/franz-go/pkg/kversion"

	"kconsole/kafka/config"
)

// The limits of time that keep a console alive beside a broker that is not.
const (
	// callLimit bounds one read or write as a whole, whatever it consists of.
	callLimit = 8 * time.Second
	// requestLimit bounds one request to one broker.
	requestLimit = 5 * time.Second
	// brokersAge is how old the list of brokers may be before a fan-out to all
	// of them asks for it again.
	brokersAge = time.Second
)

// Cluster is a connection to one Kafka cluster: it reads. All methods are safe
// for concurrent use, none takes longer than 10 s, and the errors are [*Error].
// Make one with [Connect] and Close it.
type Cluster struct {
	cfg       config.Cluster
	options   []kgo.Opt
	client    *kgo.Client
	watch     *watch
	principal string

	turn      atomic.Uint32 // rotates through the brokers
	mu        sync.Mutex
	brokers   []int32   // ids in the newest metadata, sorted
	brokersAt time.Time // when that was read
	audit     Auditor
}

// Option changes how [Connect] connects.
type Option func(*settings)

type settings struct {
	client []kgo.Opt
	audit  Auditor
}

// WithClientOptions appends options of the client library, after those that
// come from the configuration; hooks that watch the requests, for example.
func WithClientOptions(opts ...kgo.Opt) Option {
	return func(s *settings) { s.client = append(s.client, opts...) }
}

// Connect prepares a connection. It does no network I/O: an unreachable cluster
// shows itself in the first read. Files that are missing or wrong (CA, key,
// password file) are errors here.
func Connect(cfg config.Cluster, opts ...Option) (*Cluster, error) {
	var s settings
	for _, o := range opts {
		o(&s)
	}
	options, err := config.KgoOptions(cfg)
	if err != nil {
		return nil, err
	}
	principal, err := principalOf(cfg)
	if err != nil {
		return nil, err
	}
	options = append(options,
		kgo.ClientID("kconsole"),
		kgo.RequestTimeoutOverhead(requestLimit),
		kgo.RetryTimeout(callLimit),
		kgo.RequestRetries(4),
		kgo.RetryBackoffFn(backoff),
		kgo.MetadataMinAge(250*time.Millisecond),
		kgo.MetadataMaxAge(time.Minute),
		kgo.DisableClientMetrics(),
		kgo.MaxVersions(versions(cfg.ReadOnly)),
	)
	c := &Cluster{cfg: cfg, principal: principal, audit: s.audit, options: append(options, s.client...)}
	return c, c.open()
}

// open makes the client and what listens to it.
func (c *Cluster) open() (err error) {
	c.watch = newWatch()
	c.client, err = kgo.NewClient(append(slices.Clip(c.options), kgo.WithHooks(c.watch))...)
	if err != nil {
		return &Error{
			What: "the configuration of cluster " + c.cfg.Name + " cannot be used", Why: err.Error(),
			Do: "correct brokers, tls and sasl there", Kind: Invalid, Err: err,
		}
	}
	return nil
}

// Fork makes a second connection to the same cluster with connections of its
// own, for requests that brokers answer late (a fetch that waits for records
// holds up whatever is behind it on the connection). The caller closes it.
func (c *Cluster) Fork() (*Cluster, error) {
	f := &Cluster{cfg: c.cfg, principal: c.principal, audit: c.audit, options: c.options}
	return f, f.open()
}

// backoff is the pause before retry n, from 1: long enough for a leader to move,
// short enough to fit several into a call's limit.
func backoff(n int) time.Duration {
	return min(100*time.Millisecond<<min(n-1, 4), time.Second)
}

// versions are the versions of requests that we speak: all that are stable, but
// committed offsets only up to v9. From v10 on topics are named by id, and the
// ids of topics that were deleted, or may not be described, have no name any more.
// Read-only, requests that change something are not known at all.
func versions(readOnly bool) *kversion.Versions {
	v := kversion.Stable()
	v.SetMaxKeyVersion(kmsg.OffsetFetch.Int16(), 9)
	v.SetMaxKeyVersion(kmsg.OffsetCommit.Int16(), 9)
	if readOnly {
		for _, key := range mutating {
			v.SetMaxKeyVersion(key.Int16(), -1)
		}
	}
	return v
}

// Close ends all connections. Reads under way fail as canceled.
func (c *Cluster) Close() { c.client.Close() }

// Config is the configuration that the cluster was connected with.
func (c *Cluster) Config() config.Cluster { return c.cfg }

// Client is the client that requests go through. It neither consumes nor
// produces; [Cluster.NewClient] makes one that does.
func (c *Cluster) Client() *kgo.Client { return c.client }

// NewClient makes a further client with the same addresses, TLS, sign-in and
// time limits, plus opts. The caller closes it.
func (c *Cluster) NewClient(opts ...kgo.Opt) (*kgo.Client, error) {
	client, err := kgo.NewClient(append(slices.Clip(c.options), opts...)...)
	if err != nil {
		return nil, &Error{What: "cannot make a client", Why: err.Error(), Kind: Invalid, Err: err}
	}
	return client, nil
}

// Principal is who we are on the cluster: the SASL user name, or the subject of
// the client certificate, or "anonymous".
func (c *Cluster) Principal() string { return c.principal }

// Security says how the connection is secured, as "SCRAM-SHA-512 · TLS 1.3". The
// version of TLS is known once there was a connection. In clear text it says so.
func (c *Cluster) Security() string {
	var parts []string
	if c.cfg.SASL != nil {
		parts = append(parts, c.cfg.SASL.Mechanism)
	} else if c.cfg.TLS != nil && c.cfg.TLS.Cert != "" {
		parts = append(parts, "mTLS")
	}
	if c.cfg.TLS == nil {
		return strings.Join(append(parts, "clear text"), " · ")
	}
	version := "TLS"
	if v := c.watch.tlsVersion(); v != 0 {
		version = tls.VersionName(v)
	}
	return strings.Join(append(parts, version), " · ")
}

// hints are what errors of this cluster can be explained with.
func (c *Cluster) hints() hints {
	h := hints{addrs: addresses(c.cfg.Brokers), tls: c.cfg.TLS != nil, principal: c.principal, worked: c.watch.hasWorked()}
	h.simulated = c.cfg.Lab != nil && c.cfg.Lab.Runtime == "embedded"
	if c.cfg.SASL != nil {
		h.mechanism, h.user = c.cfg.SASL.Mechanism, c.cfg.SASL.Username
	}
	return h
}

func principalOf(cfg config.Cluster) (string, error) {
	if cfg.SASL != nil && cfg.SASL.Username != "" {
		return cfg.SASL.Username, nil
	}
	const anonymous = "anonymous"
	if cfg.TLS == nil || cfg.TLS.Cert == "" {
		return anonymous, nil
	}
	tlsConfig, err := cfg.TLSConfig()
	if err != nil {
		return "", err
	}
	for _, pair := range tlsConfig.Certificates {
		leaf := pair.Leaf
		if leaf == nil && len(pair.Certificate) > 0 {
			leaf, err = x509.ParseCertificate(pair.Certificate[0])
			if err != nil {
				continue
			}
		}
		if leaf != nil {
			return leaf.Subject.String(), nil
		}
	}
	return anonymous, nil
}

// addresses names up to three bootstrap addresses.
func addresses(brokers []string) string {
	const most = 3
	if len(brokers) > most {
		return strings.Join(brokers[:most], ", ") + ", ..."
	}
	return strings.Join(brokers, ", ")
}
