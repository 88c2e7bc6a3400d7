package cmd

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"kconsole/labs"
	"kconsole/ui/safe"
)

type labRunOptions struct {
	every    time.Duration
	report   string
	concepts bool
}

func (a *app) labRunCmd(dir func() (string, error)) *cobra.Command {
	o := labRunOptions{every: 1500 * time.Millisecond, concepts: true}
	run := &cobra.Command{
		Use:   "run ID",
		Short: "Run a guided lab beside your editor: it watches the cluster and says when a step is done",
		Long: `Shows the lab's concepts and its current step, and checks that step against the
cluster until it is done: use the console, this program, Kafka's own tools or your
own code in another terminal. What you type here: an answer to a question, or one
of the words that ` + "`help`" + ` lists. It goes on where you left it.`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if o.every < 100*time.Millisecond {
				return usagef("--every %s is too often: 100ms is the least", o.every)
			}
			return a.withLab(cmd, dir, args[0], false, func(s *labs.Session) error { return a.runLab(cmd.Context(), s, o) })
		},
		Annotations: map[string]string{writes: "true"},
	}
	run.Flags().DurationVar(&o.every, "every", o.every, "`time` between two checks")
	run.Flags().BoolVar(&o.concepts, "concepts", o.concepts, "show the concepts before a lab that was not started yet")
	run.Flags().StringVar(&o.report, "report", "", "write a report to `FILE`, as .md and .json, when it ends")
	return run
}

// labPrompt is one lab that runs in a terminal.
type labPrompt struct {
	app   *app
	s     *labs.Session
	every time.Duration

	shown string // step, verdict and question as they were shown last
}

func (a *app) runLab(ctx context.Context, s *labs.Session, o labRunOptions) error {
	if s.Progress() == nil && o.concepts {
		for _, screen := range s.Lab().Concepts {
			fmt.Fprintln(a.out, safe.Block(screen)+"\n")
		}
	}
	if err := s.Start(ctx); err != nil && s.Progress() == nil {
		return err
	}
	fmt.Fprintln(a.out, "(help lists what you can type; quit leaves, and the lab goes on next time)")
	if line := s.State().Terminal; line != "" {
		fmt.Fprintln(a.out, "(in another terminal, before the first kconsole command: "+safe.Text(line)+")")
	}
	p := &labPrompt{app: a, s: s, every: o.every}
	a.typed = lines(ctx, a.stdin)
	err := p.loop(ctx, a.typed)
	return errors.Join(err, a.saveReport(s, o.report))
}

// lines reads lines in the background. The goroutine ends with its input, or with
// ctx, if in does.
func lines(ctx context.Context, in io.Reader) <-chan string {
	out := make(chan string)
	go func() {
		defer close(out)
		for scan := bufio.NewScanner(in); scan.Scan(); {
			select {
			case out <- scan.Text():
			case <-ctx.Done():
				return
			}
		}
	}()
	return out
}

func (p *labPrompt) loop(ctx context.Context, typed <-chan string) error {
	tick := time.NewTicker(p.every)
	defer tick.Stop()
	if err := p.check(ctx); err != nil {
		return err
	}
	for p.s.Progress() != nil && p.s.Progress().Current != "" {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case line, ok := <-typed:
			if !ok {
				typed = nil // a script that has said all goes on watching until it is ended
				continue
			}
			leave, err := p.obey(ctx, strings.TrimSpace(line))
			if ctx.Err() != nil {
				return ctx.Err()
			}
			if err != nil {
				complain(p.app.err, err, false)
			}
			if leave {
				return nil
			}
		case <-tick.C:
		}
		if err := p.check(ctx); err != nil {
			return err
		}
	}
	return nil
}

// check checks as far as it goes, and shows what is new.
func (p *labPrompt) check(ctx context.Context) error {
	if p.s.Progress() == nil {
		return nil // just reset
	}
	if err := advance(ctx, p.s); err != nil {
		return err
	}
	p.show(false)
	return nil
}

