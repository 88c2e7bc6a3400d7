package views

import (
	"context"
	"fmt"
	"strings"
	"time"

	"kconsole/kafka"
	"kconsole/ui/dialog"
	"kconsole/ui/page"
	"kconsole/ui/resource"
)

// groupWrites are the actions that change groups.
func groupWrites() []resource.Action[groupRow] {
	return []resource.Action[groupRow]{
		{
			Key: "o", Label: "reset offsets", Help: "Move the group's committed offsets.", Danger: true, Writes: true,
			Do:      func(h page.Host, _ page.Target, rows []groupRow) { resetOffsets(h, rows[0].ID, "") },
			Command: func(_ page.Target, g groupRow) string { return command("reset-offsets", g.ID, "--to", "start") },
			Disabled: func(_ page.Host, g groupRow) string {
				if len(g.Members) > 0 {
					return "it has " + plural(len(g.Members), "member") + " that would commit over it; stop its consumers first"
				}
				return ""
			},
		},
		{
			Key: "ctrl-d", Label: "delete", Help: "Delete the group, or all marked ones, with their committed offsets.", Danger: true, Writes: true, Many: true,
			Do: func(h page.Host, _ page.Target, rows []groupRow) {
				list := names(rows, func(g groupRow) string { return g.ID })
				change(h, func(ctx context.Context, a *kafka.Admin) (*kafka.Plan, error) { return a.DeleteGroups(ctx, list...) })
			},
			Command: func(_ page.Target, g groupRow) string { return command("delete", "group", g.ID) },
		},
	}
}

// lagWrites are the actions that change the offsets of one group.
func lagWrites() []resource.Action[lagRow] {
	return []resource.Action[lagRow]{
		{
			Key: "o", Label: "reset offsets", Help: "Move the group's committed offsets; for the topic of the row, or for all.", Danger: true, Writes: true,
			Do: func(h page.Host, t page.Target, rows []lagRow) { resetOffsets(h, t.Arg(0), rows[0].Topic) },
			Command: func(t page.Target, r lagRow) string {
				return command("reset-offsets", t.Arg(0), "--topic", r.Topic, "--to", "start")
			},
		},
		{
			Key: "ctrl-d", Label: "forget offset", Help: "Delete the committed offsets of the row's topic from the group.", Danger: true, Writes: true,
			Do: func(h page.Host, t page.Target, rows []lagRow) {
				topic, partitions := rows[0].Topic, []int32(nil)
				for _, r := range rows {
					if r.Topic == topic {
						partitions = append(partitions, r.Partition)
					}
				}
				change(h, func(ctx context.Context, a *kafka.Admin) (*kafka.Plan, error) {
					return a.DeleteOffsets(ctx, t.Arg(0), topic, partitions)
				})
			},
			Command: func(t page.Target, r lagRow) string {
				return command("delete", "offsets", t.Arg(0), fmt.Sprintf("%s:%d", r.Topic, r.Partition))
			},
		},
	}
}

// resetKinds are the strategies of a reset, in the words of the form.
var resetKinds = []string{"start", "end", "offset", "shift", "time", "ago", "group"}

// resetHelp says what the value of a strategy is.
var resetHelp = map[string]string{
	"offset": "The offset to read next, the same on every partition.",
	"shift":  "How many records forward, or back with a minus: -100.",
	"time":   "Read from the first record of this moment: 2026-11-23 14:02, or with seconds.",
	"ago":    "Read from the first record of so long ago: 5m, 2h, 36h.",
	"group":  "Take over where this group is.",
}

func resetOffsets(h page.Host, group, topic string) {
	needs := func(v dialog.Values) bool { return v["to"] != "start" && v["to"] != "end" }
	form := dialog.Form{
		Title: "Reset the offsets of group " + group,
		Fields: []dialog.Field{
			{Name: "to", Label: "To", Choices: resetKinds, Help: "start: the oldest records; end: only what comes from now on."},
			{Name: "value", Label: "Which", Shown: needs, Complete: completing(groupNames(h)), Help: strings.Join([]string{"offset: " + resetHelp["offset"], "shift: " + resetHelp["shift"], "time: " + resetHelp["time"], "ago: " + resetHelp["ago"]}, " ")},
			{Name: "topic", Label: "Topic", Value: topic, Complete: completing(topicNames(h)), Help: "Only this topic; nothing: all that the group has offsets for."},
		},
		Command: func(v dialog.Values) string {
			to := v["to"]
			if needs(v) {
				to += ":" + v["value"]
			}
			words := []string{"reset-offsets", group, "--to", to}
			if v["topic"] != "" {
				words = append(words, "--topic", v["topic"])
			}
			return command(words...)
		},
	}
	location := h.State().Now.Location()
	form.Plan = formPlan(h, func(ctx context.Context, a *kafka.Admin, v dialog.Values) (*kafka.Plan, error) {
		to, err := resetTo(v["to"], v["value"], location)
		if err != nil {
			return nil, err
		}
		var topics []string
		if v["topic"] != "" {
			topics = []string{v["topic"]}
		}
		return a.ResetOffsets(ctx, group, topics, nil, to)
	})
	form.Open(h)
}

// resetTo makes the strategy out of its two words.
func resetTo(kind, value string, location *time.Location) (kafka.ResetTo, error) {
	switch kind {
	case "start":
		return kafka.ResetTo{Kind: kafka.ResetStart}, nil
	case "end":
		return kafka.ResetTo{Kind: kafka.ResetEnd}, nil
	case "offset":
		if err := optionalNumber(0, 1<<62)(value); err != nil || value == "" {
			return kafka.ResetTo{}, fmt.Errorf("%q is no offset", value)
		}
		return kafka.ResetTo{Kind: kafka.ResetOffset, Offset: atoi(value)}, nil
	case "shift":
		if err := optionalNumber(-1<<62, 1<<62)(value); err != nil || value == "" {
			return kafka.ResetTo{}, fmt.Errorf("%q is no number of records", value)
		}
		return kafka.ResetTo{Kind: kafka.ResetShift, Offset: atoi(value)}, nil
	case "ago":
		d, err := time.ParseDuration(value)
		if err != nil || d < 0 {
			return kafka.ResetTo{}, fmt.Errorf("%q is no span of time such as 5m or 36h", value)
		}
		return kafka.ResetTo{Kind: kafka.ResetDuration, Ago: d}, nil
	case "group":
		if value == "" {
			return kafka.ResetTo{}, fmt.Errorf("say which group to copy from")
		}
		return kafka.ResetTo{Kind: kafka.ResetGroup, Group: value}, nil
	}
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02 15:04:05.999", "2006-01-02 15:04", "2006-01-02"} {
		if at, err := time.ParseInLocation(layout, value, location); err == nil {
			return kafka.ResetTo{Kind: kafka.ResetTime, At: at}, nil
		}
	}
	return kafka.ResetTo{}, fmt.Errorf("%q is no moment such as 2026-11-23 14:02", value)
}
