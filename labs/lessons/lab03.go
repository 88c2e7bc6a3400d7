package lessons

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"kconsole/kafka"
	"kconsole/labs"
	"kconsole/labs/check"
)

func init() {
	register("03", map[string]labs.Behavior{
		"keys":         {Stage: lab03Orders, Baseline: check.BaselineEnds("orders"), Check: lab03Keys, Question: lab03WhichPartition, Nudge: lab03KeysNudge, Solve: lab03WriteKeys},
		"group":        {Stage: lab03Billing, Check: lab03Caught("billing"), Nudge: lab03LagNudge("billing"), Solve: lab03Resume("billing")},
		"idle":         {Stage: lab03Team, Check: lab03Four, Question: lab03WhoIdles, Nudge: lab03IdleNudge, Solve: lab03ScaleTeam},
		"crash":        {Stage: lab03Packer, Check: lab03Repeated, Question: lab03HowMany, Nudge: lab03CrashNudge, Solve: lab03CrashPacker},
		"reset":        {Stage: lab03WasRead, Check: lab03AtStart, Nudge: lab03ResetNudge, Solve: lab03Reset},
		"two-groups":   {Stage: lab03TwoServices, Check: lab03BothCaught, Nudge: lab03LagNudge("billing", "shipping"), Solve: lab03Resume("billing", "shipping")},
		"php-producer": {Stage: lab03Orders, Baseline: check.BaselineEnds("orders"), Check: lab03Twenty, Nudge: lab03TwentyNudge, Solve: lab03WriteTwenty},
		"php-consumer": {Stage: lab03WasWritten, Check: lab03Caught("php"), Nudge: lab03LagNudge("php"), Solve: lab03ReadAsPHP},
	})
}

func lab03Orders(ctx context.Context, env *labs.Env) error {
	return env.CreateTopic(ctx, env.Name("orders"), 3, 3)
}

// lab03New are the new records by key, and in which partitions each key lies.
func lab03New(ctx context.Context, env *labs.Env) (counts map[string]int, places map[string]map[int32]bool, err error) {
	var base check.Offsets
	if err := env.Baseline(&base); err != nil {
		return nil, nil, err
	}
	records, err := check.Records(ctx, env, env.Name("orders"), base)
	if err != nil {
		return nil, nil, err
	}
	counts, places = map[string]int{}, map[string]map[int32]bool{}
	for i := range records {
		key := string(records[i].Key)
		counts[key]++
		if places[key] == nil {
			places[key] = map[int32]bool{}
		}
		places[key][records[i].Partition] = true
	}
	return counts, places, nil
}

// lab03Customers are the keys with two records or more, all in one partition.
func lab03Customers(counts map[string]int, places map[string]map[int32]bool) (keys, torn []string) {
	for _, key := range slices.Sorted(maps.Keys(counts)) {
		switch {
		case key == "" || counts[key] < 2:
		case len(places[key]) > 1:
			torn = append(torn, key)
		default:
			keys = append(keys, key)
		}
	}
	return keys, torn
}

func lab03Keys(ctx context.Context, env *labs.Env) (labs.Verdict, error) {
	counts, places, err := lab03New(ctx, env)
	if err != nil {
		return labs.Verdict{}, err
	}
	keys, torn := lab03Customers(counts, places)
	if len(keys) >= 3 {
		return labs.Done("%s with two orders or more, each in one partition: %s", check.Count(int64(len(keys)), "customer"), strings.Join(keys[:3], ", ")), nil
	}
	observed := fmt.Sprintf("%s like that, %s without a key", check.Count(int64(len(keys)), "key"), check.Count(int64(counts[""]), "record"))
	look := "look at the keys in the records of " + env.Name("orders")
	if len(torn) > 0 {
		observed += "; the records of " + torn[0] + " lie in several partitions"
		look = "clients that hash keys in different ways, or a partition that was given by hand, tear a key apart"
	}
	return labs.NotYet("three new keys with two records each, each key in one partition", observed, look), nil
}

