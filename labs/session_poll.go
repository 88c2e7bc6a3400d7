package labs

import (
	"context"
	"encoding/json"
	"fmt"
	"time"
)

func encode(v any) (json.RawMessage, error) {
	raw, err := json.Marshal(v)
	if err == nil && len(raw) > maxProgress/8 {
		return nil, fmt.Errorf("%d bytes are too many", len(raw))
	}
	return raw, err
}

// Poll checks the current step once, and goes on to the next one when it is done.
// It tells whether the learner is now at another step. The result of the check is
// in [Session.State]; an error is about keeping the progress.
func (s *Session) Poll(ctx context.Context) (moved bool, err error) {
	step := s.current()
	if step == nil {
		return false, nil
	}
	if why := s.unable(step); why != "" {
		s.put(Verdict{Status: StatusCannotCheck, Why: why})
		return false, nil
	}
	if err := s.enter(ctx); err != nil {
		if ctx.Err() != nil {
			return false, ctx.Err()
		}
		s.put(CannotCheck(err))
		return false, nil
	}
	verdict := s.check(ctx, step)
	if ctx.Err() != nil { // whoever asked has gone: that says nothing about the step
		return false, ctx.Err()
	}
	sp := s.p.step(step.ID)
	if !verdict.Done() {
		s.since = time.Time{}
		if step.Question != nil && sp.Checked { // what was seen stays seen while the question is open
			verdict = Done("%s", sp.Seen)
		} else {
			s.put(verdict)
			return false, nil
		}
	}
	if !sp.Checked && s.holding(step, &verdict) {
		s.put(verdict)
		return false, nil
	}
	s.put(verdict)
	if !sp.Checked && step.Check != nil {
		sp.Checked, sp.Seen = true, verdict.Seen
		if err := s.keep(); err != nil {
			return false, err
		}
	}
	if step.Question != nil && !answered(sp) {
		s.ask(ctx, step)
		return false, nil
	}
	return true, s.pass(ctx, step)
}

// check calls the step's check; a step that only asks has nothing to check.
func (s *Session) check(ctx context.Context, step *Step) Verdict {
	if step.Check == nil {
		return Done("nothing has to be done on the cluster")
	}
	var v Verdict
	err := s.call(ctx, checkLimit, func(ctx context.Context) (err error) {
		v, err = step.Check(ctx, s.Env(step.ID))
		return err
	})
	if err != nil {
		return CannotCheck(err)
	}
	return v
}

// holding tells whether a result still has to hold on, and says how long.
func (s *Session) holding(step *Step, v *Verdict) bool {
	hold := step.Hold
	if s.o.MaxHold > 0 {
		hold = min(hold, s.o.MaxHold)
	}
	if hold <= 0 {
		return false
	}
	now := s.o.Clock()
	if s.since.IsZero() {
		s.since = now
	}
	held := now.Sub(s.since)
	if held >= hold {
		return false
	}
	*v = NotYet("this, for "+hold.String()+" without a break", fmt.Sprintf("%s, for %s so far", v.Seen, held.Round(time.Second)), "")
	return true
}

func answered(sp *StepProgress) bool {
	return len(sp.Answers) > 0 && sp.Answers[len(sp.Answers)-1].Right
}

// put keeps a verdict for the state.
func (s *Session) put(v Verdict) {
	s.verdict, s.checked = v, s.o.Clock()
}

// ask makes the question ready, from the state as it is now.
func (s *Session) ask(ctx context.Context, step *Step) {
	q, err := s.question(ctx, step)
	if err != nil {
		s.put(CannotCheck(err))
		return
	}
	var last *Answer
	if s.asked != nil {
		last = s.asked.last
	}
	s.asked = &asked{Question: q, last: last}
}

func (s *Session) question(ctx context.Context, step *Step) (q Question, err error) {
	err = s.call(ctx, checkLimit, func(ctx context.Context) (err error) {
		q, err = step.Question(ctx, s.Env(step.ID))
		return err
	})
	return q, err
}

// pass marks the current step as done, or as shown, and goes to the next one.
func (s *Session) pass(ctx context.Context, step *Step) error {
	sp := s.p.step(step.ID)
	sp.State, sp.Ended = StepDone, s.o.Clock()
	if sp.Shown {
		sp.State = StepShown
	}
	return s.leave(ctx)
}

// leave goes to the first open step and makes it ready.
func (s *Session) leave(ctx context.Context) error {
	s.moveTo(s.firstOpen())
	if s.p.Finished.IsZero() && s.p.Passed(s.lab) == s.lab.Required() {
		s.p.Finished = s.o.Clock()
	}
	if err := s.keep(); err != nil {
		return err
	}
	if err := s.enter(ctx); err != nil {
		s.put(CannotCheck(err)) // the next poll tries again
	}
	return nil
}

// moveTo makes another step the current one and forgets what was of the last.
func (s *Session) moveTo(id string) {
	s.p.Current = id
	s.since, s.verdict, s.checked, s.hints, s.asked = time.Time{}, Verdict{}, time.Time{}, nil, nil
}
