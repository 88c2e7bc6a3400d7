package labs

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// ErrNoQuestion is what answering wraps where nothing is asked.
var ErrNoQuestion = errors.New("nothing is asked at this step now")

// Answer answers the question of the current step. A wrong answer costs nothing;
// what it says about itself is in the result. After a right one the next step is
// the current one.
func (s *Session) Answer(ctx context.Context, text string) (Answer, error) {
	step, err := s.begun()
	if err != nil {
		return Answer{}, err
	}
	sp := s.p.step(step.ID)
	if step.Question == nil || step.Check != nil && !sp.Checked {
		return Answer{}, fmt.Errorf("step %s: %w", step.ID, ErrNoQuestion)
	}
	if err := s.enter(ctx); err != nil {
		return Answer{}, err
	}
	q, err := s.question(ctx, step)
	if err != nil {
		return Answer{}, err
	}
	return s.accept(ctx, step, q, text)
}

// keepAnswers bounds how many answers to one question are kept.
const keepAnswers = 50

func (s *Session) accept(ctx context.Context, step *Step, q Question, text string) (Answer, error) {
	a := Answer{At: s.o.Clock(), Text: strings.TrimSpace(text)}
	a.Right, a.Why = q.Accept(a.Text)
	sp := s.p.step(step.ID)
	if len(sp.Answers) >= keepAnswers {
		sp.Answers = sp.Answers[1:]
	}
	sp.Answers = append(sp.Answers, a)
	s.asked = &asked{Question: q, last: &a}
	if !a.Right {
		return a, s.keep()
	}
	if step.Check == nil {
		sp.Checked, sp.Seen = true, a.Text+": "+a.Why
	}
	return a, s.pass(ctx, step)
}

// Hint shows one hint more: a nudge from the state as it is now, the screen, the
// command. It returns all that were shown; asking for a fourth changes nothing.
func (s *Session) Hint(ctx context.Context) ([]string, error) {
	step, err := s.begun()
	if err != nil {
		return nil, err
	}
	sp := s.p.step(step.ID)
	sp.Hints = min(sp.Hints+1, hintCount)
	if err := s.keep(); err != nil {
		return nil, err
	}
	s.showHints(ctx, step, sp.Hints)
	return s.hints, nil
}

const hintCount = 3

// showHints makes the texts of the first n hints.
func (s *Session) showHints(ctx context.Context, step *Step, n int) {
	s.hints = nil
	for i := range n {
		switch i {
		case 0:
			s.hints = append(s.hints, s.nudge(ctx, step))
		case 1:
			s.hints = append(s.hints, s.render(step.Screen))
		case 2:
			s.hints = append(s.hints, s.render(step.Command))
		}
	}
}

// nudge is the first hint; without one of its own, a step says what it waits for.
func (s *Session) nudge(ctx context.Context, step *Step) string {
	if step.Nudge == nil {
		if v := s.verdict; v.Status == StatusNotYet {
			return "Waiting for " + v.Expected + ". " + v.Look
		}
		return s.verdict.String()
	}
	text := ""
	err := s.call(ctx, checkLimit, func(ctx context.Context) (err error) {
		text, err = step.Nudge(ctx, s.Env(step.ID))
		return err
	})
	if err != nil {
		return "There is no hint just now: " + err.Error()
	}
	return text
}

func (s *Session) render(text string) string {
	nonce := ""
	if s.p != nil {
		nonce = s.p.Nonce
	}
	out, err := s.lab.Render(text, nonce, s.o.Cluster.Config())
	if err != nil {
		return text // every text was rendered once when it was loaded
	}
	return out
}

