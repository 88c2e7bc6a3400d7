package doctor

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"kconsole/kafka"
	"kconsole/kafka/config"
)

// eachReader calls do for each group of consumers.
func (f *Facts) eachReader(r *result, do func(g *kafka.Group)) {
	for i := range f.Groups {
		if readers(&f.Groups[i]) {
			r.looked++
			do(&f.Groups[i])
		}
	}
	if err := f.Errs[PartGroups]; err != nil {
		r.note = err.Error()
	}
}

// watched notes where growth could not be seen.
func (f *Facts) watched(r *result) bool {
	if len(f.Earlier) == 0 {
		r.unknown = "it takes two readings, some seconds apart"
		return false
	}
	r.note = "watched for " + span(f.Now.Sub(f.Earlier[0].At))
	return true
}

func stoppedConsumers(f *Facts, r *result) {
	if !f.watched(r) {
		return
	}
	f.eachReader(r, func(g *kafka.Group) {
		p, ok := f.pace(g)
		if !ok || len(g.Members) > 0 || p.in <= 0 || p.out > 0 || g.Lag() <= 0 {
			return
		}
		r.add(Finding{
			Level: Act, Resource: "group " + g.ID, Title: fmt.Sprintf("%s is stopped, and its lag grows", g.ID),
			Evidence: []string{
				fmt.Sprintf("no members (%s), lag %d", g.State, g.Lag()),
				fmt.Sprintf("%.1f records/s arrive in %s", p.in, strings.Join(g.Topics(), ", ")),
			},
			Next: Action{Text: "start its consumers", Command: "kconsole get lag " + quote(g.ID)}, Open: groupLink(g.ID),
		})
	})
}

// What makes a group slow: a lag worth a word, of more than the usual time
// between two commits.
const (
	slowLag     = 20
	slowBehind  = 10 * time.Second
	stuckWindow = 15 * time.Second // without a single commit
)

func slowConsumers(f *Facts, r *result) {
	if !f.watched(r) {
		return
	}
	f.eachReader(r, func(g *kafka.Group) {
		p, ok := f.pace(g)
		lag := g.Lag()
		if !ok || len(g.Members) == 0 || lag < slowLag || p.in <= p.out && p.in > 0 || float64(lag) < p.in*slowBehind.Seconds() {
			return
		}
		if p.out <= 0 && p.over < stuckWindow || p.in <= 0 && p.out > 0 {
			return // between two commits, or catching up
		}
		one := Finding{
			Level: Watch, Resource: "group " + g.ID, Title: fmt.Sprintf("%s is slow: its lag is %d and grows", g.ID, lag),
			Evidence: []string{fmt.Sprintf("it reads %.1f/s, %.1f/s arrive (over %s)", p.out, p.in, span(p.over))},
			Next:     Action{Text: "make processing faster, or add members up to the number of partitions", Command: "kconsole describe group " + quote(g.ID)},
			Open:     groupLink(g.ID),
		}
		if p.out <= 0 {
			one.Level, one.Title = Act, fmt.Sprintf("%s makes no progress: its lag is %d", g.ID, lag)
			one.Meaning = "The consumers are there and commit nothing: they hang, fail on the same record again and again, or wait for something else."
			one.Next.Text = "look at the consumers' logs, and at the record where they stand"
		}
		if o := furthest(g); o != nil {
			one.Evidence = append(one.Evidence, fmt.Sprintf("%s lags most: %d, read by %s", partition(o.Topic, o.Partition), o.Lag(), or(o.ClientID, "nobody")))
		}
		r.add(one)
	})
}

// What makes lag lopsided.
const (
	lopsidedLagAt = 100
	lopsidedPart  = 0.8 // of all lag
	skewSamples   = 10
	skewShare     = 0.5 // of a partition's records with one key
)

func lopsidedLag(f *Facts, r *result) {
	f.eachReader(r, func(g *kafka.Group) {
		o := furthest(g)
		if o == nil || len(g.Members) == 0 || o.Lag() < lopsidedLagAt || float64(o.Lag()) < lopsidedPart*float64(g.Lag()) {
			return
		}
		others := 0
		for i := range g.Offsets {
			if g.Offsets[i].Topic == o.Topic {
				others++
			}
		}
		if others < 3 {
			return
		}
		one := Finding{
			Level: Watch, Resource: "group " + g.ID, Title: fmt.Sprintf("%s lags on one partition only: %s", g.ID, partition(o.Topic, o.Partition)),
			Evidence: []string{fmt.Sprintf("lag %d of %d, read by %s; the topic has %d partitions", o.Lag(), g.Lag(), or(o.ClientID, "nobody"), others)},
			Next:     Action{Text: "look at the keys there; choose keys that spread, or make that member faster", Command: "kconsole tail " + quote(o.Topic) + fmt.Sprintf(" -p %d --from -20 --until end", o.Partition)},
			Open:     groupLink(g.ID),
		}
		if key, share, n := f.topKey(o.Topic, o.Partition); n >= skewSamples && share >= skewShare {
			one.Evidence = append(one.Evidence, fmt.Sprintf("key %q is %.0f %% of %d records that were looked at", key, share*100, n))
		}
		r.add(one)
	})
}

