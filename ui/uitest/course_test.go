package uitest_test

import (
	"context"
	"testing"

	"kconsole/kafka/config"
	"kconsole/kafka/kafkatest"
	"kconsole/ui/session"
	"kconsole/ui/uitest"
)

// TestLabBesideTheConsole goes through the beginning of a lab by keys: it reads
// the concepts, finds the broker that the lab stopped, starts it, and is asked.
func TestLabBesideTheConsole(t *testing.T) {
	start := labConsole(t)
	d := start()
	d.WaitFor("3/3 brokers")
	d.TypeBusy(":labs /^02")
	d.PressBusy("enter")
	d.WaitFor("not begun")
	d.PressBusy("enter")
	d.WaitFor("concepts 1 of")
	d.ResizeBusy(121, 40) // the narrowest that has both: a diagram is not cut
	d.WaitFor("│ database  ├─────▶│ customers        ▓▓▓│─────▶│ warehouse: analyse   │")
	d.ResizeBusy(160, 50)
	d.PressBusy("s")
	d.WaitFor("Bring every broker up")
	d.WaitFor("is stopped")
	d.WaitFor("2/3 brokers")

	// In a small terminal the lab is a strip while the console has the keys.
	d.PressBusy("ctrl-t")
	d.ResizeBusy(80, 24)
	d.TypeBusy(":brokers")
	d.PressBusy("enter")
	d.WaitFor("Brokers (3)")
	d.WaitFor("waiting for 3 brokers")
	d.TypeBusy("/stopped")
	d.PressBusy("enter")
	d.WaitFor("Brokers (1 of 3)")
	d.PressBusy("shift-s")
	d.WaitFor("3/3")
	d.ResizeBusy(160, 50)
	d.WaitFor("Find the controller")
	d.WaitFor("Which node")

	// It is solved for those who want to see it, and goes on after a restart.
	d.PressBusy("ctrl-t", "s")
	d.WaitFor("Create a topic")
	d.TypeBusy(":q")
	d.PressBusy("enter")
	if err := d.End(); err != nil {
		t.Fatal(err)
	}
	d = start()
	d.WaitFor("3/3 brokers")
	d.TypeBusy(":labs /^02")
	d.PressBusy("enter")
	d.WaitFor("2 of 7")
	d.PressBusy("enter")
	d.WaitFor("Create a topic")
}

// TestLabServicesByKeys steers a lab's service beside the console: it is seen to
// be paused, and goes on when told so.
func TestLabServicesByKeys(t *testing.T) {
	d := labConsole(t)()
	d.WaitFor("3/3 brokers")
	d.TypeBusy(":labs /^03")
	d.PressBusy("enter")
	d.WaitFor("not begun")
	d.PressBusy("enter")
	d.WaitFor("concepts 1 of")
	d.PressBusy("s")
	d.WaitFor("One key, one partition")
	d.WaitFor("waiting for")
	d.PressBusy("v")
	d.WaitFor("no services run in this step")
	d.PressBusy("s")
	d.WaitFor("Consume as a group")
	d.WaitFor("billing: paused")
	d.PressBusy("v")
	d.TypeBusy("resume")
	d.PressBusy("enter")
	d.WaitFor("say what and to which service")
	d.TypeBusy(" billing")
	d.PressBusy("enter")
	d.WaitFor("Four members on three partitions")
}

// labConsole starts a console on a cluster of its own, as often as it is called,
// with one place for the progress of labs.
func labConsole(t *testing.T) func() *uitest.Driver {
	t.Helper()
	c := kafkatest.Embedded(t)
	cl := c.Config
	cl.Name, cl.Lab = "lab", &config.Lab{Runtime: "embedded"}
	conf := &config.Config{Current: "lab", UI: config.DefaultUI(), Clusters: map[string]config.Cluster{"lab": cl}}
	progress := t.TempDir()
	return func() *uitest.Driver {
		return uitest.StartBusy(t, uitest.Options{
			Width: 160, Height: 50, Config: conf, RealClock: true,
			Connect: func(_ context.Context, cl config.Cluster) (*session.Session, error) {
				return session.Open(cl, session.Options{Refresh: conf.UI.Refresh, Stack: c.Stack, LabState: progress})
			},
		})
	}
}
