package views

import (
	"context"
	"fmt"
	"strconv"

	"kconsole/kafka"
	"kconsole/ui/dialog"
	"kconsole/ui/page"
	"kconsole/ui/resource"
)

// moveWrites are the actions that change moves that are under way.
func moveWrites() []resource.Action[kafka.Reassignment] {
	type move = kafka.Reassignment
	return []resource.Action[move]{
		{
			Key: "ctrl-d", Label: "cancel", Help: "Give up the move, or all marked ones: the replicas stay where they were.", Danger: true, Writes: true, Many: true,
			Do: func(h page.Host, _ page.Target, rows []move) {
				to := make(map[kafka.TopicPartition][]int32, len(rows))
				for _, m := range rows {
					to[kafka.TopicPartition{Topic: m.Topic, Partition: m.Partition}] = nil
				}
				change(h, func(ctx context.Context, a *kafka.Admin) (*kafka.Plan, error) { return a.Reassign(ctx, to) })
			},
			Command: func(_ page.Target, m move) string {
				return command("reassign", fmt.Sprintf("%s:%d", m.Topic, m.Partition), "--cancel")
			},
		},
		{
			Key: "e", Label: "throttle", Help: "Bound the bytes a second that replication of these topics may take, or lift the bound.", Writes: true, NoRow: true,
			Do: func(h page.Host, _ page.Target, rows []move) {
				topic := ""
				if len(rows) > 0 {
					topic = rows[0].Topic
				}
				throttle(h, topic)
			},
			Command: func(_ page.Target, m move) string { return command("reassign", m.Topic, "--lift-throttle") },
		},
	}
}

func throttle(h page.Host, topic string) {
	dialog.Form{
		Title: "Throttle replication",
		Fields: []dialog.Field{
			{Name: "topics", Label: "Topics", Value: topic, Check: required("topic"), Complete: completing(topicNames(h)), Help: "Names, separated by commas."},
			{Name: "rate", Label: "Bytes a second", Check: optionalNumber(0, 1<<50), Help: "For each broker, in and out. 0 or nothing: no bound any more."},
		},
		Plan: formPlan(h, func(ctx context.Context, a *kafka.Admin, v dialog.Values) (*kafka.Plan, error) {
			rate, err := strconv.ParseInt("0"+v["rate"], 10, 64)
			if err != nil {
				return nil, err
			}
			return a.ThrottleReplication(ctx, list(v["topics"]), rate)
		}),
	}.Open(h)
}
