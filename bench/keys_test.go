package bench

import (
	"context"
	"fmt"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"
)

// keysPerRound is how often a key is pressed in a round, keyPause how much time
// lies between two: a fast hand.
const (
	keysPerRound = 100
	keyPause     = 30 * time.Millisecond
)

// BenchmarkKeys measures from a key press to the last byte of the frame that
// shows it: on the idle list of 10,000 topics, and on a live tail of 200,000
// records a second, where the keys type a command over it.
func BenchmarkKeys(b *testing.B) {
	r := newReport(7, "Key press to the last repainted byte, 160x50", "idle p99 at most 8.3 ms; in the tail p99 at most 16.7 ms and 1.5 of the bare table's")
	large, small := cluster(b, largeCluster), cluster(b, smallCluster)
	for b.Loop() {
		idle := []*contestant{
			{name: "kconsole, 10,000 topics", run: pressing(func() *exec.Cmd { return program(b, large, "") }, "events-1", moves)},
			{name: "bare tview table, 10,000 rows", run: pressing(func() *exec.Cmd { return mustRole(b, "table", large) }, "row 00001", moves)},
		}
		r.race(b, *rounds, idle...)

		writer := mustRole(b, "flood", small)
		in, err := writer.StdinPipe()
		if err != nil {
			b.Fatal(err)
		}
		if err := writer.Start(); err != nil {
			b.Fatal(err)
		}
		tail := []*contestant{
			{name: "kconsole, tail of 200,000/s", run: pressing(func() *exec.Cmd { return program(b, small, "", "-c", "tail "+floodTopic) }, floodText, types)},
			{name: "bare tview table, tail of 200,000/s", run: pressing(func() *exec.Cmd { return mustRole(b, "table", small, floodTopic) }, floodText, types)},
		}
		r.race(b, *rounds, tail...)
		_ = in.Close()
		if err := writer.Wait(); err != nil {
			b.Logf("the writer: %v", err)
		}
		for _, unit := range []string{"ms p50", "ms p99"} {
			r.row(idle[0].name, unit).beside(r.row(idle[1].name, unit))
			r.row(tail[0].name, unit).beside(r.row(tail[1].name, unit))
		}
	}
	r.print(b)
}

// pressing starts a program, waits for a text, and presses keys.
func pressing(cmd func() *exec.Cmd, there string, keys func(t *terminal) ([]time.Duration, error)) func(b *testing.B) (map[string]float64, error) {
	return func(b *testing.B) (map[string]float64, error) {
		t := open(b, cmd())
		defer t.end()
		if err := t.screen(there+" on the screen", contains(there)); err != nil {
			return nil, err
		}
		time.Sleep(2 * time.Second) // what comes after the first screen is no idle console
		took, err := keys(t)
		if err != nil {
			return nil, err
		}
		return map[string]float64{"ms p50": percentile(took, 50), "ms p99": percentile(took, 99), "ms max": percentile(took, 100)}, nil
	}
}

// moves moves the cursor down: each press is seen in the next frame.
func moves(t *terminal) ([]time.Duration, error) {
	return pressAll(t, keysPerRound, func(int) (string, func(*grid) bool) {
		return "\x1b[B", func(*grid) bool { return true }
	})
}

// types types a command letter by letter, and takes it back again when it is
// long: each letter is seen when it stands there. Letters that mean nothing to a
// list are used, in case one goes there.
func types(t *terminal) ([]time.Duration, error) {
	if _, err := t.press(":", func(*grid) bool { return true }); err != nil {
		return nil, err
	}
	text := ""
	return pressAll(t, keysPerRound, func(i int) (string, func(*grid) bool) {
		key := "\x7f"
		if i%20 < 10 {
			key = string(rune('k' + i%20))
			text += key
		} else {
			text = text[:len(text)-1]
		}
		want := ":" + text + " "
		return key, func(g *grid) bool {
			return strings.Contains(g.line(g.height-2), want) || strings.Contains(g.line(g.height-1), want)
		}
	})
}

