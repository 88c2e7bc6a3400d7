// Package reader is a page of text that is read beside the event loop: a
// schema, a description, a log. It scrolls, wraps, and filters lines.
package reader

import (
	"context"
	"regexp"
	"strings"
	"time"

	"github.com/gdamore/tcell/v2"
	"github.com/rivo/tview"

	"kconsole/kafka/poll"
	"kconsole/ui/draw"
	"kconsole/ui/page"
	"kconsole/ui/safe"
	"kconsole/ui/session"
	"kconsole/ui/theme"
	"kconsole/ui/units"
)

// MaxBytes is the most text that a page shows; the rest is cut off and said to be.
const MaxBytes = 4 << 20

// Options describe a page of text.
type Options struct {
	Title string // crumb and heading
	// Load reads the text. What it returns is sanitized here.
	Load func(context.Context, *session.Session) (Text, error)
	// Every reads it again while the page is seen; 0: once.
	Every time.Duration
	// Tabs are sibling views that tab goes through, Tab the one of this page.
	Tabs []string
	Tab  string
	// AtEnd begins at the end and stays there as long as one is there: a log.
	AtEnd bool
	// Actions are further keys.
	Actions []Action
	Target  page.Target
}

// Text is what a page shows.
type Text struct {
	Head []string // short lines above, about the whole
	Body string
}

// Action is a further key of a page.
type Action struct {
	page.Key
	Do func()
}

// Page is the page.
type Page struct {
	*tview.Box
	host  page.Host
	o     Options
	state page.State

	text   Text
	lines  []string
	at     time.Time
	err    error
	busy   bool
	begun  time.Time
	ctx    context.Context //nolint:containedctx // it ends with the page
	cancel context.CancelFunc

	filter  *regexp.Regexp
	pattern string
	shown   []string
	rows    []string // shown, wrapped to width
	width   int
	noWrap  bool
	offset  int
	height  int
	toEnd   bool // at the next frame
}

// New makes a page that reads as soon as there is a connection.
func New(h page.Host, o Options) *Page {
	p := &Page{Box: tview.NewBox(), host: h, o: o}
	p.ctx, p.cancel = context.WithCancel(context.Background())
	return p
}

// Title is the crumb.
func (p *Page) Title() string { return p.o.Title }

// Scope needs nothing of the poller.
func (p *Page) Scope() poll.Scope { return poll.Topics }

// Close ends a read that is under way.
func (p *Page) Close() { p.cancel() }

// Fault is what the body says.
func (p *Page) Fault() error {
	if p.at.IsZero() {
		if p.err != nil {
			return p.err
		}
		return p.state.Err
	}
	return nil
}

// Update reads if it is time to.
func (p *Page) Update(st page.State) {
	p.state = st
	s := p.host.Session()
	if s == nil || p.busy || !p.begun.IsZero() && (p.o.Every <= 0 || st.Now.Sub(p.begun) < p.o.Every) {
		return
	}
	p.busy, p.begun = true, st.Now
	p.host.Loop().Go(func() {
		text, err := p.o.Load(p.ctx, s)
		p.host.Loop().Post(func() {
			if p.ctx.Err() == nil {
				p.loaded(text, err)
			}
		})
	})
}

// Refresh reads now.
func (p *Page) Refresh() {
	p.begun = time.Time{}
	p.Update(p.state)
}

func (p *Page) loaded(text Text, err error) {
	p.busy, p.err = false, err
	if err != nil {
		return
	}
	// A log that one stands at the end of stays at its end.
	p.toEnd = p.o.AtEnd && (p.at.IsZero() || p.offset+p.height >= len(p.rows))
	p.text, p.at = text, p.host.State().Now
	body := text.Body
	if len(body) > MaxBytes {
		body = body[:MaxBytes] + "\n… cut off here: there is more than 4 MB of it"
	}
	p.lines = strings.Split(strings.TrimRight(safe.Block(body), "\n"), "\n")
	p.narrow()
}

// Filter is the filter in force.
func (p *Page) Filter() string { return p.pattern }

// SetFilter shows only lines that match a regular expression.
func (p *Page) SetFilter(text string) error {
	if text == "" {
		p.filter, p.pattern = nil, ""
		p.narrow()
		return nil
	}
	re, err := regexp.Compile("(?i)" + text)
	if err != nil {
		return err
	}
	p.filter, p.pattern = re, text
	p.narrow()
	return nil
}

