package lessons

import (
	"context"
	"fmt"
	"strings"

	"kconsole/kafka"
	"kconsole/labs"
	"kconsole/labs/check"
)

// lab07Groups are the groups of the two variants in PHP.
var lab07Groups = []string{"php-booking", "laravel-booking"}

// lab07Waiting has orders, and among them one that no consumer of Avro can read.
// The lab's own service is gone.
func lab07Waiting(ctx context.Context, env *labs.Env) error {
	if err := lab07Ready(ctx, env); err != nil {
		return err
	}
	if err := lab07Stop(ctx, env); err != nil {
		return err
	}
	_, there, err := lab07Unreadable(ctx, env, "json")
	if err != nil || there {
		return err
	}
	env.Say("write a record that is no Avro")
	return lab07WriteUnreadable(ctx, env, "json", []byte(`{"id":"of a program that does not know the schema"}`))
}

// lab07Told tells whether a record's headers say what went wrong, in the words of
// the lab's PHP files, of laravel-kafka, or of similar libraries.
func lab07Told(r *check.Record) bool {
	for _, h := range r.Headers {
		name := strings.ToLower(h.Key)
		if len(h.Value) > 0 && (strings.Contains(name, "error") || strings.Contains(name, "throwable") || strings.Contains(name, "exception")) {
			return true
		}
	}
	return false
}

// lab07PutAsideByPHP counts the records that cannot be read, and those of them that
// have a new dead letter.
func lab07PutAsideByPHP(ctx context.Context, env *labs.Env) (unreadable []check.Record, aside, silent int, err error) {
	var base check.Offsets
	if err := env.Baseline(&base); err != nil {
		return nil, 0, 0, err
	}
	records, err := check.Records(ctx, env, env.Name("orders"), nil)
	if err != nil {
		return nil, 0, 0, err
	}
	letters, err := check.Records(ctx, env, env.Name("orders.dead-letter"), base)
	if err != nil {
		return nil, 0, 0, err
	}
	for i := range records {
		if lab07Readable(&records[i]) {
			continue
		}
		unreadable = append(unreadable, records[i])
		told, same := false, false
		for j := range letters {
			if string(letters[j].Record.Value) == string(records[i].Record.Value) {
				same = true
				told = told || lab07Told(&letters[j])
			}
		}
		if told {
			aside++
		} else if same {
			silent++
		}
	}
	return unreadable, aside, silent, nil
}

// lab07Closer is the smaller lag of the two groups, and whose it is.
func lab07Closer(ctx context.Context, env *labs.Env) (group string, lag int64, err error) {
	for i, short := range lab07Groups {
		n, err := check.Lag(ctx, env, env.Name(short), env.Name("orders"))
		if err != nil {
			return "", 0, err
		}
		if i == 0 || n < lag {
			group, lag = env.Name(short), n
		}
	}
	return group, lag, nil
}

func lab07PHP(ctx context.Context, env *labs.Env) (labs.Verdict, error) {
	unreadable, aside, silent, err := lab07PutAsideByPHP(ctx, env)
	if err != nil {
		return labs.Verdict{}, err
	}
	group, lag, err := lab07Closer(ctx, env)
	if err != nil {
		return labs.Verdict{}, err
	}
	if lag == 0 && aside == len(unreadable) {
		return labs.Done("%s has committed everything; %s put aside, with the reason", group, check.Count(int64(aside), "unreadable record")), nil
	}
	observed := fmt.Sprintf("%s has a lag of %d; %d of %d unreadable records are dead letters with a reason", group, lag, aside, len(unreadable))
	if silent > 0 {
		observed += fmt.Sprintf(", %d without one", silent)
	}
	return labs.NotYet("everything committed by your group, and a dead letter, with the error in a header and the value unchanged, for every record that is no order",
		observed, "look at "+env.Name("orders.dead-letter")+", and at the group in :groups"), nil
}

func lab07PHPNudge(ctx context.Context, env *labs.Env) (string, error) {
	unreadable, aside, _, err := lab07PutAsideByPHP(ctx, env)
	if err != nil {
		return "", err
	}
	group, lag, err := lab07Closer(ctx, env)
	if err != nil {
		return "", err
	}
	if lag == 0 {
		return fmt.Sprintf("%s has committed everything, and %d records were neither read nor put aside. Reset the group to the start, and run it again.", group, len(unreadable)-aside), nil
	}
	return fmt.Sprintf("%s has %d records to go. Records that are no orders: %d, put aside: %d.", group, lag, len(unreadable), aside), nil
}

// lab07AsPHP does what the learner's consumer does to the cluster.
func lab07AsPHP(ctx context.Context, env *labs.Env) error {
	unreadable, _, _, err := lab07PutAsideByPHP(ctx, env)
	if err != nil {
		return err
	}
	for i := range unreadable {
		r := &unreadable[i]
		letter := labs.Record(env.Name("orders.dead-letter"), string(r.Key), string(r.Record.Value))
		letter.Headers = []kafka.Header{
			{Key: "error", Value: []byte("unknown magic byte, or cut short")},
			{Key: "source", Value: fmt.Appendf(nil, "%s/%d/%d", r.Topic, r.Partition, r.Offset)},
		}
		if _, err := env.Produce(ctx, letter); err != nil {
			return err
		}
	}
	_, err = env.ReadAsGroup(ctx, env.Name("php-booking"), env.Name("orders"))
	return err
}
