package docker

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"kconsole/compose"
	"kconsole/compose/stacktest"
	"kconsole/kafka/config"
)

// TestStack has one stack for everything that needs containers: it does what
// every runtime does, and is watched by Prometheus.
func TestStack(t *testing.T) {
	needEngine(t)
	dir := filepath.Join(t.TempDir(), "lab")
	var stack *Stack
	t.Cleanup(func() {
		if stack != nil {
			_ = stack.Close()
		}
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if err := Destroy(ctx, dir); err != nil {
			t.Error(err)
		}
	})
	up := func(t *testing.T) *Stack {
		again, err := Up(t.Context(), options(t, dir))
		if err != nil {
			t.Fatal(err)
		}
		if stack != nil {
			_ = stack.Close()
		}
		stack = again
		return stack
	}
	t.Run("Conformance", func(t *testing.T) {
		stacktest.Run(t, stacktest.Suite{
			Up: func(t *testing.T) (compose.Stack, config.Cluster) {
				s := up(t)
				return s, s.Cluster()
			},
			Down: func(t *testing.T) {
				if err := stack.Shutdown(t.Context()); err != nil {
					t.Fatal(err)
				}
			},
		})
	})
	t.Run("Metrics", func(t *testing.T) {
		if stack == nil {
			up(t)
		}
		testMetrics(t, stack)
	})
}
