package lessons

import (
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"strings"

	"kconsole/labs"
	"kconsole/labs/check"
	"kconsole/labs/services"
)

func init() {
	register("01", map[string]labs.Behavior{
		"flow":    {Stage: lab01OneVisitor, Question: lab01Blocks, Nudge: lab01FlowNudge},
		"publish": {Stage: lab01Topic, Baseline: check.BaselineEnds("user-registered"), Check: lab01Published, Nudge: lab01PublishedNudge, Solve: lab01PublishOne},
		"take":    {Stage: lab01Start, Baseline: check.BaselineEnds("user-registered"), Check: lab01Taken, Nudge: lab01LagNudge, Solve: lab01Take},
		"pause":   {Stage: lab01Start, Baseline: check.BaselineEnds("user-registered"), Check: lab01Waiting, Question: lab01WhichLag, Nudge: lab01LagNudge, Solve: lab01PauseMail},
		"resume":  {Stage: lab01StartPaused, Check: lab01MailCaught, Nudge: lab01LagNudge, Solve: lab01ResumeMail},
		"compare": {Stage: lab01Visitors, Baseline: check.BaselineEnds("replies"), Check: lab01Compared, Question: lab01Earlier, Nudge: lab01ComparedNudge, Solve: lab01SlowMail},
		"diagram": {Stage: lab01Start, Question: lab01Diagram, Nudge: lab01DiagramNudge},
		"php":     {Stage: lab01Start, Baseline: check.BaselineEnds("user-registered"), Check: lab01Controller, Nudge: lab01ControllerNudge, Solve: lab01PublishOne},
	})
}

// lab01Subscribers are the services, in the order in which the calls are made.
var lab01Subscribers = []string{"mail", "profile", "audit"}

// lab01Topic makes the topic and its schema, and tells the services' manager.
func lab01Topic(ctx context.Context, env *labs.Env) error {
	schema, err := fs.ReadFile(env.Lab.Files, "php/shared/user-registered.avsc")
	if err != nil {
		return fmt.Errorf("the schema of the lab: %w", err)
	}
	if err := env.CreateTopic(ctx, env.Name("user-registered"), 3, 3); err != nil {
		return err
	}
	return env.Services.Agree(ctx, services.Contract{Topic: env.Name("user-registered"), Schema: string(schema)})
}

// lab01Publish publishes events of made-up users.
func lab01Publish(ctx context.Context, env *labs.Env, n int) error {
	env.Say("publish UserRegistered, %s", check.Count(int64(n), "event"))
	var events []services.Event
	for _, u := range services.NewUsers(uint64(env.Clock().UnixNano()), n) {
		events = append(events, services.Event{Topic: env.Name("user-registered"), Key: u.ID, ID: u.ID, Value: u})
	}
	_, err := env.Services.Publish(ctx, events...)
	return err
}

// lab01New are the new records of the topic, and how many of them are Avro.
func lab01New(ctx context.Context, env *labs.Env) (records []check.Record, events int64, err error) {
	var base check.Offsets
	if err := env.Baseline(&base); err != nil {
		return nil, 0, err
	}
	records, err = check.Records(ctx, env, env.Name("user-registered"), base)
	for i := range records {
		if records[i].Value.SchemaID != 0 && records[i].Value.Err == nil {
			events++
		}
	}
	return records, events, err
}

func lab01Published(ctx context.Context, env *labs.Env) (labs.Verdict, error) {
	records, events, err := lab01New(ctx, env)
	if err != nil {
		return labs.Verdict{}, err
	}
	if events > 0 {
		return labs.Done("%s in %s", check.Count(events, "new event"), env.Name("user-registered")), nil
	}
	return labs.NotYet("a new event in "+env.Name("user-registered")+", by its schema",
		check.Count(int64(len(records)), "new record")+", none of them by the schema", "look at the records: :topics, then l"), nil
}

func lab01PublishedNudge(ctx context.Context, env *labs.Env) (string, error) {
	records, events, err := lab01New(ctx, env)
	if err != nil {
		return "", err
	}
	if len(records) > 0 && events == 0 {
		return "A record has arrived, but it names no schema: it is plain text. Say with which schema it is to be written.", nil
	}
	return fmt.Sprintf("New events so far: %d. The topic's name is %s, and the schema's name is that with -value behind it.", events, env.Name("user-registered")), nil
}

func lab01PublishOne(ctx context.Context, env *labs.Env) error { return lab01Publish(ctx, env, 1) }

// lab01Lags are the lags of the three groups.
func lab01Lags(ctx context.Context, env *labs.Env) (lags map[string]int64, err error) {
	lags = map[string]int64{}
	for _, name := range lab01Subscribers {
		if lags[name], err = check.Lag(ctx, env, env.Name(name), env.Name("user-registered")); err != nil {
			return nil, err
		}
	}
	return lags, nil
}

// lab01LagText gives "mail 5, profile 0, audit 0".
func lab01LagText(lags map[string]int64) string {
	var parts []string
	for _, name := range lab01Subscribers {
		parts = append(parts, fmt.Sprintf("%s %d", name, lags[name]))
	}
	return strings.Join(parts, ", ")
}

func lab01LagNudge(ctx context.Context, env *labs.Env) (string, error) {
	lags, err := lab01Lags(ctx, env)
	if err != nil {
		return "", err
	}
	return "The lags are now: " + lab01LagText(lags) + ". A lag falls when the service works, and rises when events come that it does not handle.", nil
}

