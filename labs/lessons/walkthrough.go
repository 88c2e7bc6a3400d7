package lessons

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"kconsole/compose"
	"kconsole/kafka"
	"kconsole/labs"
	"kconsole/labs/check"
)

// A walkthrough is one step, [labs.Repair]: its Stage breaks something, its Check
// is the win. Until it is won the learner knows only symptoms, so what Check and
// the first hint say are symptoms too: which partitions are silent, how many
// orders are missing, never why.

// walkthrough registers the repair of one.
func walkthrough(id string, repair labs.Behavior) {
	register(id, map[string]labs.Behavior{labs.Repair: repair})
}

// victim picks the broker that a walkthrough breaks: the same one all through a
// run, another one in the next.
func victim(ctx context.Context, env *labs.Env) (int32, error) {
	brokers, err := env.Stack.Brokers(ctx)
	if err != nil {
		return 0, err
	}
	return brokers[int(env.Nonce[0])%len(brokers)].ID, nil
}

// unserved lists the brokers that clients cannot use at the address that the
// cluster tells them, or that do not pass a further test, and the partitions of
// the topic "orders" that nobody can write to for that reason.
func unserved(ctx context.Context, env *labs.Env, passes func(kafka.Probe) bool) (all int, silent, partitions []int32, err error) {
	brokers, err := env.Stack.Brokers(ctx)
	if err != nil {
		return 0, nil, nil, err
	}
	listeners, err := check.Advertised(ctx, env)
	if err != nil {
		return 0, nil, nil, err
	}
	for _, b := range brokers {
		if p, ok := listeners[b.ID]; !ok || b.State != compose.Running || !p.OK() || !passes(p) {
			silent = append(silent, b.ID)
		}
	}
	topics, err := env.Cluster.TopicMetadata(ctx, env.Name("orders"))
	if err != nil {
		return 0, nil, nil, err
	}
	for i := range topics {
		partitions = append(partitions, ledBy(&topics[i], silent...)...)
	}
	return len(brokers), silent, partitions, nil
}

// ledBy lists the partitions of a topic that one of some brokers leads, or nobody.
func ledBy(t *kafka.Topic, brokers ...int32) (partitions []int32) {
	for i := range t.Partitions {
		if p := &t.Partitions[i]; p.Leader == kafka.NoLeader || slices.Contains(brokers, p.Leader) {
			partitions = append(partitions, p.ID)
		}
	}
	return partitions
}

// numbered is "partition 1", "partitions 1 and 4", "partitions 0, 2 and 5"; with
// none, "no partition".
func numbered(partitions []int32) string {
	words := make([]string, len(partitions))
	for i, p := range partitions {
		words[i] = strconv.Itoa(int(p))
	}
	switch n := len(words); n {
	case 0:
		return "no partition"
	case 1:
		return "partition " + words[0]
	default:
		return "partitions " + strings.Join(words[:n-1], ", ") + " and " + words[n-1]
	}
}
