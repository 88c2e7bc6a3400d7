package ui_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"kconsole/kafka"
	"kconsole/kafka/config"
	"kconsole/ui/session"
	"kconsole/ui/uitest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// start opens a console on the sample cluster.
func start(t *testing.T, o uitest.Options) *uitest.Driver {
	t.Helper()
	d := uitest.Start(t, o)
	d.Publish(uitest.Snapshot())
	return d
}

func has(t *testing.T, d *uitest.Driver, texts ...string) {
	t.Helper()
	screen := d.Text()
	for _, text := range texts {
		if !strings.Contains(screen, text) {
			t.Fatalf("the screen does not show %q:\n%s", text, screen)
		}
	}
}

func hasNot(t *testing.T, d *uitest.Driver, texts ...string) {
	t.Helper()
	screen := d.Text()
	for _, text := range texts {
		if strings.Contains(screen, text) {
			t.Fatalf("the screen shows %q:\n%s", text, screen)
		}
	}
}

func TestDrillInAndBack(t *testing.T) {
	d := start(t, uitest.Options{})
	d.Press("down", "down", "enter")
	has(t, d, "topics ▸ orders.enriched", "Partitions (6)")
	d.Press("esc")
	has(t, d, "Topics (5)")
	hasNot(t, d, "▸")
	d.Press("enter") // the cursor is where it was
	has(t, d, "topics ▸ orders.enriched")
	d.Press("esc", "esc", "esc") // the root stays
	has(t, d, "Topics (5)")
}

func TestHistory(t *testing.T) {
	d := start(t, uitest.Options{})
	d.Type(":groups")
	d.Press("enter")
	d.Press("down", "enter")
	has(t, d, "groups ▸ billing")
	d.Type(":acls")
	d.Press("enter")
	has(t, d, "ACLs (4)")
	d.Press("-")
	has(t, d, "groups ▸ billing")
	d.Press("-")
	has(t, d, "ACLs (4)")
	d.Press("[", "[")
	has(t, d, "ACLs (4)")
	d.Press("[")
	has(t, d, "groups ▸ billing")
	d.Press("[", "[", "[", "[")
	has(t, d, "Topics (5)")
	d.Press("]")
	has(t, d, "Groups (3)")
	d.Press("enter")
	has(t, d, "groups ▸ billing")
}

func TestCommandBar(t *testing.T) {
	d := start(t, uitest.Options{})
	d.Type(":")
	has(t, d, "topics", "All consumer and share groups", "enter done")
	d.Type("gro")
	hasNot(t, d, "All topics:")
	d.Press("tab")
	has(t, d, ":group")
	d.Press("esc")
	has(t, d, "Topics (5)")

	d.Type(":topic or")
	has(t, d, "topic orders.enriched")
	hasNot(t, d, "topic payments")
	d.Press("down", "down", "enter")
	has(t, d, "topics ▸ orders.dead-letter")

	d.Type(":topics /dead|pay")
	d.Press("enter")
	has(t, d, "Topics (2 of 5)", "/dead|pay")

	d.Type(":topcis")
	d.Press("enter")
	has(t, d, "did you mean :topics?")
	d.Press("esc")
	d.Type(":group")
	d.Press("enter")
	has(t, d, "say which group")
	d.Press("esc")
	d.Type(":topics x")
	d.Press("enter")
	has(t, d, "takes no")
	d.Press("ctrl-u")
	d.Press("ctrl-p")
	has(t, d, ":topics /dead|pay")
	d.Press("esc")
}

// TestHotKeysDoNotFireWhileTyping types every key that does something.
func TestHotKeysDoNotFireWhileTyping(t *testing.T) {
	d := start(t, uitest.Options{})
	d.Type(":q[]-?/l xyz")
	has(t, d, ":q[]-?/l xyz")
	d.Press("esc")
	d.Type("/l[x")
	has(t, d, "not a regular expression", "Topics (1 of 5)") // what was valid last
	d.Press("esc")
	has(t, d, "Topics (5)")
}

