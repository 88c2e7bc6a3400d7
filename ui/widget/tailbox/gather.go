package tailbox

import (
	"context"
	"sort"
	"time"

	"kconsole/kafka"
)

const (
	// gatherFor and gatherMost bound how long, and how much of, what is there
	// already is held back to be put in order.
	gatherFor  = 500 * time.Millisecond
	gatherMost = 5000
	// drained is how long nothing must come for what has been fetched to be taken
	// for delivered.
	drained = 20 * time.Millisecond
)

// gather reads what a topic holds already, which comes partition by partition,
// and puts it in the order of time, as far as it comes soon and is not much. An
// error comes with the records before it.
func gather(ctx context.Context, src Source) ([]kafka.Record, error) {
	deadline := time.Now().Add(gatherFor)
	var records []kafka.Record
	for {
		wait := time.Until(deadline)
		if src.Stats().Behind == 0 {
			wait = min(wait, drained)
		}
		soon, cancel := context.WithTimeout(ctx, wait)
		more, err := src.Next(soon)
		enough := soon.Err() != nil && ctx.Err() == nil
		cancel()
		records = append(records, more...)
		if enough {
			err = nil
		} else if err == nil && len(records) < gatherMost {
			continue
		}
		byTime(records)
		return records, err
	}
}

// byTime merges partitions by time. Within a partition the order stays that of
// the offsets, whatever the timestamps say.
func byTime(records []kafka.Record) {
	newest := map[int32]int64{}
	keys := make([]int64, len(records))
	for i := range records {
		p := records[i].Partition
		if at := records[i].Timestamp.UnixMilli(); at > newest[p] {
			newest[p] = at
		}
		keys[i] = newest[p]
	}
	sort.Stable(&timeline{records, keys})
}

// timeline sorts records with the times that they are sorted by.
type timeline struct {
	records []kafka.Record
	keys    []int64
}

func (t *timeline) Len() int           { return len(t.records) }
func (t *timeline) Less(i, j int) bool { return t.keys[i] < t.keys[j] }

func (t *timeline) Swap(i, j int) {
	t.records[i], t.records[j] = t.records[j], t.records[i]
	t.keys[i], t.keys[j] = t.keys[j], t.keys[i]
}
