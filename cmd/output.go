package cmd

import (
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"
	"github.com/rivo/uniseg"
	"github.com/spf13/cobra"

	"kconsole/ui/safe"
)

var listFormats = []string{"table", "json", "jsonl", "yaml", "csv"}

// column is one column of a listing: its heading and a row's text in it.
type column[T any] struct {
	name  string
	text  func(*T) string
	right bool // numbers align right
}

// listing is something that a command lists. Rows carry json tags: their
// shape is what scripts get; columns are for people.
type listing[T any] struct {
	rows    []T
	columns []column[T]
}

func addFormat(cmd *cobra.Command, def string, known []string) {
	cmd.Flags().StringP("output", "o", def, "print as `FORMAT`: "+orList(known))
}

// formatOf is what -o says, empty for a command without it.
func formatOf(cmd *cobra.Command) string {
	if f := cmd.Flags().Lookup("output"); f != nil {
		return f.Value.String()
	}
	return ""
}

// asksForJSON looks for -o json in a command line that could not be parsed: what
// stands behind a wrong flag was not looked at.
func asksForJSON(args []string) bool {
	for i, arg := range args {
		if arg == "--" {
			return false
		}
		value, is := strings.CutPrefix(arg, "--output=")
		if !is {
			value, is = strings.CutPrefix(arg, "-o")
			value = strings.TrimPrefix(value, "=")
		}
		if (arg == "-o" || arg == "--output") && i+1 < len(args) {
			value, is = args[i+1], true
		}
		if is && strings.HasPrefix(value, "json") {
			return true
		}
	}
	return false
}

func checkFormat(format string, known []string) error {
	if slices.Contains(known, format) {
		return nil
	}
	return usagef("-o %s is not known: use one of %s", format, strings.Join(known, ", "))
}

// write prints the listing in one of [listFormats].
func (l listing[T]) write(w io.Writer, format string) error {
	rows := l.rows
	if rows == nil {
		rows = []T{} // an empty list is [], not null
	}
	switch format {
	case "json":
		return writeJSON(w, rows)
	case "jsonl":
		for i := range rows {
			if err := writeJSONLine(w, &rows[i]); err != nil {
				return err
			}
		}
		return nil
	case "yaml":
		return writeYAML(w, rows)
	case "csv":
		return l.csv(w)
	default:
		return l.table(w)
	}
}

// writeYAML writes v with the names of its JSON. The library writes control
// characters as they are, which is no YAML and reaches the terminal: strings with
// anything that package safe would not show are put in double quotes, escaped.
func writeYAML(w io.Writer, v any) error {
	node, err := yaml.ValueToNode(v, yaml.UseJSONMarshaler())
	if err != nil {
		return err
	}
	ast.Walk(escaper{}, node)
	_, err = fmt.Fprintln(w, node)
	return err
}

type escaper struct{}

// Visit is called for each node, of keys as well.
func (e escaper) Visit(node ast.Node) ast.Visitor {
	if s, ok := node.(*ast.StringNode); ok && safe.Text(s.Value) != s.Value {
		s.Value = strings.ToValidUTF8(s.Value, "\uFFFD")
		s.Token.Type = token.DoubleQuoteType
	}
	return e
}

// csv writes cells as the table shows them.
func (l listing[T]) csv(w io.Writer) error {
	out := csv.NewWriter(w)
	record := make([]string, len(l.columns))
	for i, c := range l.columns {
		record[i] = strings.ToLower(c.name)
	}
	if err := out.Write(record); err != nil {
		return err
	}
	for i := range l.rows {
		for j, c := range l.columns {
			record[j] = safe.Text(c.text(&l.rows[i]))
		}
		if err := out.Write(record); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

// table aligns by display width: names may hold wide characters.
func (l listing[T]) table(w io.Writer) error {
	cells := make([][]string, 0, len(l.rows)+1)
	head := make([]string, len(l.columns))
	for i, c := range l.columns {
		head[i] = strings.ToUpper(c.name)
	}
	cells = append(cells, head)
	for i := range l.rows {
		row := make([]string, len(l.columns))
		for j, c := range l.columns {
			row[j] = safe.Text(c.text(&l.rows[i]))
		}
		cells = append(cells, row)
	}
	widths := make([]int, len(l.columns))
	for _, row := range cells {
		for j, text := range row {
			widths[j] = max(widths[j], uniseg.StringWidth(text))
		}
	}
	var b strings.Builder
	for _, row := range cells {
		b.Reset()
		for j, text := range row {
			pad := strings.Repeat(" ", widths[j]-uniseg.StringWidth(text))
			if l.columns[j].right {
				b.WriteString(pad + text)
			} else {
				b.WriteString(text + pad)
			}
			b.WriteString("  ")
		}
		if _, err := fmt.Fprintln(w, strings.TrimRight(b.String(), " ")); err != nil {
			return err
		}
	}
	return nil
}
