package draw_test

import (
	"slices"
	"testing"

	"github.com/gdamore/tcell/v2"

	"kconsole/ui/draw"
)

func TestWrap(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		text  string
		width int
		want  []string
	}{
		{"", 10, []string{""}},
		{"cannot list the topics", 10, []string{"cannot", "list the", "topics"}},
		{"host-with-a-long-name.example x", 10, []string{"host-with-", "a-long-nam", "e.example", "x"}},
		{"東京都", 4, []string{"東京", "都"}},
		{"東", 1, []string{"東"}},
	} {
		if got := draw.Wrap(c.text, c.width); !slices.Equal(got, c.want) {
			t.Errorf("Wrap(%q, %d) = %q, want %q", c.text, c.width, got, c.want)
		}
	}
}

func TestTextStaysOnTheScreen(t *testing.T) {
	t.Parallel()
	s := tcell.NewSimulationScreen("UTF-8")
	if err := s.Init(); err != nil {
		t.Fatal(err)
	}
	defer s.Fini()
	s.SetSize(6, 1)
	if end := draw.Text(s, 0, 0, "ab東京都", tcell.StyleDefault); end != 6 {
		t.Errorf("ended at %d", end)
	}
	if end := draw.Text(s, 3, 0, "e\u0301x東京", tcell.StyleDefault); end != 5 {
		t.Errorf("a wide character was cut in half: ended at %d", end)
	}
	if cell, _, _ := s.Get(3, 0); cell != "e\u0301" {
		t.Error("the combining mark is lost")
	}
	end := draw.Spans(s, 0, 0, 4, draw.Span{Text: "abc"}, draw.Span{Text: "def"})
	last, _, _ := s.Get(3, 0)
	if end != 4 || last != "…" {
		t.Errorf("ended at %d with %q", end, last)
	}
}
