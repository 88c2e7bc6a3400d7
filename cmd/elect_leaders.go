package cmd

import (
	"github.com/spf13/cobra"

	"kconsole/kafka"
	"kconsole/kafka/access"
)

func (a *app) electLeadersCmd() *cobra.Command {
	var unclean bool
	var list []parts
	return a.changeCmd(changing{
		use: "elect-leaders [TOPIC[:PARTITIONS]...]", short: "Elect the preferred leaders of partitions", args: cobra.ArbitraryArgs,
		long: `Lets the preferred replica lead where another one does: of the partitions that are
named, or of all. With --unclean, partitions without a leader get any live replica,
and lose the records that it does not have.`,
		example: `  kconsole elect-leaders
  kconsole elect-leaders orders:0,3`,
		complete: ofTopics,
		flags: func(cmd *cobra.Command) {
			cmd.Flags().BoolVar(&unclean, "unclean", false, "let any live replica lead a partition that has no leader")
		},
		check: func(args []string) (err error) {
			list, err = parseAllParts(args)
			return err
		},
		rights: func([]string) []access.Request { return access.OnCluster("ALTER") },
		plan: func(w *changer) (*kafka.Plan, error) {
			if len(list) == 0 {
				return w.admin.ElectLeaders(w.ctx, nil, unclean)
			}
			partitions, err := w.expand(list)
			if err != nil {
				return nil, err
			}
			return w.admin.ElectLeaders(w.ctx, partitions, unclean)
		},
	})
}
