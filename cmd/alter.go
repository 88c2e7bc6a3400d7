package cmd

import (
	"math"
	"strconv"

	"github.com/spf13/cobra"

	"kconsole/kafka"
	"kconsole/kafka/access"
)

func (a *app) alterCmd() *cobra.Command {
	return verb("alter KIND", "Change topics, brokers, groups, users or quotas",
		a.alterTopicCmd(), a.alterBrokerCmd(), a.alterGroupCmd(), a.passwordCmd("Set the SCRAM password of a user"),
		a.quotaCmd("alter", "Set or take away quotas of a user, a client id, both, or an address"))
}

// configFlags are --set and --unset.
type configFlags struct {
	set, unset []string
	change     kafka.ConfigChange
}

func (f *configFlags) add(cmd *cobra.Command) {
	cmd.Flags().StringArrayVar(&f.set, "set", nil, "configuration as `name=value`; may be repeated")
	cmd.Flags().StringArrayVar(&f.unset, "unset", nil, "`name` of a configuration that falls back to its default; may be repeated")
}

func (f *configFlags) check() (err error) {
	f.change.Remove = f.unset
	f.change.Set, err = pairs("--set", f.set)
	return err
}

func (f *configFlags) empty() bool { return len(f.set)+len(f.unset) == 0 }

func (a *app) alterTopicCmd() *cobra.Command {
	var f configFlags
	var partitions int
	return a.changeCmd(changing{
		use: "topic NAME", short: "Change a topic's configuration, or add partitions", args: cobra.ExactArgs(1), complete: once(ofTopics),
		example: `  kconsole alter topic orders --set retention.ms=3600000 --unset segment.ms
  kconsole alter topic orders --partitions 12`,
		flags: func(cmd *cobra.Command) {
			f.add(cmd)
			cmd.Flags().IntVar(&partitions, "partitions", 0, "how many there are to be in all; it can only grow")
			cmd.MarkFlagsMutuallyExclusive("partitions", "set")
			cmd.MarkFlagsMutuallyExclusive("partitions", "unset")
		},
		check: func([]string) error {
			if f.empty() && partitions == 0 {
				return usagef("say what to change: --set name=value, --unset name or --partitions N")
			}
			if partitions < 0 || partitions > math.MaxInt32 {
				return usagef("--partitions %d: it is a number from 1", partitions)
			}
			return f.check()
		},
		rights: func(args []string) []access.Request {
			if partitions > 0 {
				return access.On("ALTER", "TOPIC", args...)
			}
			return append(access.On("DESCRIBE_CONFIGS", "TOPIC", args...), access.On("ALTER_CONFIGS", "TOPIC", args...)...)
		},
		plan: func(w *changer) (*kafka.Plan, error) {
			if partitions > 0 {
				return w.admin.AddPartitions(w.ctx, w.args[0], int32(partitions))
			}
			return w.admin.AlterTopicConfigs(w.ctx, w.args[0], f.change)
		},
	})
}

func (a *app) alterBrokerCmd() *cobra.Command {
	var f configFlags
	var id int32
	return a.changeCmd(changing{
		use: "broker ID", short: "Change a broker's dynamic configuration", args: cobra.ExactArgs(1),
		example: `  kconsole alter broker 1 --set log.cleaner.threads=2`,
		flags:   f.add,
		check: func(args []string) error {
			n, err := strconv.ParseInt(args[0], 10, 32)
			if err != nil || n < 0 {
				return usagef("%q is no broker id", args[0])
			}
			id = int32(n)
			if f.empty() {
				return usagef("say what to change: --set name=value or --unset name")
			}
			return f.check()
		},
		rights: func([]string) []access.Request {
			return append(access.OnCluster("DESCRIBE_CONFIGS"), access.OnCluster("ALTER_CONFIGS")...)
		},
		plan: func(w *changer) (*kafka.Plan, error) {
			p, err := w.admin.AlterBrokerConfigs(w.ctx, id, f.change)
			return p, noBroker(w.ctx, w.c, id, err)
		},
	})
}

func (a *app) alterGroupCmd() *cobra.Command {
	var f configFlags
	return a.changeCmd(changing{
		use: "group NAME", short: "Change a group's configuration", args: cobra.ExactArgs(1), complete: once(ofGroups),
		example: `  kconsole alter group billing --set consumer.session.timeout.ms=60000`,
		flags:   f.add,
		check: func([]string) error {
			if f.empty() {
				return usagef("say what to change: --set name=value or --unset name")
			}
			return f.check()
		},
		rights: func(args []string) []access.Request {
			return append(access.On("DESCRIBE_CONFIGS", "GROUP", args...), access.On("ALTER_CONFIGS", "GROUP", args...)...)
		},
		plan: func(w *changer) (*kafka.Plan, error) {
			return w.admin.AlterGroupConfigs(w.ctx, w.args[0], f.change)
		},
	})
}
