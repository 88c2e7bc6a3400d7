package lessons

import (
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"math"

	"kconsole/avro/decode"
	"kconsole/avro/registry"
	loadgen "kconsole/kafka/load"
	"kconsole/labs"
	"kconsole/labs/check"
)

func init() {
	register("06", map[string]labs.Behavior{
		"bytes":       lab06Writes(lab06Formats, lab06HowMuch),
		"codecs":      lab06Writes(lab06Codecs, lab06HowSmall),
		"speed":       lab06Writes(lab06Speeds, lab06OnTheWire),
		"producer-id": {Stage: lab06Payments, Baseline: check.BaselineEnds("payments"), Check: lab06Idempotent, Question: lab06WhichID, Nudge: lab06IDNudge, Solve: lab06WritePayments},
		"oversize":    {Stage: lab06Invoices, Check: lab06AllInvoices, Question: lab06WhoNotices, Nudge: lab06InvoicesNudge, Solve: lab06SendAgain},
		"partitioner": {Stage: lab06Accounts, Baseline: check.BaselineEnds("accounts"), Check: lab06Murmur2, Question: lab06HowManyTorn, Nudge: lab06AccountsNudge, Solve: lab06WriteAccounts},
		"php":         {Stage: lab06Orders, Baseline: check.BaselineEnds("orders"), Check: lab06Published, Nudge: lab06PublishedNudge, Solve: lab06PublishAsJava},
	})
}

// lab06Load is what a topic is to be filled with: orders, in a format and a codec.
type lab06Load struct {
	topic, format, codec string
	records              int64
}

var (
	lab06Formats = []lab06Load{{"orders-json", "json", "none", 1000}, {"orders-avro", "avro", "none", 1000}}
	lab06Codecs  = []lab06Load{
		{"codec-none", "json", "none", 1000},
		{"codec-gzip", "json", "gzip", 1000},
		{"codec-snappy", "json", "snappy", 1000},
		{"codec-lz4", "json", "lz4", 1000},
		{"codec-zstd", "json", "zstd", 1000},
	}
	lab06Speeds = []lab06Load{{"speed-json", "json", "none", 20_000}, {"speed-avro", "avro", "none", 20_000}, {"speed-zstd", "avro", "zstd", 20_000}}
)

// lab06Writes is a step in which topics are filled by the load generator.
func lab06Writes(all []lab06Load, question func(context.Context, *labs.Env) (labs.Question, error)) labs.Behavior {
	return labs.Behavior{
		Stage: func(ctx context.Context, env *labs.Env) error {
			if err := lab06Orders(ctx, env); err != nil {
				return err
			}
			for _, l := range all {
				if err := env.CreateTopic(ctx, env.Name(l.topic), 1, 3); err != nil {
					return err
				}
			}
			return nil
		},
		Baseline: func(ctx context.Context, env *labs.Env) (any, error) {
			out := map[string]check.Offsets{}
			for _, l := range all {
				ends, err := check.Ends(ctx, env, env.Name(l.topic))
				if err != nil {
					return nil, err
				}
				out[l.topic] = ends
			}
			return out, nil
		},
		Check:    func(ctx context.Context, env *labs.Env) (labs.Verdict, error) { return lab06Filled(ctx, env, all) },
		Question: question,
		Nudge:    func(ctx context.Context, env *labs.Env) (string, error) { return lab06FilledNudge(ctx, env, all) },
		Solve:    func(ctx context.Context, env *labs.Env) error { return lab06Fill(ctx, env, all) },
	}
}

// lab06Orders makes the topic of the orders and registers their schema, which the
// load generator and the PHP files use, too.
func lab06Orders(ctx context.Context, env *labs.Env) error {
	if err := env.CreateTopic(ctx, env.Name("orders"), 3, 3); err != nil {
		return err
	}
	text, err := fs.ReadFile(env.Lab.Files, "php/shared/order.avsc")
	if err != nil {
		return err
	}
	_, err = env.Register(ctx, env.Name("orders-value"), string(text))
	return err
}

func lab06Schema(ctx context.Context, env *labs.Env) (*registry.Schema, error) {
	s, ok, err := check.Schema(ctx, env, env.Name("orders-value"), registry.Latest)
	if err == nil && !ok {
		err = fmt.Errorf("there is no schema under %s any more: reset the lab", env.Name("orders-value"))
	}
	return s, err
}

