package views

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"kconsole/kafka"
	"kconsole/kafka/poll"
	"kconsole/ui/page"
	"kconsole/ui/theme"
	"kconsole/ui/tree"
	"kconsole/ui/units"
)

// xrayTabs are the two ways to look through the cluster.
var xrayTabs = []string{"xray", "xraygroups"}

// xray shows topics, their partitions, and where the replicas of those are.
func xray() page.View {
	return xrayView("xray", []string{"xraytopics"}, "topics", "Topics, their partitions, and the replicas of those with the brokers they are on.", tree.Spec{
		Title: "Topics, partitions, replicas", Crumb: "xray", Scope: poll.Topics | poll.Offsets | poll.Sizes, Roots: topicTree,
		Empty: "There are no topics that you may see on this cluster.",
	})
}

// xrayGroups shows groups, their members, and what is assigned to those.
func xrayGroups() page.View {
	return xrayView("xraygroups", nil, "groups", "Groups, their members, and the partitions of those with their lag.", tree.Spec{
		Title: "Groups, members, partitions", Crumb: "xray groups", Scope: poll.Topics | poll.Groups | poll.Lag, Roots: groupTree,
		Empty: "There are no groups that you may see on this cluster.",
	})
}

func xrayView(name string, aliases []string, tab, doc string, s tree.Spec) page.View {
	return page.View{
		Name: name, Aliases: aliases, Doc: doc, Tab: tab, Keys: tree.Keys,
		New: func(h page.Host, t page.Target) (page.Page, error) {
			own := s
			own.Target, own.Tabs = t, xrayTabs
			p := tree.New(h, own)
			return p, p.SetFilter(strings.TrimPrefix(t.Filter, "/"))
		},
	}
}

func topicTree(st page.State) tree.Result {
	part := &st.Snap.Topics
	out := tree.Result{Ready: part.Ready(), Err: part.Err}
	for i := range part.Rows {
		t := &part.Rows[i]
		level := topicLevel(topicRow{Topic: t})
		if t.Internal && level == theme.Normal {
			level = theme.Muted
		}
		out.Roots = append(out.Roots, tree.Node{
			ID: t.Name, Text: t.Name, Level: level, Count: len(t.Partitions),
			Detail:   fmt.Sprintf("RF %d · %s records · %s%s", t.ReplicationFactor(), units.Count(t.Records()), units.Bytes(t.Bytes()), underText(t)),
			Target:   page.Target{View: "topic", Args: []string{t.Name}},
			Children: func() []tree.Node { return partitionNodes(st, t) },
		})
	}
	return out
}

func underText(t *kafka.Topic) string {
	switch {
	case t.Offline() > 0:
		return " · " + plural(t.Offline(), "partition") + " without a leader"
	case t.UnderReplicated() > 0:
		return " · " + plural(t.UnderReplicated(), "partition") + " under-replicated"
	}
	return ""
}

func partitionNodes(st page.State, t *kafka.Topic) []tree.Node {
	out := make([]tree.Node, len(t.Partitions))
	for i := range t.Partitions {
		p := &t.Partitions[i]
		leader := "no leader"
		if p.Leader >= 0 {
			leader = "leader " + broker(p.Leader)
		}
		out[i] = tree.Node{
			ID: strconv.Itoa(int(p.ID)), Text: "p" + strconv.Itoa(int(p.ID)), Level: partitionLevel(p), Count: len(p.Replicas),
			Detail: fmt.Sprintf("%s · %d of %d in sync · %s to %s · %s", leader, len(p.ISR), len(p.Replicas), units.Exact(p.Start), units.Exact(p.End), units.Bytes(p.Bytes)),
			Target: page.Target{View: "tail", Args: []string{t.Name, strconv.Itoa(int(p.ID))}}, Children: func() []tree.Node { return replicaNodes(st, p) },
		}
	}
	return out
}

func replicaNodes(st page.State, p *kafka.Partition) []tree.Node {
	out := make([]tree.Node, len(p.Replicas))
	for i, id := range p.Replicas {
		n := tree.Node{ID: strconv.Itoa(int(id)), Text: "broker " + broker(id), Target: page.Target{View: "broker", Args: []string{broker(id)}}}
		var said []string
		if id == p.Leader {
			said = append(said, "leader")
		}
		if i == 0 && id != p.Leader {
			said, n.Level = append(said, "preferred leader, not leading"), theme.Watch
		}
		if slices.Contains(p.ISR, id) {
			said = append(said, "in sync")
		} else {
			said, n.Level = append(said, "not in sync"), theme.Watch
		}
		b := slices.IndexFunc(st.Snap.Cluster.Brokers, func(b kafka.Broker) bool { return b.ID == id })
		if b < 0 || !st.Snap.Cluster.Brokers[b].Up {
			said, n.Level = append(said, "the broker is down"), theme.Act
		} else if rack := st.Snap.Cluster.Brokers[b].Rack; rack != "" {
			said = append(said, "rack "+rack)
		}
		n.Detail = strings.Join(said, " · ")
		out[i] = n
	}
	return out
}

