package record_test

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gdamore/tcell/v2"
	"go.uber.org/goleak"

	"kconsole/avro"
	"kconsole/avro/decode"
	"kconsole/kafka"
	"kconsole/kafka/recordjson"
	"kconsole/ui/widget/record"
	"kconsole/ui/widget/screentest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var at = time.Date(2026, 11, 23, 14, 2, 10, 460_000_000, time.UTC)

func order() *record.Content {
	return &record.Content{
		Record: kafka.Record{
			Topic: "orders", Partition: 3, Offset: 302118, Timestamp: at, Key: []byte("c-4711"),
			Value: []byte("\x00\x00\x00\x00\x11\x0eo-88123\x02\x08XMAS"),
			Headers: []kafka.Header{
				{Key: "trace", Value: []byte("8f3a")},
				{Key: "trace", Value: []byte("9b77")},
				{Key: "lab"},
				{Key: "sig", Value: []byte{0xff, 0xad}},
				{Key: "empty", Value: []byte{}},
			},
		},
		Decoded: recordjson.Decoded{
			Key:     []byte(`"c-4711"`),
			KeyInfo: decode.Result{Kind: decode.Text},
			Value: []byte(`{"id":"o-88123","total":99.00,"placed":"2026-11-23T14:02:10.460Z","items":[{"sku":"a-1","n":2},{"sku":"b-77","n":1}],` +
				`"paid":true,"note":null,"tags":[],"text":"` + strings.Repeat("long line ", 12) + `"}`),
			Info: decode.Result{Kind: decode.Avro, Format: decode.Confluent, SchemaID: 17, Subject: "orders-value", Version: 3, HeaderSize: 5},
		},
	}
}

func newView(t testing.TB, c *record.Content) *record.View {
	v := record.New(screentest.Theme(t), time.UTC, func() time.Time { return at.Add(3 * time.Minute) })
	if c != nil {
		v.Show(c)
	}
	return v
}

func press(v *record.View, keys ...any) {
	for _, k := range keys {
		switch k := k.(type) {
		case tcell.Key:
			v.Key(tcell.NewEventKey(k, 0, 0))
		case rune:
			v.Key(tcell.NewEventKey(tcell.KeyRune, k, 0))
		}
	}
}

func TestGolden(t *testing.T) {
	for _, size := range [][2]int{{80, 24}, {120, 40}, {44, 12}} {
		name := fmt.Sprintf("%dx%d", size[0], size[1])
		v := newView(t, order())
		s := screentest.New(t, size[0], size[1], v)
		s.Golden("whole-" + name)
		press(v, tcell.KeyEnd)
		s.Golden("end-" + name)
		v.SetBytes(true)
		press(v, tcell.KeyHome)
		s.Golden("bytes-" + name)
	}
}

func TestGoldenFaults(t *testing.T) {
	broken := order()
	broken.Decoded.Value = []byte(`{"id":"o-88123"}`)
	broken.Decoded.Info.Err = errors.New("total: ends at byte 14, where 8 bytes of double were expected")
	unknown := order()
	unknown.Decoded.Value = nil
	unknown.Decoded.Info = decode.Result{Kind: decode.Bytes, SchemaID: 99, Err: errors.New("schema 99 not available: not found")}
	unknown.Record.LogAppend = true
	waiting := order()
	waiting.Decoded.Value, waiting.Waiting = nil, true
	tombstone := order()
	tombstone.Record.Value, tombstone.Record.Key, tombstone.Record.Headers = nil, nil, nil
	tombstone.Record.Timestamp = time.UnixMilli(-1)
	tombstone.Decoded = recordjson.Decoded{}
	for name, c := range map[string]*record.Content{"broken": broken, "unknown": unknown, "waiting": waiting, "tombstone": tombstone} {
		screentest.New(t, 80, 24, newView(t, c)).Golden(name)
	}
}

// hostile are texts that a terminal or tview would obey.
var hostile = []string{
	"\x1b]0;owned\x07\x1b[2J\x1b[31m", "\u009b31m", "[red::b]tag[-] [:::https://e.example]x", "a\u202egnp.exe\u2066", "zero\u200bwidth\ufeff",
	"lf\ncr\rtab\t\x00\x7f", "\xff\xfe bad", strings.Repeat("e"+strings.Repeat("\u0301", 300), 5), "漢字🎉👩‍🚀", "[\"region\"]",
}