// topKey is the most frequent key among the samples of a partition.
func (f *Facts) topKey(topic string, id int32) (key string, share float64, n int) {
	count := make(map[string]int)
	for i := range f.Samples {
		if s := &f.Samples[i]; s.Topic == topic && s.Partition == id {
			n++
			if s.HasKey {
				count[s.Key]++
			}
		}
	}
	most := 0
	for k, c := range count {
		if c > most || c == most && k < key {
			key, most = k, c
		}
	}
	if n == 0 {
		return "", 0, 0
	}
	return key, float64(most) / float64(n), n
}

func idleMembers(f *Facts, r *result) {
	f.eachReader(r, func(g *kafka.Group) {
		if g.State != "Stable" {
			return
		}
		var idle []string
		assigned := 0
		topics := make(map[string]bool)
		for i := range g.Members {
			m := &g.Members[i]
			for _, name := range m.Subscribed {
				topics[name] = true
			}
			for _, tp := range m.Assigned {
				topics[tp.Topic] = true
			}
			if assigned += len(m.Assigned); len(m.Assigned) == 0 {
				idle = append(idle, fmt.Sprintf("%s at %s has no partition", m.ClientID, m.Host))
			}
		}
		all := 0
		for name := range topics {
			if t := f.topic(name); t != nil {
				all += len(t.Partitions)
			}
		}
		// A partition that moves is given up in one rebalance and taken in the
		// next (KIP-429): until then nobody has it, and nobody is idle.
		if assigned == 0 || assigned < all || len(idle) == 0 || len(g.Members) <= assigned {
			return
		}
		r.add(Finding{
			Level: Watch, Resource: "group " + g.ID, Title: fmt.Sprintf("%s: %s for %s, %d idle", g.ID, plural(len(g.Members), "member"), plural(assigned, "partition"), len(idle)),
			Evidence: idle, Open: Link{View: "members", Args: []string{g.ID}},
			Next: Action{Text: "stop the idle members, or add partitions (keys move to others then)", Command: "kconsole describe group " + quote(g.ID)},
		})
	})
}

// leavings is how often members may leave a group that goes on, over the readings,
// until it looks like a loop.
const leavings = 2

func rebalanceLoops(f *Facts, r *result) {
	if !f.watched(r) {
		return
	}
	f.eachReader(r, func(g *kafka.Group) {
		left, unsettled, readings := 0, 0, 0
		var seen []string
		before := (*kafka.Group)(nil)
		note := func(at time.Time, now *kafka.Group) {
			if now == nil {
				return
			}
			readings++
			if now.State == "PreparingRebalance" || now.State == "CompletingRebalance" || now.State == "Assigning" {
				unsettled++
			}
			if before != nil && len(now.Members) > 0 {
				if gone := goneFrom(before, now); len(gone) > 0 {
					left++
					seen = append(seen, fmt.Sprintf("%s: %s left, %s", at.Format(time.TimeOnly), strings.Join(gone, ", "), now.State))
				}
			}
			before = now
		}
		var since time.Time
		for i := range f.Earlier {
			if was := find(f.Earlier[i].Groups, g.ID); was != nil {
				if since.IsZero() {
					since = f.Earlier[i].At
				}
				note(f.Earlier[i].At, was)
			}
		}
		note(f.Now, g)
		stuck := readings >= 3 && unsettled == readings && f.Now.Sub(since) >= 20*time.Second
		if left < leavings && !stuck {
			return
		}
		if stuck {
			seen = append(seen, "in no reading was the group Stable")
		}
		r.add(Finding{
			Level: Act, Resource: "group " + g.ID, Title: g.ID + " rebalances again and again",
			Evidence: append([]string{fmt.Sprintf("members left %d times in %s, and others came", left, span(f.Now.Sub(since)))}, seen...),
			Next: Action{
				Text:    "make a poll's work shorter than max.poll.interval.ms: fewer records a poll, or faster handling",
				Command: "kconsole describe group " + quote(g.ID),
			},
			Open: Link{View: "members", Args: []string{g.ID}},
		})
	})
}

// goneFrom lists the client ids of members that were there and are not any more.
func goneFrom(was, is *kafka.Group) []string {
	var gone []string
	for i := range was.Members {
		m := &was.Members[i]
		if !slices.ContainsFunc(is.Members, func(n kafka.Member) bool { return n.ID == m.ID }) {
			gone = append(gone, m.ClientID)
		}
	}
	return gone
}

func unknownTopics(f *Facts, r *result) {
	names := make([]string, len(f.Topics))
	for i := range f.Topics {
		names[i] = f.Topics[i].Name
	}
	f.eachReader(r, func(g *kafka.Group) {
		var missing []string
		for i := range g.Members {
			for _, name := range g.Members[i].Subscribed {
				if f.topic(name) == nil && !slices.Contains(missing, name) {
					missing = append(missing, name)
				}
			}
		}
		slices.Sort(missing)
		for _, name := range missing {
			one := Finding{
				Level: Watch, Resource: "group " + g.ID, Title: fmt.Sprintf("%s waits for topic %s, which does not exist", g.ID, name),
				Evidence: []string{"a member subscribes to " + name + ", and the cluster shows us no such topic"},
				Next:     Action{Text: "create it, or correct the consumer's configuration", Command: "kconsole create topic " + quote(name)},
				Open:     Link{View: "members", Args: []string{g.ID}},
			}
			if near := config.Nearest(name, names); near != "" {
				one.Evidence = append(one.Evidence, "there is a topic "+near)
				one.Next = Action{Text: "have it subscribe to " + near, Command: "kconsole describe topic " + quote(near)}
			}
			r.add(one)
		}
	})
}

func or(s, other string) string {
	if s == "" {
		return other
	}
	return s
}
