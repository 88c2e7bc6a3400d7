package tailbox_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/gdamore/tcell/v2"

	"kconsole/kafka"
	"kconsole/kafka/tail"
	"kconsole/ui/widget/tailbox"
)

// rows are the lines of the list, without state and titles.
func (b *bench) rows() []string {
	lines := strings.Split(b.Text(), "\n")[2:]
	for len(lines) > 0 && lines[len(lines)-1] == "" {
		lines = lines[:len(lines)-1]
	}
	return lines
}

func TestFollowPauseAndMove(t *testing.T) {
	b, p := start(t, setup{})
	b.send(p, orders(0, 100)...)
	last := func() string { rows := b.rows(); return rows[len(rows)-1] }
	if !strings.Contains(last(), "302,099") {
		t.Fatalf("the newest record is not last:\n%s", b.Text())
	}
	b.press('f')
	before := b.rows()
	b.send(p, orders(100, 200)...)
	if got := b.rows(); strings.Join(got, "\n") != strings.Join(before, "\n") {
		t.Errorf("rows moved while paused:\n%s", b.Text())
	}
	if !strings.Contains(b.Line(0), "‖ paused · 100 newer") {
		t.Errorf("state is %q", b.Line(0))
	}
	b.press('f')
	if !strings.Contains(last(), "302,199") || !strings.Contains(b.Line(0), "● following") {
		t.Errorf("f does not go to the newest:\n%s", b.Text())
	}
	for _, c := range []struct {
		key   any
		first string
	}{
		{tcell.KeyHome, "302,000"},
		{tcell.KeyPgDn, "302,001"}, // the cursor has gone a page down: one row more
		{tcell.KeyPgUp, "302,000"},
		{tcell.KeyEnd, "302,178"},
		{'g', "302,000"},
		{'G', "302,178"},
		{'k', "302,178"},
	} {
		b.press(c.key)
		if !strings.Contains(b.rows()[0], c.first) {
			t.Errorf("after %v the first row is %q, want %s", c.key, b.rows()[0], c.first)
		}
		if b.view.Following() {
			t.Errorf("%v goes on following", c.key)
		}
	}
	b.press('f', tcell.KeyUp)
	if b.view.Following() {
		t.Error("up goes on following")
	}
}

// TestOnlyVisibleRecordsAreDecoded holds that a frame costs what is visible.
func TestOnlyVisibleRecordsAreDecoded(t *testing.T) {
	b, p := start(t, setup{})
	for i := range 20 {
		before := b.view.Made()
		p.in <- orders(i*2500, (i+1)*2500)
		for b.feed.Stats().Seen < int64(i+1)*2500 { // no frame meanwhile
			time.Sleep(time.Millisecond)
		}
		b.frame()
		if made := b.view.Made() - before; made > 24 {
			t.Fatalf("a frame of 22 rows decoded %d records", made)
		}
	}
	if b.view.Made() == 0 {
		t.Fatal("nothing was decoded")
	}
	huge := orders(0, 30)
	for i := range huge {
		huge[i].Value = []byte(`{"a":"` + strings.Repeat("x", 1<<20) + `"}`)
	}
	b.send(p, huge...)
	for range 60 {
		b.press(tcell.KeyPgUp)
	}
	if kept := b.view.Kept(); kept > 2<<20 {
		t.Errorf("previews take %d bytes", kept)
	}
}

// TestRingTurnsWhileScrolled holds that what the user looks at stays, that
// reading waits meanwhile and that nothing is lost by it.
func TestRingTurnsWhileScrolled(t *testing.T) {
	b, p := start(t, setup{feed: tailbox.FeedOptions{Count: 2000}})
	b.send(p, orders(0, 1900)...)
	b.press(tcell.KeyHome)
	before := b.rows()
	go func() { p.in <- orders(1900, 5000) }()
	b.until("reading waits", func() bool { return b.feed.Stats().Held })
	if !strings.Contains(b.Line(0), "buffer full, reading waits") {
		t.Errorf("the state does not tell that reading waits: %q", b.Line(0))
	}
	if got := b.rows(); strings.Join(got, "\n") != strings.Join(before, "\n") {
		t.Errorf("rows moved:\n%s\nwere\n%s", b.Text(), strings.Join(before, "\n"))
	}
	b.press('f')
	b.until("all are read", func() bool { return b.feed.Stats().Seen == 5000 })
	if rows := b.rows(); !strings.Contains(rows[len(rows)-1], "306,999") {
		t.Errorf("the newest is not shown:\n%s", b.Text())
	}
	if s := b.feed.Stats(); s.Dropped != 3000 || s.Held {
		t.Errorf("stats are %+v", s)
	}
	// A record larger than the rest of the ring pushes out what is looked at: then
	// the oldest that is left is shown.
	b.press(tcell.KeyUp)
	if len(b.rows()) != 22 {
		t.Errorf("%d rows", len(b.rows()))
	}
}

