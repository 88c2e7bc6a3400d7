package e2e

import (
	"context"
	"testing"
	"time"

	"kconsole/avro/registry"
	"kconsole/kafka"
	"kconsole/kafka/kafkatest"
	"kconsole/labs"
	"kconsole/labs/lessons"
	"kconsole/labs/php"
)

// phpStep is a step in PHP: done, as a learner would, by the solution's scripts.
type phpStep struct {
	folder string
	step   string
	topics []string
	do     func(l *phpLab)
}

// The steps in PHP are passed by the solutions, and graded by the labs' own checks.
func TestPHPGraded(t *testing.T) {
	for _, s := range []phpStep{
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
	} {
		t.Run(s.folder[:2]+"/"+s.step, func(t *testing.T) { s.grade(t) })
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
	session, err := labs.Open(l.t.Context(), lab, labs.Options{Cluster: cluster, Registry: schemas, Stack: l.Stack, StateDir: l.t.TempDir()})
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
