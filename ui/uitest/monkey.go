package uitest

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"testing"

	"kconsole/ui/loop"
)

// monkeyKeys is what a monkey may press: everything but ctrl-c.
var monkeyKeys = []string{
	"enter", "enter", "enter", "esc", "esc", "tab", "shift-tab", "up", "down", "down", "left", "right", "home", "end", "pgup", "pgdn", "backspace", "delete",
	"space", "ctrl-space", "ctrl-a", "ctrl-b", "ctrl-d", "ctrl-e", "ctrl-f", "ctrl-g", "ctrl-k", "ctrl-l", "ctrl-n", "ctrl-p", "ctrl-r", "ctrl-s", "ctrl-u", "ctrl-w", "ctrl-z",
	":", ":", "/", "?", "-", "[", "]", "!", "a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l", "m", "n", "o", "p", "q", "r", "s", "t", "u", "v", "w", "x", "y", "z", "1", "2", "*", "(",
	"shift-a", "shift-c", "shift-d", "shift-e", "shift-f", "shift-g", "shift-k", "shift-l", "shift-m", "shift-n", "shift-o", "shift-p", "shift-r", "shift-s", "shift-t", "shift-w", "shift-x", "ü", "東",
}

// Monkey presses random keys and resizes, and tells what it did last.
type Monkey struct {
	t    testing.TB
	rand *rand.Rand
	seed uint64
	keys int
	last []string
	d    *Driver
	// Fresh starts a console: the first, and the next one when a monkey has left it.
	Fresh func() *Driver
	// Between does something else before a key, now and then; nil: nothing.
	Between func(d *Driver, i int, r *rand.Rand)
}

// NewMonkey makes a monkey that presses so many keys. KCONSOLE_MONKEY_KEYS sets
// another number, KCONSOLE_MONKEY_SEED which keys.
func NewMonkey(t testing.TB, keys int) *Monkey {
	t.Helper()
	seed := uint64(1)
	if n, err := strconv.Atoi(os.Getenv("KCONSOLE_MONKEY_KEYS")); err == nil {
		keys = n
	}
	if n, err := strconv.ParseUint(os.Getenv("KCONSOLE_MONKEY_SEED"), 10, 64); err == nil {
		seed = n
	}
	m := &Monkey{t: t, keys: keys, seed: seed, rand: rand.New(rand.NewPCG(seed, 0))}
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("seed %d, last: %v", seed, m.last)
		}
	})
	// What it saves, edits and configures stays in the test's own folders.
	t.Chdir(t.TempDir())
	for _, name := range []string{"HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_DATA_HOME", "XDG_CACHE_HOME"} {
		t.Setenv(name, t.TempDir())
	}
	for _, name := range []string{"EDITOR", "VISUAL"} {
		t.Setenv(name, "true")
	}
	return m
}

// Go lets the monkey loose.
func (m *Monkey) Go() {
	m.t.Helper()
	m.d = m.Fresh()
	for i := range m.keys {
		if m.d.Ended() { // :q, chosen from the completions
			if err := m.d.End(); err != nil {
				var p *loop.Panic
				if errors.As(err, &p) {
					m.t.Logf("%s", p.Stack)
				}
				m.t.Fatalf("the console ended with: %v", err)
			}
			m.d = m.Fresh()
		}
		if m.Between != nil {
			m.Between(m.d, i, m.rand)
		}
		if m.rand.IntN(50) == 0 {
			w, h := 20+m.rand.IntN(180), 8+m.rand.IntN(60)
			m.note(fmt.Sprintf("%dx%d", w, h))
			m.d.ResizeBusy(w, h)
			continue
		}
		key := monkeyKeys[m.rand.IntN(len(monkeyKeys))]
		m.note(key)
		m.d.Hit(key)
	}
	m.t.Logf("%d keys of seed %d", m.keys, m.seed)
}

func (m *Monkey) note(what string) {
	m.last = append(m.last, what)
	m.last = m.last[max(len(m.last)-60, 0):]
}
