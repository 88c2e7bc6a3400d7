// Package labpanel shows a lab beside the console: what it explains, the step
// that the learner is at, what its check sees, its question and its hints.
//
// In a wide terminal the panel stays at the left of every view. In a narrow one
// it is a strip of a few lines below them, and takes the whole middle of the
// screen while it has the keys.
package labpanel

import (
	"slices"

	"kconsole/labs"
	"kconsole/ui/theme"
)

// Asks is what a panel asks for. All are called on the event loop and must not
// wait.
type Asks struct {
	Begin  func()                 // starts the lab, or goes on with it
	Answer func(choices []string) // asks for an answer to the open question, typed or chosen
	Choose func(answer string)    // gives an answer
	Hint   func()
	Solve  func()
	Cancel func() // ends what goes on
	Skip   func()
	Reset  func()
	Pause  func(paused bool)
	Switch func()          // asks what to do to one of the lab's services
	Go     func(labs.Spot) // to the place where the step happens
	Report func()
	Leave  func() // closes the lab; it stays as far as it is
	Other  func() // gives the keys back to the console
	Hide   func()
}

// Panel is one lab on the screen. All of it belongs to the event loop.
type Panel struct {
	theme  *theme.Theme
	asks   Asks
	state  labs.State
	screen int // of the concepts; -1: the steps
	offset int // of the lines
	high   int // lines that were drawn last
	long   int // lines that there are
	shown  int // the step that was shown last, to begin at the top of another
}

// New makes the panel of a lab, at its concepts where there are any and the lab
// was not begun.
func New(th *theme.Theme, asks Asks, st labs.State) *Panel {
	p := &Panel{theme: th, asks: asks, state: st, screen: -1, shown: st.Current}
	if p.hasConcepts() && fresh(st) {
		p.screen = 0
		return p
	}
	asks.Begin() // a lab that was begun goes on where it was
	return p
}

// fresh tells whether nothing of a lab was done yet.
func fresh(st labs.State) bool {
	return !st.Started || !slices.ContainsFunc(st.Steps, func(r labs.StepReport) bool { return r.State != labs.StepOpen || r.Hints+r.Answers > 0 })
}

// Update takes a newer state.
func (p *Panel) Update(st labs.State) {
	if st.Current != p.shown {
		p.offset, p.shown = 0, st.Current
	}
	p.state = st
}

// State is what the panel shows.
func (p *Panel) State() labs.State { return p.state }

// Theme gives the panel other styles.
func (p *Panel) Theme(th *theme.Theme) { p.theme = th }

// Reading tells whether the concepts are shown, not the steps.
func (p *Panel) Reading() bool { return p.screen >= 0 }

// minutesLeft adds up what the open steps take.
func (p *Panel) minutesLeft() int {
	n := 0
	for i := range p.state.Steps {
		if s := &p.state.Steps[i]; s.State == labs.StepOpen && !s.PHP {
			n += s.Minutes
		}
	}
	return n
}
