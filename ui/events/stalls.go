package events

import (
	"fmt"
	"maps"
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

// flows follow the partitions that are written to and all groups that read. Most
// partitions of a large cluster are quiet: one is followed from its first move on.
type flows struct {
	round   uint64
	trouble time.Time // when the cluster last changed by itself
	topics  time.Time // the snapshot's parts that were looked at
	groups  time.Time
	rows    []kafka.Topic      // of that look
	writing map[string][]*flow // by topic, then as its partitions are; nil: it has not moved
	commits map[string]*flow
}

// Watch compares what clients do with what they usually do. It is called about
// once a second with the newest snapshot, also where that is no news: that
// nothing moves is none. scope is what the snapshots are read with.
func (l *Log) Watch(next *poll.Snapshot, scope poll.Scope) {
	f := &l.flows
	if f.writing == nil || scope&poll.Offsets == 0 {
		f.writing, f.rows = make(map[string][]*flow), nil
	}
	if f.commits == nil || scope&poll.Lag == 0 {
		f.commits = make(map[string]*flow)
	}
	trouble := !f.trouble.IsZero() && next.At.Sub(f.trouble) < troubleLasts
	f.round++
	if scope&poll.Offsets != 0 && next.Topics.At.After(f.topics) {
		d := diff{at: next.Topics.At}
		f.follow(next.Topics.Rows)
		for _, name := range slices.Sorted(maps.Keys(f.writing)) {
			if t := next.Topic(name); t != nil {
				f.writers(&d, t, trouble)
			} else {
				delete(f.writing, name)
			}
		}
		f.topics, f.rows = next.Topics.At, next.Topics.Rows
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

// follow begins to follow the partitions that have moved since the last look.
func (f *flows) follow(rows []kafka.Topic) {
	if len(rows) == 0 || len(f.rows) == 0 || &rows[0] == &f.rows[0] {
		return
	}
	j := 0
	for i := range rows {
		t := &rows[i]
		for j < len(f.rows) && f.rows[j].Name < t.Name {
			j++
		}
		if j == len(f.rows) || f.rows[j].Name != t.Name || t.Internal {
			continue
		}
		was := f.rows[j].Partitions
		for k := range min(len(was), len(t.Partitions)) {
			from, to := was[k].End, t.Partitions[k].End
			if from < 0 || to <= from || was[k].ID != t.Partitions[k].ID {
				continue // it stands still, or was not read
			}
			all := f.writing[t.Name]
			if len(all) <= k {
				all = append(all, make([]*flow, len(t.Partitions)-len(all))...)
				f.writing[t.Name] = all
			}
			if all[k] == nil {
				all[k] = &flow{at: from, moved: f.topics}
			}
		}
	}
}

// writers tells of partitions that get no records any more, and of those that
// get some again, one event each for the topic.
func (f *flows) writers(d *diff, t *kafka.Topic, trouble bool) {
	var begin, end []string
	var still, stood time.Duration
	for i, one := range f.writing[t.Name] {
		if one == nil || i >= len(t.Partitions) {
			continue
		}
		p := &t.Partitions[i]
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
