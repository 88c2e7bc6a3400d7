package e2e

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"

	"kconsole/labs/php"
)

// javaPartition is where Java's default partitioner puts a key.
func javaPartition(key []byte, n int) int32 {
	topic := kgo.StickyKeyPartitioner(nil).ForTopic("any")
	return int32(topic.Partition(&kgo.Record{Key: key}, n))
}

func TestPHPLab01(t *testing.T) {
	l := newPHPLab(t, "01-events", php.Solution)
	l.topics("user-registered")
	if out := l.run("register.php", "ada@example.com", "Ada"); !strings.HasPrefix(out, "201 ") {
		t.Fatal(out)
	}
	r := l.records("user-registered", 1)[0]
	if got := l.decoded(r); got["email"] != "ada@example.com" || got["id"] != string(r.Key) || header(r, "id") == "" {
		t.Errorf("%v, key %s, headers %v", got, r.Key, r.Headers)
	}
}

func TestPHPLab02(t *testing.T) {
	l := newPHPLab(t, "02-kafka-parts", php.Solution)
	l.topics("hello")
	l.run("hello.php", "host")
	if r := l.records("hello", 1)[0]; string(r.Key) != "host" {
		t.Errorf("key %q, value %q", r.Key, r.Value)
	}
}

func TestPHPLab03(t *testing.T) {
	starter := newPHPLab(t, "03-producers-consumers", php.Starter)
	starter.topics("orders")
	starter.run("producer.php")
	starter.records("orders", 0) // no flush: nothing has left the buffer

	l := newPHPLab(t, "03-producers-consumers", php.Solution)
	l.topics("orders")
	if out := l.run("producer.php"); !strings.Contains(out, "20 of 20 arrived") {
		t.Fatal(out)
	}
	for _, r := range l.records("orders", 20) {
		if want := javaPartition(r.Key, 3); r.Partition != want {
			t.Errorf("key %s is in partition %d, Java has it in %d", r.Key, r.Partition, want)
		}
	}
	consumer := l.start("consumer.php")
	l.drained("php", "orders", consumer)
	consumer.stop()
	if n := strings.Count(consumer.out.String(), `"order":`); n != 20 {
		t.Errorf("%d lines\n%s", n, consumer.out.String())
	}
}

func TestPHPLab04(t *testing.T) {
	l := newPHPLab(t, "04-avro-schemas", php.Solution)
	l.topics("users")
	first := l.run("register.php")
	second := l.run("register.php")
	id := func(out string) string { line, _, _ := strings.Cut(out, "\n"); return line }
	if !strings.HasPrefix(first, "schema id ") || id(first) != id(second) {
		t.Errorf("%s\n%s", first, second)
	}
	for _, r := range l.records("users", 2) {
		if got := l.decoded(r); got["email"] != "ada@example.com" || got["age"] != 42.0 {
			t.Error(got)
		}
	}
}

func TestPHPLab05(t *testing.T) {
	l := newPHPLab(t, "05-development-environment", php.Solution)
	l.topics("users")
	l.run("produce.php", "ada@example.com")
	consumer := l.start("consume.php")
	l.drained("php-log", "users", consumer)
	consumer.stop()
	if !strings.Contains(consumer.out.String(), "registered ada@example.com") {
		t.Error(consumer.out.String())
	}
}

func TestPHPLab06(t *testing.T) {
	l := newPHPLab(t, "06-producers-avro", php.Solution)
	l.topics("orders")
	if out := l.run("producer.php", "1000"); !strings.Contains(out, "1000 delivered, 0 failed") {
		t.Fatal(out)
	}
	records, ids := l.records("orders", 1000), map[string]bool{}
	for _, r := range records {
		ids[header(r, "id")] = true
		if r.Partition != javaPartition(r.Key, 3) || r.ProducerID < 0 || r.Attrs.CompressionType() != 4 {
			t.Fatalf("key %s in partition %d, producer id %d, compression %d", r.Key, r.Partition, r.ProducerID, r.Attrs.CompressionType())
		}
	}
	if len(ids) != 1000 {
		t.Errorf("%d ids", len(ids))
	}
	for _, r := range records {
		if header(r, "id") == "o-7" {
			if got := l.decoded(r); got["cents"] != 1207.0 || got["payment"] != "INVOICE" {
				t.Error(got)
			}
		}
	}
}