// lab06Format tells whether a record is an order, and in which format.
func lab06Format(r *check.Record) string {
	var order struct {
		ID       string `json:"id"`
		Customer string `json:"customer"`
	}
	switch {
	case r.Value.Err != nil || json.Unmarshal(r.JSON, &order) != nil || order.ID == "" || order.Customer == "":
		return "other"
	case r.Value.Kind == decode.Avro && r.Value.Message == "shop.orders.OrderPlaced":
		return "avro"
	case r.Value.Kind == decode.JSON:
		return "json"
	}
	return "other"
}

// lab06Log is what was written to a topic since the step began, batch by batch.
type lab06Log struct {
	records, bytes int64
	by             map[string]int64 // records by format and codec: "avro zstd"
}

// each is how many bytes a record takes in the log.
func (l lab06Log) each() float64 { return float64(l.bytes) / float64(max(l.records, 1)) }

func lab06Read(ctx context.Context, env *labs.Env, topic string) (out lab06Log, err error) {
	base := map[string]check.Offsets{}
	if err := env.Baseline(&base); err != nil {
		return out, err
	}
	batches, err := check.Batches(ctx, env, env.Name(topic), base[topic])
	if err != nil {
		return out, err
	}
	out.by = map[string]int64{}
	for i := range batches {
		b := &batches[i]
		out.records += b.Records
		out.bytes += b.Bytes
		out.by[lab06Format(&b.First)+" "+b.Compression] += b.Records
	}
	return out, nil
}

// wrong counts the records of a log that are not what was asked for. A client
// leaves a batch as it is that a codec would make larger: these are not wrong,
// as long as they are few.
func (l lab06Load) wrong(log lab06Log) int64 {
	plain := log.by[l.format+" none"]
	if l.codec == "none" || plain > log.records/10 {
		plain = 0
	}
	return log.records - log.by[l.format+" "+l.codec] - plain
}

func (l lab06Load) said() string {
	format := map[string]string{"json": "as JSON", "avro": "in Avro"}[l.format]
	if l.codec == "none" {
		return format + ", not compressed"
	}
	return format + ", compressed by " + l.codec
}

func lab06Filled(ctx context.Context, env *labs.Env, all []lab06Load) (labs.Verdict, error) {
	for _, l := range all {
		log, err := lab06Read(ctx, env, l.topic)
		if err != nil {
			return labs.Verdict{}, err
		}
		want := fmt.Sprintf("%s or more in %s, %s", check.Count(l.records, "order"), env.Name(l.topic), l.said())
		if wrong := l.wrong(log); wrong > 0 {
			return labs.NotYet(want, fmt.Sprintf("%s there, %d of them something else (%s)", check.Count(log.records, "record"), wrong, lab06Other(log, l)),
				fmt.Sprintf("begin that topic anew: `kconsole delete topic %[1]s`, then `kconsole create topic %[1]s --partitions 1 --replicas 3`", env.Name(l.topic))), nil
		}
		if log.records < l.records {
			return labs.NotYet(want, check.Count(log.records, "record"), "write them with `kconsole load`"), nil
		}
	}
	return labs.Done("%s filled as asked", check.Count(int64(len(all)), "topic")), nil
}

// lab06Other names what a log has most of that is not wanted.
func lab06Other(log lab06Log, l lab06Load) string {
	name, most := "", int64(0)
	for kind, n := range log.by {
		if kind != l.format+" "+l.codec && (n > most || n == most && kind < name) {
			name, most = kind, n
		}
	}
	return name
}

func lab06FilledNudge(ctx context.Context, env *labs.Env, all []lab06Load) (string, error) {
	for _, l := range all {
		log, err := lab06Read(ctx, env, l.topic)
		if err != nil {
			return "", err
		}
		if l.wrong(log) > 0 || log.records < l.records {
			return fmt.Sprintf("%s holds %d new records; it waits for %d orders, %s.", env.Name(l.topic), log.records, l.records, l.said()), nil
		}
	}
	return "All topics are filled. `kconsole get topics` has the records and the bytes of each, of one replica.", nil
}

// lab06Fill writes what is missing; a topic with something else begins anew.
func lab06Fill(ctx context.Context, env *labs.Env, all []lab06Load) error {
	for _, l := range all {
		log, err := lab06Read(ctx, env, l.topic)
		if err != nil {
			return err
		}
		topic := env.Name(l.topic)
		if l.wrong(log) > 0 {
			if err := env.DeleteTopic(ctx, topic); err != nil {
				return err
			}
			if err := env.CreateTopic(ctx, topic, 1, 3); err != nil {
				return err
			}
			log = lab06Log{}
		}
		if log.records >= l.records {
			continue
		}
		if err := lab06Generate(ctx, env, l, l.records-log.records); err != nil {
			return err
		}
	}
	return nil
}

