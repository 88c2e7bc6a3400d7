package uitest_test

import (
	"context"
	"testing"

	"kconsole/kafka/config"
	"kconsole/kafka/kafkatest"
	"kconsole/ui/session"
	"kconsole/ui/uitest"
)

func TestMain(m *testing.M) { kafkatest.Main(m) }

// TestLiveCluster does by keys what a person does, on an embedded cluster:
// create a topic, write to it, read it, watch a broker stop, delete it by name.
func TestLiveCluster(t *testing.T) {
	c := kafkatest.Embedded(t)
	cl := c.Config
	cl.Name = "lab"
	conf := &config.Config{Current: "lab", UI: config.DefaultUI(), Clusters: map[string]config.Cluster{"lab": cl}}
	d := uitest.StartBusy(t, uitest.Options{
		Width: 120, Height: 40, Config: conf, RealClock: true,
		Connect: func(_ context.Context, cl config.Cluster) (*session.Session, error) {
			return session.Open(cl, session.Options{Refresh: conf.UI.Refresh, Stack: c.Stack})
		},
	})
	d.WaitFor("3/3 brokers")

	d.TypeBusy("n")
	d.WaitFor("Create a topic")
	d.TypeBusy("journey.orders")
	d.PressBusy("down")
	d.TypeBusy("3")
	d.PressBusy("down")
	d.TypeBusy("3")
	d.PressBusy("enter")
	d.WaitFor("partitions 3")
	d.PressBusy("enter")
	d.WaitFor("done: create topic journey.orders")

	// Kafka's own topics may be there, or come later.
	d.TypeBusy("/journey")
	d.PressBusy("enter")
	d.WaitFor(" journey.orders ")
	d.TypeBusy("p")
	d.WaitFor("Produce to topic journey.orders")
	d.TypeBusy("c-4711")
	d.PressBusy("down", "down")
	d.TypeBusy(`{"total":99}`)
	d.PressBusy("enter")
	d.WaitFor("Produce one record")
	d.PressBusy("enter")
	d.WaitFor("offset 0)")

	d.TypeBusy("l")
	d.WaitFor("c-4711")
	d.WaitFor(`{"total":99}`)
	d.PressBusy("esc")

	d.TypeBusy(":brokers")
	d.PressBusy("enter")
	d.WaitFor("Brokers (3)")
	d.PressBusy("end", "s")
	d.WaitFor("stopped")
	d.WaitFor("2/3 brokers")
	d.TypeBusy(":events")
	d.PressBusy("enter")
	d.WaitFor("broker 3 left")
	d.TypeBusy(":brokers")
	d.PressBusy("enter")
	d.PressBusy("end", "shift-s")
	d.WaitFor("3/3 brokers")

	d.TypeBusy(":topics /journey")
	d.PressBusy("enter")
	d.WaitFor(" journey.orders ")
	d.PressBusy("ctrl-d")
	d.WaitFor("Type journey.orders to confirm")
	d.TypeBusy("journey.orders")
	d.PressBusy("enter")
	d.WaitFor("done: delete topic journey.orders")
	d.WaitFor("/journey")
	d.WaitUntilGone(" journey.orders ")
}
