package kafka

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
)

// refusedLimit is how long finding out why records were not written may take.
const refusedLimit = 3 * time.Second

// refused finds out whether records whose time ran out were refused by the
// brokers, and says so in their results. Where fewer replicas are in sync than
// min.insync.replicas asks for, the client library tries again in silence
// until the time is up, and then names nothing but the time.
func (p *Producer) refused(ctx context.Context, records []NewRecord, out []Produced) {
	var topics []string
	for i := range out {
		if late(out[i].Err) && !slices.Contains(topics, records[i].Topic) {
			topics = append(topics, records[i].Topic)
		}
	}
	if topics == nil || !p.insync || ctx.Err() != nil {
		return
	}
	ctx, cancel := context.WithTimeout(ctx, refusedLimit)
	defer cancel()
	described, err := p.c.TopicMetadata(ctx, topics...)
	if err != nil {
		return // what is known already stays
	}
	const key = "min.insync.replicas"
	configs, err := p.c.TopicConfigsOf(ctx, topics, []string{key})
	if err != nil {
		return
	}
	least := map[string]int{}
	for i := range configs {
		if e := configs[i].Get(key); e != nil {
			least[configs[i].Resource], _ = strconv.Atoi(e.Value)
		}
	}
	for i := range out {
		t := slices.IndexFunc(described, func(t Topic) bool { return t.Name == records[i].Topic })
		if t < 0 || !late(out[i].Err) {
			continue
		}
		need, at := least[records[i].Topic], described[t].Partition(out[i].Partition)
		if at == nil || at.Leader == NoLeader || len(at.ISR) >= need {
			continue
		}
		out[i].Err = &Error{
			What: "cannot write to topic " + records[i].Topic, Kind: Unreachable,
			Why: fmt.Sprintf("partition %d has %d in sync of the %d replicas that min.insync.replicas asks for (%s)", at.ID, len(at.ISR), need, kerr.NotEnoughReplicas.Message),
			Do:  "start the brokers that are down; until then writes with acks=all are refused",
			Err: errors.Join(kerr.NotEnoughReplicas, out[i].Err),
		}
	}
}

// late tells whether a record failed because its time ran out.
func late(err error) bool { return errors.Is(err, context.DeadlineExceeded) }
