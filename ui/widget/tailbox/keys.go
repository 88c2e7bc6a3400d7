package tailbox

import (
	"fmt"
	"slices"

	"github.com/gdamore/tcell/v2"
	"github.com/rivo/tview"

	"kconsole/kafka"
	"kconsole/kafka/recordjson"
	"kconsole/ui/page"
	"kconsole/ui/theme"
	"kconsole/ui/units"
)

// Keys lists what can be done, the most useful first.
func (v *View) Keys() []page.Key {
	follow := "follow"
	if v.follow {
		follow = "pause"
	}
	keys := []page.Key{
		{Name: "enter", Label: "open", Help: "Show the record whole: headers, key, value, schema, sizes."},
		{Name: "/", Label: "filter", Help: "Show only records whose key, value or headers match; /!re those that do not."},
		{Name: "f", Label: follow, Help: "Follow the newest records, or stay where you are."},
		{Name: "s", Label: "start", Help: "Read anew from a position: start, end, -10, offset:N, time:T, since:5m."},
		{Name: "b", Label: "bytes", Help: "Show the record byte by byte."},
		{Name: "w", Label: "wrap", Help: "Show long values on several lines."},
		{Name: "t", Label: "time", Help: "Show times as local, UTC, age, milliseconds since 1970."},
		{Name: "space", Label: "mark", Help: "Mark the record, for copying, saving and the cart; again: unmark."},
		{Name: "ctrl-space", Help: "Mark all records from the last mark to here.", Quiet: true},
		{Name: "r", Label: "to cart", Help: "Put the record, or the marked ones, into the cart, to be sent again; :cart shows it."},
		{Name: "c", Label: "copy", Help: "Copy the value; shift-c: the record as a JSON line."},
		{Name: "shift-c", Help: "Copy the record, or the marked ones, as JSON lines.", Quiet: true},
		{Name: "ctrl-s", Label: "save", Help: "Save the marked records, or all that are here, as JSON lines."},
		{Name: "tab", Help: "Go from the list to the opened record and back.", Quiet: true},
		{Name: "left", Help: "Move values to the side; in an opened record: the one before.", Quiet: true},
		{Name: "right", Help: "Move values to the side; in an opened record: the next one.", Quiet: true},
	}
	for i := range keys {
		switch {
		case keys[i].Name == "s" && v.o.Ask == nil, keys[i].Name == "ctrl-s" && v.o.Ask == nil:
			keys[i].Off = "nothing can be typed here"
		case keys[i].Name == "r" && v.o.Keep == nil:
			keys[i].Off = "there is no cart here"
		case keys[i].Name == "c" && v.o.Copy == nil:
			keys[i].Off = "there is no clipboard"
		}
	}
	return keys
}

// InputHandler makes the view work where it has the focus by itself.
func (v *View) InputHandler() func(*tcell.EventKey, func(tview.Primitive)) {
	return v.WrapInputHandler(func(ev *tcell.EventKey, _ func(tview.Primitive)) { v.Key(ev) })
}

// Key handles a key and tells whether it was one of its own. Esc is, as long as
// there is something to take back.
func (v *View) Key(ev *tcell.EventKey) bool {
	name := page.KeyName(ev)
	if v.open && (v.focus || !v.beside) {
		switch name {
		case "left":
			return v.step(-1)
		case "right":
			return v.step(+1)
		}
		if v.panel.Key(ev) {
			return true
		}
	}
	if v.move(name) {
		return true
	}
	switch name {
	case "enter":
		if v.open && v.beside {
			v.focus = true
		}
		v.openRecord()
	case "tab", "shift-tab":
		v.focus = v.open && v.beside && !v.focus
	case "esc":
		return v.back()
	case "f":
		v.Follow(!v.follow)
	case "w":
		v.wrap = !v.wrap
	case "t":
		v.stamp.format = (v.stamp.format + 1) % (Epoch + 1)
		v.columns.forget()
		v.panel.Location(v.stamp.zone())
	case "b":
		v.toggleBytes()
	case "s":
		v.askStart()
	case "left":
		v.shift = max(v.shift-v.sideStep(), 0)
	case "right":
		v.shift = min(v.shift+v.sideStep(), maxValue)
	case "space":
		v.mark()
	case "ctrl-space":
		v.markRange()
	case "r":
		v.keep()
	case "c":
		v.copyValue()
	case "shift-c":
		v.copyLines()
	case "ctrl-s":
		v.askSave()
	default:
		return false
	}
	return true
}

// move handles the keys that move the cursor, which stops following.
func (v *View) move(name string) bool {
	first, next := v.rows.Ring.Bounds()
	by := int64(0)
	to := v.cursor
	switch name {
	case "up", "k":
		by = -1
	case "down", "j":
		by = 1
	case "pgup", "ctrl-b":
		by = -int64(v.page)
	case "pgdn", "ctrl-f":
		by = int64(v.page)
	case "home", "g":
		to = first
	case "end", "shift-g":
		to = max(next, 1) - 1
	default:
		return false
	}
	v.goTo(uint64(max(int64(to)+by, int64(first))))
	return true
}

