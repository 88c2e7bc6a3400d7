package lab

import (
	"context"
	"errors"
	"io"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"kconsole/compose"
	"kconsole/compose/control"
	"kconsole/compose/embedded"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func up(t *testing.T, dir string) *Lab {
	t.Helper()
	l, err := Up(t.Context(), Options{Dir: dir, FreePorts: true, Timing: embedded.ShortTiming})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Shutdown(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return l
}

// A stack is steered the same from another process as from its own.
func TestSteeredThroughTheControlPort(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "lab")
	l := up(t, dir)
	if _, err := control.Open(t.Context(), dir); !errors.Is(err, compose.ErrNotRunning) {
		t.Fatalf("before Serve: %v", err)
	}
	downAsked, err := l.Serve()
	if err != nil {
		t.Fatal(err)
	}
	c, err := control.Open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	events, err := c.Events(ctx)
	if err != nil {
		t.Fatal(err)
	}
	follow, err := c.Logs(ctx, 2, -1, true)
	if err != nil {
		t.Fatal(err)
	}
	defer follow.Close()

	if err := c.Stop(ctx, 2); err != nil {
		t.Fatal(err)
	}
	if err := c.Stop(ctx, 2); err != nil {
		t.Errorf("stopping twice: %v", err)
	}
	if got := states(ctx, t, c); got != "running stopped running" {
		t.Errorf("states %s", got)
	}
	for what, do := range map[string]func(context.Context, int32) error{"pause": c.Pause, "resume": c.Resume} {
		if err := do(ctx, 2); err == nil || !strings.Contains(err.Error(), "broker 2 is stopped") || !strings.Contains(err.Error(), "start it") {
			t.Errorf("%s of a stopped broker: %v", what, err)
		}
	}
	if ctx.Err() != nil {
		t.Fatal("it waited for a broker that nobody starts")
	}
	waitFor(ctx, t, events, "broker stopped: 2")
	if err := c.Start(ctx, 2); err != nil {
		t.Fatal(err)
	}
	if got := states(ctx, t, c); got != "running running running" {
		t.Errorf("after start: %s", got)
	}
	if err := c.Pause(ctx, 3); err != nil {
		t.Fatal(err)
	}
	if got := states(ctx, t, c); got != "running running paused" {
		t.Errorf("after pause: %s", got)
	}
	if err := c.Resume(ctx, 3); err != nil {
		t.Fatal(err)
	}
	if err := c.Kill(ctx, 1); err != nil {
		t.Fatal(err)
	}
	if err := c.Stop(ctx, 9); !errors.Is(err, compose.ErrNoBroker) {
		t.Errorf("broker 9: %v", err)
	}
	if _, err := c.Logs(ctx, 9, -1, false); !errors.Is(err, compose.ErrNoBroker) {
		t.Errorf("log of broker 9: %v", err)
	}
	logs, err := c.Logs(ctx, 2, -1, false)
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(logs)
	logs.Close()
	if err != nil || !strings.Contains(string(text), "broker stopped: 2") {
		t.Errorf("log of broker 2: %v\n%s", err, text)
	}
	one := make([]byte, len("2026"))
	if _, err := io.ReadFull(follow, one); err != nil {
		t.Errorf("the followed log: %v", err)
	}

	if err := c.Down(ctx); err != nil {
		t.Fatal(err)
	}
	select {
	case <-downAsked:
	case <-ctx.Done():
		t.Error("the owner never heard that it shall stop")
	}
}

func states(ctx context.Context, t *testing.T, s compose.Stack) string {
	t.Helper()
	brokers, err := s.Brokers(ctx)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, b := range brokers {
		all = append(all, string(b.State))
	}
	return strings.Join(all, " ")
}

func waitFor(ctx context.Context, t *testing.T, events <-chan compose.Event, what string) {
	t.Helper()
	for {
		select {
		case e, open := <-events:
			if !open {
				t.Fatalf("the events ended before %q", what)
			}
			if e.What == what {
				return
			}
		case <-ctx.Done():
			t.Fatalf("no event %q", what)
		}
	}
}

// One directory, one owner; what was written survives, so do the passwords.
func TestOneOwnerAndARestart(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "lab")
	l := up(t, dir)
	if _, err := Up(t.Context(), Options{Dir: dir, FreePorts: true}); err == nil || !strings.Contains(err.Error(), "runs the lab") {
		t.Fatalf("a second owner: %v", err)
	}
	if !control.Held(dir) {
		t.Error("a running lab is not held")
	}
	if err := l.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	if control.Held(dir) {
		t.Error("a lab that is down is held")
	}
	again := up(t, dir)
	if l.Cluster().SASL.PasswordFile != again.Cluster().SASL.PasswordFile {
		t.Error("the password moved")
	}
}

// A broker that becomes the controller is in its state as long as before.
func TestSinceIsAboutTheBrokerAlone(t *testing.T) {
	l := up(t, filepath.Join(t.TempDir(), "lab"))
	before, err := l.Brokers(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var controller, other int32
	for _, b := range l.Embedded().Brokers() {
		if b.Controller {
			controller = b.ID
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	events, err := l.Events(ctx)
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Stop(ctx, controller); err != nil {
		t.Fatal(err)
	}
	for e := range events {
		if strings.HasPrefix(e.What, "controller moved") {
			other = e.Broker
			break
		}
	}
	after, err := l.Brokers(ctx)
	if err != nil {
		t.Fatal(err)
	}
	for i, b := range after {
		if moved := !b.Since.Equal(before[i].Since); moved != (b.ID == controller) {
			t.Errorf("broker %d: since %v, before %v (stopped %d, controller now %d)", b.ID, b.Since, before[i].Since, controller, other)
		}
	}
}
