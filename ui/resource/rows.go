package resource

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"kconsole/ui/theme"
)

// table is the rows of a screen and which of them are shown, in what order.
// Work is done once a change, not once a frame: rows are sorted when they or
// the order change, filtered when the filter changes too.
type table[T any] struct {
	spec *Spec[T]

	rows   []T     // as the Spec gave them
	order  []int32 // rows, sorted
	view   []int32 // of order, what the filter lets through
	texts  *texts  // in the order of order; nil until a filter needs them
	filter *filter
	faults bool // only those that need attention
	all    bool // those that the Spec hides at first, too
	hidden int  // how many rows are left out because they are hidden

	sort int
	desc bool
}

// set takes new rows.
func (t *table[T]) set(rows []T) {
	t.rows, t.texts = rows, nil
	t.countHidden()
	t.sortRows()
	t.apply()
}

// sortBy sorts by a column, or turns the order round if it is that column already.
func (t *table[T]) sortBy(column int) {
	switch column {
	case t.sort:
		t.desc = !t.desc
	case t.spec.Sort:
		t.sort, t.desc = column, t.spec.Desc
	default:
		// Numbers are looked at for the largest, names for the first.
		t.sort, t.desc = column, t.spec.Columns[column].Sort != nil
	}
	t.texts = nil
	t.sortRows()
	t.apply()
}

func (t *table[T]) setFilter(f *filter) {
	t.filter = f
	t.apply()
}

func (t *table[T]) setAll(on bool) {
	t.all = on
	t.countHidden()
	t.apply()
}

// countHidden counts the rows that are left out because they are hidden.
func (t *table[T]) countHidden() {
	t.hidden = 0
	if t.spec.Hidden == nil || t.all {
		return
	}
	for _, r := range t.rows {
		if t.spec.Hidden(r) {
			t.hidden++
		}
	}
}

func (t *table[T]) setFaults(on bool) {
	t.faults = on
	t.apply()
}

// sortRows makes order. Rows that compare equal keep the order of identity.
func (t *table[T]) sortRows() {
	t.order = slices.Grow(t.order[:0], len(t.rows))[:len(t.rows)]
	for i := range t.order {
		t.order[i] = int32(i)
	}
	col := &t.spec.Columns[t.sort]
	switch {
	case t.sort == 0: // the rows come in this order
		if t.desc {
			slices.Reverse(t.order)
		}
	case col.Sort != nil:
		keys := make([]float64, len(t.rows))
		for i, r := range t.rows {
			if keys[i] = col.Sort(r); math.IsNaN(keys[i]) {
				keys[i] = math.Inf(-1)
			}
		}
		t.stable(func(a, b int32) int { return cmp.Compare(keys[a], keys[b]) })
	default:
		keys := make([]string, len(t.rows))
		for i, r := range t.rows {
			keys[i] = col.Cell(r).Text
		}
		t.stable(func(a, b int32) int { return strings.Compare(keys[a], keys[b]) })
	}
}

func (t *table[T]) stable(compare func(a, b int32) int) {
	if t.desc {
		up := compare
		compare = func(a, b int32) int { return up(b, a) }
	}
	slices.SortStableFunc(t.order, compare)
}

// apply makes view.
func (t *table[T]) apply() {
	t.view = t.view[:0]
	if t.filter == nil {
		t.view = append(t.view, t.order...)
	} else {
		if t.texts == nil {
			t.texts = &texts{plain: make([]string, len(t.order))}
			for i, r := range t.order {
				t.texts.plain[i] = t.text(t.rows[r])
			}
		}
		t.view = t.filter.match(t.texts, t.view)
		for i, o := range t.view {
			t.view[i] = t.order[o]
		}
	}
	if t.hidden > 0 {
		t.view = slices.DeleteFunc(t.view, func(r int32) bool { return t.spec.Hidden(t.rows[r]) })
	}
	if t.faults && t.spec.Fault != nil {
		t.view = slices.DeleteFunc(t.view, func(r int32) bool { return t.spec.Fault(t.rows[r]) < theme.Watch })
	}
}

func (t *table[T]) text(row T) string {
	if t.spec.Text != nil {
		return t.spec.Text(row)
	}
	return t.spec.ID(row)
}

// at is the nth row that is shown.
func (t *table[T]) at(i int) T { return t.rows[t.view[i]] }

// find is the place of a row that is shown, by its identity; -1: none.
func (t *table[T]) find(id string) int {
	for i, r := range t.view {
		if t.spec.ID(t.rows[r]) == id {
			return i
		}
	}
	return -1
}
