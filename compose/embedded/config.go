package embedded

import (
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"kconsole/compose/embedded/engine"
	"kconsole/compose/embedded/shape"
)

// SASL mechanisms that a user can sign in with.
const (
	Plain       = engine.Plain
	ScramSHA256 = engine.ScramSHA256
	ScramSHA512 = engine.ScramSHA512
)

// User is someone who may sign in.
type User struct {
	Name, Password string
	// Mechanisms that the password works with; none means both SCRAM ones.
	// A PLAIN user must be there when a directory is first used.
	Mechanisms []string
	// Super users bypass ACLs.
	Super bool
}

// Timing says how long the simulated parts take. A zero field means its
// default; see DefaultTiming.
type Timing = shape.Timing

// DefaultTiming is close to what a small real cluster shows: a killed broker
// is noticed after 9 s (broker.session.timeout.ms), a started one registers
// after 2 s, its replicas are back in sync after some 3 s more, copying runs
// at 50 MiB/s, and preferred leaders return by themselves after 5 minutes.
var DefaultTiming = Timing{
	FailureDetection: 9 * time.Second,
	Startup:          2 * time.Second,
	CatchUp:          3 * time.Second,
	ReplicationRate:  50 << 20,
	LeaderRebalance:  5 * time.Minute,
}

// ShortTiming is for tests: the same order of events in fractions of a second,
// and preferred leaders only when asked for.
var ShortTiming = Timing{
	FailureDetection: 300 * time.Millisecond,
	Startup:          50 * time.Millisecond,
	CatchUp:          100 * time.Millisecond,
	ReplicationRate:  1 << 30,
	LeaderRebalance:  -1,
}

// Defaults are broker configurations that decide what topics get.
type Defaults struct {
	Partitions        int  // num.partitions; 0: 1
	ReplicationFactor int  // default.replication.factor; 0: 3, or the number of brokers if that is less
	MinISR            int  // min.insync.replicas; 0: 1
	AutoCreateTopics  bool // auto.create.topics.enable
	UncleanElection   bool // unclean.leader.election.enable
}

// Config configures Start.
type Config struct {
	// Brokers is how many there are, with ids from 1; 0: 3.
	Brokers int
	// Dir keeps everything across restarts, a kill -9 included. "" keeps it in
	// memory. Only one cluster at a time may use a directory.
	Dir string
	// Host is where the brokers listen and what they advertise; "" is
	// 127.0.0.1. Anything but loopback is an error.
	Host string
	// Ports has one port a broker, 0 for a free one; BasePort is short for
	// BasePort, BasePort+1, and so on. None of both: free ports.
	Ports    []int
	BasePort int
	// TLS is the server side's configuration, with its certificate; nil is
	// plaintext. TLS 1.2 is the least in any case.
	TLS *tls.Config
	// Users who may sign in; none: nobody has to. They are created once; what
	// becomes of them later, through Kafka's own API, stays.
	Users []User
	// ACLs denies what no ACL allows, except to super users. Needs Users.
	ACLs   bool
	Timing Timing
	// GroupHeartbeat is the heartbeat interval that the cluster gives members
	// of consumer and share groups; 0: 5 s, as in Kafka.
	GroupHeartbeat time.Duration
	Defaults       Defaults
	// RetentionCheck is how often retention and compaction are looked after
	// (log.retention.check.interval.ms); 0: 15 s, so that they can be watched.
	RetentionCheck time.Duration
	// ClusterID is shown by the cluster; "": one is made, and kept in Dir.
	ClusterID string
	// Logger gets what happens inside; nil: nobody.
	Logger *slog.Logger
}

const maxBrokers = 32

func (c *Config) complete() error {
	if c.Brokers == 0 {
		c.Brokers = 3
	}
	if c.Brokers < 1 || c.Brokers > maxBrokers {
		return fmt.Errorf("embedded cluster: %d brokers; 1 to %d are possible", c.Brokers, maxBrokers)
	}
	switch c.Host {
	case "":
		c.Host = "127.0.0.1"
	case "127.0.0.1", "::1", "localhost":
	default:
		return fmt.Errorf("embedded cluster: host %q is not loopback; this cluster is for this machine only", c.Host)
	}
	if len(c.Ports) > 0 && len(c.Ports) != c.Brokers {
		return fmt.Errorf("embedded cluster: %d ports for %d brokers", len(c.Ports), c.Brokers)
	}
	if len(c.Ports) == 0 {
		c.Ports = make([]int, c.Brokers)
		for i := range c.Ports {
			if c.BasePort > 0 {
				c.Ports[i] = c.BasePort + i
			}
		}
	}
	if c.ACLs && len(c.Users) == 0 {
		return errors.New("embedded cluster: ACLs need users to sign in as; configure at least one")
	}
	for i := range c.Users {
		if err := c.Users[i].complete(); err != nil {
			return err
		}
	}
	c.Timing = completeTiming(c.Timing)
	if c.RetentionCheck <= 0 {
		c.RetentionCheck = 15 * time.Second
	}
	if c.GroupHeartbeat == 0 {
		c.GroupHeartbeat = 5 * time.Second
	}
	d := &c.Defaults
	d.Partitions = max(1, d.Partitions)
	d.MinISR = max(1, d.MinISR)
	if d.ReplicationFactor == 0 {
		d.ReplicationFactor = min(3, c.Brokers)
	}
	if c.TLS != nil {
		c.TLS = c.TLS.Clone()
		c.TLS.MinVersion = max(c.TLS.MinVersion, tls.VersionTLS12)
	}
	if c.Logger == nil {
		c.Logger = slog.New(slog.DiscardHandler)
	}
	return nil
}

func (u *User) complete() error {
	if u.Name == "" || u.Password == "" {
		return errors.New("embedded cluster: a user needs a name and a password")
	}
	if u.Name == engine.InternalUser {
		return fmt.Errorf("embedded cluster: the user name %s is taken", u.Name)
	}
	if len(u.Mechanisms) == 0 {
		u.Mechanisms = []string{ScramSHA512, ScramSHA256}
	}
	for _, m := range u.Mechanisms {
		if !slices.Contains([]string{Plain, ScramSHA256, ScramSHA512}, m) {
			return fmt.Errorf("embedded cluster: user %s: unknown SASL mechanism %q", u.Name, m)
		}
	}
	return nil
}

func completeTiming(t Timing) Timing {
	d := DefaultTiming
	set := func(v *time.Duration, def time.Duration) {
		if *v == 0 {
			*v = def
		}
	}
	set(&t.FailureDetection, d.FailureDetection)
	set(&t.Startup, d.Startup)
	set(&t.CatchUp, d.CatchUp)
	set(&t.LeaderRebalance, d.LeaderRebalance)
	if t.ReplicationRate == 0 {
		t.ReplicationRate = d.ReplicationRate
	}
	return t
}

// mechanisms lists those that at least one user has, strongest first.
func (c *Config) mechanisms() []string {
	var out []string
	for _, m := range []string{ScramSHA512, ScramSHA256, Plain} {
		if slices.ContainsFunc(c.Users, func(u User) bool { return slices.Contains(u.Mechanisms, m) }) {
			out = append(out, m)
		}
	}
	if len(out) > 0 && !slices.Contains(out, ScramSHA256) {
		out = append(out, ScramSHA256) // users can be given either kind later
	}
	if len(out) > 0 && !slices.Contains(out, ScramSHA512) {
		out = append([]string{ScramSHA512}, out...)
	}
	return out
}
