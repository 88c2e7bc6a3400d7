package ui_test

import (
	"math/rand/v2"
	"strings"
	"testing"

	"kconsole/kafka/poll"
	"kconsole/ui/uitest"
)

// TestMonkey presses random keys, resizes and brings snapshots. Nothing may
// panic, hang or leak.
func TestMonkey(t *testing.T) {
	snaps := []*poll.Snapshot{{}, uitest.Snapshot(), uitest.Failed(uitest.Unreachable()), uitest.Never(uitest.Unreachable()), uitest.Large(300)}
	m := uitest.NewMonkey(t, 1500)
	m.Fresh = func() *uitest.Driver {
		d := uitest.StartBusy(t, uitest.Options{Width: 100, Height: 30})
		d.App.Publish(uitest.Snapshot(), nil)
		return d
	}
	m.Between = func(d *uitest.Driver, i int, r *rand.Rand) {
		if r.IntN(25) == 0 {
			s := *snaps[r.IntN(len(snaps))]
			s.Seq = uint64(i)
			d.App.Publish(&s, nil)
		}
	}
	m.Go()
}

// TestReadOnlyOffersNoChange looks through every view of a read-only context:
// what changes something is off, and says why.
func TestReadOnlyOffersNoChange(t *testing.T) {
	conf := uitest.Config()
	conf.Current = "prod"
	for view, keys := range map[string][]string{
		"topics": {"n", "p", "ctrl-d", "shift-d", "shift-c"}, "topic orders": {"a", "m", "shift-l", "ctrl-d"}, "groups": {"o", "ctrl-d"}, "group billing": {"o", "ctrl-d"},
		"acls": {"n", "ctrl-d"}, "users": {"n", "e", "ctrl-d"}, "quotas": {"n", "ctrl-d"}, "configs orders": {"enter", "ctrl-d"}, "broker 1": {"enter", "ctrl-d"},
	} {
		t.Run(view, func(t *testing.T) {
			d := uitest.StartBusy(t, uitest.Options{Config: conf, View: view})
			d.WaitFor("anonymous") // connected
			d.App.Publish(uitest.Snapshot(), nil)
			d.WaitFor("2/3")
			for _, k := range d.App.Keys() {
				for _, name := range keys {
					if k.Name == name && k.Off == "" {
						t.Errorf("key %s (%s) is offered", name, k.Label)
					}
				}
			}
			for _, name := range keys {
				d.PressBusy(name)
				// The header says read-only anyway; this is about the message.
				if said := d.Line(-2); !strings.Contains(said, "this context is read-only") && !strings.Contains(said, "nothing is selected") {
					t.Errorf("key %s says %q", name, said)
				}
				if d.Has("esc cancel") || d.Has("leave it as it is") {
					t.Errorf("key %s opened a dialog", name)
				}
			}
		})
	}
}
