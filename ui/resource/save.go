package resource

import (
	"bufio"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strconv"
	"strings"

	"kconsole/ui/page"
	"kconsole/ui/savefile"
	"kconsole/ui/theme"
	"kconsole/ui/units"
	"kconsole/ui/widget/grid"
)

// askSave asks for a file and saves the rows that are shown, or the marked ones.
func (s *screen[T]) askSave() {
	var rows []T
	if len(s.marks) > 0 {
		rows = s.selection()
	} else {
		for i := range s.table.view {
			rows = append(rows, s.table.at(i))
		}
	}
	if len(rows) == 0 {
		s.host.Say(theme.Watch, "there are no rows to save")
		return
	}
	name := savefile.Name(strings.Join(append([]string{s.spec.Name}, s.target.Args...), "-"), "table")
	s.host.Ask(page.Question{
		Label:   "save " + units.Plural(len(rows), "row") + " to (.csv or .json) ",
		Initial: fmt.Sprintf("%s-%s.csv", name, s.host.State().Now.Format("20060102-150405")),
		Done:    func(path string) error { return s.save(path, rows) },
	})
}

// save writes the file beside the event loop: cells are made from rows that
// never change.
func (s *screen[T]) save(path string, rows []T) error {
	var write func(context.Context, io.Writer, []T) error
	switch strings.ToLower(filepath.Ext(strings.TrimSpace(path))) {
	case ".csv":
		write = s.writeCSV
	case ".json":
		write = s.writeJSON
	default:
		return errors.New("end the name with .csv or .json: it says what is written")
	}
	file, err := savefile.Create(path)
	if err != nil {
		return err
	}
	s.host.Say(theme.Muted, "saving …")
	ctx := s.life()
	s.host.Loop().Go(func() {
		out := bufio.NewWriter(file)
		err := write(ctx, out, rows)
		if err == nil {
			err = out.Flush()
		}
		if err != nil {
			file.Discard()
		} else {
			err = file.Done()
		}
		s.host.Loop().Post(func() {
			if err != nil {
				s.host.Fail(err)
				return
			}
			s.host.Say(theme.Fine, "saved "+units.Plural(len(rows), "row")+" to "+file.Path())
		})
	})
	return nil
}

// saved are the columns that go to a file: all but charts.
func (s *screen[T]) saved(row T) (columns []int, names []string) {
	all := s.spec.columnNames()
	for i := range s.spec.Columns {
		if s.spec.Columns[i].Title != "" && !s.spec.Columns[i].Cell(row).Bar {
			columns, names = append(columns, i), append(names, all[i])
		}
	}
	return columns, names
}

// each calls f with the cells of each row, until it fails or ctx ends.
func (s *screen[T]) each(ctx context.Context, rows []T, columns []int, f func([]grid.Cell) error) error {
	cells := make([]grid.Cell, len(columns))
	for _, r := range rows {
		if ctx.Err() != nil {
			return errors.New("saving was stopped, because the table was left; nothing is left of it")
		}
		for i, c := range columns {
			cells[i] = s.spec.Columns[c].Cell(r)
		}
		if err := f(cells); err != nil {
			return err
		}
	}
	return nil
}

// writeCSV writes a line of titles and one for each row (RFC 4180). Numbers are
// exact, what is not known is empty.
func (s *screen[T]) writeCSV(ctx context.Context, w io.Writer, rows []T) error {
	columns, names := s.saved(rows[0])
	out := csv.NewWriter(w)
	if err := out.Write(names); err != nil {
		return err
	}
	line := make([]string, len(columns))
	err := s.each(ctx, rows, columns, func(cells []grid.Cell) error {
		for i, c := range cells {
			switch {
			case c.Numeric:
				line[i] = strconv.FormatFloat(c.Number, 'f', -1, 64)
			case c.Text == units.Dash:
				line[i] = ""
			default:
				line[i] = c.Text
			}
		}
		return out.Write(line)
	})
	if err != nil {
		return err
	}
	out.Flush()
	return out.Error()
}

// writeJSON writes a list of objects with the columns in their order. Numbers
// are numbers, what is not known is null.
func (s *screen[T]) writeJSON(ctx context.Context, w io.Writer, rows []T) error {
	columns, names := s.saved(rows[0])
	first := true
	err := s.each(ctx, rows, columns, func(cells []grid.Cell) error {
		open := ",\n {"
		if first {
			open, first = "[\n {", false
		}
		if _, err := io.WriteString(w, open); err != nil {
			return err
		}
		for i, c := range cells {
			if i > 0 {
				open = ","
			} else {
				open = ""
			}
			if _, err := fmt.Fprintf(w, "%s%s:%s", open, quoted(names[i]), jsonCell(c)); err != nil {
				return err
			}
		}
		_, err := io.WriteString(w, "}")
		return err
	})
	if err == nil {
		_, err = io.WriteString(w, "\n]\n")
	}
	return err
}

func jsonCell(c grid.Cell) string {
	switch {
	case c.Numeric:
		return strconv.FormatFloat(c.Number, 'f', -1, 64)
	case c.Text == units.Dash:
		return "null"
	default:
		return quoted(c.Text)
	}
}

// quoted is a JSON string; what is no UTF-8 becomes the replacement character.
func quoted(text string) string {
	out, err := json.Marshal(text)
	if err != nil {
		return `""` // a string always has a JSON form
	}
	return string(out)
}
