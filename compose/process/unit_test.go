//go:build unix

package process

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"sync"
	"testing"
	"time"

	"kconsole/compose"
)

// sleeper is a unit whose process is this program, asleep.
func sleeper(t *testing.T, how string) *unit {
	t.Helper()
	u := &unit{name: "sleeper", dir: t.TempDir(), grace: 300 * time.Millisecond}
	u.command = func() (string, []string, []string) {
		return os.Args[0], nil, []string{sleeperVar + "=" + how}
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if err := u.end(ctx, sigKill); err != nil {
			t.Error(err)
		}
	})
	return u
}

func launched(t *testing.T, u *unit) record {
	t.Helper()
	if _, err := u.launch(t.Context()); err != nil {
		t.Fatal(err)
	}
	eventually(t, func() bool {
		out, err := os.ReadFile(u.file(stdoutFile))
		return err == nil && bytes.Contains(out, []byte("awake"))
	})
	if err := u.ready(); err != nil {
		t.Fatal(err)
	}
	return wantState(t, u, compose.Running)
}

func wantState(t *testing.T, u *unit, want compose.State) record {
	t.Helper()
	state, rec, err := u.state()
	if err != nil {
		t.Fatal(err)
	}
	if state != want {
		t.Fatalf("it is %s, want %s", state, want)
	}
	return rec
}

func eventually(t *testing.T, ok func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !ok(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("it does not come")
		}
	}
}

func TestUnitLife(t *testing.T) {
	u := sleeper(t, "")
	wantState(t, u, compose.Stopped)
	first := launched(t, u)
	if again, err := u.launch(t.Context()); again || err != nil {
		t.Fatalf("launched twice: %v, %v", again, err)
	}
	for range 2 {
		if err := u.freeze(); err != nil {
			t.Fatal(err)
		}
		wantState(t, u, compose.Paused)
	}
	if err := u.thaw(); err != nil {
		t.Fatal(err)
	}
	if rec := wantState(t, u, compose.Running); rec.PID != first.PID {
		t.Fatalf("process %d, then %d", first.PID, rec.PID)
	}
	if err := u.end(t.Context(), sigTerm); err != nil {
		t.Fatal(err)
	}
	if rec := wantState(t, u, compose.Stopped); rec.Ending != "stopped" {
		t.Errorf("it ended as %q", rec.Ending)
	}
	if second := launched(t, u); second.Ending != "" || second.PID == first.PID {
		t.Errorf("the second process is recorded as %+v", second)
	}
}

func TestUnitThatIsFrozenOrDeafEndsAllTheSame(t *testing.T) {
	frozen := sleeper(t, "")
	launched(t, frozen)
	if err := frozen.freeze(); err != nil {
		t.Fatal(err)
	}
	if err := frozen.end(t.Context(), sigTerm); err != nil {
		t.Fatal(err)
	}
	wantState(t, frozen, compose.Stopped)

	deaf := sleeper(t, "deaf")
	launched(t, deaf)
	if err := deaf.end(t.Context(), sigTerm); err != nil {
		t.Fatal(err)
	}
	wantState(t, deaf, compose.Stopped)
}

func TestUnitThatDiesByItselfIsSeen(t *testing.T) {
	u := sleeper(t, "")
	rec := launched(t, u)
	if err := send(rec.PID, sigKill); err != nil {
		t.Fatal(err)
	}
	eventually(t, func() bool { state, _, err := u.state(); return err == nil && state == compose.Stopped })
	if rec := wantState(t, u, compose.Stopped); rec.Ending != "" {
		t.Errorf("nobody asked it to end, and it ended as %q", rec.Ending)
	}
}

