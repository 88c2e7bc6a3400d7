package views

import (
	"fmt"
	"strings"

	"kconsole/kafka"
	"kconsole/kafka/poll"
	"kconsole/ui/page"
	"kconsole/ui/resource"
	"kconsole/ui/theme"
	"kconsole/ui/widget/grid"
)

// memberRow is a member with its share of the group's lag.
type memberRow struct {
	*kafka.Member
	lag  int64
	kind kafka.GroupType // of its group
}

// members shows the members of one group.
func members() *resource.Spec[memberRow] {
	return &resource.Spec[memberRow]{
		Name: "members", Title: "Group", Tabs: groupTabs, Doc: "One group: its members, where they run and what they read.",
		Args: []page.Arg{page.Group}, Parent: "groups",
		Scope: poll.Topics | poll.Groups | poll.Lag,
		Rows: func(st page.State, t page.Target) resource.Result[memberRow] {
			out := resource.Result[memberRow]{At: st.Snap.Groups.At, Err: st.Snap.Groups.Err}
			g := st.Snap.Group(t.Arg(0))
			if g == nil {
				return out
			}
			if g.Err != nil {
				out.Err = g.Err
			}
			lags := map[string]int64{}
			for i := range g.Offsets {
				if o := &g.Offsets[i]; o.Member != "" {
					lags[o.Member] += max(o.Lag(), 0)
				}
			}
			for i := range g.Members {
				out.Rows = append(out.Rows, memberRow{&g.Members[i], lags[g.Members[i].ID], g.Type})
			}
			return out
		},
		ID:      func(m memberRow) string { return m.ID },
		Text:    func(m memberRow) string { return m.ClientID + " " + m.Host + " " + m.ID },
		Fault:   memberLevel,
		Head:    groupHead,
		Missing: func(st page.State, t page.Target) error { return noGroup(st, t.Arg(0)) },
		Empty:   "The group has no members now: nobody consumes.",
		Columns: []resource.Column[memberRow]{
			{
				Column: grid.Column{Title: "CLIENT", Min: 10, Max: 30}, Help: "The client id that the consumer gave itself.",
				Cell: func(m memberRow) grid.Cell { return optional(m.ClientID) },
			},
			{
				Column: grid.Column{Title: "HOST", Min: 10, Max: 30}, Help: "The address that it connects from.",
				Cell: func(m memberRow) grid.Cell { return cell(strings.TrimPrefix(m.Host, "/")) },
			},
			{
				Column: grid.Column{Title: "PARTS", Right: true}, Help: "Partitions assigned to it. Amber: none, it idles.",
				Cell: func(m memberRow) grid.Cell { return at(memberLevel(m), fmt.Sprint(len(m.Assigned))) },
				Sort: func(m memberRow) float64 { return float64(len(m.Assigned)) },
			},
			{
				Column: grid.Column{Title: "LAG", Right: true}, Help: "Lag of the partitions assigned to it.",
				Cell: func(m memberRow) grid.Cell { return exact(m.lag) },
				Sort: func(m memberRow) float64 { return float64(m.lag) },
			},
			{
				Column: grid.Column{Title: "ASSIGNED", Min: 12, Max: 40, Drop: 3}, Help: "Its partitions, by topic.",
				Cell: func(m memberRow) grid.Cell { return cell(assigned(m.Assigned)) },
			},
			{
				Column: grid.Column{Title: "INSTANCE", Wide: true}, Help: "group.instance.id of a static member.",
				Cell: func(m memberRow) grid.Cell { return optional(m.InstanceID) },
			},
			{
				Column: grid.Column{Title: "MEMBER ID", Wide: true}, Help: "The id that the coordinator gave it.",
				Cell: func(m memberRow) grid.Cell { return at(theme.Muted, m.ID) },
			},
		},
		Actions: memberWrites(),
	}
}

// memberLevel: a member without partitions idles.
func memberLevel(m memberRow) theme.Level {
	if len(m.Assigned) == 0 {
		return theme.Watch
	}
	return theme.Normal
}

// assigned lists partitions by topic: "orders 0,3  payments 1".
func assigned(list []kafka.TopicPartition) string {
	var b strings.Builder
	last := ""
	for i, tp := range list {
		switch {
		case i > 0 && tp.Topic == last:
			b.WriteByte(',')
		case i > 0:
			b.WriteString("  " + tp.Topic + " ")
		default:
			b.WriteString(tp.Topic + " ")
		}
		last = tp.Topic
		fmt.Fprint(&b, tp.Partition)
	}
	return b.String()
}
