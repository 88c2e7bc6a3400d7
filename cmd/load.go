package cmd

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"kconsole/avro/registry"
	"kconsole/kafka"
	"kconsole/kafka/access"
	"kconsole/kafka/load"
)

var loadFormats = []string{"text", "json"}

type loadOptions struct {
	load.Options

	format, values, schema string
	keys                   string
	size                   int
	headers                []string
	hasSize, hasRepeat     bool
	wait                   time.Duration
}

func (a *app) loadCmd() *cobra.Command {
	var o loadOptions
	cmd := &cobra.Command{
		Use:   "load TOPIC",
		Short: "Write many records at a steady rate, and measure how the topic takes them",
		Long: `Writes made-up records to a topic and measures rate, latency and size. It ends after
--duration or --records; ctrl-C ends it early, and the summary tells what was done.

Values are random records of an Avro schema that look like real ones: of --schema, or
of the topic's own subject (TOPIC-value). --values json writes the same records as
JSON text, for comparison, and --size writes bytes of that length instead.

The rate is a schedule: what was late is made up for. A latency counts from when a
record was due to its acknowledgment, so a cluster that stalls cannot hide it. With
--rate 0 records go out as fast as the cluster takes them.

Keys are key-0, key-1, ...: uniform, zipf (few are busy, most are rare), hot (key-0
gets --hot-share of all) or none.`,
		Example: `  kconsole load orders --rate 500 --duration 1m
  kconsole load orders --rate 0 --records 100000 --compression zstd --values json -o json
  kconsole load clicks --size 200 --rate 5000 --duration 30s --keys hot --acks leader`,
		Args:              cobra.ExactArgs(1),
		Annotations:       map[string]string{writes: "true"},
		ValidArgsFunction: a.completing(once(ofTopics)),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.Topic, o.format = args[0], formatOf(cmd)
			o.hasSize, o.hasRepeat = cmd.Flags().Changed("size"), cmd.Flags().Changed("repeat")
			return a.runLoad(cmd.Context(), o)
		},
	}
	flags := cmd.Flags()
	flags.Float64VarP(&o.Rate, "rate", "r", 100, "records a second; 0: as fast as possible")
	flags.DurationVarP(&o.Duration, "duration", "d", 0, "how long, such as 30s or 5m (default 10s, or until --records)")
	flags.Int64VarP(&o.Records, "records", "n", 0, "how many records at most")
	flags.IntVar(&o.size, "size", 0, "values of so many random `bytes`, without a schema")
	flags.StringVar(&o.schema, "schema", "", "make values by `SUBJECT[@VERSION]` (default: the topic's own, TOPIC-value)")
	flags.StringVar(&o.values, "values", "", "write values as "+orList(load.Formats())+" (default avro, with --size bytes)")
	flags.StringVar(&o.keys, "keys", string(load.Uniform), "which keys: "+orList(load.Distributions()))
	flags.IntVar(&o.Keys.Count, "key-count", 1000, "how many different keys")
	flags.Float64Var(&o.Keys.HotShare, "hot-share", 0.8, "with --keys hot: the `part` of the records that the hot key gets")
	flags.StringVar(&o.Acks, "acks", "all", orList(load.Acks()))
	flags.StringVar(&o.Compression, "compression", "none", orList(load.Compressions()))
	flags.DurationVar(&o.Linger, "linger", 5*time.Millisecond, "how long a batch waits for more records")
	flags.DurationVar(&o.wait, "limit", 30*time.Second, "how long a record may take until it counts as failed")
	flags.IntVar(&o.Repeat, "repeat", 0, "make only so many `values` and write them again and again; 0: each is new (default 0, above 10000 records a second 16384)")
	flags.StringArrayVarP(&o.headers, "header", "H", nil, "header of each record as `name=value`; may be repeated")
	flags.Uint64Var(&o.Seed, "seed", 0, "the same `number` gives the same records and keys (default: always others)")
	addFormat(cmd, "text", loadFormats)
	cmd.MarkFlagsMutuallyExclusive("size", "schema")
	return cmd
}

