package resource

import (
	"slices"

	"github.com/gdamore/tcell/v2"
	"github.com/rivo/tview"

	"kconsole/kafka/poll"
	"kconsole/ui/page"
	"kconsole/ui/widget/grid"
)

// screen is the page of one Spec.
type screen[T any] struct {
	*tview.Box
	spec   *Spec[T]
	host   page.Host
	target page.Target
	state  page.State
	result Result[T]
	load   loader[T]
	table  table[T]
	grid   *grid.Grid
	wide   bool

	taken page.State // that the rows were made of

	pattern string              // the filter as typed
	marks   map[string]struct{} // by identity
	anchor  string              // the last mark, for a range
	wanted  string              // identity to select as soon as it is there
}

func newScreen[T any](spec *Spec[T], h page.Host, t page.Target) (*screen[T], error) {
	s := &screen[T]{
		Box: tview.NewBox(), spec: spec, host: h, target: t,
		table: table[T]{spec: spec, sort: spec.Sort, desc: spec.Desc}, marks: map[string]struct{}{},
	}
	columns := make([]grid.Column, len(spec.Columns))
	for i := range spec.Columns {
		columns[i] = spec.Columns[i].Column
	}
	s.grid = grid.New(h.Theme(), columns, s)
	s.grid.SetSorted(spec.Sort, spec.Desc)
	saved := h.ViewSettings(spec.Name)
	if t.Filter != "" {
		saved.Filter = t.Filter
	}
	return s, s.restore(saved)
}

// Len, Cell and Marked make the screen the content of its grid.

func (s *screen[T]) Len() int { return len(s.table.view) }

func (s *screen[T]) Cell(row, column int) grid.Cell {
	return s.spec.Columns[column].Cell(s.table.at(row))
}

func (s *screen[T]) Marked(row int) bool {
	if len(s.marks) == 0 {
		return false
	}
	_, ok := s.marks[s.spec.ID(s.table.at(row))]
	return ok
}

// Title is the page's crumb.
func (s *screen[T]) Title() string {
	if s.spec.Crumb != nil {
		return s.spec.Crumb(s.target)
	}
	if n := len(s.target.Args); n > 0 {
		return s.target.Args[n-1]
	}
	return s.spec.Name
}

// Scope is what the poller has to read.
func (s *screen[T]) Scope() poll.Scope { return s.spec.Scope }

// Close ends a load that is under way.
func (s *screen[T]) Close() {
	if s.load.cancel != nil {
		s.load.cancel()
	}
}

// Fault is what the body shows in the place of rows.
func (s *screen[T]) Fault() error {
	if len(s.result.Rows) > 0 {
		return nil
	}
	return s.failure()
}

func (s *screen[T]) failure() error {
	if s.result.Err != nil {
		return s.result.Err
	}
	return s.state.Err
}

// Update takes new rows; cursor and marks stay on the things they were on.
func (s *screen[T]) Update(st page.State) {
	s.state = st
	if s.spec.Load != nil {
		s.loadIfDue()
		return
	}
	if s.spec.Steady && len(s.result.Rows) > manyRows && st.Err == nil && s.taken.Err == nil && st.Config == s.taken.Config &&
		st.Now.Sub(s.taken.Now) < poll.HistoryStep && !st.Now.Before(s.taken.Now) && st.Snap.Same(s.taken.Snap) {
		return
	}
	s.taken = st
	s.take(s.spec.Rows(st, s.target))
}

// manyRows are made anew only for a reason; fewer cost nothing.
const manyRows = 500

