package kafkatest

import (
	"context"
	"testing"

	"kconsole/compose"
	"kconsole/compose/embedded"
	"kconsole/compose/embedded/lab"
)

// Embedded gives a test the embedded cluster of three virtual brokers, and the
// embedded registry, for itself: it starts in milliseconds and ends with the
// test. Failures are noticed and mended in fractions of a second.
func Embedded(t testing.TB) *Cluster {
	t.Helper()
	return EmbeddedTimed(t, embedded.ShortTiming)
}

// EmbeddedTimed is [Embedded] with a timing of the test's choice.
func EmbeddedTimed(t testing.TB, timing embedded.Timing) *Cluster {
	t.Helper()
	dir := t.TempDir()
	l, err := lab.Up(t.Context(), lab.Options{Dir: dir, Timing: timing, FreePorts: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Shutdown(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return &Cluster{Runtime: compose.Embedded, Stack: l, Dir: dir, Config: l.Cluster(), as: l.As}
}

// Each runs a test on every cluster that there is: embedded, and real. The test
// must not break the cluster; see [EachAlone].
func Each(t *testing.T, test func(t *testing.T, c *Cluster)) {
	t.Helper()
	t.Run(string(compose.Embedded), func(t *testing.T) { test(t, Embedded(t)) })
	t.Run(string(compose.Process), func(t *testing.T) { test(t, Real(t)) })
}

// EachAlone is [Each] for a test that stops brokers.
func EachAlone(t *testing.T, test func(t *testing.T, c *Cluster)) {
	t.Helper()
	t.Run(string(compose.Embedded), func(t *testing.T) { test(t, Embedded(t)) })
	t.Run(string(compose.Process), func(t *testing.T) { test(t, RealAlone(t)) })
}