// check looks at the flags before anything is connected.
func (o *loadOptions) check() error {
	if err := checkFormat(o.format, loadFormats); err != nil {
		return err
	}
	switch {
	case o.values == "" && o.hasSize:
		o.values = "bytes"
	case o.values == "":
		o.values = "avro"
	case !slices.Contains(load.Formats(), o.values):
		return usagef("--values %s is not known: use %s", o.values, orList(load.Formats()))
	}
	for _, f := range []struct {
		flag, value string
		known       []string
	}{{"keys", o.keys, load.Distributions()}, {"acks", o.Acks, load.Acks()}, {"compression", o.Compression, load.Compressions()}} {
		if !slices.Contains(f.known, f.value) {
			return usagef("--%s %s is not known: use %s", f.flag, f.value, orList(f.known))
		}
	}
	if (o.values == "bytes") != o.hasSize {
		return usagef("--size goes with --values bytes, and only with that")
	}
	if o.hasSize && (o.size < 0 || o.size > load.MostBytes) {
		return usagef("--size %d: from 0 to %d bytes are possible", o.size, load.MostBytes)
	}
	if o.Rate < 0 || o.Duration < 0 || o.Records < 0 || o.Repeat < 0 || o.Linger < 0 || o.wait <= 0 {
		return usagef("--rate, --duration, --records, --repeat, --linger and --limit cannot be less than nothing")
	}
	if o.Duration == 0 && o.Records == 0 {
		o.Duration = 10 * time.Second
	}
	if o.Linger == 0 {
		o.Linger = -1
	}
	if !o.hasRepeat {
		o.Repeat = load.RepeatAt(o.Rate)
	}
	if o.Seed == 0 {
		o.Seed = rand.Uint64()
	}
	o.Limit, o.Keys.Distribution = o.wait, load.Distribution(o.keys)
	for _, text := range o.headers {
		h, err := parseHeader(text)
		if err != nil {
			return err
		}
		o.Headers = append(o.Headers, h)
	}
	return nil
}

func (a *app) runLoad(ctx context.Context, o loadOptions) error {
	if err := o.check(); err != nil {
		return err
	}
	c, err := a.connect()
	if err != nil {
		return err
	}
	defer c.Close()
	if c.Config().ReadOnly {
		_, err := c.Admin() // says why it is refused
		return err
	}
	if o.Values, err = a.loadMaker(ctx, c, o); err != nil {
		return err
	}
	return auditWrites(ctx, c, "load", o.Topic, load.Origin(o.values), func(ctx context.Context) (string, error) { return a.carryLoad(ctx, c, o) })
}

// carryLoad writes the records, shows how it goes and says how it went.
func (a *app) carryLoad(ctx context.Context, c *kafka.Cluster, o loadOptions) (detail string, err error) {
	show := a.loadProgress(&o.Options)
	s, err := load.Run(ctx, c, o.Options)
	show.clear()
	if err != nil {
		if kafka.KindOf(err) == kafka.NotFound {
			err = a.nearestOf(ctx, c, "topic "+o.Topic, err)
		}
		return "", explainDenied(ctx, c, err, access.On("WRITE", "TOPIC", o.Topic))
	}
	detail = fmt.Sprintf("%d records sent, %d acknowledged, %d failed", s.Sent, s.Acknowledged, s.Failed)
	if err := a.printLoad(s, o.format); err != nil {
		return detail, err
	}
	if s.Failed > 0 {
		return detail, &partialError{int(s.Failed), int(s.Sent), errors.New(s.Errors[0].Error)}
	}
	return detail, nil
}

// loadMaker is what makes the values.
func (a *app) loadMaker(ctx context.Context, c *kafka.Cluster, o loadOptions) (m load.Maker, err error) {
	if o.values == "bytes" {
		return load.Bytes(o.size, o.Seed), nil
	}
	ctx, cancel := context.WithTimeout(ctx, requestLimit)
	defer cancel()
	if c.Config().Registry == nil {
		return nil, usagef("cluster %s has no schema registry in the configuration to take a schema from; --size writes bytes", c.Config().Name)
	}
	err = a.withRegistry(c.Config(), func(r *registry.Client) error {
		var s *registry.Schema
		if o.schema != "" {
			s, err = fetchSchema(ctx, r, o.schema)
		} else {
			s, err = r.Version(ctx, o.Topic+"-value", registry.Latest)
			if errors.Is(err, registry.ErrNotFound) {
				return usagef("topic %s has no schema of its own (subject %s-value); name one with --schema, or write bytes with --size", o.Topic, o.Topic)
			}
		}
		if err != nil {
			return err
		}
		m, err = load.OfSchema(s, o.values, o.Seed)
		return err
	})
	return m, err
}

// parseHeader reads name=value.
func parseHeader(text string) (kafka.Header, error) {
	name, value, ok := strings.Cut(text, "=")
	if !ok {
		return kafka.Header{}, usagef("--header %q: write name=value", text)
	}
	return kafka.Header{Key: name, Value: []byte(value)}, nil
}
