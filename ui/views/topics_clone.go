package views

import (
	"context"

	"kconsole/kafka"
	"kconsole/kafka/clone"
	"kconsole/ui/dialog"
	"kconsole/ui/page"
)

// The choices of what a clone gets.
const (
	noRecords  = "none: an empty topic"
	allRecords = "all of them, as they are"
)

// cloneTopic opens the form that makes a topic like another one. Copying its
// records can take long: how far it is shows while it is applied, and leaving the
// dialog ends it.
func cloneTopic(h page.Host, from string) {
	withRecords := func(v dialog.Values) bool { return v["records"] == allRecords }
	s := h.Session()
	dialog.Form{
		Title: "Clone topic " + from,
		Fields: []dialog.Field{
			{Name: "to", Label: "New name", Value: from + ".copy", Check: checkTopicName, Help: "The new topic gets the partitions, replicas and configuration of this one."},
			{
				Name: "records", Label: "Records", Choices: []string{noRecords, allRecords},
				Help: "Keys, values, headers and timestamps are copied byte for byte, each to the same partition. Offsets begin at 0 and have no gaps; what transactions aborted, or have not ended yet, is left out.",
			},
			{
				Name: "throttle", Label: "Bytes a second", Shown: withRecords, Check: optionalNumber(1, 1<<62),
				Help: "How much is copied a second, at most, so that others keep their share of the brokers. Nothing: as fast as it goes.",
			},
		},
		Plan: func(ctx context.Context, v dialog.Values) (*dialog.Plan, error) {
			return withAdmin(s, func(ctx context.Context, c *kafka.Cluster, a *kafka.Admin) (*dialog.Plan, error) {
				var p *kafka.Plan
				var err error
				if withRecords(v) {
					p, err = clone.Topic(ctx, c, from, v["to"], clone.Options{Throttle: atoi(v["throttle"])})
				} else {
					p, err = a.CloneTopic(ctx, from, v["to"])
				}
				if err != nil {
					return nil, err
				}
				out := dialog.OfKafka(ctx, c, p)
				out.Stay = withRecords(v) // how many records each partition got
				return out, nil
			})(ctx)
		},
		Command: func(v dialog.Values) string {
			words := []string{"create", "topic", v["to"], "--like", from}
			if withRecords(v) {
				words = append(words, "--records")
				if v["throttle"] != "" {
					words = append(words, "--throttle", v["throttle"])
				}
			}
			return command(words...)
		},
	}.Open(h)
}
