package stacktest_test

import (
	"context"
	"testing"

	"go.uber.org/goleak"

	"kconsole/compose"
	"kconsole/compose/embedded"
	"kconsole/compose/embedded/lab"
	"kconsole/compose/stacktest"
	"kconsole/kafka/config"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// The embedded stack needs nothing but this program, so it is also the suite's
// own test.
func TestEmbedded(t *testing.T) {
	dir := t.TempDir()
	var running *lab.Lab
	down := func(t *testing.T) {
		t.Helper()
		if running == nil {
			return
		}
		if err := running.Shutdown(context.Background()); err != nil {
			t.Error(err)
		}
		running = nil
	}
	t.Cleanup(func() { down(t) })
	stacktest.Run(t, stacktest.Suite{
		Up: func(t *testing.T) (compose.Stack, config.Cluster) {
			if running == nil {
				l, err := lab.Up(t.Context(), lab.Options{Dir: dir, Timing: embedded.ShortTiming, FreePorts: true})
				if err != nil {
					t.Fatal(err)
				}
				running = l
			}
			return running, running.Cluster()
		},
		Down: down,
	})
}
