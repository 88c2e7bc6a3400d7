package kafkatest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"kconsole/compose"
	"kconsole/compose/process"
	"kconsole/kafka/kafkatest/owner"
)

// SessionTimeout is how long a broker of a real test cluster may be silent
// before it counts as gone: more than a lab's 3 s, because test machines are
// busy, and a broker that seems gone fails tests that did nothing to it.
const SessionTimeout = 6 * time.Second

// lockLimit is how long a test waits until others let it have the cluster.
const lockLimit = 15 * time.Minute

// instance is the program's one real cluster.
var instance struct {
	mu    sync.Mutex
	tried bool
	err   error
	dir   string
	owner *owner.Owner // nil: somebody else's
	stack *process.Stack

	held map[string]bool // tests that hold the lock now; true: alone
}

// errAbsent is a machine without Java or Maven.
var errAbsent = errors.New("real Kafka cannot run here")

// Real gives a test the real cluster, together with other tests.
func Real(t testing.TB) *Cluster {
	t.Helper()
	return take(t, false)
}

// RealAlone gives a test the real cluster for itself, so that it may stop, kill
// and pause brokers. It waits until no other test uses it, in any program, and
// must not be called by one that itself, or whose parent, has called [Real].
// When the test ends every broker is started again.
func RealAlone(t testing.TB) *Cluster {
	t.Helper()
	return take(t, true)
}

func take(t testing.TB, alone bool) *Cluster {
	t.Helper()
	stack, dir, err := provide()
	if errors.Is(err, errAbsent) {
		if os.Getenv("CI") == "true" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := hold(t, dir, alone); err != nil {
		t.Fatal(err)
	}
	if stack == nil {
		if stack, err = join(dir); err != nil {
			t.Fatal(err)
		}
	}
	c := &Cluster{
		Runtime: compose.Process, Stack: stack, Dir: dir,
		Config: stack.Cluster(), as: stack.As, mutualTLS: stack.MutualTLS(),
	}
	if alone {
		t.Cleanup(func() { c.restore(t) })
	}
	return c
}

// provide starts the program's cluster, once, or names the shared one. The
// stack is nil as long as a shared one may still be starting.
func provide() (*process.Stack, string, error) {
	instance.mu.Lock()
	defer instance.mu.Unlock()
	if instance.tried {
		return instance.stack, instance.dir, instance.err
	}
	instance.tried = true
	instance.held = make(map[string]bool)
	if instance.dir = os.Getenv(owner.DirVar); instance.dir == "" {
		instance.err = start()
	}
	return instance.stack, instance.dir, instance.err
}

func start() error {
	ctx, cancel := context.WithTimeout(context.Background(), lockLimit)
	defer cancel()
	if err := process.Available(ctx, process.Options{}); err != nil {
		err = fmt.Errorf("%w: %w", errAbsent, err)
		Loud(err)
		return err
	}
	dir, err := os.MkdirTemp("", "kconsole-test-")
	if err != nil {
		return err
	}
	var said strings.Builder
	instance.owner, err = owner.Start(ctx, owner.Spec{Dir: dir, Session: SessionTimeout, Remove: true},
		func(line string) { said.WriteString("\n  " + line) })
	if err != nil {
		return fmt.Errorf("starting real Kafka: %w%s", err, said.String())
	}
	instance.dir = dir
	instance.stack, err = process.Open(ctx, dir)
	return err
}

// join opens a shared stack, which is ready now that its lock could be had.
func join(dir string) (*process.Stack, error) {
	instance.mu.Lock()
	defer instance.mu.Unlock()
	if instance.stack == nil && instance.err == nil {
		if instance.err = owner.Failed(dir); instance.err != nil {
			return nil, fmt.Errorf("the shared test cluster did not start: %w", instance.err)
		}
		instance.stack, instance.err = process.Open(context.Background(), dir)
	}
	return instance.stack, instance.err
}

// Loud prints the one line that nobody shall overlook.
func Loud(err error) {
	fmt.Fprintf(os.Stderr, "\n!!! TESTS WITH REAL KAFKA ARE SKIPPED: %v\n\n", err)
}

// hold takes the lock for a test, unless the test or one above it has it.
func hold(t testing.TB, dir string, alone bool) error {
	instance.mu.Lock()
	for name, isAlone := range instance.held {
		if name != t.Name() && !strings.HasPrefix(t.Name(), name+"/") {
			continue
		}
		defer instance.mu.Unlock()
		if alone && !isAlone {
			return fmt.Errorf("%s uses the real cluster together with others, so %s cannot have it alone: call RealAlone first", name, t.Name())
		}
		return nil
	}
	instance.mu.Unlock()
	ctx, cancel := context.WithTimeout(t.Context(), lockLimit)
	defer cancel()
	release, err := owner.Lock(ctx, dir, alone)
	if err != nil {
		return err
	}
	instance.mu.Lock()
	instance.held[t.Name()] = alone
	instance.mu.Unlock()
	t.Cleanup(func() {
		instance.mu.Lock()
		delete(instance.held, t.Name())
		instance.mu.Unlock()
		if err := release(); err != nil {
			t.Error(err)
		}
	})
	return nil
}

// restore brings the cluster back to what other tests expect.
func (c *Cluster) restore(t testing.TB) {
	ctx, cancel := context.WithTimeout(context.Background(), 3*limit)
	defer cancel()
	brokers, err := c.Stack.Brokers(ctx)
	if err != nil {
		t.Error(err)
	}
	for _, b := range brokers {
		if err := c.Stack.Start(ctx, b.ID); err != nil { // resumes a paused one
			t.Errorf("starting broker %d again: %v", b.ID, err)
		}
	}
	if err := c.settled(ctx); err != nil {
		t.Error(err)
	}
}

// Stop takes the program's real cluster down, if there is one of its own.
// Without it that happens as soon as the program has ended.
func Stop() error {
	instance.mu.Lock()
	defer instance.mu.Unlock()
	var err error
	if instance.stack != nil {
		err = instance.stack.Close()
	}
	if instance.owner != nil {
		err = errors.Join(err, instance.owner.Stop())
	}
	instance.tried, instance.err, instance.dir, instance.owner, instance.stack = false, nil, "", nil, nil
	return err
}

// Main runs a package's tests, takes its cluster down and looks for goroutines
// that are left. It is what a TestMain calls.
func Main(m *testing.M, opts ...goleak.Option) {
	code := m.Run()
	if err := Stop(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = max(code, 1)
	}
	if code == 0 {
		if err := goleak.Find(opts...); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}
	os.Exit(code)
}
