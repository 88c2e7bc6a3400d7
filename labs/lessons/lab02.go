package lessons

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"kconsole/compose"
	"kconsole/kafka"
	"kconsole/labs"
	"kconsole/labs/check"
)

func init() {
	register("02", map[string]labs.Behavior{
		"listeners":    {Stage: lab02StopOne, Check: lab02Listeners, Nudge: lab02ListenersNudge, Solve: lab02StartAll, Lasting: true},
		"controller":   {Question: lab02Controller, Nudge: lab02ControllerNudge},
		"topic":        {Check: lab02Topic, Nudge: lab02TopicNudge, Solve: lab02CreateTopic, Lasting: true},
		"command-line": {Check: lab02Retention, Question: lab02Replicas, Nudge: lab02RetentionNudge, Solve: lab02SetRetention},
		"message":      {Baseline: check.BaselineEnds("first"), Check: lab02Message, Nudge: lab02MessageNudge, Solve: lab02Send},
		"leader":       {Question: lab02Leader, Nudge: lab02LeaderNudge},
		"restart":      {Baseline: lab02Before, Check: lab02Restarted, Nudge: lab02RestartNudge, Solve: lab02Restart},
		"php":          {Baseline: check.BaselineEnds("hello"), Check: lab02PHP, Nudge: lab02PHPNudge, Solve: lab02SendBoth},
	})
}

// lab02StopOne stops a broker, another one in each run.
func lab02StopOne(ctx context.Context, env *labs.Env) error {
	brokers, err := env.Stack.Brokers(ctx)
	if err != nil {
		return err
	}
	victim := brokers[int(env.Nonce[0])%len(brokers)].ID
	return env.Break(ctx, labs.Fault{Kind: labs.Stopped, Broker: victim})
}

func lab02Listeners(ctx context.Context, env *labs.Env) (labs.Verdict, error) {
	brokers, err := env.Stack.Brokers(ctx)
	if err != nil {
		return labs.Verdict{}, err
	}
	want := fmt.Sprintf("%d brokers that the cluster lists and that can be dialled", len(brokers))
	info, _, err := env.Cluster.Metadata(ctx)
	if err != nil {
		return labs.Verdict{}, err
	}
	for _, b := range brokers {
		if b.State != compose.Running {
			return labs.NotYet(want, fmt.Sprintf("broker %d is %s", b.ID, b.State), "look at :brokers"), nil
		}
		if !slices.ContainsFunc(info.Brokers, func(k kafka.Broker) bool { return k.ID == b.ID && k.Up }) {
			return labs.NotYet(want, fmt.Sprintf("broker %d runs and is not in the cluster yet", b.ID), "give it a moment"), nil
		}
	}
	advertised := 0
	for _, p := range env.Cluster.Probe(ctx) {
		if !p.OK() {
			last := p.Steps[len(p.Steps)-1]
			return labs.NotYet(want, fmt.Sprintf("%s fails at %s: %v", p.Address, last.Name, last.Err), "look at `kconsole describe connection`"), nil
		}
		if p.Broker != kafka.NoLeader {
			advertised++
		}
	}
	if advertised < len(brokers) {
		return labs.NotYet(want, check.Count(int64(advertised), "advertised address"), "look at :brokers"), nil
	}
	return labs.Done("all %d advertised listeners accept TLS and sign-in", advertised), nil
}

func lab02ListenersNudge(ctx context.Context, env *labs.Env) (string, error) {
	brokers, err := env.Stack.Brokers(ctx)
	if err != nil {
		return "", err
	}
	for _, b := range brokers {
		if b.State != compose.Running {
			return fmt.Sprintf("Nothing listens at %s any more. Whose address is that?", b.Addr), nil
		}
	}
	return "All broker processes run. A broker that has just started needs a moment until the controller counts it in.", nil
}

func lab02StartAll(ctx context.Context, env *labs.Env) error {
	brokers, err := env.Stack.Brokers(ctx)
	if err != nil {
		return err
	}
	for _, b := range brokers {
		if b.State == compose.Running {
			continue
		}
		env.Say("start broker %d", b.ID)
		if err := env.Stack.Start(ctx, b.ID); err != nil {
			return err
		}
	}
	return nil
}

