package cmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"kconsole/compose"
	"kconsole/compose/control"
	"kconsole/compose/embedded/lab"
	"kconsole/compose/labdir"
)

type labUpOptions struct {
	dir        string
	runtime    string
	detach     bool
	noEvents   bool
	withParent bool // end when standard input ends: the starter is gone
}

var runtimes = []string{string(compose.Embedded)}

func (a *app) labUpCmd(dir func() (string, error)) *cobra.Command {
	var opts labUpOptions
	up := &cobra.Command{
		Use:   "up",
		Short: "Start a lab cluster; ctrl-C stops it and keeps its data",
		Long: `Starts three brokers with TLS, SCRAM sign-in and ACLs and a schema registry, on
loopback only, fills them with sample events, and writes lab.yaml, ca.pem,
client.properties, kcat.conf and .env into the lab's directory. It runs until
ctrl-C, or in the background with --detach until ` + "`kconsole lab down`.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			var err error
			if opts.dir, err = dir(); err != nil {
				return err
			}
			if !slices.Contains(runtimes, opts.runtime) {
				return usagef("--runtime %s is not known: use %s", opts.runtime, orList(runtimes))
			}
			return a.runLabUp(cmd.Context(), opts)
		},
	}
	flags := up.Flags()
	flags.StringVar(&opts.runtime, "runtime", string(compose.Embedded), "what runs the brokers: "+orList(runtimes))
	flags.BoolVar(&opts.detach, "detach", false, "return when the stack answers and leave it running")
	flags.BoolVar(&opts.noEvents, "no-events", false, "no sample events: an empty cluster")
	flags.BoolVar(&opts.withParent, "with-parent", false, "stop when standard input ends")
	_ = flags.MarkHidden("with-parent") // only the console starts it so
	return up
}

func (a *app) runLabUp(ctx context.Context, opts labUpOptions) error {
	running, err := control.Open(ctx, opts.dir)
	if err == nil { // asked for what is there already
		defer running.Close()
		fmt.Fprintf(a.out, "The lab is running already (pid %d).\n\n", running.Info().PID)
		a.sayHowToUse(opts.dir)
		return nil
	}
	if !errors.Is(err, compose.ErrNotRunning) {
		return err
	}
	if opts.detach {
		if err := a.startDetached(ctx, opts); err != nil {
			return err
		}
		fmt.Fprintln(a.out, "The lab is up.")
		a.sayHowToUse(opts.dir)
		return nil
	}
	if opts.withParent {
		var cancel context.CancelFunc
		ctx, cancel = untilEnd(ctx, a.in)
		defer cancel()
	}
	return a.ownLab(ctx, opts)
}

// ownLab is the process that runs the stack.
func (a *app) ownLab(ctx context.Context, opts labUpOptions) (err error) {
	log := slog.New(slog.NewTextHandler(a.err, &slog.HandlerOptions{Level: slog.LevelWarn}))
	stack, err := lab.Up(ctx, lab.Options{
		Dir: opts.dir,
		Log: log,
		Progress: func(line string) {
			fmt.Fprintln(a.out, line)
		},
	})
	if err != nil {
		return err
	}
	defer func() {
		// Not the caller's context: that one has ended, which is why we are here.
		down, cancel := context.WithTimeout(context.WithoutCancel(ctx), 20*time.Second)
		defer cancel()
		err = errors.Join(err, stack.Shutdown(down))
		fmt.Fprintln(a.out, "The lab is down; its data stays.")
	}()
	if !opts.noEvents {
		stop, err := startEvents(ctx, stack.Cluster(), log)
		if err != nil {
			return err
		}
		defer stop()
	}
	downAsked, err := stack.Serve()
	if err != nil {
		return err
	}
	fmt.Fprintln(a.out, "The lab is up.")
	a.sayHowToUse(opts.dir)
	select {
	case <-ctx.Done():
	case <-downAsked:
	}
	return nil
}

func (a *app) sayHowToUse(dir string) {
	conf := filepath.Join(dir, labdir.ConfigFile)
	fmt.Fprintf(a.out, `
  console           kconsole --config %[1]s
  live records      kconsole tail orders --config %[1]s
  stop a broker     kconsole lab broker stop 2 --dir %[2]s
  stop it all       kconsole lab down --dir %[2]s

Replication is simulated: the brokers are virtual, their log is real.
`, shellQuote(conf), shellQuote(dir))
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