func TestHostileRecordsAreShownNotObeyed(t *testing.T) {
	for _, text := range hostile {
		for _, how := range []string{"text", "json", "bytes"} {
			c := &record.Content{Record: kafka.Record{Topic: text, Key: []byte(text), Value: []byte(text), Headers: []kafka.Header{{Key: text, Value: []byte(text)}}}}
			c.Decoded.Info.Err = errors.New(text)
			c.Decoded.Info.SchemaID, c.Decoded.Info.Subject = 7, text
			switch how {
			case "json":
				c.Decoded.Value = recordjson.AppendCompact(nil, fmt.Appendf(nil, "{%q: %q}", text, text))
			case "text":
				c.Decoded.Info.Err = nil
			}
			v := newView(t, c)
			s := screentest.New(t, 60, 30, v)
			for range 2 {
				for y, line := range strings.Split(s.Text(), "\n") {
					for _, r := range line {
						if r < ' ' || r >= 0x7f && r < 0xa0 || r >= 0x200b && r <= 0x200f || r >= 0x202a && r <= 0x202e || r >= 0x2060 && r <= 0x206f || r == 0xfeff {
							t.Errorf("%q as %s: %U in row %d: %q", text, how, r, y, line)
						}
					}
				}
				v.SetBytes(true)
				s.Draw()
			}
		}
	}
	v := newView(t, &record.Content{Record: kafka.Record{Value: []byte("[red]not a tag[-]")}})
	if s := screentest.New(t, 60, 10, v); !strings.Contains(s.Text(), "[red]not a tag[-]") {
		t.Errorf("tview's tags were taken for tags:\n%s", s.Text())
	}
}

// TestRowsCoverEverything walks up and down a value whose text numbers its own
// places, and looks for each of them.
func TestRowsCoverEverything(t *testing.T) {
	for _, fill := range []string{"x", "漢", "é"} {
		var b bytes.Buffer
		for i := range 500 {
			fmt.Fprintf(&b, "<%d>%s", i, strings.Repeat(fill, i%7))
		}
		v := newView(t, &record.Content{Record: kafka.Record{Value: b.Bytes()}})
		s := screentest.New(t, 37, 10, v)
		var down []string
		for range 20_000 {
			down = append(down, s.Line(5))
			before := s.Text()
			press(v, tcell.KeyDown)
			s.Draw()
			if s.Text() == before {
				break
			}
		}
		all := strings.Join(down, "")
		for i := 100; i < 450; i++ {
			if !strings.Contains(all, fmt.Sprintf("<%d>", i)) && !strings.Contains(strings.ReplaceAll(all, "  ", ""), fmt.Sprintf("<%d>", i)) {
				t.Fatalf("place %d of %q is on no row", i, fill)
			}
		}
		for i := len(down) - 1; i > 0; i-- {
			if got := s.Line(5); got != down[i] {
				t.Fatalf("%q: row %d is %q on the way up, was %q", fill, i, got, down[i])
			}
			press(v, tcell.KeyUp)
			s.Draw()
		}
	}
}

// TestHugeValue holds that a frame of a value of a megabyte looks at what is
// visible and little more, in whatever shape it comes.
func TestHugeValue(t *testing.T) {
	shapes := map[string][]byte{
		"one string": append(append([]byte(`"`), bytes.Repeat([]byte("a"), 1<<20)...), '"'),
		"wide":       append(append([]byte(`"`), bytes.Repeat([]byte("漢"), 1<<17)...), '"'),
		"nested":     append(bytes.Repeat([]byte("["), 1<<19), bytes.Repeat([]byte("]"), 1<<19)...),
		"numbers":    append(append([]byte("["), bytes.Repeat([]byte("1,"), 1<<19)...), "1]"...),
	}
	const height = 24
	for name, json := range shapes {
		c := &record.Content{Record: kafka.Record{Value: json}, Decoded: recordjson.Decoded{Value: json, Info: decode.Result{Kind: decode.JSON}}}
		v := newView(t, c)
		s := screentest.New(t, 80, height, v)
		frame := func(what string) {
			t.Helper()
			before := v.Walked()
			s.Draw()
			if n := v.Walked() - before; n > 20*height {
				t.Errorf("%s: a frame of %d rows %s laid out %d", name, height, what, n)
			}
		}
		frame("at the top")
		press(v, tcell.KeyPgDn)
		frame("further down")
		press(v, tcell.KeyEnd) // has to walk through the last line once
		s.Draw()
		for range 20 {
			press(v, tcell.KeyPgUp)
			frame("near the end")
		}
		if !strings.Contains(s.Text(), "%") {
			t.Errorf("%s: the screen does not tell where it is:\n%s", name, s.Text())
		}
	}
}

