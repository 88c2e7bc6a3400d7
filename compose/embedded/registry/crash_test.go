package registry

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"testing"
	"time"
)

const crashDirEnv = "KCONSOLE_REGISTRY_CRASH_DIR"

// ack is what the child was told by the registry, written to its output after
// the answer: from then on it must never be lost.
type ack struct {
	Do      string `json:"do"`
	Subject string `json:"subject"`
	Version int    `json:"version"`
	ID      int    `json:"id"`
	Text    string `json:"text"`
	// last marks the last change of a child: the one after it may have been made
	// and not been answered.
	last bool
}

// runCrashChild changes a registry without end, until it is killed.
func runCrashChild(dir string) {
	minCompact = 4 << 10 // compactions are under way at many of the kills
	r, err := Open(Config{Dir: dir, Level: None})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	ctx := context.Background()
	out := json.NewEncoder(os.Stdout)
	must := func(err error) {
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	for i := time.Now().UnixNano(); ; i++ {
		n := name{defaultContext, fmt.Sprintf("s%d", i%7)}
		text := fmt.Sprintf(`{"type":"enum","name":"E%d","symbols":["A"]}`, i)
		got, err := r.register(ctx, n, &registerRequest{Schema: &text}, false)
		must(err)
		must(out.Encode(ack{Do: "register", Subject: n.subject, Version: got.Version, ID: got.ID, Text: text}))
		if i%3 == 0 {
			_, err := r.deleteVersion(ctx, n, got.Version, false)
			must(err)
			must(out.Encode(ack{Do: "delete", Subject: n.subject, Version: got.Version}))
		}
		if i%6 == 0 {
			_, err := r.deleteVersion(ctx, n, got.Version, true)
			must(err)
			must(out.Encode(ack{Do: "remove", Subject: n.subject, Version: got.Version}))
		}
	}
}

func TestKillLosesNothingThatWasAnswered(t *testing.T) {
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	want := map[string]ack{} // by subject and version, what must be there
	gone := map[string]bool{}
	total := 0
	for round := range 6 {
		for _, a := range killAfter(t, exe, dir, 40+25*round) {
			key := fmt.Sprint(a.Subject, "/", a.Version)
			switch a.Do {
			case "register":
				want[key] = a
				delete(gone, key) // numbers of removed versions may come back
			case "delete":
				was := want[key]
				was.Do, was.last = "delete", a.last
				want[key] = was
			case "remove":
				delete(want, key)
				gone[key] = true
			}
			total++
		}
		verifyCrash(t, dir, want, gone)
	}
	t.Logf("%d acknowledged changes, %d versions left", total, len(want))
}

// killAfter starts the child, kills it after so many acknowledgements, and
// returns all that it had made.
func killAfter(t *testing.T, exe, dir string, n int) []ack {
	t.Helper()
	cmd := exec.Command(exe, "-test.run=^$")
	cmd.Env = append(os.Environ(), crashDirEnv+"="+dir)
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var acks []ack
	lines := bufio.NewScanner(stdout)
	for lines.Scan() {
		var a ack
		if json.Unmarshal(lines.Bytes(), &a) != nil {
			break // the last line may be torn: it was not an answer yet
		}
		if acks = append(acks, a); len(acks) == n {
			_ = cmd.Process.Kill()
		}
	}
	text, _ := io.ReadAll(stderr)
	_ = cmd.Wait() // it was killed
	if len(acks) < n {
		t.Fatalf("the child ended by itself after %d changes: %s", len(acks), text)
	}
	acks[len(acks)-1].last = true
	return acks
}

func verifyCrash(t *testing.T, dir string, want map[string]ack, gone map[string]bool) {
	t.Helper()
	r, err := Open(Config{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Close() }()
	if err := r.store.st.check(); err != nil {
		t.Fatal(err)
	}
	for key, a := range want {
		v := r.store.st.find(name{defaultContext, a.Subject}, a.Version, true)
		switch {
		case v == nil && a.Do == "delete" && a.last:
			// Removing it for good was under way when the kill came.
		case v == nil:
			t.Fatalf("%s was registered and is lost", key)
		case v.c.text != a.Text || v.c.id != a.ID:
			t.Fatalf("%s is id %d %s, was registered as id %d %s", key, v.c.id, v.c.text, a.ID, a.Text)
		case a.Do == "delete" && !v.deleted:
			t.Fatalf("%s was deleted and is back", key)
		}
	}
	for key := range gone {
		var sub string
		var number int
		if _, err := fmt.Sscanf(key, "s%1s/%d", &sub, &number); err != nil {
			t.Fatal(err)
		}
		// One change may have been made and not been answered when the kill came:
		// a number that was free then may be taken again, by another schema.
		if v := r.store.st.find(name{defaultContext, "s" + sub}, number, true); v != nil && v.deleted {
			t.Fatalf("%s was removed for good and is back", key)
		}
	}
}
