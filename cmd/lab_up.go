package cmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"kconsole/compose"
	"kconsole/compose/control"
	"kconsole/compose/docker"
	"kconsole/compose/labdir"
	"kconsole/compose/runtimes"
	"kconsole/labs"
)

type labUpOptions struct {
	dir        string
	runtime    string
	detach     bool
	noEvents   bool
	withParent bool // end when standard input ends: the starter is gone

	registry  string // of the Docker runtime
	noGrafana bool
}

func (a *app) labUpCmd(dir func() (string, error)) *cobra.Command {
	var opts labUpOptions
	up := &cobra.Command{
		Use:   "up",
		Short: "Start a lab cluster; ctrl-C stops it and keeps its data",
		Long: `Starts three brokers with TLS, SCRAM sign-in and ACLs and a schema registry, on
loopback only, fills them with sample events, and writes lab.yaml, ca.pem,
client.properties, kcat.conf and .env into the lab's directory. It runs until
ctrl-C, or in the background with --detach until ` + "`kconsole lab down`" + `.

The brokers are virtual ones inside this program (--runtime embedded), Apache
Kafka as local Java processes (process), or Apache Kafka in containers with
Prometheus and Grafana beside it (docker); that writes compose.yaml and its files
into the directory docker, where docker compose works by hand as well.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			var err error
			if opts.dir, err = dir(); err != nil {
				return err
			}
			if !slices.Contains(runtimes.All, compose.Runtime(opts.runtime)) {
				return usagef("--runtime %s is not known: use %s", opts.runtime, orList(runtimeNames()))
			}
			if registries := []string{"apicurio", "confluent", "none"}; !slices.Contains(registries, opts.registry) {
				return usagef("--registry %s is not known: use %s", opts.registry, orList(registries))
			}
			return a.runLabUp(cmd.Context(), opts)
		},
	}
	flags := up.Flags()
	flags.StringVar(&opts.runtime, "runtime", string(compose.Embedded), "what runs the brokers: "+orList(runtimeNames()))
	flags.BoolVar(&opts.detach, "detach", false, "return when the stack answers and leave it running")
	flags.BoolVar(&opts.noEvents, "no-events", false, "no sample events: an empty cluster")
	flags.StringVar(&opts.registry, "registry", "apicurio", "schema registry of --runtime docker: apicurio, confluent or none")
	flags.BoolVar(&opts.noGrafana, "no-grafana", false, "--runtime docker without Grafana")
	flags.BoolVar(&opts.withParent, "with-parent", false, "stop when standard input ends")
	_ = flags.MarkHidden("with-parent") // only the console starts it so
	return up
}

func (a *app) runLabUp(ctx context.Context, opts labUpOptions) error {
	running, err := control.Open(ctx, opts.dir)
	if err == nil { // asked for what is there already
		defer running.Close()
		fmt.Fprintf(a.out, "The lab is running already (pid %d, runtime %s).\n\n", running.Info().PID, running.Runtime())
		a.sayHowToUse(opts.dir, running.Runtime())
		return nil
	}
	if !errors.Is(err, compose.ErrNotRunning) {
		return err
	}
	if opts.detach {
		fmt.Fprintln(a.out, "Starting the lab ...")
		if err := a.startDetached(ctx, opts); err != nil {
			return err
		}
		fmt.Fprintln(a.out, labIsUp)
		a.sayHowToUse(opts.dir, compose.Runtime(opts.runtime))
		return nil
	}
	if opts.withParent {
		var cancel context.CancelFunc
		ctx, cancel = untilEnd(ctx, a.stdin)
		defer cancel()
	}
	return a.ownLab(ctx, opts)
}

// ownLab is the process that runs the stack.
func (a *app) ownLab(ctx context.Context, opts labUpOptions) (err error) {
	log := slog.New(slog.NewTextHandler(a.err, &slog.HandlerOptions{Level: slog.LevelWarn}))
	stack, err := runtimes.Own(ctx, compose.Runtime(opts.runtime), runtimes.Options{
		Dir: opts.dir, Log: log, Registry: opts.registry, NoGrafana: opts.noGrafana,
		Progress: func(line string) { fmt.Fprintln(a.out, line) },
	})
	if err != nil {
		return err
	}
	defer func() {
		// Not the caller's context: that one has ended, which is why we are here.
		down, cancel := context.WithTimeout(context.WithoutCancel(ctx), runtimes.StopLimit)
		defer cancel()
		err = errors.Join(err, stack.Shutdown(down))
		fmt.Fprintln(a.out, "The lab is down; its data stays.")
	}()
	if !opts.noEvents && stack.Cluster().Registry != nil {
		stop, err := startEvents(ctx, stack.Cluster(), log)
		if err != nil {
			return err
		}
		defer stop()
	}
	fmt.Fprintln(a.out, labIsUp)
	a.sayHowToUse(opts.dir, stack.Runtime())
	select {
	case <-ctx.Done():
	case <-stack.DownAsked():
	}
	return nil
}

// labIsUp is what the owner of a lab says when the stack answers.
const labIsUp = "The lab is up."

func runtimeNames() []string {
	var names []string
	for _, r := range runtimes.All {
		names = append(names, string(r))
	}
	return names
}

func (a *app) sayHowToUse(dir string, runtime compose.Runtime) {
	conf := filepath.Join(dir, labdir.ConfigFile)
	fmt.Fprintf(a.out, `
  console           kconsole --config %[1]s
  live records      kconsole tail orders --config %[1]s
  without --config  %[3]s
  stop a broker     kconsole lab broker stop 2 --dir %[2]s
  stop it all       kconsole lab down --dir %[2]s
`, shellQuote(conf), shellQuote(dir), labs.Terminal(conf))
	switch runtime {
	case compose.Embedded:
		fmt.Fprintln(a.out, "\nReplication is simulated: the brokers are virtual, their log is real.")
	case compose.Docker:
		for _, line := range docker.Pages(dir) {
			fmt.Fprintln(a.out, "  "+line)
		}
	}
}

// untilEnd is ctx, ended as soon as nothing more can be read from in.
func untilEnd(ctx context.Context, in io.Reader) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	go func() { // ends with the pipe; the process ends right after it
		_, _ = io.Copy(io.Discard, in)
		cancel()
	}()
	return ctx, cancel
}
