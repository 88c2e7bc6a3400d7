package tailbox

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"kconsole/avro/decode"
	"kconsole/kafka"
	"kconsole/kafka/recordjson"
	"kconsole/kafka/replay"
	"kconsole/ui/theme"
	"kconsole/ui/units"
)

// maxShownItem bounds the texts that the cart shows of a record.
const maxShownItem = 400

// keep puts the marked records, or the one under the cursor, into the cart.
func (v *View) keep() {
	if v.o.Keep == nil {
		return
	}
	records := v.marks.records
	if rec, ok := v.rows.Ring.At(v.cursor); ok && len(records) == 0 {
		records = []kafka.Record{rec}
	}
	if len(records) == 0 {
		return
	}
	items := make([]replay.Item, len(records))
	for i := range records {
		items[i] = v.item(&records[i])
	}
	added, all, err := v.o.Keep(items)
	if err != nil {
		v.fail(err)
		return
	}
	v.marks.clear()
	what := units.Plural(added, "record") + " put into the cart"
	if before := len(items) - added; before > 0 {
		what += fmt.Sprintf(", %d there already", before)
	}
	v.say(theme.Fine, fmt.Sprintf("%s; it holds %d (:cart)", what, all))
}

// item is a record as the cart keeps it.
func (v *View) item(rec *kafka.Record) replay.Item {
	out := replay.Item{Original: cloneRecord(rec)}
	whole := v.whole.Decode(atOnce, rec)
	shown, d := v.masker.Apply(rec, &whole)
	out.Masked = hides(rec, &shown)
	out.Key, out.Value = cut(itemKey(&shown, &d)), cut(itemValue(&shown, &d))
	if !out.Masked {
		v.editable(&out, &d)
	}
	return out
}

// hides tells whether a masker left something out.
func hides(rec, shown *kafka.Record) bool {
	return !bytes.Equal(rec.Key, shown.Key) || !bytes.Equal(rec.Value, shown.Value) ||
		!slices.EqualFunc(rec.Headers, shown.Headers, func(a, b kafka.Header) bool { return bytes.Equal(a.Value, b.Value) })
}

// editable fills in how the value can be edited.
func (v *View) editable(out *replay.Item, d *recordjson.Decoded) {
	value, info := out.Original.Value, &d.Info
	out.SchemaID = info.SchemaID
	switch {
	case value == nil:
		out.Text = []byte{}
	case errors.Is(info.Err, context.Canceled):
		out.NotText = "its schema had not come yet when it was put here"
	case info.Err != nil:
		out.NotText = "it cannot be read: " + info.Err.Error()
	case info.SchemaID == 0 && info.GUID == "" && (info.Kind == decode.Text || info.Kind == decode.JSON || info.Kind == ""):
		out.Text = bytes.Clone(value)
	case info.Format == decode.Confluent && (info.Kind == decode.Avro || info.Kind == decode.JSONSchema) && v.o.Registry != nil:
		if s, ok := v.o.Registry.CachedByID(info.SchemaID); ok {
			out.Text, out.Schema = bytes.Clone(d.Value), s
			return
		}
		out.NotText = "its schema is not at hand"
	default:
		out.NotText = fmt.Sprintf("a value in %s is not encoded again here", info.Kind)
	}
}

// itemKey and itemValue are what the cart shows of a record.
func itemKey(rec *kafka.Record, d *recordjson.Decoded) string {
	if rec.Key == nil {
		return "null"
	}
	return string(shownKey(rec, d))
}

func itemValue(rec *kafka.Record, d *recordjson.Decoded) string {
	switch {
	case rec.Value == nil:
		return "null"
	case d.Info.Err != nil:
		return fault(rec, d)
	}
	return string(shownValue(rec, d))
}

func cut(text string) string {
	if len(text) <= maxShownItem {
		return text
	}
	return strings.ToValidUTF8(text[:maxShownItem], "") + "…"
}