func TestFilter(t *testing.T) {
	b, p := start(t, setup{feed: tailbox.FeedOptions{Count: 4000}})
	b.send(p, orders(0, 3000)...)
	if err := b.view.SetFilter("o-8879[0-4]"); err != nil {
		t.Fatal(err)
	}
	b.until("the old ones are found", func() bool { return b.feed.Stats().Looked == 3000 })
	b.frame()
	if rows := b.rows(); len(rows) != 5 || !strings.Contains(rows[0], "302,790") {
		t.Fatalf("found\n%s", b.Text())
	}
	// A match stays when the ring has turned twice since.
	if err := b.view.SetFilter("o-88790"); err != nil {
		t.Fatal(err)
	}
	b.until("it is found", func() bool { return b.feed.Stats().Matched == 1 })
	for i := 3000; i < 12_000; i += 1000 {
		b.send(p, orders(i, i+1000)...)
	}
	b.until("all are looked at", func() bool { return b.feed.Stats().Looked == 12_000 })
	b.frame()
	if rows := b.rows(); len(rows) != 1 || !strings.Contains(rows[0], "302,790") {
		t.Errorf("the match is gone:\n%s", b.Text())
	}
	if s := b.feed.Stats(); s.Matched != 1 {
		t.Errorf("stats are %+v", s)
	}
	// An error leaves all as it is.
	if err := b.view.SetFilter("("); err == nil || b.view.Filter() != "o-88790" {
		t.Errorf("( gives %v and the filter %q", err, b.view.Filter())
	}
	// Back among all records the cursor is where it was found, in its surroundings.
	if err := b.view.SetFilter("!country"); err != nil {
		t.Fatal(err)
	}
	if err := b.view.SetFilter("o-99950"); err != nil {
		t.Fatal(err)
	}
	b.until("it is found", func() bool { return b.feed.Stats().Matched == 1 })
	b.frame()
	b.press(tcell.KeyUp, tcell.KeyEsc)
	if b.view.Filter() != "" {
		t.Fatal("esc does not take back the filter")
	}
	rows := b.rows()
	if !strings.Contains(strings.Join(rows, "\n"), "313,950") || !strings.Contains(strings.Join(rows, "\n"), "313,951") {
		t.Errorf("not back among its neighbours:\n%s", b.Text())
	}
}

func TestFilterPatterns(t *testing.T) {
	rec := kafka.Record{Key: []byte("C-4711"), Value: []byte(`{"country":"DE","city":"Köln"}`), Headers: []kafka.Header{{Key: "trace", Value: []byte("8f3a")}}}
	for pattern, want := range map[string]bool{
		"c-4711": true, "C-4711": true, "C-4712": false, "de": true, "DE": true, "De": false, "köln": true, "KÖLN": false, "Köl": true,
		"trace=8f": true, "!trace=8f": false, "!nothing": true, "8f.*a$": true, "country.*koeln": false, `{"country"`: true, "[": false,
	} {
		f, err := tailbox.ParseFilter(pattern)
		if pattern == "[" {
			if err == nil || !strings.Contains(err.Error(), "not a regular expression") {
				t.Errorf("[ gives %v", err)
			}
			continue
		}
		if err != nil {
			t.Fatalf("%q: %v", pattern, err)
		}
		if got := f.MatchRaw(&rec); got != want {
			t.Errorf("%q matches: %v, want %v", pattern, got, want)
		}
	}
	for _, empty := range []string{"", " ", "!"} {
		if f, err := tailbox.ParseFilter(empty); f != nil || err != nil {
			t.Errorf("%q gives %v, %v", empty, f, err)
		}
	}
}