func pressAll(t *terminal, n int, key func(i int) (string, func(*grid) bool)) ([]time.Duration, error) {
	took := make([]time.Duration, 0, n)
	for i := range n {
		time.Sleep(keyPause)
		k, seen := key(i)
		d, err := t.press(k, seen)
		if err != nil {
			return nil, err
		}
		took = append(took, d)
	}
	return took, nil
}

// percentile is in milliseconds: so many of 100 took no longer.
func percentile(took []time.Duration, percent int) float64 {
	sorted := slices.Sorted(slices.Values(took))
	return float64(sorted[max((len(sorted)*percent+99)/100, 1)-1].Microseconds()) / 1e3
}

func mustRole(b *testing.B, name string, args ...string) *exec.Cmd {
	b.Helper()
	cmd, err := role(b.Context(), name, args...)
	if err != nil {
		b.Fatal(err)
	}
	return cmd
}

// BenchmarkFilter types a filter over 10,000 topics: each letter narrows the list
// at once.
func BenchmarkFilter(b *testing.B) {
	r := newReport(8, "Filter as you type over 10,000 topics", "p99 at most 10 ms a key")
	large := cluster(b, largeCluster)
	filters := []string{"service-1", "team-3.*events-6", "!events-1"}
	for b.Loop() {
		ours := &contestant{name: "kconsole, key to the last repainted byte", run: pressing(func() *exec.Cmd { return program(b, large, "") }, "events-1", func(t *terminal) ([]time.Duration, error) {
			return typeFilters(t, filters)
		})}
		scan := &contestant{name: "a bare scan of the names for the text so far, nothing painted", run: func(*testing.B) (map[string]float64, error) {
			took := scanAll(filters)
			return map[string]float64{"ms p50": percentile(took, 50), "ms p99": percentile(took, 99)}, nil
		}}
		r.race(b, *rounds, ours, scan)
	}
	r.note("The filters: %s.", strings.Join(filters, ", "))
	r.print(b)
}

func typeFilters(t *terminal, filters []string) ([]time.Duration, error) {
	var took []time.Duration
	for _, filter := range filters {
		if _, err := t.press("/", func(*grid) bool { return true }); err != nil {
			return nil, err
		}
		for i := range filter {
			time.Sleep(keyPause)
			want := "/" + filter[:i+1] + " "
			d, err := t.press(filter[i:i+1], contains(want))
			if err != nil {
				return nil, err
			}
			took = append(took, d)
		}
		for range filter {
			if _, err := t.press("\x7f", func(*grid) bool { return true }); err != nil {
				return nil, err
			}
		}
		if _, err := t.press("\r", func(*grid) bool { return true }); err != nil {
			return nil, err
		}
	}
	return took, nil
}

func scanAll(filters []string) []time.Duration {
	names := largeNames()
	var took []time.Duration
	for _, filter := range filters {
		for i := range filter {
			began, n := time.Now(), 0
			for _, name := range names {
				if strings.Contains(name, filter[:i+1]) {
					n++
				}
			}
			took = append(took, time.Since(began))
			sink += n
		}
	}
	return took
}

// sink keeps work from being left out.
var sink int

// flood is the role of a writer of 200,000 records a second, until its standard
// input ends.
func flood(ctx context.Context, args []string) error {
	w, err := newBatchWriter(ctx, args[0], floodTopic)
	if err != nil {
		return err
	}
	defer w.close()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() {
		defer cancel()
		waitForEnd()
	}()
	const every = 10 * time.Millisecond
	batch := floodRecords()
	tick := time.NewTicker(every)
	defer tick.Stop()
	for n := 0; ctx.Err() == nil; n++ {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil
		}
		if err := w.write(ctx, int32(n%6), batch); err != nil && ctx.Err() == nil {
			return fmt.Errorf("writing batch %d: %w", n, err)
		}
	}
	return nil
}