// TopicsShown are the topics on the screen.
func (s *screen[T]) TopicsShown() []string {
	if s.spec.Topic == nil {
		if len(s.spec.Args) > 0 && s.spec.Args[0] == page.Topic && s.target.Arg(0) != "" {
			return []string{s.target.Arg(0)}
		}
		return nil
	}
	first, after := s.grid.Visible()
	names := make([]string, 0, after-first)
	for i := first; i < after; i++ {
		names = append(names, s.spec.Topic(s.table.at(i)))
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// take shows a result.
func (s *screen[T]) take(r Result[T]) {
	id := s.wanted
	if row := s.grid.Selected(); id == "" && row >= 0 {
		id = s.spec.ID(s.table.at(row))
	}
	s.result = r
	s.table.set(r.Rows)
	s.follow(id)
	s.forgetMarks()
}

// follow puts the cursor on the row of an identity, if it is shown.
func (s *screen[T]) follow(id string) {
	if id == "" {
		return
	}
	if row := s.table.find(id); row >= 0 {
		s.grid.Select(row, s.wanted == "")
		s.wanted = ""
	}
}

// forgetMarks drops the marks of rows that are gone.
func (s *screen[T]) forgetMarks() {
	if len(s.marks) == 0 {
		return
	}
	there := make(map[string]struct{}, len(s.result.Rows))
	for _, r := range s.result.Rows {
		there[s.spec.ID(r)] = struct{}{}
	}
	for id := range s.marks {
		if _, ok := there[id]; !ok {
			delete(s.marks, id)
		}
	}
}

// keeping runs f, which changes what is shown, and keeps the cursor on its row.
func (s *screen[T]) keeping(f func()) {
	id := ""
	if row := s.grid.Selected(); row >= 0 {
		id = s.spec.ID(s.table.at(row))
	}
	f()
	s.grid.Forget()
	if row := s.table.find(id); id != "" && row >= 0 {
		s.grid.Select(row, false)
		return
	}
	s.grid.Select(0, false)
}

// Filter is the filter as typed.
func (s *screen[T]) Filter() string { return s.pattern }

// SetFilter narrows the rows.
func (s *screen[T]) SetFilter(text string) error {
	f, err := parseFilter(text)
	if err != nil {
		return err
	}
	s.pattern = text
	s.keeping(func() { s.table.setFilter(f) })
	return nil
}

// selection is the marked rows that are shown, or the one under the cursor.
func (s *screen[T]) selection() []T {
	var rows []T
	if len(s.marks) > 0 {
		for i := range s.table.view {
			if s.Marked(i) {
				rows = append(rows, s.table.at(i))
			}
		}
	}
	if row := s.grid.Selected(); len(rows) == 0 && row >= 0 {
		rows = append(rows, s.table.at(row))
	}
	return rows
}

// memory is how a screen was left.
type memory struct {
	pattern, id string
	sort        int
	desc        bool
	wide        bool
	faults, all bool
	choices     []grid.Choice
}

// Memory is what to put back when the page is come back to.
func (s *screen[T]) Memory() any {
	m := memory{pattern: s.pattern, id: s.wanted, sort: s.table.sort, desc: s.table.desc, wide: s.wide, faults: s.table.faults, all: s.table.all, choices: s.choices()}
	if row := s.grid.Selected(); row >= 0 {
		m.id = s.spec.ID(s.table.at(row))
	}
	return m
}

// Recall puts it back.
func (s *screen[T]) Recall(was any) {
	m, ok := was.(memory)
	if !ok {
		return
	}
	s.wanted = m.id
	s.wide = m.wide
	s.grid.SetWide(m.wide)
	s.table.faults, s.table.all = m.faults, m.all
	for i, c := range m.choices {
		s.grid.Choose(i, c)
	}
	s.table.sort, s.table.desc = m.sort, m.desc
	s.grid.SetSorted(m.sort, m.desc)
	s.table.set(s.table.rows)
	if err := s.SetFilter(m.pattern); err == nil {
		s.follow(m.id)
	}
}

// tabs are the sibling views, where the page is about one thing.
func (s *screen[T]) tabs() []string {
	if len(s.target.Args) == 0 {
		return nil
	}
	return s.spec.Tabs
}

// Keys lists the actions with the reason why one cannot be used on this row.
func (s *screen[T]) Keys() []page.Key {
	keys := s.spec.keys()
	row := s.grid.Selected()
	for i, a := range s.spec.Actions {
		switch {
		case a.Writes && readOnly(s.host):
			keys[i].Off = isReadOnly
		case row >= 0 && a.Disabled != nil:
			keys[i].Off = a.Disabled(s.host, s.table.at(row))
		case row < 0 && !a.NoRow:
			keys[i].Off = "nothing is selected"
		}
	}
	for i := range keys {
		if keys[i].Name == page.TabKey.Name && len(s.tabs()) < 2 {
			keys[i].Off = "this is about all of them; choose one first"
		}
	}
	return keys
}

// MouseHandler hands clicks to the grid; a second click opens.
func (s *screen[T]) MouseHandler() func(tview.MouseAction, *tcell.EventMouse, func(tview.Primitive)) (bool, tview.Primitive) {
	inner := s.grid.MouseHandler()
	return func(a tview.MouseAction, ev *tcell.EventMouse, focus func(tview.Primitive)) (bool, tview.Primitive) {
		if x, y := ev.Position(); a == tview.MouseLeftDoubleClick && s.grid.InRect(x, y) {
			s.Key(tcell.NewEventKey(tcell.KeyEnter, 0, tcell.ModNone))
			return true, nil
		}
		return inner(a, ev, focus)
	}
}