const mapSchema = `{"type":"record","name":"Order","fields":[
	{"name":"id","type":"string"},
	{"name":"coupon","type":["null","string"]},
	{"name":"total","type":{"type":"bytes","logicalType":"decimal","precision":8,"scale":2}},
	{"name":"items","type":{"type":"array","items":"int"}},
	{"name":"tags","type":{"type":"map","values":"boolean"}},
	{"name":"note","type":"string"}]}`

func TestGoldenByteMap(t *testing.T) {
	schema, err := avro.Compile(mapSchema, nil)
	if err != nil {
		t.Fatal(err)
	}
	payload := "\x0eo-88123" + "\x02\x08XMAS" + "\x04\x15\x72" + "\x04\x02\x04\x00" + "\x02\x02a\x01\x00" + "\x32the note is \x1b[31mtoo long"
	show := func(payload string) *screentest.Screen {
		c := order()
		c.Record.Value = append([]byte{0, 0, 0, 0, 17}, payload...)
		c.Map = func() []avro.Span {
			spans, _ := schema.Map(c.Record.Value[5:], 5)
			return spans
		}
		v := newView(t, c)
		v.SetBytes(true)
		return screentest.New(t, 80, 24, v)
	}
	show(payload).Golden("bytes-mapped")
	show(payload[:14]).Golden("bytes-broken")
	show(payload + "\x00more").Golden("bytes-trailing")
}

// TestAMeaningTakesTheRowsItNeeds: one byte has one row, and what it says of a
// field with a long name does not end in front of the value.
func TestAMeaningTakesTheRowsItNeeds(t *testing.T) {
	schema, err := avro.Compile(`{"type":"record","name":"Order","fields":[{"name":"items","type":{"type":"array","items":{"type":"record","name":"Item","fields":[
		{"name":"price","type":{"type":"bytes","logicalType":"decimal","precision":10,"scale":2}}]}}}]}`, nil)
	if err != nil {
		t.Fatal(err)
	}
	c := order()
	c.Record.Value = []byte("\x00\x00\x00\x00\x11\x02\x04\x15\x72\x00")
	c.Map = func() []avro.Span {
		spans, _ := schema.Map(c.Record.Value[5:], 5)
		return spans
	}
	v := newView(t, c)
	v.SetBytes(true)
	rows := strings.Split(screentest.New(t, 80, 24, v).Text(), "\n")
	at := slices.IndexFunc(rows, func(l string) bool { return strings.Contains(l, "items[0].price: decimal(10,2), length 2") })
	if at < 0 || strings.TrimSpace(rows[at+1]) != "54.90" || !strings.Contains(rows[at+2], "00000009  00") {
		t.Errorf("the value is not under its name:\n%s", strings.Join(rows, "\n"))
	}
	for width := 1; width <= 100; width++ {
		s := screentest.New(t, width, 3, v)
		v.Key(tcell.NewEventKey(tcell.KeyEnd, 0, tcell.ModNone))
		s.Draw()
		if text := s.Text(); width > 50 && !strings.Contains(text, "items: end") {
			t.Errorf("%d wide, the last row is not reached:\n%s", width, text)
		}
	}
}

func TestPlaceIsKeptWhenTheSchemaArrives(t *testing.T) {
	c := order()
	v := newView(t, c)
	s := screentest.New(t, 44, 6, v)
	press(v, tcell.KeyPgDn, tcell.KeyPgDn)
	s.Draw()
	want := s.Text()
	again := *c
	v.Show(&again)
	s.Draw()
	if got := s.Text(); got != want {
		t.Errorf("the same record moved:\n%s\nwas\n%s", got, want)
	}
	other := *c
	other.Record.Offset++
	v.Show(&other)
	s.Draw()
	if got := s.Line(0); !strings.HasPrefix(got, "p3 · 302,119") {
		t.Errorf("another record does not begin at its top: %q", got)
	}
}

func BenchmarkShowAndDraw(b *testing.B) {
	v := newView(b, nil)
	s := screentest.New(b, 80, 24, v)
	c := order()
	for b.Loop() {
		v.Show(c)
		s.Draw()
	}
}
