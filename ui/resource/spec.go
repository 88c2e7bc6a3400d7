// Package resource turns the description of a kind of thing into a screen: a
// [Spec] says which columns, rows, identity and actions it has, and the
// package does the rest the same way for all of them: filter, sort, marks,
// faults only, wide mode, a selection that follows the thing and not the line,
// and the states loading, failed, empty and filled.
package resource

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"kconsole/kafka/poll"
	"kconsole/ui/draw"
	"kconsole/ui/page"
	"kconsole/ui/session"
	"kconsole/ui/theme"
	"kconsole/ui/widget/grid"
)

// Spec describes a table of T. Its functions are pure: they may be called any
// number of times, on the event loop, and must not wait.
type Spec[T any] struct {
	Name    string // as typed after ":", plural where there are many
	Aliases []string
	Title   string // heading of the table
	Doc     string // one sentence for help and completion
	Args    []page.Arg
	// Optional counts the arguments, from the end, that may be left out.
	Optional int
	Parent   string // view under which it lies, when opened by name
	Scope    poll.Scope
	Columns  []Column[T]
	// Rows takes the rows out of a state, sorted by identity. Exactly one of Rows
	// and Load is set.
	Rows func(page.State, page.Target) Result[T]
	// Load reads rows that no snapshot has, sorted by identity. It runs beside the
	// event loop, again and again while the page is seen; what could be read may
	// come beside the error.
	Load func(context.Context, *session.Session, page.State, page.Target) ([]T, error)
	// Every is the time between two loads; 5 s if not positive.
	Every time.Duration
	// ID is what makes a row the same row in the next snapshot.
	ID func(T) string
	// Topic is the topic that a row is about; nil: none, or the page's argument.
	Topic func(T) string
	// Steady: Rows look at nothing but the snapshot, and at the time only for what
	// is drawn. Many such rows are not made anew every second.
	Steady bool
	// Text is what a filter looks at; nil: the ID.
	Text func(T) string
	// Fault says how much attention a row needs, for "faults only"; nil: none has any.
	Fault func(T) theme.Level
	// Hidden rows are left out until somebody asks for them: Kafka's own topics.
	// nil: there are none. HiddenName is what they are called, in the plural.
	Hidden     func(T) bool
	HiddenName string
	// Head are lines above the table, about all of it; nil: none.
	Head func(page.State, page.Target, *theme.Theme) [][]draw.Span
	// Sort is the column that rows are sorted by at first, Desc the direction.
	// Column 0, ascending, has to be the order of Rows.
	Sort int
	Desc bool
	// Empty says in one sentence what it means that there are none, and what to do.
	Empty string
	// Missing says that there are no rows because what the page is about does not
	// exist, where that is so; nil, or a nil error: Empty holds.
	Missing func(page.State, page.Target) error
	// Crumb is the page's place in the bread crumbs; nil: the last argument, or the name.
	Crumb func(page.Target) string
	// Tabs are sibling views of the same arguments, this one included, that tab
	// goes through.
	Tabs []string
	// Tab is what this view is called among its tabs; empty: the name.
	Tab     string
	Actions []Action[T]
}

// Result is what [Spec.Rows] found.
type Result[T any] struct {
	Rows []T
	At   time.Time // when they were read; zero: never yet
	Err  error     // why the newest attempt failed
}

// From makes a Result of a part of a snapshot, with pointers to its rows.
func From[T any](p *poll.Part[T]) Result[*T] {
	rows := make([]*T, len(p.Rows))
	for i := range p.Rows {
		rows[i] = &p.Rows[i]
	}
	return Result[*T]{Rows: rows, At: p.At, Err: p.Err}
}

// Column is one column of a Spec.
type Column[T any] struct {
	grid.Column
	Cell func(T) grid.Cell
	// Sort is the number to sort by; nil: the cell's text.
	Sort func(T) float64
	// Help says what the column shows, for the help page.
	Help string
}

// Action is something that can be done with a row.
type Action[T any] struct {
	Key    string // as [page.KeyName] writes it
	Label  string // one or two words
	Help   string // a sentence for the help page
	Danger bool   // it changes or deletes something
	// Writes: it changes the cluster, so a read-only context does not offer it.
	Writes bool
	// NoRow: it makes sense without a row, too ("create"). Do gets no rows then.
	NoRow bool
	// Many: Do takes all marked rows, not only the first of them.
	Many bool
	// Disabled says why it cannot be used on this row; empty: it can.
	Disabled func(page.Host, T) string
	// Open names the page to go to. Exactly one of Open and Do is set.
	Open func(page.Target, T) page.Target
	// Do does it, with all marked rows, or with the selected one. It runs on the
	// event loop and must not wait: work goes to the loop's Go.
	Do func(page.Host, page.Target, []T)
	// Command is the command line that does the same, for "x"; nil: there is none,
	// which an action that Writes must not have.
	Command func(page.Target, T) string
}

