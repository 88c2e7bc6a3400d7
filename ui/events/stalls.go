package events

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"kconsole/kafka"
	"kconsole/kafka/poll"
	"kconsole/ui/theme"
)

// The measures of a stall: what moved steadily stands still, while the cluster
// is in trouble. In a quiet cluster clients may stop whenever they like.
const (
	troubleLasts = 30 * time.Second // after a broker, a leader or an ISR changed
	steadySteps  = 3                // moves in a row that make a habit
	writersWait  = 3 * time.Second  // at least, and stallFactor times the usual gap
	groupsWait   = 8 * time.Second  // as writersWait; clients commit every 5 s by default
	stallFactor  = 4
)

// flow follows one number that grows while clients work.
type flow struct {
	at      int64
	moved   time.Time     // when it grew last
	gap     time.Duration // usual time between two moves, smoothed
	steps   int           // moves so far, up to steadySteps
	stalled bool
	seen    uint64 // the round that saw it last
}

// see takes the newest value; negative: not known, which is no move. It tells
// whether a stall begins or ends, and how long nothing had moved until then.
func (f *flow) see(value int64, now time.Time, least time.Duration, trouble bool) (begins, ends bool, stood time.Duration) {
	stood = now.Sub(f.moved)
	switch {
	case value > f.at:
		ends = f.stalled
		if f.steps > 0 && !ends {
			f.gap = (3*f.gap + stood) / 4
			if f.steps == 1 {
				f.gap = stood
			}
		}
		f.steps = min(f.steps+1, steadySteps)
		f.at, f.moved, f.stalled = value, now, false
	case value >= 0 && value < f.at: // made anew, or reset
		*f = flow{at: value, moved: now, seen: f.seen}
	case trouble && !f.stalled && f.steps >= steadySteps && stood >= max(least, stallFactor*f.gap):
		f.stalled, begins = true, true
	case !f.stalled && stood >= max(least, stallFactor*f.gap):
		f.steps = 0 // it ended by itself, with nothing wrong in the cluster
	}
	return begins, ends, stood
}

// flows follow all partitions that are written to and all groups that read.
type flows struct {
	round      uint64
	trouble    time.Time // when the cluster last changed by itself
	topics     time.Time // the snapshot's parts that were looked at
	groups     time.Time
	partitions map[partitionKey]*flow
	commits    map[string]*flow
}

type partitionKey struct {
	topic string
	id    int32
}

// Watch compares what clients do with what they usually do. It is called about
// once a second with the newest snapshot, also where that is no news: that
// nothing moves is none. scope is what the snapshots are read with.
func (l *Log) Watch(next *poll.Snapshot, scope poll.Scope) {
	f := &l.flows
	if f.partitions == nil || scope&poll.Offsets == 0 {
		f.partitions = make(map[partitionKey]*flow)
	}
	if f.commits == nil || scope&poll.Lag == 0 {
		f.commits = make(map[string]*flow)
	}
	trouble := !f.trouble.IsZero() && next.At.Sub(f.trouble) < troubleLasts
	f.round++
	if scope&poll.Offsets != 0 && next.Topics.At.After(f.topics) {
		f.topics = next.Topics.At
		d := diff{at: next.Topics.At}
		for i := range next.Topics.Rows {
			f.writers(&d, &next.Topics.Rows[i], trouble)
		}
		forget(f.partitions, f.round)
		l.take(d)
	}
	if scope&poll.Lag != 0 && next.Groups.At.After(f.groups) {
		f.groups = next.Groups.At
		d := diff{at: next.Groups.At}
		for i := range next.Groups.Rows {
			f.readers(&d, &next.Groups.Rows[i], trouble)
		}
		forget(f.commits, f.round)
		l.take(d)
	}
}

// writers tells of partitions that get no records any more, and of those that
// get some again, one event each for the topic.
func (f *flows) writers(d *diff, t *kafka.Topic, trouble bool) {
	if t.Internal {
		return
	}
	var begin, end []string
	var still, stood time.Duration
	for i := range t.Partitions {
		p := &t.Partitions[i]
		key := partitionKey{t.Name, p.ID}
		one := f.partitions[key]
		if one == nil {
			if p.End < 0 {
				continue // not read, or not yet
			}
			one = &flow{at: p.End, moved: d.at}
			f.partitions[key] = one
		}
		one.seen = f.round
		begins, ends, since := one.see(p.End, d.at, writersWait, trouble)
		name := "p" + strconv.Itoa(int(p.ID))
		switch {
		case begins:
			begin, still = append(begin, name), max(still, since)
		case ends:
			end, stood = append(end, name), max(stood, since)
		}
	}
	if len(begin) > 0 {
		d.add(Writers, theme.Watch, t.Name, "stalled: no records in %s for %s", names(begin), seconds(still))
	}
	if len(end) > 0 {
		d.add(Writers, theme.Fine, t.Name, "records again in %s, after %s", names(end), seconds(stood))
	}
}

// readers tells of a group that stops to commit while there is something to
// read, and of one that goes on.
func (f *flows) readers(d *diff, g *kafka.Group, trouble bool) {
	sum := kafka.Unknown
	for i := range g.Offsets {
		if at := g.Offsets[i].Committed; at >= 0 {
			sum = max(sum, 0) + at
		}
	}
	one := f.commits[g.ID]
	if one == nil {
		if sum < 0 {
			return
		}
		one = &flow{at: sum, moved: d.at}
		f.commits[g.ID] = one
	}
	one.seen = f.round
	lag := g.Lag()
	switch begins, ends, since := one.see(sum, d.at, groupsWait, trouble && lag > 0); {
	case begins:
		d.add(Readers, theme.Watch, g.ID, "stalled: nothing committed for %s, lag %d", seconds(since), lag)
	case ends:
		d.add(Readers, theme.Fine, g.ID, "commits again, after %s, lag %d", seconds(since), max(lag, 0))
	}
}

// forget drops what was not there any more in this round.
func forget[K comparable](all map[K]*flow, round uint64) {
	for key, one := range all {
		if one.seen != round {
			delete(all, key)
		}
	}
}

// disturbed notes that the cluster changed by itself.
func (f *flows) disturbed(at time.Time, kind Kind) {
	if slices.Contains([]Kind{Broker, Leader, ISR, Lab}, kind) {
		f.trouble = at
	}
}

func names(list []string) string {
	if n := len(list); n > eachTopic {
		return fmt.Sprintf("%s and %d more", strings.Join(list[:eachTopic], ", "), n-eachTopic)
	}
	return strings.Join(list, ", ")
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.0f s", d.Seconds()) }
