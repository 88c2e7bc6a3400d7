package ui

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strings"

	"kconsole/labs"
	"kconsole/labs/lessons"
	"kconsole/ui/dialog"
	"kconsole/ui/page"
	"kconsole/ui/savefile"
	"kconsole/ui/session"
	"kconsole/ui/theme"
	"kconsole/ui/widget/labpanel"
)

// course is the lab that is open beside the console. It belongs to the event
// loop; its runner works beside it.
type course struct {
	id      string
	panel   *labpanel.Panel // nil until the lab is open
	runner  *labs.Runner
	cancel  context.CancelFunc
	focused bool // the panel has the keys
	hidden  bool
}

// errNoSession is what needs a connection says while there is none.
var errNoSession = errors.New("there is no connection yet: wait for it, or press ctrl-r")

// OpenLab opens a lab beside the console, in the place of the one that is open.
func (s *shell) OpenLab(id string) error {
	if c := s.course; c != nil && c.id == id {
		c.focused, c.hidden = true, false
		return nil
	}
	lab, err := lessons.Find(id)
	if err != nil {
		return err
	}
	made := s.conn.session
	if made == nil {
		return errNoSession
	}
	s.closeLab()
	ctx, cancel := context.WithCancel(s.ctx)
	c := &course{id: lab.ID, cancel: cancel, focused: true}
	s.course = c
	if !s.loop.Background(func() { s.runLab(ctx, c, lab, made) }) {
		cancel()
	}
	return nil
}

// closeLab leaves the lab as far as it is. Its services end beside the loop.
func (s *shell) closeLab() {
	if s.course != nil {
		s.course.cancel()
		s.course = nil
	}
}

// runLab runs a lab until ctx ends.
func (s *shell) runLab(ctx context.Context, c *course, lab *labs.Lab, made *session.Session) {
	run, err := labs.Open(ctx, lab, labs.Options{
		Cluster: made.Cluster, Registry: made.Registry, Stack: made.Stack, StateDir: made.LabState, Clock: s.options.Now,
	})
	if err != nil {
		s.loop.Post(func() {
			if ctx.Err() == nil && s.course == c {
				s.closeLab()
				s.Fail(err)
			}
		})
		return
	}
	defer func() { _ = run.Close() }() // it only ends what has no result to lose
	runner := labs.NewRunner(run, 0)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		s.loop.Guard(func() { runner.Run(ctx) })
	}()
	defer func() { <-ended }()
	first := runner.State()
	s.loop.Post(func() {
		if ctx.Err() == nil && s.course == c {
			c.runner = runner
			c.panel = labpanel.New(s.theme, s.labAsks(c), first)
		}
	})
	for {
		select {
		case <-ctx.Done():
			return
		case st := <-runner.States():
			s.loop.Post(func() {
				if s.course == c && c.panel != nil {
					c.panel.Update(st)
				}
			})
		}
	}
}

// labAsks is what the panel of a lab may ask for.
func (s *shell) labAsks(c *course) labpanel.Asks {
	busy := func(taken bool) {
		if !taken {
			s.Say(theme.Watch, "the lab is busy; try again in a moment")
		}
	}
	return labpanel.Asks{
		Begin:  func() { busy(c.runner.Start()) },
		Choose: func(answer string) { busy(c.runner.Answer(answer)) },
		Answer: func(choices []string) {
			s.Ask(page.Question{
				Label: "answer: ",
				Done: func(text string) error {
					if text == "" {
						return errors.New("type an answer")
					}
					busy(c.runner.Answer(text))
					return nil
				},
				Complete: func(text string) []string { return labChoices(choices, text) },
			})
		},
		Switch: func() { s.askSwitch(c, busy) },
		Hint:   func() { busy(c.runner.Hint()) },
		Solve:  func() { busy(c.runner.Solve()) },
		Cancel: func() { c.runner.Cancel() },
		Skip:   func() { busy(c.runner.Skip()) },
		Reset:  func() { s.resetLab(c) },
		Pause: func(on bool) {
			if on {
				c.runner.Pause()
				return
			}
			c.runner.Resume()
		},
		Go: func(spot labs.Spot) {
			c.focused = false
			s.Fail(s.run(s.spotlight(spot)))
		},
		Report: func() { s.askReport(c) },
		Leave:  s.closeLab,
		Other:  func() { c.focused = false },
		Hide: func() {
			c.focused, c.hidden = false, true
			s.Say(theme.Muted, "the lab is hidden; "+labpanel.ToggleKey+" shows it")
		},
	}
}

