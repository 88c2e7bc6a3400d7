package lessons

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"kconsole/avro"
	"kconsole/avro/decode"
	"kconsole/avro/registry"
	"kconsole/kafka"
	"kconsole/labs"
	"kconsole/labs/check"
)

func init() {
	register("13", map[string]labs.Behavior{
		"contracts": {Check: lab13Contracts, Nudge: lab13ContractsNudge, Solve: lab13Agree},
		"services":  {Stage: lab13Helpers, Baseline: lab13Now, Check: lab13Services, Nudge: lab13ServicesNudge, Solve: lab13First},
		"fifty":     {Stage: lab13Helpers, Baseline: lab13Now, Check: lab13Fifty, Nudge: lab13FlowNudge, Solve: lab13PlaceFifty},
		"storm":     {Stage: lab13Storm, Baseline: lab13Now, Check: lab13Weathered, Nudge: lab13StormNudge, Solve: lab13Weather},
		"recover":   {Stage: lab13Helpers, Baseline: lab13Now, Check: lab13Recovered, Nudge: lab13StormNudge, Solve: lab13Recover},
		"evolve":    {Stage: lab13Helpers, Baseline: lab13Now, Check: lab13Evolved, Nudge: lab13EvolveNudge, Solve: lab13Evolve},
		"report":    {Question: lab13Finished, Nudge: lab13FinishedNudge},
		"php":       {Stage: lab13Alone, Baseline: lab13Now, Check: lab13Fifty, Nudge: lab13FlowNudge, Solve: lab13AsPHP},
	})
}

// The topics that every system of this lab has, whatever it is about: what comes in,
// what is finished, and what nobody could handle.
const (
	lab13In, lab13Out, lab13Dead = "orders", "notifications", "dead-letters"
)

// lab13Shop are the topics of the brief's shop with the schemas of their values.
var lab13Shop = []struct{ topic, schema string }{
	{lab13In, "shared/order.avsc"}, {"payments", "shared/payment.avsc"}, {"shipments", "shared/shipment.avsc"}, {lab13Out, "solution/notification.avsc"},
}

// lab13Schema is a schema of the lab's PHP files.
func lab13Schema(file string) (string, error) {
	text, err := labs.Data.ReadFile("data/13-workshop/php/" + file)
	return string(text), err
}

// lab13Topics are the topics of the system, dead letters last.
func lab13Topics(ctx context.Context, env *labs.Env) (events []kafka.Topic, dead *kafka.Topic, err error) {
	_, topics, err := env.Cluster.Metadata(ctx)
	if err != nil {
		return nil, nil, err
	}
	for i := range topics {
		switch name := topics[i].Name; {
		case name == env.Name(lab13Dead):
			dead = &topics[i]
		case strings.HasPrefix(name, env.Name("")):
			events = append(events, topics[i])
		}
	}
	slices.SortFunc(events, func(a, b kafka.Topic) int { return strings.Compare(a.Name, b.Name) })
	return events, dead, nil
}

// lab13Least is how many topics of events there are when three services hand their
// work on.
const lab13Least = 4

// lab13Contracts is done when the topics are there, and each but the dead letters
// has a schema that is checked.
func lab13Contracts(ctx context.Context, env *labs.Env) (labs.Verdict, error) {
	events, dead, err := lab13Topics(ctx, env)
	if err != nil {
		return labs.Verdict{}, err
	}
	want := fmt.Sprintf("the topics %s, %s and %s, and at least %d topics of events in all", env.Name(lab13In), env.Name(lab13Out), env.Name(lab13Dead), lab13Least)
	var names []string
	for i := range events {
		names = append(names, events[i].Name)
	}
	for _, must := range []string{env.Name(lab13In), env.Name(lab13Out)} {
		if !slices.Contains(names, must) {
			return labs.NotYet(want, must+" is not there", "look at :topics"), nil
		}
	}
	switch {
	case dead == nil:
		return labs.NotYet(want, env.Name(lab13Dead)+" is not there", "it takes what nobody can handle; it needs no schema"), nil
	case len(events) < lab13Least:
		return labs.NotYet(want, check.Count(int64(len(events)), "topic")+" of events: "+strings.Join(names, ", "), "each service hands its work on by a topic of its own"), nil
	}
	for _, t := range append(slices.Clone(events), *dead) {
		if n := t.ReplicationFactor(); n < 3 {
			return labs.NotYet("3 replicas of each topic: a broker will stop", fmt.Sprintf("%s has a replication factor of %d", t.Name, n), "delete it and create it anew"), nil
		}
	}
	for _, name := range names {
		v, err := lab13Contract(ctx, env, name)
		if err != nil || !v.Done() {
			return v, err
		}
	}
	return labs.Done("%s, each with a schema whose next version is checked, and a topic for dead letters", check.Count(int64(len(names)), "topic")), nil
}

