package bench

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"kconsole/kafka/config"
	"kconsole/ui"
	"kconsole/ui/loop"
)

// readAgain is how long the console that is watched rests between two readings of
// everything: half of what it rests on a small cluster. It is watched while it
// reads the cluster so many times.
const (
	readAgain = time.Second
	readings  = 8
)

// The keys that are pressed meanwhile.
const (
	keyRead = "\x12" // ctrl-r
	keyDown = "\x1b[B"
	keyEnd  = "\x03" // ctrl-c
)

// watchFrames runs a console that is made to read the cluster again and again,
// moves its cursor, and notes how long frames held its event loop. Each is a
// process of its own: a console that has ended keeps no other waiting with what it
// has left to the collector.
func watchFrames(b *testing.B, r *report, at string) {
	b.Helper()
	file := filepath.Join(b.TempDir(), "frames.json")
	t := open(b, mustRole(b, "console", at, file))
	defer t.end()
	if err := t.screen("topics", contains("events-1")); err != nil {
		b.Fatal(err)
	}
	beside := startSteady(b)
	press := func(key string) {
		if _, err := t.file.WriteString(key); err != nil {
			b.Fatal(err)
		}
	}
	var read time.Time
	for end := time.Now().Add(readings * readAgain); time.Now().Before(end); {
		if time.Since(read) > readAgain {
			press(keyRead)
			read = time.Now()
		}
		press(keyDown)
		time.Sleep(keyPause)
	}
	press(keyEnd)
	if err := t.wait("the end", func() bool { return t.ended }); err != nil {
		b.Fatal(err)
	}
	add := func(who string, f loop.Frames) {
		r.row(who, "ms p50").add(ms(f.P50))
		r.row(who, "ms p99").add(ms(f.P99))
		r.row(who, "ms longest").add(ms(f.Max))
	}
	add("a bare loop that computes for 1 ms, beside it", beside())
	text, err := os.ReadFile(file)
	if err != nil {
		b.Fatal(err)
	}
	var f loop.Frames
	if err := json.Unmarshal(text, &f); err != nil {
		b.Fatal(err)
	}
	if least := int64(readings * readAgain / keyPause / 2); f.Drawn < least {
		b.Fatalf("the console drew %d frames, where %d keys were pressed", f.Drawn, 2*least)
	}
	add("kconsole, frames meanwhile", f)
}

// startSteady starts the role of that name beside what is measured. What it
// returns ends it and tells how long its computations took.
func startSteady(b *testing.B) (end func() loop.Frames) {
	b.Helper()
	cmd := mustRole(b, "steady")
	in, err := cmd.StdinPipe()
	if err != nil {
		b.Fatal(err)
	}
	var out bytes.Buffer
	cmd.Stdout = &out
	if err := cmd.Start(); err != nil {
		b.Fatal(err)
	}
	return func() (f loop.Frames) {
		_ = in.Close()
		err := cmd.Wait()
		if err == nil {
			err = json.Unmarshal(out.Bytes(), &f)
		}
		if err != nil {
			b.Fatal(err)
		}
		return f
	}
}

// steady is the role of a loop that does what costs 1 ms of a processor as often
// as a key is pressed, until its standard input ends. What more it took is what the
// machine does to any program under that load.
func steady(context.Context, []string) error {
	var state uint32
	compute := func(n int) time.Duration {
		began := time.Now()
		for range n {
			state = state*1664525 + 1013904223
		}
		return time.Since(began)
	}
	fastest := func(n int) time.Duration { // without what interrupts it
		took := compute(n)
		for range 20 {
			took = min(took, compute(n))
		}
		return took
	}
	n := 1000
	for fastest(n) < time.Millisecond {
		n += n / 4
	}
	ended := make(chan error, 1)
	go func() {
		_, err := io.Copy(io.Discard, os.Stdin)
		ended <- err
	}()
	var took []time.Duration
	every := time.NewTicker(keyPause)
	defer every.Stop()
	for {
		select {
		case err := <-ended:
			if err != nil || len(took) == 0 {
				return errors.Join(err, errors.New("ended before the first computation"))
			}
			slices.Sort(took)
			return json.NewEncoder(os.Stdout).Encode(loop.Frames{
				Drawn: int64(len(took)), P50: took[len(took)/2], P99: took[len(took)*99/100], Max: took[len(took)-1],
			})
		case <-every.C:
			took = append(took, compute(n))
		}
	}
}

// measuredConsole is the role of a console that writes how long its frames took,
// from the first one on, into a file when it ends.
func measuredConsole(ctx context.Context, args []string) error {
	brokers, file := strings.Split(args[0], ","), args[1]
	app, err := ui.New(ui.Options{Config: &config.Config{
		Current: "bench", UI: config.DefaultUI(),
		Clusters: map[string]config.Cluster{"bench": {Name: "bench", Brokers: brokers}},
	}})
	if err != nil {
		return err
	}
	if err := app.Run(ctx); err != nil {
		return err
	}
	text, err := json.Marshal(app.Loop().Frames())
	if err != nil {
		return err
	}
	return os.WriteFile(file, text, 0o600)
}
