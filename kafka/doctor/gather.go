package doctor

import (
	"context"
	"slices"
	"strconv"
	"sync"
	"time"

	"kconsole/kafka"
	"kconsole/kafka/connection"
)

// hangingAge is how long a transaction must have been silent to count as hanging:
// one that just begins may be on a partition before its coordinator says so.
const hangingAge = 15 * time.Second

// gatherer takes facts from several goroutines.
type gatherer struct {
	d  *Doctor
	f  *Facts
	mu sync.Mutex // guards f
}

// gather takes all facts, what does not depend on something else at the same time.
func (d *Doctor) gather(ctx context.Context) *Facts {
	f := &Facts{
		Cluster: d.cluster.Config().Name, Lab: d.cluster.Config().Lab != nil,
		Errs: make(map[Part]error), Left: make(map[Part]string),
	}
	if d.opts.Paused != nil {
		f.Paused = d.opts.Paused(ctx)
	}
	g := &gatherer{d: d, f: f}
	var wg, heard sync.WaitGroup
	if !d.opts.NoListeners {
		heard.Go(func() { g.listeners(ctx) })
	}
	if d.opts.Registry != nil {
		wg.Go(func() { g.subjects(ctx) })
	}
	// What the cluster is asked ends when nobody answers at all.
	asking, stop := context.WithCancel(ctx)
	defer stop()
	wg.Go(func() { g.quorum(asking) })
	wg.Go(func() { g.logDirs(asking) })
	wg.Go(func() { g.quotas(asking) })
	readings := slices.Clone(d.readings)
	if len(readings) == 0 && d.opts.Window > 0 {
		wg.Go(func() { readings = g.watch(asking) })
	}
	err := g.topics(ctx)
	heard.Wait()
	if nobody(err) && (f.Listeners == nil || answering(f.Listeners) == 0) {
		stop()
		wg.Wait()
		g.unanswered(err)
		return f
	}
	wg.Wait()
	// The groups last: what they are compared with has been read before.
	g.groups(ctx)
	if !d.opts.NoRecords {
		g.records(ctx)
	}
	f.Earlier = readings
	if f.Errs[PartGroups] == nil {
		for _, r := range readings {
			if len(d.readings) == 0 || r.At.After(d.readings[len(d.readings)-1].At) {
				d.remember(r)
			}
		}
		d.remember(Reading{f.Now, f.Groups})
	}
	return f
}

// nobody tells whether err means that no broker answered. A sign-in that is refused
// is an answer.
func nobody(err error) bool {
	switch kafka.KindOf(err) {
	case kafka.Unreachable, kafka.Timeout:
		return true
	}
	return false
}

// unanswered gives what was not read the reason that nothing is: to wait for each
// request again would only take long. What is known of the listeners stays.
func (g *gatherer) unanswered(err error) {
	for _, p := range []Part{PartQuorum, PartLogDirs, PartQuotas} {
		if g.f.Errs[p] != nil {
			g.f.Errs[p] = err
		}
	}
	g.f.Errs[PartGroups], g.f.Now = err, g.d.opts.Clock()
	if !g.d.opts.NoRecords {
		g.f.Errs[PartRecords] = err
	}
}

// set notes how a part went, under the lock, and lets store put it away.
func (g *gatherer) set(p Part, err error, store func(f *Facts)) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if err != nil {
		g.f.Errs[p] = err
	}
	store(g.f)
}

// watch reads the groups three times over the window.
func (g *gatherer) watch(ctx context.Context) []Reading {
	const readings = 3
	var out []Reading
	for i := range readings {
		at := g.d.opts.Clock()
		if groups, err := g.d.cluster.Groups(ctx, true); err == nil || len(groups) > 0 {
			out = append(out, Reading{at, groups})
		}
		if i == readings-1 {
			break // the last pause is the rest of the look
		}
		select {
		case <-time.After(g.d.opts.Window / (readings - 1)):
		case <-ctx.Done():
			return out
		}
	}
	return out
}

func (g *gatherer) groups(ctx context.Context) {
	groups, err := g.d.cluster.Groups(ctx, true)
	g.set(PartGroups, err, func(f *Facts) {
		f.Groups, f.Now = groups, g.d.opts.Clock()
		f.fillStarts()
	})
}

// fillStarts gives the groups the log starts of the partitions, which are not
// read with the groups.
func (f *Facts) fillStarts() {
	for i := range f.Groups {
		for j := range f.Groups[i].Offsets {
			o := &f.Groups[i].Offsets[j]
			if o.Start >= 0 {
				continue
			}
			if t := f.topic(o.Topic); t != nil {
				if p := t.Partition(o.Partition); p != nil {
					o.Start = p.Start
				}
			}
		}
	}
}

