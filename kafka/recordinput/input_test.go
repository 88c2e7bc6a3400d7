package recordinput_test

import (
	"bytes"
	"reflect"
	"strings"
	"testing"
	"time"

	"kconsole/avro"
	"kconsole/avro/decode"
	"kconsole/avro/registry"
	"kconsole/kafka"
	"kconsole/kafka/recordinput"
	"kconsole/kafka/recordjson"
)

func TestLines(t *testing.T) {
	at := time.Date(2026, 11, 23, 14, 2, 10, 460e6, time.UTC)
	for text, want := range map[string]kafka.NewRecord{
		`{}`:                             {Partition: -1},
		`{"key":"c-1","value":"text"}`:   {Partition: -1, Key: []byte("c-1"), Value: []byte("text")},
		`{"value":{"a": [1, 2.50]}}`:     {Partition: -1, Value: []byte(`{"a":[1,2.50]}`)},
		`{"key":7,"value":null}`:         {Partition: -1, Key: []byte("7")},
		`{"value":""}`:                   {Partition: -1, Value: []byte{}},
		`{"value":null,"raw":"AAEC"}`:    {Partition: -1, Value: []byte{0, 1, 2}},
		`{"key":null,"key_raw":"/w=="}`:  {Partition: -1, Key: []byte{0xff}},
		`{"partition":3,"value":"x"}`:    {Partition: 3, Value: []byte("x")},
		`{"headers":{"b":"1","a":null}}`: {Partition: -1, Headers: []kafka.Header{{Key: "b", Value: []byte("1")}, {Key: "a"}}},
		`{"headers":[{"key":"a","value":"1"},{"key":"a","value":null,"raw":"/w=="}]}`: {Partition: -1, Headers: []kafka.Header{{Key: "a", Value: []byte("1")}, {Key: "a", Value: []byte{0xff}}}},
		`{"timestamp":"2026-11-23T14:02:10.460Z"}`:                                    {Partition: -1, Timestamp: at},
	} {
		d, err := recordinput.ParseLine([]byte(text))
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		got, err := recordinput.Encoder{}.Record("", d)
		if err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v, %v\nwant %+v", text, got, err, want)
		}
	}
	for text, want := range map[string]string{
		`{"vlaue":1}`:                           `did you mean value?`,
		`{"nonsense":1}`:                        `known are key`,
		`[1]`:                                   `no JSON object`,
		`{"value":`:                             `no JSON object`,
		"{\"value\":\"\xff\"}":                  `not UTF-8`,
		`{"partition":-1}`:                      `from 0`,
		`{"partition":"x"}`:                     `no record`,
		`{"raw":"*"}`:                           `no record`,
		`{"headers":[{"value":"x"}]}`:           `headers[0]: the key is missing`,
		`{"headers":{"a":1}}`:                   `must be text`,
		`{"headers":[{"key":"a","vlaue":"x"}]}`: `unknown field`,
		`{"timestamp":"yesterday"}`:             `no record`,
	} {
		if _, err := recordinput.ParseLine([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s gives %v, want %s", text, err, want)
		}
	}
	d, err := recordinput.ParseLine([]byte(`{"value":null,"error":"broken"}`))
	if err == nil {
		_, err = recordinput.Encoder{}.Record("", d)
	}
	if err == nil {
		t.Error("a value that was lost becomes a tombstone")
	}
}

// TestWhatIsReadCanBeWritten: a record that is written as a JSON line comes back
// the same.
func TestWhatIsReadCanBeWritten(t *testing.T) {
	s, err := avro.Compile(`{"type":"record","name":"R","fields":[{"name":"a","type":"int"},{"name":"b","type":["null","string"]}]}`, nil)
	if err != nil {
		t.Fatal(err)
	}
	by, err := decode.NewEncoder(&registry.Schema{ID: 7, Kind: registry.Avro, Avro: s}, "")
	if err != nil {
		t.Fatal(err)
	}
	text := []byte(`{"a":5,"b":"x\u202ey"}`)
	value, err := by.Append(nil, text)
	if err != nil {
		t.Fatal(err)
	}
	rec := kafka.Record{
		Topic: "t", Partition: 2, Offset: 9, Timestamp: time.UnixMilli(1_700_000_000_123).UTC(), Key: []byte{0xff, 1}, Value: value,
		Headers: []kafka.Header{{Key: "a", Value: []byte("1")}, {Key: "a"}, {Key: "b", Value: []byte{0xfe}}},
	}
	line := recordjson.Append(nil, &rec, &recordjson.Decoded{Value: text, Info: decode.Result{SchemaID: 7, Subject: "t-value", Version: 1}})
	d, err := recordinput.ParseLine(line)
	if err != nil {
		t.Fatal(err)
	}
	got, err := recordinput.Encoder{Value: by}.Record("t", d)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got.Value, value) || !bytes.Equal(got.Key, rec.Key) || got.Partition != 2 || !got.Timestamp.Equal(rec.Timestamp) ||
		!reflect.DeepEqual(got.Headers, rec.Headers) || d.NamesSchema != "t-value version 1" {
		t.Errorf("%s\ncomes back as %+v", line, got)
	}
	d.Value = []byte(`{"a":"no number"}`)
	if _, err := (recordinput.Encoder{Value: by}).Record("t", d); err == nil || !strings.Contains(err.Error(), "a: ") {
		t.Errorf("a value that does not fit: %v", err)
	}
}
