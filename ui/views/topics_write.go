package views

import (
	"context"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"kconsole/kafka"
	"kconsole/ui/dialog"
	"kconsole/ui/page"
	"kconsole/ui/resource"
)

// topicName is what Kafka takes for a topic's name.
var topicName = regexp.MustCompile(`^[a-zA-Z0-9._-]{1,249}$`)

func checkTopicName(name string) error {
	if !topicName.MatchString(name) || name == "." || name == ".." {
		return fmt.Errorf("%q is no name for a topic: up to 249 letters, digits, . _ -", name)
	}
	return nil
}

// topicWrites are the actions that change topics.
func topicWrites() []resource.Action[topicRow] {
	name := func(t topicRow) string { return t.Name }
	return []resource.Action[topicRow]{
		{
			Key: "p", Label: "produce", Help: "Write one record, with a template made from the topic's schema.", Writes: true,
			Do:      func(h page.Host, _ page.Target, rows []topicRow) { produce(h, rows[0].Name) },
			Command: func(_ page.Target, t topicRow) string { return command("produce", t.Name) },
		},
		{
			Key: "n", Label: "new", Help: "Create a topic.", Writes: true, NoRow: true,
			Do:      func(h page.Host, _ page.Target, _ []topicRow) { createTopic(h) },
			Command: func(page.Target, topicRow) string { return "kconsole create topic NAME --partitions 6 --replicas 3" },
		},
		{
			Key: "e", Label: "config", Help: "Show and change the topic's configuration.",
			Open: func(_ page.Target, t topicRow) page.Target {
				return page.Target{View: "configs", Args: []string{t.Name}}
			},
			Command: func(_ page.Target, t topicRow) string {
				return command("alter", "topic", t.Name, "--set", "NAME=VALUE")
			},
		},
		{
			Key: "ctrl-d", Label: "delete", Help: "Delete the topic, or all marked ones, with their records.", Danger: true, Writes: true, Many: true,
			Do: func(h page.Host, _ page.Target, rows []topicRow) {
				list := names(rows, name)
				change(h, func(ctx context.Context, a *kafka.Admin) (*kafka.Plan, error) { return a.DeleteTopics(ctx, list...) })
			},
			Command: func(_ page.Target, t topicRow) string { return command("delete", "topic", t.Name) },
		},
		{
			Key: loadKey, Label: "load", Help: loadHelp, Writes: true,
			Do: func(h page.Host, _ page.Target, rows []topicRow) { loadTopic(h, rows[0].Name) },
			Disabled: func(_ page.Host, t topicRow) string {
				if t.Internal {
					return noLoad
				}
				return ""
			},
			Command: func(_ page.Target, t topicRow) string { return loadCommand(t.Name) },
		},
		{
			Key: "shift-d", Label: "purge", Help: "Delete all records that the topic holds now; the topic stays.", Danger: true, Writes: true,
			Do: func(h page.Host, _ page.Target, rows []topicRow) {
				change(h, func(ctx context.Context, a *kafka.Admin) (*kafka.Plan, error) { return a.Purge(ctx, rows[0].Name) })
			},
			Disabled: func(_ page.Host, t topicRow) string {
				if t.Internal {
					return "an internal topic is not purged from here"
				}
				return ""
			},
			Command: func(_ page.Target, t topicRow) string { return command("delete", "records", t.Name, "--before", "end") },
		},
		{
			Key: "shift-c", Label: "clone", Help: "Create a topic with the same partitions and configuration, and with the same records if you like.", Writes: true,
			Do:      func(h page.Host, _ page.Target, rows []topicRow) { cloneTopic(h, rows[0].Name) },
			Command: func(_ page.Target, t topicRow) string { return command("create", "topic", "NAME", "--like", t.Name) },
		},
	}
}

