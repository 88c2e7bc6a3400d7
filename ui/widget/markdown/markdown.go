// Package markdown lays Markdown out in cells: for the texts of the labs, which
// are read in a panel of any width. It knows what they use: headings, paragraphs,
// lists, tables, fenced text (drawn as it is, for diagrams), emphasis and code.
package markdown

import (
	"slices"
	"strconv"
	"strings"

	"github.com/gdamore/tcell/v2"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	east "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/text"

	"kconsole/ui/draw"
	"kconsole/ui/safe"
	"kconsole/ui/theme"
)

// Line is one line of cells.
type Line = []draw.Span

var parser = goldmark.New(goldmark.WithExtensions(extension.Table)).Parser()

// Lines lays a text out in lines of at most width cells; only a diagram may be
// wider, as breaking it would spoil it: fenced text with boxes, lines or arrows. What is not text to be read, HTML
// for one, is shown as it is written. The text is sanitized.
func Lines(th *theme.Theme, source string, width int) []Line {
	src := []byte(safe.Block(source))
	l := &layout{theme: th, src: src, width: max(width, 8)}
	l.blocks(parser.Parse(text.NewReader(src)), indent{})
	return l.lines
}

type layout struct {
	theme *theme.Theme
	src   []byte
	width int
	lines []Line
}

// indent is what the lines of a block begin with: first the first one, rest the
// others.
type indent struct{ first, rest string }

func (i indent) deeper(first string) indent {
	return indent{i.rest + first, i.rest + strings.Repeat(" ", safe.Width(first))}
}

// blocks lays out the children of a block, with an empty line between them.
func (l *layout) blocks(parent ast.Node, in indent) {
	for n := parent.FirstChild(); n != nil; n = n.NextSibling() {
		if n.PreviousSibling() != nil && !tight(n) {
			l.lines = append(l.lines, nil)
		}
		l.block(n, in)
		in.first = in.rest // only the first block stands beside the bullet
	}
}

// tight tells whether a block follows the one before it without an empty line.
func tight(n ast.Node) bool {
	switch n.Kind() {
	case ast.KindTextBlock, ast.KindListItem:
		return true
	case ast.KindList: // a list in a list
		return n.Parent().Kind() == ast.KindListItem
	}
	return false
}

func (l *layout) block(n ast.Node, in indent) {
	switch n := n.(type) {
	case *ast.Heading:
		style := l.theme.Strong
		if n.Level == 1 {
			style = l.theme.Accent
		}
		l.paragraph(n, in, style)
	case *ast.List:
		l.list(n, in)
	case *ast.Blockquote:
		in.first, in.rest = in.first+"│ ", in.rest+"│ "
		l.blocks(n, in)
	case *ast.FencedCodeBlock, *ast.CodeBlock, *ast.HTMLBlock:
		l.verbatim(n, in)
	case *ast.ThematicBreak:
		l.lines = append(l.lines, Line{{Text: strings.Repeat("─", l.width), Style: l.theme.Rule}})
	case *east.Table:
		l.table(n, in)
	default:
		l.paragraph(n, in, l.theme.Text)
	}
}

func (l *layout) list(n *ast.List, in indent) {
	number := n.Start
	for item := n.FirstChild(); item != nil; item = item.NextSibling() {
		bullet := "• "
		if n.IsOrdered() {
			bullet = strconv.Itoa(number) + ". "
			number++
		}
		if item.PreviousSibling() != nil && !n.IsTight {
			l.lines = append(l.lines, nil)
		}
		l.blocks(item, in.deeper(bullet))
	}
}

// verbatim lays out fenced text as it is written. A command that is longer than
// the line goes on in the next, further in: what cannot be read cannot be typed.
func (l *layout) verbatim(n ast.Node, in indent) {
	pad := in.rest + "  "
	rows := make([]string, n.Lines().Len())
	for i := range rows {
		seg := n.Lines().At(i)
		rows[i] = strings.ReplaceAll(strings.TrimRight(string(seg.Value(l.src)), "\n"), "\t", "    ")
	}
	drawn := slices.ContainsFunc(rows, diagram)
	for _, row := range rows {
		parts := []string{row}
		if !drawn {
			parts = wrapCode(row, l.width-safe.Width(pad))
		}
		for _, part := range parts {
			l.lines = append(l.lines, Line{{Text: pad, Style: l.theme.Text}, {Text: part, Style: l.theme.Match}})
		}
	}
}

// paragraph wraps inline text.
func (l *layout) paragraph(n ast.Node, in indent, style tcell.Style) {
	l.lines = append(l.lines, wrap(l.inline(n, style), in, l.width, l.theme.Text)...)
}

// inline gathers the text under a node with its styles.
func (l *layout) inline(n ast.Node, style tcell.Style) Line {
	var out Line
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		switch c := c.(type) {
		case *ast.Text:
			out = append(out, draw.Span{Text: string(c.Segment.Value(l.src)), Style: style})
			switch {
			case c.HardLineBreak():
				out = append(out, draw.Span{Text: "\n", Style: style})
			case c.SoftLineBreak():
				out = append(out, draw.Span{Text: " ", Style: style})
			}
		case *ast.String:
			out = append(out, draw.Span{Text: string(c.Value), Style: style})
		case *ast.CodeSpan:
			out = append(out, l.inline(c, l.theme.Match)...)
		case *ast.Emphasis:
			out = append(out, l.inline(c, l.theme.Strong)...)
		case *ast.Link:
			out = append(out, l.inline(c, style)...)
			out = append(out, draw.Span{Text: " (" + string(c.Destination) + ")", Style: l.theme.Dim})
		case *ast.AutoLink:
			out = append(out, draw.Span{Text: string(c.URL(l.src)), Style: style})
		case *ast.RawHTML:
			for i := range c.Segments.Len() {
				seg := c.Segments.At(i)
				out = append(out, draw.Span{Text: string(seg.Value(l.src)), Style: style})
			}
		default:
			out = append(out, l.inline(c, style)...)
		}
	}
	return out
}
