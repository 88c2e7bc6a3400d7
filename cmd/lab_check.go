package cmd

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"kconsole/labs"
	"kconsole/ui/safe"
)

type labCheckOptions struct {
	asJSON bool
	answer string
	hint   bool
	report string
}

func (a *app) labCheckCmd(dir func() (string, error)) *cobra.Command {
	var o labCheckOptions
	check := &cobra.Command{
		Use:   "check ID",
		Short: "Check a guided lab as far as it goes, and say what comes next",
		Long: `Checks the step that you are at against the cluster, and the following ones as
long as they are done. The first check starts the lab. It exits with 0 when every
step is done (or was shown), and with 1 as long as one is open. Steps in PHP do not
count.`,
		Example: `  kconsole lab check 02
  kconsole lab check 02 --answer "broker 2"
  kconsole lab check 02 --json`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.withLab(cmd, dir, args[0], true, func(s *labs.Session) error { return a.runLabCheck(cmd.Context(), s, o, cmd.Flags().Changed("answer")) })
		},
		Annotations: map[string]string{writes: "true"},
	}
	check.Flags().BoolVar(&o.asJSON, "json", false, "print each step's verdict as JSON")
	check.Flags().StringVar(&o.answer, "answer", "", "`TEXT` that answers the question of the step")
	check.Flags().BoolVar(&o.hint, "hint", false, "show one hint more")
	check.Flags().StringVar(&o.report, "report", "", "write a report to `FILE`, as .md and .json")
	return check
}

// openError is a lab that is not finished.
type openError struct {
	lab        string
	done, open int
}

func (e *openError) Error() string {
	return fmt.Sprintf("lab %s: %d of %d steps are done", e.lab, e.done, e.done+e.open)
}

func (a *app) runLabCheck(ctx context.Context, s *labs.Session, o labCheckOptions, answered bool) error {
	if err := s.Start(ctx); err != nil && s.Progress() == nil {
		return err
	}
	if err := advance(ctx, s); err != nil {
		return err
	}
	if answered {
		said, err := s.Answer(ctx, o.answer)
		if err != nil {
			return err
		}
		if !o.asJSON {
			fmt.Fprintln(a.out, rightOrWrong(said))
		}
		if err := advance(ctx, s); err != nil {
			return err
		}
	}
	if o.hint {
		if _, err := s.Hint(ctx); err != nil {
			return err
		}
	}
	s.DriftAll(ctx)
	st := s.State()
	if o.asJSON {
		if err := writeJSON(a.out, st); err != nil {
			return err
		}
	} else {
		a.showSteps(st)
		a.showStep(st)
		a.showBeside(st)
	}
	if err := a.saveReport(s, o.report); err != nil {
		return err
	}
	return unfinished(s)
}

// unfinished is an error as long as a required step is neither done nor shown.
func unfinished(s *labs.Session) error {
	lab := s.Lab()
	if done := s.Progress().Passed(lab); done < lab.Required() {
		return &openError{lab.ID, done, lab.Required() - done}
	}
	return nil
}

// advance checks until a step is not done.
func advance(ctx context.Context, s *labs.Session) error {
	for {
		moved, err := s.Poll(ctx)
		if err != nil || !moved {
			return err
		}
	}
}

func rightOrWrong(answer labs.Answer) string {
	if answer.Right {
		return "Right. " + safe.Text(answer.Why)
	}
	return "Not so. " + safe.Text(answer.Why)
}

var stepMarks = map[labs.StepState]string{
	labs.StepDone: "[x]", labs.StepShown: "[s]", labs.StepSkipped: "[-]", labs.StepOpen: "[ ]",
}

// showSteps prints the list of steps.
func (a *app) showSteps(st labs.State) {
	fmt.Fprintf(a.out, "Lab %s: %s\n", st.ID, st.Title)
	for _, s := range st.Steps {
		mark := stepMarks[s.State]
		if s.Current {
			mark = "[>]"
		}
		title := s.Title
		if s.PHP {
			title += " (PHP)"
		}
		fmt.Fprintf(a.out, "  %s %-14s %s\n", mark, s.ID, title)
		switch {
		case s.State.Passed() && s.Verdict != nil && s.Verdict.Seen != "":
			fmt.Fprintln(a.out, "      "+safe.Text(s.Verdict.Seen))
		case s.Unable != "" && s.State == labs.StepOpen:
			fmt.Fprintln(a.out, "      not here: "+safe.Text(s.Unable))
		}
		if s.Drift != nil {
			fmt.Fprintln(a.out, "      has changed since: "+safe.Text(s.Drift.Observed))
		}
	}
}

// showStep prints what there is to know about the current step.
func (a *app) showStep(st labs.State) {
	if st.Notice != "" {
		fmt.Fprintln(a.out, safe.Text(st.Notice))
	}
	if st.Current < 0 {
		if st.Finished {
			fmt.Fprintln(a.out, "Every step is behind you. Well done.")
		}
		if st.Explanation != "" {
			fmt.Fprintln(a.out, "\n"+safe.Block(strings.TrimSpace(st.Explanation)))
		}
		return
	}
	step := st.Steps[st.Current]
	fmt.Fprintf(a.out, "\nStep %s: %s (%d min)\n\n%s\n", step.ID, step.Title, step.Minutes, safe.Block(strings.TrimSpace(st.Text)))
	if step.Simulated != "" {
		fmt.Fprintln(a.out, "\nsimulated: "+safe.Text(step.Simulated))
	}
	a.showVerdict(st.Verdict)
	a.showQuestion(st.Question)
	for i, h := range st.Hints {
		fmt.Fprintf(a.out, "hint %d: %s\n", i+1, safe.Text(h))
	}
}

// showBeside says what a check that ends at once leaves out.
func (a *app) showBeside(st labs.State) {
	if st.Current < 0 {
		return
	}
	if len(st.Services) > 0 {
		fmt.Fprintf(a.out, "\nThe lab's services run while the lab is open: in `kconsole lab run %s`, or beside the console.\n", st.ID)
	}
	if st.Terminal != "" {
		fmt.Fprintln(a.out, "\nFor other commands of kconsole here: "+safe.Text(st.Terminal))
	}
}

func (a *app) showVerdict(v labs.Verdict) {
	switch v.Status {
	case "":
	case labs.StatusNotYet:
		fmt.Fprintf(a.out, "\nnot yet\n  expected: %s\n  observed: %s\n", safe.Text(v.Expected), safe.Text(v.Observed))
		if v.Look != "" {
			fmt.Fprintln(a.out, "  next:     "+safe.Text(v.Look))
		}
	case labs.StatusDone:
		fmt.Fprintln(a.out, "\ndone: "+safe.Text(v.Seen))
	case labs.StatusUnrecoverable:
		fmt.Fprintf(a.out, "\nThis cannot be done any more: %s. Reset the lab to begin anew.\n", safe.Text(v.Why))
	default:
		fmt.Fprintln(a.out, "\n"+string(v.Status)+": "+safe.Text(v.Why))
	}
}

func (a *app) showQuestion(q *labs.QuestionState) {
	if q == nil {
		return
	}
	fmt.Fprintln(a.out, "\n? "+safe.Text(q.Prompt))
	for i, c := range q.Choices {
		fmt.Fprintf(a.out, "  %d. %s\n", i+1, safe.Text(c))
	}
}