func TestPHPLab07(t *testing.T) {
	l := newPHPLab(t, "07-consumers-avro", php.Solution)
	l.topics("orders", "orders.dead-letter")
	l.orders(12)
	poison := &kgo.Record{Topic: l.name("orders"), Key: []byte("c-poison"), Value: []byte(`{"id":"no avro"}`)}
	if err := l.Client(t).ProduceSync(t.Context(), poison).FirstErr(); err != nil {
		t.Fatal(err)
	}
	for run := range 2 { // the second reads everything again, and books nothing twice
		consumer := l.start("consumer.php")
		l.drained("php-booking", "orders", consumer)
		consumer.stop()
		if !strings.Contains(consumer.out.String(), "12 orders booked") {
			t.Errorf("run %d: %s", run, consumer.out.String())
		}
		dead := l.records("orders.dead-letter", run+1)[0]
		source := fmt.Sprintf("%s/%d/%d", poison.Topic, poison.Partition, poison.Offset)
		if string(dead.Value) != string(poison.Value) || string(dead.Key) != "c-poison" || header(dead, "source") != source || !strings.Contains(header(dead, "error"), "magic byte") {
			t.Errorf("%s=%s %v", dead.Key, dead.Value, dead.Headers)
		}
		l.replay("php-booking", "orders")
	}
}

func TestPHPLab08(t *testing.T) {
	l := newPHPLab(t, "08-schema-evolution", php.Solution)
	l.topics("users")
	out := l.run("evolve.php")
	for _, want := range []string{
		`read with v2: {"id":"u-1","email":"old@example.com","country":"unknown"}`,
		`read with v1: {"id":"u-2","email":"new@example.com"}`,
		`read with v2: {"id":"u-2","email":"new@example.com","country":"DE"}`,
	} {
		if !strings.Contains(out, want) {
			t.Errorf("not printed: %s\n%s", want, out)
		}
	}
	if versions, err := l.Registry(t).SubjectVersions(t.Context(), l.name("users-value")); err != nil || len(versions) != 2 {
		t.Errorf("%v, %v", versions, err)
	}

	starter := newPHPLab(t, "08-schema-evolution", php.Starter)
	starter.topics("users")
	if out := starter.run("evolve.php"); !strings.Contains(out, "v2: ") {
		t.Errorf("the starter's v2 is not refused:\n%s", out)
	}
}

func TestPHPLab09(t *testing.T) {
	l := newPHPLab(t, "09-replication", php.Solution)
	l.topics("payments")
	loop := l.start("loop.php", "10")
	l.reaches("payments", 50, loop)
	if err := l.Stack.Kill(t.Context(), 2); err != nil {
		t.Fatal(err)
	}
	l.reaches("payments", 200, loop)
	if err := l.Stack.Start(t.Context(), 2); err != nil {
		t.Fatal(err)
	}
	if code := loop.wait(); code != 0 {
		t.Fatalf("exit %d: %s", code, loop.out.String())
	}
	seen := map[string]bool{}
	for _, r := range l.records("payments", 500) { // none twice
		seen[string(r.Key)] = true
	}
	if len(seen) != 500 { // none missing
		t.Errorf("%d payments", len(seen))
	}
}

func TestPHPLab10(t *testing.T) {
	l := newPHPLab(t, "10-security", php.Solution)
	l.topics("payments")
	l.user("lab.10.php", "hunter-2-hunter")
	denied := l.start("secure.php", "lab.10.php", "hunter-2-hunter")
	if code := denied.wait(); code == 0 || !strings.Contains(denied.out.String(), "TOPIC_AUTHORIZATION_FAILED") {
		t.Errorf("without rights: exit %d\n%s", code, denied.out.String())
	}
	l.grantPayments("lab.10.php")
	if out := l.run("secure.php", "lab.10.php", "hunter-2-hunter"); !strings.Contains(out, "write: allowed") || !strings.Contains(out, "read: allowed") {
		t.Error(out)
	}
	wrong := l.start("secure.php", "lab.10.php", "another password")
	if code := wrong.wait(); code == 0 || !strings.Contains(strings.ToLower(wrong.out.String()), "authentication") {
		t.Errorf("with a wrong password: exit %d\n%s", code, wrong.out.String())
	}
}

