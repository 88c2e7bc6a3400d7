package cmd

import (
	"context"
	"errors"
	"fmt"
	"io"

	"kconsole/kafka"
	"kconsole/kafka/heavy"
	"kconsole/kafka/recordfilter"
	"kconsole/kafka/tail"
)

// printer writes records.
type printer interface {
	print(ctx context.Context, rec *kafka.Record) error
	flush() error // what was printed is seen
	close() error // nothing more will be printed
}

// renderer appends what is printed of a record. It is for one goroutine.
type renderer func(ctx context.Context, dst []byte, rec *kafka.Record) []byte

// beside is a printer whose records can be rendered beside each other.
type beside interface {
	// renderer makes a renderer, if the format allows; nil: it does not.
	renderer() renderer
	// put prints what renderers made.
	put(text []byte) error
}

// tailer reads the records of a topic, picks some, and prints them.
type tailer struct {
	app     *app
	c       *kafka.Cluster
	picks   func() *recordfilter.Matcher // makes one
	pick    *recordfilter.Matcher
	out     printer
	left    int64 // records to go; 0: no limit
	printed int64

	failed int64 // records that the filter could not be applied to, beside what pick says
	why    error // the first of them
}

// show prints a record if it is picked, and tells whether that was the last.
func (t *tailer) show(ctx context.Context, rec *kafka.Record) (last bool, err error) {
	if !t.pick.Match(ctx, rec) {
		return false, nil
	}
	if err := t.out.print(ctx, rec); err != nil {
		return true, err
	}
	return t.counted(1), nil
}

// counted counts printed records, and tells whether those were the last.
func (t *tailer) counted(n int) (last bool) {
	t.printed += int64(n)
	if t.left > 0 {
		t.left -= int64(n)
		return t.left == 0
	}
	return false
}

// report says why nothing was found, if the filter could not be applied.
func (t *tailer) report() {
	n, why := t.pick.Failed()
	if n == 0 {
		why = t.why
	}
	if n += t.failed; n > 0 && t.printed == 0 {
		complain(t.app.err, fmt.Errorf("the filter could not be applied to %d records: %w", n, why), false)
	}
}

// from prints from a position on. What has arrived is seen: nothing that is
// printed stays in a buffer while there is nothing else to do.
func (t *tailer) from(ctx context.Context, read tail.Options) error {
	read.Limit = 0 // what is picked is counted here
	read.FetchBytes = fetchBytes
	r, err := tail.Open(ctx, t.c, read)
	if err != nil {
		return t.app.nearestTopic(ctx, t.c, read.Topic, err)
	}
	defer r.Close()
	defer heavy.Garbage(tailGC, tailHeap)()
	l := newLanes(ctx, r, func() *lane {
		w := &lane{pick: t.picks()}
		if p, ok := t.out.(beside); ok {
			w.render = p.renderer()
		}
		return w
	})
	err = t.printAll(ctx, l)
	l.close()
	t.failed, t.why = l.failed()
	return errors.Join(err, t.out.flush())
}

// printAll prints what comes out of the lanes, until that is all or enough.
func (t *tailer) printAll(ctx context.Context, l *lanes) error {
	var job *laneJob
	for {
		c, err := l.next(&job, t.out.flush)
		switch {
		case err != nil && goesOn(ctx, err):
			complain(t.app.err, err, false)
			continue
		case err != nil || c == nil:
			return err
		}
		last, err := t.printChunk(ctx, c)
		if last || err != nil {
			return err
		}
		l.back(c)
	}
}

// printChunk prints some records, and tells whether the last one was among them.
func (t *tailer) printChunk(ctx context.Context, c *chunk) (last bool, err error) {
	if n := len(c.ends); n > 0 {
		if t.left > 0 && int64(n) > t.left {
			n = int(t.left)
		}
		//nolint:forcetypeassert // who has a renderer takes what it made
		if err := t.out.(beside).put(c.text[:c.ends[n-1]]); err != nil {
			return true, err
		}
		last = t.counted(n)
	}
	for i := 0; i < len(c.records) && !last; i++ {
		if err := t.out.print(ctx, &c.records[i]); err != nil {
			return true, err
		}
		last = t.counted(1)
	}
	if c.err != nil && !last {
		complain(t.app.err, c.err, false)
	}
	return last, nil
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