// View makes the view of a Spec. It panics if the Spec contradicts itself,
// which a test of all views would show.
func (s *Spec[T]) View() page.View {
	if err := s.check(); err != nil {
		panic(err)
	}
	return page.View{
		Name: s.Name, Aliases: s.Aliases, Doc: s.Doc, Args: s.Args, Optional: s.Optional, Parent: s.Parent, Tab: s.Tab, Keys: s.keys(), Columns: s.columnNames(),
		New: func(h page.Host, t page.Target) (page.Page, error) { return newScreen(s, h, t) },
	}
}

// check finds keys that are used twice, and what is missing.
func (s *Spec[T]) check() error {
	var seen []string
	for _, k := range s.keys() {
		if k.Label == "" || k.Name == "" {
			return fmt.Errorf("view %s: an action has no key or no label", s.Name)
		}
		if slices.Contains(seen, k.Name) || slices.Contains(page.GlobalKeys, k.Name) {
			return fmt.Errorf("view %s: key %s does two things", s.Name, k.Name)
		}
		seen = append(seen, k.Name)
	}
	for _, a := range s.Actions {
		if (a.Open == nil) == (a.Do == nil) {
			return fmt.Errorf("view %s: action %s needs one of Open and Do", s.Name, a.Key)
		}
		if a.Writes && a.Command == nil {
			return fmt.Errorf("view %s: action %s changes something, and does not show itself as a command", s.Name, a.Key)
		}
	}
	if (s.Rows == nil) == (s.Load == nil) || s.ID == nil || len(s.Columns) == 0 || s.Sort >= len(s.Columns) {
		return fmt.Errorf("view %s: one of Rows and Load, an identity and columns are needed", s.Name)
	}
	return nil
}

// keys lists the actions, then what every table can do.
func (s *Spec[T]) keys() []page.Key {
	keys := make([]page.Key, 0, len(s.Actions)+len(tableKeys)+1)
	for _, a := range s.Actions {
		keys = append(keys, page.Key{Name: a.Key, Label: a.Label, Help: a.Help, Danger: a.Danger, Writes: a.Writes})
	}
	if len(s.Tabs) > 1 {
		keys = append(keys, page.TabKey)
	}
	if s.Hidden != nil {
		keys = append(keys, page.Key{Name: hiddenKey, Label: "hidden", Quiet: true, Help: "Show " + s.HiddenName + ", which are hidden at first, or hide them again."})
	}
	return append(keys, tableKeys...)
}

// hiddenKey shows the rows that are hidden at first.
const hiddenKey = "i"

// columnNames are the columns as settings name them.
func (s *Spec[T]) columnNames() []string {
	out := make([]string, len(s.Columns))
	for i := range s.Columns {
		if out[i] = strings.ToLower(s.Columns[i].Title); out[i] == "" {
			out[i] = "column " + strconv.Itoa(i+1)
		}
	}
	return out
}

// tableKeys are the keys of every table.
var tableKeys = []page.Key{
	{Name: "/", Label: "filter", Help: "Filter the rows as you type: a regular expression, !inverse, or -f fuzzy."},
	{Name: "space", Label: "mark", Quiet: true, Help: "Mark or unmark the row; actions then take all marked rows."},
	{Name: "ctrl-space", Label: "mark range", Quiet: true, Help: "Mark the rows from the last mark to this one."},
	{Name: "shift-n", Label: "sort by name", Quiet: true, Help: "Sort by the first column; again: the other way round."},
	{Name: "shift-o", Label: "sort by column", Quiet: true, Help: "Sort by the underlined column (left and right choose it); again: the other way round."},
	{Name: "shift-w", Label: "columns", Quiet: true, Help: "Choose which columns are shown and how wide, and save that for this cluster."},
	{Name: "<", Label: "narrower", Quiet: true, Help: "Make the underlined column narrower."},
	{Name: ">", Label: "wider", Quiet: true, Help: "Make the underlined column wider."},
	{Name: "ctrl-w", Label: "wide", Quiet: true, Help: "Show all columns, and nothing cut short; left and right scroll to what does not fit."},
	{Name: "ctrl-z", Label: "faults", Quiet: true, Help: "Show only what needs attention."},
	{Name: "c", Label: "copy", Quiet: true, Help: "Copy the name to the clipboard (OSC 52)."},
	{Name: "ctrl-s", Label: "save", Quiet: true, Help: "Save the rows that are shown, or the marked ones, to a CSV or JSON file."},
	{Name: "x", Label: "as command", Quiet: true, Help: "Show the selected row's actions as commands for the shell."},
}
