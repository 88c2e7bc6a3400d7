package views_test

import (
	"strings"
	"testing"

	"go.uber.org/goleak"

	"kconsole/kafka/poll"
	"kconsole/ui/uitest"
	"kconsole/ui/views"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// calls open each view on something that is there.
var calls = map[string]string{
	"topic": "topic orders.enriched", "group": "group billing", "members": "members billing", "subject": "subject orders-value",
}

// TestGoldens paints every view in its states at both sizes.
func TestGoldens(t *testing.T) {
	states := map[string]*poll.Snapshot{
		"loading": {}, "filled": uitest.Snapshot(), "failed": uitest.Never(uitest.Unreachable()), "stale": uitest.Failed(uitest.Unreachable()),
	}
	for _, v := range views.All() {
		if v.Name == "tail" {
			continue // its rows do not come out of a snapshot
		}
		call, ok := calls[v.Name]
		if !ok {
			if len(v.Args) > 0 {
				t.Errorf("no call for view %s", v.Name)
				continue
			}
			call = v.Name
		}
		for state, snap := range states {
			t.Run(v.Name+"/"+state, func(t *testing.T) {
				d := uitest.Start(t, uitest.Options{View: call})
				d.Publish(snap)
				d.Golden("80x24/" + v.Name + "-" + state)
				d.Resize(120, 40)
				d.Golden("120x40/" + v.Name + "-" + state)
				if strings.Contains(d.Text(), "%!") {
					t.Error("a format went wrong")
				}
			})
		}
	}
}