// A process id that now belongs to another program is never touched.
func TestRecycledProcessID(t *testing.T) {
	u := sleeper(t, "")
	other := exec.Command(os.Args[0])
	other.Env = append(os.Environ(), sleeperVar+"=")
	if err := other.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = other.Process.Kill(); _ = other.Wait() }()
	stale := record{Launch: "X", PID: other.Process.Pid, Start: "another time", Ready: true}
	if err := stale.write(u.file(recordFile)); err != nil {
		t.Fatal(err)
	}
	wantState(t, u, compose.Stopped)
	for _, sig := range []signal{sigTerm, sigKill} {
		if err := u.end(t.Context(), sig); err != nil {
			t.Fatal(err)
		}
	}
	if start, _, err := look(other.Process.Pid); err != nil || start == "" {
		t.Fatalf("the other program was ended: %q, %v", start, err)
	}
}

// The starter died after the process began and before it wrote the process id
// down: who comes next finds the process.
func TestLaunchThatWasNotWrittenDown(t *testing.T) {
	u := sleeper(t, "")
	rec := launched(t, u)
	lost := record{Launch: rec.Launch, Since: rec.Since}
	if err := lost.write(u.file(recordFile)); err != nil {
		t.Fatal(err)
	}
	wantState(t, u, compose.Starting)
	if again, err := u.launch(t.Context()); again || err != nil {
		t.Fatalf("started a second one: %v, %v", again, err)
	}
	if _, found, err := u.state(); err != nil || found.PID != rec.PID || found.Start != rec.Start {
		t.Fatalf("found %+v, want %+v (%v)", found, rec, err)
	}
	if err := lost.write(u.file(recordFile)); err != nil {
		t.Fatal(err)
	}
	if err := u.end(t.Context(), sigKill); err != nil {
		t.Fatal(err)
	}
	if start, _, err := look(rec.PID); err != nil || start == rec.Start {
		t.Fatalf("it runs on: %v", err)
	}
	// And one that died before there was any process is forgotten.
	if err := (record{Launch: "NEVERSTARTED"}).write(u.file(recordFile)); err != nil {
		t.Fatal(err)
	}
	if state, _, err := u.settle(t.Context()); err != nil || state != compose.Stopped {
		t.Fatalf("%s, %v", state, err)
	}
}

func TestManyLaunchOne(t *testing.T) {
	u := sleeper(t, "")
	var wg sync.WaitGroup
	starts := make(chan bool, 8)
	for range 8 {
		wg.Go(func() {
			err := u.locked(t.Context(), func() error {
				started, err := u.launch(t.Context())
				starts <- started
				return err
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	close(starts)
	n := 0
	for started := range starts {
		if started {
			n++
		}
	}
	if n != 1 {
		t.Errorf("%d processes were started", n)
	}
}

func TestLockHeedsItsContext(t *testing.T) {
	u := sleeper(t, "")
	err := u.locked(t.Context(), func() error {
		ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
		defer cancel()
		return u.locked(ctx, func() error { return nil })
	})
	if err == nil {
		t.Error("two held one lock")
	}
}

func TestSecretsAreNotHandedOn(t *testing.T) {
	t.Setenv("KCONSOLE_PASSWORD", "secret")
	for _, v := range bareEnvironment() {
		if v == "KCONSOLE_PASSWORD=secret" {
			t.Error("our environment goes to the Java machines")
		}
	}
}

// Both ways to look at a process agree on everything but the form of the start.
func TestLookByPS(t *testing.T) {
	u := sleeper(t, "")
	rec := launched(t, u)
	if err := u.freeze(); err != nil {
		t.Fatal(err)
	}
	first, stopped, err := lookPS(rec.PID)
	if err != nil || first == "" || !stopped {
		t.Fatalf("%q stopped=%v %v", first, stopped, err)
	}
	if err := u.thaw(); err != nil {
		t.Fatal(err)
	}
	if again, stopped, err := lookPS(rec.PID); err != nil || again != first || stopped {
		t.Errorf("%q, then %q stopped=%v %v", first, again, stopped, err)
	}
	if err := u.end(t.Context(), sigKill); err != nil {
		t.Fatal(err)
	}
	if gone, _, err := lookPS(rec.PID); err != nil || gone != "" {
		t.Errorf("gone: %q %v", gone, err)
	}
}
