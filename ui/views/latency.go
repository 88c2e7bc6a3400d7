package views

import (
	"fmt"

	"github.com/gdamore/tcell/v2"
	"github.com/rivo/tview"

	"kconsole/kafka"
	"kconsole/kafka/poll"
	"kconsole/ui/chart"
	"kconsole/ui/draw"
	"kconsole/ui/page"
	"kconsole/ui/safe"
	"kconsole/ui/theme"
	"kconsole/ui/units"
)

// latency shows how long the brokers take to answer.
func latency() page.View {
	return latencyFrom(func(h page.Host) []kafka.BrokerLatency {
		if s := h.Session(); s != nil && s.Cluster != nil {
			return s.Cluster.Latencies(h.State().Now)
		}
		return nil
	})
}

func latencyFrom(read func(page.Host) []kafka.BrokerLatency) page.View {
	return page.View{
		Name: "latency", Doc: "How long each broker takes to answer this console's own requests: p50 and p99 over five minutes.",
		Parent: "brokers", Keys: latencyKeys,
		New: func(h page.Host, _ page.Target) (page.Page, error) {
			return &latencyPage{Box: tview.NewBox(), host: h, read: read}, nil
		},
	}
}

var latencyKeys = []page.Key{
	{Name: "b", Label: "brokers", Help: "Show the brokers."},
	{Name: "up", Label: "", Help: "Show the broker before.", Quiet: true},
	{Name: "down", Label: "", Help: "Show the next broker.", Quiet: true},
}

type latencyPage struct {
	*tview.Box
	host  page.Host
	state page.State
	read  func(page.Host) []kafka.BrokerLatency
	first int // of the brokers that are shown
}

// The methods of page.Page.

func (*latencyPage) Title() string          { return "latency" }
func (*latencyPage) Scope() poll.Scope      { return poll.Topics }
func (p *latencyPage) Update(st page.State) { p.state = st }
func (*latencyPage) Keys() []page.Key       { return latencyKeys }
func (*latencyPage) Close()                 {}
func (p *latencyPage) Key(ev *tcell.EventKey) bool {
	switch page.KeyName(ev) {
	case "b":
		p.host.Open(page.Target{View: "brokers"})
	case "up", "k":
		p.first = max(p.first-1, 0)
	case "down", "j":
		p.first++ // drawing keeps it in its bounds
	default:
		return false
	}
	return true
}

// Fault is what the body says when nothing was ever read.
func (p *latencyPage) Fault() error {
	if p.state.Snap.Topics.Ready() {
		return nil
	}
	if err := p.state.Snap.Topics.Err; err != nil {
		return err
	}
	return p.state.Err
}

// The levels of a p99, in seconds: the poller's rounds are a few seconds apart.
const (
	slowAnswer     = 0.5
	verySlowAnswer = 2
)

// minLatencyRows is the least that a broker takes: a heading and a line.
const minLatencyRows = 4

// Draw draws two lines for each broker, p50 and p99 side by side.
func (p *latencyPage) Draw(sc tcell.Screen) {
	x, y, w, h := p.GetRect()
	th := p.host.Theme()
	draw.Spans(sc, x+1, y, w-2, draw.Span{Text: "Latency", Style: th.Strong}, draw.Span{Text: "   of this console's own requests, 5 min", Style: th.Dim})
	brokers := p.read(p.host)
	if len(brokers) == 0 {
		message := []draw.Span{{Text: "Reading from " + safe.Text(p.state.Cluster) + " …", Style: th.Dim}}
		if err := p.Fault(); err != nil {
			message = page.Explain(th, err)
		}
		page.DrawMessage(sc, th, x, y+1, w, h-1, message...)
		return
	}
	shown := max(min(len(brokers), (h-2)/minLatencyRows), 1)
	p.first = max(min(p.first, len(brokers)-shown), 0)
	rows := min((h-2)/shown-2, 8)
	row := y + 2
	for _, b := range brokers[p.first : p.first+shown] {
		if row >= y+h {
			return
		}
		p.broker(sc, x, row, w, min(rows, y+h-row-1), &b)
		row += rows + 2
	}
	if more := len(brokers) - shown; more > 0 && row <= y+h {
		draw.Text(sc, x+1, y+h-1, fmt.Sprintf("%s more: up and down", units.Plural(more, "broker")), th.Dim)
	}
}

func (p *latencyPage) broker(sc tcell.Screen, x, y, w, rows int, b *kafka.BrokerLatency) {
	th := p.host.Theme()
	level := theme.Normal
	switch {
	case b.Worst >= verySlowAnswer:
		level = theme.Act
	case b.Worst >= slowAnswer:
		level = theme.Watch
	}
	draw.Spans(sc, x+1, y, w-2,
		draw.Span{Text: fmt.Sprintf("broker %d", b.Broker), Style: th.Heading},
		draw.Span{Text: "   p50 " + shortTime(b.Median) + ", p99 " + shortTime(b.Worst), Style: th.Style(level)},
		draw.Span{Text: "   " + units.Plural(int(b.Requests), "request"), Style: th.Dim})
	half := (w - 3) / 2
	p.line(sc, x+1, y+1, half, rows, "p50", b.P50)
	p.line(sc, x+2+half, y+1, half, rows, "p99", b.P99)
}

// line draws values over time with their highest beside them.
func (p *latencyPage) line(sc tcell.Screen, x, y, w, rows int, name string, values []float64) {
	th := p.host.Theme()
	top := 0.0
	for _, v := range values {
		top = max(top, v)
	}
	for i, text := range chart.Line(values, max(w-axis-1, 1), rows, th.ASCII) {
		label := ""
		switch i {
		case 0:
			label = name + " " + shortTime(top)
		case rows - 1:
			label = "0"
		}
		draw.Text(sc, x, y+i, safe.Pad(safe.Truncate(label, axis), axis, true), th.Dim)
		draw.Text(sc, x+axis+1, y+i, text, th.Bar)
	}
}

// shortTime is a latency in at most five cells: 340µs, 1.2ms, 120ms, 2.1s.
func shortTime(seconds float64) string {
	switch ms := seconds * 1000; {
	case seconds < 0:
		return units.Dash
	case ms < 1:
		return fmt.Sprintf("%.0fµs", ms*1000)
	case ms < 10:
		return fmt.Sprintf("%.1fms", ms)
	case ms < 1000:
		return fmt.Sprintf("%.0fms", ms)
	case seconds < 10:
		return fmt.Sprintf("%.1fs", seconds)
	default:
		return fmt.Sprintf("%.0fs", seconds)
	}
}
