package markdown_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"kconsole/ui/draw"
	"kconsole/ui/theme"
	"kconsole/ui/widget/markdown"
)

func dark(t *testing.T) *theme.Theme {
	t.Helper()
	th, err := theme.New(theme.Options{Name: "dark", Colors: 256})
	if err != nil {
		t.Fatal(err)
	}
	return th
}

func plain(lines []markdown.Line) string {
	var b strings.Builder
	for _, l := range lines {
		line := ""
		for _, s := range l {
			line += s.Text
		}
		b.WriteString(strings.TrimRight(line, " ") + "\n")
	}
	return b.String()
}

func TestLayout(t *testing.T) {
	for name, c := range map[string]struct {
		in, want string
		width    int
	}{
		"paragraphs": {in: "one two three\nfour\n\nfive", width: 9, want: "one two\nthree\nfour\n\nfive\n"},
		"a list":     {in: "- one two three\n- `a b`\n  - deep", width: 11, want: "• one two\n  three\n• a b\n  • deep\n"},
		"numbers":    {in: "3. three\n4. four", width: 20, want: "3. three\n4. four\n"},
		"fenced":     {in: "text\n\n```\n a ──▶ b wider than the width\n```\n", width: 10, want: "text\n\n   a ──▶ b wider than the width\n"},
		"a command":  {in: "```\n./run --one 1  --two\nls\n  a b\n```\n", width: 14, want: "  ./run --one\n      1  --two\n  ls\n    a b\n"},
		"a long URL": {in: "```\nabcdefghijklmnopq\n```\n", width: 12, want: "  abcdefghij\n      klmnop\n      q\n"},
		"deep code":  {in: "```\n        one two three\n```\n", width: 20, want: "          one two\n      three\n"},
		"a table":    {in: "| a | long words here |\n|---|---|\n| 1 | x |\n", width: 13, want: "a  long words\n   here\n1  x\n"},
		"a break":    {in: "one  \ntwo", width: 20, want: "one\ntwo\n"},
		"a link":     {in: "[here](https://x.example)", width: 40, want: "here (https://x.example)\n"},
		"long word":  {in: "abcdefghijkl", width: 8, want: "abcdefgh\nijkl\n"},
		"HTML":       {in: "a <b>c</b>", width: 20, want: "a <b>c</b>\n"},
		"wide":       {in: "日本語日本語", width: 9, want: "日本語日\n本語\n"},
		"a quote":    {in: "> said\n> so", width: 20, want: "│ said so\n"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := plain(markdown.Lines(dark(t), c.in, c.width)); got != c.want {
				t.Errorf("got\n%s\nwanted\n%s", got, c.want)
			}
		})
	}
}

func TestStyles(t *testing.T) {
	th := dark(t)
	lines := markdown.Lines(th, "# Title\n\nsome **strong** and `code x`", 60)
	styles := map[string]any{}
	for _, l := range lines {
		for _, s := range l {
			styles[s.Text] = s.Style
		}
	}
	for text, want := range map[string]any{"Title": th.Accent, "strong": th.Strong, "code": th.Match, "some": th.Text} {
		if styles[text] != want {
			t.Errorf("%q has another style", text)
		}
	}
}

func TestHostileTextIsShown(t *testing.T) {
	got := plain(markdown.Lines(dark(t), "a\x1b]0;title\a [red]b `\x1b[2J`", 60))
	if strings.ContainsAny(got, "\x1b\a") || !strings.Contains(got, "[red]b") {
		t.Errorf("got %q", got)
	}
}

// The texts of the labs fit the panel that they are read in: 77 cells on the
// narrowest terminal, where a diagram may take one more.
func TestLabTextsFit(t *testing.T) {
	files, err := filepath.Glob("../../../labs/data/*/concepts.md")
	if err != nil || len(files) < 13 {
		t.Fatalf("%d texts: %v", len(files), err)
	}
	for _, f := range files {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		for _, width := range []int{77, 60} {
			drawn := diagrams(string(text))
			for _, l := range markdown.Lines(dark(t), string(text), width) {
				limit := width
				if len(l) == 2 && drawn[l[1].Text] {
					limit = 78
				}
				if n := draw.Width(l); n > limit {
					t.Errorf("%s at %d: a line of %d cells: %s", f, width, n, plain([]markdown.Line{l}))
				}
			}
		}
	}
}

// diagrams are the lines of the fenced blocks of a text that are drawn rather
// than written.
func diagrams(text string) map[string]bool {
	out := map[string]bool{}
	for i, block := range strings.Split(text, "```") {
		if i%2 == 1 && strings.ContainsAny(block, "─│┌┐└┘├┤┬┴┼═║▶▼▲◀→←↑↓") {
			for line := range strings.SplitSeq(block, "\n") {
				out[line] = true
			}
		}
	}
	return out
}
