package lessons

import (
	"context"
	"slices"
	"strings"
	"time"

	"kconsole/kafka"
	"kconsole/labs"
	"kconsole/labs/check"
)

// Services of a walkthrough that the learner may set up otherwise read how to work
// from a compacted topic, lab.ID.settings: the newest record of a key counts. So
// any client can change them, and what was changed survives a restart.

// setting is one of them, as it is before anybody changed it.
type setting struct{ key, value string }

// openSettings makes the topic and writes what is in it at first.
func openSettings(ctx context.Context, env *labs.Env, first ...setting) error {
	if err := env.CreateTopic(ctx, env.Name("settings"), 1, 3, "cleanup.policy", "compact"); err != nil {
		return err
	}
	ends, err := check.Ends(ctx, env, env.Name("settings"))
	if err != nil || ends.Sum() > 0 {
		return err
	}
	var records []kafka.NewRecord
	for _, s := range first {
		records = append(records, labs.Record(env.Name("settings"), s.key, s.value))
	}
	_, err = env.Produce(ctx, records...)
	return err
}

// set changes one.
func set(ctx context.Context, env *labs.Env, key, value string) error {
	env.Say("set %s to %s in %s", key, value, env.Name("settings"))
	_, err := env.Produce(ctx, labs.Record(env.Name("settings"), key, value))
	return err
}

// settings are all of them as they are now.
func settings(ctx context.Context, env *labs.Env) (map[string]string, error) {
	records, err := check.Records(ctx, env, env.Name("settings"), nil)
	out := map[string]string{}
	for i := range records {
		r := &records[i]
		if r.Record.Value == nil {
			delete(out, string(r.Key))
			continue
		}
		out[string(r.Key)] = strings.Trim(string(r.Record.Value), "\" \t\r\n")
	}
	return out, err
}

// follow returns what reads the settings again where they have changed, and at most
// once a second. What cannot be read now stays as it was.
func follow(env *labs.Env) func(context.Context) map[string]string {
	var now map[string]string
	var read check.Offsets
	var next time.Time
	return func(ctx context.Context) map[string]string {
		if time.Now().Before(next) {
			return now
		}
		next = time.Now().Add(time.Second)
		ends, err := check.Ends(ctx, env, env.Name("settings"))
		if err != nil || now != nil && check.Since(ends, read) == 0 {
			return now
		}
		if fresh, err := settings(ctx, env); err == nil {
			now, read = fresh, ends
		}
		return now
	}
}

// nthLargest is the smallest of the n largest numbers, or of all where there are
// fewer; 0 of none.
func nthLargest(numbers []int64, n int) int64 {
	if len(numbers) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(numbers))
	return sorted[max(0, len(sorted)-n)]
}
