package cmd

import (
	"context"
	"errors"
	"fmt"
	"io"

	"kconsole/kafka"
	"kconsole/kafka/recordfilter"
	"kconsole/kafka/tail"
)

// printer writes records.
type printer interface {
	print(ctx context.Context, rec *kafka.Record) error
	flush() error // what was printed is seen
	close() error // nothing more will be printed
}

// tailer reads the records of a topic, picks some, and prints them.
type tailer struct {
	app     *app
	c       *kafka.Cluster
	pick    *recordfilter.Matcher
	out     printer
	left    int64 // records to go; 0: no limit
	printed int64
}

// show prints a record if it is picked, and tells whether that was the last.
func (t *tailer) show(ctx context.Context, rec *kafka.Record) (last bool, err error) {
	if !t.pick.Match(ctx, rec) {
		return false, nil
	}
	if err := t.out.print(ctx, rec); err != nil {
		return true, err
	}
	t.printed++
	if t.left > 0 {
		t.left--
		return t.left == 0, nil
	}
	return false, nil
}

// report says why nothing was found, if the filter could not be applied.
func (t *tailer) report() {
	if n, why := t.pick.Failed(); n > 0 && t.printed == 0 {
		complain(t.app.err, fmt.Errorf("the filter could not be applied to %d records: %w", n, why), false)
	}
}

// from prints from a position on.
func (t *tailer) from(ctx context.Context, read tail.Options) error {
	return t.read(ctx, read, func(records []kafka.Record) (bool, error) {
		for i := range records {
			if last, err := t.show(ctx, &records[i]); last || err != nil {
				return true, errors.Join(err, t.out.flush())
			}
		}
		return false, t.out.flush() // what has arrived is seen
	})
}

// read hands over records until there are no more, or some says that it is
// enough.
func (t *tailer) read(ctx context.Context, read tail.Options, some func([]kafka.Record) (bool, error)) error {
	r, err := tail.Open(ctx, t.c, read)
	if err != nil {
		return t.app.nearestTopic(ctx, t.c, read.Topic, err)
	}
	defer r.Close()
	for {
		records, err := r.Next(ctx)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			if goesOn(ctx, err) {
				complain(t.app.err, err, false)
				continue
			}
			return err
		}
		if enough, err := some(records); enough || err != nil {
			return err
		}
	}
}

// newest prints the newest records of all partitions together, in the order of
// their timestamps, and then, unless a number was asked for and found, what
// arrives.
func (t *tailer) newest(ctx context.Context, read tail.Options) error {
	wanted := t.left
	if wanted == 0 {
		wanted = newestRecords
	}
	if wanted > maxNewest {
		return usagef("-n %d is more than can be put in the order of time (%d); say where to begin with --from", wanted, maxNewest)
	}
	past := read
	past.Limit = 0
	past.From = tail.Position{Kind: tail.Last, Value: wanted}
	if t.pick.Filter() != nil {
		past.From.Value = max(wanted, filterLooksAt)
	}
	if past.Until == (tail.Position{}) {
		past.Until = tail.Position{Kind: tail.End}
	}
	newest, next, err := t.collect(ctx, past, int(wanted))
	if err != nil {
		return err
	}
	for i := range newest {
		if last, err := t.show(ctx, &newest[i]); last || err != nil {
			return errors.Join(err, t.out.flush())
		}
	}
	if err := t.out.flush(); err != nil {
		return err
	}
	if read.Until != (tail.Position{}) {
		return nil
	}
	if read.Limit > 0 {
		read.Limit = t.left
	}
	read.Offsets = next
	return t.from(ctx, read)
}

// collect reads everything between past.From and past.Until and returns the
// newest records by timestamp, and where to go on in each partition.
func (t *tailer) collect(ctx context.Context, past tail.Options, keep int) ([]kafka.Record, map[int32]int64, error) {
	next, err := ends(ctx, t.c, past.Topic)
	if err != nil {
		return nil, nil, err
	}
	var found []kafka.Record
	err = t.read(ctx, past, func(records []kafka.Record) (bool, error) {
		for i := range records {
			rec := &records[i]
			next[rec.Partition] = max(next[rec.Partition], rec.Offset+1)
			if t.pick.Match(ctx, rec) {
				found = append(found, *rec)
			}
		}
		if len(found) > 4*keep {
			found = newestOf(found, keep)
		}
		return false, nil
	})
	return newestOf(found, keep), next, err
}

// committed is where a group is in each partition of a topic.
func (t *tailer) committed(ctx context.Context, o tailOptions) (map[int32]int64, error) {
	g, err := t.c.Group(ctx, o.group)
	if err != nil {
		return nil, t.app.nearestOf(ctx, t.c, "group "+o.group, err)
	}
	next := map[int32]int64{}
	for _, at := range g.Offsets {
		if at.Topic == o.topic && at.Committed >= 0 {
			next[at.Partition] = at.Committed
		}
	}
	if len(next) == 0 {
		return nil, &kafka.Error{What: fmt.Sprintf("group %s has no offsets of topic %s", o.group, o.topic), Kind: kafka.NotFound}
	}
	return next, nil
}
