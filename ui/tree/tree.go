// Package tree is a page with a tree: things that are opened to show what is in
// them. The rows that are seen are made from the nodes that are open; nodes that
// were never opened cost nothing but their line.
package tree

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gdamore/tcell/v2"
	"github.com/rivo/tview"

	"kconsole/kafka/poll"
	"kconsole/ui/draw"
	"kconsole/ui/page"
	"kconsole/ui/safe"
	"kconsole/ui/theme"
	"kconsole/ui/units"
)

// Node is one thing of a tree.
type Node struct {
	ID     string // unique among its siblings
	Text   string // its name; sanitized when it is drawn
	Detail string // what else there is to say about it
	Level  theme.Level
	Target page.Target // what enter on a leaf, and o, open; no view: nothing
	// Children makes what is in it; nil: it is a leaf. Count is how many there are.
	Children func() []Node
	Count    int
}

// Result is what a tree is made from.
type Result struct {
	Roots []Node
	Ready bool  // it was ever read
	Err   error // why the newest attempt failed
}

// Spec describes a tree.
type Spec struct {
	Title  string
	Crumb  string
	Scope  poll.Scope
	Target page.Target
	Tabs   []string // sibling views that tab goes through
	Roots  func(page.State) Result
	Empty  string
}

// Keys are the keys of every tree.
var Keys = []page.Key{
	{Name: "enter", Label: "open", Help: "Show or hide what is in it; a leaf is opened as a screen of its own."},
	{Name: "o", Label: "go to", Help: "Open it as a screen of its own."},
	{Name: "/", Label: "filter", Help: "Show only what is named like that, among what is open: text, or !text for the contrary."},
	{Name: "right", Quiet: true, Help: "Show what is in it."},
	{Name: "left", Quiet: true, Help: "Hide what is in it, or go to what it lies in."},
	{Name: "*", Label: "all", Help: "Show everything down to the leaves, or only the roots again."},
	{Name: "ctrl-z", Label: "faults", Help: "Show only what needs attention."},
	{Name: "c", Quiet: true, Help: "Copy the name to the clipboard (OSC 52)."},
}

// row is a node on the screen.
type row struct {
	node  Node
	path  string // of ids, which names it among all
	depth int
	last  []bool // for each depth: no sibling follows
}

// Page is the page.
type Page struct {
	*tview.Box
	host  page.Host
	spec  Spec
	state page.State

	result  Result
	rows    []row
	open    map[string]bool // by path
	all     bool
	faults  bool
	pattern string
	at      int
	top     int
	height  int
}

// New makes a page.
func New(h page.Host, s Spec) *Page {
	return &Page{Box: tview.NewBox(), host: h, spec: s, open: map[string]bool{}}
}

// Title is the crumb.
func (p *Page) Title() string { return p.spec.Crumb }

// Scope is what the poller has to read.
func (p *Page) Scope() poll.Scope { return p.spec.Scope }

// Close has nothing to end.
func (p *Page) Close() {}

// Keys lists what can be done.
func (p *Page) Keys() []page.Key {
	keys := slices.Clone(Keys)
	if len(p.spec.Tabs) > 1 {
		keys = append(keys, page.TabKey)
	}
	return keys
}

// Fault is what the body says when nothing was ever read.
func (p *Page) Fault() error {
	if p.result.Ready {
		return nil
	}
	if p.result.Err != nil {
		return p.result.Err
	}
	return p.state.Err
}

// Update takes a new state; the cursor stays on what it was on.
func (p *Page) Update(st page.State) {
	p.state = st
	p.result = p.spec.Roots(st)
	p.lay()
}

// Filter is the filter in force.
func (p *Page) Filter() string { return p.pattern }

// SetFilter narrows the tree.
func (p *Page) SetFilter(text string) error {
	p.pattern = text
	p.lay()
	return nil
}

// maxRows is the most lines that a tree has: more is not looked through by
// scrolling, but by a filter.
const maxRows = 50_000

// lay makes the rows anew.
func (p *Page) lay() {
	path := ""
	if p.at < len(p.rows) {
		path = p.rows[p.at].path
	}
	p.rows = p.rows[:0]
	p.add(p.result.Roots, "", nil, false)
	for i := range p.rows {
		if p.rows[i].path == path {
			p.at = i
			return
		}
	}
	p.at = max(min(p.at, len(p.rows)-1), 0)
}

