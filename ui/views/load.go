package views

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"kconsole/avro/registry"
	"kconsole/kafka"
	"kconsole/kafka/load"
	"kconsole/ui/dialog"
	"kconsole/ui/loadtext"
	"kconsole/ui/page"
	"kconsole/ui/session"
	"kconsole/ui/units"
)

// What the actions of topics and of one topic have in common.
const (
	loadKey  = "shift-p"
	noLoad   = "an internal topic is Kafka's own: made-up records would harm it"
	loadHelp = "Write made-up records at a steady rate, and measure how the topic takes them."
)

// loadCommand is the command that writes the load that the form begins with.
func loadCommand(topic string) string {
	return command("load", topic, "--rate", "100", "--duration", "10s")
}

// loadTopic opens the form that writes a load to a topic.
func loadTopic(h page.Host, topic string) {
	s := h.Session()
	if s == nil || s.Cluster == nil {
		h.Fail(errNoConnection())
		return
	}
	if t := h.State().Snap.Topic(topic); t != nil && t.Internal {
		h.Fail(errors.New(noLoad))
		return
	}
	formats, subject := load.Formats(), registry.TopicName.Subject(topic, "", false)
	if h.State().Snap.Subject(subject) == nil { // nothing to make records of, unless another schema is named
		formats, subject = []string{"bytes", "avro", "json"}, ""
	}
	if s.Registry == nil {
		formats = []string{"bytes"}
	}
	dialog.Form{
		Title: "Load test of topic " + topic,
		Fields: []dialog.Field{
			{Name: "rate", Label: "Rate", Value: "100", Check: checkRate, Help: "Records a second. What was late is made up for. 0: as fast as the cluster takes them."},
			{Name: "duration", Label: "Duration", Value: "10s", Check: checkLasting, Help: "How long, as 30s or 5m. Nothing: until the number of records below."},
			{Name: "records", Label: "Records", Check: optionalNumber(1, 1<<50), Help: "How many at most. Nothing: as many as the duration has room for."},
			{Name: "values", Label: "Values", Choices: formats, Help: "Random records of a schema, in Avro or the same as JSON for comparison, or bytes without a schema."},
			{Name: "schema", Label: "Schema", Value: subject, Complete: completing(subjectNames(h)), Check: required("subject"), Shown: func(v dialog.Values) bool { return v["values"] != "bytes" }, Help: "The subject whose newest version the values are made by."},
			{Name: "size", Label: "Size", Value: "200", Check: neededNumber(0, load.MostBytes), Shown: func(v dialog.Values) bool { return v["values"] == "bytes" }, Help: "Bytes of each value."},
			{Name: "keys", Label: "Keys", Choices: load.Distributions(), Help: "uniform: all as often; zipf: few are busy, most are rare; hot: key-0 gets most of the records; none."},
			{Name: "count", Label: "Key count", Value: "1000", Check: neededNumber(1, 10_000_000), Shown: func(v dialog.Values) bool { return v["keys"] != string(load.NoKeys) }, Help: "How many different keys: key-0, key-1, …"},
			{Name: "share", Label: "Hot share", Value: "0.8", Check: checkShare, Shown: func(v dialog.Values) bool { return v["keys"] == string(load.Hot) }, Help: "What part of the records the hot key gets, from 0 to 1."},
			{Name: "acks", Label: "Acks", Choices: load.Acks(), Help: "Who has to have a record before it counts: all in-sync replicas, the leader, or nobody."},
			{Name: "compression", Label: "Compression", Choices: load.Compressions(), Help: "The codec of the batches."},
			{Name: "headers", Label: "Headers", Check: checkHeaders, Help: "name=value, separated by commas, to tell these records from others; a value with a comma in double quotes."},
		},
		Plan: func(ctx context.Context, v dialog.Values) (*dialog.Plan, error) {
			o, err := loadOptions(topic, v)
			if err != nil {
				return nil, err
			}
			return loadPlan(ctx, h, s, o, v)
		},
		Command: func(v dialog.Values) string { return loadLine(topic, v) },
	}.Open(h)
}

