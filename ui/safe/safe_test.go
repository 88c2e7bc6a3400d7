package safe_test

import (
	"errors"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"github.com/gdamore/tcell/v2"
	"github.com/rivo/tview"

	"kconsole/ui/safe"
)

func TestText(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ in, want string }{
		{"", ""},
		{"orders.dead-letter_1", "orders.dead-letter_1"},
		{"\x1b[31mred", "␛[31mred"},
		{"\x1b]0;title\x07", "␛]0;title␇"},
		{"a\x00b\nc\td\re\x7f", "a␀b␊c␉d␍e␡"},
		{"\u009b31m", "‹U+009B›31m"},
		{"\u0085x", "‹U+0085›x"},
		{"abc\u202edef", "abc‹U+202E›def"},
		{"\u2066x\u2069", "‹U+2066›x‹U+2069›"},
		{"a\u200bb\u200dc\ufeffd", "a‹U+200B›b‹U+200D›c‹U+FEFF›d"},
		{"l\u2028p\u2029", "l‹U+2028›p‹U+2029›"},
		{"bad\xff\xc3\x28", "bad‹xFF›‹xC3›("},
		{"\xed\xa0\x80", "‹xED›‹xA0›‹x80›"}, // a surrogate half
		{"Grüße, 東京, кафка, 🎉", "Grüße, 東京, кафка, 🎉"},
		{"cafe\u0301", "cafe\u0301"},
		{"\u0301lead", "‹U+0301›lead"},
		{"z\u0300\u0301\u0302\u0303\u0304\u0305", "z\u0300\u0301\u0302\u0303‹U+0304›‹U+0305›"},
		{"\ue0b0", "‹U+E0B0›"},
		{"flag\U000e0067\U000e007f", "flag‹U+E0067›‹U+E007F›"},
		{"\u3164\u115f\u2800", "‹U+3164›‹U+115F›‹U+2800›"},
		{"heart\ufe0f", "heart‹U+FE0F›"},
		{"soft\u00adhyphen", "soft‹U+00AD›hyphen"},
	} {
		if got := safe.Text(c.in); got != c.want {
			t.Errorf("Text(%q) = %q, want %q", c.in, got, c.want)
		}
	}
}

func TestBlockKeepsLines(t *testing.T) {
	t.Parallel()
	got := safe.Block("{\r\n\t\"a\": 1,\n  \"b\":\t2\x1b\n}\r")
	want := "{\n    \"a\": 1,\n  \"b\":  2␛\n}␍"
	if got != want {
		t.Errorf("Block = %q, want %q", got, want)
	}
}

func TestError(t *testing.T) {
	t.Parallel()
	if got := safe.Error(nil); got != "" {
		t.Errorf("Error(nil) = %q", got)
	}
	if got := safe.Error(errors.New("no\x1bsuch")); got != "no␛such" {
		t.Errorf("Error = %q", got)
	}
}

func TestTruncate(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		in    string
		width int
		want  string
	}{
		{"orders", 6, "orders"},
		{"orders", 5, "orde…"},
		{"orders", 1, "…"},
		{"orders", 0, ""},
		{"orders", -3, ""},
		{"東京都", 6, "東京都"},
		{"東京都", 5, "東京…"},
		{"東京都", 4, "東…"},
		{"東京都", 2, "…"},
		{"cafe\u0301s", 5, "cafe\u0301s"},
		{"cafe\u0301s", 4, "caf…"},
	} {
		got := safe.Truncate(c.in, c.width)
		if got != c.want {
			t.Errorf("Truncate(%q, %d) = %q, want %q", c.in, c.width, got, c.want)
		}
	}
	if got := safe.TruncateLeft("/var/lib/kafka", 6); got != "…kafka" {
		t.Errorf("TruncateLeft = %q", got)
	}
	if got := safe.Pad("12", 5, true); got != "   12" {
		t.Errorf("Pad right = %q", got)
	}
	if got := safe.Pad("東京", 5, false); got != "東京 " {
		t.Errorf("Pad = %q", got)
	}
}

