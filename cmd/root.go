// Package cmd is the command line: one file per command, parsing here and the
// work elsewhere. It alone turns errors into exit codes and text.
package cmd

import (
	"context"
	"errors"
	"io"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"kconsole/kafka"
	"kconsole/kafka/config"
)

// app is what every command shares: the streams and the global flags.
type app struct {
	in       *os.File
	out, err io.Writer
	terminal bool // in and out are terminals

	stdin io.Reader     // in, until the command is interrupted
	typed <-chan string // the lines of it, where something reads them all already

	configPath string
	cluster    string
	readOnly   bool
	view       string
}

// Main runs the command line of this process and returns its exit code.
func Main() int {
	a := &app{
		in: os.Stdin, out: os.Stdout, err: os.Stderr,
		terminal: term.IsTerminal(int(os.Stdin.Fd())) && term.IsTerminal(int(os.Stdout.Fd())),
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	return a.run(ctx, os.Args[1:])
}

func (a *app) run(ctx context.Context, args []string) int {
	a.stdin = &interruptible{ctx: ctx, in: a.in}
	root := a.root()
	root.SetArgs(args)
	root.SetOut(a.out)
	root.SetErr(a.err)
	cmd, err := root.ExecuteContextC(ctx)
	if err == nil {
		return exitDone
	}
	if cmd == root && strings.HasPrefix(err.Error(), "unknown command") { // cobra has no type for it
		err = usagef("%w; see `kconsole --help`", err)
	}
	if errors.Is(err, syscall.EPIPE) { // `| head` has read enough
		return exitDone
	}
	if code := exitCode(err); code == exitInterrupted && ctx.Err() != nil {
		return code // ctrl-C needs no explanation
	}
	complain(a.err, err, strings.HasPrefix(formatOf(cmd), "json") || isUsage(err) && asksForJSON(args))
	return exitCode(err)
}

func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "kconsole",
		Short: "A terminal console for Apache Kafka, with guided labs",
		Long: `kconsole browses topics, records, consumer groups, ACLs and schemas of a Kafka
cluster, decodes Avro live, and runs a lab cluster that you may break.

Without a cluster of your own:  kconsole demo
With one:                       kconsole --config lab.yaml`,
		Version:       versionText(),
		Args:          cobra.NoArgs,
		SilenceErrors: true,
		SilenceUsage:  true,
		RunE:          func(cmd *cobra.Command, _ []string) error { return a.console(cmd.Context()) },
	}
	root.SetVersionTemplate(versionLine())
	flags := root.PersistentFlags()
	flags.StringVar(&a.configPath, "config", "", "configuration `file` (default: $KCONSOLE_CONFIG, then the XDG config directory)")
	flags.StringVar(&a.cluster, "cluster", "", "`name` of a cluster in the configuration (default: its current one)")
	flags.BoolVar(&a.readOnly, "read-only", false, "refuse everything that would change the cluster")
	root.Flags().StringVarP(&a.view, "view", "c", "", "`view` to open first: topics, groups, acls, ...")
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return usagef("%w; see `%s --help`", err, cmd.CommandPath())
	})
	root.AddCommand(
		a.labCmd(), a.demoCmd(), a.tailCmd(), a.getCmd(), a.exporterCmd(), a.versionCmd(),
		a.createCmd(), a.alterCmd(), a.deleteCmd(), a.resetOffsetsCmd(), a.electLeadersCmd(), a.reassignCmd(), a.abortCmd(), a.produceCmd(), a.loadCmd(), a.schemaCmd(), a.describeCmd(),
		a.accessCmd(), a.configCmd(), a.doctorCmd(),
	)
	for _, c := range root.Commands() {
		usageErrors(c)
	}
	return root
}

// usageErrors makes wrong arguments exit with the code for usage.
func usageErrors(c *cobra.Command) {
	if check := c.Args; check != nil {
		c.Args = func(cmd *cobra.Command, args []string) error {
			err := check(cmd, args)
			if err == nil {
				err = cmd.ValidateFlagGroups()
			}
			if err != nil {
				return usagef("%w; see `%s --help`", err, cmd.CommandPath())
			}
			return nil
		}
	}
	for _, sub := range c.Commands() {
		usageErrors(sub)
	}
}

// loadConfig reads the configuration.
func (a *app) loadConfig() (*config.Config, error) {
	path, err := config.Find(a.configPath)
	if err != nil {
		return nil, err
	}
	conf, err := config.Load(path)
	if err != nil {
		return nil, err
	}
	for _, w := range conf.Warnings {
		complain(a.err, errors.New("warning: "+w.String()), false)
	}
	return conf, nil
}

// load reads the configuration and picks the cluster that the flags name.
func (a *app) load() (*config.Config, config.Cluster, error) {
	conf, err := a.loadConfig()
	if err != nil {
		return nil, config.Cluster{}, err
	}
	cl, err := conf.Cluster(a.cluster)
	if err != nil {
		return nil, config.Cluster{}, err
	}
	cl.ReadOnly = cl.ReadOnly || a.readOnly
	return conf, cl, nil
}

// connect loads the configuration and makes a client; no network is used yet.
func (a *app) connect() (*kafka.Cluster, error) {
	_, cl, err := a.load()
	if err != nil {
		return nil, err
	}
	return kafka.Connect(cl, kafka.WithAudit(auditLog()))
}

// auditLog is where every change is written down: one file for all clusters.
