package services_test

import (
	"context"
	"encoding/json"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"kconsole/kafka"
	"kconsole/labs/services"
)

func lab(id string) func(string) string {
	return func(name string) string { return "lab." + id + "." + name }
}

func rowsBecome(t *testing.T, db *services.Database, svc *services.Service, table string, want int64) {
	t.Helper()
	wait(t, svc, table, func(services.Status) bool {
		rows, _, err := db.Rows(t.Context(), table)
		return err == nil && rows >= want
	})
	if rows, events, err := db.Rows(t.Context(), table); err != nil || rows != want || events != want {
		t.Fatalf("table %s: %d rows of %d events, %v; want %d", table, rows, events, err, want)
	}
}

func TestRegistration(t *testing.T) {
	s := open(t)
	r, err := s.m.StartRegistration(within(t), services.RegistrationConfig{Name: lab("01")})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close(within(t))
	users := services.NewUsers(1, 8)
	for _, svc := range []*services.Service{r.Mail, r.Profile, r.Audit} {
		if err := svc.Ready(within(t)); err != nil {
			t.Fatal(err)
		}
	}

	// With a slow mail service the synchronous form waits for it, and only that one.
	const slow = 300 * time.Millisecond
	r.Mail.Slow(slow)
	sync, err := r.RegisterSync(within(t), users[0])
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	var sum time.Duration
	for _, c := range sync.Calls {
		names = append(names, c.Name)
		sum += c.Took
		if c.Name == "mail" && c.Took < slow {
			t.Errorf("the slow call took %v", c.Took)
		}
	}
	if strings.Join(names, " ") != "save mail profile audit" || sync.Took < sum {
		t.Errorf("%+v", sync)
	}
	event, err := r.RegisterEvent(within(t), users[1])
	if err != nil {
		t.Fatal(err)
	}
	if len(event.Calls) != 2 || event.Calls[1].Name != "publish" {
		t.Errorf("%+v", event)
	}
	for table, svc := range map[string]*services.Service{"mail": r.Mail, "profile": r.Profile, "audit": r.Audit} {
		rowsBecome(t, r.Database, svc, table, 2)
	}
	r.Mail.Slow(0)

	// A paused one lags alone; the users have their answers.
	r.Mail.Pause()
	for _, u := range users[2:7] {
		if _, err := r.RegisterEvent(within(t), u); err != nil {
			t.Fatal(err)
		}
	}
	s.lagBecomes(t, "lab.01.mail", r.Topic, 5)
	s.lagBecomes(t, "lab.01.profile", r.Topic, 0)
	s.lagBecomes(t, "lab.01.audit", r.Topic, 0)
	r.Mail.Resume()
	s.lagBecomes(t, "lab.01.mail", r.Topic, 0)
	rowsBecome(t, r.Database, r.Mail, "mail", 7)

	// Without the mail service the synchronous form fails after all the user did.
	if err := s.m.Stop(within(t), "lab.01.web"); err != nil {
		t.Fatal(err)
	}
	if _, err := r.RegisterSync(within(t), users[7]); kafka.KindOf(err) != kafka.Unreachable {
		t.Errorf("with nobody at the door: %v", err)
	}
	if got := s.read(t, r.Topic, 6)[0]; got.Value[0] != 0 || len(got.Key) == 0 {
		t.Errorf("an event is % x", got.Value)
	}
}

