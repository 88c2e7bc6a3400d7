package dialog

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/gdamore/tcell/v2"

	"kconsole/ui/draw"
	"kconsole/ui/page"
	"kconsole/ui/safe"
	"kconsole/ui/theme"
	"kconsole/ui/widget/lineedit"
)

// Field is one line of a form.
type Field struct {
	Name  string // how [Values] has it
	Label string
	// Value is proposed: what is typed takes its place. With Append, and where there
	// is an Editor, it is there to be edited: what is typed goes behind it.
	Value  string
	Append bool
	Help   string // shown while it is being typed
	// Choices are the only values that it may have; left and right go through
	// them. nil: any text.
	Choices []string
	// Complete lists what the text may become; nil: nothing.
	Complete func(string) []string
	// Check says what is wrong with a value; nil: nothing can be.
	Check func(string) error
	// Secret shows dots.
	Secret bool
	// Verbatim keeps the spaces around what is typed; a Secret has them anyway.
	Verbatim bool
	// Editor is the name of the file as which the value is opened in the user's
	// editor, with ctrl-o, from any field that has none itself; empty: it is not. A
	// value in JSON is laid out there.
	Editor string
	// Shown says whether the field matters, given the others; nil: always.
	Shown func(Values) bool
}

// Values are what was typed, by the fields' names, without spaces around unless a
// field keeps them.
type Values map[string]string

// Form is a dialog of fields.
type Form struct {
	Title  string
	Fields []Field
	// Plan makes the plan of what was typed; it runs beside the event loop.
	Plan func(context.Context, Values) (*Plan, error)
	// Submit takes the place of Plan where there is nothing to review.
	Submit func(Values) error
	// Command is the command line that does the same; nil: there is none.
	Command func(Values) string
	// After runs when the change was made.
	After func()
}

// Open shows the form.
func (f Form) Open(h page.Host) {
	d := &form{Form: f, host: h, lines: make([]lineedit.Line, len(f.Fields)), errs: make([]error, len(f.Fields))}
	for i, field := range f.Fields {
		switch {
		case field.Value == "" && len(field.Choices) > 0:
			d.lines[i].Set(field.Choices[0])
		case field.Append || field.Editor != "" || len(field.Choices) > 0:
			d.lines[i].Set(field.Value)
		default:
			d.lines[i].Prefill(field.Value)
		}
	}
	if !d.shown(0, d.values()) {
		d.move(+1)
	}
	h.Dialog(d)
}

// form is an open Form.
type form struct {
	Form
	host  page.Host
	lines []lineedit.Line
	errs  []error
	at    int
	first int // of the fields shown, the first that is drawn
	err   error
	cand  []string // completions of the field being typed
	taken bool     // the first of them was
}

// Close has nothing to end.
func (d *form) Close() {}

// Keys are for the hint line.
func (d *form) Keys() []page.Key {
	keys := []page.Key{{Name: "enter", Label: "review"}, {Name: "esc", Label: "cancel"}, {Name: "↑ ↓", Label: "field"}}
	if d.Submit != nil {
		keys[0].Label = "done"
	}
	f := d.Fields[d.at]
	switch {
	case len(f.Choices) > 0:
		keys = append(keys, page.Key{Name: "← →", Label: "choose"})
	case len(d.cand) > 0 && d.completes():
		keys = append(keys, page.Key{Name: "tab", Label: "complete"})
	}
	if i := d.edited(); i >= 0 {
		keys = append(keys, page.Key{Name: "ctrl-o", Label: "open in $EDITOR"})
	}
	return keys
}

// edited is the field that ctrl-o opens: the one that is typed, or the first that
// there is; -1: none.
func (d *form) edited() int {
	if d.Fields[d.at].Editor != "" {
		return d.at
	}
	v := d.values()
	for i := range d.Fields {
		if d.Fields[i].Editor != "" && d.shown(i, v) {
			return i
		}
	}
	return -1
}

// values are what is typed now.
func (d *form) values() Values {
	v := Values{}
	for i, f := range d.Fields {
		v[f.Name] = d.lines[i].Text()
		if !f.Secret && !f.Verbatim {
			v[f.Name] = strings.TrimSpace(v[f.Name])
		}
	}
	return v
}

func (d *form) shown(i int, v Values) bool { return d.Fields[i].Shown == nil || d.Fields[i].Shown(v) }

