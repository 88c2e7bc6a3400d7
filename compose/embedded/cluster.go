// Package embedded is a Kafka cluster inside the process: several virtual
// brokers on loopback ports, with TLS, SASL and ACLs, in front of one log.
//
// Records, offsets, groups, transactions, users and ACLs are real. Replication
// is simulated: leaders, in-sync replicas, elections and reassignments follow
// Kafka's rules, and brokers can be stopped, killed, paused and broken, but
// there is one copy of the data. docs/embedded.md lists what is real, simulated
// and absent, API by API.
package embedded

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	"kconsole/compose/embedded/engine"
	"kconsole/compose/embedded/front"
	"kconsole/compose/embedded/shape"
)

// Cluster is a running cluster. All methods are safe for concurrent use.
type Cluster struct {
	cfg    Config
	eng    *engine.Engine
	shape  *shape.Shape
	front  *front.Server
	events *broadcast
	lock   *dirLock
	cancel context.CancelFunc
	done   chan struct{} // what runs by the clock has stopped

	mu     sync.Mutex // one change of a broker's process at a time
	closed bool
}

// Start starts all brokers and returns when they listen. Cancelling ctx later
// does not end the cluster; Close does.
func Start(ctx context.Context, cfg Config) (_ *Cluster, err error) {
	if err := cfg.complete(); err != nil {
		return nil, err
	}
	c := &Cluster{cfg: cfg, events: newBroadcast(), done: make(chan struct{})}
	defer func() {
		if err != nil {
			err = errors.Join(err, c.release())
		}
	}()
	if cfg.Dir != "" {
		if err := os.MkdirAll(cfg.Dir, 0o700); err != nil {
			return nil, fmt.Errorf("embedded cluster: %w", err)
		}
		if c.lock, err = lockDir(cfg.Dir); err != nil {
			return nil, err
		}
	}
	if c.cfg.ClusterID, err = clusterID(cfg); err != nil {
		return nil, err
	}
	if c.eng, err = engine.Start(c.engineOptions()); err != nil {
		return nil, err
	}
	if err := c.ensureUsers(ctx); err != nil {
		return nil, err
	}
	if c.shape, err = shape.New(c.shapeConfig()); err != nil {
		return nil, err
	}
	if err := c.reconcile(ctx); err != nil {
		return nil, err
	}
	if c.front, err = front.New(c.frontConfig()); err != nil {
		return nil, err
	}
	if err := c.front.LoadTopicConfigs(); err != nil {
		return nil, err
	}
	if err := c.shape.StartAll(); err != nil {
		return nil, err
	}
	if err := c.openPorts(); err != nil {
		return nil, err
	}
	run, cancel := context.WithCancel(context.WithoutCancel(ctx))
	c.cancel = cancel
	go func() {
		defer close(c.done)
		var wg sync.WaitGroup
		wg.Go(func() { c.shape.Run(run) })
		wg.Go(func() { c.retain(run) })
		wg.Wait()
	}()
	return c, ctx.Err()
}

// retain applies retention and compaction from time to time.
func (c *Cluster) retain(ctx context.Context) {
	tick := time.NewTicker(c.cfg.RetentionCheck)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		var topics []string
		c.shape.View(func(v shape.View) { topics = v.Topics() })
		if err := c.eng.Retain(topics); err != nil {
			c.cfg.Logger.Warn("retention", "err", err)
		}
	}
}

// Close stops all brokers, writes everything out and frees the directory. It
// is safe to call twice.
func (c *Cluster) Close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return nil
	}
	c.closed = true
	return c.release()
}

func (c *Cluster) release() error {
	if c.cancel != nil {
		c.cancel()
		<-c.done
	}
	if c.front != nil {
		c.front.Close()
	}
	if c.eng != nil {
		c.eng.Close()
	}
	var errs []error
	if c.shape != nil {
		errs = append(errs, c.shape.Close())
	}
	if c.lock != nil {
		errs = append(errs, c.lock.release())
	}
	c.events.close()
	return errors.Join(errs...)
}

// openPorts has every broker listening before the first one answers, since
// each of them advertises all of them.
func (c *Cluster) openPorts() error {
	for id := range c.ids() {
		if err := errors.Join(c.front.Pause(id), c.front.Listen(id)); err != nil {
			return err
		}
	}
	for id := range c.ids() {
		if err := c.front.Resume(id); err != nil {
			return err
		}
	}
	return nil
}

// ids ranges over the broker ids and their index.
func (c *Cluster) ids() func(func(int32, int) bool) {
	return func(yield func(int32, int) bool) {
		for i := range c.cfg.Brokers {
			if !yield(int32(i+1), i) {
				return
			}
		}
	}
}

func (c *Cluster) engineOptions() engine.Options {
	heartbeat := strconv.FormatInt(c.cfg.GroupHeartbeat.Milliseconds(), 10)
	o := engine.Options{
		Dir: c.cfg.Dir, ClusterID: c.cfg.ClusterID, ACLs: c.cfg.ACLs,
		DefaultPartitions: c.cfg.Defaults.Partitions,
		BrokerConfigs: map[string]string{
			"group.consumer.heartbeat.interval.ms": heartbeat,
			"group.share.heartbeat.interval.ms":    heartbeat,
		},
		Logger: engineLogger{c.cfg.Logger},
	}
	for _, u := range c.cfg.Users {
		for _, m := range u.Mechanisms {
			o.Users = append(o.Users, engine.User{Name: u.Name, Password: u.Password, Mechanism: m, Super: u.Super})
		}
	}
	return o
}

