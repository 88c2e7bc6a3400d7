package labpanel_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/gdamore/tcell/v2"
	"github.com/rivo/tview"

	"kconsole/labs"
	"kconsole/labs/services"
	"kconsole/ui/widget/labpanel"
	"kconsole/ui/widget/screentest"
)

// asked notes what a panel asks for.
type asked []string

func (a *asked) asks() labpanel.Asks {
	note := func(what string) func() { return func() { *a = append(*a, what) } }
	return labpanel.Asks{
		Begin: note("begin"), Hint: note("hint"), Solve: note("solve"), Cancel: note("cancel"), Skip: note("skip"), Reset: note("reset"),
		Report: note("report"), Leave: note("leave"), Other: note("other"), Hide: note("hide"),
		Answer: func([]string) { *a = append(*a, "answer") },
		Choose: func(c string) { *a = append(*a, "choose "+c) },
		Switch: note("switch"),
		Pause:  func(bool) { *a = append(*a, "pause") },
		Go:     func(s labs.Spot) { *a = append(*a, "go "+s.View) },
	}
}

// whole draws a panel over a screen; strip draws its few lines.
type whole struct {
	*tview.Box
	panel *labpanel.Panel
	strip bool
}

func (p whole) Draw(sc tcell.Screen) {
	x, y, w, h := p.GetRect()
	if p.strip {
		p.panel.DrawStrip(sc, x, y, w)
		return
	}
	p.panel.Draw(sc, x, y, w, h, true)
}

var replication = &labs.Lab{
	ID: "09", Name: "replication", Kind: labs.Guided, Title: "Partitions, replication, failure",
	Concepts: []string{"# Replicas\n\nEach partition has a **leader**.\n\n```\n b1 ──▶ b2\n```\n", "# The ISR\n\nWho has caught up."},
}

func state() labs.State {
	return labs.State{
		Lab: replication, ID: "09", Title: replication.Title, Started: true, Current: 1,
		Steps: []labs.StepReport{
			{ID: "topic", Title: "Create the topic", Minutes: 3, State: labs.StepDone},
			{ID: "stop", Title: "Stop broker 2", Minutes: 5, State: labs.StepOpen, Simulated: "how long followers take"},
			{ID: "both", Title: "Stop a second one", Minutes: 4, State: labs.StepOpen},
		},
		Text:    "Stop broker 2 and watch what its partitions do.\n\n- `:brokers`, select it, `s`",
		Show:    labs.Spot{View: "brokers"},
		Verdict: labs.NotYet("every partition of lab.09.orders with a leader", "p3 has none", "look at :topic lab.09.orders"),
	}
}

func states() map[string]labs.State {
	fresh := state()
	fresh.Started, fresh.Current, fresh.Steps[0].State = false, -1, labs.StepOpen
	asks := state()
	asks.Verdict = labs.Done("broker 2 is stopped")
	asks.Question = &labs.QuestionState{
		Prompt: "Which broker leads p1 now?", Choices: []string{"broker 1", "broker 3"},
		Last: &labs.Answer{Text: "broker 1", Why: "Broker 1 holds a replica, but it was not chosen."},
	}
	asks.Hints = []string{"p1 has lost its leader: who else was in its ISR?", "`:topic lab.09.orders`"}
	failed := state()
	failed.Verdict = labs.CannotCheck(errors.New("cannot read the topics: 127.0.0.1:19092 does not answer"))
	failed.Err = errors.New("step stop: broker 2 could not be stopped")
	failed.Said = []string{"stop broker 2"}
	failed.Text += "\n\nor: `kconsole lab broker stop 2`"
	failed.Terminal = "export KCONSOLE_CONFIG='lab.yaml'"
	failed.Steps[0].Drift = &labs.Verdict{Status: labs.StatusNotYet, Observed: "no topic of that name"}
	over := state()
	over.Current, over.Finished = -1, true
	over.Steps = slices.Clone(over.Steps)
	for i := range over.Steps {
		over.Steps[i].State = labs.StepDone
	}
	over.Steps[1].State, over.Steps[1].Hints = labs.StepShown, 2
	busy := state()
	busy.Busy, busy.Said = "solving", []string{"stop broker 2", "wait until every partition has a leader"}
	helped := state()
	helped.Services = []services.Status{
		{Name: "lab.09.mail", State: services.Paused},
		{Name: "lab.09.audit", State: services.Running, Members: make([]services.MemberStatus, 2), Switches: services.Switches{Slow: 400 * time.Millisecond}},
		{Name: "lab.09.packer", State: services.Crashed, LastError: "told to crash behind record 7"},
	}
	return map[string]labs.State{"services": helped, "concepts": fresh, "step": state(), "question": asks, "failed": failed, "over": over, "busy": busy}
}

