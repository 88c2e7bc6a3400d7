package cmd

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"

	"github.com/spf13/cobra"

	"kconsole/avro/decode"
	"kconsole/kafka"
	"kconsole/kafka/config"
	"kconsole/kafka/tail"
)

var tailFormats = []string{"pretty", "json", "jsonl", "raw", "hex"}

// newestRecords is how many of the newest records a tail starts with, as
// tail(1) starts with ten lines.
const newestRecords = 10

// maxNewest bounds how many records are held to be put into the order of time.
const maxNewest = 100_000

type tailOptions struct {
	topic       string
	from, until string
	partitions  []string
	limit       int64
	format      string
	uncommitted bool
}

func (a *app) tailCmd() *cobra.Command {
	var opts tailOptions
	tailCmd := &cobra.Command{
		Use:   "tail TOPIC",
		Short: "Print records as they arrive, decoded",
		Long: `Prints the newest records of a topic and goes on with what arrives until ctrl-C.
Avro is decoded with the schema that the record names; one JSON object a line
with -o jsonl, whatever is in the record.

With -n N it prints the newest N records and ends, or with --from the first N
from there.`,
		Example: `  kconsole tail orders
  kconsole tail orders -n 5 -o jsonl
  kconsole tail orders --from since:5m --until end -p 0,3`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			opts.topic = args[0]
			opts.format = formatOf(cmd)
			return a.runTail(cmd.Context(), opts)
		},
	}
	flags := tailCmd.Flags()
	flags.StringVar(&opts.from, "from", "", "where to begin: start, end, offset:N, -N, time:T or since:5m")
	flags.StringVar(&opts.until, "until", "", "where to stop: the same; without it, go on")
	flags.StringSliceVarP(&opts.partitions, "partition", "p", nil, "only these `partitions`, such as 0,3")
	flags.Int64VarP(&opts.limit, "count", "n", 0, "stop after `N` records")
	addFormat(tailCmd, "pretty", tailFormats)
	flags.BoolVar(&opts.uncommitted, "read-uncommitted", false, "also show records of open and aborted transactions")
	return tailCmd
}

// reading turns the flags into what the reader takes.
func (o tailOptions) reading() (tail.Options, error) {
	read := tail.Options{Topic: o.topic, Limit: o.limit, ReadUncommitted: o.uncommitted}
	if err := checkFormat(o.format, tailFormats); err != nil {
		return read, err
	}
	var err error
	if read.From, err = tail.ParsePosition(o.from); err != nil {
		return read, usagef("--from: %w", err)
	}
	if read.Until, err = tail.ParsePosition(o.until); err != nil {
		return read, usagef("--until: %w", err)
	}
	if o.limit < 0 {
		return read, usagef("-n %d: say how many records, from 1", o.limit)
	}
	for _, text := range o.partitions {
		p, err := strconv.ParseInt(text, 10, 32)
		if err != nil || p < 0 {
			return read, usagef("-p %q: partitions are numbers from 0", text)
		}
		read.Partitions = append(read.Partitions, int32(p))
	}
	return read, nil
}

func (a *app) runTail(ctx context.Context, opts tailOptions) error {
	read, err := opts.reading()
	if err != nil {
		return err
	}
	c, err := a.connect()
	if err != nil {
		return err
	}
	defer c.Close()
	decoder, closeDecoder, err := newDecoder(c.Config())
	if err != nil {
		return err
	}
	defer closeDecoder()
	out := newRecordPrinter(a.out, opts.format, decoder)
	if opts.from == "" {
		err = a.tailNewest(ctx, c, read, out)
	} else {
		err = a.tailFrom(ctx, c, read, out)
	}
	err = errors.Join(err, out.flush())
	if ctx.Err() != nil && isCanceled(err) {
		return nil // ctrl-C is how one leaves a tail
	}
	return err
}

func isCanceled(err error) bool {
	var k *kafka.Error
	return errors.Is(err, context.Canceled) || errors.As(err, &k) && k.Kind == kafka.Canceled
}

// newDecoder decodes with the registry that belongs to the cluster, if any.
func newDecoder(cl config.Cluster) (*decode.Decoder, func(), error) {
	reg, done, err := newRegistry(cl)
	if err != nil {
		return nil, nil, err
	}
	return decode.New(reg, decode.Options{}), done, nil
}

// tailFrom prints from a position on.
func (a *app) tailFrom(ctx context.Context, c *kafka.Cluster, read tail.Options, out *recordPrinter) error {
	r, err := tail.Open(ctx, c, read)
	if err != nil {
		return a.nearestTopic(ctx, c, read.Topic, err)
	}
	defer r.Close()
	for {
		records, err := r.Next(ctx)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			if goesOn(ctx, err) {
				complain(a.err, err, false)
				continue
			}
			return err
		}
		for i := range records {
			if err := out.print(ctx, &records[i]); err != nil {
				return err
			}
		}
		if err := out.flush(); err != nil { // what has arrived is seen
			return err
		}
	}
}

