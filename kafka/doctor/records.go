package doctor

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"kconsole/avro/decode"
	"kconsole/kafka"
)

// What a sample of records may cost.
const (
	sampleLimit     = 4 * time.Second // for all of it
	sampledParts    = 300             // partitions of each kind in one look
	sampledRecords  = 20              // records of a partition
	sampleFetch     = 4 << 20         // bytes of one answer of a broker
	samplePartition = 64 << 10        // bytes of a partition in it; a larger batch comes whole
	sampleBytes     = 64 << 20        // bytes of all samples; then it ends
	keptKey         = 64
)

// target is a place to read at.
type target struct {
	topic     string
	partition int32
	from      int64
	group     string
	weight    int64
}

// records reads a sample: where lagging groups stand, and the end of each topic.
// Each of the two is one fetch to each broker, or a few.
func (g *gatherer) records(ctx context.Context) {
	f := g.f
	if f.Errs[PartTopics] != nil && len(f.Topics) == 0 {
		f.Errs[PartRecords] = f.Errs[PartTopics]
		return
	}
	dec := decode.New(g.d.opts.Registry, decode.Options{Wait: time.Second})
	atGroups := committedTargets(f.Groups)
	atEnds, all := g.endTargets()
	if n := len(atEnds); n < all {
		f.Left[PartRecords] = "the ends of " + plural(n, "partition") + " of " + plural(all, "partition")
	}
	f.Batches = make(map[string]Batches)
	ctx, cancel := context.WithTimeout(ctx, sampleLimit)
	defer cancel()
	var wg sync.WaitGroup
	for _, targets := range [][]target{atGroups, atEnds} {
		wg.Go(func() { g.sample(ctx, dec, targets) })
	}
	wg.Wait()
	slices.SortFunc(f.Samples, func(a, b Sample) int {
		return cmp.Or(cmp.Compare(a.Topic, b.Topic), cmp.Compare(a.Partition, b.Partition), cmp.Compare(a.Offset, b.Offset), cmp.Compare(a.Group, b.Group))
	})
}

// committedTargets are the places where groups that lag stand, those that lag
// most first, one for each partition.
func committedTargets(groups []kafka.Group) []target {
	var out []target
	for i := range groups {
		for j := range groups[i].Offsets {
			o := &groups[i].Offsets[j]
			if lag := o.Lag(); lag > 0 && o.Committed >= 0 && o.Committed >= o.Start && o.Err == nil {
				out = append(out, target{o.Topic, o.Partition, o.Committed, groups[i].ID, lag})
			}
		}
	}
	slices.SortFunc(out, func(a, b target) int {
		return cmp.Or(cmp.Compare(b.weight, a.weight), cmp.Compare(a.topic, b.topic), cmp.Compare(a.partition, b.partition), cmp.Compare(a.group, b.group))
	})
	seen := make(map[kafka.TopicPartition]bool)
	out = slices.DeleteFunc(out, func(t target) bool {
		at := kafka.TopicPartition{Topic: t.topic, Partition: t.partition}
		was := seen[at]
		seen[at] = true
		return was
	})
	return out[:min(len(out), sampledParts)]
}

// endTargets are the ends of the partitions of topics, going on where the last
// look ended. all counts those that there are.
func (g *gatherer) endTargets() (targets []target, all int) {
	for i := range g.f.Topics {
		t := &g.f.Topics[i]
		if t.Internal {
			continue
		}
		for j := range t.Partitions {
			p := &t.Partitions[j]
			if p.Start >= 0 && p.End > p.Start && p.Leader >= 0 {
				targets = append(targets, target{topic: t.Name, partition: p.ID, from: max(p.Start, p.End-sampledRecords)})
			}
		}
	}
	all = len(targets)
	if all <= sampledParts {
		return targets, all
	}
	from := g.d.turn % all
	g.d.turn = from + sampledParts
	return slices.Concat(targets[from:], targets[:from])[:sampledParts], all
}

