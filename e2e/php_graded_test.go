package e2e

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"

	"kconsole/avro/registry"
	"kconsole/kafka"
	"kconsole/kafka/kafkatest"
	loadgen "kconsole/kafka/load"
	"kconsole/labs"
	"kconsole/labs/lessons"
	"kconsole/labs/php"
)

// phpStep is a step in PHP: done, as a learner would, by the solution's scripts.
type phpStep struct {
	folder string
	step   string
	topics []string // that are made before; most steps make their own
	do     func(l *phpLab)
}

// The steps in PHP are passed by the solutions, and graded by the labs' own checks.
func TestPHPGraded(t *testing.T) {
	for _, s := range phpSteps() {
		t.Run(s.folder[:2]+"/"+s.step, func(t *testing.T) { s.grade(t) })
	}
}

// Every step in PHP is graded above, but for lab 5's in Laravel, which is not run.
func TestPHPGradedIsComplete(t *testing.T) {
	all, err := lessons.All()
	if err != nil {
		t.Fatal(err)
	}
	var want, got []string
	for _, lab := range all {
		for _, step := range lab.Steps {
			if step.PHP && step.ID != "laravel" {
				want = append(want, lab.ID+"/"+step.ID)
			}
		}
	}
	for _, s := range phpSteps() {
		got = append(got, s.folder[:2]+"/"+s.step)
	}
	if !slices.Equal(got, want) {
		t.Errorf("graded: %v\nin the labs: %v", got, want)
	}
}

func phpSteps() []phpStep {
	return []phpStep{
		{"01-events", "php", nil, func(l *phpLab) {
			l.run("register.php", "ada@example.com", "Ada")
		}},
		{"02-kafka-parts", "php", []string{"hello"}, func(l *phpLab) {
			l.run("hello.php", "host")
			l.run("hello.php", "container") // no container here: the check goes by the key
		}},
		{"03-producers-consumers", "php-producer", []string{"orders"}, func(l *phpLab) {
			l.run("producer.php")
		}},
		{"03-producers-consumers", "php-consumer", []string{"orders"}, func(l *phpLab) {
			l.run("producer.php")
			consumer := l.start("consumer.php")
			l.drained("php", "orders", consumer)
			consumer.stop()
		}},
		{"04-avro-schemas", "php", nil, func(l *phpLab) {
			l.run("register.php")
		}},
		{"05-development-environment", "php", []string{"users"}, func(l *phpLab) {
			l.run("produce.php", "ada@example.com")
			consumer := l.start("consume.php")
			l.drained("php-log", "users", consumer)
			consumer.stop()
		}},
		{"06-producers-avro", "php", []string{"orders"}, func(l *phpLab) {
			l.run("producer.php", "1000")
		}},
		{"07-consumers-avro", "php", []string{"orders", "orders.dead-letter"}, func(l *phpLab) {
			consumer := l.start("consumer.php")
			l.drained("php-booking", "orders", consumer)
			consumer.stop()
		}},
		{"08-schema-evolution", "php", nil, func(l *phpLab) {
			l.run("evolve.php")
		}},
		{"09-replication", "php", nil, func(l *phpLab) {
			loop := l.start("loop.php", "10")
			l.reaches("payments", 50, loop)
			if err := l.Stack.Stop(l.t.Context(), 2); err != nil {
				l.t.Fatal(err)
			}
			l.reaches("payments", 200, loop)
			if err := l.Stack.Start(l.t.Context(), 2); err != nil {
				l.t.Fatal(err)
			}
			if code := loop.wait(); code != 0 {
				l.t.Fatalf("exit %d: %s", code, loop.out.String())
			}
		}},
		{"10-security", "php", nil, func(l *phpLab) {
			l.user(l.name("shop"), "hunter-2-hunter")
			l.grantPayments(l.name("shop"))
			l.run("secure.php", l.name("shop"), "hunter-2-hunter")
		}},
		{"11-monitoring", "php", nil, func(l *phpLab) {
			l.start("consumer.php") // works on while the step is graded, as the load does
			l.load("load", 600)
		}},
		{"12-order-system", "php", nil, func(l *phpLab) {
			service := l.start("loyalty.php")
			l.drained("loyalty", "orders", service)
			service.stop()
		}},
		{"13-workshop", "php", []string{"orders", "payments", "shipments", "notifications", "dead-letters"}, func(l *phpLab) {
			services := []*phpProcess{l.start("payment.php"), l.start("shipping.php"), l.start("notification.php")}
			l.run("checkout.php", "50")
			l.reaches("notifications", 50, services...)
		}},
	}
}

