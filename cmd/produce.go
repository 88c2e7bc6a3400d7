package cmd

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"kconsole/avro/decode"
	"kconsole/avro/registry"
	"kconsole/kafka"
	"kconsole/kafka/access"
	"kconsole/kafka/recordinput"
)

var (
	produceInputs  = []string{"jsonl", "lines", "value", "avro"}
	produceFormats = []string{"text", "jsonl"}
)

type produceOptions struct {
	topic, key, value, file, input string
	headers                        []string
	partition                      int32
	schema, keySchema, message     string
	tombstone, dryRun, keepGoing   bool
	template                       bool
	hasKey, hasValue               bool
	format, acks, compression      string

	defaults recordinput.Draft // what the flags say of every record
}

func (a *app) produceCmd() *cobra.Command {
	var o produceOptions
	cmd := &cobra.Command{
		Use:   "produce TOPIC",
		Short: "Write records",
		Long: `Writes a record (--value or --tombstone), or those of --file or the standard input:

  --input jsonl   a JSON object a line: {"key", "value", "headers", "partition",
                  "timestamp"}; what kconsole tail -o jsonl prints can be written again
  --input lines   a value a line
  --input value   the whole input is one value
  --input avro    an Avro object container file, as kconsole tail -o avro writes

Without a schema a JSON string is written as text and anything else as compact JSON.
With --schema a value is JSON that is encoded by the schema: Avro, Protobuf or JSON
Schema. --template prints a value to start from.

It stops at the first record that does not fit, and says how many were written;
--keep-going leaves that one out. Nothing is asked.`,
		Example: `  kconsole produce orders --key c-1 --value '{"id":"o-1"}'
  kconsole produce orders --schema orders-value --input value --file order.json
  kconsole tail orders --from start --until end -o jsonl | kconsole produce copy --schema orders-value
  kconsole produce copy --schema orders-value --input avro --file orders.avro
  kconsole produce customers --key c-1 --tombstone`,
		Args:              cobra.ExactArgs(1),
		Annotations:       map[string]string{writes: "true"},
		ValidArgsFunction: a.completing(once(ofTopics)),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.topic, o.format = args[0], formatOf(cmd)
			o.hasKey, o.hasValue = cmd.Flags().Changed("key"), cmd.Flags().Changed("value")
			return a.runProduce(cmd.Context(), o)
		},
	}
	flags := cmd.Flags()
	flags.StringVarP(&o.key, "key", "k", "", "`key`, of records that have none of their own")
	flags.StringVar(&o.value, "value", "", "write one record with this `value`")
	flags.StringArrayVarP(&o.headers, "header", "H", nil, "header as `name=value`; may be repeated")
	flags.Int32VarP(&o.partition, "partition", "p", -1, "`partition`, of records that name none (default: by the key)")
	flags.StringVarP(&o.file, "file", "f", "", "read records from this `file`; - is the standard input")
	flags.StringVarP(&o.input, "input", "i", "jsonl", "what is read: "+orList(produceInputs))
	flags.StringVar(&o.schema, "schema", "", "encode values with `SUBJECT[@VERSION]`")
	flags.StringVar(&o.keySchema, "key-schema", "", "encode keys with `SUBJECT[@VERSION]`")
	flags.StringVar(&o.message, "message", "", "of a Protobuf schema: the `message`")
	flags.BoolVar(&o.tombstone, "tombstone", false, "write one record with a null value, which deletes the key on a compacted topic")
	flags.BoolVar(&o.template, "template", false, "print a value of the schema to start from, and write nothing")
	flags.BoolVar(&o.dryRun, "dry-run", false, "only check the records")
	flags.BoolVar(&o.keepGoing, "keep-going", false, "leave out records that do not fit")
	flags.StringVar(&o.acks, "acks", "all", "all, leader or none")
	flags.StringVar(&o.compression, "compression", "", "none, gzip, snappy, lz4 or zstd")
	addFormat(cmd, "text", produceFormats)
	cmd.MarkFlagsMutuallyExclusive("value", "file", "tombstone")
	cmd.MarkFlagsMutuallyExclusive("dry-run", "template")
	return cmd
}

// check looks at the flags before anything is connected.
func (o *produceOptions) check() error {
	if err := checkFormat(o.format, produceFormats); err != nil {
		return err
	}
	if !slices.Contains(produceInputs, o.input) {
		return usagef("--input %s is not known: use %s", o.input, orList(produceInputs))
	}
	if o.template && o.schema == "" {
		return usagef("--template needs --schema")
	}
	if o.partition < -1 {
		return usagef("--partition %d: they are numbers from 0", o.partition)
	}
	if o.tombstone && !o.hasKey {
		return usagef("--tombstone needs --key: a tombstone without a key deletes nothing")
	}
	if o.message != "" && o.schema == "" {
		return usagef("--message goes with --schema")
	}
	o.defaults = recordinput.Draft{Partition: o.partition}
	for _, text := range o.headers {
		h, err := parseHeader(text)
		if err != nil {
			return err
		}
		o.defaults.Headers = append(o.defaults.Headers, h)
	}
	if o.hasKey {
		o.defaults.Key, o.defaults.KeyBytes = valueOf(o.key, o.keySchema)
	}
	return nil
}

// valueOf is a value given as text: JSON where a schema encodes it, else the text
// itself.
func valueOf(text, schema string) (json.RawMessage, []byte) {
	if schema == "" {
		return nil, []byte(text)
	}
	if json.Valid([]byte(text)) {
		return json.RawMessage(text), nil
	}
	quoted, _ := json.Marshal(text) // a bare word is a string
	return quoted, nil
}

