package recordjson_test

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"pgregory.net/rapid"

	"kconsole/avro/decode"
	"kconsole/kafka"
	"kconsole/kafka/recordjson"
)

// TestAppender appends records that have some things in common with the one
// before: each has to look as it does alone.
func TestAppender(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var a recordjson.Appender
		topic := rapid.SampledFrom([]string{"orders", "order", "a\"b"})
		partition := rapid.Int32Range(0, 2)
		moment := rapid.SampledFrom([]time.Time{
			{},
			at, at.Add(time.Millisecond), at.Add(539 * time.Millisecond), at.Add(time.Second), time.UnixMilli(-1), time.UnixMilli(-1001),
			time.UnixMilli(-2000), time.UnixMilli(0), time.UnixMilli(999), time.UnixMilli(1<<62 - 1),
		})
		info := rapid.SampledFrom([]decode.Result{
			{},
			{SchemaID: 1},
			{SchemaID: 1, Subject: "orders-value", Version: 1},
			{SchemaID: 1, Subject: "orders-value", Version: 2},
			{SchemaID: 2, Subject: "o", Version: 1},
			{GUID: "8f3a"},
			{SchemaID: 2, GUID: "8f3a"},
			{SchemaID: 2, Err: errors.New("no schema 2")},
		})
		for i := range 20 {
			rec := kafka.Record{Topic: topic.Draw(t, "topic"), Partition: partition.Draw(t, "partition"), Offset: int64(i), Timestamp: moment.Draw(t, "time"), Value: []byte("v")}
			d := recordjson.Decoded{Info: info.Draw(t, "schema"), KeyInfo: info.Draw(t, "schema of the key")}
			if got, want := a.Append(nil, &rec, &d), recordjson.Append(nil, &rec, &d); !bytes.Equal(got, want) {
				t.Fatalf("record %d:\n%s\nalone:\n%s", i, got, want)
			}
		}
	})
}
