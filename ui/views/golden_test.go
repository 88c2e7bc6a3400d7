package views_test

import (
	"slices"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"kconsole/kafka/poll"
	"kconsole/ui/page"
	"kconsole/ui/uitest"
	"kconsole/ui/views"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// calls open each view on something that is there.
var calls = map[string]string{
	"topic": "topic orders.enriched", "group": "group billing", "members": "members billing", "groupconfigs": "groupconfigs billing", "groupchart": "groupchart billing", "topicchart": "topicchart orders", "topicacls": "topicacls orders.enriched", "topicschemas": "topicschemas orders", "compat": "compat orders-value", "uses": "uses orders-value", "subject": "subject orders-value",
	"configs": "configs orders", "consumers": "consumers orders", "producers": "producers orders", "broker": "broker 1", "schema": "schema orders-value 3", "diff": "diff orders-value 3", "logs": "logs 1",
}

func call(t *testing.T, v page.View) string {
	t.Helper()
	if c, ok := calls[v.Name]; ok {
		return c
	}
	if len(v.Args) > v.Optional {
		t.Fatalf("say in calls how to open view %s", v.Name)
	}
	return v.Name
}

// TestGoldens paints every view in its states at both sizes.
func TestGoldens(t *testing.T) {
	states := map[string]*poll.Snapshot{
		"loading": {}, "filled": uitest.Snapshot(), "failed": uitest.Never(uitest.Unreachable()), "stale": uitest.Failed(uitest.Unreachable()),
	}
	own := map[string]views.Load{
		"loading": {}, "filled": {Filled: true, Now: uitest.Now}, "failed": {Err: uitest.Unreachable()}, "stale": {Filled: true, Now: uitest.Now},
	}
	for _, v := range views.All() {
		if v.Name == "tail" {
			continue // its rows do not come out of a snapshot
		}
		for state, snap := range states {
			all := views.All()
			loads := false
			for _, l := range views.Loading(own[state]) {
				all[slices.IndexFunc(all, func(v page.View) bool { return v.Name == l.Name })] = l
				loads = loads || l.Name == v.Name
			}
			if loads && state == "stale" {
				continue // what a view reads itself is no older than its last read
			}
			t.Run(v.Name+"/"+state, func(t *testing.T) {
				d := uitest.StartBusy(t, uitest.Options{View: call(t, v), Views: all})
				d.App.Publish(snap, nil)
				if loads && state == "loading" {
					d.WaitFor("Reading")
					d.WaitFor("admin") // connected
				} else {
					d.Idle()
				}
				d.Golden("80x24/" + v.Name + "-" + state)
				d.ResizeBusy(120, 40)
				d.Golden("120x40/" + v.Name + "-" + state)
				if strings.Contains(d.Text(), "%!") {
					t.Error("a format went wrong")
				}
			})
		}
	}
}
