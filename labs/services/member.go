package services

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"kconsole/kafka"
)

// member is one client of a consumer group.
type member struct {
	s  *Service
	id string

	alive context.Context // ends with a crash: connections are cut
	kill  context.CancelCauseFunc
	stop  context.Context // ends with Stop, after the record under way
	leave context.CancelFunc

	state   State // guarded by s.mu, as is handled
	handled int64

	// work is held while a record is handled, so that a rebalance waits for it.
	work chan struct{}

	mu      sync.Mutex
	owned   map[partition]*position
	expired chan struct{} // closed when the poll interval was exceeded; renewed with each client
}

// position is how far a member is on a partition.
type position struct {
	next      kgo.EpochOffset // what will be committed
	committed int64           // what was committed last by this member; -1: nothing
}

func newMember(s *Service, id string) *member {
	m := &member{s: s, id: id, state: Starting, work: make(chan struct{}, 1), owned: map[partition]*position{}}
	m.alive, m.kill = context.WithCancelCause(s.m.ctx)
	m.stop, m.leave = context.WithCancel(m.alive)
	context.AfterFunc(s.stop, m.leave)
	return m
}

// run is the member's life: it joins, works, and joins again when it was out of
// the group.
func (m *member) run() {
	defer m.kill(nil)
	for {
		err := m.live()
		end := Stopped
		switch {
		case errors.Is(err, errExpired):
			m.s.change(func() { m.state = Starting })
			continue
		case errors.Is(context.Cause(m.alive), errCrash):
			end = Crashed
		case errors.Is(err, errHalt):
			end = Failed
		}
		m.mu.Lock()
		clear(m.owned)
		m.mu.Unlock()
		m.s.change(func() { m.state = end })
		return
	}
}

// live is one stay in the group.
func (m *member) live() error {
	client, err := m.s.m.opts.Cluster.NewClient(append(m.s.cfg.client(m.alive, m.id),
		kgo.OnPartitionsAssigned(m.assigned), kgo.OnPartitionsRevoked(m.revoked), kgo.OnPartitionsLost(m.lost),
	)...)
	if err != nil {
		m.s.note(err)
		return errHalt
	}
	m.mu.Lock()
	m.expired = make(chan struct{})
	clear(m.owned)
	m.mu.Unlock()
	defer client.Close()
	for m.stop.Err() == nil {
		if !m.waitWhilePaused() {
			break
		}
		fetches := client.PollRecords(m.stop, m.s.switches().MaxPollRecords)
		fetches.EachError(func(topic string, p int32, err error) {
			if m.stop.Err() == nil {
				m.s.note(fmt.Errorf("%s cannot read %s/%d: %w", m.id, topic, p, kafka.Explain(err)))
			}
		})
		if records := fetches.Records(); len(records) > 0 {
			if err := m.poll(client, records); err != nil {
				return err
			}
		}
	}
	return nil
}

// poll handles what one poll returned.
func (m *member) poll(client *kgo.Client, records []*kgo.Record) error {
	limit := m.limit(client)
	defer limit.stop()
	if m.s.switches().Commit == CommitBefore {
		m.advance(records...)
		m.commit(m.alive, client)
	}
	for _, r := range records {
		if m.s.switches().Paused {
			limit.stop() // a paused client goes on polling
			m.commitAfter(client)
			if !m.waitWhilePaused() {
				return nil
			}
			limit = m.limit(client)
			defer limit.stop()
		}
		if m.stop.Err() != nil {
			break
		}
		if err := m.one(r); err != nil && !errors.Is(err, errMoved) {
			if errors.Is(err, errHalt) {
				m.commitAfter(client)
			}
			return err
		}
	}
	m.commitAfter(client)
	if m.isExpired() {
		return errExpired
	}
	return nil
}

// one handles a record, unless the partition has gone to another member.
func (m *member) one(r *kgo.Record) error {
	select {
	case m.work <- struct{}{}:
	case <-m.alive.Done():
		return nil
	}
	defer func() { <-m.work }()
	if !m.owns(r) {
		return nil
	}
	err := m.s.handle(m, r)
	if err == nil && m.alive.Err() == nil {
		m.advance(r)
	}
	return err
}

// rest pauses between two tries of a record. A rebalance does not wait for it: if
// the partition is gone afterwards, its new owner has the record.
func (m *member) rest(r *kgo.Record, d time.Duration) error {
	<-m.work
	sleep(m.stop, d)
	m.work <- struct{}{} // whoever holds it lets go: a commit has its limit
	if !m.owns(r) {
		return errMoved
	}
	return nil
}

// owns tells whether a record is this member's to handle. A member that was too
// slow does not know yet that it is not.
func (m *member) owns(r *kgo.Record) bool {
	if m.isExpired() {
		return true
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	_, ok := m.owned[partition{r.Topic, r.Partition}]
	return ok
}

func (m *member) advance(records ...*kgo.Record) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, r := range records {
		if p := m.owned[partition{r.Topic, r.Partition}]; p != nil {
			p.next = kgo.EpochOffset{Epoch: r.LeaderEpoch, Offset: r.Offset + 1}
		}
	}
}