// loadOptions are the options that a filled form stands for, but for the values.
func loadOptions(topic string, v dialog.Values) (load.Options, error) {
	rate, _ := strconv.ParseFloat(v["rate"], 64)      // checked
	lasts, _ := time.ParseDuration(v["duration"])     // checked; nothing is none
	hotShare, _ := strconv.ParseFloat(v["share"], 64) // checked
	o := load.Options{
		Topic: topic, Rate: rate, Duration: lasts, Records: atoi(v["records"]), Repeat: load.RepeatAt(rate),
		Keys: load.Keys{Distribution: load.Distribution(v["keys"]), Count: int(atoi(v["count"])), HotShare: hotShare},
		Acks: v["acks"], Compression: v["compression"], Seed: rand.Uint64(),
	}
	if o.Duration == 0 && o.Records == 0 {
		return o, &kafka.Error{What: "the load would never end", Do: "type a duration, such as 10s, or a number of records", Kind: kafka.Invalid}
	}
	var err error
	o.Headers, err = headerList(v["headers"])
	return o, err
}

// loadValues is what makes the values.
func loadValues(ctx context.Context, s *session.Session, v dialog.Values, seed uint64) (load.Maker, string, error) {
	if v["values"] == "bytes" {
		return load.Bytes(int(atoi(v["size"])), seed), units.Bytes(atoi(v["size"])) + " of random bytes", nil
	}
	schema, err := s.Registry.Version(ctx, v["schema"], registry.Latest)
	if err != nil {
		return nil, "", err
	}
	m, err := load.OfSchema(schema, v["values"], seed)
	return m, fmt.Sprintf("%s of %s v%d", v["values"], schema.Subject, schema.Version), err
}

// loadPlan says what would be written, and writes it.
func loadPlan(ctx context.Context, h page.Host, s *session.Session, o load.Options, v dialog.Values) (*dialog.Plan, error) {
	// A read-only context has no producer; that is better known now than later.
	producer, err := s.Cluster.Producer(kafka.ProducerOptions{})
	if err != nil {
		return nil, err
	}
	producer.Close()
	topics, err := s.Cluster.TopicMetadata(ctx, o.Topic)
	if err == nil && len(topics) == 1 {
		err = topics[0].Err
	}
	if err != nil {
		return nil, err
	}
	var what string
	if o.Values, what, err = loadValues(ctx, s, v, o.Seed); err != nil {
		return nil, err
	}
	sample, err := o.Values.Append(nil)
	if err != nil {
		return nil, err
	}
	out := &dialog.Plan{
		Title: "load topic " + o.Topic, Changes: loadChanges(o, what, len(sample)), Stay: true, Stops: true,
		Warnings: []string{"the records are made up, and stay in the topic: whoever reads it gets them"},
	}
	if s.Config.Lab == nil {
		out.Warnings = append(out.Warnings, "context "+s.Config.Name+" is no lab: other clients feel the load")
	}
	ascii := h.Theme().ASCII
	var now atomic.Pointer[load.Progress]
	out.Progress = func() string {
		p := now.Load()
		if p == nil {
			return "connecting"
		}
		text := "\n" + loadtext.Done(*p, ascii) + "\n\n" + loadtext.Pace(*p)
		if p.LastError != "" {
			text += "\n" + p.LastError
		}
		return text
	}
	out.Apply = func(ctx context.Context) ([]dialog.Item, error) {
		o.Progress = func(p load.Progress) {
			now.Store(&p)
			h.Loop().Post(func() {})
		}
		done, err := load.Run(ctx, s.Cluster, o)
		if err != nil {
			return nil, err
		}
		return loadItems(done)
	}
	return auditedAs(s, s.Cluster.AuditRecords("load", o.Topic, load.Origin(v["values"])))(out, nil)
}