func TestLineOfHugeText(t *testing.T) {
	huge := strings.Repeat("é\x1b", 1<<20)
	got := safe.Line(huge, 10)
	if want := "é␛é␛é␛é␛é…"; got != want {
		t.Errorf("Line = %q, want %q", got, want)
	}
	n := testing.AllocsPerRun(10, func() { _ = safe.Line(huge, 10) })
	if n > 20 {
		t.Errorf("%v allocations for one line of a huge text", n)
	}
	// Characters without width must not make it read everything either.
	if got := safe.Line("a"+strings.Repeat("\u0301", 1<<20), 10); safe.Width(got) > 10 {
		t.Errorf("Line too wide: %q", got)
	}
}

// FuzzText holds what every caller relies on: nothing that a terminal obeys,
// the width that was asked for, the same again when applied twice, and tview
// printing exactly the text.
func FuzzText(f *testing.F) {
	for _, s := range []string{
		"orders", "\x1b[2J\x1b]52;c;aGk=\x07", "[red]x[-]", "[:::https://evil.example]x", "[:::a[b]c", "[a[]", "[[[]]]",
		"[\"region\"]x", "[\u0301red]x", "\u202e\u200b", "e\u0301\u0301", "\xff\xfe", "🇩🇪🇩", "👩\u200d💻", "\u1100\u1100\u1161\u11a8", "a\tb\nc",
	} {
		f.Add(s, 7)
	}
	f.Fuzz(func(t *testing.T, s string, width int) {
		text := safe.Text(s)
		if !utf8.ValidString(text) {
			t.Fatalf("Text(%q) is not UTF-8: %q", s, text)
		}
		for _, r := range text {
			if unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Co, unicode.Cs) {
				t.Fatalf("Text(%q) lets %U through", s, r)
			}
		}
		if again := safe.Text(text); again != text {
			t.Fatalf("Text is not stable: %q then %q", text, again)
		}
		width %= 200
		if got := safe.Width(safe.Line(s, width)); got > max(width, 0) {
			t.Fatalf("Line(%q, %d) is %d wide", s, width, got)
		}
		if width > 0 {
			if got := safe.Width(safe.Pad(text, width, false)); got != width {
				t.Fatalf("Pad(%q, %d) is %d wide", text, width, got)
			}
		}
		checkTview(t, s, text)
	})
}

// checkTview prints through tview and compares what arrives on the screen.
func checkTview(t *testing.T, s, text string) {
	t.Helper()
	screen := tcell.NewSimulationScreen("UTF-8")
	if err := screen.Init(); err != nil {
		t.Fatal(err)
	}
	defer screen.Fini()
	screen.SetSize(400, 1)
	if safe.Width(text) >= 400 {
		return
	}
	draw := func(put func()) string {
		screen.Clear()
		put()
		var b strings.Builder
		for x := range 400 {
			cell, style, _ := screen.Get(x, 0)
			if style != tcell.StyleDefault {
				t.Fatalf("%q printed with style %v", s, style)
			}
			b.WriteString(cell)
		}
		return strings.TrimRight(b.String(), " ")
	}
	got := draw(func() { tview.Print(screen, safe.Tview(s), 0, 0, 400, tview.AlignLeft, tcell.ColorDefault) })
	want := draw(func() { // the same text cell by cell, without tview
		rest, x := text, 0
		for rest != "" {
			cluster, w := firstCluster(&rest)
			runes := []rune(cluster)
			if w == 0 {
				continue
			}
			screen.SetContent(x, 0, runes[0], runes[1:], tcell.StyleDefault)
			x += w
		}
	})
	// A mark on an opening bracket loses its base to the joiner, and tview
	// draws no mark without one.
	letters := func(s string) string {
		return strings.Map(func(r rune) rune {
			if r == ' ' || unicode.Is(unicode.M, r) {
				return -1
			}
			return r
		}, s)
	}
	if letters(got) != letters(want) {
		t.Fatalf("tview shows %q for %q, want %q", got, s, want)
	}
}
