package cmd

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"

	"kconsole/compose"
	"kconsole/compose/control"
	"kconsole/compose/labdir"
	"kconsole/kafka"
	"kconsole/labs/services"
)

func (a *app) demoCmd() *cobra.Command {
	var dir string
	demo := &cobra.Command{
		Use:   "demo",
		Short: "Start the embedded lab with sample events and open the console on it",
		Long: `Starts the embedded lab with sample events and opens the console on it; leaving
the console stops the lab again and keeps its data. Without a terminal it prints
the topics and twenty decoded records instead.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			d, err := a.labDir(dir)
			if err != nil {
				return err
			}
			return a.runDemo(cmd.Context(), d)
		},
	}
	demo.Flags().StringVar(&dir, "dir", "", "`directory` of the lab's files and data (default: in the XDG state directory)")
	return demo
}

func (a *app) runDemo(ctx context.Context, dir string) (err error) {
	stop, err := a.ensureLab(ctx, dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, stop()) }()
	a.configPath, a.cluster = filepath.Join(dir, labdir.ConfigFile), ""
	if a.terminal {
		return a.console(ctx)
	}
	return a.printDemo(ctx, dir)
}

// ensureLab uses the lab that runs in dir, or starts one in a process of its
// own that ends with ours: a fault in the simulated brokers then cannot take
// the console down.
func (a *app) ensureLab(ctx context.Context, dir string) (stop func() error, err error) {
	running, err := control.Open(ctx, dir)
	if err == nil {
		return running.Close, nil
	}
	if !errors.Is(err, compose.ErrNotRunning) {
		return nil, err
	}
	keeper := &labKeeper{app: a, opts: labUpOptions{dir: dir, runtime: string(compose.Embedded)}}
	if err := keeper.start(ctx); err != nil {
		return nil, err
	}
	return keeper.stop, nil
}

// demoRecords is how many records the demo prints without a terminal.
const demoRecords = 20

func (a *app) printDemo(ctx context.Context, dir string) error {
	c, err := a.connect()
	if err != nil {
		return err
	}
	defer c.Close()
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	fmt.Fprintf(a.out, "An embedded Kafka cluster of three brokers (simulated replication) runs in %s.\n\n", dir)
	topics, err := a.readTopics(ctx, c, "")
	if err != nil {
		return kafka.Explain(err)
	}
	if err := topics.write(a.out, "table"); err != nil {
		return err
	}
	fmt.Fprintf(a.out, "\nThe newest %d records of %s, decoded from Avro:\n\n", demoRecords, services.OrdersTopic)
	err = a.runTail(ctx, tailOptions{topic: services.OrdersTopic, limit: demoRecords, format: "pretty"})
	if err != nil {
		return err
	}
	fmt.Fprintf(a.out, `
There is no terminal here, so the lab stops again; its data stays. For the console run in a terminal:

  make run            or: kconsole demo

For a lab that stays up:

  kconsole lab up --detach --dir %s
  kconsole --config %s
`, shellQuote(dir), shellQuote(filepath.Join(dir, labdir.ConfigFile)))
	return nil
}