func TestErrorsLeaveTheRowsAlone(t *testing.T) {
	b, p := start(t, setup{})
	b.send(p, orders(0, 10)...)
	before := b.rows()
	p.errs <- fmt.Errorf("broker 2 went away\x1b[2J")
	b.until("the error shows", func() bool { return strings.Contains(b.Text(), "⚠ broker 2 went away␛[2J") })
	if got := b.rows()[:10]; strings.Join(got, "\n") != strings.Join(before, "\n") {
		t.Errorf("rows changed:\n%s", b.Text())
	}
	b.send(p, orders(10, 20)...)
	if strings.Contains(b.Text(), "went away") || !strings.Contains(b.Text(), "302,019") {
		t.Errorf("it does not go on:\n%s", b.Text())
	}
}

func TestStartElsewhere(t *testing.T) {
	b, p := start(t, setup{})
	b.send(p, orders(0, 10)...)
	b.press('s')
	if len(b.asked) != 1 || b.asked[0].Initial != "end" {
		t.Fatalf("asked %+v", b.asked)
	}
	if err := b.asked[0].Done("somewhere"); err == nil || !strings.Contains(err.Error(), "use start, end") {
		t.Errorf("a bad position gives %v", err)
	}
	if err := b.asked[0].Done("-5"); err != nil {
		t.Fatal(err)
	}
	<-p.closed
	p = <-b.pipes
	if got := b.opened[len(b.opened)-1]; got != (tail.Position{Kind: tail.Last, Value: 5}) {
		t.Errorf("opened at %+v", got)
	}
	// What is there already comes in the order of time.
	there := orders(5, 10)
	there[0], there[4] = there[4], there[0]
	b.send(p, there...)
	rows := b.rows()
	if len(rows) != 5 || !strings.Contains(b.Line(0), "from -5") || !strings.Contains(rows[0], "302,005") || !strings.Contains(rows[4], "302,009") {
		t.Errorf("the screen is\n%s", b.Text())
	}
}

func TestMarksAndCopies(t *testing.T) {
	b, p := start(t, setup{})
	b.send(p, orders(0, 30)...)
	b.press(tcell.KeyUp, ' ', tcell.KeyUp, tcell.KeyUp, tcell.KeyUp, tcell.KeyUp, tcell.KeyCtrlSpace)
	offsets := func() (out []int64) {
		for _, r := range b.view.Marked() {
			out = append(out, r.Offset)
		}
		return out
	}
	if got := fmt.Sprint(offsets()); got != "[302028 302025 302026 302027]" {
		t.Errorf("marked %v", got)
	}
	b.press(tcell.KeyDown, ' ') // unmarks 302026
	if got := fmt.Sprint(offsets()); got != "[302028 302025 302027]" {
		t.Errorf("marked %v", got)
	}
	b.press('C')
	if n := strings.Count(b.copied[0], "\n"); n != 3 || !strings.HasPrefix(b.copied[0], `{"topic":"orders","partition":4,"offset":302028,`) {
		t.Errorf("copied %q", b.copied[0])
	}
	b.press('c')
	if want := string(order(27).Value); b.copied[1] != want {
		t.Errorf("copied %q, want %q", b.copied[1], want)
	}
	b.press(tcell.KeyEsc)
	if len(b.view.Marked()) != 0 {
		t.Error("esc leaves the marks")
	}
	if b.view.Key(tcell.NewEventKey(tcell.KeyEsc, 0, 0)) {
		t.Error("esc is taken though there is nothing left to take back")
	}
}

func TestOpenedRecord(t *testing.T) {
	b, p := start(t, setup{width: 120, height: 24})
	b.send(p, orders(0, 30)...)
	b.press(tcell.KeyEnter)
	if !strings.Contains(b.Line(1), "│ p5 · 302,029") {
		t.Fatalf("not opened beside the list:\n%s", b.Text())
	}
	b.send(p, orders(30, 35)...)
	if !strings.Contains(b.Line(1), "│ p5 · 302,029") || !b.view.Following() {
		t.Errorf("the opened record went away when others came:\n%s", b.Text())
	}
	b.press(tcell.KeyUp)
	if !strings.Contains(b.Line(1), "│ p3 · 302,033") {
		t.Errorf("it does not go with the cursor:\n%s", b.Text())
	}
	b.Resize(80, 24)
	if !strings.HasPrefix(b.Line(1), " p3 · 302,033") || strings.Contains(b.Text(), "OFFSET") {
		t.Errorf("it is not in the place of the list:\n%s", b.Text())
	}
	b.press(tcell.KeyRight)
	if !strings.HasPrefix(b.Line(1), " p4 · 302,034") {
		t.Errorf("right is not the next one:\n%s", b.Text())
	}
	b.press(tcell.KeyEsc)
	if !strings.Contains(b.Text(), "OFFSET") {
		t.Errorf("esc does not close it:\n%s", b.Text())
	}
}