func TestOrderSystem(t *testing.T) {
	s := open(t)
	o, err := s.m.StartOrders(within(t), services.OrdersConfig{Name: lab("12")})
	if err != nil {
		t.Fatal(err)
	}
	if err := o.Ready(within(t)); err != nil {
		t.Fatal(err)
	}
	orders := o.NewOrders(20)
	for i := range orders {
		orders[i].Cents = 12_345
	}
	orders[3].Items[0].SKU = "SOLD-OUT"
	orders[4].Cents = 250_000
	if err := o.Place(within(t), orders...); err != nil {
		t.Fatal(err)
	}
	if err := o.PoisonOrder(within(t)); err != nil {
		t.Fatal(err)
	}
	// Another service begins with what was there before.
	name := lab("12")
	award := services.Consumer{
		Name: name("loyalty"), Topics: []string{name("orders")}, Retries: 1, DeadLetterTopic: name("dead-letters"),
		Idempotent: true, Seen: &services.SeenIDs{},
		Handle: func(ctx context.Context, d *services.Delivery) error {
			var e services.OrderPlaced
			if err := d.Event(ctx, &e, "shop.flow.OrderPlaced"); err != nil {
				return err
			}
			return d.Publish(ctx, services.Event{Topic: name("loyalty"), Key: e.Order, ID: "loyalty:" + e.Order, Value: map[string]any{"points": e.Cents / 100}})
		},
	}
	const points = `{"type": "record", "name": "PointsAwarded", "fields": [{"name": "points", "type": "long"}]}`
	if err := s.m.Agree(within(t), services.Contract{Topic: name("loyalty"), Partitions: 3, Schema: points}); err != nil {
		t.Fatal(err)
	}
	loyalty, err := s.m.StartConsumer(award)
	if err != nil {
		t.Fatal(err)
	}
	ends := map[string]int{"orders": 21, "stock": 20, "payments": 19, "shipments": 18, "notifications": 20, "loyalty": 20, "dead-letters": 2}
	for topic, want := range ends {
		s.read(t, o.Topic(topic), want)
	}
	groups := map[string]bool{}
	for _, letter := range s.read(t, o.Topic("dead-letters"), 2) {
		for _, h := range letter.Headers {
			if h.Key == services.HeaderGroup {
				groups[string(h.Value)] = true
			}
		}
	}
	if !groups["lab.12.stock"] || !groups["lab.12.loyalty"] {
		t.Errorf("dead letters of %v", groups)
	}

	// A replay of all orders repeats nothing.
	s.lagBecomes(t, loyalty.Group(), o.Topic("orders"), 0)
	if err := s.m.Stop(within(t), loyalty.Name()); err != nil {
		t.Fatal(err)
	}
	if _, err := s.adm.DeleteGroup(within(t), loyalty.Group()); err != nil {
		t.Fatal(err)
	}
	if loyalty, err = s.m.StartConsumer(award); err != nil {
		t.Fatal(err)
	}
	wait(t, loyalty, "the replay", func(st services.Status) bool { return st.Duplicates == 20 && st.DeadLettered == 1 })
	perOrder := map[string]int{}
	for _, r := range s.read(t, o.Topic("loyalty"), 20) {
		perOrder[string(r.Key)]++
	}
	if len(perOrder) != 20 {
		t.Errorf("points for %d of 20 orders", len(perOrder))
	}
	s.m.Close() // also what the flow holds
}

func TestSink(t *testing.T) {
	s := open(t)
	topic := s.Topic(t, 2, 3)
	path := filepath.Join(t.TempDir(), "lab.db")
	db, err := services.OpenDatabase(t.Context(), path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	sink := services.Sink{
		Consumer: services.Consumer{Name: "saver", Topics: []string{topic}},
		Database: db, Table: "users",
	}
	s.write(t, topic, 0, 12)
	replay := func(idempotent bool) *services.Service {
		sink.Idempotent = idempotent
		svc, err := s.m.StartSink(within(t), sink)
		if err != nil {
			t.Fatal(err)
		}
		wait(t, svc, "all of them", func(st services.Status) bool { return st.Handled+st.Duplicates == 12 })
		if err := s.m.Stop(within(t), "saver"); err != nil {
			t.Fatal(err)
		}
		if _, err := s.adm.DeleteGroup(within(t), "saver"); err != nil {
			t.Fatal(err)
		}
		return svc
	}
	for _, step := range []struct {
		idempotent bool
		rows       int64
	}{{true, 12}, {true, 12}, {false, 24}} {
		replay(step.idempotent)
		if rows, events, err := db.Rows(t.Context(), "users"); err != nil || rows != step.rows || events != 12 {
			t.Fatalf("%+v: %d rows of %d events, %v", step, rows, events, err)
		}
	}
	var value string
	if err := db.SQL().QueryRowContext(t.Context(), `SELECT value FROM users ORDER BY value LIMIT 1`).Scan(&value); err != nil {
		t.Fatal(err)
	}
	if !json.Valid([]byte(value)) || value != `"v-0"` {
		t.Errorf("a value is %s", value)
	}
	sink.Table = "users; DROP TABLE users"
	if _, err := s.m.StartSink(within(t), sink); kafka.KindOf(err) != kafka.Invalid {
		t.Errorf("%v", err)
	}
}