// sample reads at the targets until each has given records, or the time is up.
func (g *gatherer) sample(ctx context.Context, dec *decode.Decoder, targets []target) {
	if len(targets) == 0 {
		return
	}
	at := make(map[string]map[int32]kgo.Offset)
	open := make(map[kafka.TopicPartition]*target, len(targets))
	for i := range targets {
		t := &targets[i]
		if at[t.topic] == nil {
			at[t.topic] = make(map[int32]kgo.Offset)
		}
		at[t.topic][t.partition] = kgo.NewOffset().At(t.from)
		open[kafka.TopicPartition{Topic: t.topic, Partition: t.partition}] = t
	}
	client, err := g.d.cluster.NewClient(
		kgo.ConsumePartitions(at), kgo.FetchMaxWait(250*time.Millisecond), kgo.FetchMaxBytes(sampleFetch),
		kgo.FetchMaxPartitionBytes(samplePartition), kgo.MaxConcurrentFetches(8),
		kgo.WithHooks(&batchHook{g: g}),
	)
	if err != nil {
		g.set(PartRecords, err, func(*Facts) {})
		return
	}
	defer client.Close()
	got, bytes := make(map[kafka.TopicPartition]int), 0
	for len(open) > 0 && bytes < sampleBytes {
		fetches := client.PollFetches(ctx)
		if ctx.Err() != nil {
			return // those that are left hold nothing to be read, or answer too late
		}
		var samples []Sample
		fetches.EachPartition(func(p kgo.FetchTopicPartition) {
			tp := kafka.TopicPartition{Topic: p.Topic, Partition: p.Partition}
			t := open[tp]
			if t == nil {
				return
			}
			if p.Err != nil {
				g.set(PartRecords, kafka.Explain(p.Err), func(*Facts) {})
				delete(open, tp)
				return
			}
			for _, r := range p.Records {
				if got[tp]++; got[tp] > sampledRecords {
					break
				}
				bytes += len(r.Key) + len(r.Value)
				samples = append(samples, sampleOf(ctx, dec, r, t))
			}
			if len(p.Records) > 0 {
				delete(open, tp)
			}
		})
		g.set(PartRecords, nil, func(f *Facts) { f.Samples = append(f.Samples, samples...) })
	}
}

func sampleOf(ctx context.Context, dec *decode.Decoder, r *kgo.Record, t *target) Sample {
	s := Sample{
		Topic: r.Topic, Partition: r.Partition, Offset: r.Offset, Timestamp: r.Timestamp, LogAppend: r.Attrs.TimestampType() == 1,
		Key: string(r.Key[:min(len(r.Key), keptKey)]), HasKey: r.Key != nil, Bytes: len(r.Key) + len(r.Value), Group: t.group,
	}
	in := decode.Input{Topic: r.Topic, Data: r.Value}
	for _, h := range r.Headers {
		in.Headers = append(in.Headers, decode.Header{Key: h.Key, Value: h.Value})
	}
	_, s.Value = dec.Decode(ctx, nil, in)
	return s
}

// batchHook sees the batches as they lie in the log, before they are taken apart.
type batchHook struct{ g *gatherer }

var (
	_ kgo.HookFetchBatchRead = (*batchHook)(nil)
	_ kgo.HookBrokerThrottle = (*batchHook)(nil)
)

// OnBrokerThrottle is called when a broker says that it held an answer back.
func (h *batchHook) OnBrokerThrottle(_ kgo.BrokerMetadata, held time.Duration, _ bool) {
	h.g.mu.Lock()
	defer h.g.mu.Unlock()
	h.g.f.Throttled = max(h.g.f.Throttled, held)
}

// OnFetchBatchRead is called for each batch.
func (h *batchHook) OnFetchBatchRead(_ kgo.BrokerMetadata, topic string, _ int32, m kgo.FetchBatchMetrics) {
	if m.NumRecords != 1 {
		return
	}
	h.g.mu.Lock()
	defer h.g.mu.Unlock()
	b := h.g.f.Batches[topic]
	b.Largest = max(b.Largest, m.CompressedBytes+batchHeader)
	h.g.f.Batches[topic] = b
}

// batchHeader is what a record batch adds to its records (magic 2), in bytes.
const batchHeader = 61
