package dialog

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/gdamore/tcell/v2"

	"kconsole/ui/draw"
	"kconsole/ui/page"
	"kconsole/ui/safe"
	"kconsole/ui/theme"
	"kconsole/ui/units"
	"kconsole/ui/widget/lineedit"
)

// Review opens a dialog that makes a plan beside the event loop, shows it, and
// carries it out once it is confirmed. After runs when it went well.
func Review(h page.Host, plan func(context.Context) (*Plan, error), after func()) {
	reviewFrom(h, nil, plan, after)
}

// reviewFrom is Review that goes back to a form when it is left.
func reviewFrom(h page.Host, from page.Modal, plan func(context.Context) (*Plan, error), after func()) {
	r := &review{host: h, from: from, after: after}
	r.ctx, r.cancel = context.WithCancel(context.Background())
	h.Dialog(r)
	r.since = h.State().Now
	h.Loop().Go(func() {
		made, err := plan(r.ctx)
		h.Loop().Post(func() {
			if r.ctx.Err() == nil {
				r.planned(made, err)
			}
		})
	})
}

type stage int

const (
	thinking stage = iota
	asking
	applying
	finished
)

// review is the dialog of one plan.
type review struct {
	host   page.Host
	from   page.Modal // the form that it came from; nil: none
	after  func()
	ctx    context.Context //nolint:containedctx // it ends with the dialog
	cancel context.CancelFunc
	since  time.Time

	stage    stage
	stopping bool // applying was stopped, and has not come back
	plan     *Plan
	err      error
	items    []Item
	typed    lineedit.Line
	offset   int
	height   int
	long     int // lines of the list
}

func (r *review) planned(p *Plan, err error) {
	r.plan, r.err, r.stage = p, err, asking
	if err != nil {
		r.stage = finished
	}
}

// Close ends what is under way.
func (r *review) Close() { r.cancel() }

// Keys are for the hint line.
func (r *review) Keys() []page.Key {
	switch {
	case r.stage == finished && r.from != nil && r.undone():
		return []page.Key{{Name: "esc", Label: "back to the form"}}
	case r.stage == asking && r.plan.Nothing, r.stage == finished:
		return []page.Key{{Name: "esc", Label: "close"}}
	case r.stage == asking && r.plan.Confirm != "":
		return []page.Key{{Name: "enter", Label: "apply, once the name is typed"}, {Name: "esc", Label: "leave it as it is"}}
	case r.stage == asking:
		return []page.Key{{Name: "enter", Label: "apply"}, {Name: "esc", Label: "leave it as it is"}, {Name: "↑ ↓", Label: "scroll"}}
	case r.stage == applying && r.plan.Stops && !r.stopping:
		return []page.Key{{Name: "esc", Label: "stop, and see what was done"}}
	case r.stopping:
		return []page.Key{{Name: "esc", Label: "close"}}
	default:
		return []page.Key{{Name: "esc", Label: "cancel"}}
	}
}

// Paste goes into the name that is typed.
func (r *review) Paste(text string) { r.typed.Insert(text) }

// Key handles a key; done closes the dialog.
func (r *review) Key(ev *tcell.EventKey) (done bool) {
	switch ev.Key() {
	case tcell.KeyEscape:
		return r.leave()
	case tcell.KeyDown:
		r.offset = min(r.offset+1, max(r.long-r.height, 0))
	case tcell.KeyUp:
		r.offset = max(r.offset-1, 0)
	case tcell.KeyPgDn:
		r.offset = min(r.offset+r.height, max(r.long-r.height, 0))
	case tcell.KeyPgUp:
		r.offset = max(r.offset-r.height, 0)
	case tcell.KeyEnter:
		switch {
		case r.stage == finished, r.stage == asking && r.plan.Nothing:
			return r.leave()
		case r.stage == asking && r.typed.Text() == r.plan.Confirm:
			r.apply()
		}
	default:
		if r.stage == asking && r.plan.Confirm != "" {
			r.typed.Key(ev)
		}
	}
	return false
}

// leave goes back to the form and what was typed, where nothing has been done. What can be
// stopped half way is, and the dialog stays for what it says then.
func (r *review) leave() (done bool) {
	if r.stage == applying && r.plan.Stops && !r.stopping {
		r.stopping = true
		r.cancel()
		return false
	}
	if r.from == nil || r.stage == applying || r.stage == finished && !r.undone() {
		return true
	}
	r.host.Dialog(r.from)
	return false
}

// undone tells, at the end, that nothing was: there was no plan, or each part of it
// failed.
func (r *review) undone() bool {
	return r.err != nil && !slices.ContainsFunc(r.items, func(i Item) bool { return i.Err == nil })
}

func (r *review) apply() {
	r.stage, r.since = applying, r.host.State().Now
	r.host.Loop().Go(func() {
		items, err := r.plan.Apply(r.ctx)
		r.host.Loop().Post(func() { r.applied(items, err) })
	})
}

// applied ends the dialog if all went well; else it shows what did not. A
// change that was made is told even if nobody waited for it.
func (r *review) applied(items []Item, err error) {
	stopped := r.stopping
	r.stage, r.stopping, r.items, r.err = finished, false, items, err
	if err == nil {
		if stopped {
			r.host.Say(theme.Watch, "stopped: "+r.plan.Title+details(items))
		} else {
			r.host.Say(theme.Fine, "done: "+r.plan.Title+details(items))
		}
		if !r.plan.Stay {
			r.host.CloseDialog(r)
		}
		if r.after != nil {
			r.after()
		}
	} else if r.ctx.Err() != nil {
		r.host.Fail(fmt.Errorf("%s: cancelled; it may have been done in part: %w", r.plan.Title, err))
	}
	r.host.Refresh()
}

