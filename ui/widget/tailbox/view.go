package tailbox

import (
	"slices"
	"time"

	"github.com/rivo/tview"

	"kconsole/avro"
	"kconsole/avro/decode"
	"kconsole/avro/registry"
	"kconsole/kafka"
	"kconsole/kafka/config"
	"kconsole/kafka/recordjson"
	"kconsole/kafka/replay"
	"kconsole/kafka/tail"
	"kconsole/ui/page"
	"kconsole/ui/theme"
	"kconsole/ui/widget/record"
)

// Options is what a [View] works with. Theme and Feed are required; a function
// that is nil stands for something that cannot be done here.
type Options struct {
	Theme *theme.Theme
	Feed  *Feed
	// Registry serves the schemas; nil: none is configured.
	Registry *registry.Client
	// Rules choose schemas for records that name none.
	Rules []decode.Rule
	// Mask is what is hidden of the records wherever they are shown, copied or
	// saved; nil: nothing.
	Mask *config.Mask
	// Topic begins the names of files.
	Topic string
	// Location is the zone of local times; nil: time.Local. UTC begins with UTC.
	Location *time.Location
	UTC      bool
	Now      func() time.Time // nil: time.Now

	Post func(func())              // runs a function on the event loop and draws
	Go   func(func())              // runs work beside the loop; nil: a goroutine
	Ask  func(page.Question)       // lets the user type a line
	Say  func(theme.Level, string) // shows a short message
	Fail func(error)               // shows an error
	Copy func(string)              // fills the clipboard
	// Keep puts records into the cart for sending them again; it tells how many were
	// new there, and how many there are. nil: there is no cart.
	Keep func([]replay.Item) (added, all int, err error)
}

// View is the box. All of it belongs to the event loop.
type View struct {
	*tview.Box
	o        Options
	feed     *Feed
	previews previews
	whole    *recordjson.Decoder
	masker   *recordjson.Masker
	panel    *record.View

	rows    Rows // what is shown, as of the last frame
	follow  bool
	wrap    bool
	stamp   stamp
	columns columns
	filter  *Filter // for highlighting: the feed has one of its own

	cursor uint64 // sequence number of the row under the cursor
	top    uint64 // of the first row, while not following
	shift  int    // cells that values are moved to the left
	page   int    // rows of the last frame

	open   bool // a record is shown whole
	focus  bool // it takes the keys, not the list
	beside bool // of the last frame: list and record side by side

	marks  marks
	export export
	timer  *time.Timer
	closed bool
}

// New makes a view that follows.
func New(o Options) *View {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Location == nil {
		o.Location = time.Local
	}
	if o.Go == nil {
		o.Go = func(f func()) { go f() }
	}
	v := &View{Box: tview.NewBox(), o: o, feed: o.Feed, follow: true}
	short := decode.New(o.Registry, decode.Options{Rules: o.Rules, Limits: avro.Limits{Output: maxValue}})
	v.previews.decoder = recordjson.NewDecoder(short)
	v.previews.mask = recordjson.NewMasker(o.Mask)
	v.previews.long = recordjson.NewDecoder(v.fullDecoder())
	v.masker = recordjson.NewMasker(o.Mask)
	v.previews.forget()
	v.SetBackgroundColor(o.Theme.Background())
	v.whole = recordjson.NewDecoder(v.fullDecoder())
	v.stamp = stamp{loc: o.Location}
	if o.UTC {
		v.stamp.format = UTC
	}
	v.panel = record.New(o.Theme, v.stamp.zone(), o.Now)
	v.rows = v.feed.Rows()
	return v
}

// fullDecoder decodes records to the end. Decoders share what the registry's
// client has cached.
func (v *View) fullDecoder() *decode.Decoder {
	return decode.New(v.o.Registry, decode.Options{Rules: v.o.Rules})
}

// Close ends the feed and what else runs. It does not wait.
func (v *View) Close() {
	v.closed = true
	if v.timer != nil {
		v.timer.Stop()
	}
	v.export.cancel()
	v.feed.Stop()
}