// topics reads what there is about topics and brokers. It returns why there is
// nothing at all.
func (g *gatherer) topics(ctx context.Context) error {
	c := g.d.cluster
	info, topics, err := c.Metadata(ctx)
	g.set(PartTopics, err, func(f *Facts) { f.Info, f.Topics = info, topics })
	if err != nil {
		for _, p := range []Part{PartOffsets, PartLast, PartTopicConfigs, PartBrokerConfigs, PartHanging} {
			g.set(p, err, func(*Facts) {})
		}
		return err
	}
	err = c.Offsets(ctx, topics, kafka.StartOffset, kafka.EndOffset, kafka.StableOffset)
	g.set(PartOffsets, err, func(*Facts) {})
	err = c.LastProduced(ctx, topics)
	g.set(PartLast, err, func(*Facts) {})
	names := make([]string, len(topics))
	for i := range topics {
		names[i] = topics[i].Name
	}
	configs, err := c.TopicConfigsOf(ctx, names, topicKeys)
	g.set(PartTopicConfigs, err, func(f *Facts) { f.TopicConfigs = byName(configs) })
	var up []int32
	for i := range info.Brokers {
		if info.Brokers[i].Up {
			up = append(up, info.Brokers[i].ID)
		}
	}
	configs, err = c.BrokerConfigs(ctx, up...)
	g.set(PartBrokerConfigs, err, func(f *Facts) { f.BrokerConfigs = byName(configs) })
	g.transactions(ctx, topics)
	return nil
}

// topicKeys are the configurations of topics that rules look at.
var topicKeys = []string{"cleanup.policy", "max.message.bytes", "min.insync.replicas", "retention.ms", "unclean.leader.election.enable"}

// transactions looks at the partitions where a transaction is open: those whose
// last stable offset is behind. Most of the time there is none, and nothing is asked.
func (g *gatherer) transactions(ctx context.Context, topics []kafka.Topic) {
	var behind []kafka.Topic
	for i := range topics {
		t := topics[i]
		t.Partitions = slices.Clone(t.Partitions)
		t.Partitions = slices.DeleteFunc(t.Partitions, func(p kafka.Partition) bool { return p.Stable < 0 || p.Stable >= p.End })
		if len(t.Partitions) > 0 {
			behind = append(behind, t)
		}
	}
	if len(behind) == 0 {
		g.set(PartHanging, nil, func(f *Facts) { f.Hanging = []kafka.HangingTransaction{} })
		return
	}
	producers, err := g.d.cluster.Producers(ctx, behind)
	g.set(PartHanging, err, func(f *Facts) {
		f.Producers = slices.DeleteFunc(producers, func(p kafka.ActiveProducer) bool { return p.TxnStart < 0 })
	})
	hanging, err := g.d.cluster.Hanging(ctx, behind, hangingAge, g.d.opts.Clock())
	g.set(PartHanging, err, func(f *Facts) {
		if f.Hanging = hanging; hanging == nil && err == nil {
			f.Hanging = []kafka.HangingTransaction{}
		}
	})
}

func byName(configs []kafka.Configs) map[string]*kafka.Configs {
	out := make(map[string]*kafka.Configs, len(configs))
	for i := range configs {
		if configs[i].Err == nil {
			out[configs[i].Resource] = &configs[i]
		}
	}
	if len(out) == 0 {
		return nil
	}
	return out
}

func (g *gatherer) listeners(ctx context.Context) {
	r, err := connection.Make(ctx, g.d.cluster.Config())
	g.set(PartListeners, err, func(f *Facts) {
		if err == nil {
			f.Listeners = &r
		}
	})
}

func (g *gatherer) quorum(ctx context.Context) {
	q, err := g.d.cluster.Quorum(ctx)
	g.set(PartQuorum, err, func(f *Facts) {
		if err == nil {
			f.Quorum = &q
		}
	})
}

func (g *gatherer) logDirs(ctx context.Context) {
	dirs, err := g.d.cluster.LogDirs(ctx)
	g.set(PartLogDirs, err, func(f *Facts) { f.LogDirs = dirs })
}

func (g *gatherer) quotas(ctx context.Context) {
	quotas, err := g.d.cluster.Quotas(ctx)
	g.set(PartQuotas, err, func(f *Facts) {
		if f.Quotas = quotas; quotas == nil && err == nil {
			f.Quotas = []kafka.Quota{}
		}
	})
}

// configInt is a number in a configuration; ok is false where it is not told.
func configInt(c *kafka.Configs, name string) (n int64, ok bool) {
	if c == nil {
		return 0, false
	}
	e := c.Get(name)
	if e == nil || e.Null || e.Sensitive {
		return 0, false
	}
	n, err := strconv.ParseInt(e.Value, 10, 64)
	return n, err == nil
}
