package process

import (
	"context"
	"path/filepath"
	"testing"
	"time"

	"kconsole/compose"
	"kconsole/compose/stacktest"
	"kconsole/kafka/config"
)

func TestConformance(t *testing.T) {
	needKafka(t)
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
	stacktest.Run(t, stacktest.Suite{
		Up: func(t *testing.T) (compose.Stack, config.Cluster) {
			again, err := Up(t.Context(), Options{Dir: dir, AnyPorts: true, Progress: func(line string) { t.Log(line) }})
			if err != nil {
				t.Fatal(err)
			}
			if stack != nil {
				_ = stack.Close()
			}
			stack = again
			listensOnLoopbackOnly(t, stack)
			return stack, stack.Cluster()
		},
		Down: func(t *testing.T) {
			if err := stack.Shutdown(t.Context()); err != nil {
				t.Fatal(err)
			}
		},
	})
}
