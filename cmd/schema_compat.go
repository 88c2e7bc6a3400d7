package cmd

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"kconsole/avro"
	"kconsole/avro/decode"
	"kconsole/avro/registry"
	"kconsole/kafka"
	"kconsole/kafka/access"
	"kconsole/kafka/tail"
	"kconsole/ui/safe"
)

// compatAnswer is what `kconsole schema compat` prints with -o json.
type compatAnswer struct {
	Subject    string          `json:"subject"`
	Level      string          `json:"level"`
	Inherited  bool            `json:"inherited"`
	Compatible bool            `json:"compatible"`
	Against    []int           `json:"against"` // versions that it was held against
	Violations []violationRow  `json:"violations"`
	Passing    []string        `json:"passing"` // levels that would accept it
	Changes    []differenceRow `json:"changes"` // against the latest version
	Unreadable []int           `json:"unreadable"`
	Notes      []string        `json:"notes"`   // of the registry, such as that it did not check
	Records    *trialAnswer    `json:"records"` // null: none were read
}

type violationRow struct {
	Version   int    `json:"version"`
	Direction string `json:"direction"`
	Rule      string `json:"rule"`
	Path      string `json:"path"`
	Why       string `json:"why"`
	Fix       string `json:"fix"`
}

// trialAnswer is how the records of a topic fare with the schema.
type trialAnswer struct {
	Topic      string       `json:"topic"`
	Readable   int          `json:"readable"`
	Unreadable int          `json:"unreadable"`
	Skipped    int          `json:"skipped"` // could not be read with their own schema either
	Reasons    []reasonRow  `json:"reasons"`
	Failures   []failureRow `json:"failures"` // the first 100
}

// reasonRow is why records cannot be read, and how many.
type reasonRow struct {
	Path    string `json:"path"`
	Reason  string `json:"reason"`
	Records int    `json:"records"`
}

type failureRow struct {
	Partition int32  `json:"partition"`
	Offset    int64  `json:"offset"`
	Error     string `json:"error"`
}

type compatOptions struct {
	draftFlags
	changeOptions
	topic   string
	records int64
	set     string
	unset   bool
}

// maxTrial bounds the records that a schema is tried on.
const maxTrial = 100_000

func (a *app) schemaCompatCmd() *cobra.Command {
	var o compatOptions
	cmd := &cobra.Command{
		Use:   "compat [SUBJECT [FILE]]",
		Short: "Tell whether a subject takes a schema, and why not; or show or set its level",
		Long: `With a FILE it tells whether the subject's compatibility level takes the schema: which
rule it breaks, where, and what to write instead. With --topic it also reads the
topic's newest records with the schema. It exits with 1 where something does not fit.
Rules, fixes and records are those of Avro; about Protobuf and JSON Schema the registry
is asked, and a registry that does not check them is said not to have.

Without a FILE it shows the subject's level, or the registry's, and --level sets it.`,
		Example: `  kconsole schema compat orders-value order.avsc --topic orders --records 1000
  kconsole schema compat orders-value
  kconsole schema compat orders-value --level FULL_TRANSITIVE`,
		Args: cobra.MaximumNArgs(2), ValidArgsFunction: a.completing(once(ofSubjects)),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.format = formatOf(cmd)
			if err := checkFormat(o.format, changeFormats); err != nil {
				return err
			}
			subject := ""
			if len(args) > 0 {
				subject = args[0]
			}
			switch {
			case len(args) == 2:
				return a.runCompat(cmd.Context(), subject, args[1], o)
			case o.topic != "":
				return usagef("--topic goes with a schema FILE")
			case o.set != "" || o.unset:
				return a.setLevel(cmd.Context(), subject, o)
			}
			return a.showLevel(cmd.Context(), subject, o.format)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&o.topic, "topic", "", "also read this `topic`'s newest records with the schema")
	flags.Int64Var(&o.records, "records", 1000, "with --topic: how `many` of each partition")
	flags.StringVar(&o.set, "level", "", "set the `level`: NONE, BACKWARD, FORWARD, FULL, or one with _TRANSITIVE")
	flags.BoolVar(&o.unset, "unset", false, "fall back to the registry's level")
	cmd.MarkFlagsMutuallyExclusive("level", "unset")
	o.changeOptions.add(cmd)
	o.draftFlags.add(cmd, false)
	return cmd
}

