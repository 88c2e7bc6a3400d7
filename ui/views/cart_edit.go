package views

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"kconsole/avro/decode"
	"kconsole/kafka"
	"kconsole/kafka/recordinput"
	"kconsole/kafka/recordjson"
	"kconsole/kafka/replay"
	"kconsole/ui/dialog"
	"kconsole/ui/page"
	"kconsole/ui/theme"
	"kconsole/ui/widget/lineedit"
)

// What the value of an edited record may be.
const (
	valueBelow = "the value below"
	valueKept  = "byte for byte as it was read"
)

// itemForm is the form of one record of the cart: what its fields began with. A
// field that still has that when the form is done leaves its bytes alone.
type itemForm struct {
	item                *replay.Item
	key, value, headers string
	keyText, valueText  bool // they can be typed
	headersText         bool
}

// editItem opens the form that edits a record of the cart.
func editItem(h page.Host, item *replay.Item) {
	f := newItemForm(item)
	_, value, _, partition := item.Now()
	shown := func(is bool) func(dialog.Values) bool { return func(dialog.Values) bool { return is } }
	choices := []string{valueKept, asTombstone}
	switch {
	case value == nil && f.valueText: // a tombstone may become something else
		choices = []string{asTombstone, valueBelow}
	case f.valueText:
		choices = []string{valueBelow, asTombstone}
	}
	help := "ctrl-o opens it in your editor. It is written as text, as it stands here."
	file := "value.txt"
	if item.Schema != nil {
		help = fmt.Sprintf("JSON, encoded again with schema id %d; ctrl-o opens it in your editor.", item.SchemaID)
	}
	if json.Valid([]byte(f.value)) {
		file = "value.json"
	}
	asHelp := "A tombstone deletes what has its key on a compacted topic."
	if !f.valueText {
		asHelp += " The value cannot be edited: " + f.whyNot() + "."
	}
	dialog.Form{
		Title: "Edit " + item.Place(),
		Fields: []dialog.Field{
			{Name: "key", Label: "Key", Value: f.key, Shown: shown(f.keyText), Help: "Nothing: no key. What is not changed is sent byte for byte."},
			{Name: "as", Label: "Value is", Choices: choices, Help: asHelp},
			{Name: "value", Label: "Value", Value: f.value, Editor: file, Shown: func(v dialog.Values) bool { return v["as"] == valueBelow }, Help: help},
			{Name: "headers", Label: "Headers", Value: f.headers, Editor: "headers.json", Shown: shown(f.headersText), Help: `A list as [{"key":"trace","value":"8f3a"}]; names may repeat. ctrl-o opens it in your editor.`, Check: func(v string) error {
				_, err := headersOf(v)
				return err
			}},
			{Name: "partition", Label: "Partition", Value: partitionText(partition), Check: optionalNumber(0, 1<<31-1), Help: "Nothing: as the sending says."},
		},
		Submit: func(v dialog.Values) error {
			e, err := f.edit(v)
			if err != nil {
				return err
			}
			if err := h.State().Cart.Change(item.ID, e); err != nil {
				return err
			}
			h.Say(theme.Fine, "edited "+item.Place()+": it is sent like that")
			h.Refresh()
			return nil
		},
	}.Open(h)
}

func partitionText(n int32) string {
	if n < 0 {
		return ""
	}
	return strconv.Itoa(int(n))
}

func newItemForm(item *replay.Item) *itemForm {
	f := &itemForm{item: item}
	key, _, headers, _ := item.Now()
	if isTyped(key) {
		f.key, f.keyText = string(key), true
	}
	text := item.Text
	if item.Edit != nil && item.Edit.ValueText != nil {
		text = item.Edit.ValueText
	}
	var flat bytes.Buffer
	if json.Compact(&flat, text) == nil {
		text = flat.Bytes()
	}
	if item.Text != nil && len(text) <= lineedit.MaxBytes && utf8.Valid(text) {
		f.value, f.valueText = string(text), true
	}
	list := headerJSON(headers)
	if len(list) <= lineedit.MaxBytes {
		f.headers, f.headersText = list, true
	}
	return f
}

// whyNot says why the value cannot be typed.
func (f *itemForm) whyNot() string {
	if f.item.Text == nil {
		return f.item.NotText
	}
	return fmt.Sprintf("it is longer than %d kB, or no text", lineedit.MaxBytes>>10)
}

// isTyped tells whether a key can be typed: text without control characters.
func isTyped(b []byte) bool {
	return len(b) <= lineedit.MaxBytes && utf8.Valid(b) && bytes.IndexFunc(b, unicode.IsControl) < 0
}

// same tells whether a field is as it began; forms cut the spaces around.
func same(now, before string) bool { return now == strings.TrimSpace(before) }

// edit is what the form makes of the record; nil: it is as it was read.
func (f *itemForm) edit(v dialog.Values) (*replay.Edit, error) {
	key, value, headers, _ := f.item.Now()
	e := &replay.Edit{Key: key, Value: value, Headers: headers, Partition: -1}
	e.KeyShown, e.ValueShown = f.item.Shown()
	if f.item.Edit != nil {
		e.ValueText = f.item.Edit.ValueText
	} else {
		e.ValueText = f.item.Text
	}
	if f.keyText && !same(v["key"], f.key) {
		e.Key, e.KeyShown = []byte(v["key"]), v["key"]
		if v["key"] == "" {
			e.Key, e.KeyShown = nil, "null"
		}
	}
	switch {
	case v["as"] == asTombstone:
		e.Value, e.ValueShown = nil, "null"
	case v["as"] == valueBelow && (value == nil || !same(v["value"], f.value)):
		encoded, err := f.encode(v["value"])
		if err != nil {
			return nil, err
		}
		e.Value, e.ValueText, e.ValueShown = encoded, []byte(v["value"]), v["value"]
	}
	if f.headersText && !same(v["headers"], f.headers) {
		list, err := headersOf(v["headers"])
		if err != nil {
			return nil, err
		}
		e.Headers = list
	}
	if v["partition"] != "" {
		e.Partition = int32(atoi(v["partition"]))
	}
	if e.Key == nil && e.Value == nil {
		return nil, &kafka.Error{What: "a tombstone needs a key", Why: "it deletes what has its key", Do: "type the key", Kind: kafka.Invalid}
	}
	return e, nil
}

// encode writes the typed value as it was written: by its schema, or as text.
func (f *itemForm) encode(text string) ([]byte, error) {
	if f.item.Schema == nil {
		return []byte(text), nil
	}
	enc, err := decode.NewEncoder(f.item.Schema, "")
	if err != nil {
		return nil, err
	}
	out, err := enc.Append(nil, []byte(text))
	if err != nil {
		return nil, &kafka.Error{What: "the value does not fit the schema", Why: strings.ReplaceAll(err.Error(), "\n", "; "), Do: "correct the fields that are named", Kind: kafka.Invalid, Err: err}
	}
	return out, nil
}

// headerJSON is the list of headers as records in JSON lines have it, so that
// repeated names, nulls and bytes that are no text come back as they are.
func headerJSON(headers []kafka.Header) string {
	line := recordjson.Append(nil, &kafka.Record{Headers: headers}, nil)
	var of struct {
		Headers json.RawMessage `json:"headers"`
	}
	if err := json.Unmarshal(line, &of); err != nil {
		return "[]"
	}
	return string(of.Headers)
}

func headersOf(text string) ([]kafka.Header, error) {
	if text == "" {
		return nil, nil
	}
	d, err := recordinput.ParseLine([]byte(`{"headers":` + text + `}`))
	return d.Headers, err
}