func lab01Taken(ctx context.Context, env *labs.Env) (labs.Verdict, error) {
	records, _, err := lab01New(ctx, env)
	if err != nil {
		return labs.Verdict{}, err
	}
	lags, err := lab01Lags(ctx, env)
	if err != nil {
		return labs.Verdict{}, err
	}
	if len(records) > 0 && lags["mail"]+lags["profile"]+lags["audit"] == 0 {
		return labs.Done("mail, profile and audit have each taken %s", check.Count(int64(len(records)), "new event")), nil
	}
	return labs.NotYet("a new event that each of the three groups has taken",
		fmt.Sprintf("%s; the lags are %s", check.Count(int64(len(records)), "new event"), lab01LagText(lags)), "look at the lag in :groups"), nil
}

func lab01Waiting(ctx context.Context, env *labs.Env) (labs.Verdict, error) {
	records, _, err := lab01New(ctx, env)
	if err != nil {
		return labs.Verdict{}, err
	}
	lags, err := lab01Lags(ctx, env)
	if err != nil {
		return labs.Verdict{}, err
	}
	if len(records) >= 5 && lags["mail"] >= 5 && lags["profile"]+lags["audit"] == 0 {
		return labs.Done("five users are registered, and only the mails wait: %s", lab01LagText(lags)), nil
	}
	return labs.NotYet("five new events, a lag of 5 of mail and of 0 of profile and audit",
		fmt.Sprintf("%s; the lags are %s", check.Count(int64(len(records)), "new event"), lab01LagText(lags)), "look at the lag in :groups; is mail paused?"), nil
}

// lab01WhichLag asks for the lag of one of the groups, another one in each run.
func lab01WhichLag(ctx context.Context, env *labs.Env) (labs.Question, error) {
	lags, err := lab01Lags(ctx, env)
	if err != nil {
		return labs.Question{}, err
	}
	name := lab01Subscribers[int(env.Nonce[0])%3]
	return check.Number("What is the lag of the group "+env.Name(name)+" now?", lags[name], 0, func(given int64, right bool) string {
		if !right {
			return fmt.Sprintf("It is not %d. The lag is the end of the log less what the group has committed, over all partitions.", given)
		}
		return "The paused service waits alone; the visitors, and the two other services, do not notice it."
	}), nil
}

func lab01MailCaught(ctx context.Context, env *labs.Env) (labs.Verdict, error) {
	return check.Caught(ctx, env, env.Name("mail"), env.Name("user-registered"))
}

// lab01Diagram asks for the diagram with the groups that are there.
func lab01Diagram(ctx context.Context, env *labs.Env) (labs.Question, error) {
	var names []string
	for _, name := range lab01Subscribers {
		_, ok, err := check.Group(ctx, env, env.Name(name))
		if err != nil {
			return labs.Question{}, err
		}
		if ok {
			names = append(names, name)
		}
	}
	if len(names) < 3 {
		return labs.Question{}, fmt.Errorf("only %d of the three groups are there yet", len(names))
	}
	left := int(env.Nonce[1]) % 3
	fewer := append(append([]string{}, names[:left]...), names[left+1:]...)
	answer := "A = controller; B = " + strings.Join(names, ", ")
	choices := []string{
		answer,
		"A = controller; B = " + strings.Join(fewer, ", "),
		"A = " + strings.Join(names, ", ") + "; B = controller",
		"A = controller; B = mail, which then calls profile and audit",
	}
	turn := int(env.Nonce[2]) % len(choices)
	turned := append(append([]string{}, choices[turn:]...), choices[:turn]...)
	return check.Choice("Who publishes at A, and who subscribes at B?", turned, answer, func(choice string) string {
		switch choice {
		case choices[1]:
			return "The group " + env.Name(names[left]) + " reads the topic as well: look at the groups."
		case choices[2]:
			return "It is the other way round: the controller says what happened, and the services listen."
		case choices[3]:
			return "No service calls another one. Each group gets every event by itself, so none waits for another."
		}
		return "One publisher, three subscribers, and nobody calls anybody. A fourth service would be one group more, and no change of the controller."
	}), nil
}

func lab01DiagramNudge(ctx context.Context, env *labs.Env) (string, error) {
	lags, err := lab01Lags(ctx, env)
	if err != nil {
		return "", err
	}
	return "Groups have a lag, publishers have none. The lags are: " + lab01LagText(lags) + ".", nil
}

// lab01Faults counts the new events, and says what the last one lacks.
func lab01Faults(ctx context.Context, env *labs.Env) (good int64, last string, err error) {
	records, _, err := lab01New(ctx, env)
	last = "no new event"
	for i := range records {
		r := &records[i]
		var user struct {
			ID string `json:"id"`
		}
		switch {
		case r.Value.SchemaID == 0 || r.Value.Err != nil:
			last = "a record that is no Avro"
		case json.Unmarshal(r.JSON, &user) != nil || user.ID == "" || string(r.Key) != user.ID:
			last = "an event whose key is not the user's id"
		case r.Header("id") == "":
			last = "an event without the header id"
		default:
			good++
		}
	}
	return good, last, err
}

func lab01Controller(ctx context.Context, env *labs.Env) (labs.Verdict, error) {
	good, last, err := lab01Faults(ctx, env)
	if err != nil {
		return labs.Verdict{}, err
	}
	if good > 0 {
		return labs.Done("%s with key and id", check.Count(good, "new event")), nil
	}
	return labs.NotYet("a new event in Avro, with the user's id as key and a header id", last, "look at the records of "+env.Name("user-registered")), nil
}

func lab01ControllerNudge(ctx context.Context, env *labs.Env) (string, error) {
	good, last, err := lab01Faults(ctx, env)
	if err != nil {
		return "", err
	}
	if good > 0 {
		return "The event is there.", nil
	}
	return "Seen so far: " + last + ".", nil
}
