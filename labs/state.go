package labs

import (
	"slices"
	"time"

	"kconsole/labs/services"
)

// State is a session at one moment. It is made anew each time and never changed
// afterwards, so any goroutine may read it. Texts may quote the cluster: sanitize
// them before they reach a terminal.
type State struct {
	Lab     *Lab         `json:"-"`
	ID      string       `json:"lab"`
	Title   string       `json:"title"`
	Cluster string       `json:"cluster"`
	Started bool         `json:"started"`
	Steps   []StepReport `json:"steps"`
	// Current is the index of the current step in Steps; -1 before the start and
	// when every step is behind the learner.
	Current int `json:"current"`
	// Finished tells that every required step is passed.
	Finished bool `json:"finished"`

	// Explanation is what a finished walkthrough ends with, as Markdown.
	Explanation string `json:"-"`

	// Of the current step.
	Text     string         `json:"-"` // Markdown, placeholders filled in
	Show     Spot           `json:"-"` // where it happens, placeholders filled in
	Verdict  Verdict        `json:"-"` // empty as long as nothing was checked
	Checked  time.Time      `json:"-"`
	Hints    []string       `json:"-"` // those that were asked for; three at most
	Question *QuestionState `json:"-"` // nil: nothing is asked now

	// Of a [Runner]; a bare session leaves them empty.
	Busy   string   `json:"-"` // what goes on and takes a while: "solving"
	Paused bool     `json:"-"`
	Said   []string `json:"-"` // the last lines that staging, solving and resetting said
	Err    error    `json:"-"` // why the last command failed; nil: it did not

	Services []services.Status `json:"-"` // the lab's helper services
	Terminal string            `json:"-"` // what other terminals need first, see [Terminal]; empty: nothing
	Notice   string            `json:"-"` // something about the lab as a whole: its progress is damaged
}

// StepReport is one step in a [State].
type StepReport struct {
	ID      string    `json:"id"`
	Title   string    `json:"title"`
	Minutes int       `json:"minutes"`
	State   StepState `json:"state"`
	Current bool      `json:"current,omitempty"`
	PHP     bool      `json:"php,omitempty"`
	// Verdict is the last one: of a passed step what was seen, of the current one
	// what was found just now.
	Verdict *Verdict `json:"verdict,omitempty"`
	// Drift is set where a passed step is not so any more.
	Drift *Verdict `json:"drift,omitempty"`
	// Unable says why this stack cannot do the step; empty: it can.
	Unable string `json:"unable,omitempty"`
	// Simulated says what is simulated in the step on this stack; empty: nothing.
	Simulated string `json:"simulated,omitempty"`
	// Question is the prompt of the question that is open.
	Question string   `json:"question,omitempty"`
	Choices  []string `json:"choices,omitempty"`

	Hints   int       `json:"hints,omitempty"`   // how many were shown
	Answers int       `json:"answers,omitempty"` // how many were given
	Ended   time.Time `json:"ended,omitzero"`
}

// QuestionState is the open question, and the last answer to it.
type QuestionState struct {
	Prompt  string
	Choices []string // none: the answer is typed
	Last    *Answer  // nil: none was given yet
}

// State tells how the session is now.
func (s *Session) State() State {
	st := State{
		Lab: s.lab, ID: s.lab.ID, Title: s.lab.Title, Cluster: s.id, Started: s.p != nil, Current: -1,
		Services: s.services.List(), Terminal: s.terminal(), Notice: s.notice,
	}
	current := s.current()
	for i := range s.lab.Steps {
		step := &s.lab.Steps[i]
		r := s.report(step)
		if r.Current = step == current; r.Current {
			st.Current = i
		}
		st.Steps = append(st.Steps, r)
	}
	if s.p == nil {
		return st
	}
	st.Finished, st.Explanation = !s.p.Finished.IsZero(), s.Explanation()
	if current == nil {
		return st
	}
	st.Text, st.Verdict, st.Checked, st.Hints = s.render(current.Text), s.verdict, s.checked, slices.Clone(s.hints)
	st.Show = Spot{View: current.Show.View, Arg: s.render(current.Show.Arg)}
	if s.asked != nil {
		st.Question = &QuestionState{Prompt: s.asked.Prompt, Choices: slices.Clone(s.asked.Choices), Last: s.asked.last}
	}
	return st
}

func (s *Session) report(step *Step) StepReport {
	r := StepReport{
		ID: step.ID, Title: step.Title, Minutes: step.Minutes, State: StepOpen, PHP: step.PHP, Unable: s.unable(step),
	}
	if slices.Contains(s.can, RealReplication) || s.o.Stack == nil {
		r.Simulated = ""
	} else {
		r.Simulated = s.render(step.Simulated)
	}
	if s.p == nil {
		return r
	}
	current := step.ID == s.p.Current
	if sp := s.p.Steps[step.ID]; sp != nil {
		r.State, r.Hints, r.Answers, r.Ended = sp.State, sp.Hints, len(sp.Answers), sp.Ended
		if sp.State.Passed() {
			v := Done("%s", sp.Seen)
			r.Verdict = &v
		}
	}
	if current && s.verdict.Status != "" {
		v := s.verdict
		r.Verdict = &v
	}
	if current && s.asked != nil {
		r.Question, r.Choices = s.asked.Prompt, slices.Clone(s.asked.Choices)
	}
	if v, ok := s.drifts[step.ID]; ok {
		r.Drift = &v
	}
	return r
}
