package services_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"

	"kconsole/avro/registry"
	"kconsole/kafka"
	"kconsole/kafka/kafkatest"
	"kconsole/labs/services"
)

func TestMain(m *testing.M) { kafkatest.Main(m) }

// shop is a cluster with a manager of services on it.
type shop struct {
	*kafkatest.Cluster
	m   *services.Manager
	c   *kafka.Cluster
	reg *registry.Client
	adm *kadm.Client
}

func open(t *testing.T) *shop { return openOn(t, kafkatest.Embedded(t)) }

func openOn(t *testing.T, k *kafkatest.Cluster) *shop {
	t.Helper()
	s := &shop{Cluster: k, adm: k.Admin(t)}
	var err error
	if s.c, err = kafka.Connect(k.Config); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.c.Close)
	http, err := k.Config.Registry.HTTPClient()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(http.CloseIdleConnections)
	if s.reg, err = registry.New(registry.Options{URL: k.Config.Registry.URL, HTTP: http}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.reg.Close)
	s.m = services.NewManager(services.Options{Cluster: s.c, Registry: s.reg})
	t.Cleanup(s.m.Close)
	return s
}

// patience is how long a test waits for what must happen.
const patience = time.Minute

func within(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	return ctx
}

// start starts a consumer and waits for its members.
func (s *shop) start(t *testing.T, c services.Consumer) *services.Service {
	t.Helper()
	svc, err := s.m.StartConsumer(c)
	if err != nil {
		t.Fatal(err)
	}
	if err := svc.Ready(within(t)); err != nil {
		t.Fatal(err)
	}
	return svc
}

// write writes n records with keys k-from, ... and values v-from, ...
func (s *shop) write(t *testing.T, topic string, from, n int) {
	t.Helper()
	var events []services.Event
	for i := from; i < from+n; i++ {
		events = append(events, services.Event{Topic: topic, Key: fmt.Sprintf("k-%d", i), Value: fmt.Sprintf("v-%d", i)})
	}
	if _, err := s.m.Publish(within(t), events...); err != nil {
		t.Fatal(err)
	}
}

func wait(t *testing.T, svc *services.Service, what string, holds func(services.Status) bool) services.Status {
	t.Helper()
	if err := svc.Wait(within(t), holds); err != nil {
		t.Fatalf("%s: %v; it is %+v", what, err, svc.Status())
	}
	return svc.Status()
}

// lag is the group's lag as the cluster knows it.
func (s *shop) lag(t *testing.T, group, topic string) int64 {
	t.Helper()
	ctx := within(t)
	ends, err := s.adm.ListEndOffsets(ctx, topic)
	if err != nil {
		t.Fatal(err)
	}
	committed, err := s.adm.FetchOffsetsForTopics(ctx, group, topic)
	if err != nil {
		t.Fatal(err)
	}
	var lag int64
	ends.Each(func(o kadm.ListedOffset) {
		at := int64(0)
		if c, ok := committed.Lookup(topic, o.Partition); ok {
			at = max(c.At, 0)
		}
		lag += o.Offset - at
	})
	return lag
}

func (s *shop) lagBecomes(t *testing.T, group, topic string, want int64) {
	t.Helper()
	kafkatest.Eventually(t, func() string {
		if got := s.lag(t, group, topic); got != want {
			return fmt.Sprintf("lag of %s is %d, not %d", group, got, want)
		}
		return ""
	})
}

func TestPauseAndResume(t *testing.T) {
	s := open(t)
	topic := s.Topic(t, 3, 3)
	svc := s.start(t, services.Consumer{Name: "mail", Topics: []string{topic}})
	s.write(t, topic, 0, 10)
	wait(t, svc, "ten handled", func(st services.Status) bool { return st.Handled == 10 })
	s.lagBecomes(t, "mail", topic, 0)
	svc.Pause()
	s.write(t, topic, 10, 5)
	s.lagBecomes(t, "mail", topic, 5)
	if st := svc.Status(); st.State != services.Paused || st.Handled != 10 {
		t.Fatalf("paused, it is %+v", st)
	}
	svc.Resume()
	s.lagBecomes(t, "mail", topic, 0)
	if st := svc.Status(); st.Handled != 15 || st.Repeated != 0 {
		t.Fatalf("resumed, it is %+v", st)
	}
	group, err := s.adm.DescribeGroups(within(t), "mail")
	if err != nil {
		t.Fatal(err)
	}
	if g := group["mail"]; g.State != "Stable" || len(g.Members) != 1 || g.Members[0].ClientID != "mail-1" {
		t.Fatalf("the cluster sees %+v", g)
	}
	if err := s.m.Stop(within(t), "mail"); err != nil {
		t.Fatal(err)
	}
	if group, err = s.adm.DescribeGroups(within(t), "mail"); err != nil || len(group["mail"].Members) != 0 {
		t.Fatalf("after Stop the cluster sees %+v, %v", group["mail"], err)
	}
	if list := s.m.List(); len(list) != 0 {
		t.Fatalf("stopped services are listed: %+v", list)
	}
}