func createTopic(h page.Host) {
	dialog.Form{
		Title: "Create a topic",
		Fields: []dialog.Field{
			{Name: "name", Label: "Name", Check: checkTopicName, Help: "Letters, digits, . _ -; a prefix such as team.service. keeps ACLs simple."},
			{Name: "partitions", Label: "Partitions", Check: optionalNumber(1, 100_000), Help: "How many readers of one group can share the work. Nothing: the cluster's default."},
			{Name: "replicas", Label: "Replicas", Check: optionalNumber(1, 100), Help: "Copies of each partition; 3 survives the loss of two brokers. Nothing: the cluster's default."},
			{Name: "configs", Label: "Configs", Check: checkConfigs, Help: "Overrides as name=value, separated by commas: retention.ms=86400000, cleanup.policy=compact,delete. Double quotes hold a comma, too."},
		},
		Plan: formPlan(h, func(ctx context.Context, a *kafka.Admin, v dialog.Values) (*kafka.Plan, error) {
			configs, err := configMap(v["configs"])
			if err != nil {
				return nil, err
			}
			return a.CreateTopics(ctx, kafka.NewTopic{Name: v["name"], Partitions: int32(atoi(v["partitions"])), Replicas: int16(atoi(v["replicas"])), Configs: configs})
		}),
		Command: func(v dialog.Values) string {
			words := []string{"create", "topic", v["name"]}
			for _, f := range []string{"partitions", "replicas"} {
				if v[f] != "" {
					words = append(words, "--"+f, v[f])
				}
			}
			return command(append(words, pairFlags("--set", v["configs"], true)...)...)
		},
	}.Open(h)
}

// partitionWrites are the actions that change the partitions of one topic.
func partitionWrites() []resource.Action[*kafka.Partition] {
	type part = *kafka.Partition
	return []resource.Action[part]{
		{
			Key: "a", Label: "add partitions", Help: "Raise the number of partitions. Keys may then go to other partitions than before.", Writes: true, NoRow: true,
			Do:      func(h page.Host, t page.Target, _ []part) { addPartitions(h, t.Arg(0)) },
			Command: func(t page.Target, _ part) string { return command("alter", "topic", t.Arg(0), "--partitions", "N") },
		},
		{
			Key: "m", Label: "move", Help: "Move the replicas of the marked partitions to other brokers.", Writes: true, Many: true,
			Do: func(h page.Host, t page.Target, rows []part) { movePartitions(h, t.Arg(0), rows) },
			Command: func(t page.Target, p part) string {
				return command("reassign", partitionList(t.Arg(0), []part{p}), "--replicas", ids(p.Replicas))
			},
		},
		{
			Key: "shift-l", Label: "elect", Help: "Elect the leaders of the marked partitions: the preferred ones, or any live replica.", Writes: true, Many: true,
			Do: func(h page.Host, t page.Target, rows []part) {
				list := make([]kafka.TopicPartition, len(rows))
				for i, p := range rows {
					list[i] = kafka.TopicPartition{Topic: t.Arg(0), Partition: p.ID}
				}
				electLeaders(h, t.Arg(0), list)
			},
			Command: func(t page.Target, p part) string {
				return command("elect-leaders", partitionList(t.Arg(0), []part{p}))
			},
		},
		{
			Key: "ctrl-d", Label: "delete records", Help: "Delete the records before an offset.", Danger: true, Writes: true,
			Do: func(h page.Host, t page.Target, rows []part) { deleteRecords(h, t.Arg(0), rows) },
			Command: func(t page.Target, p part) string {
				return command("delete", "records", partitionList(t.Arg(0), []part{p}), "--before", "offset:"+strconv.FormatInt(max(p.End, 0), 10))
			},
		},
		{
			Key: loadKey, Label: "load", Help: loadHelp, Writes: true, NoRow: true,
			Do:      func(h page.Host, t page.Target, _ []part) { loadTopic(h, t.Arg(0)) },
			Command: func(t page.Target, _ part) string { return loadCommand(t.Arg(0)) },
		},
	}
}

// partitionList names partitions as the command line does, as orders:0,3.
func partitionList(topic string, rows []*kafka.Partition) string {
	numbers := make([]int32, len(rows))
	for i, p := range rows {
		numbers[i] = p.ID
	}
	return topic + ":" + ids(numbers)
}

// unclean is the choice that may lose records.
const unclean = "any live replica, where there is no leader"

