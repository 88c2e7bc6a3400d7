package e2e

import (
	"errors"
	"net/http"
	"testing"

	"github.com/twmb/franz-go/pkg/sr"

	"kconsole/avro"
	"kconsole/avro/registry"
	"kconsole/kafka/config"
	"kconsole/kafka/kafkatest"
)

// TestSubjectLevels: whatever registry a lab has, a subject without a level of its
// own is told from one whose level is NONE, and each is held to what is told of it.
func TestSubjectLevels(t *testing.T) {
	kafkatest.Each(t, func(t *testing.T, c *kafkatest.Cluster) {
		reg := c.Registry(t)
		levels := console(t, c.Config)
		for _, subject := range []string{kafkatest.Name(t) + "-value", kafkatest.Name(t) + "/with a slash"} {
			l := subjectLevels{T: t, reg: reg, levels: levels, subject: subject}
			l.comeAndGo()
		}
	})
}

// console reads and sets levels as the console does.
func console(t *testing.T, cl config.Cluster) *registry.Client {
	t.Helper()
	conn, err := cl.Registry.HTTPClient()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(conn.CloseIdleConnections)
	client, err := registry.New(registry.Options{URL: cl.Registry.URL, HTTP: conn})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	return client
}

type subjectLevels struct {
	*testing.T
	reg     *sr.Client
	levels  *registry.Client
	subject string
}

// comeAndGo gives the subject levels, and takes them away.
func (l *subjectLevels) comeAndGo() {
	l.Helper()
	l.register(1, true)
	l.is(avro.LevelBackward, true)
	l.register(2, false)
	l.set(avro.LevelNone)
	l.is(avro.LevelNone, false)
	l.register(2, true)
	l.set(avro.LevelNone) // again
	l.set(avro.LevelForward)
	l.is(avro.LevelForward, false)
	l.register(1, true)
	l.set("")
	l.is(avro.LevelBackward, true)
	l.register(3, false)
	l.set(avro.LevelNone)
	l.set("")
	l.is(avro.LevelBackward, true)
	l.register(3, false)
	if r := l.reg.ResetCompatibility(l.Context(), l.subject)[0]; r.Err == nil {
		l.Errorf("the level of %s could be unset twice: %v", l.subject, r.Level)
	}
	for _, how := range []sr.DeleteHow{sr.SoftDelete, sr.HardDelete} {
		if _, err := l.reg.DeleteSubject(l.Context(), l.subject, how); err != nil {
			l.Error(err)
		}
	}
}

// register registers a record with so many fields, none of which has a default.
func (l *subjectLevels) register(fields int, taken bool) {
	l.Helper()
	text := `{"type":"record","name":"User","fields":[{"name":"a","type":"string"}`
	for i := 1; i < fields; i++ {
		text += `,{"name":"` + string(rune('a'+i)) + `","type":"string"}`
	}
	_, err := l.reg.CreateSchema(l.Context(), l.subject, sr.Schema{Schema: text + "]}"})
	var refused *sr.ResponseError
	if taken && err != nil || !taken && (!errors.As(err, &refused) || refused.StatusCode != http.StatusConflict) {
		l.Fatalf("a schema of %d fields for %s: %v; want it taken: %v", fields, l.subject, err, taken)
	}
}

func (l *subjectLevels) is(want avro.Level, inherited bool) {
	l.Helper()
	got, from, err := l.levels.Level(l.Context(), l.subject)
	if err != nil || got != want || from != inherited {
		l.Fatalf("the level of %s is %q, inherited: %v, %v; want %q, inherited: %v", l.subject, got, from, err, want, inherited)
	}
}

// set sets a level, or unsets the subject's own.
func (l *subjectLevels) set(level avro.Level) {
	l.Helper()
	w, err := l.levels.Writer()
	if err != nil {
		l.Fatal(err)
	}
	plan, err := w.SetLevel(l.Context(), l.subject, level)
	if err != nil {
		l.Fatal(err)
	}
	if _, err := plan.Apply(l.Context()); err != nil {
		l.Fatal(err)
	}
}
