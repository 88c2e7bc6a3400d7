package lessons

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"kconsole/compose"
	"kconsole/compose/docker"
	"kconsole/kafka/kafkatest"
	"kconsole/labs/proof"
)

// TestContainers proves some labs on one stack in containers: two that stop its
// brokers, one about its registry, and one that needs its Prometheus.
func TestContainers(t *testing.T) {
	if os.Getenv("KCONSOLE_TESTBED") == "" {
		t.Skip("needs the container engine that `make test-docker` starts")
	}
	cluster := containers(t)
	for _, l := range []struct {
		id     string
		misses proof.Misses
	}{{"02", lab02Misses}, {"08", lab08Misses}, {"09", lab09Misses}, {"11", lab11Misses}} {
		t.Run(l.id, func(t *testing.T) {
			begun := time.Now()
			proof.On(t, cluster, lab(t, l.id), l.misses)
			t.Logf("lab %s took %.0f s", l.id, time.Since(begun).Seconds())
		})
	}
}

// containers is a stack in containers, destroyed when the test ends.
func containers(t *testing.T) *kafkatest.Cluster {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "lab")
	begun := time.Now()
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if err := docker.Destroy(ctx, dir); err != nil {
			t.Error(err)
		}
	})
	stack, err := docker.Up(t.Context(), docker.Options{
		Dir: dir, NoGrafana: true, SessionTimeout: kafkatest.SessionTimeout,
		Progress: func(line string) { t.Log(line) },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = stack.Close() })
	t.Logf("the stack was up after %.0f s", time.Since(begun).Seconds())
	return &kafkatest.Cluster{Runtime: compose.Docker, Stack: stack, Dir: dir, Config: stack.Cluster()}
}