// goTo puts the cursor on a row, or the nearest that there is.
func (v *View) goTo(seq uint64) {
	first, next := v.rows.Ring.Bounds()
	if first == next {
		return
	}
	v.cursor = min(max(seq, first), next-1)
	v.top = min(v.top, v.cursor)
	v.Follow(false)
	if v.open {
		v.openRecord()
	}
}

// sideStep is how far values move at a time: half of their column.
func (v *View) sideStep() int { return max(v.columns.value/2, shortKey) }

// step shows the record before or after the one that is shown.
func (v *View) step(by int64) bool {
	v.goTo(uint64(max(int64(v.cursor)+by, 0)))
	return true
}

// back takes back the last thing that was added to the view.
func (v *View) back() bool {
	switch {
	case v.export.running():
		v.export.cancel()
	case v.open && v.panel.Bytes():
		v.panel.SetBytes(false)
	case v.open:
		v.closeRecord()
	case v.filter != nil:
		return v.SetFilter("") == nil
	case v.marks.len() > 0:
		v.marks.clear()
	default:
		return false
	}
	return true
}

func (v *View) toggleBytes() {
	if !v.open {
		v.openRecord()
	}
	if v.open {
		v.panel.SetBytes(!v.panel.Bytes())
	}
}

func (v *View) askStart() {
	if v.o.Ask == nil {
		return
	}
	v.o.Ask(page.Question{
		Label: "start from ", Initial: v.feed.Stats().Position, Done: v.Restart,
		Complete: func(string) []string {
			return []string{
				"end\twhat comes from now on", "start\tthe oldest record", "-10\tthe last 10 of each partition",
				"since:5m\tfrom five minutes ago on", "time:\tfrom a moment on, as 2026-11-23 14:02", "offset:\tfrom an offset on",
			}
		},
	})
}

// mark turns the mark of the record under the cursor and goes to the next.
func (v *View) mark() {
	rec, ok := v.rows.Ring.At(v.cursor)
	if !ok {
		return
	}
	if v.marks.has(rec.Partition, rec.Offset) {
		v.marks.remove(rec.Partition, rec.Offset)
	} else if err := v.marks.add(&rec); err != nil {
		v.fail(err)
		return
	}
	if !v.follow {
		v.goTo(v.cursor + 1)
	}
}

// markRange marks what lies between the last mark and the cursor.
func (v *View) markRange() {
	first, next := v.rows.Ring.Bounds()
	from := v.cursor
	for seq := first; seq < next; seq++ {
		if rec, ok := v.rows.Ring.At(seq); ok && v.marks.len() > 0 && v.marks.last == (place{rec.Partition, rec.Offset}) {
			from = seq
			break
		}
	}
	for seq := min(from, v.cursor); seq <= max(from, v.cursor); seq++ {
		rec, ok := v.rows.Ring.At(seq)
		if !ok {
			continue
		}
		if err := v.marks.add(&rec); err != nil {
			v.fail(err)
			return
		}
	}
}

// copyValue copies what is shown of the opened record, or the value of the one
// under the cursor.
func (v *View) copyValue() {
	if v.o.Copy == nil {
		return
	}
	if v.open {
		v.copy(v.panel.Text())
		return
	}
	rec, ok := v.rows.Ring.At(v.cursor)
	if !ok {
		return
	}
	rec, d := v.decode(&rec)
	if value := shownValue(&rec, &d); d.Info.Err == nil && value != nil {
		v.copy(string(value))
	} else {
		v.copy(fmt.Sprintf("%x", rec.Value))
	}
}

// copyLines copies the marked records, or the one under the cursor, as JSON lines.
func (v *View) copyLines() {
	if v.o.Copy == nil {
		return
	}
	records := v.marks.records
	if rec, ok := v.rows.Ring.At(v.cursor); ok && len(records) == 0 {
		records = append(records, rec)
	}
	var out []byte
	for i := range records {
		shown, d := v.decode(&records[i])
		out = append(recordjson.Append(out, &shown, &d), '\n')
		if len(out) > maxCopy {
			break
		}
	}
	v.copy(string(out))
}

// maxCopy is the most that is put on the clipboard. Terminals take less: often
// 74 kB after OSC 52's encoding, sometimes a megabyte.
const maxCopy = 1 << 20

func (v *View) copy(text string) {
	if len(text) > maxCopy {
		v.fail(fmt.Errorf("%s are too much for the clipboard: ctrl-s saves them to a file", units.Bytes(int64(len(text)))))
		return
	}
	v.o.Copy(text)
	v.say(theme.Fine, "copied "+units.Bytes(int64(len(text))))
}

func (v *View) say(l theme.Level, text string) {
	if v.o.Say != nil {
		v.o.Say(l, text)
	}
}

func (v *View) fail(err error) {
	if v.o.Fail != nil {
		v.o.Fail(err)
	}
}

// Marked are copies of the marked records, in the order they were marked.
func (v *View) Marked() []kafka.Record { return slices.Clone(v.marks.records) }
