package cmd

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"kconsole/labs"
	"kconsole/ui/safe"
)

func (a *app) labResetCmd(dir func() (string, error)) *cobra.Command {
	var yes bool
	reset := &cobra.Command{
		Use:   "reset [ID]",
		Short: "Remove what a guided lab made; without ID delete the whole lab cluster",
		Long: `With ID: lists what the guided lab left on the cluster (topics, groups, subjects,
users and ACLs named lab.ID.*, and what it broke), asks, removes it, and forgets
the progress. It can be repeated.

Without: stops the lab cluster and deletes its data, certificates and passwords.`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return a.withLab(cmd, dir, args[0], false, func(s *labs.Session) error { return a.resetGuided(cmd.Context(), s, yes) })
			}
			d, err := dir()
			if err != nil {
				return err
			}
			return a.runLabReset(cmd.Context(), d, yes)
		},
	}
	reset.Flags().BoolVar(&yes, "yes", false, "do not ask")
	return reset
}

func (a *app) resetGuided(ctx context.Context, s *labs.Session, yes bool) error {
	items, err := s.Leftovers(ctx)
	if err != nil {
		return err
	}
	if len(items) == 0 {
		fmt.Fprintf(a.out, "Nothing of lab %s is left.\n", s.Lab().ID)
		return nil
	}
	fmt.Fprintf(a.out, "Reset lab %s:\n", s.Lab().ID)
	for _, item := range items {
		fmt.Fprintln(a.out, "  "+safe.Text(item.String()))
	}
	if err := a.confirm(ctx, "Remove all that?", yes); err != nil {
		return err
	}
	items, err = s.Reset(ctx)
	if err != nil {
		return err
	}
	for _, item := range items {
		if item.Err != nil {
			fmt.Fprintf(a.out, "%s: failed: %s\n", safe.Text(item.String()), safe.Error(item.Err))
		}
	}
	if err := labs.ResetErr(items); err != nil {
		return err
	}
	fmt.Fprintf(a.out, "Removed %d things; lab %s can begin anew.\n", len(items), s.Lab().ID)
	return nil
}