func TestGoldens(t *testing.T) {
	for name, st := range states() {
		t.Run(name, func(t *testing.T) {
			var a asked
			p := labpanel.New(screentest.Theme(t), a.asks(), st)
			s := screentest.New(t, 72, 32, whole{tview.NewBox(), p, false})
			s.Golden(name + "-72x32")
			s = screentest.New(t, 80, labpanel.StripHeight, whole{tview.NewBox(), p, true})
			s.Golden(name + "-strip")
		})
	}
}

func key(name string) *tcell.EventKey {
	for k, n := range map[tcell.Key]string{tcell.KeyEnter: "enter", tcell.KeyCtrlT: "ctrl-t", tcell.KeyCtrlX: "ctrl-x", tcell.KeyLeft: "left", tcell.KeyEscape: "esc"} {
		if n == name {
			return tcell.NewEventKey(k, 0, tcell.ModNone)
		}
	}
	return tcell.NewEventKey(tcell.KeyRune, rune(name[0]), tcell.ModNone)
}

// Every key that is offered does something; one that is off does nothing.
func TestKeys(t *testing.T) {
	for name, st := range states() {
		var a asked
		p := labpanel.New(screentest.Theme(t), a.asks(), st)
		for _, k := range p.Keys() {
			if k.Quiet {
				continue
			}
			if k.Name == "c" || k.Name == "left" || p.Reading() && (k.Name == "enter" || k.Name == "s") {
				continue // they turn the page, which TestConcepts sees
			}
			before := len(a)
			p.Key(key(k.Name))
			if did := len(a) > before; did == (k.Off != "") {
				t.Errorf("%s: key %s: off %q, did something: %v", name, k.Name, k.Off, did)
			}
		}
	}
}

func TestConcepts(t *testing.T) {
	var a asked
	p := labpanel.New(screentest.Theme(t), a.asks(), states()["concepts"])
	for range 2 {
		if !p.Reading() || len(a) > 0 {
			t.Fatalf("the lab began before its concepts were read: %v", a)
		}
		p.Key(key("enter"))
	}
	if p.Reading() || !slices.Equal(a, asked{"begin"}) {
		t.Errorf("after the last screen: reading %v, asked %v", p.Reading(), a)
	}
	p.Update(state())
	p.Key(key("c"))
	if !p.Reading() {
		t.Error("c does not go back to the concepts")
	}
}

func TestChoicesByNumber(t *testing.T) {
	var a asked
	p := labpanel.New(screentest.Theme(t), a.asks(), states()["question"])
	a = nil
	p.Key(key("2"))
	p.Key(key("3"))
	if !slices.Equal(a, asked{"choose broker 3"}) {
		t.Errorf("asked %v", a)
	}
}

// What is shown of the cluster is not obeyed.
func TestHostileTexts(t *testing.T) {
	st := states()["question"]
	st.Verdict = labs.NotYet("x", "topic \x1b[2J\u202e[red]", "")
	st.Text = "a \x1b]0;t\a"
	st.Question.Last.Text = "\x1b[31m"
	var a asked
	s := screentest.New(t, 72, 32, whole{tview.NewBox(), labpanel.New(screentest.Theme(t), a.asks(), st), false})
	for _, r := range s.Text() {
		if r < ' ' && r != '\n' || r == '\u202e' {
			t.Fatalf("the screen holds %U", r)
		}
	}
}
