package views_test

import (
	"slices"
	"testing"

	"kconsole/kafka/poll"
	"kconsole/ui/page"
	"kconsole/ui/uitest"
	"kconsole/ui/views"
)

// TestTailAsCommand: what a tail shows is what its command reads.
func TestTailAsCommand(t *testing.T) {
	all := views.All()
	for _, l := range views.Loading(views.Load{Filled: true, Now: uitest.Now}) {
		if at := slices.IndexFunc(all, func(v page.View) bool { return v.Name == l.Name }); l.Name == "tail" {
			all[at] = l
		}
	}
	d := uitest.StartBusy(t, uitest.Options{View: "tail orders 3", Views: all})
	d.App.Publish(&poll.Snapshot{}, nil)
	d.WaitFor("302,144")
	d.PressBusy("x")
	d.WaitFor("kconsole tail orders -p 3 --from -")
	d.PressBusy("esc")
	d.TypeBusy(`/value.total > 50`)
	d.PressBusy("enter", "x")
	d.WaitFor("--filter 'value.total > 50'")
}
