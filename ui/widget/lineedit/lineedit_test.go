package lineedit_test

import (
	"strings"
	"testing"

	"github.com/gdamore/tcell/v2"

	"kconsole/ui/widget/lineedit"
)

func press(l *lineedit.Line, keys ...any) {
	for _, k := range keys {
		switch k := k.(type) {
		case string:
			for _, r := range k {
				l.Key(tcell.NewEventKey(tcell.KeyRune, r, tcell.ModNone))
			}
		case tcell.Key:
			l.Key(tcell.NewEventKey(k, 0, tcell.ModNone))
		}
	}
}

func TestEditing(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		keys []any
		want string
	}{
		{[]any{"topics"}, "topics"},
		{[]any{"topics", tcell.KeyBackspace2, tcell.KeyBackspace}, "topi"},
		{[]any{"ab", tcell.KeyLeft, "x"}, "axb"},
		{[]any{"ab", tcell.KeyHome, "x", tcell.KeyEnd, "y"}, "xaby"},
		{[]any{"ab", tcell.KeyHome, tcell.KeyDelete, tcell.KeyDelete, tcell.KeyDelete}, ""},
		{[]any{"topic orders", tcell.KeyCtrlW, "x"}, "topic x"},
		{[]any{"one two  ", tcell.KeyCtrlW, tcell.KeyCtrlW, tcell.KeyCtrlW}, ""},
		{[]any{"abc", tcell.KeyLeft, tcell.KeyCtrlU}, "c"},
		{[]any{"abc", tcell.KeyLeft, tcell.KeyCtrlK}, "ab"},
		{[]any{"cafe\u0301", tcell.KeyBackspace}, "caf"},
		{[]any{"東京", tcell.KeyLeft, tcell.KeyBackspace}, "京"},
		{[]any{tcell.KeyBackspace, tcell.KeyLeft, tcell.KeyRight, tcell.KeyDelete, tcell.KeyCtrlW}, ""},
	} {
		var l lineedit.Line
		press(&l, c.keys...)
		if l.Text() != c.want {
			t.Errorf("%v gives %q, want %q", c.keys, l.Text(), c.want)
		}
	}
}

// TestAProposalIsReplacedOrEdited types over a text that was there before, and
// edits it with any other key.
func TestAProposalIsReplacedOrEdited(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		keys []any
		want string
	}{
		{[]any{"start"}, "start"},
		{[]any{tcell.KeyBackspace2, "1"}, "-21"},
		{[]any{tcell.KeyEnd, "0"}, "-200"},
		{[]any{tcell.KeyHome, "x"}, "x-20"},
		{[]any{tcell.KeyLeft, "1"}, "-210"},
		{[]any{tcell.KeyCtrlW, "x"}, "x"},
		{[]any{tcell.KeyCtrlU, "x"}, "x"},
		{[]any{tcell.KeyEnter, "x"}, "x"}, // no key of editing
	} {
		var l lineedit.Line
		l.Prefill("-20")
		press(&l, c.keys...)
		if l.Text() != c.want || l.Selected() {
			t.Errorf("%v gives %q, want %q", c.keys, l.Text(), c.want)
		}
	}
	var l lineedit.Line
	l.Prefill("-20")
	l.Insert("")
	if l.Text() != "-20" || !l.Selected() {
		t.Errorf("nothing was pasted, and it is %q", l.Text())
	}
	l.Insert("end")
	if l.Text() != "end" {
		t.Errorf("a paste gives %q", l.Text())
	}
}

func TestPasteIsOneBoundedLine(t *testing.T) {
	t.Parallel()
	var l lineedit.Line
	l.Insert("a\r\nb\tc\n")
	if l.Text() != "a b c " {
		t.Errorf("got %q", l.Text())
	}
	l.Insert(strings.Repeat("ü", lineedit.MaxBytes))
	if n := len(l.Text()); n > lineedit.MaxBytes || n < lineedit.MaxBytes-2 {
		t.Errorf("%d bytes", n)
	}
}

func TestDrawScrolls(t *testing.T) {
	t.Parallel()
	s := tcell.NewSimulationScreen("UTF-8")
	if err := s.Init(); err != nil {
		t.Fatal(err)
	}
	defer s.Fini()
	s.SetSize(10, 1)
	var l lineedit.Line
	for _, c := range []struct{ text, want string }{{"ab", "ab        "}, {"0123456789", "…23456789 "}, {"x\x1b[2J", "x␛[2J     "}} {
		l.Set(c.text)
		l.Draw(s, 0, 0, 10, tcell.StyleDefault)
		got := ""
		for x := range 10 {
			cell, _, _ := s.Get(x, 0)
			got += cell
		}
		if got != c.want {
			t.Errorf("%q drawn as %q, want %q", c.text, got, c.want)
		}
	}
	for _, input := range []tcell.Style{tcell.StyleDefault, tcell.StyleDefault.Reverse(true)} {
		l.Prefill("ab")
		l.Draw(s, 0, 0, 10, input)
		_, proposal, _ := s.Get(1, 0)
		_, rest, _ := s.Get(2, 0)
		if proposal == rest || rest != input {
			t.Errorf("a proposal is drawn as %v, and the field as %v", proposal, rest)
		}
	}
}
