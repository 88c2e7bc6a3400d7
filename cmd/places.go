package cmd

import (
	"time"

	"kconsole/kafka"
	"kconsole/kafka/tail"
)

// places turns a position into an offset of each partition.
func (w *changer) places(of parts, at tail.Position) (map[int32]int64, error) {
	list, err := w.expand([]parts{of})
	if err != nil {
		return nil, err
	}
	topics, err := w.c.TopicMetadata(w.ctx, of.topic)
	if err != nil {
		return nil, err
	}
	if len(topics) == 1 && topics[0].Err != nil {
		return nil, topics[0].Err
	}
	if err := w.c.Offsets(w.ctx, topics, kafka.StartOffset, kafka.EndOffset); err != nil {
		return nil, err
	}
	var byTime map[kafka.TopicPartition]int64
	if at.Kind == tail.Time || at.Kind == tail.Since {
		when := at.At
		if at.Kind == tail.Since {
			when = time.Now().Add(-at.Ago)
		}
		if byTime, err = w.c.OffsetsAt(w.ctx, topics, when); err != nil {
			return nil, err
		}
	}
	out := map[int32]int64{}
	for _, tp := range list {
		p := topics[0].Partition(tp.Partition)
		switch {
		case p == nil:
			out[tp.Partition] = at.Value // the plan says that there is no such partition
		case at.Kind == tail.Start:
			out[tp.Partition] = max(p.Start, 0)
		case at.Kind == tail.Offset:
			out[tp.Partition] = at.Value
		case at.Kind == tail.Last:
			out[tp.Partition] = max(p.End-at.Value, p.Start, 0)
		case at.Kind == tail.End:
			out[tp.Partition] = -1
		default:
			offset, later := byTime[tp]
			if !later {
				offset = -1 // all records are older
			}
			out[tp.Partition] = offset
		}
	}
	return out, nil
}