// details is what there is to know about a single part.
func details(items []Item) string {
	if len(items) == 1 && items[0].Detail != "" {
		return " (" + items[0].Detail + ")"
	}
	return ""
}

// Draw draws the plan or how it went.
func (r *review) Draw(sc tcell.Screen, x, y, w, h int) {
	th := r.host.Theme()
	title := "What would change"
	if r.plan != nil {
		title = r.plan.Title
	}
	draw.Text(sc, x+1, y, safe.Line(capital(title), w-2), th.Strong)
	y, h = y+2, h-2
	switch r.stage {
	case thinking:
		draw.Text(sc, x+3, y, "Working out what would change …"+r.waited(), th.Dim)
	case asking:
		r.drawPlan(sc, x+3, y, w-5, h)
	case applying:
		doing := "Applying …"
		if r.stopping {
			doing = "Stopping …"
		}
		draw.Text(sc, x+3, y, doing+r.waited(), th.Dim)
		if r.plan.Progress != nil {
			for i, l := range strings.Split(r.plan.Progress(), "\n") {
				if i < h-1 {
					draw.Text(sc, x+3, y+1+i, safe.Line(l, w-6), th.Text)
				}
			}
		}
	case finished:
		r.drawResult(sc, x+3, y, w-5, h)
	}
}

func (r *review) waited() string {
	if d := r.host.State().Now.Sub(r.since); d >= time.Second {
		return " " + units.Age(d)
	}
	return ""
}

func (r *review) drawPlan(sc tcell.Screen, x, y, w, h int) {
	th := r.host.Theme()
	bottom := y + h
	if r.plan.Confirm != "" && !r.plan.Nothing {
		label := fmt.Sprintf("Type %s to confirm: ", safe.Line(r.plan.Confirm, w/3))
		at := draw.Text(sc, x, bottom-1, label, th.Watch)
		r.typed.Draw(sc, at, bottom-1, max(w-(at-x), 5), th.Input)
		bottom -= 2
	}
	var lines []draw.Span
	if r.plan.Nothing {
		text := "Nothing would change: all is as asked already."
		if slices.ContainsFunc(r.plan.Changes, func(c Change) bool { return c.Err != nil }) {
			text = "This cannot be done:"
		}
		lines = append(lines, draw.Span{Text: text, Style: th.Dim}, draw.Span{})
	}
	for _, c := range r.plan.Changes {
		style := th.Text
		if c.Err != nil {
			style = th.Act
		}
		for _, l := range draw.Wrap(changeText(c), w) {
			lines = append(lines, draw.Span{Text: l, Style: style})
		}
	}
	if len(r.plan.Warnings) > 0 {
		lines = append(lines, draw.Span{})
	}
	for _, warning := range r.plan.Warnings {
		for _, l := range draw.Wrap("! "+safe.Text(warning), w) {
			lines = append(lines, draw.Span{Text: l, Style: th.Watch})
		}
	}
	r.list(sc, x, y, w, bottom-y, lines)
}

// changeText is one line: what, from what, to what. An error says itself what cannot
// be done.
func changeText(c Change) string {
	s := safe.Line(c.Resource, 200)
	if c.Err != nil {
		return s + ": " + safe.Error(c.Err)
	}
	if c.What != "" {
		s += ": " + safe.Line(c.What, 200)
	}
	switch c.From {
	case c.To:
		return s + " " + orNone(c.To) + " (no change)"
	case "":
		return s + " " + orNone(c.To)
	default:
		return s + " " + orNone(c.From) + " → " + orNone(c.To)
	}
}

func orNone(text string) string {
	if text == "" {
		return "(none)"
	}
	return safe.Line(text, 400)
}

func (r *review) drawResult(sc tcell.Screen, x, y, w, h int) {
	th := r.host.Theme()
	var lines []draw.Span
	add := func(text string, style tcell.Style) {
		for _, l := range draw.Wrap(text, w) {
			lines = append(lines, draw.Span{Text: l, Style: style})
		}
	}
	if r.err != nil && len(r.items) <= 1 {
		for _, part := range page.Explain(th, r.err) {
			add(part.Text, part.Style)
		}
		r.list(sc, x, y, w, h, lines)
		return
	}
	for _, item := range r.items {
		if item.Err != nil {
			add("✗ "+safe.Line(item.Resource, 200)+": "+safe.Error(item.Err), th.Act)
		} else {
			add("✓ "+safe.Line(item.Resource, 200)+" "+safe.Text(item.Detail), th.Good)
		}
	}
	r.list(sc, x, y, w, h, lines)
}

// list draws what of the lines fits, from offset on.
func (r *review) list(sc tcell.Screen, x, y, w, h int, lines []draw.Span) {
	r.long, r.height = len(lines), h
	r.offset = max(min(r.offset, len(lines)-h), 0)
	for i := 0; i < h && r.offset+i < len(lines); i++ {
		draw.Spans(sc, x, y+i, w, lines[r.offset+i])
	}
	if more := len(lines) - r.offset - h; more > 0 {
		draw.Text(sc, x+w-10, y+h-1, fmt.Sprintf("↓ %d more", more), r.host.Theme().Dim)
	}
}
