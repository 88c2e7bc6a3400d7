package views

import (
	"context"
	"strconv"
	"strings"

	"kconsole/kafka"
	"kconsole/kafka/poll"
	"kconsole/ui/page"
	"kconsole/ui/resource"
	"kconsole/ui/session"
	"kconsole/ui/theme"
	"kconsole/ui/units"
	"kconsole/ui/widget/grid"
)

// topicTabs are the views of one topic, brokerTabs those of one broker.
var (
	topicTabs  = []string{"topic", "configs", "consumers", "producers", "topicacls", "topicschemas", "topicchart"}
	brokerTabs = []string{"broker", "logdirs"}
)

// configs shows the configuration of one topic.
func configs() *resource.Spec[*kafka.ConfigEntry] {
	s := configSpec()
	s.Name, s.Aliases, s.Doc = "configs", []string{"config"}, "The configuration of one topic, with where each value comes from."
	s.Args, s.Parent, s.Tabs, s.Tab = []page.Arg{page.Topic}, "topics", topicTabs, "config"
	s.Load = func(ctx context.Context, ses *session.Session, _ page.State, t page.Target) ([]*kafka.ConfigEntry, error) {
		return entries(ses.Cluster.TopicConfigs(ctx, t.Arg(0)))
	}
	s.Actions = configWrites("topic", func(ctx context.Context, a *kafka.Admin, t page.Target, c kafka.ConfigChange) (*kafka.Plan, error) {
		return a.AlterTopicConfigs(ctx, t.Arg(0), c)
	})
	return s
}

// groupConfigs shows the configuration of one group.
func groupConfigs() *resource.Spec[*kafka.ConfigEntry] {
	s := configSpec()
	s.Name, s.Doc = "groupconfigs", "The configuration of one group (KIP-848 and share groups), with where each value comes from."
	s.Args, s.Parent, s.Tabs, s.Tab = []page.Arg{page.Group}, "groups", groupTabs, "config"
	s.Load = func(ctx context.Context, ses *session.Session, _ page.State, t page.Target) ([]*kafka.ConfigEntry, error) {
		return entries(ses.Cluster.GroupConfigs(ctx, t.Arg(0)))
	}
	s.Actions = configWrites("group", func(ctx context.Context, a *kafka.Admin, t page.Target, c kafka.ConfigChange) (*kafka.Plan, error) {
		return a.AlterGroupConfigs(ctx, t.Arg(0), c)
	})
	return s
}

// brokerConfigs shows the configuration of one broker.
func brokerConfigs() *resource.Spec[*kafka.ConfigEntry] {
	s := configSpec()
	s.Name, s.Doc = "broker", "The configuration of one broker, with where each value comes from."
	s.Args, s.Parent, s.Tabs, s.Tab = []page.Arg{page.Broker}, "brokers", brokerTabs, "config"
	s.Crumb = func(t page.Target) string { return "broker " + t.Arg(0) }
	s.Load = func(ctx context.Context, ses *session.Session, _ page.State, t page.Target) ([]*kafka.ConfigEntry, error) {
		id, err := brokerID(t.Arg(0))
		if err != nil {
			return nil, err
		}
		return entries(ses.Cluster.BrokerConfigs(ctx, id))
	}
	s.Actions = configWrites("broker", func(ctx context.Context, a *kafka.Admin, t page.Target, c kafka.ConfigChange) (*kafka.Plan, error) {
		id, err := brokerID(t.Arg(0))
		if err != nil {
			return nil, err
		}
		return a.AlterBrokerConfigs(ctx, id, c)
	})
	return s
}

func brokerID(text string) (int32, error) {
	n, err := strconv.ParseInt(text, 10, 32)
	if err != nil || n < 0 {
		return 0, &kafka.Error{What: "no broker is called " + strconv.Quote(text), Why: "broker ids are numbers", Do: ":brokers lists them", Kind: kafka.Invalid}
	}
	return int32(n), nil
}

// entries takes the entries of the one resource that was asked for.
func entries(all []kafka.Configs, err error) ([]*kafka.ConfigEntry, error) {
	var out []*kafka.ConfigEntry
	for i := range all {
		if all[i].Err != nil {
			err = all[i].Err
		}
		for j := range all[i].Entries {
			out = append(out, &all[i].Entries[j])
		}
	}
	return out, err
}

// originName is Kafka's name of where a value comes from, to be read:
// DYNAMIC_TOPIC_CONFIG is dynamic topic.
func originName(origin string) string {
	return strings.ToLower(strings.ReplaceAll(strings.TrimSuffix(origin, "_CONFIG"), "_", " "))
}

func configSpec() *resource.Spec[*kafka.ConfigEntry] {
	type entry = *kafka.ConfigEntry
	return &resource.Spec[entry]{
		Title: "Configuration", Scope: poll.Topics,
		ID:    func(e entry) string { return e.Name },
		Text:  func(e entry) string { return e.Name + " " + e.Value },
		Empty: "The cluster told nothing about it.",
		// What somebody has set is what one looks for.
		Fault: func(e entry) theme.Level {
			if e.Set() {
				return theme.Watch
			}
			return theme.Normal
		},
		Columns: []resource.Column[entry]{
			{
				Column: grid.Column{Title: "NAME", Min: 24}, Help: "The configuration's name. Faults only (ctrl-z) shows what differs from Kafka's defaults.",
				Cell: func(e entry) grid.Cell {
					if e.Set() {
						return cell(e.Name)
					}
					return at(theme.Muted, e.Name)
				},
			},
			{
				Column: grid.Column{Title: "VALUE", Min: 12, Max: 40}, Help: "The value in force.",
				Cell: func(e entry) grid.Cell {
					switch {
					case e.Sensitive:
						return at(theme.Muted, "(secret)")
					case e.Null:
						return at(theme.Muted, units.Dash)
					case e.Set():
						return cell(e.Value)
					default:
						return at(theme.Muted, e.Value)
					}
				},
			},
			{
				Column: grid.Column{Title: "ORIGIN", Drop: 3, Min: 7, Max: 28}, Help: "Where the value comes from: default, static (the broker's file), dynamic (set while it runs).",
				Cell: func(e entry) grid.Cell { return at(theme.Muted, originName(e.Origin)) },
			},
			{
				Column: grid.Column{Title: "DEFAULT", Drop: 4, Min: 8, Max: 24, Auto: true}, Help: "What it would be without the override.",
				Cell: func(e entry) grid.Cell {
					if !e.Set() || e.Default == e.Value {
						return cell("")
					}
					return at(theme.Muted, e.Default)
				},
			},
			{
				Column: grid.Column{Title: "TYPE", Wide: true}, Help: "STRING, INT, BOOLEAN, ...",
				Cell: func(e entry) grid.Cell { return at(theme.Muted, e.Type) },
			},
			{
				Column: grid.Column{Title: "CHANGE", Wide: true}, Help: "Whether it can be changed while the broker runs.",
				Cell: func(e entry) grid.Cell {
					if e.ReadOnly {
						return at(theme.Muted, "fixed")
					}
					return cell("")
				},
			},
		},
	}
}
