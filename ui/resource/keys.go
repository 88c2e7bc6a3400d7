package resource

import (
	"fmt"

	"github.com/gdamore/tcell/v2"

	"kconsole/ui/page"
	"kconsole/ui/theme"
	"kconsole/ui/units"
)

// Key moves the cursor, changes what is shown, or runs an action.
func (s *screen[T]) Key(ev *tcell.EventKey) bool {
	name := page.KeyName(ev)
	for i := range s.spec.Actions {
		if s.spec.Actions[i].Key == name {
			s.act(&s.spec.Actions[i])
			return true
		}
	}
	switch name {
	case "tab", "shift-tab":
		return s.tab(name == "tab")
	case "space":
		s.mark()
	case "ctrl-space":
		s.markRange()
	case "shift-n":
		s.sortBy(0)
	case "shift-o":
		s.sortBy(s.grid.Column())
	case "shift-w":
		s.chooseColumns()
	case "<", ">":
		s.widen(name == ">")
	case hiddenKey:
		if s.spec.Hidden == nil {
			return false
		}
		s.keeping(func() { s.table.setAll(!s.table.all) })
	case "ctrl-s":
		s.askSave()
	case "ctrl-w":
		s.wide = !s.wide
		s.grid.SetWide(s.wide)
	case "ctrl-z":
		s.faults()
	case "c":
		s.copy()
	case "x":
		s.commands()
	case "esc":
		return s.letGo()
	default:
		return s.grid.Key(ev)
	}
	return true
}

// act runs an action on what is selected.
func (s *screen[T]) act(a *Action[T]) {
	rows := s.selection()
	if len(rows) == 0 && !a.NoRow {
		s.host.Say(theme.Watch, "nothing is selected")
		return
	}
	if a.Writes && readOnly(s.host) {
		s.host.Say(theme.Watch, a.Label+": "+isReadOnly)
		return
	}
	if a.Disabled != nil {
		for _, r := range rows {
			if why := a.Disabled(s.host, r); why != "" {
				s.host.Say(theme.Watch, fmt.Sprintf("%s: %s", a.Label, why))
				return
			}
		}
	}
	if a.Open != nil {
		s.host.Open(a.Open(s.target, s.table.at(s.grid.Selected())))
		return
	}
	a.Do(s.host, s.target, rows)
}

// isReadOnly is why a context offers no changes.
const isReadOnly = "this context is read-only"

func readOnly(h page.Host) bool {
	s := h.Session()
	return s != nil && s.Config.ReadOnly
}

// tab goes to a sibling view of the same arguments.
func (s *screen[T]) tab(forward bool) bool {
	next, ok := page.NextTab(s.tabs(), s.spec.Name, forward)
	if ok {
		s.host.Replace(page.Target{View: next, Args: s.target.Args})
	}
	return ok
}

func (s *screen[T]) mark() {
	row := s.grid.Selected()
	if row < 0 {
		return
	}
	id := s.spec.ID(s.table.at(row))
	if _, ok := s.marks[id]; ok {
		delete(s.marks, id)
	} else {
		s.marks[id] = struct{}{}
		s.anchor = id
	}
	s.grid.Select(row+1, false)
}

// markRange marks from the last mark to the cursor.
func (s *screen[T]) markRange() {
	to := s.grid.Selected()
	if to < 0 {
		return
	}
	from := max(s.table.find(s.anchor), 0)
	for i := min(from, to); i <= max(from, to); i++ {
		s.marks[s.spec.ID(s.table.at(i))] = struct{}{}
	}
}

func (s *screen[T]) sortBy(column int) {
	s.keeping(func() { s.table.sortBy(column) })
	s.grid.SetSorted(s.table.sort, s.table.desc)
}

func (s *screen[T]) faults() {
	if s.spec.Fault == nil {
		s.host.Say(theme.Normal, "nothing in this table can be at fault")
		return
	}
	s.keeping(func() { s.table.setFaults(!s.table.faults) })
}

func (s *screen[T]) copy() {
	rows := s.selection()
	if len(rows) == 0 {
		return
	}
	text := ""
	for i, r := range rows {
		if i > 0 {
			text += "\n"
		}
		text += s.spec.ID(r)
	}
	s.host.Copy(text)
	s.host.Say(theme.Fine, "copied "+units.Plural(len(rows), "name"))
}

// letGo takes back the last thing that narrows or marks; false: nothing does.
func (s *screen[T]) letGo() bool {
	switch {
	case len(s.marks) > 0:
		clear(s.marks)
	case s.pattern != "":
		return s.SetFilter("") == nil
	case s.table.faults:
		s.faults()
	default:
		return false
	}
	return true
}

// commands shows the actions of the row as command lines.
func (s *screen[T]) commands() {
	row := s.grid.Selected()
	var lines [][2]string
	for _, a := range s.spec.Actions {
		if a.Command == nil || row < 0 {
			continue
		}
		for _, c := range s.commandsOf(&a, row) {
			lines = append(lines, [2]string{a.Label, c})
		}
	}
	if len(lines) == 0 {
		s.host.Say(theme.Normal, "no action here has a command")
		return
	}
	s.host.ShowList("As commands", lines)
}

// maxCommands bounds the marked rows whose commands are shown for one action.
const maxCommands = 20

// commandsOf are the command lines of an action, for the rows that its key would
// act on.
func (s *screen[T]) commandsOf(a *Action[T], cursor int) []string {
	rows := s.selection()
	switch {
	case a.Open != nil:
		rows = []T{s.table.at(cursor)}
	case !a.Many:
		rows = rows[:1]
	}
	var out []string
	for i, r := range rows {
		if i == maxCommands {
			return append(out, fmt.Sprintf("… and %d more that are marked", len(rows)-i))
		}
		if c := a.Command(s.target, r); c != "" {
			out = append(out, c)
		}
	}
	return out
}