func (a *app) showLevel(ctx context.Context, subject, format string) error {
	_, cl, err := a.load()
	if err != nil {
		return err
	}
	return a.withRegistry(cl, func(r *registry.Client) error {
		ctx, cancel := context.WithTimeout(ctx, requestLimit)
		defer cancel()
		if subject != "" {
			if _, err := onlySubject(ctx, r, subject); err != nil {
				return err
			}
		}
		level, inherited, err := r.Level(ctx, subject)
		if err != nil {
			return err
		}
		return a.printSetting("level", string(level), inherited && subject != "", format)
	})
}

func (a *app) setLevel(ctx context.Context, subject string, o compatOptions) error {
	var level avro.Level
	if !o.unset {
		var err error
		if level, err = avro.ParseLevel(o.set); err != nil {
			return usagef("--level: %w", err)
		}
	}
	return a.runSchemaChange(ctx, subject, o.changeOptions, func(ctx context.Context, w *registry.Writer) (registry.Plan, error) {
		return w.SetLevel(ctx, subject, level)
	})
}

func (a *app) runCompat(ctx context.Context, subject, file string, o compatOptions) error {
	if o.records < 1 || o.records > maxTrial {
		return usagef("--records %d: it is a number from 1 to %d", o.records, maxTrial)
	}
	d, err := o.read(a.stdin, file)
	if err != nil {
		return err
	}
	c, err := a.connect()
	if err != nil {
		return err
	}
	defer c.Close()
	answer := compatAnswer{
		Subject: subject, Against: []int{}, Violations: []violationRow{}, Passing: []string{}, Changes: []differenceRow{}, Unreadable: []int{}, Notes: []string{},
	}
	err = a.withRegistry(c.Config(), func(r *registry.Client) error {
		asking, cancel := context.WithTimeout(ctx, requestLimit)
		defer cancel()
		if err := answer.explain(asking, r, d.Draft); err != nil || o.topic == "" {
			return err
		}
		return a.tryRecords(ctx, c, r, d.Draft, o, &answer)
	})
	if err != nil {
		return explainDenied(ctx, c, err, access.On("READ", "TOPIC", o.topic))
	}
	if err := a.showCompat(&answer, o.format); err != nil {
		return err
	}
	switch {
	case !answer.Compatible:
		return fmt.Errorf("%s does not take the schema under level %s", subject, answer.Level)
	case answer.Records != nil && answer.Records.Unreadable > 0:
		return fmt.Errorf("%d records of topic %s cannot be read with the schema", answer.Records.Unreadable, o.topic)
	}
	return nil
}

// explain holds the schema against the subject's versions: Avro in words of our
// own, others in those of the registry.
func (c *compatAnswer) explain(ctx context.Context, r *registry.Client, d registry.Draft) error {
	if d.Kind != registry.Avro {
		level, inherited, err := r.Level(ctx, c.Subject)
		if err != nil {
			return err
		}
		v, err := r.Check(ctx, c.Subject, registry.Latest, d)
		if err != nil && !errors.Is(err, registry.ErrNotFound) {
			return err
		}
		c.Level, c.Inherited, c.Compatible = string(level), inherited, err != nil || v.Compatible
		if c.Compatible {
			c.Notes = some(v.Messages)
			return nil
		}
		for _, m := range v.Messages {
			c.Violations = append(c.Violations, violationRow{Why: m})
		}
		return nil
	}
	e, err := r.Explain(ctx, c.Subject, d)
	if err != nil {
		return err
	}
	c.Level, c.Inherited, c.Compatible = string(e.Level), e.Inherited, e.Accepted()
	c.Against, c.Unreadable = some(e.Against), some(e.Unreadable)
	for _, v := range e.Violations {
		c.Violations = append(c.Violations, violationRow{v.Version, v.Direction.String(), v.Rule.String(), v.Path, v.Why, v.Fix})
	}
	for _, l := range e.Passing {
		c.Passing = append(c.Passing, string(l))
	}
	for _, diff := range e.Changes {
		c.Changes = append(c.Changes, differenceRow{diff.Path, diff.What, diff.Old, diff.New})
	}
	return nil
}

