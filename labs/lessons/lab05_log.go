package lessons

import (
	"context"
	"fmt"
	"strings"

	"kconsole/kafka"
	"kconsole/labs"
	"kconsole/labs/check"
	"kconsole/labs/services"
)

// lab05AtLatest tells which of the two it is in this run: a group that never
// committed and starts at the end, or one that has committed the end.
func lab05AtLatest(env *labs.Env) bool { return env.Nonce[1]%2 == 0 }

// lab05Filled makes sure that there are users that somebody could have logged,
// another number in each run.
func lab05Filled(ctx context.Context, env *labs.Env) error {
	if err := lab05Users(ctx, env); err != nil {
		return err
	}
	users, _, err := lab05Readable(ctx, env, nil)
	if err != nil {
		return err
	}
	var events []services.Event
	for n := len(users); n < 5+int(env.Nonce[2])%6; n++ {
		u := lab05User{ID: fmt.Sprintf("u-%d-%s", n+1, env.Nonce), Email: fmt.Sprintf("user%d@example.com", n+1), Registered: env.Clock().UnixMilli()}
		events = append(events, u.event(env))
	}
	if len(events) == 0 {
		return nil
	}
	env.Say("write %s to %s", check.Count(int64(len(events)), "user"), env.Name("users"))
	_, err = env.Services.Publish(ctx, events...)
	return err
}

// lab05Silent has the service log running, which began behind the users.
func lab05Silent(ctx context.Context, env *labs.Env) error {
	if err := env.CreateTopic(ctx, env.Name("log"), 1, 3); err != nil {
		return err
	}
	if err := lab05Filled(ctx, env); err != nil {
		return err
	}
	if env.Services.Get("log") != nil {
		return nil
	}
	committed, err := check.Committed(ctx, env, env.Name("log"), env.Name("users"))
	if err != nil {
		return err
	}
	if len(committed) == 0 && !lab05AtLatest(env) {
		if _, err := env.ReadAsGroup(ctx, env.Name("log"), env.Name("users")); err != nil {
			return err
		}
	}
	env.Say("start the service log (group %s)", env.Name("log"))
	s, err := env.Services.StartConsumer(services.Consumer{
		Name: "log", About: "writes a line for each user", Group: env.Name("log"), Topics: []string{env.Name("users")},
		Latest: true, OnError: services.Skip,
		Handle: func(ctx context.Context, d *services.Delivery) error {
			var u lab05User
			if err := d.Event(ctx, &u, "shop.users.UserRegistered"); err != nil {
				return err
			}
			return lab05Line(ctx, d, env.Name("log"), u)
		},
	})
	if err != nil {
		return err
	}
	return s.Ready(ctx)
}

// lab05Line writes the line of a user.
func lab05Line(ctx context.Context, d *services.Delivery, topic string, u lab05User) error {
	return d.Publish(ctx, services.Event{Topic: topic, Key: u.ID, Value: map[string]any{"user": u.ID, "email": u.Email, "from": d.Where()}})
}

// lab05Committed is what the group had committed when the step began.
func lab05Committed(ctx context.Context, env *labs.Env) (any, error) {
	return check.Committed(ctx, env, env.Name("log"), env.Name("users"))
}

const (
	lab05Latest    = "the group has committed nothing, so it starts at the end (latest)"
	lab05Done      = "the group has committed the end, so nothing is left for it"
	lab05Idle      = "it has no partition: another member owns them"
	lab05Undecoded = "it reads the records, and cannot decode them"
)

