package decode

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/sr"

	"kconsole/avro"
)

// Records in the single-object encoding name their schema by a fingerprint,
// which is found among the versions of the topic's subject.
func TestSingleObjectOfTheTopicsSubject(t *testing.T) {
	l := newLab(t, Options{})
	s, err := avro.Compile(orderSchema, nil)
	if err != nil {
		t.Fatal(err)
	}
	in := Input{Topic: "orders", Data: append(s.AppendSingleObject(nil), orderBytes...)}
	_, r := l.Decode(t.Context(), nil, in)
	if r.Err == nil || !strings.Contains(r.Err.Error(), "no known schema has the fingerprint") || r.Kind != Bytes || r.Format != SingleObject {
		t.Fatalf("without a subject: %+v", r)
	}

	l = newLab(t, Options{})
	l.register(t, "orders-value", sr.TypeAvro, `"long"`)
	id := l.register(t, "orders-value", sr.TypeAvro, orderSchema)
	out, r := l.Decode(t.Context(), nil, in)
	want := Result{Kind: Avro, Format: SingleObject, SchemaID: id, Subject: "orders-value", Version: 2, Message: "Order", HeaderSize: 10, Size: len(in.Data)}
	if string(out) != `{"id":"o-1","total":54.90}` || r != want {
		t.Fatalf("%s\n%+v\n%+v", out, r, want)
	}
	unknown := Input{Topic: "orders", Data: append([]byte{0xc3, 0x01, 1, 2, 3, 4, 5, 6, 7, 8}, orderBytes...)}
	if _, r := l.Decode(t.Context(), nil, unknown); r.Err == nil || !strings.Contains(r.Err.Error(), "nor has any of subject orders-value") {
		t.Errorf("%+v", r)
	}
}

// Who cannot wait gets an answer at once, and the schema with a later record.
func TestSingleObjectWithoutWaiting(t *testing.T) {
	l := newLab(t, Options{})
	l.register(t, "orders-value", sr.TypeAvro, orderSchema)
	s, err := avro.Compile(orderSchema, nil)
	if err != nil {
		t.Fatal(err)
	}
	in := Input{Topic: "orders", Data: append(s.AppendSingleObject(nil), orderBytes...)}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if _, r := l.Decode(ended, nil, in); r.Err != nil && !errors.Is(r.Err, context.Canceled) {
		t.Fatal(r.Err)
	}
	for end := time.Now().Add(30 * time.Second); ; time.Sleep(5 * time.Millisecond) {
		_, r := l.Decode(ended, nil, in)
		if r.Err == nil {
			return
		}
		if time.Now().After(end) {
			t.Fatal(r.Err)
		}
	}
}
