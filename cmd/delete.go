package cmd

import (
	"github.com/spf13/cobra"

	"kconsole/kafka"
	"kconsole/kafka/access"
	"kconsole/kafka/tail"
)

func (a *app) deleteCmd() *cobra.Command {
	return verb("delete KIND", "Delete topics, records, groups, offsets, members, ACLs, users or quotas",
		a.deleteTopicCmd(), a.deleteRecordsCmd(), a.deleteGroupCmd(), a.deleteOffsetsCmd(), a.deleteMembersCmd(),
		a.deleteACLCmd(), a.deleteUserCmd(), a.deleteQuotaCmd())
}

func (a *app) deleteTopicCmd() *cobra.Command {
	return a.changeCmd(changing{
		use: "topic NAME...", short: "Delete topics with all their records", args: cobra.MinimumNArgs(1), complete: ofTopics,
		rights: func(args []string) []access.Request { return access.On("DELETE", "TOPIC", args...) },
		plan:   func(w *changer) (*kafka.Plan, error) { return w.admin.DeleteTopics(w.ctx, w.args...) },
	})
}

func (a *app) deleteGroupCmd() *cobra.Command {
	return a.changeCmd(changing{
		use: "group NAME...", short: "Delete groups with their committed offsets", args: cobra.MinimumNArgs(1), complete: ofGroups,
		rights: func(args []string) []access.Request { return access.On("DELETE", "GROUP", args...) },
		plan:   func(w *changer) (*kafka.Plan, error) { return w.admin.DeleteGroups(w.ctx, w.args...) },
	})
}

func (a *app) deleteOffsetsCmd() *cobra.Command {
	var of parts
	return a.changeCmd(changing{
		use: "offsets GROUP TOPIC[:PARTITIONS]", short: "Forget a group's committed offsets of a topic", args: cobra.ExactArgs(2),
		example:  `  kconsole delete offsets billing orders:0,3`,
		complete: once(ofGroups),
		check: func(args []string) (err error) {
			of, err = parseParts(args[1])
			return err
		},
		rights: func(args []string) []access.Request {
			return append(access.On("DELETE", "GROUP", args[:1]...), access.On("READ", "TOPIC", of.topic)...)
		},
		plan: func(w *changer) (*kafka.Plan, error) {
			if _, err := w.expand([]parts{of}); err != nil {
				return nil, err
			}
			return w.admin.DeleteOffsets(w.ctx, w.args[0], of.topic, of.partitions)
		},
	})
}

func (a *app) deleteMembersCmd() *cobra.Command {
	return a.changeCmd(changing{
		use: "members GROUP [ID...]", short: "Remove members from a classic group: those named, or all", args: cobra.MinimumNArgs(1),
		complete: once(ofGroups),
		rights:   func(args []string) []access.Request { return access.On("READ", "GROUP", args[:1]...) },
		plan: func(w *changer) (*kafka.Plan, error) {
			var ids []string // nil: all
			if len(w.args) > 1 {
				ids = w.args[1:]
			}
			return w.admin.RemoveMembers(w.ctx, w.args[0], ids)
		},
	})
}

func (a *app) deleteRecordsCmd() *cobra.Command {
	var of parts
	var before tail.Position
	var text string
	return a.changeCmd(changing{
		use: "records TOPIC[:PARTITIONS]", short: "Delete the records of a topic before a place", args: cobra.ExactArgs(1),
		long: `Deletes the records before a place in each partition: offset:N, time:T, since:5m, -N
(all but the last N) or end (all there are). They are gone for good.`,
		example: `  kconsole delete records orders --before time:2026-11-01
  kconsole delete records orders:0 --before offset:1000
  kconsole delete records orders --before end`,
		complete: once(ofTopics),
		flags: func(cmd *cobra.Command) {
			cmd.Flags().StringVar(&text, "before", "", "`place`: offset:N, time:T, since:5m, -N or end")
		},
		check: func(args []string) (err error) {
			if of, err = parseParts(args[0]); err != nil {
				return err
			}
			if text == "" {
				return usagef("say before what: --before offset:N, time:T, since:5m, -N or end")
			}
			if before, err = tail.ParsePosition(text); err != nil {
				return usagef("--before: %w", err)
			}
			return nil
		},
		rights: func([]string) []access.Request { return access.On("DELETE", "TOPIC", of.topic) },
		plan: func(w *changer) (*kafka.Plan, error) {
			offsets, err := w.places(of, before)
			if err != nil {
				return nil, err
			}
			return w.admin.DeleteRecords(w.ctx, of.topic, offsets)
		},
	})
}
