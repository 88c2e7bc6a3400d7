package views

import (
	"fmt"
	"strconv"
	"time"

	"github.com/gdamore/tcell/v2"

	"kconsole/kafka"
	"kconsole/kafka/poll"
	"kconsole/ui/draw"
	"kconsole/ui/events"
	"kconsole/ui/safe"
	"kconsole/ui/theme"
)

// timelineSpan is how much of the past the strips show: as much as the line above
// them, so that what happened at one time stands in one column.
const timelineSpan = poll.HistorySlots * poll.HistoryStep

// mostStrips is how many partitions have a strip of their own.
const mostStrips = 6

// moment is what a partition's replicas came to within a column of a strip.
type moment struct {
	known   bool
	worst   events.Replicas
	elected bool // another broker led at its end than before
}

// timeline is a partition over time, in columns. Now is what it is, changes are
// what is known to have happened to it, the oldest first, and since is from when.
func timeline(now events.Replicas, changes []events.Change, since, until time.Time, columns int) []moment {
	out := make([]moment, columns)
	step := timelineSpan / time.Duration(max(columns, 1))
	is := now
	if len(changes) > 0 {
		is = changes[0].Was
	}
	next := 0
	for i := range out {
		end := until.Add(-step * time.Duration(columns-1-i))
		leader := is.Leader
		m := moment{known: !since.IsZero() && end.After(since), worst: is}
		for ; next < len(changes) && !changes[next].At.After(end); next++ {
			is = changes[next].Is
			if worse(is, m.worst) {
				m.worst = is
			}
		}
		m.elected = is.Leader >= 0 && is.Leader != leader
		m.worst.Leader = min(m.worst.Leader, is.Leader)
		if m.elected {
			m.worst.Leader = is.Leader
		}
		out[i] = m
	}
	return out
}

// worse tells whether replicas are in a worse state than others.
func worse(a, b events.Replicas) bool {
	if (a.Leader < 0) != (b.Leader < 0) {
		return a.Leader < 0
	}
	return a.InSync*b.All < b.InSync*a.All
}

// strip draws a timeline: the higher, the more of the replicas are in sync.
func strip(line []moment, th *theme.Theme) []draw.Span {
	out := make([]draw.Span, len(line))
	for i, m := range line {
		out[i] = m.draw(th)
	}
	return out
}

func (m moment) draw(th *theme.Theme) draw.Span {
	full, none, before := "█", "×", "·"
	if th.ASCII {
		full, none, before = "#", "x", "."
	}
	switch {
	case !m.known:
		return draw.Span{Text: before, Style: th.Dim}
	case m.worst.Leader < 0:
		return draw.Span{Text: none, Style: th.Act}
	case m.elected && m.worst.Leader < 10:
		return draw.Span{Text: strconv.Itoa(int(m.worst.Leader)), Style: th.Strong}
	case m.elected:
		return draw.Span{Text: "|", Style: th.Strong}
	case m.worst.Full():
		return draw.Span{Text: full, Style: th.Bar}
	case th.ASCII:
		return draw.Span{Text: "-", Style: th.Watch}
	}
	part := float64(m.worst.InSync) / float64(max(m.worst.All, 1))
	return draw.Span{Text: string([]rune("▁▂▃▄▅▆")[min(int(part*6), 5)]), Style: th.Watch}
}

// stripRow is one strip with its name.
type stripRow struct {
	name    string
	level   theme.Level
	now     events.Replicas
	changes []events.Change
}

// stripRows are the partitions of which there is something to see, each for
// itself, and all others as one.
func (p *chartPage) stripRows() []stripRow {
	topic := p.state.Snap.Topic(p.target.Arg(0))
	changes := map[int32][]events.Change{}
	for _, c := range p.state.Events.Changes(topic.Name) {
		changes[c.Partition] = append(changes[c.Partition], c)
	}
	var out []stripRow
	var others []*kafka.Partition
	for i := range topic.Partitions {
		part := &topic.Partitions[i]
		now := events.ReplicasOf(part)
		if len(changes[part.ID]) == 0 && now.Full() {
			others = append(others, part)
			continue
		}
		out = append(out, stripRow{partitionInSync(part), partitionLevel(part), now, changes[part.ID]})
	}
	if n := len(out) - mostStrips; n > 0 {
		out = append(out[:mostStrips], stripRow{name: fmt.Sprintf("… and %d more that changed or lack a replica", n)})
	}
	if n := len(others); n > 0 {
		row := stripRow{name: strconv.Itoa(n) + " others", now: events.ReplicasOf(others[0])}
		switch {
		case n == len(topic.Partitions):
			row.name = "all " + strconv.Itoa(n)
		case n == 1:
			row.name = partitionInSync(others[0])
		}
		out = append(out, row)
	}
	return out
}

// partitionInSync names a partition, and how many of its replicas are in sync.
func partitionInSync(p *kafka.Partition) string {
	return fmt.Sprintf("p%d %d/%d", p.ID, len(p.ISR), len(p.Replicas))
}

// replicaRows is how many lines [chartPage.replicas] would like to have.
func (p *chartPage) replicaRows() int { return len(p.stripRows()) }

// replicas draws the leaders and in-sync replicas of the topic over time, and
// returns the line below.
func (p *chartPage) replicas(sc tcell.Screen, x, y, w, end int) int {
	th := p.host.Theme()
	head := []draw.Span{{Text: "replicas in sync, 5 min", Style: th.Heading}}
	none := "×"
	if th.ASCII {
		none = "x"
	}
	rows, width := p.stripRows(), max(w-axis-4, 1)
	lines := make([][]moment, len(rows))
	elected, leaderless, unknown := false, false, false
	for i, r := range rows {
		if r.now.All == 0 {
			continue
		}
		lines[i] = timeline(r.now, r.changes, p.state.Events.Since(), p.state.Now, width)
		for _, m := range lines[i] {
			elected = elected || m.known && m.elected
			leaderless = leaderless || m.known && m.worst.Leader < 0
			unknown = unknown || !m.known
		}
	}
	note := ""
	if elected {
		note += "   figure: the new leader"
	}
	if leaderless {
		note += "   " + none + " no leader"
	}
	if note == "" && unknown {
		note = "   dots: before the console was opened"
	}
	draw.Spans(sc, x+1, y, w-2, append(head, draw.Span{Text: note, Style: th.Dim})...)
	y++
	for i, r := range rows {
		if y >= end {
			return y
		}
		if lines[i] == nil {
			draw.Text(sc, x+3, y, safe.Line(r.name, w-4), th.Dim)
			y++
			continue
		}
		draw.Text(sc, x+1, y, safe.Pad(safe.Truncate(r.name, axis), axis, true), th.Style(r.level))
		draw.Spans(sc, x+axis+3, y, width, strip(lines[i], th)...)
		y++
	}
	return y
}