// add appends nodes that are to be seen, and what is open in them; with force,
// whatever they are named, because what they lie in was looked for. It tells
// whether it appended any.
func (p *Page) add(nodes []Node, under string, last []bool, force bool) bool {
	at := -1 // the newest of these nodes
	for i := range nodes {
		n := &nodes[i]
		if len(p.rows) >= maxRows {
			break
		}
		path := under + "\x00" + n.ID
		begin := len(p.rows)
		self := p.passes(n, force)
		p.rows = append(p.rows, row{node: *n, path: path, depth: len(last), last: append(slices.Clone(last), false)})
		inside := false
		if n.Children != nil && (p.all || p.open[path] || p.faults && n.Level >= theme.Watch) {
			inside = p.add(n.Children(), path, p.rows[begin].last, self)
		}
		if !self && !inside {
			p.rows = p.rows[:begin]
			continue
		}
		at = begin
	}
	if at < 0 {
		return false
	}
	// The newest has no sibling below: its own line and those under it say so.
	for i := at; i < len(p.rows); i++ {
		p.rows[i].last[len(last)] = true
	}
	return true
}

func (p *Page) narrowed() bool { return p.faults || strings.Trim(p.pattern, "! ") != "" }

// passes tells whether a node is to be seen for its own sake.
func (p *Page) passes(n *Node, force bool) bool {
	if p.faults && n.Level < theme.Watch {
		return false
	}
	text := strings.TrimSpace(p.pattern)
	inverse := strings.HasPrefix(text, "!")
	text = strings.ToLower(strings.TrimPrefix(text, "!"))
	return force || text == "" || strings.Contains(strings.ToLower(n.Text), text) != inverse
}

// Key moves, opens and closes.
func (p *Page) Key(ev *tcell.EventKey) bool {
	name := page.KeyName(ev)
	to := p.at
	switch name {
	case "down", "j":
		to++
	case "up", "k":
		to--
	case "pgdn", "ctrl-f":
		to += p.height
	case "pgup", "ctrl-b":
		to -= p.height
	case "home", "g":
		to = 0
	case "end", "shift-g":
		to = len(p.rows) - 1
	case "*":
		p.all = !p.all
		if !p.all {
			clear(p.open)
		}
		p.lay()
	case "ctrl-z":
		p.faults = !p.faults
		p.lay()
	case "tab", "shift-tab":
		return p.tab(name == "tab")
	case "esc":
		return p.letGo()
	case "enter", "o", "right", "left", "c":
		if p.at < len(p.rows) {
			p.act(name, p.rows[p.at])
		}
		return true
	default:
		return false
	}
	p.at = max(min(to, len(p.rows)-1), 0)
	return true
}

// act does something with the row under the cursor.
func (p *Page) act(name string, r row) {
	leaf := r.node.Children == nil
	switch {
	case name == "c":
		p.host.Copy(r.node.Text)
		p.host.Say(theme.Fine, "copied 1 name")
	case name == "left" && (leaf || !p.open[r.path]):
		for i := p.at - 1; i >= 0; i-- {
			if p.rows[i].depth < r.depth {
				p.at = i
				break
			}
		}
	case name == "o", name == "enter" && leaf:
		if r.node.Target.View == "" {
			p.host.Say(theme.Normal, "there is nothing more to show")
			return
		}
		p.host.Open(r.node.Target)
	case !leaf:
		p.open[r.path] = name == "right" || name == "enter" && !p.open[r.path]
		p.lay()
	}
}

func (p *Page) tab(forward bool) bool {
	next, ok := page.NextTab(p.spec.Tabs, p.spec.Target.View, forward)
	if ok {
		p.host.Replace(page.Target{View: next, Args: p.spec.Target.Args})
	}
	return ok
}

// letGo takes back what narrows the tree; false: nothing does.
func (p *Page) letGo() bool {
	switch {
	case p.pattern != "":
		return p.SetFilter("") == nil
	case p.faults:
		p.faults = false
		p.lay()
		return true
	}
	return false
}

// memory is how a tree was left.
type memory struct {
	open        map[string]bool
	all, faults bool
	pattern     string
	at          int
}

// Memory and Recall make it a page.Rememberer.
func (p *Page) Memory() any { return memory{p.open, p.all, p.faults, p.pattern, p.at} }

// Recall puts the tree back as it was left.
func (p *Page) Recall(was any) {
	if m, ok := was.(memory); ok {
		p.open, p.all, p.faults, p.pattern, p.at = m.open, m.all, m.faults, m.pattern, m.at
	}
}