// spotlight is the line of the command bar that shows where a step happens. In a
// list it leaves the row that the step is about, with all keys that act on it.
func (s *shell) spotlight(spot labs.Spot) string {
	arg := spot.Arg
	if v, err := s.view(spot.View); err == nil && arg != "" && len(v.Args) == 0 {
		arg = "/" + regexp.QuoteMeta(arg)
	}
	return strings.TrimSpace(spot.View + " " + arg)
}

// askSwitch asks what to do to one of the lab's services, and does it.
func (s *shell) askSwitch(c *course, busy func(taken bool)) {
	s.Ask(page.Question{
		Label: "service: ",
		Done: func(text string) error {
			words := strings.Fields(text)
			if len(words) < 2 || !labs.IsSwitch(words[0]) {
				return errors.New("say what and to which service, as pause NAME or resume NAME; tab completes")
			}
			busy(c.runner.Switch(words...))
			return nil
		},
		Complete: func(text string) []string { return labs.Switches(c.id, c.runner.State().Services, text) },
	})
}

func labChoices(choices []string, text string) []string {
	var out []string
	for _, c := range choices {
		if strings.HasPrefix(strings.ToLower(c), strings.ToLower(text)) {
			out = append(out, c)
		}
	}
	return out
}

// inRunner runs something in the turn of a lab's runner and waits for it; it is
// called beside the event loop.
func inRunner[T any](ctx context.Context, r *labs.Runner, busy string, do func(context.Context, *labs.Session) (T, error)) (T, error) {
	type result struct {
		value T
		err   error
	}
	out := make(chan result, 1)
	taken := r.Do(busy, func(ctx context.Context, run *labs.Session) error {
		v, err := do(ctx, run)
		out <- result{v, err}
		return nil
	})
	var none T
	if !taken {
		return none, errors.New("the lab is busy; try again in a moment")
	}
	select {
	case <-ctx.Done():
		return none, ctx.Err()
	case r := <-out:
		return r.value, r.err
	}
}

// resetLab shows what a reset would remove, and does it once it is confirmed.
func (s *shell) resetLab(c *course) {
	dialog.Review(s, func(ctx context.Context) (*dialog.Plan, error) {
		items, err := inRunner(ctx, c.runner, "looking for what the lab made", func(ctx context.Context, run *labs.Session) ([]labs.ResetItem, error) {
			return run.Leftovers(ctx)
		})
		if err != nil {
			return nil, err
		}
		p := &dialog.Plan{Title: "reset lab " + c.id, Nothing: len(items) == 0}
		for _, i := range items {
			p.Changes = append(p.Changes, dialog.Change{Resource: i.Kind + " " + i.Name, What: "removed"})
		}
		p.Apply = func(ctx context.Context) ([]dialog.Item, error) { return removeLab(ctx, c.runner) }
		return p, nil
	}, func() {
		if s.course == c {
			s.closeLab()
		}
	})
}

func removeLab(ctx context.Context, r *labs.Runner) ([]dialog.Item, error) {
	items, err := inRunner(ctx, r, "resetting", func(ctx context.Context, run *labs.Session) ([]labs.ResetItem, error) {
		return run.Reset(ctx)
	})
	out := make([]dialog.Item, len(items))
	for i, item := range items {
		out[i] = dialog.Item{Resource: item.Kind + " " + item.Name, Err: item.Err}
	}
	return out, err
}

// askReport asks where to keep the report, and writes it as Markdown and JSON.
func (s *shell) askReport(c *course) {
	s.Ask(page.Question{Label: "save the report to (without .md): ", Initial: "lab-" + c.id + "-report", Done: func(path string) error {
		s.loop.Go(func() {
			err := saveReport(s.ctx, c.runner, path)
			s.loop.Post(func() {
				if err != nil {
					s.Fail(fmt.Errorf("the report was not saved: %w", err))
					return
				}
				s.Say(theme.Fine, "saved "+path+".md and "+path+".json")
			})
		})
		return nil
	}})
}

func saveReport(ctx context.Context, r *labs.Runner, path string) error {
	report, err := inRunner(ctx, r, "", func(_ context.Context, run *labs.Session) (labs.Report, error) { return run.Report(), nil })
	if err != nil {
		return err
	}
	raw, err := json.MarshalIndent(report, "", "  ")
	if err != nil {
		return err
	}
	for name, text := range map[string]string{path + ".md": report.Markdown(), path + ".json": string(raw) + "\n"} {
		f, err := savefile.Create(name)
		if err != nil {
			return err
		}
		if _, err := io.WriteString(f, text); err != nil {
			f.Discard()
			return err
		}
		if err := f.Done(); err != nil {
			return err
		}
	}
	return nil
}
