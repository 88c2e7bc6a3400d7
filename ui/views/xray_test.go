package views_test

import (
	"strings"
	"testing"

	"kconsole/ui/uitest"
)

// TestXray opens, narrows and leaves a tree.
func TestXray(t *testing.T) {
	d := uitest.Start(t, uitest.Options{View: "xray", Width: 120, Height: 40})
	d.Publish(uitest.Snapshot())
	see := func(want bool, texts ...string) {
		t.Helper()
		for _, text := range texts {
			if d.Has(text) != want {
				t.Errorf("%q on the screen: %v\n%s", text, !want, d.Text())
			}
		}
	}
	d.Press("down", "down", "down", "enter") // orders.enriched
	see(true, "├─ ▸ p0", "└─ ▸ p5", "no leader")
	d.Press("down", "down", "enter") // p1, without broker 2
	see(true, "not in sync · the broker is down", "broker 1")
	d.Golden("120x40/xray-open")
	d.Resize(80, 24)
	d.Golden("80x24/xray-open")
	d.Resize(120, 40)
	d.Press("left", "left", "left")
	see(false, "▸ p0")
	d.Press("*")
	see(true, "broker 3", "▾ p0")
	d.Press("*", "ctrl-z")
	see(true, "orders.enriched", "faults only", "p5")
	see(false, "payments")
	d.Press("esc")
	d.Type("/pay")
	d.Press("enter")
	see(true, "payments")
	see(false, "users.registered")
	d.Press("enter")
	see(true, "└─ ▸ p2") // what lies in a match is shown, whatever it is named
	d.Press("esc", "tab")
	see(true, "Groups, members, partitions (3)", "billing")
	d.Press("down", "enter")
	see(true, "php-2", "php-3", "idle")
	d.Press("down", "down", "enter")
	see(true, "orders p4", "lag 18,384")
	d.Press("down", "down", "enter") // a leaf is opened
	if crumbs := d.Line(-2); !strings.Contains(crumbs, "tail") {
		t.Errorf("crumbs: %s", crumbs)
	}
}