func TestFilterSortMark(t *testing.T) {
	d := start(t, uitest.Options{})
	d.Type("/ord")
	has(t, d, "Topics (3 of 5)")
	hasNot(t, d, "payments")
	d.Press("enter", "down")
	d.Type("/") // the filter is there to be changed
	d.Type("|pay")
	has(t, d, "Topics (4 of 5)", "payments")
	d.Press("esc") // takes only the change back
	has(t, d, "Topics (3 of 5)")
	d.Press("esc")
	has(t, d, "Topics (5)")
	d.Type("/!ord")
	has(t, d, "Topics (2 of 5)", "payments")
	d.Press("ctrl-u")
	d.Type("-f odl")
	has(t, d, "orders.dead-letter")
	hasNot(t, d, "payments")
	d.Press("enter", "esc")

	d.Press("right", "right", "right", "right", "shift-o")
	has(t, d, "sorted by records ↓")
	if line := d.Line(4); !strings.Contains(line, "orders ") {
		t.Errorf("first row is %q", line)
	}
	d.Press("shift-o")
	if line := d.Line(4); !strings.Contains(line, "orders.dead-letter") {
		t.Errorf("first row is %q", line)
	}
	d.Press("shift-n")
	has(t, d, "sorted by name ↑")

	d.Press("home", "space", "down", "ctrl-space")
	has(t, d, "3 marked")
	d.Press("c")
	if got := d.Clipboard(); got != "orders\norders.dead-letter\norders.enriched" {
		t.Errorf("clipboard: %q", got)
	}
	d.Press("esc")
	hasNot(t, d, "marked")
	d.Press("ctrl-z")
	has(t, d, "Topics (1 of 5)", "faults only", "orders.enriched")
	d.Press("esc")
	has(t, d, "Topics (5)")
}

// TestSelectionFollowsIdentity inserts rows above the cursor, then removes its row.
func TestSelectionFollowsIdentity(t *testing.T) {
	d := start(t, uitest.Options{})
	d.Press("down", "down", "down") // payments
	s := uitest.Snapshot()
	s.Topics.Rows = append([]kafka.Topic{uitest.Topic("_a", 1, 1, nil), uitest.Topic("_b", 1, 1, nil)}, s.Topics.Rows...)
	d.Publish(s)
	d.Press("enter")
	has(t, d, "topics ▸ payments")
	d.Press("esc")
	s = uitest.Snapshot()
	s.Topics.Rows = s.Topics.Rows[:2]
	d.Publish(s)
	d.Press("enter")
	has(t, d, "topics ▸ orders")
	// A page of something that has gone says so.
	s = uitest.Snapshot()
	s.Topics.Rows = s.Topics.Rows[:1]
	d.Publish(s)
	has(t, d, `There is no topic "orders" now`)
}

func TestHelpListsEverything(t *testing.T) {
	d := start(t, uitest.Options{Height: 110, Width: 120})
	d.Press("?")
	has(t, d, "Here: topics", "Everywhere", "Views, by : and their name", ":ctx", "ctrl-w", "shift-o")
	d.Press("esc")
	has(t, d, "Topics (5)")
}

// Half a screen, as beside a lab: no sentence is cut short.
func TestHelpWrapsItsSentences(t *testing.T) {
	d := start(t, uitest.Options{Height: 300, Width: 62})
	d.Press("?")
	has(t, d, "Here: topics")
	if screen := strings.Join(strings.Fields(d.Text()), " "); !strings.Contains(screen, "The cluster at a glance: brokers, replicas, throughput, the busiest topics, the groups that lag most.") || strings.Contains(screen, "…") {
		t.Errorf("the help is cut short:\n%s", d.Text())
	}
}

func TestAsCommand(t *testing.T) {
	d := start(t, uitest.Options{})
	d.Press("x")
	has(t, d, "As commands", "kconsole tail orders", "kconsole describe topic orders")
	d.Press("esc")
	// With marks: for each row that the key acts on, which are all or the first.
	d.Press("home", "down", "space", "space", "end", "x")
	screen := d.Text()
	for text, times := range map[string]int{"kconsole delete topic ": 2, "kconsole delete topic orders\n": 0, "kconsole produce ": 1, "kconsole create topic NAME --partitions": 1} {
		if got := strings.Count(screen, text); got != times {
			t.Errorf("%q is there %d times, not %d:\n%s", text, got, times, screen)
		}
	}
	d.Press("esc")

	// Where it is narrow each command stays in one column, and so does what is wrapped.
	d = start(t, uitest.Options{Width: 60, Height: 60})
	d.Press("x")
	lines := strings.Split(d.Text(), "\n")
	column := -1
	for i, l := range lines {
		at := strings.Index(l, "kconsole ")
		switch {
		case at < 0:
		case column < 0:
			column = at
		case at != column:
			t.Errorf("line %d is out of the column %d: %q", i, column, l)
		}
		if i > 3 && column >= 0 && len(l) > column && l[column-1] != ' ' && !strings.Contains(l, "─") && i < len(lines)-3 {
			t.Errorf("line %d was wrapped to the left: %q", i, l)
		}
	}
	if column < 0 {
		t.Errorf("there is no command:\n%s", d.Text())
	}
}

