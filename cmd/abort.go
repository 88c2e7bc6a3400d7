package cmd

import (
	"strconv"

	"github.com/spf13/cobra"

	"kconsole/kafka"
	"kconsole/kafka/access"
)

func (a *app) abortCmd() *cobra.Command {
	return verb("abort KIND", "Abort a transaction", a.abortTransactionCmd())
}

func (a *app) abortTransactionCmd() *cobra.Command {
	var of parts
	var producer int64
	return a.changeCmd(changing{
		use: "transaction TOPIC:PARTITION PRODUCER-ID", short: "Abort the open transaction of a producer on a partition", args: cobra.ExactArgs(2),
		long: `Writes the abort marker of a transaction that nothing will ever end, so that readers
of committed records get past it. kconsole get transactions --hanging lists them.`,
		check: func(args []string) (err error) {
			if of, err = parseParts(args[0]); err != nil {
				return err
			}
			if len(of.partitions) != 1 {
				return usagef("%q: name one partition, as orders:3", args[0])
			}
			if producer, err = strconv.ParseInt(args[1], 10, 64); err != nil || producer < 0 {
				return usagef("%q is no producer id", args[1])
			}
			return nil
		},
		rights: func([]string) []access.Request { return access.OnCluster("ALTER") },
		plan: func(w *changer) (*kafka.Plan, error) {
			return w.admin.AbortTransaction(w.ctx, of.topic, of.partitions[0], producer)
		},
	})
}