// lab02Controller asks for the quorum's leader: since KRaft the controller that a
// metadata response names is any broker.
func lab02Controller(ctx context.Context, env *labs.Env) (labs.Question, error) {
	q, err := env.Cluster.Quorum(ctx)
	if err != nil {
		return labs.Question{}, err
	}
	var choices []string
	for _, v := range q.Voters {
		choices = append(choices, "node "+strconv.Itoa(int(v.ID)))
	}
	if len(choices) < 2 { // nothing to choose from: let it be typed
		return check.Number("Which node is the active controller? (its id)", int64(q.Leader), 0, func(given int64, right bool) string {
			return lab02ControllerWhy(int32(given), right, q.Epoch)
		}), nil
	}
	answer := "node " + strconv.Itoa(int(q.Leader))
	return check.Choice("Which node is the active controller?", choices, answer, func(choice string) string {
		id, _ := strconv.Atoi(strings.TrimPrefix(choice, "node "))
		return lab02ControllerWhy(int32(id), choice == answer, q.Epoch)
	}), nil
}

func lab02ControllerWhy(id int32, right bool, epoch int32) string {
	if right {
		return fmt.Sprintf("Node %d leads the quorum of controllers, in epoch %d: the metadata log is written there and nowhere else.", id, epoch)
	}
	return fmt.Sprintf("Node %d is no leader of the quorum now. It follows the metadata log, and would take part in the next election if it is a voter.", id)
}

func lab02ControllerNudge(context.Context, *labs.Env) (string, error) {
	return "The controllers form a quorum of voters. Look for the one that leads it, not for a broker that leads partitions.", nil
}

func lab02Topic(ctx context.Context, env *labs.Env) (labs.Verdict, error) {
	return check.Shape(ctx, env, env.Name("first"), 3, 3)
}

func lab02TopicNudge(ctx context.Context, env *labs.Env) (string, error) {
	t, ok, err := check.Topic(ctx, env, env.Name("first"))
	if err != nil {
		return "", err
	}
	if !ok {
		return "There is no topic " + env.Name("first") + " yet. Names are case-sensitive, and the dots belong to it.", nil
	}
	return fmt.Sprintf("The topic has %s of replication factor %d; wanted are 3 and 3. A topic without records is deleted and made anew most easily.",
		check.Count(int64(len(t.Partitions)), "partition"), t.ReplicationFactor()), nil
}

func lab02CreateTopic(ctx context.Context, env *labs.Env) error {
	t, ok, err := check.Topic(ctx, env, env.Name("first"))
	if err != nil {
		return err
	}
	if ok && (len(t.Partitions) != 3 || t.ReplicationFactor() != 3) {
		if err := env.DeleteTopic(ctx, env.Name("first")); err != nil {
			return err
		}
	}
	return env.CreateTopic(ctx, env.Name("first"), 3, 3)
}

const lab02Day = "86400000"

func lab02Retention(ctx context.Context, env *labs.Env) (labs.Verdict, error) {
	return check.Config(ctx, env, env.Name("first"), "retention.ms", lab02Day)
}

func lab02RetentionNudge(ctx context.Context, env *labs.Env) (string, error) {
	configs, err := env.Cluster.TopicConfigs(ctx, env.Name("first"))
	if err != nil {
		return "", err
	}
	if len(configs) == 1 && configs[0].Err != nil && kafka.KindOf(configs[0].Err) != kafka.NotFound {
		return "", configs[0].Err
	}
	if len(configs) == 0 || configs[0].Get("retention.ms") == nil {
		return "The topic " + env.Name("first") + " is gone: create it again, with 3 partitions and 3 replicas.", nil
	}
	e := configs[0].Get("retention.ms")
	if e.Value == lab02Day {
		return "The retention is set. In the description, a partition's replicas stand in their order of preference.", nil
	}
	return fmt.Sprintf("retention.ms is %s and comes from %s. It wants to be set on the topic.", e.Value, e.Origin), nil
}

func lab02SetRetention(ctx context.Context, env *labs.Env) error {
	admin, err := env.Admin()
	if err != nil {
		return err
	}
	return env.Apply(ctx)(admin.AlterTopicConfigs(ctx, env.Name("first"), kafka.ConfigChange{Set: map[string]string{"retention.ms": lab02Day}}))
}

