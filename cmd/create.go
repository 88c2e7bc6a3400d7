package cmd

import (
	"math"

	"github.com/spf13/cobra"

	"kconsole/kafka"
	"kconsole/kafka/access"
	"kconsole/kafka/clone"
)

// verb is a command that only has subcommands.
func verb(use, short string, subs ...*cobra.Command) *cobra.Command {
	v := &cobra.Command{
		Use: use, Short: short, Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return usagef("say what: one of %s", subcommands(cmd))
		},
	}
	v.AddCommand(subs...)
	return v
}

func (a *app) createCmd() *cobra.Command {
	return verb("create KIND", "Create topics, ACLs, users or quotas",
		a.createTopicCmd(), a.createACLCmd(), a.createUserCmd(), a.quotaCmd("create", "Set quotas of a user, a client id, both, or an address"))
}

func (a *app) createTopicCmd() *cobra.Command {
	var partitions, replicas int
	var set, assignment []string
	var like string
	var records bool
	var throttle int64
	configs := map[string]string{}
	return a.changeCmd(changing{
		use: "topic NAME...", short: "Create topics", args: cobra.MinimumNArgs(1),
		long: `Creates topics. What is left out is the cluster's default. The cluster checks the
plan before anything is asked.

With --records, the records of the topic that it is like are copied as well, up to
where it ends when the copy begins: keys, values, headers and timestamps byte for
byte, in their partitions. Offsets begin at 0 and have no gaps; what transactions
have aborted, or have not ended yet, is left out. --dry-run tells how many records
and bytes there are; ctrl-C ends the copy, and what was copied stays.`,
		example: `  kconsole create topic orders --partitions 6 --replicas 3 --set retention.ms=86400000
  kconsole create topic orders.retry --like orders
  kconsole create topic orders.copy --like orders --records --throttle 10485760
  kconsole create topic pinned --assignment 1,2 --assignment 2,3`,
		flags: func(cmd *cobra.Command) {
			flags := cmd.Flags()
			flags.IntVar(&partitions, "partitions", 0, "`number` of partitions")
			flags.IntVar(&replicas, "replicas", 0, "replicas of each partition")
			flags.StringArrayVar(&set, "set", nil, "configuration as `name=value`; may be repeated")
			flags.StringVar(&like, "like", "", "partitions, replicas and configuration as this `topic` has them")
			flags.BoolVar(&records, "records", false, "with --like: copy the records, too")
			flags.Int64Var(&throttle, "throttle", 0, "with --records: copy at most so many `bytes` a second")
			flags.StringArrayVar(&assignment, "assignment", nil, "`brokers` of the next partition, as 1,2,3; once for each partition")
			cmd.MarkFlagsMutuallyExclusive("like", "partitions")
			cmd.MarkFlagsMutuallyExclusive("like", "assignment")
			cmd.MarkFlagsMutuallyExclusive("partitions", "assignment")
		},
		check: func(args []string) (err error) {
			if partitions < 0 || partitions > math.MaxInt32 || replicas < 0 || replicas > math.MaxInt16 {
				return usagef("--partitions and --replicas are numbers from 1")
			}
			if like != "" && (len(args) > 1 || len(set) > 0 || replicas > 0) {
				return usagef("--like makes one topic, and takes nothing else")
			}
			if records && like == "" {
				return usagef("--records goes with --like, which says whose records")
			}
			if throttle != 0 && (!records || throttle < 0) {
				return usagef("--throttle goes with --records, and is a number of bytes from 1")
			}
			configs, err = pairs("--set", set)
			return err
		},
		rights: func(args []string) []access.Request { return access.On("CREATE", "TOPIC", args...) },
		plan: func(w *changer) (*kafka.Plan, error) {
			if records {
				return clone.Topic(w.ctx, w.c, like, w.args[0], clone.Options{Throttle: throttle})
			}
			if like != "" {
				return w.admin.CloneTopic(w.ctx, like, w.args[0])
			}
			topics := make([]kafka.NewTopic, 0, len(w.args))
			for _, name := range w.args {
				t := kafka.NewTopic{Name: name, Partitions: int32(partitions), Replicas: int16(replicas), Configs: configs}
				for _, text := range assignment {
					ids, err := parseBrokers(text)
					if err != nil {
						return nil, err
					}
					t.Assignment = append(t.Assignment, ids)
				}
				topics = append(topics, t)
			}
			return w.admin.CreateTopics(w.ctx, topics...)
		},
	})
}