// narrow takes the lines that the filter lets through.
func (p *Page) narrow() {
	p.shown = p.lines
	if p.filter != nil {
		p.shown = nil
		for _, l := range p.lines {
			if p.filter.MatchString(l) {
				p.shown = append(p.shown, l)
			}
		}
	}
	p.width = 0 // wrap anew
}

var keys = []page.Key{
	{Name: "/", Label: "filter", Help: "Show only lines that match a regular expression."},
	{Name: "w", Label: "wrap", Help: "Wrap long lines, or cut them off."},
	{Name: "c", Label: "copy", Help: "Copy the text to the clipboard (OSC 52)."},
}

// Keys lists what can be done.
func (p *Page) Keys() []page.Key {
	var out []page.Key
	for _, a := range p.o.Actions {
		out = append(out, a.Key)
	}
	if len(p.o.Tabs) > 1 {
		out = append(out, page.TabKey)
	}
	return append(out, keys...)
}

// Key handles a key.
func (p *Page) Key(ev *tcell.EventKey) bool {
	name := page.KeyName(ev)
	for _, a := range p.o.Actions {
		if a.Name == name {
			if a.Off != "" {
				p.host.Say(theme.Watch, a.Label+": "+a.Off)
				return true
			}
			a.Do()
			return true
		}
	}
	switch name {
	case "down", "j":
		p.offset++
	case "up", "k":
		p.offset--
	case "pgdn", "space", "ctrl-f":
		p.offset += p.height
	case "pgup", "ctrl-b":
		p.offset -= p.height
	case "home", "g":
		p.offset = 0
	case "end", "shift-g":
		p.offset = len(p.rows)
	case "w":
		p.noWrap = !p.noWrap
		p.width = 0
	case "c":
		p.host.Copy(p.text.Body)
		p.host.Say(theme.Fine, "copied")
	case "tab", "shift-tab":
		if next, ok := page.NextTab(p.o.Tabs, p.o.Target.View, name == "tab"); ok {
			p.host.Replace(page.Target{View: next, Args: p.o.Target.Args})
			return true
		}
		return false
	case "esc":
		if p.filter == nil {
			return false
		}
		return p.SetFilter("") == nil
	default:
		return false
	}
	return true
}

// Draw draws heading, head and the visible lines.
func (p *Page) Draw(sc tcell.Screen) {
	x, y, w, h := p.GetRect()
	th := p.host.Theme()
	spans := []draw.Span{{Text: safe.Line(p.o.Title, w-2), Style: th.Strong}}
	spans = append(spans, page.TabSpans(p.host, p.o.Tabs, p.o.Target.View)...)
	if p.pattern != "" {
		spans = append(spans, draw.Span{Text: "  /" + safe.Text(p.pattern), Style: th.Match})
	}
	draw.Spans(sc, x+1, y, w-2, spans...)
	y, h = y+1, h-1
	if p.at.IsZero() {
		page.DrawMessage(sc, th, x, y, w, h, p.waiting()...)
		return
	}
	for _, line := range p.text.Head {
		if h > 2 {
			draw.Text(sc, x+1, y, safe.Line(line, w-2), th.Dim)
			y, h = y+1, h-1
		}
	}
	if len(p.text.Head) > 0 && h > 2 {
		y, h = y+1, h-1
	}
	p.layout(w - 2)
	p.height = h
	if p.toEnd {
		p.offset, p.toEnd = len(p.rows), false
	}
	p.offset = max(min(p.offset, len(p.rows)-h), 0)
	if len(p.shown) == 0 {
		page.DrawMessage(sc, th, x, y, w, h,
			draw.Span{Text: "No match among " + units.Plural(len(p.lines), "line") + ".", Style: th.Text}, draw.Span{Text: "esc clears the filter.", Style: th.Dim})
		return
	}
	for i := 0; i < h && p.offset+i < len(p.rows); i++ {
		draw.Text(sc, x+1, y+i, safe.Truncate(p.rows[p.offset+i], w-2), th.Text)
	}
}

func (p *Page) waiting() []draw.Span {
	th := p.host.Theme()
	if err := p.Fault(); err != nil {
		return page.Explain(th, err)
	}
	return []draw.Span{{Text: "Reading …", Style: th.Dim}}
}

// layout wraps the lines that are shown to a width.
func (p *Page) layout(w int) {
	if p.width == w {
		return
	}
	p.width = w
	if p.noWrap {
		p.rows = p.shown
		return
	}
	p.rows = nil
	for _, l := range p.shown {
		for safe.Width(l) > w {
			var head string
			head, l = safe.Cut(l, w)
			p.rows = append(p.rows, head)
		}
		p.rows = append(p.rows, l)
	}
}
