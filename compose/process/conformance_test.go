package process

import (
	"testing"

	"kconsole/compose"
	"kconsole/compose/stacktest"
	"kconsole/kafka/config"
)

func TestConformance(t *testing.T) {
	needKafka(t)
	dir := labDir(t)
	var stack *Stack
	t.Cleanup(func() {
		if stack != nil {
			_ = stack.Close()
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