// show prints the state, if it is another one than last time.
func (p *labPrompt) show(always bool) {
	st := p.s.State()
	step, question := "", ""
	if st.Current >= 0 {
		step = st.Steps[st.Current].ID
	}
	if st.Question != nil {
		question = st.Question.Prompt
	}
	observed := st.Verdict.Observed
	if i := strings.LastIndex(observed, ", for "); i >= 0 && strings.HasSuffix(observed, " so far") {
		observed = observed[:i] // it holds: only the time goes by
	}
	key := strings.Join([]string{step, string(st.Verdict.Status), observed, st.Verdict.Why, question}, "\x00")
	if key == p.shown && !always {
		return
	}
	before, _, _ := strings.Cut(p.shown, "\x00")
	p.shown = key
	if before == step && !always {
		p.app.showVerdict(st.Verdict)
		p.app.showQuestion(st.Question)
		return
	}
	p.app.showSteps(st)
	p.app.showStep(st)
}

const labHelp = `hint             one hint more: a nudge, the screen, the command
solve            have this step done, and see how
skip             leave this step out
jump STEP        go to another step
show             show the step again
concepts         read the concepts again
services         the helper services of this lab
reset            list what the lab made, and remove it
quit             leave; the lab goes on next time
anything else    is the answer to the question`

// obey does what was typed; leave is true where the lab is to be left.
func (p *labPrompt) obey(ctx context.Context, line string) (leave bool, err error) {
	words := strings.Fields(line)
	if len(words) == 0 {
		return false, nil
	}
	switch word := words[0]; {
	case len(words) == 1 && (word == "quit" || word == "exit"):
		return true, nil
	case len(words) == 1 && word == "reset":
		return true, p.app.resetGuided(ctx, p.s, false)
	case labs.IsSwitch(word) && len(words) > 1:
		return false, p.s.Switch(ctx, words...)
	case word == "jump" && len(words) == 2:
		return false, p.s.Jump(ctx, words[1])
	case word == "answer" && len(words) > 1:
		return false, p.answer(ctx, strings.TrimSpace(strings.TrimPrefix(line, word)))
	case len(words) == 1:
		if known, err := p.word(ctx, word); known {
			return false, err
		}
	}
	return false, p.answer(ctx, line)
}

// word does what a word without arguments says; known is false for one that says
// nothing.
func (p *labPrompt) word(ctx context.Context, word string) (known bool, err error) {
	out := p.app.out
	switch word {
	case "help", "?":
		fmt.Fprintln(out, labHelp)
		for _, line := range labs.SwitchHelp() {
			fmt.Fprintln(out, line)
		}
	case "hint":
		before := len(p.s.State().Hints)
		hints, err := p.s.Hint(ctx)
		if before == len(hints) {
			before = 0 // there is no other one: all of them again
		}
		for i := before; i < len(hints); i++ {
			fmt.Fprintf(out, "hint %d: %s\n", i+1, safe.Text(hints[i]))
		}
		return true, err
	case "solve":
		return true, p.app.solveStep(ctx, p.s)
	case "skip":
		return true, p.s.Skip(ctx)
	case "show":
		p.show(true)
	case "concepts":
		for _, screen := range p.s.Lab().Concepts {
			fmt.Fprintln(out, safe.Block(screen)+"\n")
		}
	case "services":
		for _, st := range p.s.Services().List() {
			fmt.Fprintf(out, "%-24s %-10s %s\n", safe.Text(st.Name), st.State, safe.Text(st.About))
			if st.LastError != "" {
				fmt.Fprintf(out, "  its log: %s\n", safe.Text(st.LastError))
			}
		}
	default:
		return false, nil
	}
	return true, nil
}

func (p *labPrompt) answer(ctx context.Context, text string) error {
	said, err := p.s.Answer(ctx, text)
	if errors.Is(err, labs.ErrNoQuestion) {
		return fmt.Errorf("%w; help lists what you can type", err)
	}
	if err == nil {
		fmt.Fprintln(p.app.out, rightOrWrong(said))
	}
	return err
}