// Paste goes into the field.
func (d *form) Paste(text string) {
	if len(d.Fields[d.at].Choices) == 0 {
		d.lines[d.at].Insert(strings.TrimRight(text, "\r\n"))
		d.changed()
	}
}

// Key handles a key; done closes the form.
func (d *form) Key(ev *tcell.EventKey) (done bool) {
	f := &d.Fields[d.at]
	switch ev.Key() {
	case tcell.KeyEscape:
		return true
	case tcell.KeyEnter:
		return d.submit()
	case tcell.KeyDown:
		d.move(+1)
	case tcell.KeyUp, tcell.KeyBacktab:
		d.move(-1)
	case tcell.KeyCtrlO:
		if i := d.edited(); i >= 0 {
			d.at = i
			d.edit()
		}
	case tcell.KeyTab:
		if !d.take() {
			d.move(+1)
		}
	default:
		if len(f.Choices) > 0 {
			d.choose(ev)
		} else if d.lines[d.at].Key(ev) {
			d.changed()
		}
	}
	return false
}

func (d *form) changed() {
	d.err, d.errs[d.at], d.taken = nil, nil, false
	d.cand = nil
	if c := d.Fields[d.at].Complete; c != nil && d.lines[d.at].Text() != "" {
		d.cand = c(d.lines[d.at].Text())
	}
}

// completes tells whether tab completes the field: what was typed of a name. What
// is empty, proposed, whole or was completed is left as it is.
func (d *form) completes() bool {
	line := &d.lines[d.at]
	return d.Fields[d.at].Complete != nil && line.Text() != "" && !line.Selected() && !d.taken &&
		!slices.Contains(d.cand, strings.TrimSpace(line.Text()))
}

// take completes the field; false: there is nothing to complete.
func (d *form) take() bool {
	if !d.completes() {
		return false
	}
	if d.cand == nil { // typed before another field was
		d.cand = d.Fields[d.at].Complete(d.lines[d.at].Text())
	}
	if len(d.cand) == 0 || !d.completes() {
		return false
	}
	d.lines[d.at].Set(d.cand[0])
	d.taken = true
	return true
}

// choose goes through the choices, or to the next that begins with a letter.
func (d *form) choose(ev *tcell.EventKey) {
	choices := d.Fields[d.at].Choices
	now := 0
	for i, c := range choices {
		if c == d.lines[d.at].Text() {
			now = i
		}
	}
	n := len(choices)
	switch page.KeyName(ev) {
	case "right", "space":
		d.lines[d.at].Set(choices[(now+1)%n])
	case "left":
		d.lines[d.at].Set(choices[(now+n-1)%n])
	default:
		for i := 1; i <= n; i++ {
			c := choices[(now+i)%n]
			if ev.Key() == tcell.KeyRune && strings.HasPrefix(strings.ToLower(c), strings.ToLower(string(ev.Rune()))) {
				d.lines[d.at].Set(c)
				break
			}
		}
	}
	d.changed()
}

func (d *form) move(by int) {
	d.check(d.at)
	v, n := d.values(), len(d.Fields)
	for range n {
		d.at = (d.at + by + n) % n
		if d.shown(d.at, v) {
			break
		}
	}
	d.cand, d.taken = nil, false
}

func (d *form) check(i int) bool {
	d.errs[i] = nil
	if c := d.Fields[i].Check; c != nil {
		d.errs[i] = c(d.values()[d.Fields[i].Name])
	}
	return d.errs[i] == nil
}

// submit hands the values over if all are right, else goes to the first that
// is not.
func (d *form) submit() bool {
	v := d.values()
	for i := range d.Fields {
		if d.shown(i, v) && !d.check(i) {
			d.at = i
			return false
		}
	}
	if d.Submit != nil {
		d.err = d.Submit(v)
		return d.err == nil
	}
	reviewFrom(d.host, d, func(ctx context.Context) (*Plan, error) { return d.Plan(ctx, v) }, d.After)
	return false
}

