package views

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/gdamore/tcell/v2"
	"github.com/rivo/tview"

	"kconsole/kafka"
	"kconsole/kafka/poll"
	"kconsole/ui/draw"
	"kconsole/ui/page"
	"kconsole/ui/safe"
	"kconsole/ui/theme"
	"kconsole/ui/units"
)

// pulse shows the cluster's health at a glance.
func pulse() page.View {
	return page.View{
		Name: "pulse", Doc: "The cluster at a glance: brokers, replicas, throughput, the busiest topics, the groups that lag most.",
		Keys: pulseKeys,
		New: func(h page.Host, _ page.Target) (page.Page, error) {
			return &pulsePage{Box: tview.NewBox(), host: h}, nil
		},
	}
}

var pulseKeys = []page.Key{
	{Name: "t", Label: "topics", Help: "Show all topics."},
	{Name: "b", Label: "brokers", Help: "Show the brokers."},
	{Name: "l", Label: "groups", Help: "Show the groups and their lag."},
	{Name: "e", Label: "events", Help: "Show what has changed."},
}

type pulsePage struct {
	*tview.Box
	host  page.Host
	state page.State
}

// Title is the crumb.
func (*pulsePage) Title() string { return "pulse" }

// Scope is everything that a glance takes in.
func (*pulsePage) Scope() poll.Scope { return poll.Topics | poll.Offsets | poll.Groups | poll.Lag }

// Update takes the newest state.
func (p *pulsePage) Update(st page.State) { p.state = st }

// Keys are where one may want to go from here.
func (*pulsePage) Keys() []page.Key { return pulseKeys }

// Close has nothing to end.
func (*pulsePage) Close() {}

// Fault is what the body says when nothing was ever read.
func (p *pulsePage) Fault() error {
	if p.state.Snap.Topics.Ready() {
		return nil
	}
	return cmp.Or(p.state.Snap.Topics.Err, p.state.Err)
}

// Key goes to the screen that says more.
func (p *pulsePage) Key(ev *tcell.EventKey) bool {
	view, ok := map[string]string{"t": "topics", "b": "brokers", "l": "groups", "e": "events"}[page.KeyName(ev)]
	if ok {
		p.host.Open(page.Target{View: view})
	}
	return ok
}

// chartWidth is how many characters the throughput of five minutes takes.
const chartWidth = 30

// Draw draws the blocks one below the other, as far as they fit.
func (p *pulsePage) Draw(sc tcell.Screen) {
	x, y, w, h := p.GetRect()
	th, snap := p.host.Theme(), p.state.Snap
	if !snap.Topics.Ready() {
		draw.Text(sc, x+1, y, "Pulse", th.Strong)
		message := []draw.Span{{Text: "Reading from " + safe.Text(p.state.Cluster) + " …", Style: th.Dim}}
		if err := p.Fault(); err != nil {
			message = page.Explain(th, err)
		}
		page.DrawMessage(sc, th, x, y, w, h, message...)
		return
	}
	row := y
	for _, line := range p.lines(th, max((h-9)/2, 2), w) {
		if row >= y+h {
			return
		}
		draw.Spans(sc, x+1, row, w-2, line...)
		row++
	}
}

// lines are the whole page, with so many topics and groups.
func (p *pulsePage) lines(th *theme.Theme, most, width int) [][]draw.Span {
	snap := p.state.Snap
	under, offline, partitions := 0, 0, 0
	rate := 0.0
	for i := range snap.Topics.Rows {
		t := &snap.Topics.Rows[i]
		under += t.UnderReplicated()
		offline += t.Offline()
		partitions += len(t.Partitions)
		rate += max(t.InRate, 0)
	}
	up, all := snap.Cluster.Up(), len(p.state.Brokers())
	chart := spark64(snap.History.ClusterRates(p.state.Now), chartWidth)
	name := max(min(width/2, 50), 16)
	out := [][]draw.Span{
		{{Text: "Pulse", Style: th.Strong}},
		nil,
		fact(th, "brokers", fmt.Sprintf("%d of %d up", up, all), worst(up < all, theme.Act)),
		fact(th, "partitions", fmt.Sprintf("%s in %s", units.Exact(int64(partitions)), plural(len(snap.Topics.Rows), "topic")), theme.Normal),
		fact(th, "replicas", replicas(under, offline), max(worst(under > 0, theme.Watch), worst(offline > 0, theme.Act))),
		append(fact(th, "records in", units.Rate(rate)+"/s", theme.Normal), draw.Span{Text: "   " + chart, Style: th.Bar}),
		nil,
		{{Text: safe.Pad("busiest topics", name, false), Style: th.Heading}, {Text: safe.Pad("IN/s", 10, true), Style: th.Heading}},
	}
	for _, t := range busiest(snap.Topics.Rows, most) {
		out = append(out, []draw.Span{{Text: safe.Pad(safe.Line(t.Name, name), name, false), Style: th.Text}, {Text: safe.Pad(units.Rate(t.InRate), 10, true), Style: th.Text}})
	}
	out = append(out, nil, []draw.Span{{Text: safe.Pad("groups that lag most", name, false), Style: th.Heading}, {Text: safe.Pad("LAG", 10, true), Style: th.Heading}})
	for _, g := range lagging(snap.Groups.Rows, most) {
		level := groupLevel(groupRow{Group: g})
		out = append(out, []draw.Span{
			{Text: safe.Pad(safe.Line(g.ID, name), name, false), Style: th.Text},
			{Text: safe.Pad(units.Count(g.Lag()), 10, true), Style: th.Style(level)},
			{Text: "  " + safe.Line(g.State, 20), Style: th.Style(level)},
		})
	}
	return out
}

func fact(th *theme.Theme, name, value string, level theme.Level) []draw.Span {
	return []draw.Span{{Text: safe.Pad(name, 14, false), Style: th.Dim}, {Text: value, Style: th.Style(level)}}
}

func worst(is bool, level theme.Level) theme.Level {
	if is {
		return level
	}
	return theme.Normal
}

func replicas(under, offline int) string {
	switch {
	case offline > 0:
		return fmt.Sprintf("%s without a leader, %d under-replicated", plural(offline, "partition"), under)
	case under > 0:
		return plural(under, "partition") + " under-replicated"
	default:
		return "all in sync"
	}
}

// busiest are the topics with the highest rates.
func busiest(topics []kafka.Topic, most int) []*kafka.Topic {
	var out []*kafka.Topic
	for i := range topics {
		if topics[i].InRate > 0 {
			out = append(out, &topics[i])
		}
	}
	slices.SortStableFunc(out, func(a, b *kafka.Topic) int { return cmp.Compare(b.InRate, a.InRate) })
	return out[:min(len(out), most)]
}

// lagging are the groups with the highest lag. A group's lag is a sum over its
// partitions, so it is made once for each.
func lagging(groups []kafka.Group, most int) []*kafka.Group {
	type lagged struct {
		*kafka.Group
		lag int64
	}
	var all []lagged
	for i := range groups {
		if lag := groups[i].Lag(); lag > 0 {
			all = append(all, lagged{&groups[i], lag})
		}
	}
	slices.SortStableFunc(all, func(a, b lagged) int { return cmp.Compare(b.lag, a.lag) })
	out := make([]*kafka.Group, 0, most)
	for _, g := range all[:min(len(all), most)] {
		out = append(out, g.Group)
	}
	return out
}
