package uitest_test

import (
	"context"
	"testing"

	"kconsole/compose/labdir"
	"kconsole/kafka"
	"kconsole/kafka/config"
	"kconsole/kafka/kafkatest"
	"kconsole/ui/session"
	"kconsole/ui/uitest"
)

// TestDeniedForm uses the console as somebody who may do little: a form that is
// denied says which ACL is missing, and the access screen which one denies it.
func TestDeniedForm(t *testing.T) {
	k := kafkatest.Embedded(t)
	cl := k.As(t, labdir.Guest)
	cl.Name = "lab"
	admin, err := kafka.Connect(k.Config)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(admin.Close)
	a, err := admin.Admin()
	if err != nil {
		t.Fatal(err)
	}
	binding := kafka.ACL{
		Principal: "User:guest", ResourceType: "CLUSTER", Resource: "kafka-cluster", Pattern: "LITERAL", Operation: "DESCRIBE", Permission: "ALLOW",
	}
	topics := binding
	topics.ResourceType, topics.Resource = "TOPIC", "*"
	deny := topics
	deny.Resource, deny.Operation, deny.Permission = "closed", "DELETE", "DENY"
	p, err := a.CreateACLs(t.Context(), binding, topics, deny)
	if err == nil {
		_, err = p.Apply(t.Context())
	}
	if err != nil {
		t.Fatal(err)
	}
	k.NamedTopic(t, "closed", 1, 1)
	conf := &config.Config{Current: "lab", UI: config.DefaultUI(), Clusters: map[string]config.Cluster{"lab": cl}}
	d := uitest.StartBusy(t, uitest.Options{
		Width: 150, Height: 40, Config: conf, RealClock: true,
		Connect: func(_ context.Context, cl config.Cluster) (*session.Session, error) {
			return session.Open(cl, session.Options{Refresh: conf.UI.Refresh})
		},
	})
	d.WaitFor("3/3 brokers")
	d.TypeBusy("n")
	d.WaitFor("Create a topic")
	d.TypeBusy("wanted")
	d.PressBusy("enter")
	d.WaitFor("missing: ALLOW User:guest CREATE on TOPIC wanted from *")
	d.PressBusy("esc", "esc")
	d.WaitUntilGone("Create a topic")

	d.TypeBusy(":topics /^closed$")
	d.PressBusy("enter")
	d.WaitFor(" closed ")
	d.PressBusy("ctrl-d")
	d.WaitFor("Type closed to confirm")
	d.TypeBusy("closed")
	d.PressBusy("enter")
	d.WaitFor("in the way: DENY User:guest DELETE on TOPIC closed from *; missing: ALLOW User:guest DELETE on TOPIC closed from *")
	d.PressBusy("esc")

	d.TypeBusy(":access closed /guest")
	d.PressBusy("enter")
	d.WaitFor("DENY")
	d.TypeBusy("n")
	d.WaitFor("May somebody do something?")
	d.TypeBusy("guest")
	d.PressBusy("down", "down")
	d.TypeBusy("closed")
	d.WaitFor("kconsole access User:guest READ topic:closed")
	d.PressBusy("enter")
	d.WaitFor("the least that would allow it:   ALLOW User:guest READ on TOPIC closed from *")
}
