package ui_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"testing"

	"kconsole/kafka/poll"
	"kconsole/ui/uitest"
)

// monkeyKeys is what a monkey may press: everything but ctrl-c.
var monkeyKeys = []string{
	"enter", "enter", "enter", "esc", "esc", "tab", "shift-tab", "up", "down", "down", "left", "right", "home", "end", "pgup", "pgdn", "backspace", "delete",
	"space", "ctrl-space", "ctrl-a", "ctrl-b", "ctrl-d", "ctrl-e", "ctrl-f", "ctrl-g", "ctrl-k", "ctrl-l", "ctrl-n", "ctrl-p", "ctrl-r", "ctrl-s", "ctrl-u", "ctrl-w", "ctrl-z",
	":", ":", "/", "?", "-", "[", "]", "!", "a", "b", "c", "d", "e", "f", "g", "h", "j", "k", "l", "m", "n", "o", "p", "r", "s", "t", "u", "w", "x", "y", "1", "*", "(",
	"shift-c", "shift-g", "shift-k", "shift-l", "shift-n", "shift-o", "shift-p", "shift-s", "ü", "東",
}

// TestMonkey presses random keys, resizes and brings snapshots. Nothing may
// panic, hang or leak. KCONSOLE_MONKEY_KEYS sets how many keys, and
// KCONSOLE_MONKEY_SEED which.
func TestMonkey(t *testing.T) {
	keys, seed := 1500, uint64(1)
	if n, err := strconv.Atoi(os.Getenv("KCONSOLE_MONKEY_KEYS")); err == nil {
		keys = n
	}
	if n, err := strconv.ParseUint(os.Getenv("KCONSOLE_MONKEY_SEED"), 10, 64); err == nil {
		seed = n
	}
	r := rand.New(rand.NewPCG(seed, 0))
	snaps := []*poll.Snapshot{{}, uitest.Snapshot(), uitest.Failed(uitest.Unreachable()), uitest.Never(uitest.Unreachable()), uitest.Large(300)}
	var last []string
	fresh := func() *uitest.Driver {
		d := uitest.StartBusy(t, uitest.Options{Width: 100, Height: 30})
		d.App.Publish(uitest.Snapshot(), nil)
		return d
	}
	d := fresh()
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("seed %d, last keys: %v", seed, last)
		}
	})
	for i := range keys {
		if d.Ended() { // :q, chosen from the completions
			if err := d.End(); err != nil {
				t.Fatalf("after %v: %v", last, err)
			}
			d = fresh()
		}
		switch n := r.IntN(100); {
		case n < 2:
			w, h := 20+r.IntN(180), 8+r.IntN(60)
			last = append(last, fmt.Sprintf("%dx%d", w, h))
			d.ResizeBusy(w, h)
		case n < 6:
			s := *snaps[r.IntN(len(snaps))]
			s.Seq = uint64(i)
			d.App.Publish(&s, nil)
		default:
			key := monkeyKeys[r.IntN(len(monkeyKeys))]
			last = append(last, key)
			d.Hit(key)
		}
		last = last[max(len(last)-40, 0):]
	}
}

// TestReadOnlyOffersNoChange looks through every view of a read-only context:
// what changes something is off, and says why.
func TestReadOnlyOffersNoChange(t *testing.T) {
	conf := uitest.Config()
	conf.Current = "prod"
	for view, keys := range map[string][]string{
		"topics": {"n", "p", "ctrl-d", "shift-p", "shift-c"}, "topic orders": {"a", "m", "shift-l", "ctrl-d"}, "groups": {"o", "ctrl-d"}, "group billing": {"o", "ctrl-d"},
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