// Solve does the current step for the learner, who hears each operation, and
// marks it as shown. The next step is the current one then.
func (s *Session) Solve(ctx context.Context) error {
	step, err := s.begun()
	if err != nil {
		return err
	}
	if why := s.unable(step); why != "" {
		return fmt.Errorf("step %s cannot be done here: %s", step.ID, why)
	}
	if err := s.enter(ctx); err != nil {
		return err
	}
	sp := s.p.step(step.ID)
	sp.Shown = true
	if err := s.keep(); err != nil {
		return err
	}
	if step.Check != nil && !sp.Checked {
		if err := s.solveCheck(ctx, step); err != nil {
			return fmt.Errorf("step %s: %w", step.ID, err)
		}
	}
	if s.p.Current != step.ID { // done, and nothing is asked
		return nil
	}
	if step.Question == nil {
		return s.pass(ctx, step)
	}
	q, err := s.question(ctx, step)
	if err != nil {
		return fmt.Errorf("step %s: %w", step.ID, err)
	}
	a, err := s.accept(ctx, step, q, q.Answer)
	if err != nil {
		return err
	}
	if !a.Right {
		return fmt.Errorf("step %s: the lab's own answer %q is not right: %s", step.ID, q.Answer, a.Why)
	}
	s.say("the answer is " + a.Text + ": " + a.Why)
	return nil
}

// solveCheck solves what the check wants to see, and waits until it sees it.
func (s *Session) solveCheck(ctx context.Context, step *Step) error {
	if step.Solve == nil {
		return errors.New("there is no solution that this program could carry out")
	}
	env := s.Env(step.ID)
	return s.call(ctx, solveLimit, func(ctx context.Context) error {
		if err := step.Solve(ctx, env); err != nil {
			return err
		}
		err := env.Until(ctx, "the check has seen it", func(ctx context.Context) (bool, error) {
			if moved, err := s.Poll(ctx); moved || err != nil {
				return moved, err
			}
			return s.p.step(step.ID).Checked, nil
		})
		if err != nil && ctx.Err() != nil {
			return fmt.Errorf("it was solved, but the check does not see it: %s", s.verdict)
		}
		return err
	})
}

func (s *Session) say(line string) {
	if s.o.Say != nil {
		s.o.Say(line)
	}
}

// Skip leaves the current step out.
func (s *Session) Skip(ctx context.Context) error {
	step, err := s.begun()
	if err != nil {
		return err
	}
	sp := s.p.step(step.ID)
	sp.State, sp.Ended = StepSkipped, s.o.Clock()
	return s.leave(ctx)
}

// Jump goes to another step. A step that was skipped is open again; one that was
// passed stays passed and cannot be done twice.
func (s *Session) Jump(ctx context.Context, id string) error {
	if s.p == nil {
		return fmt.Errorf("lab %s: %w", s.lab.ID, errNotStarted)
	}
	if err := s.mine(); err != nil {
		return err
	}
	if s.lab.Step(id) == nil {
		return fmt.Errorf("lab %s has no step %q", s.lab.ID, id)
	}
	switch sp := s.p.step(id); {
	case sp.State.Passed():
		return fmt.Errorf("step %s is %s already; `kconsole lab reset %s` begins the lab anew", id, sp.State, s.lab.ID)
	case sp.State == StepSkipped:
		*sp = StepProgress{State: StepOpen}
	}
	s.moveTo(id)
	if err := s.keep(); err != nil {
		return err
	}
	return s.enter(ctx)
}

var errNotStarted = errors.New("it was not started yet")

// begun is the current step, which must be there.
func (s *Session) begun() (*Step, error) {
	if s.p == nil {
		return nil, fmt.Errorf("lab %s: %w", s.lab.ID, errNotStarted)
	}
	if err := s.mine(); err != nil {
		return nil, err
	}
	step := s.current()
	if step == nil {
		return nil, fmt.Errorf("lab %s is over: every step is behind you", s.lab.ID)
	}
	return step, nil
}

// mine is an error where another process runs the lab.
func (s *Session) mine() error {
	if s.Observing() {
		return fmt.Errorf("lab %s: %w: answer, ask and act there", s.lab.ID, ErrRuns)
	}
	return nil
}
