//go:build linux

package process

import (
	"bufio"
	"context"
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"kconsole/compose"
	"kconsole/compose/control"
)

// upper starts a program that brings a stack up in dir, and returns what kills
// it (-9) and waits.
func upper(t *testing.T, dir string, await bool) (kill func()) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), upperVar+"="+dir)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	kill = func() { _ = cmd.Process.Kill(); _ = cmd.Wait() }
	t.Cleanup(kill)
	if await {
		if line, _ := bufio.NewReader(out).ReadString('\n'); line != "up\n" {
			t.Fatalf("the other program says %q", line)
		}
	}
	return kill
}

func TestWhatAKilledOwnerLeavesIsAdopted(t *testing.T) {
	needKafka(t)
	dir := labDir(t)
	kill := upper(t, dir, true)
	l, err := readLayout(dir)
	if err != nil {
		t.Fatal(err)
	}
	var pids []int
	_, brokers, _ := l.units(dir)
	for _, u := range brokers {
		pids = append(pids, wantState(t, u, compose.Running).PID)
	}
	kill()
	for i, u := range brokers {
		if pid := wantState(t, u, compose.Running).PID; pid != pids[i] {
			t.Fatalf("%s is process %d, was %d", u.name, pid, pids[i])
		}
	}
	// One of them does not outlive its owner for long; who comes next mends that.
	if err := send(pids[1], sigKill); err != nil {
		t.Fatal(err)
	}
	lab, err := own(t, dir)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = lab.Shutdown(context.Background()) }()
	for i, u := range brokers {
		pid := wantState(t, u, compose.Running).PID
		if i == 1 && pid == pids[i] || i != 1 && pid != pids[i] {
			t.Errorf("%s is process %d, was %d", u.name, pid, pids[i])
		}
	}
	ownedByOne(t, dir, lab)
	if err := lab.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, u := range brokers {
		wantState(t, u, compose.Stopped)
	}
	if _, err := Open(t.Context(), dir); !errors.Is(err, compose.ErrNotRunning) {
		t.Errorf("opening what is down: %v", err)
	}
}

func own(t *testing.T, dir string) (*control.Owned, error) {
	return control.Own(t.Context(), dir, func(ctx context.Context) (*Stack, error) {
		return Up(ctx, Options{Dir: dir, AnyPorts: true, NoRegistry: true})
	})
}

// ownedByOne checks the role of the owner, and that other programs reach the
// stack through it.
func ownedByOne(t *testing.T, dir string, lab *control.Owned) {
	t.Helper()
	if _, err := own(t, dir); err == nil || !strings.Contains(err.Error(), "lab down") {
		t.Errorf("a second owner: %v", err)
	}
	client, err := control.Open(t.Context(), dir)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = client.Close() }()
	list, err := client.Brokers(t.Context())
	if err != nil || len(list) != brokerCount || list[2].State != compose.Running {
		t.Errorf("through the owner: %v, %v", list, err)
	}
	if err := client.Down(t.Context()); err != nil {
		t.Error(err)
	}
	select {
	case <-lab.DownAsked():
	case <-time.After(time.Minute):
		t.Error("the owner does not hear that it shall go")
	}
}

// Whoever comes next ends what is left: `lab down`, or the guard of a test
// program that was killed itself.
func TestWhatAnOwnerKilledInTheMiddleLeavesIsEnded(t *testing.T) {
	needKafka(t)
	byGuard := func(ctx context.Context, dir string) error {
		guardian := exec.CommandContext(ctx, os.Args[0])
		guardian.Env = append(os.Environ(), guardVar+"=1")
		guardian.Stdin = strings.NewReader(dir + "\n")
		return guardian.Run()
	}
	for _, c := range []struct {
		after time.Duration
		end   func(context.Context, string) error
	}{{150 * time.Millisecond, Down}, {600 * time.Millisecond, Down}, {3 * time.Second, byGuard}} {
		dir := labDir(t)
		kill := upper(t, dir, false)
		time.Sleep(c.after) // whatever it does then
		kill()
		if err := c.end(t.Context(), dir); err != nil {
			t.Error(err)
		}
		if pid, err := findLaunch(t.Context(), dir); err != nil || pid != 0 {
			t.Errorf("killed after %v: process %d is left (%v)", c.after, pid, err)
		}
	}
}
