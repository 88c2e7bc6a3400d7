package cmd

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"kconsole/compose/labdir"
	"kconsole/kafka/config"
	"kconsole/labs"
	"kconsole/labs/php"
)

func (a *app) labScaffoldCmd(dir func() (string, error)) *cobra.Command {
	var solution bool
	scaffold := &cobra.Command{
		Use:   "scaffold ID DIR",
		Short: "Write a PHP project to start a lab's PHP variant from",
		Long: `Writes the lab's starter files into DIR, with a .env that holds the cluster's
addresses, its CA file and the password of the lab's user app. TODO marks what is
left to you. No file is ever replaced.`,
		Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			lab, err := findLab(args[0])
			if err != nil {
				return err
			}
			cl, err := a.labCluster(cmd, dir)
			if err != nil {
				return err
			}
			return a.runLabScaffold(cmd.Context(), lab, args[1], solution, a.appUser(cl))
		},
	}
	scaffold.Flags().BoolVar(&solution, "solution", false, "write the solution instead")
	return scaffold
}

// appUser is the cluster as a program should sign in to it: as the lab's user app
// where the configuration has it.
func (a *app) appUser(cl config.Cluster) config.Cluster {
	conf, err := a.loadConfig()
	if err != nil {
		return cl
	}
	as, err := conf.Cluster(labdir.App)
	if err != nil || as.Lab == nil || cl.Lab == nil || as.Lab.Dir != cl.Lab.Dir {
		return cl
	}
	return as
}

func (a *app) runLabScaffold(ctx context.Context, lab *labs.Lab, to string, solution bool, cl config.Cluster) error {
	variant := php.Starter
	if solution {
		variant = php.Solution
	}
	written, err := php.Scaffold(ctx, to, lab.Files, variant, php.Project{Lab: lab.ID, Prefix: labs.Prefix(lab.ID), Cluster: cl})
	if errors.Is(err, php.ErrNone) {
		return fmt.Errorf("lab %s: %w", lab.ID, err)
	}
	if err != nil {
		return err
	}
	for _, name := range written {
		fmt.Fprintln(a.out, name)
	}
	return nil
}
