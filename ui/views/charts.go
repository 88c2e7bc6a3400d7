package views

import (
	"fmt"
	"strconv"

	"github.com/gdamore/tcell/v2"
	"github.com/rivo/tview"

	"kconsole/kafka/poll"
	"kconsole/ui/chart"
	"kconsole/ui/draw"
	"kconsole/ui/events"
	"kconsole/ui/page"
	"kconsole/ui/safe"
	"kconsole/ui/theme"
	"kconsole/ui/units"
)

// chartSpec is a page of charts about one thing.
type chartSpec struct {
	view, tab, doc, title string
	arg                   page.Arg
	parent                string
	tabs                  []string
	scope                 poll.Scope
	// missing says that it is not there now, values are what is drawn over time and
	// bars what is compared; the words say what those are.
	missing  func(page.State, string) error
	part     func(page.State) (ready bool, err error)
	values   func(page.State, string) []float32
	over     string
	write    func(float64) string
	bars     func(page.State, string) []bar
	compared string
	events   bool // the newest events about it follow
}

// bar is one thing that is compared with others.
type bar struct {
	name  string
	value float64
	text  string
	level theme.Level
}

// topicChart shows the rate of a topic, how even its partitions are, and what
// has happened to its replicas.
func topicChart() page.View {
	return chartSpec{
		view: "topicchart", tab: "charts", title: "Charts", doc: "One topic: its rate over five minutes, how even its partitions are, and what happened to its replicas.",
		arg: page.Topic, parent: "topics", tabs: topicTabs, scope: poll.Topics | poll.Offsets | poll.Sizes,
		missing: noTopic,
		part:    func(st page.State) (bool, error) { return st.Snap.Topics.Ready(), st.Snap.Topics.Err },
		values:  func(st page.State, name string) []float32 { return st.Snap.History.TopicRates(name, st.Now) },
		over:    "records in a second, 5 min", write: units.Rate, compared: "bytes of each partition", events: true,
		bars: func(st page.State, name string) []bar {
			var out []bar
			for i := range st.Snap.Topic(name).Partitions {
				p := &st.Snap.Topic(name).Partitions[i]
				out = append(out, bar{"p" + strconv.Itoa(int(p.ID)), float64(p.Bytes), units.Bytes(p.Bytes), partitionLevel(p)})
			}
			return out
		},
	}.page()
}

// groupChart shows the lag of a group, and where it is.
func groupChart() page.View {
	return chartSpec{
		view: "groupchart", tab: "charts", title: "Charts", doc: "One group: its lag over five minutes, and which partitions it is on.",
		arg: page.Group, parent: "groups", tabs: groupTabs, scope: poll.Topics | poll.Groups | poll.Lag,
		missing: noGroup,
		part:    func(st page.State) (bool, error) { return st.Snap.Groups.Ready(), st.Snap.Groups.Err },
		values:  func(st page.State, name string) []float32 { return st.Snap.History.GroupLags(name, st.Now) },
		over:    "lag in records, 5 min", write: func(v float64) string { return units.Count(int64(v)) }, compared: "lag of each partition",
		bars: func(st page.State, name string) []bar {
			var out []bar
			g := st.Snap.Group(name)
			for i := range g.Offsets {
				o := &g.Offsets[i]
				out = append(out, bar{fmt.Sprintf("%s p%d", o.Topic, o.Partition), float64(o.Lag()), units.Exact(o.Lag()), lagLevel(lagRow{GroupOffset: o})})
			}
			return out
		},
	}.page()
}

func (c chartSpec) page() page.View {
	return page.View{
		Name: c.view, Tab: c.tab, Doc: c.doc, Args: []page.Arg{c.arg}, Parent: c.parent, Keys: chartKeys,
		New: func(h page.Host, t page.Target) (page.Page, error) {
			return &chartPage{Box: tview.NewBox(), host: h, spec: c, target: t}, nil
		},
	}
}

var chartKeys = []page.Key{page.TabKey}

type chartPage struct {
	*tview.Box
	host   page.Host
	spec   chartSpec
	target page.Target
	state  page.State
}

// The methods of page.Page.

func (p *chartPage) Title() string        { return p.target.Arg(0) }
func (p *chartPage) Scope() poll.Scope    { return p.spec.scope }
func (p *chartPage) Update(st page.State) { p.state = st }
func (p *chartPage) Keys() []page.Key     { return chartKeys }
func (p *chartPage) Close()               {}

// Key goes to the sibling views.
func (p *chartPage) Key(ev *tcell.EventKey) bool {
	name := page.KeyName(ev)
	if name != "tab" && name != "shift-tab" {
		return false
	}
	next, ok := page.NextTab(p.spec.tabs, p.spec.view, name == "tab")
	if ok {
		p.host.Replace(page.Target{View: next, Args: p.target.Args})
	}
	return ok
}

// Fault is what the body says when nothing was ever read.
func (p *chartPage) Fault() error {
	ready, err := p.spec.part(p.state)
	switch {
	case ready:
		return nil
	case err != nil:
		return err
	}
	return p.state.Err
}

// Draw draws the line, the bars and the events one below the other.
func (p *chartPage) Draw(sc tcell.Screen) {
	x, y, w, h := p.GetRect()
	th := p.host.Theme()
	head := []draw.Span{{Text: p.spec.title, Style: th.Strong}}
	draw.Spans(sc, x+1, y, w-2, append(head, page.TabSpans(p.host, p.spec.tabs, p.spec.view)...)...)
	if ready, _ := p.spec.part(p.state); !ready || p.spec.missing(p.state, p.target.Arg(0)) != nil {
		p.message(sc, x, y+1, w, h-1, ready)
		return
	}
	row, end := y+2, y+h
	row = p.line(sc, x, row, w, min(max((h-4)/3, 3), 10))
	row = p.compare(sc, x, row+1, w, end)
	if p.spec.events {
		p.happened(sc, x, row+1, w, end)
	}
}