func electLeaders(h page.Host, topic string, partitions []kafka.TopicPartition) {
	dialog.Form{
		Title: "Elect the leaders of " + plural(len(partitions), "partition"),
		Fields: []dialog.Field{{
			Name: "who", Label: "Who", Choices: []string{"the preferred replica", unclean},
			Help: "The preferred one is the first of the replicas. A replica that is not in sync may lack records: they are lost (unclean election).",
		}},
		Plan: formPlan(h, func(ctx context.Context, a *kafka.Admin, v dialog.Values) (*kafka.Plan, error) {
			return a.ElectLeaders(ctx, partitions, v["who"] == unclean)
		}),
		Command: func(v dialog.Values) string {
			numbers := make([]int32, len(partitions))
			for i, p := range partitions {
				numbers[i] = p.Partition
			}
			words := []string{"elect-leaders", topic + ":" + ids(numbers)}
			if v["who"] == unclean {
				words = append(words, "--unclean")
			}
			return command(words...)
		},
	}.Open(h)
}

func addPartitions(h page.Host, topic string) {
	now := 0
	if t := h.State().Snap.Topic(topic); t != nil {
		now = len(t.Partitions)
	}
	dialog.Form{
		Title:  "Add partitions to topic " + topic,
		Fields: []dialog.Field{{Name: "count", Label: "Partitions", Value: strconv.Itoa(now), Check: optionalNumber(1, 100_000), Help: "How many there are to be in all. They cannot be taken away again."}},
		Plan: formPlan(h, func(ctx context.Context, a *kafka.Admin, v dialog.Values) (*kafka.Plan, error) {
			return a.AddPartitions(ctx, topic, int32(atoi(v["count"])))
		}),
		Command: func(v dialog.Values) string { return command("alter", "topic", topic, "--partitions", v["count"]) },
	}.Open(h)
}

func movePartitions(h page.Host, topic string, rows []*kafka.Partition) {
	value := ids(rows[0].Replicas)
	dialog.Form{
		Title: fmt.Sprintf("Move %s of topic %s", plural(len(rows), "partition"), topic),
		Fields: []dialog.Field{{
			Name: "brokers", Label: "Brokers", Value: value, Help: "The ids of the brokers that are to have the replicas, the preferred leader first: 1,2,3. All marked partitions go to these.",
			Check: func(v string) error { _, err := idList(v); return err },
		}},
		Plan: formPlan(h, func(ctx context.Context, a *kafka.Admin, v dialog.Values) (*kafka.Plan, error) {
			brokers, err := idList(v["brokers"])
			if err != nil {
				return nil, err
			}
			to := make(map[kafka.TopicPartition][]int32, len(rows))
			for _, p := range rows {
				to[kafka.TopicPartition{Topic: topic, Partition: p.ID}] = brokers
			}
			return a.Reassign(ctx, to)
		}),
		Command: func(v dialog.Values) string {
			return command("reassign", partitionList(topic, rows), "--replicas", strings.ReplaceAll(v["brokers"], " ", ""))
		},
		After: func() { h.Open(page.Target{View: "reassignments"}) },
	}.Open(h)
}

func deleteRecords(h page.Host, topic string, rows []*kafka.Partition) {
	p := rows[0]
	dialog.Form{
		Title: fmt.Sprintf("Delete records of %s/%d", topic, p.ID),
		Fields: []dialog.Field{{
			Name: "before", Label: "Before offset", Value: strconv.FormatInt(max(p.End, 0), 10), Check: optionalNumber(0, 1<<62),
			Help: "Records with smaller offsets are deleted: they cannot be brought back.",
		}},
		Plan: formPlan(h, func(ctx context.Context, a *kafka.Admin, v dialog.Values) (*kafka.Plan, error) {
			return a.DeleteRecords(ctx, topic, map[int32]int64{p.ID: atoi(v["before"])})
		}),
		Command: func(v dialog.Values) string {
			return command("delete", "records", partitionList(topic, rows[:1]), "--before", "offset:"+v["before"])
		},
	}.Open(h)
}
