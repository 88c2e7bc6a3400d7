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
}
