package stacktest

import (
	"bufio"
	"context"
	"io"
	"strings"
	"testing"
	"time"

	"kconsole/compose"
)

// testLogsAndEvents stops and starts a leader and has it told of: by the events,
// to everybody who listens, and by the broker's log, to who follows it and to
// who reads it afterwards.
func testLogsAndEvents(t *testing.T, b *bench) {
	topic := b.topic(t, 3, 3)
	victim := b.leaderOf(t, topic)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	events, err := b.stack.Events(ctx)
	if err != nil {
		t.Fatal(err)
	}
	second, err := b.stack.Events(ctx) // more than one may listen
	if err != nil {
		t.Fatal(err)
	}
	log, lines := b.follow(ctx, t, victim)

	b.do(t, victim, "stopping", b.stack.Stop)
	stopped := func(e compose.Event) bool { return e.Broker == victim && strings.Contains(e.What, "stopped") }
	b.awaitEvents(t, events, map[string]func(compose.Event) bool{
		"broker stopped": stopped,
		"leader moved": func(e compose.Event) bool {
			return strings.Contains(e.What, topic) && strings.Contains(e.What, "leader")
		},
		"ISR shrank": func(e compose.Event) bool {
			return strings.Contains(e.What, topic) && strings.HasPrefix(strings.ToLower(e.What), "isr")
		},
	})
	b.line(t, lines, "it was stopped")
	drain(lines)

	b.do(t, victim, "starting", b.stack.Start)
	b.awaitEvents(t, events, map[string]func(compose.Event) bool{
		"broker started": func(e compose.Event) bool { return e.Broker == victim && strings.Contains(e.What, "started") },
	})
	b.awaitEvents(t, second, map[string]func(compose.Event) bool{"broker stopped": stopped})
	b.line(t, lines, "it was started again")

	cancel()
	b.ends(t, "the first events", func() bool { _, open := <-events; return open })
	b.ends(t, "the second events", func() bool { _, open := <-second; return open })
	b.ends(t, "the followed log", func() bool { _, open := <-lines; return open })
	if err := log.Close(); err != nil {
		t.Error(err)
	}
	b.tails(t, victim)
}

// follow follows a broker's log from now on.
func (b *bench) follow(ctx context.Context, t *testing.T, id int32) (io.Closer, <-chan string) {
	t.Helper()
	log, err := b.stack.Logs(ctx, id, 0, true)
	if err != nil {
		t.Fatal(err)
	}
	lines := make(chan string, 1000)
	go func() { // ends with the log, which ends with ctx
		defer close(lines)
		for scan := bufio.NewScanner(log); scan.Scan(); {
			select {
			case lines <- scan.Text():
			default: // one line proves as much as a thousand
			}
		}
	}()
	return log, lines
}

// line waits for a line of a followed log.
func (b *bench) line(t *testing.T, lines <-chan string, why string) {
	t.Helper()
	select {
	case line, ok := <-lines:
		if !ok || line == "" {
			t.Errorf("the followed log ended or is empty: %q", line)
		}
	case <-time.After(b.suite.Limit):
		t.Errorf("%s, and its followed log says nothing", why)
	}
}

func drain(lines <-chan string) {
	for {
		select {
		case _, open := <-lines:
			if !open {
				return
			}
		default:
			return
		}
	}
}

// ends reads until there is no more.
func (b *bench) ends(t *testing.T, what string, next func() (open bool)) {
	t.Helper()
	done := make(chan struct{})
	go func() {
		defer close(done)
		for next() {
		}
	}()
	select {
	case <-done:
	case <-time.After(b.suite.Limit):
		t.Fatal(what + " do not end with their context")
	}
}

// tails reads a log's end, of various lengths.
func (b *bench) tails(t *testing.T, id int32) {
	t.Helper()
	read := func(tail int) []string {
		t.Helper()
		log, err := b.stack.Logs(t.Context(), id, tail, false)
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = log.Close() }()
		raw, err := io.ReadAll(log)
		if err != nil {
			t.Fatal(err)
		}
		if len(raw) == 0 {
			return nil
		}
		return strings.Split(strings.TrimSuffix(string(raw), "\n"), "\n")
	}
	all := read(-1)
	if len(all) < 2 {
		t.Fatalf("a broker that was stopped and started logged %d lines", len(all))
	}
	if got := read(2); len(got) != 2 {
		t.Errorf("asked for the last 2 lines, got %d", len(got))
	}
	if got := read(0); len(got) != 0 {
		t.Errorf("asked for no lines, got %d", len(got))
	}
	if got := read(1 << 20); len(got) < len(all) {
		t.Errorf("asked for more lines than there are (%d), got %d", len(all), len(got))
	}
}

// awaitEvents reads events until each of the wanted ones has come.
func (b *bench) awaitEvents(t *testing.T, events <-chan compose.Event, wanted map[string]func(compose.Event) bool) {
	t.Helper()
	limit := time.After(b.suite.Limit)
	var got []string
	for len(wanted) > 0 {
		select {
		case e, ok := <-events:
			if !ok {
				t.Fatal("the events ended")
			}
			if e.At.IsZero() || e.What == "" {
				t.Errorf("an event says nothing: %+v", e)
			}
			got = append(got, e.What)
			for name, is := range wanted {
				if is(e) {
					delete(wanted, name)
				}
			}
		case <-limit:
			for name := range wanted {
				t.Errorf("no event for: %s", name)
			}
			t.Fatalf("events that came: %q", got)
		}
	}
}
