package cmd

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/spf13/cobra"

	"kconsole/compose"
	"kconsole/compose/control"
	"kconsole/compose/labdir"
	"kconsole/compose/runtimes"
)

func (a *app) labDownCmd(dir func() (string, error)) *cobra.Command {
	return &cobra.Command{
		Use:   "down",
		Short: "Stop the lab; its data stays",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			d, err := dir()
			if err != nil {
				return err
			}
			was, err := takeDown(cmd.Context(), d)
			if err != nil {
				return err
			}
			if !was {
				fmt.Fprintln(a.out, "The lab is not running.")
				return nil
			}
			fmt.Fprintln(a.out, "The lab is down; its data stays in "+d+".")
			return nil
		},
	}
}

// takeDown stops the lab in dir and waits until its owner is gone. It reports
// whether one was running.
func takeDown(ctx context.Context, dir string) (bool, error) {
	c, err := control.Open(ctx, dir)
	if errors.Is(err, compose.ErrNotRunning) {
		return runtimes.Down(ctx, dir) // what an owner that was killed left running
	}
	if err != nil {
		return false, err
	}
	defer c.Close()
	if err := c.Down(ctx); err != nil {
		return true, err
	}
	limit := time.NewTimer(runtimes.StopLimit)
	defer limit.Stop()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return true, ctx.Err()
		case <-limit.C:
			return true, fmt.Errorf("the lab (pid %d) was asked to stop and still runs; end that process", c.Info().PID)
		case <-tick.C:
			if !control.Held(dir) {
				return true, nil
			}
		}
	}
}

func (a *app) runLabReset(ctx context.Context, dir string, yes bool) error {
	if _, err := os.Stat(dir); errors.Is(err, os.ErrNotExist) {
		fmt.Fprintln(a.out, "There is no lab in "+dir+".")
		return nil
	}
	if !labdir.IsLab(dir) {
		return &refusedError{dir + " does not look like a lab's directory (it has no lab.yaml): nothing was deleted"}
	}
	if err := a.confirm(ctx, "Delete the lab in "+dir+" with all its data?", yes); err != nil {
		return err
	}
	if _, err := takeDown(ctx, dir); err != nil {
		return err
	}
	if err := runtimes.Destroy(ctx, dir); err != nil {
		return err
	}
	if err := labdir.Remove(dir); err != nil {
		return err
	}
	fmt.Fprintln(a.out, "Deleted the lab in "+dir+".")
	return nil
}