func lab03KeysNudge(ctx context.Context, env *labs.Env) (string, error) {
	counts, places, err := lab03New(ctx, env)
	if err != nil {
		return "", err
	}
	keys, _ := lab03Customers(counts, places)
	if counts[""] > 0 && len(keys) == 0 {
		return "The new records have no key, so nothing says where they belong.", nil
	}
	return fmt.Sprintf("Keys with two new records so far: %d of 3.", len(keys)), nil
}

func lab03WriteKeys(ctx context.Context, env *labs.Env) error {
	var records []kafka.NewRecord
	for n := range 2 {
		for _, c := range []string{"ada", "bob", "cyd"} {
			key := c + "-" + env.Nonce[:4]
			records = append(records, labs.Record(env.Name("orders"), key, fmt.Sprintf(`{"customer":%q,"order":%d}`, key, n+1)))
		}
	}
	_, err := env.Produce(ctx, records...)
	return err
}

// lab03WhichPartition asks about one of the keys, another one in each run.
func lab03WhichPartition(ctx context.Context, env *labs.Env) (labs.Question, error) {
	counts, places, err := lab03New(ctx, env)
	if err != nil {
		return labs.Question{}, err
	}
	keys, _ := lab03Customers(counts, places)
	if len(keys) == 0 {
		return labs.Question{}, fmt.Errorf("the records with keys are not in %s any more", env.Name("orders"))
	}
	key := keys[int(env.Nonce[0])%len(keys)]
	answer := "partition 0"
	for p := range places[key] {
		answer = "partition " + strconv.Itoa(int(p))
	}
	choices := []string{"partition 0", "partition 1", "partition 2"}
	return check.Choice("In which partition are all records with the key "+key+"?", choices, answer, func(choice string) string {
		if choice == answer {
			return fmt.Sprintf("The hash of %q, modulo 3 partitions, is that number, for every record with this key.", key)
		}
		return fmt.Sprintf("No record with the key %q is in %s.", key, choice)
	}), nil
}

// lab03Caught is done when a group has committed the end of the orders.
func lab03Caught(short string) func(context.Context, *labs.Env) (labs.Verdict, error) {
	return func(ctx context.Context, env *labs.Env) (labs.Verdict, error) {
		return check.Caught(ctx, env, env.Name(short), env.Name("orders"))
	}
}

func lab03LagNudge(shorts ...string) func(context.Context, *labs.Env) (string, error) {
	return func(ctx context.Context, env *labs.Env) (string, error) {
		var parts []string
		for _, short := range shorts {
			lag, err := check.Lag(ctx, env, env.Name(short), env.Name("orders"))
			if err != nil {
				return "", err
			}
			parts = append(parts, fmt.Sprintf("%s has %s to go", env.Name(short), check.Count(lag, "record")))
		}
		return strings.Join(parts, ", ") + ". A group gets on when a member reads and commits.", nil
	}
}

// lab03WasRead makes sure that billing has offsets to reset, where the step that
// makes them was left out.
func lab03WasRead(ctx context.Context, env *labs.Env) error {
	if err := env.Services.Stop(ctx, "packer"); err != nil { // of the step before
		return err
	}
	if err := lab03WasWritten(ctx, env); err != nil {
		return err
	}
	committed, err := check.Committed(ctx, env, env.Name("billing"), env.Name("orders"))
	if err != nil || len(committed) > 0 {
		return err
	}
	_, err = env.ReadAsGroup(ctx, env.Name("billing"), env.Name("orders"))
	return err
}

// lab03WasWritten makes sure that there are orders.
func lab03WasWritten(ctx context.Context, env *labs.Env) error {
	if err := lab03Orders(ctx, env); err != nil {
		return err
	}
	ends, err := check.Ends(ctx, env, env.Name("orders"))
	if err != nil || ends.Sum() > 0 {
		return err
	}
	return lab03WriteKeys(ctx, env)
}

