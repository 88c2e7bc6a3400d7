package page

import (
	"errors"
	"slices"

	"github.com/gdamore/tcell/v2"

	"kconsole/kafka"
	"kconsole/ui/draw"
	"kconsole/ui/safe"
	"kconsole/ui/theme"
)

// TabKey is the key of every page with tabs.
var TabKey = Key{Name: "tab", Label: "next tab", Help: "Show the next of the tabs beside the title; shift-tab the one before."}

// NextTab is the sibling view after or before one.
func NextTab(tabs []string, now string, forward bool) (string, bool) {
	n, i := len(tabs), slices.Index(tabs, now)
	if n < 2 || i < 0 {
		return "", false
	}
	if forward {
		return tabs[(i+1)%n], true
	}
	return tabs[(i+n-1)%n], true
}

// TabSpans names the sibling views, the present one in the accent colour.
func TabSpans(h Host, tabs []string, now string) []draw.Span {
	if len(tabs) < 2 {
		return nil
	}
	var spans []draw.Span
	for i, name := range tabs {
		style := h.Theme().Dim
		if name == now {
			style = h.Theme().Accent
		}
		label := name
		for _, v := range h.Views() {
			if v.Name == name && v.Tab != "" {
				label = v.Tab
			}
		}
		gap := " " // all of them are to be seen on the narrowest terminal
		if i == 0 {
			gap = "  "
		}
		spans = append(spans, draw.Span{Text: gap}, draw.Span{Text: label, Style: style})
	}
	return spans
}

// DrawMessage draws paragraphs in the place of content.
func DrawMessage(sc tcell.Screen, th *theme.Theme, x, y, width, height int, paragraphs ...draw.Span) {
	row := y + 1
	for _, p := range paragraphs {
		for _, line := range draw.Wrap(p.Text, max(width-6, 10)) {
			if row >= y+height {
				return
			}
			draw.Text(sc, x+3, row, safe.Truncate(line, width-4), p.Style)
			row++
		}
	}
}

// Explain parts an error into what failed, why, and what to do.
func Explain(th *theme.Theme, err error) []draw.Span {
	var e *kafka.Error
	if !errors.As(err, &e) {
		return []draw.Span{{Text: safe.Error(err), Style: th.Act}}
	}
	lines := []draw.Span{{Text: safe.Text(e.What), Style: th.Act}}
	if e.Why != "" {
		lines = append(lines, draw.Span{Text: safe.Text(e.Why), Style: th.Text})
	}
	if e.Do != "" {
		lines = append(lines, draw.Span{Text: "→ " + safe.Text(e.Do), Style: th.Text})
	}
	return lines
}
