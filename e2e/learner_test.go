package e2e

import (
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// learner does a lab by keys alone, and knows nothing but what is on the screen:
// the lab's text and verdicts on the left, the console on the right.
type learner struct {
	*terminal
	t      *testing.T
	panel  *regexp.Regexp // parts a line into the lab's half and the console's
	env    []string
	config string
}

// startLab opens a lab of the embedded stack in a console of its own and reads
// the concepts, screen after screen, up to the first step.
func startLab(t *testing.T, id string) *learner {
	t.Helper()
	dir := labDir(t)
	kconsole(t, "lab", "up", "--detach", "--dir", dir)
	t.Cleanup(func() { kconsole(t, "lab", "down", "--dir", dir) })
	l := &learner{
		t: t, panel: regexp.MustCompile(`^(.{80,}?)│(.*)$`), config: filepath.Join(dir, "lab.yaml"),
		env: []string{"XDG_CONFIG_HOME=" + dir, "XDG_STATE_HOME=" + dir, "EDITOR=", "VISUAL="},
	}
	l.terminal = openTerminal(t, 180, 60, l.env, binary+" --config "+l.config)
	l.waitFor("3/3 brokers")
	l.view("labs")
	l.waitFor("Labs (", " "+id+" ")
	l.choose(id)
	l.keys("Enter")
	l.waitFor("Lab "+strings.TrimLeft(id, "0")+" · ", "concepts ", "enter next")
	for l.toLab(); ; {
		read := l.lab()
		if strings.Contains(read, "step 1 of") {
			return l
		}
		l.keys("Enter")
		l.waitUntil("the next page", func(string) bool { return l.lab() != read })
	}
}

// halves parts the screen.
func (l *learner) halves() (lab, console string) {
	l.t.Helper()
	var left, right []string
	for _, line := range strings.Split(l.screen(), "\n") {
		if m := l.panel.FindStringSubmatch(line); m != nil {
			left, right = append(left, m[1]), append(right, m[2])
		}
	}
	if left == nil {
		return "", l.screen()
	}
	return strings.Join(left, "\n"), strings.Join(right, "\n")
}

// lab is the lab's half, as one line: words are found wherever it was broken.
func (l *learner) lab() string {
	l.t.Helper()
	text, _ := l.halves()
	return strings.Join(strings.Fields(text), " ")
}

// console is the other half, line by line.
func (l *learner) console() string {
	l.t.Helper()
	_, text := l.halves()
	return text
}

// reads waits until the lab's half says something.
func (l *learner) reads(texts ...string) string {
	l.t.Helper()
	var lab string
	l.waitUntil(fmt.Sprintf("the lab to say %q", texts), func(string) bool {
		lab = l.lab()
		for _, text := range texts {
			if !strings.Contains(lab, text) {
				return false
			}
		}
		return true
	})
	return lab
}

// sees waits until the console's half shows something.
func (l *learner) sees(texts ...string) string {
	l.t.Helper()
	var console string
	l.waitUntil(fmt.Sprintf("the console to show %q", texts), func(string) bool {
		console = l.console()
		for _, text := range texts {
			if !strings.Contains(console, text) {
				return false
			}
		}
		return true
	})
	return console
}

// at waits for a step, and tells what is to be done: its number and its title are on the screen.
func (l *learner) at(step int, title string) string {
	l.t.Helper()
	return l.reads(fmt.Sprintf("step %d of", step), title)
}

// toConsole and toLab see to it that keys go where they are meant to; the bottom
// line tells where they go.
func (l *learner) toConsole() { l.give("ctrl-t lab") }
func (l *learner) toLab()     { l.give("ctrl-t console") }

func (l *learner) give(sign string) {
	l.t.Helper()
	if !strings.Contains(l.screen(), sign) {
		l.keys("C-t")
		l.waitFor(sign)
	}
}

// goThere presses the key that shows where the step happens; the console has the
// keys then.
func (l *learner) goThere() {
	l.t.Helper()
	l.toLab()
	l.keys("g")
	l.waitFor("ctrl-t lab")
}

// view goes to a view by its name, which the lab's texts give.
func (l *learner) view(name string) {
	l.t.Helper()
	l.keys(":")
	l.waitFor("enter done")
	l.write(name)
	l.keys("Enter")
}

// answer answers the question of the step.
func (l *learner) answer(text string) {
	l.t.Helper()
	l.toLab()
	l.keys("a")
	l.waitFor("answer:")
	l.write(text)
	l.keys("Enter")
}

// rows are the lines of the table in the console's half, below the line with
// the names of its columns, which marks the one that it is sorted by.
func (l *learner) rows() (rows [][]string) {
	l.t.Helper()
	lines := strings.Split(l.console(), "\n")
	header := 0
	for i, line := range lines[:min(6, len(lines))] {
		if strings.Contains(line, "↑") || strings.Contains(line, "↓") {
			header = i
		}
	}
	for _, line := range lines[header+1:] {
		rows = append(rows, strings.Fields(line))
	}
	return rows
}

// row is the one that begins with a word, and nil without one.
func (l *learner) row(first string) []string {
	l.t.Helper()
	for _, row := range l.rows() {
		if len(row) > 0 && row[0] == first {
			return row
		}
	}
	return nil
}

// choose waits for the row that begins with a word and moves to it.
func (l *learner) choose(first string) {
	l.t.Helper()
	at := -1
	l.waitUntil("a row "+first, func(string) bool {
		at = slices.IndexFunc(l.rows(), func(row []string) bool { return len(row) > 0 && row[0] == first })
		return at >= 0
	})
	l.keys("Home")
	for range at {
		l.keys("Down")
	}
}

// form fills the fields of a dialog from the first on, reviews the plan and applies it.
func (l *learner) form(title string, fields ...string) {
	l.t.Helper()
	l.sees(title)
	for i, text := range fields {
		if i > 0 {
			l.keys("Down")
		}
		if text != "" {
			l.keys("C-u")
			l.write(text)
		}
	}
	l.keys("Enter")
	l.waitFor("enter apply")
	l.keys("Enter")
	l.waitFor("done: ")
}

// find is what the group of a pattern finds in a text.
func (l *learner) find(pattern, text string) string {
	l.t.Helper()
	m := regexp.MustCompile(pattern).FindStringSubmatch(text)
	if m == nil {
		l.t.Fatalf("no %s in:\n%s", pattern, text)
	}
	return m[1]
}

// broker selects a broker in :brokers and presses a key, which stops or starts it.
func (l *learner) broker(id, key, state string) {
	l.t.Helper()
	l.sees("Brokers (3)")
	l.choose(id)
	l.keys(key)
	l.waitUntil("broker "+id+" to be "+state, func(string) bool {
		row := l.row(id)
		return len(row) > 1 && row[1] == state
	})
}

// TestLearnerLab02 does lab 2 as its texts say.
func TestLearnerLab02(t *testing.T) {
	l := startLab(t, "02")

	l.at(1, "Bring every broker up")
	down := l.find(`now: broker (\d) is stopped`, l.reads("look at :brokers"))
	l.goThere()
	l.broker(down, "S", "up")

	l.at(2, "Find the controller")
	l.reads("Which node is the active controller?")
	l.goThere()
	l.sees("Quorum (3)", "leader")
	l.answer("node " + l.row("leader")[1])

	text := l.at(3, "Create a topic")
	topic := l.find(`Create the topic (\S+) with`, text)
	l.goThere()
	l.keys("n")
	l.form("Create a topic", topic, "3", "3")

	text = l.at(4, "Describe and change it")
	retention := l.find(`retention.ms=(\d+)`, text)
	l.choose(topic)
	l.keys("e")
	l.sees("Configuration (")
	l.choose("retention.ms")
	l.keys("Enter")
	l.form("retention.ms", retention)
	asked := l.find(`replicas of partition (\d)`, l.reads("? What are the replicas"))
	l.keys("Escape")
	l.sees("Topics (")
	l.choose(topic)
	l.keys("Enter")
	l.sees("Partitions (3)")
	l.answer(l.row(asked)[2])

	text = l.at(5, "Send a message")
	word := l.find(`new in every run: (\S+) Then`, text)
	l.toConsole()
	l.view("topics")
	l.choose(topic)
	l.keys("p")
	l.form("Produce to topic "+topic, "greeting", "", "hello "+word)
	l.keys("l")
	l.sees("hello " + word)

	l.at(6, "Who leads a partition?")
	asked = l.find(`leads partition (\d)`, l.reads("? Which broker"))
	l.goThere()
	l.choose(topic)
	l.keys("Enter")
	l.sees("Partitions (3)")
	l.answer("broker " + l.row(asked)[1])

	l.at(7, "Switch it off and on again")
	l.goThere()
	for _, id := range []string{"1", "2", "3"} {
		l.broker(id, "s", "stopped")
		l.broker(id, "S", "up")
		l.waitFor("ISR ok") // a rolling restart, as the text advises
	}
	l.leavesOutPHP(8)
}

// leavesOutPHP skips the steps in PHP, which are for an editor, and sees the lab end.
func (l *learner) leavesOutPHP(step int) {
	l.t.Helper()
	l.at(step, "In your own PHP")
	l.waitUntil("the step to be prepared", func(string) bool { return !strings.Contains(l.lab(), "… preparing") })
	l.toLab()
	l.keys("n")
	l.reads("Done! Lab", "is finished")
}

// TestLearnerLab09 does lab 9 as its texts say, with a second terminal for the
// load, as the text advises.
func TestLearnerLab09(t *testing.T) {
	l := startLab(t, "09")

	topic := l.find(`Create the topic (\S+) with`, l.at(1, "A topic that survives a broker"))
	l.goThere()
	l.keys("n")
	l.form("Create a topic", topic, "6", "3", "min.insync.replicas=2")

	l.at(2, "The hot key")
	l.reads("? What percentage")
	l.goThere()
	l.sees("Topics (1 of")
	l.keys("Enter")
	l.sees("Partitions (6)")
	var most, all int
	l.waitUntil("all records", func(string) bool {
		most, all = 0, 0
		for _, row := range l.rows() {
			if len(row) < 6 {
				continue
			}
			start, _ := strconv.Atoi(row[4])
			end, _ := strconv.Atoi(row[5])
			most, all = max(most, end-start), all+end-start
		}
		return all == 600
	})
	l.answer(strconv.Itoa(100 * most / all))

	l.at(3, "Stop the leader")
	l.toConsole()
	l.view("topics")
	l.choose(topic)
	l.keys("Enter")
	l.sees("Partitions (6)")
	victim := l.row("0")[1]
	l.view("brokers")
	l.broker(victim, "s", "stopped")
	l.reads("? Which broker leads partition 0")
	l.view("topic " + topic)
	l.sees("Partitions (6)")
	l.answer("broker " + l.row("0")[1])

	l.at(4, "How long did it take?")
	l.reads("? How long was the longest pause")
	l.toConsole()
	l.view("tail " + topic + " 0")
	l.keys("s", "C-u")
	l.write("start")
	l.keys("Enter")
	l.sees("sale 2")
	l.keys("Home")
	gap := longestPause(t, l.sees(" sale 1"))
	t.Logf("the longest pause that the screen shows: %s", gap)
	switch {
	case gap < time.Second:
		l.answer("less than 1 second")
	case gap < 5*time.Second:
		l.answer("1 to 5 seconds")
	case gap < 30*time.Second:
		l.answer("5 to 30 seconds")
	default:
		l.answer("more than 30 seconds")
	}

	l.at(5, "Stop a second one")
	l.goThere()
	second := "1"
	if victim == "1" {
		second = "2"
	}
	l.broker(second, "s", "stopped")
	l.reads("? By which error")
	l.toConsole()
	l.view("topics")
	l.choose(topic)
	l.keys("p")
	l.sees("Produce to topic " + topic)
	l.keys("Down", "Down")
	l.write("too few")
	l.keys("Enter")
	l.waitFor("enter apply")
	l.keys("Enter")
	said := l.sees("cannot write to topic", "_")
	l.keys("Escape") // what went wrong has been read
	l.sees("Produce to topic " + topic)
	l.keys("Escape")
	l.sees("Topics (")
	l.answer(l.find(`\((NOT_\w+|REQUEST_\w+|UNKNOWN_\w+)\)`, strings.Join(strings.Fields(said), " ")))

	l.at(6, "Make it whole again")
	l.toConsole()
	l.view("brokers")
	l.broker(victim, "S", "up")
	l.broker(second, "S", "up")
	l.waitFor("ISR ok")
	l.view("topic " + topic)
	l.sees("Partitions (6)")
	for range 6 {
		l.keys("Space") // it marks a row and goes on to the next
	}
	l.keys("L")
	l.sees("Elect")
	l.keys("Enter")
	l.waitFor("enter apply")
	l.keys("Enter")
	l.waitFor("done: ")

	text := l.at(7, "500 payments through a failure")
	load := l.find(`(kconsole load .* --limit \S+)`, text)
	l.goThere()
	beside := openTerminal(t, 120, 30, l.env, strings.Replace(load, "kconsole", binary, 1)+" --config "+l.config)
	beside.waitFor("%")
	l.broker("2", "s", "stopped")
	l.broker("2", "S", "up")
	beside.waitFor("[exit 0]")
	l.leavesOutPHP(8)
}

// longestPause reads the times of the records of a tail.
func longestPause(t *testing.T, screen string) time.Duration {
	t.Helper()
	var last time.Time
	var longest time.Duration
	for _, m := range regexp.MustCompile(`(\d\d:\d\d:\d\d\.\d{3}).*sale \d`).FindAllStringSubmatch(screen, -1) {
		at, err := time.Parse("15:04:05.000", m[1])
		if err != nil {
			t.Fatal(err)
		}
		if !last.IsZero() {
			longest = max(longest, at.Sub(last).Abs())
		}
		last = at
	}
	if last.IsZero() {
		t.Fatalf("no times in\n%s", screen)
	}
	return longest
}
