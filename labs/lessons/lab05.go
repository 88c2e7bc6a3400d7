package lessons

import (
	"context"
	"encoding/json"
	"fmt"
	"io/fs"

	"kconsole/labs"
	"kconsole/labs/check"
	"kconsole/labs/services"
)

func init() {
	register("05", map[string]labs.Behavior{
		"doctor":     {Stage: lab02StopOne, Check: lab05Answers, Nudge: lab05AnswersNudge, Solve: lab02StartAll, Lasting: true},
		"produce":    {Stage: lab05Users, Baseline: check.BaselineEnds("users"), Check: lab05Event, Nudge: lab05EventNudge, Solve: lab05Send},
		"silent":     {Stage: lab05Silent, Baseline: lab05Committed, Question: lab05Why, Nudge: lab05WhyNudge},
		"log":        {Stage: lab05Silent, Check: lab05Lines("log"), Nudge: lab05LinesNudge("log"), Solve: lab05Rewind},
		"registry":   {Stage: lab05Welcome, Check: lab05Lines("welcome"), Question: lab05WhatWasWrong, Nudge: lab05URLNudge, Solve: lab05SetURL},
		"advertised": {Stage: lab05Advertise, Check: lab05Reached, Question: lab05WhichBroker, Nudge: lab05ReachedNudge, Solve: lab05Repair, Lasting: true},
		"php":        lab05PHP("php-log"),
		"laravel":    lab05PHP("laravel-log"),
	})
}

// lab05Answers is what the doctor looks at first: every listener, and the registry.
func lab05Answers(ctx context.Context, env *labs.Env) (labs.Verdict, error) {
	v, err := lab02Listeners(ctx, env)
	if err != nil || !v.Done() {
		return v, err
	}
	subjects, err := env.Registry.Subjects(ctx, false)
	if err != nil {
		return labs.Verdict{}, fmt.Errorf("the brokers answer, the registry does not: %w", err)
	}
	return labs.Done("%s; the registry answers, with %s", v.Seen, check.Count(int64(len(subjects)), "subject")), nil
}

func lab05AnswersNudge(ctx context.Context, env *labs.Env) (string, error) {
	v, err := lab05Answers(ctx, env)
	if err != nil {
		return "", err
	}
	if v.Done() {
		return "Everything answers.", nil
	}
	return "At the moment: " + v.Observed + ". Which finding of the doctor is about that?", nil
}

// lab05Schema is the schema of the users, as in the lab's PHP files.
func lab05Schema(env *labs.Env) (string, error) {
	raw, err := fs.ReadFile(env.Lab.Files, "php/shared/user.avsc")
	return string(raw), err
}

// lab05User is one record of the topic users.
type lab05User struct {
	ID         string `json:"id"`
	Email      string `json:"email"`
	Registered any    `json:"registered"` // milliseconds, or as text: both are read
}

func (u lab05User) event(env *labs.Env) services.Event {
	return services.Event{Topic: env.Name("users"), Key: u.ID, Value: u}
}

// lab05Users makes the topic and registers its schema.
func lab05Users(ctx context.Context, env *labs.Env) error {
	schema, err := lab05Schema(env)
	if err != nil {
		return err
	}
	return env.Services.Agree(ctx, services.Contract{Topic: env.Name("users"), Partitions: 3, Replicas: 3, Schema: schema})
}

// lab05Readable are the users in records from base on that are Avro of the topic's
// own subject, and how many records are not.
func lab05Readable(ctx context.Context, env *labs.Env, base check.Offsets) (users []lab05User, others int64, err error) {
	records, err := check.Records(ctx, env, env.Name("users"), base)
	if err != nil {
		return nil, 0, err
	}
	for i := range records {
		r := &records[i]
		if r.Value.Err != nil { // a registry that does not answer says nothing about the record
			if _, err := env.Registry.Subjects(ctx, false); err != nil {
				return nil, 0, err
			}
		}
		var u lab05User
		if r.Value.Err != nil || r.Value.Subject != env.Name("users-value") || json.Unmarshal(r.JSON, &u) != nil || u.ID == "" {
			others++
			continue
		}
		users = append(users, u)
	}
	return users, others, nil
}

func lab05New(ctx context.Context, env *labs.Env) (users []lab05User, others int64, err error) {
	var base check.Offsets
	if err := env.Baseline(&base); err != nil {
		return nil, 0, err
	}
	return lab05Readable(ctx, env, base)
}

func lab05Event(ctx context.Context, env *labs.Env) (labs.Verdict, error) {
	users, others, err := lab05New(ctx, env)
	if err != nil {
		return labs.Verdict{}, err
	}
	if len(users) == 0 {
		return labs.NotYet("a new record in "+env.Name("users")+": magic byte 0, the id of a schema of "+env.Name("users-value")+", then Avro",
			check.Count(others, "new record")+", none of them so", "look at the records of "+env.Name("users")), nil
	}
	return labs.Done("the user %s is in %s, in Avro with an id of %s", users[0].ID, env.Name("users"), env.Name("users-value")), nil
}

func lab05EventNudge(ctx context.Context, env *labs.Env) (string, error) {
	users, others, err := lab05New(ctx, env)
	if err != nil {
		return "", err
	}
	switch {
	case len(users) > 0:
		return "The event is there.", nil
	case others > 0:
		return "Something has arrived, but not as Avro with an id of " + env.Name("users-value") + ". Was a schema named when it was written?", nil
	}
	return "Nothing new has arrived yet. A delivery report, or the end offset, tells whether something did.", nil
}

func lab05Send(ctx context.Context, env *labs.Env) error {
	if err := lab05Users(ctx, env); err != nil {
		return err
	}
	u := lab05User{ID: "u-" + env.Nonce, Email: "ada@example.com", Registered: env.Clock().UnixMilli()}
	env.Say("write the user %s in Avro to %s", u.ID, env.Name("users"))
	_, err := env.Services.Publish(ctx, u.event(env))
	return err
}

// lab05PHP is a step in PHP: a new event, and a group that has read all.
func lab05PHP(group string) labs.Behavior {
	return labs.Behavior{
		Stage: lab05Users, Baseline: check.BaselineEnds("users"),
		Check: func(ctx context.Context, env *labs.Env) (labs.Verdict, error) {
			v, err := lab05Event(ctx, env)
			if err != nil || !v.Done() {
				return v, err
			}
			return check.Caught(ctx, env, env.Name(group), env.Name("users"))
		},
		Nudge: func(ctx context.Context, env *labs.Env) (string, error) {
			v, err := lab05Event(ctx, env)
			if err != nil || !v.Done() {
				text, nudgeErr := lab05EventNudge(ctx, env)
				if err == nil {
					err = nudgeErr
				}
				return text, err
			}
			lag, err := check.Lag(ctx, env, env.Name(group), env.Name("users"))
			if err != nil {
				return "", err
			}
			return fmt.Sprintf("The event is there. The group %s has %s to read and to commit.", env.Name(group), check.Count(lag, "record")), nil
		},
		Solve: func(ctx context.Context, env *labs.Env) error {
			if err := lab05Send(ctx, env); err != nil {
				return err
			}
			_, err := env.ReadAsGroup(ctx, env.Name(group), env.Name("users"))
			return err
		},
	}
}
