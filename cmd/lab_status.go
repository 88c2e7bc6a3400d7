package cmd

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"kconsole/compose"
	"kconsole/compose/runtimes"
)

type brokerRow struct {
	ID    int32         `json:"id"`
	State compose.State `json:"state"`
	Addr  string        `json:"addr"`
	Since time.Time     `json:"since"`
}

var brokerColumns = []column[brokerRow]{
	{name: "broker", text: func(r *brokerRow) string { return strconv.Itoa(int(r.ID)) }, right: true},
	{name: "state", text: func(r *brokerRow) string { return string(r.State) }},
	{name: "address", text: func(r *brokerRow) string { return r.Addr }},
	{name: "since", text: func(r *brokerRow) string { return r.Since.Format(time.DateTime) }},
}

func (a *app) labStatusCmd(dir func() (string, error)) *cobra.Command {
	status := &cobra.Command{
		Use:   "status",
		Short: "Show whether the lab runs, and its brokers",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return a.listBrokers(cmd.Context(), dir, formatOf(cmd)) },
	}
	addFormat(status, "table", listFormats)
	return status
}

func (a *app) listBrokers(ctx context.Context, dir func() (string, error), format string) error {
	if err := checkFormat(format, listFormats); err != nil {
		return err
	}
	return a.withStack(ctx, dir, func(stack compose.Stack) error {
		brokers, err := stack.Brokers(ctx)
		if err != nil {
			return err
		}
		list := listing[brokerRow]{columns: brokerColumns}
		for _, b := range brokers {
			list.rows = append(list.rows, brokerRow(b))
		}
		return list.write(a.out, format)
	})
}

// withStack opens the running lab for the time of do.
func (a *app) withStack(ctx context.Context, dir func() (string, error), do func(compose.Stack) error) error {
	d, err := dir()
	if err != nil {
		return err
	}
	stack, err := runtimes.Open(ctx, d)
	if err != nil {
		return err
	}
	defer stack.Close()
	return do(stack)
}

func (a *app) labBrokerCmd(dir, change func() (string, error)) *cobra.Command {
	broker := &cobra.Command{
		Use:   "broker",
		Short: "Stop, start, kill, pause, resume and repair brokers of the lab",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return usagef("say what to do: one of %s", subcommands(cmd))
		},
	}
	list := &cobra.Command{
		Use: "list", Short: "List the brokers and their states", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.listBrokers(cmd.Context(), dir, formatOf(cmd)) },
	}
	addFormat(list, "table", listFormats)
	broker.AddCommand(list, a.brokerLogsCmd(dir))
	for _, act := range []struct {
		name, short, done string
		do                func(compose.Stack, context.Context, int32) error
	}{
		{"stop", "End a broker as an operator would", "is stopped", compose.Stack.Stop},
		{"start", "Start a broker again", "is running", compose.Stack.Start},
		{"kill", "End a broker as a power cut would", "is stopped", compose.Stack.Kill},
		{"pause", "Freeze a broker: it keeps its connections and answers nothing", "is paused", compose.Stack.Pause},
		{"resume", "Let a paused broker go on", "is running", compose.Stack.Resume},
		{"repair", "Give a broker its own address and certificate back", "has its configuration back", repairBroker},
	} {
		broker.AddCommand(&cobra.Command{
			Use: act.name + " ID", Short: act.short, Args: cobra.ExactArgs(1),
			RunE: func(cmd *cobra.Command, args []string) error {
				id, err := brokerID(args[0])
				if err != nil {
					return err
				}
				return a.withStack(cmd.Context(), change, func(stack compose.Stack) error {
					if err := act.do(stack, cmd.Context(), id); err != nil {
						return fmt.Errorf("broker %d: %w", id, err)
					}
					fmt.Fprintf(a.out, "Broker %d %s.\n", id, act.done)
					return nil
				})
			},
		})
	}
	return broker
}

// repairBroker takes back what was broken about a broker on purpose. Where nothing
// can be broken so, nothing is.
func repairBroker(stack compose.Stack, ctx context.Context, id int32) error { //nolint:revive // in the order of a method expression
	f, ok := stack.(compose.Faulter)
	if !ok || !f.Faults() {
		return fmt.Errorf("its address and certificate cannot be changed from here: %w", compose.ErrUnsupported)
	}
	return f.ClearFaults(ctx, id)
}

func brokerID(arg string) (int32, error) {
	id, err := strconv.ParseInt(arg, 10, 32)
	if err != nil || id < 0 {
		return 0, usagef("%q is no broker id: ids are numbers, see `kconsole lab broker list`", arg)
	}
	return int32(id), nil
}

func (a *app) brokerLogsCmd(dir func() (string, error)) *cobra.Command {
	tail, follow := 100, false
	logs := &cobra.Command{
		Use: "logs ID", Short: "Print a broker's log", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			id, err := brokerID(args[0])
			if err != nil {
				return err
			}
			return a.withStack(cmd.Context(), dir, func(stack compose.Stack) error {
				rc, err := stack.Logs(cmd.Context(), id, tail, follow)
				if err != nil {
					return err
				}
				defer rc.Close()
				if _, err = io.Copy(a.out, rc); cmd.Context().Err() != nil {
					return nil // ctrl-C is how one stops following
				}
				return err
			})
		},
	}
	logs.Flags().IntVar(&tail, "tail", tail, "how many of the last lines; -1 for all")
	logs.Flags().BoolVarP(&follow, "follow", "f", false, "go on until ctrl-C")
	return logs
}
