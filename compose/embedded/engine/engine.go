// Package engine is the log behind the embedded cluster: one kfake broker,
// reachable in memory only. It stores records, offsets, groups, transactions,
// ACLs, users and quotas, and it decides who may do what. It knows nothing of
// the brokers that clients see; those live in the shape and front packages.
//
// kfake keeps one log per partition. Leaders, replicas and in-sync sets are
// therefore simulated above it, and the only trace of an election that it
// sees is a higher leader epoch.
package engine

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"maps"
	"math"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"sync"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kversion"
)

// Mechanisms that the engine can verify.
const (
	Plain       = "PLAIN"
	ScramSHA256 = "SCRAM-SHA-256"
	ScramSHA512 = "SCRAM-SHA-512"
)

// InternalUser is the superuser that the stack itself signs in as. It exists
// only inside the process: the front refuses the name on every listener.
const InternalUser = "__embedded"

// ScramIterations is the one number of iterations that the engine announces to
// clients that sign in with SCRAM, and so the only one a credential may have.
const ScramIterations = 4096

// ErrClosed is returned by everything after Close.
var ErrClosed = errors.New("the embedded cluster is closed")

// User is one credential of the engine's user store.
type User struct {
	Name, Password, Mechanism string
	Super                     bool // bypasses ACLs
}

// Options configure Start.
type Options struct {
	// Dir keeps everything across restarts; "" keeps it in memory. It is
	// created with mode 0700, because the engine's files hold credentials.
	Dir       string
	ClusterID string
	Users     []User // none: no SASL at all
	ACLs      bool   // deny what no ACL allows; needs Users
	// DefaultPartitions is num.partitions.
	DefaultPartitions int
	// BrokerConfigs are the dynamic cluster-wide broker configs to start with.
	BrokerConfigs map[string]string
	Logger        kfake.Logger
}

// Engine is a running log. All methods are safe for concurrent use.
type Engine struct {
	k        *kfake.Cluster
	extents  *extents
	ln       *pipeListener
	secret   string
	sasl     bool
	mu       sync.RWMutex // held for reading by every call into k, for writing by Close
	isClosed bool
}

// Start opens the directory, or an empty memory, and starts the engine.
// Users given here are created when the directory is new; an existing
// directory keeps its own.
func Start(o Options) (*Engine, error) {
	e := &Engine{ln: newPipeListener(), sasl: len(o.Users) > 0}
	// Nothing is to be removed behind our back: Retain does it.
	configs := map[string]string{"log.cleaner.backoff.ms": strconv.Itoa(math.MaxInt32)}
	maps.Copy(configs, o.BrokerConfigs)
	opts := []kfake.Opt{
		kfake.NumBrokers(1),
		kfake.MaxVersions(kversion.V4_3_0()), // what the real stacks run
		kfake.ClusterID(o.ClusterID),
		kfake.ListenFn(func(string, string) (net.Listener, error) { return e.ln, nil }),
		kfake.DefaultNumPartitions(o.DefaultPartitions),
		kfake.BrokerConfigs(configs),
	}
	if o.Logger != nil {
		opts = append(opts, kfake.WithLogger(o.Logger))
	}
	if o.Dir != "" {
		if err := os.MkdirAll(o.Dir, 0o700); err != nil {
			return nil, fmt.Errorf("embedded cluster data: %w", err)
		}
		opts = append(opts, kfake.DataDir(filepath.Join(o.Dir, "log")))
	}
	if o.ACLs {
		if !e.sasl {
			return nil, errors.New("embedded cluster: ACLs need users to sign in as; configure at least one")
		}
		opts = append(opts, kfake.EnableACLs())
	}
	if e.sasl {
		var err error
		if e.secret, err = internalSecret(o.Dir); err != nil {
			return nil, err
		}
		opts = append(opts, kfake.EnableSASL(), kfake.Superuser(Plain, InternalUser, e.secret))
	}
	for _, u := range o.Users {
		if u.Super {
			opts = append(opts, kfake.Superuser(u.Mechanism, u.Name, u.Password))
		} else {
			opts = append(opts, kfake.User(u.Mechanism, u.Name, u.Password))
		}
	}
	var err error
	if e.extents, err = openExtents(o.Dir); err != nil {
		return nil, err
	}
	if e.k, err = kfake.NewCluster(opts...); err != nil {
		return nil, fmt.Errorf("embedded cluster: cannot start on %s: %w", dirName(o.Dir), err)
	}
	if err := e.restoreExtents(context.Background()); err != nil {
		e.Close()
		return nil, err
	}
	return e, nil
}

func dirName(dir string) string {
	if dir == "" {
		return "memory"
	}
	return dir
}