// lab13Contract is about the values of one topic.
func lab13Contract(ctx context.Context, env *labs.Env, topic string) (labs.Verdict, error) {
	subject := topic + "-value"
	v, err := check.Registered(ctx, env, subject, 1)
	if err != nil || !v.Done() {
		return v, err
	}
	level, _, err := env.Registry.Level(ctx, subject)
	if err != nil {
		return labs.Verdict{}, err
	}
	if !level.Backward() {
		return labs.NotYet("a level for "+subject+" with which new versions read old records", string(level), "BACKWARD_TRANSITIVE is a good choice"), nil
	}
	return v, nil
}

func lab13ContractsNudge(ctx context.Context, env *labs.Env) (string, error) {
	v, err := lab13Contracts(ctx, env)
	if err != nil || v.Done() {
		return "All contracts are there.", err
	}
	return "What is missing next: " + v.Observed + ".", nil
}

// lab13Agree makes what is missing of the brief's shop.
func lab13Agree(ctx context.Context, env *labs.Env) error {
	if err := env.CreateTopic(ctx, env.Name(lab13Dead), 3, 3); err != nil {
		return err
	}
	for _, s := range lab13Shop {
		subject := env.Name(s.topic) + "-value"
		if err := env.CreateTopic(ctx, env.Name(s.topic), 3, 3); err != nil {
			return err
		}
		versions, err := check.Versions(ctx, env, subject)
		if err != nil {
			return err
		}
		if len(versions) == 0 {
			text, err := lab13Schema(s.schema)
			if err != nil {
				return err
			}
			if _, err := env.Register(ctx, subject, text); err != nil {
				return err
			}
		}
		level, _, err := env.Registry.Level(ctx, subject)
		if err != nil {
			return err
		}
		if level.Backward() && level.Transitive() {
			continue
		}
		if err := lab08Hold(ctx, env, subject, avro.LevelBackwardTransitive); err != nil {
			return err
		}
	}
	return nil
}

// lab13Base is where the topics ended when a step began.
type lab13Base map[string]check.Offsets

func lab13Now(ctx context.Context, env *labs.Env) (any, error) {
	events, _, err := lab13Topics(ctx, env)
	if err != nil {
		return nil, err
	}
	base := lab13Base{}
	for i := range events {
		if base[events[i].Name], err = check.Ends(ctx, env, events[i].Name); err != nil {
			return nil, err
		}
	}
	return base, nil
}

// lab13Teams are the groups that are at work: stable, with members, on topics of
// the system.
func lab13Teams(ctx context.Context, env *labs.Env) (teams []kafka.Group, err error) {
	groups, err := env.Cluster.Groups(ctx, true)
	if err != nil {
		return nil, err
	}
	for i := range groups {
		if g := &groups[i]; strings.HasPrefix(g.ID, env.Name("")) && g.Err == nil && g.State == "Stable" && len(g.Members) > 0 {
			teams = append(teams, *g)
		}
	}
	return teams, nil
}

func lab13TeamNames(teams []kafka.Group) string {
	var names []string
	for i := range teams {
		names = append(names, teams[i].ID)
	}
	if len(names) == 0 {
		return "none"
	}
	return strings.Join(names, ", ")
}

