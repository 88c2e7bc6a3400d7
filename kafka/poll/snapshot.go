// Package poll reads a cluster at a steady pace and publishes what it found as
// immutable snapshots. It fetches only the scopes that somebody looks at.
package poll

import (
	"sort"
	"time"

	"kconsole/kafka"
)

// Scope is a set of things that a [Poller] can read.
type Scope uint32

// The scopes. Brokers and topics come with one Metadata request; each other
// scope costs requests of its own, so a screen names just those it shows.
const (
	Topics   Scope = 1 << iota // brokers, topics, partitions: leaders, replicas, ISR
	Offsets                    // log start, end and last stable offsets of all partitions
	Sizes                      // bytes on disk, by DescribeLogDirs
	Groups                     // groups, states, members
	Lag                        // committed offsets and where those partitions end (reads Groups as well)
	ACLs                       // access control bindings
	Subjects                   // the registry's subjects, versions, levels
	Last                       // the largest timestamp of each topic
)

// Part is one kind of thing in a snapshot. A failed round keeps the rows of
// the last good one, so Rows and Err can both be set: At then tells their age.
type Part[T any] struct {
	Rows []T       // sorted by identity; never changed once published
	At   time.Time // when Rows were read; zero: never yet
	Err  error     // why the newest attempt failed; nil after a good one
}

// Ready tells whether there ever was a good read.
func (p Part[T]) Ready() bool { return !p.At.IsZero() }

// Problem is something that a round could not read, for the error banner.
type Problem struct {
	Scope Scope
	At    time.Time // when it began
	Err   error     // one line for the user: what failed, why, what to do
}

// Snapshot is the cluster at one moment. It is immutable: whoever holds one
// may read it without a lock and must not write to it.
type Snapshot struct {
	Seq      uint64    // rises with every snapshot
	At       time.Time // when it was published
	Cluster  kafka.ClusterInfo
	Topics   Part[kafka.Topic]
	Groups   Part[kafka.Group]
	ACLs     Part[kafka.ACL]
	Subjects Part[kafka.Subject]
	Problems []Problem // empty when everything asked for was read
	// History is what was seen before, for charts. It is shared by all
	// snapshots of a poller and safe for concurrent use; nil in a snapshot that
	// no poller made.
	History *History
}

// Same tells whether another snapshot of the same poller has the same brokers and
// rows, of the same age and with the same errors. Rows that were read again and
// have not changed are the same, but younger.
func (s *Snapshot) Same(o *Snapshot) bool {
	return s == o || o != nil && s.Cluster.ID == o.Cluster.ID && s.Cluster.Controller == o.Cluster.Controller && sameRows(s.Cluster.Brokers, o.Cluster.Brokers) &&
		s.Topics.same(o.Topics) && s.Groups.same(o.Groups) && s.ACLs.same(o.ACLs) && s.Subjects.same(o.Subjects)
}

func (p Part[T]) same(o Part[T]) bool {
	return sameRows(p.Rows, o.Rows) && p.At.Equal(o.At) && sameErr(p.Err, o.Err)
}

// Topic finds a topic by name; nil if there is none.
func (s *Snapshot) Topic(name string) *kafka.Topic {
	return find(s.Topics.Rows, name, func(t *kafka.Topic) string { return t.Name })
}

// Group finds a group by id; nil if there is none.
func (s *Snapshot) Group(id string) *kafka.Group {
	return find(s.Groups.Rows, id, func(g *kafka.Group) string { return g.ID })
}

// Subject finds a subject by name; nil if there is none.
func (s *Snapshot) Subject(name string) *kafka.Subject {
	return find(s.Subjects.Rows, name, func(x *kafka.Subject) string { return x.Name })
}

// find searches rows that are sorted by name.
func find[T any](rows []T, name string, nameOf func(*T) string) *T {
	i := sort.Search(len(rows), func(i int) bool { return nameOf(&rows[i]) >= name })
	if i == len(rows) || nameOf(&rows[i]) != name {
		return nil
	}
	return &rows[i]
}