// internalSecret returns the password of InternalUser: random, and kept beside
// the user store because the store keeps the one it was made with.
func internalSecret(dir string) (string, error) {
	path := filepath.Join(dir, "internal.secret")
	if dir != "" {
		if b, err := os.ReadFile(path); err == nil && len(b) > 0 {
			return string(b), nil
		} else if err != nil && !errors.Is(err, os.ErrNotExist) {
			return "", fmt.Errorf("embedded cluster secret: %w", err)
		}
	}
	raw := make([]byte, 24)
	if _, err := rand.Read(raw); err != nil {
		return "", err
	}
	secret := base64.RawURLEncoding.EncodeToString(raw)
	if dir != "" {
		if err := os.WriteFile(path, []byte(secret), 0o600); err != nil {
			return "", fmt.Errorf("embedded cluster secret: %w", err)
		}
	}
	return secret, nil
}

// Close flushes everything and ends the engine. It is safe to call twice.
func (e *Engine) Close() {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.isClosed {
		return
	}
	e.isClosed = true
	e.k.Close()
	e.extents.close()
	_ = e.ln.Close() // never fails
}

// Dial opens a connection on behalf of remote, whose address is what host
// based ACLs are matched against. The client signs in on it by itself.
func (e *Engine) Dial(ctx context.Context, remote net.Addr) (*Conn, error) {
	nc, err := e.ln.dial(ctx, remote)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrClosed, err)
	}
	return newConn(nc), nil
}

// DialInternal opens a connection that may do everything.
func (e *Engine) DialInternal(ctx context.Context) (*Conn, error) {
	c, err := e.Dial(ctx, e.ln.Addr())
	if err != nil {
		return nil, err
	}
	if e.sasl {
		if err := c.signIn(InternalUser, e.secret); err != nil {
			c.Close()
			return nil, err
		}
	}
	return c, nil
}

// use runs fn while the engine is open. kfake's own calls block forever on a
// closed cluster, hence the lock.
func (e *Engine) use(fn func(k *kfake.Cluster)) bool {
	e.mu.RLock()
	defer e.mu.RUnlock()
	if e.isClosed {
		return false
	}
	fn(e.k)
	return true
}

// BumpEpoch raises the leader epoch of a partition by one, as an election
// does, and leaves everything else as it is.
func (e *Engine) BumpEpoch(topic string, partition int32) error {
	var err error
	if !e.use(func(k *kfake.Cluster) { err = k.MoveTopicPartition(topic, partition, 0) }) {
		return ErrClosed
	}
	return err
}

// PartitionState is what the log says of one partition.
type PartitionState struct {
	Partition                int32
	Epoch                    int32
	LogStart, HighWatermark  int64 // offsets
	Bytes                    int64
	LastStable, MaxTimestamp int64 // offset, milliseconds
}

// Partition returns the log's state of one partition, and whether it exists.
func (e *Engine) Partition(topic string, partition int32) (PartitionState, bool) {
	var info *kfake.PartitionInfo
	if !e.use(func(k *kfake.Cluster) { info = k.PartitionInfo(topic, partition) }) || info == nil {
		return PartitionState{}, false
	}
	return stateOf(info), true
}

// Partitions returns the log's state of all partitions of a topic, in order;
// none for a topic that does not exist.
func (e *Engine) Partitions(topic string) []PartitionState {
	var infos []*kfake.PartitionInfo
	e.use(func(k *kfake.Cluster) { infos = k.PartitionInfos(topic) })
	out := make([]PartitionState, 0, len(infos))
	for _, i := range infos {
		out = append(out, stateOf(i))
	}
	return out
}

func stateOf(i *kfake.PartitionInfo) PartitionState {
	return PartitionState{
		Partition: i.Partition, Epoch: i.Epoch,
		LogStart: i.LogStartOffset, HighWatermark: i.HighWatermark, Bytes: i.NumBytes,
		LastStable: i.LastStableOffset, MaxTimestamp: i.MaxTimestamp,
	}
}

// Topic is what the log says of a topic.
type Topic struct {
	Name    string
	ID      [16]byte
	Configs map[string]*string // only those set on the topic itself
}

// Topic returns a topic by name.
func (e *Engine) Topic(name string) (Topic, bool) {
	return e.topic(func(k *kfake.Cluster) *kfake.TopicInfo { return k.TopicInfo(name) })
}

// TopicByID returns a topic by its id.
func (e *Engine) TopicByID(id [16]byte) (Topic, bool) {
	return e.topic(func(k *kfake.Cluster) *kfake.TopicInfo { return k.TopicIDInfo(id) })
}

func (e *Engine) topic(get func(*kfake.Cluster) *kfake.TopicInfo) (Topic, bool) {
	var info *kfake.TopicInfo
	if !e.use(func(k *kfake.Cluster) { info = get(k) }) || info == nil {
		return Topic{}, false
	}
	return Topic{Name: info.Topic, ID: info.TopicID, Configs: info.Configs}, true
}

// CreateTopic creates a topic without asking any ACL: for the internal topics.
func (e *Engine) CreateTopic(name string, partitions int32, configs map[string]string) error {
	var err error
	if !e.use(func(k *kfake.Cluster) { err = k.CreateTopic(name, partitions, configs) }) {
		return ErrClosed
	}
	return err
}
