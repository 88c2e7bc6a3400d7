package cmd

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"kconsole/labs"
	"kconsole/ui/safe"
)

func (a *app) labSolveCmd(dir func() (string, error)) *cobra.Command {
	var step string
	solve := &cobra.Command{
		Use:   "solve ID",
		Short: "Do a step of a guided lab for you, or all that are left, and say how",
		Long: `Does what is left of a lab through the same operations that you have, and says each.
The steps are marked as shown, not as done. Steps in PHP are left to you, unless
--step names one.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.withLab(cmd, dir, args[0], false, func(s *labs.Session) error { return a.runLabSolve(cmd.Context(), s, step) })
		},
		Annotations: map[string]string{writes: "true"},
	}
	solve.Flags().StringVar(&step, "step", "", "only this `STEP`")
	return solve
}

func (a *app) runLabSolve(ctx context.Context, s *labs.Session, step string) error {
	lab := s.Lab()
	if step != "" && lab.Step(step) == nil {
		return usagef("lab %s has no step %q%s", lab.ID, step, suggestion(step, stepIDs(lab)))
	}
	if err := s.Start(ctx); err != nil {
		return err
	}
	if step != "" {
		if p := s.Progress(); p.Steps[step] != nil && p.Steps[step].State.Passed() {
			fmt.Fprintf(a.out, "%s is %s already.\n", step, p.Steps[step].State)
			return nil
		}
		if err := s.Jump(ctx, step); err != nil {
			return err
		}
		return a.solveStep(ctx, s)
	}
	for i := range lab.Steps {
		st := &lab.Steps[i]
		if p := s.Progress().Steps[st.ID]; st.PHP || p != nil && p.State.Passed() {
			continue
		}
		if why := s.State().Steps[i].Unable; why != "" {
			fmt.Fprintf(a.out, "%s is left out: %s\n", st.ID, safe.Text(why))
			continue
		}
		if err := s.Jump(ctx, st.ID); err != nil {
			return err
		}
		if err := a.solveStep(ctx, s); err != nil {
			return err
		}
	}
	return unfinished(s)
}

func (a *app) solveStep(ctx context.Context, s *labs.Session) error {
	id := s.Progress().Current
	fmt.Fprintln(a.out, id)
	if err := s.Solve(ctx); err != nil {
		return err
	}
	fmt.Fprintln(a.out, "  shown: "+safe.Text(s.Progress().Steps[id].Seen))
	return nil
}

func stepIDs(lab *labs.Lab) []string {
	var ids []string
	for i := range lab.Steps {
		ids = append(ids, lab.Steps[i].ID)
	}
	return ids
}
