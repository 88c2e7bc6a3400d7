package cmd

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"kconsole/compose"
	"kconsole/compose/labdir"
	"kconsole/kafka"
	"kconsole/kafka/config"
	"kconsole/labs"
	"kconsole/labs/lessons"
	"kconsole/ui/safe"
)

// labCluster is the cluster that a guided lab runs on: that of --dir, of the
// configuration, or, where none is named, of the lab in its usual directory.
func (a *app) labCluster(cmd *cobra.Command, dir func() (string, error)) (config.Cluster, error) {
	named := cmd.Flags().Changed("dir")
	if named || a.configPath == "" && os.Getenv("KCONSOLE_CONFIG") == "" {
		d, err := dir()
		if err != nil {
			return config.Cluster{}, err
		}
		path := filepath.Join(d, labdir.ConfigFile)
		if _, err := os.Stat(path); err == nil {
			a.configPath = path
		} else if named {
			return config.Cluster{}, fmt.Errorf("%w: nothing was started in %s; start it with `kconsole lab up`", compose.ErrNotRunning, d)
		}
	}
	_, cl, err := a.load()
	return cl, err
}

// findLab finds a lab by what was typed.
func findLab(id string) (*labs.Lab, error) {
	lab, err := lessons.Find(id)
	if err != nil {
		return nil, usagef("%w; see `kconsole lab list`", err)
	}
	return lab, nil
}

// withLab opens a lab on its cluster for the time of do. One that another process
// runs is opened only for looking at it, if observe allows that.
func (a *app) withLab(cmd *cobra.Command, dir func() (string, error), id string, observe bool, do func(*labs.Session) error) error {
	lab, err := findLab(id)
	if err != nil {
		return err
	}
	cl, err := a.labCluster(cmd, dir)
	if err != nil {
		return err
	}
	return a.withSession(cmd.Context(), cl, lab, observe, do)
}

func (a *app) withSession(ctx context.Context, cl config.Cluster, lab *labs.Lab, observe bool, do func(*labs.Session) error) error {
	c, err := kafka.Connect(cl, kafka.WithAudit(auditLog()))
	if err != nil {
		return err
	}
	defer c.Close()
	reg, done, err := newRegistry(cl)
	if err != nil {
		return err
	}
	defer done()
	stack, err := stackOf(ctx, cl)
	if err != nil && !errors.Is(err, compose.ErrNotRunning) {
		return err
	}
	if stack != nil {
		defer stack.Close()
	}
	s, err := labs.Open(ctx, lab, labs.Options{
		Cluster: c, Registry: reg, Stack: stack, StateDir: labProgress(), Observe: observe,
		Say: func(line string) { fmt.Fprintln(a.err, "  "+safe.Text(line)) },
	})
	if err != nil {
		return err
	}
	err = do(s)
	return errors.Join(err, s.Close())
}

// labProgress is where the progress of all labs is kept.
func labProgress() string { return filepath.Join(stateHome(), "kconsole", "labs") }

// saveReport writes how a lab went, as Markdown and beside it as JSON.
func (a *app) saveReport(s *labs.Session, path string) error {
	if path == "" {
		return nil
	}
	written, err := s.Report().Save(path)
	for _, file := range written {
		fmt.Fprintln(a.err, "wrote "+file)
	}
	return err
}