func (p *chartPage) message(sc tcell.Screen, x, y, w, h int, ready bool) {
	th := p.host.Theme()
	text := []draw.Span{{Text: "Reading from " + safe.Text(p.state.Cluster) + " …", Style: th.Dim}}
	err := p.Fault()
	if ready {
		err = p.spec.missing(p.state, p.target.Arg(0))
	}
	if err != nil {
		text = page.Explain(th, err)
	}
	page.DrawMessage(sc, th, x, y, w, h, text...)
}

// axis is the width of the figures beside a line.
const axis = 9

// line draws the values over time, with the highest and the newest.
func (p *chartPage) line(sc tcell.Screen, x, y, w, h int) int {
	th := p.host.Theme()
	var values []float64
	top, newest := -1.0, -1.0
	for _, v := range p.spec.values(p.state, p.target.Arg(0)) {
		values = append(values, float64(v))
		if v >= 0 {
			top, newest = max(top, float64(v)), float64(v)
		}
	}
	figures := []draw.Span{{Text: p.spec.over, Style: th.Heading}}
	if newest >= 0 {
		figures = append(figures, draw.Span{Text: "   now " + p.spec.write(newest) + ", highest " + p.spec.write(top), Style: th.Text})
	}
	if gapped(values) {
		figures = append(figures, draw.Span{Text: "   gaps: not read then", Style: th.Dim})
	}
	draw.Spans(sc, x+1, y, w-2, figures...)
	if newest < 0 {
		draw.Text(sc, x+3, y+1, "Nothing is known yet: two reads are needed, a few seconds apart.", th.Dim)
		return y + 2
	}
	rows := chart.Line(values, max(w-axis-4, 1), h, th.ASCII)
	for i, text := range rows {
		label := ""
		switch i {
		case 0:
			label = p.spec.write(top)
		case len(rows) - 1:
			label = "0"
		}
		draw.Text(sc, x+1, y+1+i, safe.Pad(label, axis, true), th.Dim)
		draw.Text(sc, x+axis+3, y+1+i, text, th.Bar)
	}
	return y + 1 + len(rows)
}

// gapped tells whether nothing is known of some time between two that are known:
// nobody looked then, which is not zero.
func gapped(values []float64) bool {
	known, gap := false, false
	for _, v := range values {
		if v >= 0 && gap {
			return true
		}
		known = known || v >= 0
		gap = known && v < 0
	}
	return false
}

// compare draws a bar for each part, and says how uneven they are.
func (p *chartPage) compare(sc tcell.Screen, x, y, w, end int) int {
	th := p.host.Theme()
	bars := p.spec.bars(p.state, p.target.Arg(0))
	most, sum, name, figure := 0.0, 0.0, 0, 0
	for _, b := range bars {
		most, sum = max(most, b.value), sum+max(b.value, 0)
		name, figure = max(name, safe.Width(safe.Line(b.name, w/3))), max(figure, safe.Width(b.text))
	}
	head := []draw.Span{{Text: p.spec.compared, Style: th.Heading}}
	if n := float64(len(bars)); sum > 0 && n > 1 {
		level := theme.Normal
		if most*n/sum >= 2 {
			level = theme.Watch
		}
		head = append(head, draw.Span{Text: fmt.Sprintf("   the largest has %.1f times the mean", most*n/sum), Style: th.Style(level)})
	}
	draw.Spans(sc, x+1, y, w-2, head...)
	room := end - y - 1
	if p.spec.events {
		room -= p.replicaRows() + 4
	}
	for i, b := range bars {
		if i >= room-1 && len(bars) > room {
			draw.Text(sc, x+3, y+1+i, fmt.Sprintf("… and %d more", len(bars)-i), th.Dim)
			return y + 2 + i
		}
		style := th.Bar
		if b.level >= theme.Watch {
			style = th.Style(b.level)
		}
		text := units.Bar(b.value, most, max(w-name-figure-8, 1))
		if th.ASCII {
			text = asciiBar(text)
		}
		draw.Spans(sc, x+3, y+1+i, w-4,
			draw.Span{Text: safe.Pad(safe.Line(b.name, w/3), name, false) + "  ", Style: th.Text},
			draw.Span{Text: safe.Pad(b.text, figure, true) + "  ", Style: th.Text}, draw.Span{Text: text, Style: style})
	}
	return y + 1 + len(bars)
}

// asciiBar is a bar in characters that every terminal has.
func asciiBar(blocks string) string {
	out := make([]byte, 0, len(blocks))
	for range blocks {
		out = append(out, '#')
	}
	return string(out)
}

// happened draws the replicas over time, and lists the newest changes of leaders
// and ISR, as far as there is room.
func (p *chartPage) happened(sc tcell.Screen, x, y, w, end int) {
	th := p.host.Theme()
	if y >= end-1 {
		return
	}
	row := p.replicas(sc, x, y, w, end)
	quiet := row
	for _, e := range p.state.Events.Events() {
		if e.Name != p.target.Arg(0) || e.Kind != events.Leader && e.Kind != events.ISR {
			continue
		}
		if row >= end {
			return
		}
		draw.Spans(sc, x+3, row, w-4, draw.Span{Text: p.state.Time(e.At) + "  ", Style: th.Dim}, draw.Span{Text: safe.Line(e.What, w), Style: th.Style(e.Level)})
		row++
	}
	if row == quiet && row < end {
		draw.Text(sc, x+3, row, "nothing has changed since the console was opened", th.Dim)
	}
}