// goesOn tells trouble on the way (a broker away, a corrupt batch) from an end.
func goesOn(ctx context.Context, err error) bool {
	var k *kafka.Error
	if ctx.Err() != nil || errors.Is(err, tail.ErrClosed) || !errors.As(err, &k) {
		return false
	}
	return k.Kind != kafka.Auth && k.Kind != kafka.Denied && k.Kind != kafka.NotFound
}

// tailNewest prints the newest records of all partitions together, in the order
// of their timestamps, and then, unless a number was asked for and found, what
// arrives.
func (a *app) tailNewest(ctx context.Context, c *kafka.Cluster, read tail.Options, out *recordPrinter) error {
	wanted := read.Limit
	if wanted == 0 {
		wanted = newestRecords
	}
	if wanted > maxNewest {
		return usagef("-n %d is more than can be put in the order of time (%d); say where to begin with --from", wanted, maxNewest)
	}
	past := read
	past.Limit = 0
	past.From = tail.Position{Kind: tail.Last, Value: wanted}
	if past.Until == (tail.Position{}) {
		past.Until = tail.Position{Kind: tail.End}
	}
	newest, next, err := a.collect(ctx, c, past, int(wanted))
	if err != nil {
		return err
	}
	for i := range newest {
		if err := out.print(ctx, &newest[i]); err != nil {
			return err
		}
	}
	if err := out.flush(); err != nil {
		return err
	}
	if read.Until != (tail.Position{}) || read.Limit > 0 && int64(len(newest)) == read.Limit {
		return nil
	}
	if read.Limit > 0 {
		read.Limit -= int64(len(newest))
	}
	read.Offsets = next
	return a.tailFrom(ctx, c, read, out)
}

// collect reads everything between past.From and past.Until and returns the
// newest records by timestamp, and where to go on in each partition.
func (a *app) collect(ctx context.Context, c *kafka.Cluster, past tail.Options, keep int) ([]kafka.Record, map[int32]int64, error) {
	next, err := ends(ctx, c, past.Topic)
	if err != nil {
		return nil, nil, err
	}
	r, err := tail.Open(ctx, c, past)
	if err != nil {
		return nil, nil, a.nearestTopic(ctx, c, past.Topic, err)
	}
	defer r.Close()
	var found []kafka.Record
	for {
		records, err := r.Next(ctx)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			if goesOn(ctx, err) {
				complain(a.err, err, false)
				continue
			}
			return nil, nil, err
		}
		for _, rec := range records {
			next[rec.Partition] = max(next[rec.Partition], rec.Offset+1)
		}
		found = append(found, records...)
		if len(found) > 4*keep {
			found = newestOf(found, keep)
		}
	}
	return newestOf(found, keep), next, nil
}

// newestOf keeps the last n records by timestamp; records of one partition stay
// in the order of their offsets where timestamps are equal.
func newestOf(records []kafka.Record, n int) []kafka.Record {
	slices.SortStableFunc(records, func(a, b kafka.Record) int {
		return cmp.Or(a.Timestamp.Compare(b.Timestamp), cmp.Compare(a.Partition, b.Partition), cmp.Compare(a.Offset, b.Offset))
	})
	return records[max(0, len(records)-n):]
}

func ends(ctx context.Context, c *kafka.Cluster, topic string) (map[int32]int64, error) {
	next := map[int32]int64{}
	_, topics, err := c.Metadata(ctx)
	if err != nil {
		return nil, err
	}
	topics = slices.DeleteFunc(topics, func(t kafka.Topic) bool { return t.Name != topic })
	// What cannot be read here, tail.Open says better.
	_ = c.Offsets(ctx, topics)
	for _, t := range topics {
		for _, p := range t.Partitions {
			if p.End >= 0 {
				next[p.ID] = p.End
			}
		}
	}
	return next, nil
}

// nearestTopic adds to "no such topic" the name that was probably meant.
func (a *app) nearestTopic(ctx context.Context, c *kafka.Cluster, topic string, err error) error {
	var k *kafka.Error
	if !errors.As(err, &k) || k.Kind != kafka.NotFound {
		return err
	}
	_, topics, listErr := c.Metadata(ctx)
	if listErr != nil {
		return err
	}
	var names []string
	for _, t := range topics {
		if t.Name == topic {
			return err // the topic is there: something else is not
		}
		names = append(names, t.Name)
	}
	return fmt.Errorf("there is no topic %q%s", topic, suggestion(topic, names))
}