func groupTree(st page.State) tree.Result {
	part := &st.Snap.Groups
	out := tree.Result{Ready: part.Ready(), Err: part.Err}
	for i := range part.Rows {
		g := &part.Rows[i]
		out.Roots = append(out.Roots, tree.Node{
			ID: g.ID, Text: g.ID, Level: groupLevel(groupRow{Group: g}), Count: len(g.Members),
			Detail:   fmt.Sprintf("%s · %s · lag %s", g.Type, g.State, units.Exact(g.Lag())),
			Target:   page.Target{View: "group", Args: []string{g.ID}},
			Children: func() []tree.Node { return memberNodes(g) },
		})
	}
	return out
}

// memberNodes are the members of a group, and at the end what nobody reads.
func memberNodes(g *kafka.Group) []tree.Node {
	var out []tree.Node
	taken := map[kafka.TopicPartition]bool{}
	for i := range g.Members {
		m := &g.Members[i]
		rows := offsetsOf(g, m.Assigned)
		for _, tp := range m.Assigned {
			taken[tp] = true
		}
		n := tree.Node{
			ID: m.ID, Text: m.ClientID, Level: memberLevel(memberRow{Member: m}), Count: len(m.Assigned),
			Detail:   fmt.Sprintf("%s · lag %s", strings.TrimPrefix(m.Host, "/"), units.Exact(lagOf(rows))),
			Target:   page.Target{View: "members", Args: []string{g.ID}},
			Children: func() []tree.Node { return offsetNodes(rows) },
		}
		if n.Text == "" {
			n.Text = m.ID
		}
		if len(m.Assigned) == 0 {
			n.Detail = strings.TrimPrefix(m.Host, "/") + " · idle: nothing is assigned to it"
		}
		out = append(out, n)
	}
	var left []lagRow
	for i := range g.Offsets {
		o := &g.Offsets[i]
		if !taken[kafka.TopicPartition{Topic: o.Topic, Partition: o.Partition}] {
			left = append(left, lagRow{GroupOffset: o})
		}
	}
	if len(left) > 0 {
		level := theme.Muted
		if lagOf(left) > 0 {
			level = theme.Watch
		}
		out = append(out, tree.Node{
			ID: "\x00nobody", Text: "nobody", Level: level, Count: len(left), Detail: "lag " + units.Exact(lagOf(left)),
			Target: page.Target{View: "group", Args: []string{g.ID}}, Children: func() []tree.Node { return offsetNodes(left) },
		})
	}
	return out
}

// offsetsOf are the offsets of partitions; one without a committed offset has
// none.
func offsetsOf(g *kafka.Group, of []kafka.TopicPartition) []lagRow {
	index := make(map[kafka.TopicPartition]*kafka.GroupOffset, len(g.Offsets))
	for i := range g.Offsets {
		index[kafka.TopicPartition{Topic: g.Offsets[i].Topic, Partition: g.Offsets[i].Partition}] = &g.Offsets[i]
	}
	out := make([]lagRow, len(of))
	for i, tp := range of {
		o := index[tp]
		if o == nil {
			o = &kafka.GroupOffset{Topic: tp.Topic, Partition: tp.Partition, Committed: kafka.Unknown, End: kafka.Unknown}
		}
		out[i] = lagRow{GroupOffset: o}
	}
	return out
}

func lagOf(rows []lagRow) int64 {
	var sum int64
	for _, r := range rows {
		sum += max(r.Lag(), 0)
	}
	return sum
}

func offsetNodes(rows []lagRow) []tree.Node {
	out := make([]tree.Node, len(rows))
	for i, r := range rows {
		out[i] = tree.Node{
			ID: r.Topic + "/" + strconv.Itoa(int(r.Partition)), Text: r.Topic + " p" + strconv.Itoa(int(r.Partition)), Level: lagLevel(r),
			Detail: fmt.Sprintf("at %s of %s · lag %s", units.Exact(r.Committed), units.Exact(r.End), units.Exact(r.Lag())),
			Target: page.Target{View: "tail", Args: []string{r.Topic, strconv.Itoa(int(r.Partition))}},
		}
	}
	return out
}