func TestPHPLab11(t *testing.T) {
	l := newPHPLab(t, "11-monitoring", php.Solution)
	l.topics("load")
	client := l.Client(t)
	records := make([]*kgo.Record, 5000)
	for i := range records {
		records[i] = &kgo.Record{Topic: l.name("load"), Key: fmt.Append(nil, i), Value: make([]byte, 100)}
	}
	if err := client.ProduceSync(t.Context(), records...).FirstErr(); err != nil {
		t.Fatal(err)
	}
	consumer := l.start("consumer.php")
	l.drained("php-load", "load", consumer)
	consumer.stop()
	if !strings.Contains(consumer.out.String(), "5000 records booked") {
		t.Error(consumer.out.String())
	}
}

func TestPHPLab12(t *testing.T) {
	l := newPHPLab(t, "12-order-system", php.Solution)
	l.topics("orders", "loyalty")
	l.place(25)
	for range 2 { // the second time by a replay
		service := l.start("loyalty.php")
		l.drained("loyalty", "orders", service)
		service.stop()
		seen := map[string]bool{}
		for _, r := range l.records("loyalty", 25) {
			if got := l.decoded(r); got["order"] != string(r.Key) || got["points"] != 25.0 {
				t.Error(got)
			}
			seen[string(r.Key)] = true
		}
		if len(seen) != 25 {
			t.Errorf("%d orders have points", len(seen))
		}
		l.replay("loyalty", "orders")
	}
}

func TestPHPLab13(t *testing.T) {
	l := newPHPLab(t, "13-workshop", php.Solution)
	l.topics("orders", "payments", "shipments", "notifications", "dead-letters")
	services := map[string]*phpProcess{}
	for _, name := range []string{"payment", "shipping", "notification"} {
		services[name] = l.start(name + ".php")
	}
	l.run("checkout.php", "25")
	if err := l.Client(t).ProduceSync(t.Context(), &kgo.Record{Topic: l.name("orders"), Value: []byte("poison")}).FirstErr(); err != nil {
		t.Fatal(err)
	}
	if err := l.Stack.Kill(t.Context(), 3); err != nil {
		t.Fatal(err)
	}
	l.run("checkout.php", "25")
	if err := l.Stack.Start(t.Context(), 3); err != nil {
		t.Fatal(err)
	}
	l.reaches("notifications", 50, services["payment"], services["shipping"], services["notification"])
	l.drained("payment", "orders", services["payment"])
	for _, p := range services {
		p.stop()
	}
	seen := map[any]bool{}
	for _, r := range l.records("notifications", 50) {
		seen[l.decoded(r)["order"]] = true
	}
	if len(seen) != 50 {
		t.Errorf("%d orders are finished", len(seen))
	}
	if dead := l.records("dead-letters", 1)[0]; string(dead.Value) != "poison" || header(dead, "error") == "" {
		t.Errorf("%q %v", dead.Value, dead.Headers)
	}
}

// orders has lab 6's script write orders to this lab's topic orders.
func (l *phpLab) orders(n int) { l.borrow("06-producers-avro", "producer.php", n) }

// place has lab 13's checkout do the same, with the order system's events.
func (l *phpLab) place(n int) { l.borrow("13-workshop", "checkout.php", n) }

func (l *phpLab) borrow(folder, script string, n int) {
	l.t.Helper()
	other := *l
	other.dir = l.t.TempDir()
	other.scaffold(folder, php.Solution)
	other.run(script, strconv.Itoa(n))
	l.records("orders", n)
}
