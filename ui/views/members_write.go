package views

import (
	"context"

	"kconsole/kafka"
	"kconsole/ui/page"
	"kconsole/ui/resource"
)

// memberWrites are the actions that change who is in a group.
func memberWrites() []resource.Action[memberRow] {
	return []resource.Action[memberRow]{{
		Key: "ctrl-d", Label: "remove", Help: "Remove the member, or all marked ones, from a classic group; a consumer that runs joins again.", Danger: true, Writes: true, Many: true,
		Disabled: func(_ page.Host, m memberRow) string {
			if m.kind != kafka.GroupClassic {
				return "only members themselves can leave a " + string(m.kind) + " group"
			}
			return ""
		},
		Do: func(h page.Host, t page.Target, rows []memberRow) {
			ids := names(rows, func(m memberRow) string { return m.ID })
			change(h, func(ctx context.Context, a *kafka.Admin) (*kafka.Plan, error) {
				return a.RemoveMembers(ctx, t.Arg(0), ids)
			})
		},
		Command: func(t page.Target, m memberRow) string { return command("delete", "members", t.Arg(0), m.ID) },
	}}
}
