package uitest

import (
	"fmt"
	"regexp"
	"unicode"
	"unicode/utf8"
)

// Emission is one thing that a program wrote to its terminal: a run of text, a
// control character or a whole control sequence.
type Emission struct {
	Kind string // text, C0, CSI, OSC, DCS, SOS, PM, APC, ESC, or broken
	Text string // as written
}

// Emitted splits what was written to a terminal as ECMA-48 reads it. Bytes that
// are no UTF-8 are broken: terminals differ in what they make of them.
func Emitted(b []byte) []Emission {
	var out []Emission
	for len(b) > 0 {
		kind, n := next(b)
		if last := len(out) - 1; kind == "text" && last >= 0 && out[last].Kind == "text" {
			out[last].Text += string(b[:n])
		} else {
			out = append(out, Emission{kind, string(b[:n])})
		}
		b = b[n:]
	}
	return out
}

// next is the kind and the length of the first emission.
func next(b []byte) (kind string, n int) {
	switch {
	case b[0] == 0x1b:
		return escape(b)
	case b[0] < 0x20 || b[0] == 0x7f:
		return "C0", 1
	}
	r, size := utf8.DecodeRune(b)
	switch {
	case r == utf8.RuneError && size == 1:
		return "broken", 1
	case r >= 0x80 && r <= 0x9f:
		return "C1", size
	}
	return "text", size
}

// escape is a sequence that begins with ESC.
func escape(b []byte) (string, int) {
	if len(b) < 2 {
		return "ESC", len(b)
	}
	if b[1] == '[' {
		for i := 2; i < len(b); i++ {
			if b[i] >= 0x40 && b[i] <= 0x7e {
				return "CSI", i + 1
			}
			if b[i] < 0x20 || b[i] > 0x7e {
				return "CSI", i
			}
		}
		return "CSI", len(b)
	}
	for intro, kind := range map[byte]string{']': "OSC", 'P': "DCS", 'X': "SOS", '^': "PM", '_': "APC"} {
		if b[1] != intro {
			continue
		}
		for i := 2; i < len(b); i++ {
			switch {
			case b[i] == 0x07 && kind == "OSC":
				return kind, i + 1
			case b[i] == 0x1b && i+1 < len(b) && b[i+1] == '\\':
				return kind, i + 2
			}
		}
		return kind, len(b)
	}
	i := 1
	for i < len(b)-1 && b[i] >= 0x20 && b[i] <= 0x2f { // intermediate bytes
		i++
	}
	return "ESC", i + 1
}

// drawing is what the console may write while it shows something: nothing here
// can change a title, a mode, a clipboard, a palette or a key, or make the
// terminal answer.
var drawing = regexp.MustCompile(`^(` +
	`\x1b\[\d+;\d+H|\x1b\[H|\x1b\[2J|\x1b\[J` + // cursor, clear
	`|\x1b\[[\d;:]*m|\x1b\(B|\x0f` + // colours and attributes; the plain character set
	`|\x1b\[\?25[lh]|\x1b\[\?12l|\x1b\[\?12;25h|\x1b\[0 q` + // cursor shown or not, and as the terminal has it
	`|\x1b\[\?2026[lh]` + // begin and end of a frame
	`|\x1b\]8;;\x1b\\` + // no link, which ends none
	`)$`)

// frame is what the console may write beside that when it comes and goes: it
// takes the screen, and gives it back.
var frame = regexp.MustCompile(`^(` +
	`\x1b\[\?1049[lh]|\x1b\[22;0;0t|\x1b\[23;0;0t|\x1b\[22;2t|\x1b\[23;2t` + // the other screen; the title, saved and restored
	`|\x1b\[\?1[lh]|\x1b[=>]|\x1b\[\?7[lh]|\x1b\[\?2004[lh]|\x1b\[\?1004l|\x1b\[\?100[0236]l` + // keypad, margins, paste, no mouse
	`|\x1b\[>4;[02]m|\x1b\[>1u|\x1b\[<u|\x1b\[\?9001[lh]` + // keys with modifiers
	`|\x1b\[39;49m|\x1b\]112\x07|\x1b\)0` +
	`)$`)

// Harmless tells what in b a terminal would obey or a reader not see, and that
// the console has no reason to write; "" if there is nothing. Edges says that b
// has the console's beginning or end.
func Harmless(b []byte, edges bool) string {
	list := Emitted(b)
	for i, e := range list {
		switch {
		case e.Kind == "text":
			for _, r := range e.Text {
				if unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Co, unicode.Cs) {
					return fmt.Sprintf("%U in the text %.200q", r, e.Text)
				}
			}
		case e.Text == "\b" && afterBlanks(list[:i]): // room for a wide character
		case drawing.MatchString(e.Text), edges && frame.MatchString(e.Text):
		default:
			from := max(i-3, 0)
			return fmt.Sprintf("%s %.200q, after %.300q", e.Kind, e.Text, fmt.Sprint(list[from:i]))
		}
	}
	return ""
}

// afterBlanks tells whether a backspace steps back over a blank just written.
func afterBlanks(list []Emission) bool {
	back := 0
	for i := len(list) - 1; i >= 0; i-- {
		switch e := list[i]; {
		case e.Text == "\b":
			back++
		case e.Kind == "text" && len(e.Text) >= 2 && e.Text[len(e.Text)-2:] == "  ":
			return back < 2
		default:
			return false
		}
	}
	return false
}