// Draw draws the fields, and below them what can be known about the one that
// is being typed.
func (d *form) Draw(sc tcell.Screen, x, y, w, h int) {
	th := d.host.Theme()
	draw.Text(sc, x+1, y, safe.Line(d.Title, w-2), th.Strong)
	wide := 0
	for _, f := range d.Fields {
		wide = max(wide, safe.Width(f.Label))
	}
	v := d.values()
	row, end := y+2, y+h
	end = d.drawCommand(sc, x+3, end, w-6, h, v)
	row = d.drawFields(sc, x+3, row, w-5, end-3-row, wide, v) + 1
	say := func(text string, style tcell.Style) {
		for _, l := range draw.Wrap(text, w-6) {
			if row < end {
				draw.Text(sc, x+3, row, l, style)
				row++
			}
		}
	}
	switch {
	case d.errs[d.at] != nil:
		say(safe.Error(d.errs[d.at]), th.Act)
	case d.err != nil:
		say(safe.Error(d.err), th.Act)
	case d.Fields[d.at].Help != "":
		say(d.Fields[d.at].Help, th.Dim)
	}
	if len(d.cand) > 0 {
		for i, c := range d.cand[:min(len(d.cand), 6)] {
			style := th.Dim
			if i == 0 && d.taken {
				style = th.Accent
			}
			if row < end-1 {
				draw.Text(sc, x+5+wide, row, safe.Line(c, w-wide-8), style)
				row++
			}
		}
	}
}

// moreRoom is how many columns "↑ 10 more" takes, with a space before it.
const moreRoom = 10

// drawFields draws as many fields as there is room for, the one that is being typed
// among them, and returns the row below.
func (d *form) drawFields(sc tcell.Screen, x, y, w, h, wide int, v Values) int {
	var fields []int
	for i := range d.Fields {
		if d.shown(i, v) {
			fields = append(fields, i)
		}
	}
	h = max(min(h, len(fields)), 1)
	at := max(slices.Index(fields, d.at), 0)
	d.first = min(max(d.first, at-h+1), at, len(fields)-h)
	room := w
	if h < len(fields) {
		room -= moreRoom
	}
	for row, i := range fields[d.first : d.first+h] {
		d.drawField(sc, x, y+row, room, wide, i)
	}
	more := func(row int, arrow string, n int) {
		if n > 0 {
			draw.Text(sc, x+room+1, y+row, fmt.Sprintf("%s %d more", arrow, n), d.host.Theme().Dim)
		}
	}
	more(0, "↑", d.first)
	more(h-1, "↓", len(fields)-d.first-h)
	return y + h
}

// drawCommand draws the command that does the same above end, whole where there is
// room for it and the fields, and returns where it begins.
func (d *form) drawCommand(sc tcell.Screen, x, end, w, h int, v Values) int {
	if d.Command == nil {
		return end
	}
	lines := draw.Wrap(safe.Text(d.Command(v)), w)
	fields := 0
	for i := range d.Fields {
		if d.shown(i, v) {
			fields++
		}
	}
	if room := max(h-2-fields-4, 1); len(lines) > room {
		lines = []string{safe.Line(d.Command(v), w)}
	}
	for i, l := range lines {
		draw.Text(sc, x, end-len(lines)+i, l, d.host.Theme().Dim)
	}
	return end - len(lines)
}

func (d *form) drawField(sc tcell.Screen, x, y, w, wide, i int) {
	th := d.host.Theme()
	f := d.Fields[i]
	label := th.Dim
	switch {
	case d.errs[i] != nil:
		label = th.Act
	case i == d.at:
		label = th.Accent
	}
	draw.Text(sc, x, y, f.Label, label)
	at, room := x+wide+2, w-wide-2
	text := d.lines[i].Text()
	switch {
	case len(f.Choices) > 0:
		style := th.Text
		if i == d.at {
			text, style = "‹ "+text+" ›", th.Strong
		}
		draw.Text(sc, at, y, safe.Line(text, room), style)
	case f.Secret:
		dots := strings.Repeat("•", min(len([]rune(text)), room-1))
		end := draw.Text(sc, at, y, dots, th.Text)
		if i == d.at {
			sc.ShowCursor(end, y)
		}
	case i == d.at:
		d.lines[i].Draw(sc, at, y, room, underline(th))
	case text == "":
		draw.Text(sc, at, y, "–", th.Dim)
	default:
		draw.Text(sc, at, y, safe.Line(text, room), th.Text)
	}
}

// underline shows where can be typed.
func underline(th *theme.Theme) tcell.Style { return th.Input.Underline(true) }

// capital begins a sentence.
func capital(s string) string {
	if s == "" || s[0] < 'a' || s[0] > 'z' {
		return s
	}
	return strings.ToUpper(s[:1]) + s[1:]
}
