package cmd

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/spf13/cobra"

	"kconsole/avro/decode"
	"kconsole/kafka"
	"kconsole/kafka/access"
	"kconsole/kafka/recordfilter"
	"kconsole/kafka/tail"
)

var tailFormats = []string{"pretty", "json", "jsonl", "raw", "hex", "avro"}

// newestRecords is how many of the newest records a tail starts with, as
// tail(1) starts with ten lines.
const newestRecords = 10

// filterLooksAt is how many of the newest records of each partition a tail with a
// filter begins with.
const filterLooksAt = 10_000

// maxNewest bounds how many records are held to be put into the order of time.
const maxNewest = 100_000

type tailOptions struct {
	topic       string
	from, until string
	partitions  []string
	limit       int64
	format      string
	uncommitted bool
	filter      string
	group       string
	schema      string // for the format avro
	valueSchema string // of values that name none
}

func (a *app) tailCmd() *cobra.Command {
	var opts tailOptions
	tailCmd := &cobra.Command{
		Use:   "tail TOPIC",
		Short: "Print records as they arrive, decoded",
		Long: `Prints the newest records of a topic and goes on with what arrives until ctrl-C.
Avro is decoded with the schema that the record names, or with --value-schema where it
names none; one JSON object a line with -o jsonl, whatever is in the record.

With -n N it prints the newest N records and ends, or with --from the first N
from there. With -g it begins where a consumer group is.

--filter lets through records with a text in them, that match a regular expression,
or that an expression is true for. Without --from it looks at the newest 10,000
records of each partition, and then at what arrives:

  --filter c-4711                                a text; upper case makes it exact
  --filter '!heartbeat|ping'                     a regular expression, and not it
  --filter 'value.total > 50 && key startsWith "c-"'
  --filter 'any(value.lines, .sku == "A1") or headers.source == "test"'

An expression knows key, value, headers, topic, partition, offset, timestamp, size,
schema.id, schema.subject, schema.version, error and tombstone.

-o hex says what each byte means, and what the values take as JSON and compressed.
-o avro writes an Avro object container file, with
the schema of --schema, or of the newest version of TOPIC-value.`,
		Example: `  kconsole tail orders
  kconsole tail orders -n 5 -o jsonl
  kconsole tail orders --from since:5m --until end -p 0,3
  kconsole tail orders --filter 'value.country == "DE"' -n 20
  kconsole tail orders --from start --until end -o avro > orders.avro`,
		ValidArgsFunction: a.completing(once(ofTopics)),
		Args:              cobra.ExactArgs(1),
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
	flags.StringVar(&opts.filter, "filter", "", "only records that match this text, regular `expression` or expression")
	flags.StringVarP(&opts.group, "group", "g", "", "begin where this `group` is")
	flags.StringVar(&opts.schema, "schema", "", "with -o avro: the file's schema, as `SUBJECT[@VERSION]`")
	flags.StringVar(&opts.valueSchema, "value-schema", "", "Avro schema of values that name none, as `SUBJECT[@VERSION]` or a file")
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
	if o.group != "" && o.from != "" {
		return read, usagef("--from and -g both say where to begin; give one of them")
	}
	if o.schema != "" && o.format != "avro" {
		return read, usagef("--schema goes with -o avro")
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
	filter, err := recordfilter.Parse(opts.filter)
	if err != nil {
		return usagef("--filter: %w", err)
	}
	c, err := a.connect()
	if err != nil {
		return err
	}
	defer c.Close()
	reg, closeRegistry, err := newRegistry(c.Config())
	if err != nil {
		return err
	}
	defer closeRegistry()
	decoding, err := a.decoding(ctx, opts)
	if err != nil {
		return err
	}
	decoder := decode.New(reg, decoding)
	mask := c.Config().Mask(opts.topic)
	t := &tailer{app: a, c: c, picks: func() *recordfilter.Matcher { return filter.Matcher(decoder).Hide(mask) }, left: opts.limit}
	t.pick = t.picks()
	if mask != nil && slices.Contains([]string{"raw", "hex", "avro"}, opts.format) {
		return &refusedError{fmt.Sprintf("topic %s has masking rules, which cannot hide anything in -o %s; use pretty, json or jsonl", opts.topic, opts.format)}
	}
	if opts.format == "avro" {
		t.out = newContainerPrinter(a.out, decoder, reg, opts)
	} else {
		t.out = newRecordPrinter(a.out, opts.format, decoder, mask)
	}
	if filter != nil {
		read.Limit = 0 // it counts records, and we count those that match
	}
	switch {
	case opts.group != "":
		if read.Offsets, err = t.committed(ctx, opts); err == nil {
			read.From = tail.Position{Kind: tail.Start}
			err = t.from(ctx, read)
		}
	case opts.from == "":
		err = t.newest(ctx, read)
	default:
		err = t.from(ctx, read)
	}
	err = errors.Join(err, t.out.close())
	if ctx.Err() != nil && isCanceled(err) {
		err = nil // ctrl-C is how one leaves a tail
	}
	t.report()
	if err != nil {
		return explainDenied(ctx, c, err, append(access.On("READ", "TOPIC", opts.topic), opts.groupRights()...))
	}
	return nil
}

func (o tailOptions) groupRights() []access.Request {
	if o.group == "" {
		return nil
	}
	return access.On("DESCRIBE", "GROUP", o.group)
}

func isCanceled(err error) bool {
	var k *kafka.Error
	return errors.Is(err, context.Canceled) || errors.As(err, &k) && k.Kind == kafka.Canceled
}

// goesOn tells trouble on the way (a broker away, a corrupt batch) from an end.
func goesOn(ctx context.Context, err error) bool {
	var k *kafka.Error
	if ctx.Err() != nil || errors.Is(err, tail.ErrClosed) || !errors.As(err, &k) {
		return false
	}
	return k.Kind != kafka.Auth && k.Kind != kafka.Denied && k.Kind != kafka.NotFound
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