// lab02Replicas asks about a partition that differs by run.
func lab02Replicas(ctx context.Context, env *labs.Env) (labs.Question, error) {
	name, partition := env.Name("first"), int32(env.Nonce[1])%3
	t, ok, err := check.Topic(ctx, env, name)
	if err != nil {
		return labs.Question{}, err
	}
	p := t.Partition(partition)
	if !ok || p == nil {
		return labs.Question{}, fmt.Errorf("topic %s has no partition %d any more: create it again", name, partition)
	}
	answer := lab02List(p.Replicas)
	prompt := fmt.Sprintf("What are the replicas of partition %d, in the order of the description? (as 1,2,3)", partition)
	return check.Text(prompt, []string{answer, strings.ReplaceAll(answer, ",", ", "), "[" + answer + "]", strings.ReplaceAll(answer, ",", " ")}, func(given string, right bool) string {
		if right {
			return fmt.Sprintf("The first of them, broker %d, is the preferred leader: it leads whenever it is in sync.", p.Replicas[0])
		}
		return fmt.Sprintf("%q is not what the description says of partition %d. The order counts: the first one is the preferred leader.", given, partition)
	}), nil
}

func lab02List(ids []int32) string {
	var out []string
	for _, id := range ids {
		out = append(out, strconv.Itoa(int(id)))
	}
	return strings.Join(out, ",")
}

func lab02Message(ctx context.Context, env *labs.Env) (labs.Verdict, error) {
	var base check.Offsets
	if err := env.Baseline(&base); err != nil {
		return labs.Verdict{}, err
	}
	want := "a new record in " + env.Name("first") + " whose value contains " + env.Nonce
	records, err := check.Records(ctx, env, env.Name("first"), base)
	if err != nil {
		return labs.Verdict{}, err
	}
	for i := range records {
		if strings.Contains(string(records[i].Record.Value), env.Nonce) {
			return labs.Done("the message lies in partition %d at offset %d", records[i].Partition, records[i].Offset), nil
		}
	}
	return labs.NotYet(want, check.Count(int64(len(records)), "new record")+", none of them with it", "look at the records: :topics, then l"), nil
}

func lab02MessageNudge(ctx context.Context, env *labs.Env) (string, error) {
	ends, err := check.Ends(ctx, env, env.Name("first"))
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("The log ends of %s are %s. When a record arrives, one of them rises; its value has to contain %s.", env.Name("first"), ends, env.Nonce), nil
}

func lab02Send(ctx context.Context, env *labs.Env) error {
	_, err := env.Produce(ctx, labs.Record(env.Name("first"), "", "hello "+env.Nonce))
	return err
}

func lab02Leader(ctx context.Context, env *labs.Env) (labs.Question, error) {
	leader, ok, err := check.Leader(ctx, env, env.Name("first"), 1)
	if err != nil {
		return labs.Question{}, err
	}
	if !ok || leader == kafka.NoLeader {
		return labs.Question{}, fmt.Errorf("partition 1 of %s has no leader now", env.Name("first"))
	}
	info, _, err := env.Cluster.Metadata(ctx)
	if err != nil {
		return labs.Question{}, err
	}
	var choices []string
	for _, b := range info.Brokers {
		choices = append(choices, "broker "+strconv.Itoa(int(b.ID)))
	}
	answer := "broker " + strconv.Itoa(int(leader))
	return check.Choice("Which broker leads partition 1 of "+env.Name("first")+"?", choices, answer, func(choice string) string {
		if choice == answer {
			return "Writes to partition 1 go to " + choice + "; the others copy it from there."
		}
		return choice + " holds a copy of partition 1 and follows its leader."
	}), nil
}

func lab02LeaderNudge(context.Context, *labs.Env) (string, error) {
	return "Partitions are counted from 0: partition 1 is the second line. Its leader is one of its replicas.", nil
}

// lab02State is what was there before the restart.
type lab02State struct {
	Since map[int32]time.Time `json:"since"`
	Ends  check.Offsets       `json:"ends"`
}

func lab02Now(ctx context.Context, env *labs.Env) (lab02State, error) {
	st := lab02State{Since: map[int32]time.Time{}}
	brokers, err := env.Stack.Brokers(ctx)
	if err != nil {
		return st, err
	}
	for _, b := range brokers {
		if b.State == compose.Running {
			st.Since[b.ID] = b.Since
		}
	}
	st.Ends, err = check.Ends(ctx, env, env.Name("first"))
	return st, err
}

func lab02Before(ctx context.Context, env *labs.Env) (any, error) { return lab02Now(ctx, env) }

