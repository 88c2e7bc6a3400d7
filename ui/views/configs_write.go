package views

import (
	"context"

	"kconsole/kafka"
	"kconsole/ui/dialog"
	"kconsole/ui/page"
	"kconsole/ui/resource"
)

// configWrites are the actions that change the configuration of one resource.
func configWrites(kind string, alter func(context.Context, *kafka.Admin, page.Target, kafka.ConfigChange) (*kafka.Plan, error)) []resource.Action[*kafka.ConfigEntry] {
	type entry = *kafka.ConfigEntry
	fixed := func(_ page.Host, e entry) string {
		if e.ReadOnly {
			return "it can only be set in the broker's own file"
		}
		return ""
	}
	return []resource.Action[entry]{
		{
			Key: "enter", Label: "edit", Help: "Change the value.", Writes: true, Disabled: fixed,
			Do: func(h page.Host, t page.Target, rows []entry) {
				e := rows[0]
				help := "Kafka's type: " + e.Type + "."
				if e.Default != "" {
					help += " Without an override: " + e.Default + "."
				}
				dialog.Form{
					Title:  "Set " + e.Name + " of " + kind + " " + t.Arg(0),
					Fields: []dialog.Field{{Name: "value", Label: e.Name, Value: e.Value, Help: help, Secret: e.Sensitive}},
					Plan: formPlan(h, func(ctx context.Context, a *kafka.Admin, v dialog.Values) (*kafka.Plan, error) {
						return alter(ctx, a, t, kafka.ConfigChange{Set: map[string]string{e.Name: v["value"]}})
					}),
					Command: func(v dialog.Values) string {
						if e.Sensitive {
							return ""
						}
						return command("alter", kind, t.Arg(0), "--set", e.Name+"="+v["value"])
					},
				}.Open(h)
			},
			Command: func(t page.Target, e entry) string { return command("alter", kind, t.Arg(0), "--set", e.Name+"=VALUE") },
		},
		{
			Key: "ctrl-d", Label: "to default", Help: "Remove the override, or all marked ones, so that the default is in force again.", Writes: true, Disabled: fixed,
			Do: func(h page.Host, t page.Target, rows []entry) {
				list := names(rows, func(e entry) string { return e.Name })
				change(h, func(ctx context.Context, a *kafka.Admin) (*kafka.Plan, error) {
					return alter(ctx, a, t, kafka.ConfigChange{Remove: list})
				})
			},
			Command: func(t page.Target, e entry) string { return command("alter", kind, t.Arg(0), "--unset", e.Name) },
		},
	}
}