func lab05Why(ctx context.Context, env *labs.Env) (labs.Question, error) {
	var committed check.Offsets
	if err := env.Baseline(&committed); err != nil {
		return labs.Question{}, err
	}
	users, _, err := lab05Readable(ctx, env, nil)
	if err != nil {
		return labs.Question{}, err
	}
	g, _, err := check.Group(ctx, env, env.Name("log"))
	if err != nil {
		return labs.Question{}, err
	}
	owned := 0
	for _, m := range g.Members {
		owned += len(m.Assigned)
	}
	answer := lab05Latest
	if len(committed) > 0 {
		answer = lab05Done
	}
	prompt := fmt.Sprintf("%s lie in %s, and none was logged. Why?", check.Count(int64(len(users)), "user"), env.Name("users"))
	why := map[string]string{
		lab05Latest:    "It has committed offsets (" + committed.String() + "). Then auto.offset.reset is not asked.",
		lab05Done:      "Nothing is committed for the group: the column COMMITTED is empty.",
		lab05Idle:      fmt.Sprintf("Look at the members: %s, with %s.", check.Count(int64(len(g.Members)), "member"), check.Count(int64(owned), "partition")),
		lab05Undecoded: "A record that cannot be decoded is an error, and it is counted beside the service. This one has not had a record in its hands: it waits.",
	}
	if answer == lab05Latest {
		why[answer] = "No commit, and auto.offset.reset is latest: it waits for what comes after it. A record written now would be logged."
	} else {
		why[answer] = "Somebody ran it before, perhaps to try it: it went to the end and committed " + committed.String() + ". No value of auto.offset.reset changes that."
	}
	return check.Choice(prompt, []string{lab05Latest, lab05Done, lab05Idle, lab05Undecoded}, answer, func(choice string) string { return why[choice] }), nil
}

func lab05WhyNudge(ctx context.Context, env *labs.Env) (string, error) {
	ends, err := check.Ends(ctx, env, env.Name("users"))
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("The ends of %s are %s. What has the group committed, compared with that? Nothing is not the same as 0.", env.Name("users"), ends), nil
}

// lab05Missing are the ids of the users that have no line in a topic.
func lab05Missing(ctx context.Context, env *labs.Env, topic string) (missing []string, of int, err error) {
	users, _, err := lab05Readable(ctx, env, nil)
	if err != nil {
		return nil, 0, err
	}
	lines, err := check.Records(ctx, env, topic, nil)
	if err != nil {
		return nil, 0, err
	}
	has := map[string]bool{}
	for i := range lines {
		has[string(lines[i].Key)] = true
	}
	for _, u := range users {
		if !has[u.ID] {
			missing = append(missing, u.ID)
		}
	}
	return missing, len(users), nil
}

// lab05Lines is done when each user has a line in a topic, and the group of the
// same name has committed the end.
func lab05Lines(short string) func(context.Context, *labs.Env) (labs.Verdict, error) {
	return func(ctx context.Context, env *labs.Env) (labs.Verdict, error) {
		missing, of, err := lab05Missing(ctx, env, env.Name(short))
		if err != nil {
			return labs.Verdict{}, err
		}
		if len(missing) > 0 {
			return labs.NotYet(fmt.Sprintf("a line in %s for each of %s", env.Name(short), check.Count(int64(of), "user")),
				fmt.Sprintf("%d have none, such as %s", len(missing), missing[0]), "look at the group "+env.Name(short)+" in :groups"), nil
		}
		v, err := check.Caught(ctx, env, env.Name(short), env.Name("users"))
		if err != nil || !v.Done() {
			return v, err
		}
		return labs.Done("each of %s has a line in %s, and %s", check.Count(int64(of), "user"), env.Name(short), v.Seen), nil
	}
}

func lab05LinesNudge(short string) func(context.Context, *labs.Env) (string, error) {
	return func(ctx context.Context, env *labs.Env) (string, error) {
		missing, of, err := lab05Missing(ctx, env, env.Name(short))
		if err != nil {
			return "", err
		}
		g, ok, err := check.Group(ctx, env, env.Name(short))
		if err != nil {
			return "", err
		}
		state := "is not there"
		if ok {
			state = fmt.Sprintf("is %s, with %s", strings.ToLower(g.State), check.Count(int64(len(g.Members)), "member"))
		}
		return fmt.Sprintf("%d of %d users have a line. The group %s; offsets can be moved when it is empty.", of-len(missing), of, state), nil
	}
}

// lab05Rewind moves the group to the start, with its service away.
func lab05Rewind(ctx context.Context, env *labs.Env) error {
	return moved(ctx, env, "log", env.Name("users"), nil, kafka.ResetTo{Kind: kafka.ResetStart})
}