func (a *app) runProduce(ctx context.Context, o produceOptions) error {
	if err := o.check(); err != nil {
		return err
	}
	c, err := a.connect()
	if err != nil {
		return err
	}
	defer c.Close()
	if o.template {
		return a.printTemplate(ctx, c, o.schema)
	}
	p, err := c.Producer(kafka.ProducerOptions{Acks: o.acks, Compression: o.compression})
	if err != nil {
		return err
	}
	defer p.Close()
	in, done, err := a.produceSource(o)
	if err != nil {
		return err
	}
	defer done()
	preparing, cancel := context.WithTimeout(ctx, requestLimit)
	defer cancel()
	rights := access.On("WRITE", "TOPIC", o.topic)
	w := &producing{app: a, o: o, p: p}
	if w.partitions, err = a.partitionsOf(preparing, c, o.topic); err != nil {
		return explainDenied(ctx, c, err, rights)
	}
	if w.encode, err = a.encoders(preparing, c, o); err != nil {
		return err
	}
	if o.dryRun {
		return explainDenied(ctx, c, w.run(ctx, in), rights)
	}
	return auditWrites(ctx, c, "produce to", o.topic, o.source(), func(ctx context.Context) (string, error) {
		err := explainDenied(ctx, c, w.run(ctx, in), rights)
		return fmt.Sprintf("%d records written", w.written), err
	})
}

// source says where the records come from, without what is in them.
func (o *produceOptions) source() string {
	switch {
	case o.tombstone:
		return "a tombstone"
	case o.hasValue:
		return "one record"
	case o.file == "" || o.file == "-":
		return "records from the standard input"
	default:
		return "records from " + filepath.Base(o.file)
	}
}

// produceSource is where records come from.
func (a *app) produceSource(o produceOptions) (io.Reader, func(), error) {
	switch {
	case o.hasValue, o.tombstone:
		return nil, func() {}, nil
	case o.file == "" && a.terminal:
		return nil, nil, usagef("say what to write: --value, --tombstone, --file, or records on the standard input")
	case o.file == "" || o.file == "-":
		return a.stdin, func() {}, nil
	}
	f, err := os.Open(o.file)
	if err != nil {
		return nil, nil, usagef("--file: %w", err)
	}
	return f, func() { _ = f.Close() }, nil
}

// partitionsOf counts a topic's partitions; a topic that is not there is an error
// with the nearest name.
func (a *app) partitionsOf(ctx context.Context, c *kafka.Cluster, topic string) (int, error) {
	topics, err := c.TopicMetadata(ctx, topic)
	if err == nil && len(topics) == 1 {
		err = topics[0].Err
	}
	if err != nil {
		return 0, a.nearestOf(ctx, c, "topic "+topic, err)
	}
	return len(topics[0].Partitions), nil
}

// encoders fetches the schemas.
func (a *app) encoders(ctx context.Context, c *kafka.Cluster, o produceOptions) (recordinput.Encoder, error) {
	var e recordinput.Encoder
	if o.schema == "" && o.keySchema == "" {
		return e, nil
	}
	err := a.withRegistry(c.Config(), func(r *registry.Client) (err error) {
		if o.schema != "" {
			if e.Value, err = encoderOf(ctx, r, o.schema, o.message); err != nil {
				return err
			}
		}
		if o.keySchema != "" {
			e.Key, err = encoderOf(ctx, r, o.keySchema, "")
		}
		return err
	})
	return e, err
}

func encoderOf(ctx context.Context, r *registry.Client, name, message string) (*decode.Encoder, error) {
	s, err := fetchSchema(ctx, r, name)
	if err != nil {
		return nil, err
	}
	return decode.NewEncoder(s, message)
}

// fetchSchema reads SUBJECT[@VERSION]; an unknown subject is an error with the
// nearest name.
func fetchSchema(ctx context.Context, r *registry.Client, name string) (*registry.Schema, error) {
	subject, version, err := subjectVersion(name)
	if err != nil {
		return nil, err
	}
	if version == 0 {
		version = registry.Latest
	}
	s, err := r.Version(ctx, subject, version)
	if errors.Is(err, registry.ErrNotFound) {
		if known, lerr := r.Subjects(ctx, false); lerr == nil && !slices.Contains(known, subject) {
			return nil, subjectNotFound(subject, known)
		}
	}
	return s, err
}

func (a *app) printTemplate(ctx context.Context, c *kafka.Cluster, schema string) error {
	ctx, cancel := context.WithTimeout(ctx, requestLimit)
	defer cancel()
	return a.withRegistry(c.Config(), func(r *registry.Client) error {
		s, err := fetchSchema(ctx, r, schema)
		if err != nil {
			return err
		}
		if s.Avro == nil {
			return usagef("there are templates of Avro schemas, and %s is %s", s.Subject, s.Kind)
		}
		text, err := s.Avro.Template(time.Now())
		if err != nil {
			return err
		}
		_, err = a.out.Write(append(bytes.TrimRight(text, "\n"), '\n'))
		return err
	})
}

func describeProduced(topic string, p kafka.Produced) string {
	if p.Offset < 0 {
		return fmt.Sprintf("%s/%d", topic, p.Partition)
	}
	return fmt.Sprintf("%s/%d @%d", topic, p.Partition, p.Offset)
}