// loadChanges are what would be written.
func loadChanges(o load.Options, what string, bytes int) []dialog.Change {
	resource := "topic " + o.Topic
	line := func(what, to string) dialog.Change { return dialog.Change{Resource: resource, What: what, To: to} }
	records, rate := "as many records as it takes", "as fast as the cluster takes them"
	if n := o.Total(); n > 0 {
		records = fmt.Sprintf("%s, about %s", units.Plural(int(n), "record"), units.Bytes(n*int64(bytes)))
	}
	if o.Rate > 0 {
		rate = strconv.FormatFloat(o.Rate, 'f', -1, 64) + " records a second"
	}
	lasts := "until all are written"
	if o.Duration > 0 {
		lasts = o.Duration.String()
		if o.Records > 0 {
			lasts += " at most"
		}
	}
	keys := string(o.Keys.Distribution)
	switch o.Keys.Distribution {
	case load.NoKeys:
	case load.Hot:
		keys = fmt.Sprintf("hot: key-0 gets %g of the records, %s more share the rest", o.Keys.HotShare, units.Plural(o.Keys.Count-1, "key"))
	default:
		keys += ", " + units.Plural(o.Keys.Count, "key")
	}
	out := []dialog.Change{
		line("gets", records), line("rate", rate), line("for", lasts), line("values", what), line("keys", keys),
		line("acks", o.Acks), line("compression", o.Compression),
	}
	for _, h := range o.Headers {
		out = append(out, line("header "+h.Key, string(h.Value)))
	}
	return out
}

// loadItems is how a load went, and an error if records failed.
func loadItems(s load.Summary) ([]dialog.Item, error) {
	var out []dialog.Item
	for _, r := range loadtext.Summary(s) {
		out = append(out, dialog.Item{Resource: r.Name, Detail: r.Text})
	}
	for _, r := range loadtext.Failures(s) {
		out = append(out, dialog.Item{Resource: r.Name, Err: errors.New(r.Text)})
	}
	if s.Failed > 0 {
		return out, &kafka.Error{
			What: fmt.Sprintf("%s of %s were not written", units.Exact(s.Failed), units.Plural(int(s.Sent), "record")), Why: s.Errors[0].Error, Kind: kafka.Other,
		}
	}
	return out, nil
}

// loadLine is the command that does what the form says.
func loadLine(topic string, v dialog.Values) string {
	words := []string{"load", topic, "--rate", v["rate"]}
	flag := func(name, value, usual string) {
		if value != "" && value != usual {
			words = append(words, "--"+name, value)
		}
	}
	flag("duration", v["duration"], "")
	flag("records", v["records"], "")
	if v["values"] == "bytes" {
		flag("size", v["size"], "")
	} else {
		flag("values", v["values"], "avro")
		flag("schema", v["schema"], registry.TopicName.Subject(topic, "", false))
	}
	flag("keys", v["keys"], string(load.Uniform))
	if v["keys"] != string(load.NoKeys) {
		flag("key-count", v["count"], "1000")
	}
	if v["keys"] == string(load.Hot) {
		flag("hot-share", v["share"], "0.8")
	}
	flag("acks", v["acks"], "all")
	flag("compression", v["compression"], "none")
	return command(append(words, pairFlags("--header", v["headers"], false)...)...)
}

func checkRate(v string) error {
	if r, err := strconv.ParseFloat(v, 64); err != nil || !(r >= 0 && r <= 50_000_000) {
		return fmt.Errorf("%q is no rate: records a second, from 0 to 50000000", v)
	}
	return nil
}

func checkLasting(v string) error {
	if v == "" {
		return nil
	}
	if d, err := time.ParseDuration(v); err != nil || d <= 0 {
		return fmt.Errorf("%q is no duration: write it as 30s, 5m or 1h30m", v)
	}
	return nil
}

func checkShare(v string) error {
	if r, err := strconv.ParseFloat(v, 64); err != nil || !(r > 0 && r <= 1) {
		return fmt.Errorf("%q is no part of the records: from 0.01 to 1", v)
	}
	return nil
}

// neededNumber is a check for a whole number in a range.
func neededNumber(low, high int64) func(string) error {
	return func(v string) error {
		if strings.TrimSpace(v) == "" {
			return fmt.Errorf("type a whole number from %d to %d", low, high)
		}
		return optionalNumber(low, high)(v)
	}
}