// MouseHandler scrolls, and chooses what is clicked; a second click opens it.
func (p *Page) MouseHandler() func(tview.MouseAction, *tcell.EventMouse, func(tview.Primitive)) (bool, tview.Primitive) {
	return p.WrapMouseHandler(func(a tview.MouseAction, ev *tcell.EventMouse, _ func(tview.Primitive)) (bool, tview.Primitive) {
		_, y, _, _ := p.GetRect()
		_, my := ev.Position()
		switch a {
		case tview.MouseLeftClick:
			if at := p.top + my - y - 1; my > y && at < len(p.rows) {
				p.at = at
			}
		case tview.MouseLeftDoubleClick:
			p.Key(tcell.NewEventKey(tcell.KeyEnter, 0, tcell.ModNone))
		case tview.MouseScrollDown:
			p.at = max(min(p.at+3, len(p.rows)-1), 0)
		case tview.MouseScrollUp:
			p.at = max(p.at-3, 0)
		default:
			return false, nil
		}
		return true, nil
	})
}

// Draw draws the heading and the lines that are visible.
func (p *Page) Draw(sc tcell.Screen) {
	x, y, w, h := p.GetRect()
	th := p.host.Theme()
	head := []draw.Span{{Text: fmt.Sprintf("%s (%s)", p.spec.Title, units.Exact(int64(len(p.result.Roots)))), Style: th.Strong}}
	head = append(head, page.TabSpans(p.host, p.spec.Tabs, p.spec.Target.View)...)
	if p.pattern != "" {
		head = append(head, draw.Span{Text: "  /" + safe.Text(p.pattern), Style: th.Match})
	}
	if p.faults {
		head = append(head, draw.Span{Text: "  faults only", Style: th.Watch})
	}
	draw.Spans(sc, x+1, y, w-2, head...)
	y, h = y+1, h-1
	if len(p.rows) == 0 {
		page.DrawMessage(sc, th, x, y, w, h, p.message(th))
		return
	}
	p.height = max(h, 1)
	p.top = max(min(p.top, len(p.rows)-p.height), 0)
	p.top = min(max(p.top, p.at-p.height+1), p.at)
	for i := p.top; i < min(len(p.rows), p.top+h); i++ {
		p.line(sc, th, x, y+i-p.top, w, i)
	}
}

func (p *Page) message(th *theme.Theme) draw.Span {
	err := p.Fault()
	switch {
	case err != nil:
		return draw.Span{Text: safe.Error(err), Style: th.Act}
	case !p.result.Ready:
		return draw.Span{Text: "Reading from " + safe.Text(p.state.Cluster) + " …", Style: th.Dim}
	case p.narrowed():
		return draw.Span{Text: "Nothing here is like that. esc shows everything again.", Style: th.Text}
	}
	return draw.Span{Text: p.spec.Empty, Style: th.Dim}
}

func (p *Page) line(sc tcell.Screen, th *theme.Theme, x, y, w, i int) {
	r := p.rows[i]
	over := func(s tcell.Style) tcell.Style { return s }
	if i == p.at {
		draw.Fill(sc, x, y, w, ' ', th.Selected)
		over = th.Over
	}
	text := th.Style(r.node.Level)
	sign := "  "
	switch {
	case r.node.Children == nil:
	case i+1 < len(p.rows) && p.rows[i+1].depth > r.depth:
		sign = "▾ "
	default:
		sign = "▸ "
	}
	spans := []draw.Span{{Text: r.lines(), Style: over(th.Rule)}, {Text: sign, Style: over(th.Dim)}, {Text: safe.Line(r.node.Text, max(w/2, 20)), Style: over(text)}}
	if r.node.Children != nil {
		spans = append(spans, draw.Span{Text: " (" + units.Exact(int64(r.node.Count)) + ")", Style: over(th.Dim)})
	}
	if r.node.Detail != "" {
		detail := th.Dim
		if r.node.Level >= theme.Watch {
			detail = text
		}
		spans = append(spans, draw.Span{Text: "  " + safe.Line(r.node.Detail, w), Style: over(detail)})
	}
	draw.Spans(sc, x+1, y, w-2, spans...)
}

// lines are the branches in front of a node, and whether it can be opened.
func (r row) lines() string {
	var b strings.Builder
	for d := 1; d < r.depth; d++ {
		if r.last[d] {
			b.WriteString("   ")
		} else {
			b.WriteString("│  ")
		}
	}
	if r.depth > 0 {
		if r.last[r.depth] {
			b.WriteString("└─ ")
		} else {
			b.WriteString("├─ ")
		}
	}
	return b.String()
}