func (m *member) commitAfter(client *kgo.Client) {
	if m.s.switches().Commit == CommitAfter {
		m.commit(m.alive, client)
	}
}

// commitLimit bounds one commit.
const commitLimit = 5 * time.Second

// commit commits what moved since the last time.
func (m *member) commit(ctx context.Context, client *kgo.Client, only ...partition) {
	sw := m.s.switches()
	if sw.SkipCommit || sw.Commit == CommitNever {
		return
	}
	// The library commits the offset after that of a record.
	var upTo []*kgo.Record
	m.mu.Lock()
	for tp, p := range m.owned {
		if p.next.Offset <= 0 || p.next.Offset == p.committed || len(only) > 0 && !slices.Contains(only, tp) {
			continue
		}
		upTo = append(upTo, &kgo.Record{Topic: tp.topic, Partition: tp.id, Offset: p.next.Offset - 1, LeaderEpoch: p.next.Epoch})
	}
	gone := len(m.owned) == 0
	m.mu.Unlock()
	if len(upTo) == 0 {
		if gone && m.isExpired() {
			m.commitFailed(fmt.Errorf("the member was no longer in the group: handling took longer than %v between polls", sw.MaxPollInterval))
		}
		return
	}
	ctx, cancel := context.WithTimeout(ctx, commitLimit)
	defer cancel()
	if err := client.CommitRecords(ctx, upTo...); err != nil {
		if m.alive.Err() == nil {
			m.commitFailed(err)
		}
		return
	}
	m.mu.Lock()
	for _, r := range upTo {
		if p := m.owned[partition{r.Topic, r.Partition}]; p != nil {
			p.committed = r.Offset + 1
		}
	}
	m.mu.Unlock()
	m.s.change(func() { m.s.counts.Commits++ })
}

func (m *member) commitFailed(err error) {
	m.s.change(func() { m.s.counts.CommitErrors++ })
	m.s.note(fmt.Errorf("%s cannot commit: %w", m.id, err))
}

// waitWhilePaused returns false when the member has to end.
func (m *member) waitWhilePaused() bool {
	return m.s.Wait(m.stop, func(st Status) bool { return !st.Switches.Paused }) == nil
}

func (m *member) assigned(_ context.Context, _ *kgo.Client, got map[string][]int32) {
	m.mu.Lock()
	for topic, ids := range got {
		for _, id := range ids {
			m.owned[partition{topic, id}] = &position{committed: -1}
		}
	}
	m.mu.Unlock()
	m.s.change(func() {
		m.s.counts.Rebalances++
		m.state = Running
	})
}

// revoked lets the record under way finish and commits, before another member
// gets the partitions.
func (m *member) revoked(ctx context.Context, client *kgo.Client, gone map[string][]int32) {
	m.mu.Lock()
	expired := m.expired
	m.mu.Unlock()
	select {
	case m.work <- struct{}{}:
		defer func() { <-m.work }()
		if m.s.switches().Commit == CommitAfter && m.alive.Err() == nil && !m.isExpired() {
			m.commit(ctx, client, partitionsOf(gone)...)
		}
	case <-expired:
	case <-m.alive.Done():
	}
	m.lost(ctx, client, gone)
}

func (m *member) lost(_ context.Context, _ *kgo.Client, gone map[string][]int32) {
	m.mu.Lock()
	for _, tp := range partitionsOf(gone) {
		delete(m.owned, tp)
	}
	m.mu.Unlock()
	m.s.change(func() {})
}

func partitionsOf(of map[string][]int32) []partition {
	var out []partition
	for topic, ids := range of {
		for _, id := range ids {
			out = append(out, partition{topic, id})
		}
	}
	return out
}

// partitions is what the member owns, by topic.
func (m *member) partitions() map[string][]int32 {
	m.mu.Lock()
	defer m.mu.Unlock()
	out := map[string][]int32{}
	for tp := range m.owned {
		out[tp.topic] = append(out[tp.topic], tp.id)
	}
	for _, ids := range out {
		slices.Sort(ids)
	}
	return out
}

// pollLimit watches how long the records of a poll take.
type pollLimit struct{ timer *time.Timer }

func (l pollLimit) stop() {
	if l.timer != nil {
		l.timer.Stop()
	}
}

// limit starts the watch: a member that does not poll in time leaves its group,
// as max.poll.interval.ms has it in other clients.
func (m *member) limit(client *kgo.Client) pollLimit {
	interval := m.s.switches().MaxPollInterval
	if interval <= 0 {
		return pollLimit{}
	}
	m.mu.Lock()
	expired := m.expired
	m.mu.Unlock()
	return pollLimit{time.AfterFunc(interval, func() {
		m.mu.Lock()
		select {
		case <-expired:
			m.mu.Unlock()
			return
		default:
			close(expired)
		}
		m.mu.Unlock()
		m.s.change(func() { m.s.counts.Expired++ })
		_ = client.LeaveGroupContext(nil) //nolint:staticcheck // nil triggers the leave without waiting for it
	})}
}

func (m *member) isExpired() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	select {
	case <-m.expired:
		return true
	default:
		return false
	}
}