// lab02NotYet lists, by id, the brokers that were not restarted.
func lab02NotYet(before, now lab02State) (ids []int32) {
	for id, since := range before.Since {
		if at, running := now.Since[id]; !running || !at.After(since) {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids
}

func lab02Restarted(ctx context.Context, env *labs.Env) (labs.Verdict, error) {
	var before lab02State
	if err := env.Baseline(&before); err != nil {
		return labs.Verdict{}, err
	}
	now, err := lab02Now(ctx, env)
	if err != nil {
		return labs.Verdict{}, err
	}
	want := check.Count(int64(len(before.Since)), "broker") + " restarted, with all that they held"
	if left := lab02NotYet(before, now); len(left) > 0 {
		return labs.NotYet(want, fmt.Sprintf("not restarted, or not running: %s", lab02List(left)), "look at :brokers"), nil
	}
	for p, end := range before.Ends {
		if now.Ends[p] < end {
			return labs.Unrecoverable("partition %d ended at %d and ends at %d now: records are gone", p, end, now.Ends[p]), nil
		}
	}
	records, err := check.Records(ctx, env, env.Name("first"), nil)
	if err != nil {
		return labs.Verdict{}, err
	}
	if !slices.ContainsFunc(records, func(r check.Record) bool { return strings.Contains(string(r.Record.Value), env.Nonce) }) {
		if env.Skipped("message") {
			return labs.Done("every broker was restarted, and the offsets are %s as before", now.Ends), nil
		}
		return labs.Unrecoverable("your message is not in %s any more", env.Name("first")), nil
	}
	return labs.Done("every broker was restarted; the log ends are %s, and your message is there", now.Ends), nil
}

func lab02RestartNudge(ctx context.Context, env *labs.Env) (string, error) {
	var before lab02State
	if err := env.Baseline(&before); err != nil {
		return "", err
	}
	now, err := lab02Now(ctx, env)
	if err != nil {
		return "", err
	}
	if left := lab02NotYet(before, now); len(left) > 0 {
		return "Still to be restarted: broker " + lab02List(left) + ".", nil
	}
	return "All brokers were restarted. Read the topic from its start again.", nil
}

// lab02Restart is a rolling restart: the next broker is stopped when all replicas
// are in sync again.
func lab02Restart(ctx context.Context, env *labs.Env) error {
	brokers, err := env.Stack.Brokers(ctx)
	if err != nil {
		return err
	}
	for _, b := range brokers {
		env.Say("restart broker %d", b.ID)
		if err := env.Stack.Stop(ctx, b.ID); err != nil {
			return err
		}
		if err := env.Stack.Start(ctx, b.ID); err != nil {
			return err
		}
		err := env.Until(ctx, "every replica is in sync again", func(ctx context.Context) (bool, error) {
			v, err := check.Shape(ctx, env, env.Name("first"), 3, 3)
			return v.Done(), err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// lab02Senders are the keys of the two messages.
var lab02Senders = []string{"host", "container"}

// lab02Missing tells which of the two messages are not there.
func lab02Missing(ctx context.Context, env *labs.Env) (missing []string, err error) {
	var base check.Offsets
	if err := env.Baseline(&base); err != nil {
		return nil, err
	}
	records, err := check.Records(ctx, env, env.Name("hello"), base)
	if err != nil {
		return nil, err
	}
	for _, key := range lab02Senders {
		if !slices.ContainsFunc(records, func(r check.Record) bool { return string(r.Key) == key }) {
			missing = append(missing, strconv.Quote(key))
		}
	}
	return missing, nil
}

func lab02PHP(ctx context.Context, env *labs.Env) (labs.Verdict, error) {
	missing, err := lab02Missing(ctx, env)
	if err != nil {
		return labs.Verdict{}, err
	}
	if len(missing) > 0 {
		return labs.NotYet("two new records in "+env.Name("hello")+", with the keys host and container", "missing: "+strings.Join(missing, ", "), "look at the records of "+env.Name("hello")), nil
	}
	return labs.Done("both messages are in %s", env.Name("hello")), nil
}

func lab02PHPNudge(ctx context.Context, env *labs.Env) (string, error) {
	missing, err := lab02Missing(ctx, env)
	if err != nil {
		return "", err
	}
	if len(missing) == 0 {
		return "Both are there.", nil
	}
	return "Not there yet: " + strings.Join(missing, " and ") + ". The key of the record says where it comes from.", nil
}

func lab02SendBoth(ctx context.Context, env *labs.Env) error {
	if err := env.CreateTopic(ctx, env.Name("hello"), 1, 3); err != nil {
		return err
	}
	for _, from := range lab02Senders {
		if _, err := env.Produce(ctx, labs.Record(env.Name("hello"), from, "hello from "+from)); err != nil {
			return err
		}
	}
	return nil
}