// lab06Generate has the load generator write orders, the same for every topic.
func lab06Generate(ctx context.Context, env *labs.Env, l lab06Load, records int64) error {
	schema, err := lab06Schema(ctx, env)
	if err != nil {
		return err
	}
	maker := loadgen.Avro
	if l.format == "json" {
		maker = loadgen.JSON
	}
	values, err := maker(schema, lab06Seed)
	if err != nil {
		return err
	}
	env.Say("kconsole load %s --schema %s --values %s --compression %s --rate 0 --records %d --seed %d",
		env.Name(l.topic), env.Name("orders-value"), l.format, l.codec, records, lab06Seed)
	s, err := loadgen.Run(ctx, env.Cluster, loadgen.Options{
		Topic: env.Name(l.topic), Records: records, Values: values, Compression: l.codec,
		Keys: loadgen.Keys{Distribution: loadgen.Uniform}, Seed: lab06Seed,
	})
	if err != nil {
		return err
	}
	if s.Acknowledged < records {
		return fmt.Errorf("%d of %d records were written to %s: %v", s.Acknowledged, records, env.Name(l.topic), s.Errors)
	}
	return nil
}

// lab06Seed gives the same orders in each topic.
const lab06Seed = 7

// lab06Logs reads the logs of several topics.
func lab06Logs(ctx context.Context, env *labs.Env, all []lab06Load) (map[string]lab06Log, error) {
	out := map[string]lab06Log{}
	for _, l := range all {
		log, err := lab06Read(ctx, env, l.topic)
		if err != nil {
			return nil, err
		}
		if log.records == 0 {
			return nil, fmt.Errorf("the records are not in %s any more", env.Name(l.topic))
		}
		out[l.topic] = log
	}
	return out, nil
}

// lab06Percent asks what a record takes in one log, of what it takes in another.
func lab06Percent(env *labs.Env, logs map[string]lab06Log, topic, of string, right string) labs.Question {
	answer := int64(math.Round(100 * logs[topic].each() / logs[of].each()))
	prompt := fmt.Sprintf("A record takes so many bytes in %s, on average. How many percent is that of what one takes in %s? (a whole number; 1 more or less is right, too)",
		env.Name(topic), env.Name(of))
	return check.Number(prompt, answer, 1, func(given int64, ok bool) string {
		if ok {
			return fmt.Sprintf("%.1f bytes a record instead of %.1f. %s", logs[topic].each(), logs[of].each(), right)
		}
		return fmt.Sprintf("It is not %d: divide the bytes of each topic by its records, then %s by %s, times 100.", given, env.Name(topic), env.Name(of))
	})
}

func lab06HowMuch(ctx context.Context, env *labs.Env) (labs.Question, error) {
	logs, err := lab06Logs(ctx, env, lab06Formats)
	if err != nil {
		return labs.Question{}, err
	}
	return lab06Percent(env, logs, "orders-avro", "orders-json",
		"These are bytes of the log: the key and a few bytes around each record are in it, and they are the same in both."), nil
}

func lab06HowSmall(ctx context.Context, env *labs.Env) (labs.Question, error) {
	logs, err := lab06Logs(ctx, env, lab06Codecs)
	if err != nil {
		return labs.Question{}, err
	}
	all := ""
	for _, l := range lab06Codecs {
		all += fmt.Sprintf(" %s %.0f", l.codec, logs[l.topic].each())
	}
	picked := lab06Codecs[1+int(env.Nonce[0])%(len(lab06Codecs)-1)]
	return lab06Percent(env, logs, picked.topic, "codec-none", "All of them, in bytes a record:"+all+". A codec works on the whole batch: fuller batches come out smaller."), nil
}

func lab06OnTheWire(ctx context.Context, env *labs.Env) (labs.Question, error) {
	logs, err := lab06Logs(ctx, env, lab06Speeds)
	if err != nil {
		return labs.Question{}, err
	}
	all := ""
	for _, l := range lab06Speeds {
		all += fmt.Sprintf(" %s %.0f", env.Name(l.topic), logs[l.topic].each())
	}
	one := lab06Speeds[int(env.Nonce[1])%len(lab06Speeds)].topic
	prompt := fmt.Sprintf("How many bytes did a record of %s take on the wire, in its batch? (a whole number; 2 more or less are right, too)", env.Name(one))
	return check.Number(prompt, int64(math.Round(logs[one].each())), 2, func(given int64, right bool) string {
		if right {
			return "Bytes a record:" + all + ". These are the same on every machine. Times are not: they also tell what else your machine, and the brokers, had to do."
		}
		return fmt.Sprintf("It is not %d: the line \"On the wire\" of the summary, or the bytes of the topic, divided by the records.", given)
	}), nil
}
