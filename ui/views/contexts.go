package views

import (
	"strings"

	"kconsole/kafka/config"
	"kconsole/ui/page"
	"kconsole/ui/resource"
	"kconsole/ui/theme"
	"kconsole/ui/units"
	"kconsole/ui/widget/grid"
)

// contextRow is a cluster of the configuration.
type contextRow struct {
	config.Cluster
	current bool
}

func contexts() *resource.Spec[contextRow] {
	return &resource.Spec[contextRow]{
		Name: "contexts", Aliases: []string{"clusters"}, Title: "Contexts", Doc: "The clusters of the configuration; enter changes to one.",
		Rows: func(st page.State, _ page.Target) resource.Result[contextRow] {
			out := resource.Result[contextRow]{At: st.Now}
			for _, name := range st.Config.Names() {
				cl := st.Config.Clusters[name]
				cl.Name = name
				out.Rows = append(out.Rows, contextRow{cl, name == st.Cluster})
			}
			return out
		},
		ID:    func(c contextRow) string { return c.Name },
		Empty: "The configuration names no cluster.",
		Columns: []resource.Column[contextRow]{
			{
				Column: grid.Column{Title: "NAME", Min: 8}, Help: "The name in the configuration.",
				Cell: func(c contextRow) grid.Cell {
					if c.current {
						return at(theme.Fine, c.Name)
					}
					return cell(c.Name)
				},
			},
			{
				Column: grid.Column{Title: "BROKERS", Min: 16, Max: 60}, Help: "Where it is reached first.",
				Cell: func(c contextRow) grid.Cell { return cell(strings.Join(c.Brokers, ", ")) },
			},
			{
				Column: grid.Column{Title: "SECURITY"}, Help: "Security protocol.",
				Cell: func(c contextRow) grid.Cell { return at(theme.Muted, c.SecurityProtocol()) },
			},
			{
				Column: grid.Column{Title: "USER", Max: 24, Drop: 2}, Help: "Who signs in.",
				Cell: func(c contextRow) grid.Cell {
					if c.SASL == nil {
						return at(theme.Muted, units.Dash)
					}
					return cell(c.SASL.Username)
				},
			},
			{
				Column: grid.Column{Title: "WRITES", Drop: 3}, Help: "read-only contexts cannot change anything.",
				Cell: func(c contextRow) grid.Cell {
					if c.ReadOnly {
						return at(theme.Watch, "read-only")
					}
					return at(theme.Muted, "allowed")
				},
			},
			{
				Column: grid.Column{Title: "LAB", Auto: true, Drop: 4}, Help: "What runs it, where it is ours to break.",
				Cell: func(c contextRow) grid.Cell {
					if c.Lab == nil {
						return cell("")
					}
					return cell(c.Lab.Runtime)
				},
			},
		},
		Actions: []resource.Action[contextRow]{{
			Key: "enter", Label: "change to", Help: "Leave this cluster and show that one.",
			Do:      func(h page.Host, _ page.Target, rows []contextRow) { h.Fail(h.UseContext(rows[0].Name)) },
			Command: func(_ page.Target, c contextRow) string { return command("--cluster", c.Name) },
		}},
	}
}