// Following tells whether the newest records are shown as they come.
func (v *View) Following() bool { return v.follow }

// Follow goes to the newest record and stays there, or stops where it is.
func (v *View) Follow(on bool) {
	v.follow = on
	v.feed.Hold(v.top, !on)
}

// Filter is the filter in force, as typed; empty for none.
func (v *View) Filter() string {
	if v.filter == nil {
		return ""
	}
	return v.filter.Text()
}

// SetFilter narrows the rows, those that are here already and those to come. An
// error says what is wrong with the text; the rows then stay as they are.
func (v *View) SetFilter(text string) error {
	mine, err := ParseFilter(text)
	if err != nil {
		return err
	}
	theirs, err := ParseFilter(text) // filters keep scratch space: one for each goroutine
	if err != nil {
		return err
	}
	from := v.rows.Origin(v.cursor)
	v.filter = mine
	v.feed.SetFilter(theirs)
	if mine == nil && !v.follow { // back among all records, at the one that was found
		v.adopt(v.feed.Rows())
		v.cursor, v.top = from, from
	} else {
		v.Follow(true)
	}
	return nil
}

// From is the position that the records are read from.
func (v *View) From() tail.Position { return v.feed.From() }

// Restart reads anew from a position, as [tail.ParsePosition] takes it.
func (v *View) Restart(position string) error {
	if err := v.feed.Restart(position); err != nil {
		return err
	}
	v.columns.forget()
	v.closeRecord()
	v.Follow(true)
	return nil
}

// adopt takes note of other rows than those of the last frame.
func (v *View) adopt(rows Rows) {
	if rows.Generation != v.rows.Generation {
		v.previews.forget()
	}
	v.rows = rows
}

// openRecord shows the record under the cursor whole.
func (v *View) openRecord() {
	rec, ok := v.rows.Ring.At(v.cursor)
	if !ok {
		return
	}
	v.show(&rec)
	v.open = true
}

// isOpen tells whether a row is the record that is shown whole.
func (v *View) isOpen(p *preview) bool {
	c := v.panel.Content()
	return v.open && c != nil && c.Record.Partition == p.partition && c.Record.Offset == p.offset
}

// show decodes a record for the panel, without waiting for a schema.
func (v *View) show(rec *kafka.Record) {
	shown, d := v.decode(rec)
	shown.Headers = slices.Clone(shown.Headers) // the masker will write over them
	c := record.NewContent(&shown, &d)
	c.Size = len(rec.Value)
	c.Map = func() []avro.Span { return v.mapBytes(&shown, &c.Decoded.Info) }
	v.panel.Show(c)
	if c.Waiting {
		v.wakeIn(retryAfter / 10)
	}
}

// decode decodes a record to the end, without waiting for a schema, and hides
// what is to be hidden. Both are good until the next call.
func (v *View) decode(rec *kafka.Record) (kafka.Record, recordjson.Decoded) {
	d := v.whole.Decode(atOnce, rec)
	return v.masker.Apply(rec, &d)
}

// mapBytes says what the bytes of an Avro value mean, by the schema that it was
// decoded with.
func (v *View) mapBytes(rec *kafka.Record, info *decode.Result) []avro.Span {
	if info.Kind != decode.Avro || v.o.Registry == nil || info.HeaderSize > len(rec.Value) {
		return nil
	}
	s, ok := v.o.Registry.CachedByID(info.SchemaID)
	if !ok || s.Avro == nil {
		return nil
	}
	spans, _ := s.Avro.Map(rec.Value[info.HeaderSize:], info.HeaderSize) // its error is the last span
	return spans
}

func (v *View) closeRecord() {
	v.open, v.focus = false, false
	v.panel.SetBytes(false)
}

// wakeIn asks for a frame after a while, because something may look different
// then without a record having come.
func (v *View) wakeIn(d time.Duration) {
	if v.o.Post == nil || v.closed || v.timer != nil {
		return
	}
	v.timer = time.AfterFunc(d, func() { v.o.Post(func() { v.timer = nil }) })
}
