package views_test

import (
	"os"
	"path/filepath"
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
	"tail": "tail orders", "configs": "configs orders", "consumers": "consumers orders", "producers": "producers orders", "broker": "broker 1", "schema": "schema orders-value 3", "diff": "diff orders-value 3", "logs": "logs 1",
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

// tailShows is what a tail shows last in each state.
var tailShows = map[string]string{"loading": "opening", "filled": "302,144", "failed": "tried again", "stale": "does not answer"}

// sizes are the terminals that every view is painted on, states what it has to
// be painted in.
var (
	sizes  = []string{"80x24", "120x40"}
	states = []string{"loading", "filled", "failed"}
)

// TestEveryViewIsPainted: no view is without its golden screens, and there are
// none of views that are gone.
func TestEveryViewIsPainted(t *testing.T) {
	if uitest.Updating() {
		t.Skip("the golden screens are being written")
	}
	for _, size := range sizes {
		there := map[string]bool{}
		files, err := os.ReadDir(filepath.Join("testdata", size))
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			there[strings.TrimSuffix(f.Name(), ".golden")] = true
		}
		for _, v := range views.All() {
			for _, state := range states {
				if !there[v.Name+"-"+state] {
					t.Errorf("view %s has no golden screen of %s in state %s", v.Name, size, state)
				}
			}
		}
		for name := range there {
			view := name[:strings.LastIndexByte(name, '-')]
			if !slices.ContainsFunc(views.All(), func(v page.View) bool { return v.Name == view }) {
				t.Errorf("%s/%s.golden shows a view that there is not", size, name)
			}
		}
	}
}

// TestGoldens paints every view in its states at both sizes.
func TestGoldens(t *testing.T) {
	snaps := map[string]*poll.Snapshot{
		"loading": {}, "filled": uitest.Snapshot(), "failed": uitest.Never(uitest.Unreachable()), "stale": uitest.Failed(uitest.Unreachable()),
	}
	own := map[string]views.Load{
		"loading": {Now: uitest.Now}, "filled": {Filled: true, Now: uitest.Now}, "failed": {Err: uitest.Unreachable(), Now: uitest.Now}, "stale": {Filled: true, Stale: true, Now: uitest.Now},
	}
	for _, v := range views.All() {
		for state, snap := range snaps {
			all := views.All()
			loads := false
			for _, l := range views.Loading(own[state]) {
				all[slices.IndexFunc(all, func(v page.View) bool { return v.Name == l.Name })] = l
				loads = loads || l.Name == v.Name
			}
			if loads && state == "stale" && v.Name != "tail" {
				continue // what a view reads itself is no older than its last read
			}
			t.Run(v.Name+"/"+state, func(t *testing.T) {
				d := uitest.StartBusy(t, uitest.Options{View: call(t, v), Views: all})
				d.App.Publish(snap, nil)
				switch {
				case v.Name == "cart" || v.Name == "latency": // they are not read from anywhere
					d.Idle()
				case v.Name == "tail": // it reads for as long as it is open, so there is no end to wait for
					d.WaitFor(tailShows[state])
				case loads && state == "loading":
					d.WaitFor("Reading")
					d.WaitFor("admin") // connected
				default:
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

// TestATextWithoutAMatchSaysSo: a filter that nothing matches leaves no blank page.
func TestATextWithoutAMatchSaysSo(t *testing.T) {
	d := uitest.Start(t, uitest.Options{View: "schema orders-value 3", Views: views.Loading(views.Load{Filled: true, Now: uitest.Now})})
	d.Publish(uitest.Snapshot())
	d.Type("/zzzz")
	d.Press("enter")
	for _, want := range []string{"No match among 10 lines.", "esc clears the filter."} {
		if !strings.Contains(d.Text(), want) {
			t.Errorf("the page does not say %q:\n%s", want, d.Text())
		}
	}
	d.Press("esc")
	if text := d.Text(); !strings.Contains(text, `"name": "Order"`) || strings.Contains(text, "No match") {
		t.Errorf("the text is not back:\n%s", text)
	}
}
