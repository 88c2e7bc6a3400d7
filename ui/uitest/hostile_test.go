package uitest_test

import (
	"context"
	"strconv"
	"testing"

	"kconsole/kafka/config"
	"kconsole/kafka/kafkatest"
	"kconsole/ui/session"
	"kconsole/ui/uitest"
)

// TestHostileRecords reads hostile keys, values, headers, group ids, client ids
// and schemas from a cluster, one after the other, and looks at every byte that
// the terminal gets.
func TestHostileRecords(t *testing.T) {
	c := kafkatest.Embedded(t)
	corpus := uitest.Hostile()
	topic := c.Topic(t, 1, 3)
	c.Hostile(t, topic, corpus)
	cl := c.Config
	cl.Name = "lab"
	conf := &config.Config{Current: "lab", UI: config.DefaultUI(), Clusters: map[string]config.Cluster{"lab": cl}}
	term := &uitest.Terminal{}
	d := uitest.StartBusy(t, uitest.Options{
		Width: 140, Height: 50, Config: conf, Terminal: term,
		Connect: func(_ context.Context, cl config.Cluster) (*session.Session, error) {
			return session.Open(cl, session.Options{Refresh: conf.UI.Refresh})
		},
	})
	d.WaitFor("3/3 brokers")
	check := func() {
		t.Helper()
		d.Text() // a frame
		if why := uitest.Harmless(term.Written(), false); why != "" {
			t.Fatal(why)
		}
	}
	if why := uitest.Harmless(term.Written(), true); why != "" {
		t.Fatalf("at the start: %s", why)
	}

	// All records in the list, then each one whole and byte by byte.
	d.App.Open("tail", topic)
	d.WaitFor("following")
	d.PressBusy("s")
	d.TypeBusy("start") // in the place of where it starts now
	d.PressBusy("enter")
	d.WaitFor("from start")
	d.WaitFor(" " + strconv.Itoa(len(corpus)) + " seen")
	d.PressBusy("home")
	for range len(corpus)/40 + 2 {
		d.PressBusy("pgdn")
		check()
	}
	d.PressBusy("w")
	check()
	d.PressBusy("w", "home", "enter")
	for i := range corpus {
		check()
		if i%3 == 0 {
			d.PressBusy("b")
			check()
			d.PressBusy("b")
		}
		d.PressBusy("down")
	}
	d.PressBusy("esc")

	// Groups, a group's members with their client ids, the schema's text.
	d.App.Open("groups")
	d.WaitFor("Groups (")
	d.PressBusy("ctrl-w")
	for range len(corpus)/40 + 1 {
		d.PressBusy("pgdn")
		check()
	}
	d.App.Open("members", kafkatest.HostileGroup)
	d.WaitFor("8 members")
	check()
	for i := 0; i < len(corpus); i += 40 {
		d.App.Open("group", corpus[i][:min(len(corpus[i]), 1000)])
		check()
	}
	d.App.Open("schema", topic+"-doc", "1")
	d.WaitFor(`"doc"`)
	for range 40 {
		d.PressBusy("pgdn")
		check()
	}
	if got := d.Clipboard(); got != "" {
		t.Errorf("the clipboard has %q", got)
	}
}