// lab13Services is done when three groups are at work, an order has gone through
// them, and everything that was written is Avro by its topic's contract.
func lab13Services(ctx context.Context, env *labs.Env) (labs.Verdict, error) {
	var base lab13Base
	if err := env.Baseline(&base); err != nil {
		return labs.Verdict{}, err
	}
	teams, err := lab13Teams(ctx, env)
	if err != nil {
		return labs.Verdict{}, err
	}
	want := "at least three services at work, each as a group " + env.Name("…") + " of its own"
	if len(teams) < 3 {
		return labs.NotYet(want, fmt.Sprintf("%s with members: %s", check.Count(int64(len(teams)), "stable group"), lab13TeamNames(teams)), "start yours, or let the helpers work: resume helpers"), nil
	}
	events, _, err := lab13Topics(ctx, env)
	if err != nil {
		return labs.Verdict{}, err
	}
	for i := range events {
		why, err := lab13Framing(ctx, env, events[i].Name, base[events[i].Name])
		if err != nil {
			return labs.Verdict{}, err
		}
		if why != "" {
			return labs.NotYet("new records in Avro, by the subject of their topic", why, "what is written stays: `kconsole lab reset 13` begins anew"), nil
		}
	}
	f, err := lab13Look(ctx, env)
	if err != nil {
		return labs.Verdict{}, err
	}
	if done := f.done(); done == 0 {
		return labs.NotYet("one order through all of them: a record of its key in "+env.Name(lab13Out), fmt.Sprintf("%s, none of them finished", check.Count(int64(len(f.orders)), "new order")),
			"place one; then follow its key from topic to topic"), nil
	}
	return labs.Done("%s at work (%s); an order went through, all in Avro", check.Count(int64(len(teams)), "service"), lab13TeamNames(teams)), nil
}

// lab13Avro tells whether a value is Avro that can be read.
func lab13Avro(v decode.Result) bool { return v.Kind == decode.Avro && v.Err == nil }

// lab13Framing says which new record of a topic is not what its subject describes,
// and why; "" for none.
func lab13Framing(ctx context.Context, env *labs.Env, topic string, base check.Offsets) (string, error) {
	versions, err := check.History(ctx, env, topic+"-value")
	if err != nil {
		return "", err
	}
	records, err := check.Records(ctx, env, topic, base)
	if err != nil {
		return "", err
	}
	for i := range records {
		v, at := records[i].Value, fmt.Sprintf("%s partition %d offset %d", topic, records[i].Partition, records[i].Offset)
		if !lab13Avro(v) {
			return at + " is no Avro that can be read", nil
		}
		if !slices.ContainsFunc(versions, func(s *registry.Schema) bool { return s.ID == v.SchemaID }) {
			return fmt.Sprintf("%s has schema %d, which is no version of %s-value", at, v.SchemaID, topic), nil
		}
	}
	return "", nil
}

func lab13ServicesNudge(ctx context.Context, env *labs.Env) (string, error) {
	teams, err := lab13Teams(ctx, env)
	if err != nil {
		return "", err
	}
	f, err := lab13Look(ctx, env)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("Groups at work: %s. Since the step began: %s, %d of them finished.", lab13TeamNames(teams), check.Count(int64(len(f.orders)), "order"), f.done()), nil
}

// lab13First lets the helpers work, and sends one order through.
func lab13First(ctx context.Context, env *labs.Env) error {
	if err := lab13Work(ctx, env); err != nil {
		return err
	}
	return lab13Through(ctx, env, 1)
}

// lab13Finished asks for the last figure of the report.
func lab13Finished(ctx context.Context, env *labs.Env) (labs.Question, error) {
	finished, err := keys(ctx, env, env.Name(lab13Out))
	if err != nil {
		return labs.Question{}, err
	}
	return check.Number("How many different orders has your system finished, all in all?", int64(len(finished)), 0, func(given int64, right bool) string {
		if right {
			return "That many different keys are in " + env.Name(lab13Out) + ": each order once, whatever happened on its way. Keep the report."
		}
		return fmt.Sprintf("It is not %d: count the different keys of all records in %s, from the start.", given, env.Name(lab13Out))
	}), nil
}

func lab13FinishedNudge(context.Context, *labs.Env) (string, error) {
	return "A finished order has one record in the last topic. Read it from its start to its end, and count.", nil
}
