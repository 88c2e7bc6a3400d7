// Package shape is the simulated cluster above the log: which brokers there
// are, which of them the controller counts in, and for each partition its
// replicas, in-sync replicas, leader, leader epoch and running reassignment.
//
// It decides as a KRaft controller does: a fenced broker leaves every in-sync
// set, a leader comes from the in-sync replicas in the order of assignment,
// the last in-sync replica is never given up unless unclean election is
// allowed, and a replica returns to the in-sync set once it has caught up.
// Replication itself is simulated: catching up is a matter of time, computed
// from the bytes that a replica missed.
//
// One lock covers all of it, so that whatever is read in one View belongs to
// one moment. Slices handed out are never changed afterwards.
package shape

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"
)

// NoLeader is the leader of an offline partition.
const NoLeader int32 = -1

// Log is what the shape needs from the storage below it.
type Log interface {
	// BumpEpoch raises a partition's leader epoch by one.
	BumpEpoch(topic string, partition int32) error
	// Extent returns a partition's end offset and size in bytes.
	Extent(topic string, partition int32) (end, bytes int64)
}

// Timing says how long the simulated parts take.
type Timing struct {
	// FailureDetection is the time from a broker's silence to its fencing
	// (broker.session.timeout.ms).
	FailureDetection time.Duration
	// Startup is the time from a broker's start to its registration.
	Startup time.Duration
	// CatchUp is the least time a replica needs to rejoin the in-sync set.
	CatchUp time.Duration
	// ReplicationRate is how fast a replica copies what it lacks, in bytes a
	// second; it comes on top of CatchUp.
	ReplicationRate int64
	// LeaderRebalance is how often preferred leaders are restored by
	// themselves (leader.imbalance.check.interval.seconds); negative: never.
	LeaderRebalance time.Duration
}

// BrokerConfig is the fixed part of a broker.
type BrokerConfig struct {
	ID      int32
	Rack    string
	LogDirs []string
}

// Config configures New.
type Config struct {
	Brokers []BrokerConfig
	Timing  Timing
	Log     Log
	// Journal is the file that keeps assignments; "" keeps them in memory.
	Journal string
	// ReplicationFactor is the default for topics that do not say.
	ReplicationFactor int
	// MinISR and Unclean are the cluster-wide defaults of
	// min.insync.replicas and unclean.leader.election.enable.
	MinISR  int
	Unclean bool
	// OnEvent receives every change. It is called with the shape locked: it
	// must not block and must not call back.
	OnEvent func(Event)
}

// Shape is the state. All methods are safe for concurrent use.
type Shape struct {
	cfg    Config
	mu     sync.RWMutex
	broker map[int32]*broker
	ids    []int32 // sorted
	topics map[string]*topic
	byID   map[[16]byte]*topic

	controller      int32
	controllerEpoch int32
	version         int64 // rises with every change; the offset of the simulated metadata log
	placed          int   // partitions placed so far: rotates the first replica

	configs     map[int32]map[string]string // dynamic broker configurations
	minISR      int                         // in force, from the configurations
	unclean     bool
	rate        int64 // replication throttle, 0: none
	catching    map[*partition]struct{}
	nextBalance time.Time

	journal *journal
	dirty   map[*topic]map[int32]struct{} // nil set: the whole topic
	gone    []string
	// reconfigured are the brokers whose configurations changed.
	reconfigured map[int32]struct{}
	changed      chan struct{}
	wake         chan struct{}
}

type broker struct {
	BrokerConfig
	up, paused bool
	fenced     bool
	offline    map[int]bool // log dirs by index
	fenceAt    time.Time    // when silence becomes fencing; zero: not silent
	joinAt     time.Time    // when a start becomes a registration
	seen       time.Time    // last contact with the controller, while silent
	seenOffset int64        // metadata offset at that time
	epoch      int64        // version at the last registration
}

type topic struct {
	name     string
	id       [16]byte
	internal bool
	rules    TopicRules
	parts    []*partition
}

type partition struct {
	t        *topic
	index    int32
	replicas []int32
	isr      []int32
	leader   int32
	epoch    int32
	adding   []int32
	removing []int32
	dirs     map[int32]int
	lag      map[int32]*lag
}

// lag is where a replica outside the in-sync set stands.
type lag struct {
	end, bytes int64     // what it has
	start, due time.Time // while it is catching up
}

// New returns the shape kept in cfg.Journal, or an empty one. All brokers
// count as stopped until StartAll.
func New(cfg Config) (*Shape, error) {
	if len(cfg.Brokers) == 0 {
		return nil, errors.New("a cluster needs at least one broker")
	}
	s := &Shape{
		cfg:        cfg,
		broker:     map[int32]*broker{},
		topics:     map[string]*topic{},
		byID:       map[[16]byte]*topic{},
		controller: NoLeader,
		configs:    map[int32]map[string]string{},

		reconfigured: map[int32]struct{}{},
		catching:     map[*partition]struct{}{},
		dirty:        map[*topic]map[int32]struct{}{},
		changed:      make(chan struct{}),
		wake:         make(chan struct{}, 1),
	}
	for _, b := range cfg.Brokers {
		if s.broker[b.ID] != nil {
			return nil, fmt.Errorf("broker id %d is used twice", b.ID)
		}
		s.broker[b.ID] = &broker{BrokerConfig: b, fenced: true, offline: map[int]bool{}}
	}
	s.ids = slices.Sorted(maps.Keys(s.broker))
	if cfg.Journal != "" {
		if err := s.load(); err != nil {
			return nil, err
		}
	}
	s.applyConfigs()
	return s, nil
}

// Close ends the journal. The shape can still be read.
func (s *Shape) Close() error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.journal == nil {
		return nil
	}
	err := s.journal.close()
	s.journal = nil
	return err
}

// update runs a change under the lock, writes what it touched to the journal,
// and wakes whoever waits for a change.
func (s *Shape) update(fn func(now time.Time)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	before := s.version
	fn(time.Now())
	err := s.record()
	if s.version != before {
		close(s.changed)
		s.changed = make(chan struct{})
	}
	select {
	case s.wake <- struct{}{}:
	default:
	}
	return err
}

// touch marks a partition as changed.
func (s *Shape) touch(p *partition) {
	s.version++
	set, known := s.dirty[p.t]
	if known && set == nil {
		return
	}
	if set == nil {
		set = map[int32]struct{}{}
		s.dirty[p.t] = set
	}
	set[p.index] = struct{}{}
}

// Changed returns a channel that closes at the next change.
func (s *Shape) Changed() <-chan struct{} {
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.changed
}

// TopicRules are the configurations of a topic that the shape goes by.
type TopicRules struct {
	MinISR    int   // min.insync.replicas, 0: the cluster's default
	Unclean   *bool // unclean.leader.election.enable, nil: the cluster's default
	Throttled bool  // whether a replication throttle applies to its replicas
}

// SetTopic changes a topic's rules.
func (s *Shape) SetTopic(name string, rules TopicRules) error {
	return s.update(func(now time.Time) {
		t := s.topics[name]
		if t == nil {
			return
		}
		t.rules = rules
		for _, p := range t.parts {
			if p.leader == NoLeader {
				s.elect(p, now)
			}
		}
	})
}

func (s *Shape) emit(e Event) {
	if s.cfg.OnEvent == nil {
		return
	}
	if e.At.IsZero() {
		e.At = time.Now()
	}
	s.cfg.OnEvent(e)
}

func without(list []int32, drop ...int32) []int32 {
	out := make([]int32, 0, len(list))
	for _, v := range list {
		if !slices.Contains(drop, v) {
			out = append(out, v)
		}
	}
	return out
}