func lab03AtStart(ctx context.Context, env *labs.Env) (labs.Verdict, error) {
	want := "group " + env.Name("billing") + " at the start of every partition"
	t, ok, err := check.Topic(ctx, env, env.Name("orders"))
	if err != nil || !ok {
		return labs.NotYet(want, "no topic "+env.Name("orders"), "it was deleted: reset the lab"), err
	}
	committed, err := check.Committed(ctx, env, env.Name("billing"), env.Name("orders"))
	if err != nil {
		return labs.Verdict{}, err
	}
	for i := range t.Partitions {
		p := &t.Partitions[i]
		if at, has := committed[p.ID]; p.End > p.Start && (!has || at != p.Start) {
			observed := fmt.Sprintf("partition %d is at %d, and starts at %d", p.ID, at, p.Start)
			if !has {
				observed = fmt.Sprintf("nothing is committed for partition %d", p.ID)
			}
			return labs.NotYet(want, observed, "look at the group in :groups; only an empty group can be reset"), nil
		}
	}
	return labs.Done("%s is back at the start: %s", env.Name("billing"), committed), nil
}

func lab03ResetNudge(ctx context.Context, env *labs.Env) (string, error) {
	g, ok, err := check.Group(ctx, env, env.Name("billing"))
	if err != nil {
		return "", err
	}
	if ok && len(g.Members) > 0 {
		return fmt.Sprintf("The group has %s: it has to be empty first.", check.Count(int64(len(g.Members)), "member")), nil
	}
	return "The group is empty, so its offsets can be moved.", nil
}

func lab03Reset(ctx context.Context, env *labs.Env) error {
	if err := env.Services.Stop(ctx, "billing"); err != nil {
		return err
	}
	admin, err := env.Admin()
	if err != nil {
		return err
	}
	return env.Apply(ctx)(admin.ResetOffsets(ctx, env.Name("billing"), []string{env.Name("orders")}, nil, kafka.ResetTo{Kind: kafka.ResetStart}))
}

func lab03BothCaught(ctx context.Context, env *labs.Env) (labs.Verdict, error) {
	for _, short := range []string{"billing", "shipping"} {
		v, err := check.Caught(ctx, env, env.Name(short), env.Name("orders"))
		if err != nil || !v.Done() {
			return v, err
		}
	}
	return labs.Done("%s and %s have each read all of %s", env.Name("billing"), env.Name("shipping"), env.Name("orders")), nil
}

// lab03Keyed counts the new records with and without a key.
func lab03Keyed(ctx context.Context, env *labs.Env) (with, without int64, err error) {
	counts, _, err := lab03New(ctx, env)
	for key, n := range counts {
		if key == "" {
			without += int64(n)
		} else {
			with += int64(n)
		}
	}
	return with, without, err
}

func lab03Twenty(ctx context.Context, env *labs.Env) (labs.Verdict, error) {
	with, without, err := lab03Keyed(ctx, env)
	if err != nil {
		return labs.Verdict{}, err
	}
	if with >= 20 {
		return labs.Done("%s with a key in %s", check.Count(with, "new record"), env.Name("orders")), nil
	}
	return labs.NotYet("20 new records with a key in "+env.Name("orders"),
		fmt.Sprintf("%d with and %d without a key", with, without), "look at the records of "+env.Name("orders")), nil
}

func lab03TwentyNudge(ctx context.Context, env *labs.Env) (string, error) {
	with, without, err := lab03Keyed(ctx, env)
	if err != nil {
		return "", err
	}
	switch {
	case with+without == 0:
		return "Not one record has arrived: what is in the producer's buffer when the process ends?", nil
	case without > 0:
		return "Records arrive, and some have no key: it is the fourth argument of produce(), after the value.", nil
	}
	return fmt.Sprintf("%d of 20 have arrived.", with), nil
}

func lab03WriteTwenty(ctx context.Context, env *labs.Env) error {
	var records []kafka.NewRecord
	for i := range 20 {
		customer := "c-" + strconv.Itoa(i%5)
		records = append(records, labs.Record(env.Name("orders"), customer, fmt.Sprintf(`{"order":"o-%d","customer":%q}`, i+1, customer)))
	}
	_, err := env.Produce(ctx, records...)
	return err
}

func lab03ReadAsPHP(ctx context.Context, env *labs.Env) error {
	_, err := env.ReadAsGroup(ctx, env.Name("php"), env.Name("orders"))
	return err
}