func TestErrorsAreShownAndTheConsoleStaysUsable(t *testing.T) {
	d := start(t, uitest.Options{})
	d.Publish(uitest.Failed(uitest.Unreachable()))
	has(t, d, "! cannot read the topics: nothing answers", "read 2m ago", "orders.enriched")
	d.Type(":groups")
	d.Press("enter")
	has(t, d, "billing", "! cannot read the topics")
}

func TestConnectFails(t *testing.T) {
	calls := 0
	d := uitest.Start(t, uitest.Options{Connect: func(context.Context, config.Cluster) (*session.Session, error) {
		calls++
		return nil, errors.New("ca.pem: no such file; write the path of the CA's PEM file under tls.ca")
	}})
	d.WaitFor("not connected")
	has(t, d, "ca.pem: no such file")
	d.Press("ctrl-r")
	d.Idle()
	if calls != 2 {
		t.Errorf("connected %d times", calls)
	}
	d.Type(":groups")
	d.Press("enter")
	has(t, d, "ca.pem: no such file")
}

func TestContexts(t *testing.T) {
	d := start(t, uitest.Options{})
	d.Press("enter")
	d.Type(":ctx pr")
	has(t, d, "ctx prod")
	d.Press("tab", "enter")
	has(t, d, " prod  read-only", "on cluster prod", "Reading from prod")
	d.Type(":ctx nope")
	d.Press("enter")
	has(t, d, `there is no cluster "nope"`)
	d.Press("esc")
	d.Type(":ctx lab")
	d.Press("enter")
	has(t, d, "lab  embedded (simulated replication)")
}

// TestFirstPaintNeedsNoAnswer: while Connect hangs, the screen is there and
// takes keys.
func TestFirstPaintNeedsNoAnswer(t *testing.T) {
	release := make(chan struct{})
	d := uitest.StartBusy(t, uitest.Options{Connect: func(ctx context.Context, cl config.Cluster) (*session.Session, error) {
		select {
		case <-release:
		case <-ctx.Done():
		}
		return nil, ctx.Err()
	}})
	d.WaitFor("Reading from lab")
	d.WaitFor("connecting")
	close(release)
}

func TestQuit(t *testing.T) {
	for name, quit := range map[string]func(*uitest.Driver){
		":q":     func(d *uitest.Driver) { d.Type(":q"); d.Last("enter") },
		"ctrl-c": func(d *uitest.Driver) { d.Last("ctrl-c") },
	} {
		t.Run(name, func(t *testing.T) {
			d := start(t, uitest.Options{})
			quit(d)
			if err := d.End(); err != nil {
				t.Error(err)
			}
		})
	}
}

func TestTooSmall(t *testing.T) {
	d := start(t, uitest.Options{})
	d.Resize(59, 24)
	has(t, d, "kconsole needs 60 x 16 characters.", "This terminal has 59 x 24.")
	d.Press("enter") // does nothing that nobody can see
	for _, size := range [][2]int{{1, 1}, {5, 2}, {60, 16}, {200, 60}, {80, 15}, {80, 24}} {
		d.Resize(size[0], size[1])
	}
	has(t, d, "Topics (5)")
	hasNot(t, d, "▸")
}

func TestNoColorIsReadable(t *testing.T) {
	d := start(t, uitest.Options{Colors: -1})
	d.Golden("no-color")
	d = start(t, uitest.Options{Colors: 16})
	d.Golden("16-colours")
}

func TestPasteGoesIntoTheLineOnly(t *testing.T) {
	d := start(t, uitest.Options{})
	d.Paste(":q\n") // must not quit
	has(t, d, "Topics (5)")
	d.Type("/")
	d.Paste("pay\n")
	has(t, d, "Topics (1 of 5)", "payments")
}
