package cmd

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"kconsole/kafka"
)

// requestLimit bounds one answer from a cluster: nothing hangs longer.
const requestLimit = 10 * time.Second

func (a *app) getCmd() *cobra.Command {
	get := &cobra.Command{
		Use:   "get KIND [NAME]",
		Short: "List what is on the cluster",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return usagef("say what to list: one of %s", subcommands(cmd))
		},
	}
	get.AddCommand(
		getOf(a, "topics", "List topics with partitions, replication, records and size", a.readTopics),
		getOf(a, "groups", "List consumer groups with state, members and lag", a.readGroups),
		getOf(a, "lag", "List the lag of each group and partition", a.readLag),
	)
	return get
}

// getOf is one kind of listing: read does the work, name narrows it to one.
func getOf[T any](a *app, kind, short string, read func(ctx context.Context, c *kafka.Cluster, name string) (listing[T], error)) *cobra.Command {
	get := &cobra.Command{
		Use:   kind + " [NAME]",
		Short: short,
		Args:  cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			format := formatOf(cmd)
			if err := checkFormat(format, listFormats); err != nil {
				return err
			}
			c, err := a.connect()
			if err != nil {
				return err
			}
			defer c.Close()
			ctx, cancel := context.WithTimeout(cmd.Context(), requestLimit)
			defer cancel()
			var name string
			if len(args) > 0 {
				name = args[0]
			}
			// What could be read is shown also when something else failed.
			list, err := read(ctx, c, name)
			if err == nil || len(list.rows) > 0 {
				if werr := list.write(a.out, format); werr != nil {
					return werr
				}
			}
			if err != nil {
				return kafka.Explain(err)
			}
			return nil
		},
	}
	addFormat(get, "table", listFormats)
	return get
}

// known is n for scripts: null where it is unknown.
func known(n int64) *int64 {
	if n < 0 {
		return nil
	}
	return &n
}

func errText(err error) string {
	if err == nil {
		return ""
	}
	return oneLine(kafka.Explain(err))
}

func notFound(kind, name string, names []string) error {
	return fmt.Errorf("there is no %s %q%s", kind, name, suggestion(name, names))
}