// tryRecords reads the newest records of a topic with the schema.
func (a *app) tryRecords(ctx context.Context, c *kafka.Cluster, r *registry.Client, d registry.Draft, o compatOptions, answer *compatAnswer) error {
	if d.Kind != registry.Avro {
		return usagef("records are tried with Avro schemas only")
	}
	proposed, err := r.Compile(ctx, d)
	if err != nil {
		return err
	}
	decoder := decode.New(r, decode.Options{})
	var samples []avro.Sample
	t := &tailer{app: a, c: c}
	read := tail.Options{Topic: o.topic, From: tail.Position{Kind: tail.Last, Value: o.records}, Until: tail.Position{Kind: tail.End}}
	err = t.read(ctx, read, func(records []kafka.Record) (bool, error) {
		for i := range records {
			rec := &records[i]
			headers := make([]decode.Header, len(rec.Headers))
			for j, h := range rec.Headers {
				headers[j] = decode.Header(h)
			}
			if rec.Value == nil {
				continue // a tombstone has no schema
			}
			s := decoder.Sample(ctx, decode.Input{Topic: rec.Topic, Data: rec.Value, Headers: headers})
			s.Partition, s.Offset, s.Data = rec.Partition, rec.Offset, slices.Clone(s.Data)
			samples = append(samples, s)
		}
		return len(samples) >= maxTrial, nil
	})
	if err != nil {
		return err
	}
	trial, err := avro.TryRecords(proposed, slices.Values(samples))
	if err != nil {
		return err
	}
	answer.Records = &trialAnswer{o.topic, trial.Readable, trial.Unreadable, trial.Skipped, []reasonRow{}, []failureRow{}}
	for _, why := range trial.Reasons {
		answer.Records.Reasons = append(answer.Records.Reasons, reasonRow{why.Path, why.Detail, why.Records})
	}
	for _, f := range trial.Failures {
		answer.Records.Failures = append(answer.Records.Failures, failureRow{f.Partition, f.Offset, f.Err.Error()})
	}
	return nil
}

func at(path, text string) string {
	if path == "" {
		return text
	}
	return path + ": " + text
}

// shownFailures is how many reasons, and unreadable records are told one by one to people.
const shownFailures = 10

func (a *app) showCompat(c *compatAnswer, format string) error {
	if format == "json" {
		return writeJSON(a.out, c)
	}
	var b strings.Builder
	level := c.Level
	if c.Inherited {
		level += " (inherited)"
	}
	verdict := "accepts"
	if !c.Compatible {
		verdict = "refuses"
	}
	fmt.Fprintf(&b, "%s %s the schema: level %s", c.Subject, verdict, level)
	if len(c.Against) > 0 {
		fmt.Fprintf(&b, ", against versions %v", c.Against)
	}
	b.WriteByte('\n')
	for _, n := range c.Notes {
		fmt.Fprintf(&b, "  note: %s\n", n)
	}
	if len(c.Unreadable) > 0 {
		fmt.Fprintf(&b, "  note: versions %v were not compared: they are no Avro schemas that can be used\n", c.Unreadable)
	}
	for _, v := range c.Violations {
		if v.Version == 0 { // in the registry's own words
			fmt.Fprintf(&b, "  %s\n", v.Why)
			continue
		}
		fmt.Fprintf(&b, "  version %d, %s: %s\n", v.Version, v.Direction, v.Why)
		if v.Fix != "" {
			fmt.Fprintf(&b, "    %s\n", v.Fix)
		}
	}
	for _, d := range c.Changes {
		fmt.Fprintf(&b, "  change: %s\n", avro.Difference{Path: d.Path, What: d.What, Old: d.Old, New: d.New})
	}
	if !c.Compatible && len(c.Passing) > 0 {
		fmt.Fprintf(&b, "  levels that would accept it: %s\n", strings.Join(c.Passing, ", "))
	}
	if r := c.Records; r != nil {
		fmt.Fprintf(&b, "%s: %d records can be read with it, %d cannot, %d say nothing about it\n", r.Topic, r.Readable, r.Unreadable, r.Skipped)
		for _, why := range r.Reasons[:min(len(r.Reasons), shownFailures)] {
			fmt.Fprintf(&b, "  %d records: %s\n", why.Records, at(why.Path, why.Reason))
		}
		for _, f := range r.Failures[:min(len(r.Failures), shownFailures)] {
			fmt.Fprintf(&b, "  partition %d, offset %d: %s\n", f.Partition, f.Offset, f.Error)
		}
	}
	for line := range strings.Lines(b.String()) {
		if _, err := fmt.Fprintln(a.out, safe.Text(strings.TrimRight(line, "\n"))); err != nil {
			return err
		}
	}
	return nil
}