func TestSave(t *testing.T) {
	b, p := start(t, setup{})
	b.send(p, orders(0, 3000)...)
	dir := t.TempDir()
	b.press(tcell.KeyCtrlS)
	q := b.asked[0]
	if q.Initial != "orders-20261123-140212.jsonl" || !strings.Contains(q.Label, "3,000 records") {
		t.Errorf("asked %q with %q", q.Label, q.Initial)
	}
	path := filepath.Join(dir, "out.jsonl")
	if err := q.Done(path); err != nil {
		t.Fatal(err)
	}
	b.until("it is saved", func() bool { return len(b.said)+len(b.failed) > 0 })
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v, said %q, failed %v", err, b.said, b.failed)
	}
	lines := bytes.Split(bytes.TrimSpace(data), []byte("\n"))
	var first struct {
		Offset int64
		Value  struct{ ID string }
	}
	if err := json.Unmarshal(lines[0], &first); err != nil || len(lines) != 3000 || first.Offset != 302_000 || first.Value.ID != "o-88000" {
		t.Errorf("%d lines, the first is %s (%v)", len(lines), lines[0], err)
	}
	if err := q.Done(path); err == nil || !strings.Contains(err.Error(), "exists") {
		t.Errorf("writing over a file gives %v", err)
	}
	if err := q.Done(filepath.Join(dir, "no", "such")); err == nil {
		t.Error("a folder that is not there gives no error")
	}
	if entries, _ := os.ReadDir(dir); len(entries) != 1 {
		t.Errorf("left behind: %v", entries)
	}
}

// TestHostileRecords holds that whatever a record carries is shown, not obeyed.
func TestHostileRecords(t *testing.T) {
	hostile := []string{
		"\x1b]0;owned\x07\x1b[2J\x1b[31m", "\u009b31m", "[red::b]tag[-] [:::https://e.example]x", "a\u202egnp.exe\u2066", "zero\u200bwidth\ufeff",
		"lf\ncr\rtab\t\x00\x7f", "\xff\xfe bad", strings.Repeat("e"+strings.Repeat("\u0301", 300), 5), "漢字🎉👩‍🚀",
		strings.Repeat("x", 1<<20), strings.Repeat("\u202e", 1<<18), strings.Repeat("\x00", 1<<20), strings.Repeat("\u0301", 1<<18),
	}
	b, p := start(t, setup{width: 100, height: 30})
	var records []kafka.Record
	for i, s := range hostile {
		r := order(i)
		r.Topic, r.Key, r.Value, r.Headers = s, []byte(s), []byte(s), []kafka.Header{{Key: s, Value: []byte(s)}}
		records = append(records, r)
	}
	b.send(p, records...)
	check := func(what string) {
		t.Helper()
		for y, line := range strings.Split(b.Text(), "\n") {
			for _, r := range line {
				if r < ' ' || r >= 0x7f && r < 0xa0 || r >= 0x200b && r <= 0x200f || r >= 0x202a && r <= 0x202e || r >= 0x2060 && r <= 0x206f || r == 0xfeff {
					t.Errorf("%s: %U in row %d: %q", what, r, y, line)
				}
			}
		}
	}
	check("list")
	if !strings.Contains(b.Text(), "[red::b]tag[-]") {
		t.Errorf("tview's tags were taken for tags:\n%s", b.Text())
	}
	b.press('w')
	check("wrapped")
	b.press(tcell.KeyEnter)
	for range hostile {
		b.press(tcell.KeyUp)
		check("opened")
		b.press('b')
		check("bytes")
		b.press('b')
	}
	if err := b.view.SetFilter("\x1b[2J\u202e"); err == nil {
		check("filtered")
	}
}
