package labs

import (
	"context"
	"io/fs"
	"time"
)

// Kind is what sort of lab it is.
type Kind string

// The kinds of labs.
const (
	Guided      Kind = "guided"      // steps that build something up
	Walkthrough Kind = "walkthrough" // something is broken: find out what, and repair it
)

// Lab is one lab: its text, and what its steps do. It is not changed after
// loading.
type Lab struct {
	ID      string `json:"id"`   // "02", "w07"
	Name    string `json:"name"` // of its folder, without the id: "kafka-parts"
	Kind    Kind   `json:"kind"`
	Title   string `json:"title"`
	Summary string `json:"summary"`
	Minutes int    `json:"minutes"`
	Steps   []Step `json:"steps"`

	// Concepts are screens of Markdown to read before the steps.
	Concepts []string `json:"-"`
	// Ticket is what a walkthrough begins with, Explanation what it ends with;
	// both Markdown, empty for a guided lab.
	Ticket      string `json:"-"`
	Explanation string `json:"-"`
	// Files is the lab's folder; php/starter and php/solution in it hold the
	// variant in PHP, where there is one.
	Files fs.FS `json:"-"`
}

// Step finds a step by id; nil if there is none.
func (l *Lab) Step(id string) *Step {
	for i := range l.Steps {
		if l.Steps[i].ID == id {
			return &l.Steps[i]
		}
	}
	return nil
}

// Required counts the steps that have to be done: all but those in PHP.
func (l *Lab) Required() int {
	n := 0
	for i := range l.Steps {
		if !l.Steps[i].PHP {
			n++
		}
	}
	return n
}

// Step is one step of a lab.
type Step struct {
	ID      string `json:"id"`
	Title   string `json:"title"`
	Minutes int    `json:"minutes"`
	// Text is Markdown with placeholders; see [Lab.Render].
	Text string `json:"-"`
	// Show is the place in the console where the step happens.
	Show Spot `json:"show,omitzero"`
	// Needs are what the stack must be able to do for this step.
	Needs []Capability `json:"needs,omitempty"`
	// Simulated says what the embedded stack only simulates here; empty: nothing.
	Simulated string `json:"simulated,omitempty"`
	// Screen and Command are the second and third hint: where in the console it
	// is done, and by which command. The first is [Behavior.Nudge].
	Screen  string `json:"-"`
	Command string `json:"-"`
	// PHP marks a step of the variant in PHP: it is not needed to finish the lab.
	PHP bool `json:"php,omitempty"`
	// Hold is how long the check has to stay done, without a break.
	Hold time.Duration `json:"-"`

	Behavior `json:"-"`
}

// Spot is a place in the console: a view, as its command names it, and what it
// is opened with.
type Spot struct {
	View string `json:"view" yaml:"view"`
	Arg  string `json:"arg,omitempty" yaml:"arg"`
}

// Behavior is what a step does, in Go. A step has a Check, a Question or both;
// with both, the question is asked once the check is done. Every function gets a
// context with a time limit and must respect it.
type Behavior struct {
	// Stage brings about what the step starts from: topics with records, helper
	// services, a fault. It is called whenever the step becomes the current one
	// in a process, again after a restart, so it must do nothing where all is
	// there already. It runs before Baseline.
	Stage func(ctx context.Context, env *Env) error
	// Baseline looks at what is there before the learner acts. It is called once
	// when the step starts; what it returns is kept as JSON, and read with
	// [Env.Baseline].
	Baseline func(ctx context.Context, env *Env) (any, error)
	// Check tells from the cluster how far the step is. An error means that it
	// cannot be told, and why; it never means "wrong".
	Check func(ctx context.Context, env *Env) (Verdict, error)
	// Question makes the question from the state as it is now. It is made anew
	// for every answer.
	Question func(ctx context.Context, env *Env) (Question, error)
	// Nudge is the first hint, made from the state as it is now.
	Nudge func(ctx context.Context, env *Env) (string, error)
	// Solve does the step through the same operations that a learner has, and
	// says each with [Env.Say]. The answer to a Question needs no Solve.
	Solve func(ctx context.Context, env *Env) error
	// Lasting says that what Check sees should stay so until the lab is over. If
	// it does not, a later drift is shown; the step stays passed.
	Lasting bool
}

// Question is asked of the state of the cluster at one moment.
type Question struct {
	Prompt string
	// Choices are the answers to choose from; none: the answer is typed.
	Choices []string
	// Answer is a right answer, for those who want to be shown it.
	Answer string
	// Accept tells whether an answer is right, and why it is or is not: shown to
	// the learner in both cases. The answer has no spaces around it.
	Accept func(answer string) (ok bool, why string)
}
