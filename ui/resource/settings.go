package resource

import (
	"fmt"
	"slices"

	"kconsole/ui/settings"
	"kconsole/ui/theme"
	"kconsole/ui/widget/grid"
)

// Settings are how the table is shown now, as they are saved.
func (s *screen[T]) Settings() settings.View {
	names := s.spec.columnNames()
	v := settings.View{Filter: s.pattern, Wide: s.wide, Faults: s.table.faults, Hidden: s.table.all}
	if s.table.sort != s.spec.Sort || s.table.desc != s.spec.Desc {
		v.Sort, v.Descending = names[s.table.sort], s.table.desc
	}
	for i, name := range names {
		c := s.grid.Choice(i)
		out := settings.Column{Width: c.Width}
		switch {
		case c.Always:
			out.Show = settings.Always
		case c.Never:
			out.Show = settings.Never
		}
		if out != (settings.Column{}) {
			if v.Columns == nil {
				v.Columns = map[string]settings.Column{}
			}
			v.Columns[name] = out
		}
	}
	return v
}

// restore shows the table as it was saved. The error is about the filter.
func (s *screen[T]) restore(v settings.View) error {
	names := s.spec.columnNames()
	for i, name := range names {
		c := v.Columns[name]
		s.grid.Choose(i, grid.Choice{Always: c.Show == settings.Always, Never: c.Show == settings.Never, Width: c.Width})
	}
	s.keepOneColumn()
	if i := slices.Index(names, v.Sort); i >= 0 {
		s.table.sort, s.table.desc = i, v.Descending
		s.grid.SetSorted(i, v.Descending)
	}
	s.wide, s.table.all, s.table.faults = v.Wide, v.Hidden, v.Faults && s.spec.Fault != nil
	s.grid.SetWide(v.Wide)
	return s.SetFilter(v.Filter)
}

// choices are what was decided about the columns.
func (s *screen[T]) choices() []grid.Choice {
	out := make([]grid.Choice, len(s.spec.Columns))
	for i := range out {
		out[i] = s.grid.Choice(i)
	}
	return out
}

// keepOneColumn shows the first column where nothing else would be left.
func (s *screen[T]) keepOneColumn() {
	for _, c := range s.choices() {
		if !c.Never {
			return
		}
	}
	s.grid.Choose(0, grid.Choice{})
}

// The least that a column may be made, and by how much it grows with a key.
const (
	leastWidth = 3
	widthStep  = 2
)

// widen makes the column under the column cursor wider or narrower.
func (s *screen[T]) widen(more bool) {
	i := s.grid.Column()
	now := s.grid.Width(i)
	if now == 0 {
		return // nothing is drawn
	}
	if more {
		now += widthStep
	} else {
		now -= widthStep
	}
	c := s.grid.Choice(i)
	c.Width = min(max(now, leastWidth), settings.MaxWidth)
	s.grid.Choose(i, c)
	s.host.Say(theme.Muted, fmt.Sprintf("%s: %d characters; :save keeps that for this cluster", s.spec.columnNames()[i], c.Width))
}
