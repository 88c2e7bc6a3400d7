package views

import (
	"fmt"
	"strconv"

	"kconsole/kafka"
	"kconsole/kafka/poll"
	"kconsole/ui/draw"
	"kconsole/ui/page"
	"kconsole/ui/resource"
	"kconsole/ui/safe"
	"kconsole/ui/theme"
	"kconsole/ui/units"
	"kconsole/ui/widget/grid"
)

// groupTabs are the views of one group.
var groupTabs = []string{"group", "members", "groupconfigs", "groupchart"}

// barWidth is the length of the longest lag bar.
const barWidth = 20

// lagRow is one partition of a group, beside the group's largest lag.
type lagRow struct {
	*kafka.GroupOffset
	most int64
}

// group shows the partitions of one group with their lag.
func group() *resource.Spec[lagRow] {
	return &resource.Spec[lagRow]{
		Name: "group", Title: "Group", Tab: "partitions", Tabs: groupTabs, Doc: "One group: its partitions with committed offset and lag.",
		Args: []page.Arg{page.Group}, Parent: "groups",
		Scope: poll.Topics | poll.Groups | poll.Lag,
		Rows: func(st page.State, t page.Target) resource.Result[lagRow] {
			out := resource.Result[lagRow]{At: st.Snap.Groups.At, Err: st.Snap.Groups.Err}
			g := st.Snap.Group(t.Arg(0))
			if g == nil {
				return out
			}
			if g.Err != nil {
				out.Err = g.Err
			}
			var most int64
			for i := range g.Offsets {
				most = max(most, g.Offsets[i].Lag())
			}
			for i := range g.Offsets {
				out.Rows = append(out.Rows, lagRow{&g.Offsets[i], most})
			}
			return out
		},
		ID:      func(r lagRow) string { return r.Topic + "/" + strconv.Itoa(int(r.Partition)) },
		Text:    func(r lagRow) string { return r.Topic + " " + r.ClientID + " " + r.Member },
		Fault:   lagLevel,
		Head:    groupHead,
		Missing: func(st page.State, t page.Target) error { return noGroup(st, t.Arg(0)) },
		Empty:   "The group has no committed offsets and no assigned partitions now.",
		Columns: []resource.Column[lagRow]{
			{
				Column: grid.Column{Title: "TOPIC", Min: 12}, Help: "The topic.",
				Cell: func(r lagRow) grid.Cell { return cell(r.Topic) },
			},
			{
				Column: grid.Column{Title: "PART", Right: true}, Help: "Partition number.",
				Cell: func(r lagRow) grid.Cell { return exact(int64(r.Partition)) },
				Sort: func(r lagRow) float64 { return float64(r.Partition) },
			},
			{
				Column: grid.Column{Title: "MEMBER", Min: 8, Max: 24, Drop: 2}, Help: "The client id of the member that the partition is assigned to.",
				Cell: func(r lagRow) grid.Cell {
					if r.Member == "" && r.ClientID == "" {
						return at(lagLevel(r), "nobody")
					}
					if r.ClientID != "" {
						return cell(r.ClientID)
					}
					return cell(r.Member)
				},
			},
			{
				Column: grid.Column{Title: "COMMITTED", Right: true}, Help: "Committed offset: the next one to read.",
				Cell: func(r lagRow) grid.Cell { return exact(r.Committed) },
				Sort: func(r lagRow) float64 { return float64(r.Committed) },
			},
			{
				Column: grid.Column{Title: "END", Right: true, Drop: 3}, Help: "High watermark of the partition.",
				Cell: func(r lagRow) grid.Cell { return exact(r.End) },
				Sort: func(r lagRow) float64 { return float64(r.End) },
			},
			{
				Column: grid.Column{Title: "LAG", Right: true}, Help: "Records between committed offset and end.",
				Cell: func(r lagRow) grid.Cell {
					if r.Err != nil {
						return at(theme.Act, "error")
					}
					c := exact(r.Lag())
					c.Level = max(c.Level, lagLevel(r))
					return c
				},
				Sort: func(r lagRow) float64 { return float64(r.Lag()) },
			},
			{
				Column: grid.Column{Title: "", Drop: 4}, Help: "The lag as a bar, beside the group's largest.",
				Cell: func(r lagRow) grid.Cell {
					return grid.Cell{Text: units.Bar(float64(r.Lag()), float64(r.most), barWidth), Bar: true, Level: lagLevel(r)}
				},
				Sort: func(r lagRow) float64 { return float64(r.Lag()) },
			},
		},
		Actions: append([]resource.Action[lagRow]{
			{
				Key: "enter", Label: "topic", Help: "Show the topic.",
				Open: func(_ page.Target, r lagRow) page.Target { return page.Target{View: "topic", Args: []string{r.Topic}} },
			},
			{
				Key: "l", Label: "tail", Help: "Read the records of the partition as they come.",
				Open: func(_ page.Target, r lagRow) page.Target {
					return page.Target{View: "tail", Args: []string{r.Topic, strconv.Itoa(int(r.Partition))}}
				},
				Command: func(_ page.Target, r lagRow) string {
					return command("tail", r.Topic, "-p", strconv.Itoa(int(r.Partition)))
				},
			},
		}, lagWrites()...),
	}
}

// lagLevel: an error, or lag that nobody works on. A committed offset below
// the log start means that records were lost to retention.
func lagLevel(r lagRow) theme.Level {
	switch {
	case r.Err != nil, r.Committed >= 0 && r.Committed < r.Start:
		return theme.Act
	case r.Lag() > 0 && r.Member == "" && r.ClientID == "":
		return theme.Watch
	default:
		return theme.Normal
	}
}

// groupHead sums a group up in one line.
func groupHead(st page.State, t page.Target, th *theme.Theme) [][]draw.Span {
	g := st.Snap.Group(t.Arg(0))
	if g == nil {
		return nil
	}
	row := groupRow{Group: g}
	line := []draw.Span{
		{Text: safe.Line(g.ID, 40), Style: th.Strong},
		{Text: fmt.Sprintf("  %s group", g.Type), Style: th.Dim},
		{Text: "  " + safe.Line(g.State, 24), Style: th.Style(groupLevel(row))},
		{Text: "  " + units.Plural(len(g.Members), "member"), Style: th.Text},
	}
	if g.Assignor != "" {
		line = append(line, draw.Span{Text: "  " + safe.Line(g.Assignor, 20), Style: th.Dim})
	}
	line = append(line, draw.Span{Text: "  lag " + units.Exact(g.Lag()), Style: th.Text})
	lost := 0
	for i := range g.Offsets {
		if o := &g.Offsets[i]; o.Committed >= 0 && o.Committed < o.Start {
			lost++
		}
	}
	lines := [][]draw.Span{line}
	if lost > 0 {
		lines = append(lines, []draw.Span{{Text: "On " + units.Plural(lost, "partition") + " the committed offset is below the log start: retention has deleted unread records.", Style: th.Act}})
	}
	return lines
}
