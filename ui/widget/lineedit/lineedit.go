// Package lineedit is one line of text being typed, with the keys that shells
// and readline have taught: ctrl-a, ctrl-e, ctrl-w, ctrl-u, ctrl-k, arrows,
// home, end. It scrolls when the text is wider than its field.
package lineedit

import (
	"strings"

	"github.com/gdamore/tcell/v2"
	"github.com/rivo/uniseg"

	"kconsole/ui/draw"
	"kconsole/ui/safe"
)

// MaxBytes is the longest text that a line takes; what is typed or pasted
// beyond it is dropped.
const MaxBytes = 64 << 10

// Line is the text and the place in it. The zero value is an empty line.
type Line struct {
	left, right string // before and behind the cursor
	selected    bool   // all of it was there before anything was typed
}

// Text is the whole text.
func (l *Line) Text() string { return l.left + l.right }

// Set replaces the text; the cursor goes to its end.
func (l *Line) Set(text string) { l.left, l.right, l.selected = clip(text), "", false }

// Prefill is Set for a text that is only proposed: what is typed or pasted
// first takes its place, and any other key of editing edits it.
func (l *Line) Prefill(text string) {
	l.Set(text)
	l.selected = l.left != ""
}

// Selected tells whether the text is a proposal that nobody has touched.
func (l *Line) Selected() bool { return l.selected }

// Insert puts text at the cursor, as typed or pasted. Line breaks become
// spaces: it is one line.
func (l *Line) Insert(text string) {
	if l.selected && text != "" {
		l.Set("")
	}
	text = strings.NewReplacer("\r\n", " ", "\n", " ", "\r", " ", "\t", " ").Replace(text)
	if room := MaxBytes - len(l.left) - len(l.right); room > 0 {
		l.left += clipTo(text, room)
	}
}

// Key handles a key of editing and tells whether it was one.
func (l *Line) Key(ev *tcell.EventKey) bool {
	switch ev.Key() {
	case tcell.KeyRune:
		if ev.Modifiers()&tcell.ModAlt != 0 {
			return false
		}
		l.Insert(string(ev.Rune()))
	case tcell.KeyBackspace, tcell.KeyBackspace2:
		l.left = l.left[:len(l.left)-lastSize(l.left)]
	case tcell.KeyDelete, tcell.KeyCtrlD:
		l.right = l.right[firstSize(l.right):]
	case tcell.KeyLeft, tcell.KeyCtrlB:
		n := len(l.left) - lastSize(l.left)
		l.left, l.right = l.left[:n], l.left[n:]+l.right
	case tcell.KeyRight, tcell.KeyCtrlF:
		n := firstSize(l.right)
		l.left, l.right = l.left+l.right[:n], l.right[n:]
	case tcell.KeyHome, tcell.KeyCtrlA:
		l.left, l.right = "", l.left+l.right
	case tcell.KeyEnd, tcell.KeyCtrlE:
		l.left, l.right = l.left+l.right, ""
	case tcell.KeyCtrlU:
		l.left = ""
	case tcell.KeyCtrlK:
		l.right = ""
	case tcell.KeyCtrlW:
		kept := strings.TrimRight(l.left, " ")
		l.left = kept[:strings.LastIndexByte(kept, ' ')+1]
	default:
		return false
	}
	l.selected = false
	return true
}

// AtEnd tells whether the cursor stands behind the last character.
func (l *Line) AtEnd() bool { return l.right == "" }

// Draw draws the line in a field of width cells and puts the terminal's cursor
// where the next character goes. A proposal is shown in reverse.
func (l *Line) Draw(screen tcell.Screen, x, y, width int, style tcell.Style) {
	if width <= 0 {
		return
	}
	left, right := safe.Text(l.left), safe.Text(l.right)
	if safe.Width(left) >= width {
		left = safe.TruncateLeft(left, width-1)
	}
	draw.Fill(screen, x, y, width, ' ', style)
	if l.selected {
		_, _, attr := style.Decompose()
		style = style.Reverse(attr&tcell.AttrReverse == 0)
	}
	at := draw.Text(screen, x, y, left, style)
	draw.Text(screen, at, y, safe.Truncate(right, x+width-at), style)
	screen.ShowCursor(at, y)
}

func firstSize(s string) int {
	if s == "" {
		return 0
	}
	cluster, _, _, _ := uniseg.FirstGraphemeClusterInString(s, -1)
	return len(cluster)
}

// lastSize walks from a little before the end: clusters are short.
func lastSize(s string) int {
	const window = 256
	start := max(len(s)-window, 0)
	for start > 0 && start < len(s) && s[start]&0xc0 == 0x80 {
		start++
	}
	size, rest, state := 0, s[start:], -1
	for rest != "" {
		var cluster string
		cluster, rest, _, state = uniseg.FirstGraphemeClusterInString(rest, state)
		size = len(cluster)
	}
	return size
}

func clip(s string) string { return clipTo(s, MaxBytes) }

func clipTo(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	for limit > 0 && s[limit]&0xc0 == 0x80 {
		limit--
	}
	return s[:limit]
}