func (s phpStep) grade(t *testing.T) {
	l := newPHPLab(t, s.folder, php.Solution)
	l.topics(s.topics...)
	session := l.session()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := session.Start(ctx); err != nil {
		t.Fatal(err)
	}
	if err := session.Jump(ctx, s.step); err != nil {
		t.Fatal(err)
	}
	if moved, err := session.Poll(ctx); err != nil || moved {
		t.Fatalf("before the script ran: moved %v, %v", moved, err)
	}
	s.do(l)
	kafkatest.Eventually(t, func() string {
		if _, err := session.Poll(t.Context()); err != nil {
			return err.Error()
		}
		if p := session.Progress().Steps[s.step]; p != nil && p.State == labs.StepDone {
			return ""
		}
		return session.State().Verdict.String()
	})
}

// session opens the lab on this cluster, as `kconsole lab run` does.
func (l *phpLab) session() *labs.Session {
	l.t.Helper()
	lab, err := lessons.Find(l.id)
	if err != nil {
		l.t.Fatal(err)
	}
	cluster, err := kafka.Connect(l.Config)
	if err != nil {
		l.t.Fatal(err)
	}
	l.t.Cleanup(cluster.Close)
	http, err := l.Config.Registry.HTTPClient()
	if err != nil {
		l.t.Fatal(err)
	}
	l.t.Cleanup(http.CloseIdleConnections)
	schemas, err := registry.New(registry.Options{URL: l.Config.Registry.URL, HTTP: http})
	if err != nil {
		l.t.Fatal(err)
	}
	l.t.Cleanup(schemas.Close)
	session, err := labs.Open(l.t.Context(), lab, labs.Options{Cluster: cluster, Registry: schemas, Stack: l.Stack, StateDir: l.t.TempDir(), MaxHold: 2 * time.Second})
	if err != nil {
		l.t.Fatal(err)
	}
	l.t.Cleanup(func() {
		if err := session.Close(); err != nil {
			l.t.Error(err)
		}
	})
	return session
}

// user makes a user, or gives it another password.
func (l *phpLab) user(name, password string) {
	l.t.Helper()
	if _, err := l.admin.AlterUserSCRAMs(l.t.Context(), nil, []kadm.UpsertSCRAM{{User: name, Mechanism: kadm.ScramSha512, Iterations: 4096, Password: password}}); err != nil {
		l.t.Fatal(err)
	}
}

// grantPayments gives a user the three rights that lab 10's script needs.
func (l *phpLab) grantPayments(user string) {
	l.t.Helper()
	for _, acl := range []*kadm.ACLBuilder{
		kadm.NewACLs().Topics(l.name("payments")).Operations(kadm.OpRead, kadm.OpWrite),
		kadm.NewACLs().Groups(l.name("payments-reader")).Operations(kadm.OpRead),
	} {
		made, err := l.admin.CreateACLs(l.t.Context(), acl.Allow("User:"+user).AllowHosts().ResourcePatternType(kadm.ACLPatternLiteral))
		if err != nil || len(made) == 0 {
			l.t.Fatal(made, err)
		}
	}
}

// load writes so many records a second until the test ends, as `kconsole load` does.
func (l *phpLab) load(topic string, rate float64) {
	l.t.Helper()
	cluster, err := kafka.Connect(l.Config)
	if err != nil {
		l.t.Fatal(err)
	}
	l.t.Cleanup(cluster.Close)
	ctx, cancel := context.WithCancel(l.t.Context())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_, err := loadgen.Run(ctx, cluster, loadgen.Options{Topic: l.name(topic), Rate: rate, Duration: 5 * time.Minute})
		if err != nil && ctx.Err() == nil {
			l.t.Error(err)
		}
	}()
	l.t.Cleanup(func() {
		cancel()
		<-ended
	})
}