func (c *Cluster) shapeConfig() shape.Config {
	sc := shape.Config{
		Timing: c.cfg.Timing, Log: extents{c.eng}, OnEvent: c.events.publish,
		ReplicationFactor: c.cfg.Defaults.ReplicationFactor,
		MinISR:            c.cfg.Defaults.MinISR, Unclean: c.cfg.Defaults.UncleanElection,
	}
	if c.cfg.Dir != "" {
		sc.Journal = filepath.Join(c.cfg.Dir, "shape.jsonl")
	}
	for id := range c.ids() {
		sc.Brokers = append(sc.Brokers, shape.BrokerConfig{
			ID: id, Rack: fmt.Sprintf("rack-%d", id),
			LogDirs: []string{fmt.Sprintf("/embedded/broker-%d/logs-0", id), fmt.Sprintf("/embedded/broker-%d/logs-1", id)},
		})
	}
	return sc
}

func (c *Cluster) frontConfig() front.Config {
	fc := front.Config{
		Engine: c.eng, Shape: c.shape, TLS: c.cfg.TLS, Mechanisms: c.cfg.mechanisms(),
		ClusterID: c.cfg.ClusterID, Log: c.cfg.Logger,
		Defaults: front.Defaults{
			Partitions: int32(c.cfg.Defaults.Partitions), ReplicationFactor: c.cfg.Defaults.ReplicationFactor,
			MinISR: c.cfg.Defaults.MinISR, AutoCreate: c.cfg.Defaults.AutoCreateTopics,
			Unclean: c.cfg.Defaults.UncleanElection, Authorizer: c.cfg.ACLs, Timing: c.cfg.Timing,
			GroupHeartbeat: c.cfg.GroupHeartbeat, RetentionCheck: c.cfg.RetentionCheck,
		},
	}
	for _, u := range c.cfg.Users {
		if u.Super {
			fc.Defaults.SuperUsers = append(fc.Defaults.SuperUsers, u.Name)
		}
	}
	for id, i := range c.ids() {
		fc.Brokers = append(fc.Brokers, front.Broker{ID: id, Host: c.cfg.Host, Port: c.cfg.Ports[i]})
	}
	return fc
}

// clusterID is the configured one, the one kept in the directory, or a new one.
func clusterID(cfg Config) (string, error) {
	if cfg.ClusterID != "" {
		return cfg.ClusterID, nil
	}
	path := filepath.Join(cfg.Dir, "cluster.id")
	if cfg.Dir != "" {
		if b, err := os.ReadFile(path); err == nil && len(b) > 0 {
			return string(b), nil
		}
	}
	raw := make([]byte, 16)
	if _, err := rand.Read(raw); err != nil {
		return "", err
	}
	id := base64.RawURLEncoding.EncodeToString(raw)
	if cfg.Dir != "" {
		if err := os.WriteFile(path, []byte(id), 0o600); err != nil {
			return "", fmt.Errorf("embedded cluster: %w", err)
		}
	}
	return id, nil
}

// ClusterID is the id that the cluster shows to clients.
func (c *Cluster) ClusterID() string { return c.cfg.ClusterID }

// Addrs are the brokers' addresses as host:port, by broker id. They stay the
// same while the cluster lives, whether a broker runs or not.
func (c *Cluster) Addrs() []string {
	var out []string
	for id := range c.ids() {
		out = append(out, c.front.Addr(id))
	}
	return out
}

// BrokerState is one broker as the machine and the controller see it.
type BrokerState struct {
	ID         int32
	Addr       string // host:port where it listens
	Rack       string
	Running    bool // the process runs, paused or not
	Paused     bool
	Registered bool // the controller counts it in
	Controller bool
	LogDirs    []LogDir
	Faults     []string // what is broken on purpose, in words
}

// LogDir is one log directory of a broker.
type LogDir = shape.LogDir

// Brokers returns all brokers by id.
func (c *Cluster) Brokers() []BrokerState {
	var out []BrokerState
	c.shape.View(func(v shape.View) {
		controller, _ := v.Controller()
		for _, b := range v.Brokers() {
			out = append(out, BrokerState{
				ID: b.ID, Rack: b.Rack, Running: b.Up, Paused: b.Paused,
				Registered: !b.Fenced, Controller: b.ID == controller, LogDirs: b.LogDirs,
			})
		}
	})
	for i := range out {
		out[i].Addr = c.front.Addr(out[i].ID)
		out[i].Faults = c.front.Faults(out[i].ID)
		for _, d := range out[i].LogDirs {
			if d.Offline {
				out[i].Faults = append(out[i].Faults, "log directory "+d.Path+" offline")
			}
		}
	}
	return out
}

// extents lets the shape look at the log.
type extents struct{ *engine.Engine }

func (e extents) Extent(topic string, partition int32) (end, bytes int64) {
	st, _ := e.Partition(topic, partition)
	return st.HighWatermark, st.Bytes
}
