package tail_test

import (
	"bytes"
	"fmt"
	"sync"
	"testing"

	"kconsole/kafka"
	"kconsole/kafka/tail"
)

func TestRingKeepsTheNewestWithinItsBounds(t *testing.T) {
	r := tail.NewRing(100, 1<<20)
	for i := range 250 {
		r.Push(kafka.Record{Offset: int64(i), Value: fmt.Append(nil, i)})
	}
	first, next := r.Bounds()
	if first != 150 || next != 250 {
		t.Fatalf("bounds %d to %d, want 150 to 250", first, next)
	}
	for seq := first; seq < next; seq++ {
		if rec, ok := r.At(seq); !ok || rec.Offset != int64(seq) || string(rec.Value) != fmt.Sprint(seq) {
			t.Fatalf("at %d: %+v, %v", seq, rec, ok)
		}
	}
	if _, ok := r.At(149); ok {
		t.Error("a dropped record is still there")
	}
	if _, ok := r.At(250); ok {
		t.Error("a record of the future is there")
	}
	to := make([]kafka.Record, 10)
	if n, from := r.Copy(to, 0); n != 10 || from != 150 || to[9].Offset != 159 {
		t.Errorf("copy from 0: %d from %d", n, from)
	}
	if n, from := r.Copy(to, 245); n != 5 || from != 245 {
		t.Errorf("copy from 245: %d from %d", n, from)
	}
	r.Clear()
	if first, next := r.Bounds(); first != 250 || next != 250 || r.Bytes() != 0 {
		t.Errorf("cleared: %d to %d, %d bytes", first, next, r.Bytes())
	}
	r.Push(kafka.Record{Offset: 1})
	if rec, ok := r.At(250); !ok || rec.Offset != 1 {
		t.Errorf("after clear: %+v, %v", rec, ok)
	}
}

func TestRingIsBoundedByBytes(t *testing.T) {
	r := tail.NewRing(1_000_000, 64<<10)
	big := bytes.Repeat([]byte("x"), 10<<10)
	for i := range 100 {
		r.Push(kafka.Record{Offset: int64(i), Value: big, Headers: []kafka.Header{{Key: "h", Value: big[:100]}}})
		if r.Bytes() > 64<<10 {
			t.Fatalf("%d bytes after %d", r.Bytes(), i)
		}
	}
	if first, next := r.Bounds(); next-first != 6 {
		t.Errorf("%d records of 10 KiB in 64 KiB", next-first)
	}
	r.Push(kafka.Record{Offset: 7, Value: make([]byte, 1<<20)})
	if first, next := r.Bounds(); next-first != 1 {
		t.Errorf("%d records, want just the one that is larger than the ring", next-first)
	}
}

func TestRingCopiesAndKeepsNullApart(t *testing.T) {
	r := tail.NewRing(10, 1<<20)
	value := []byte("abc")
	r.Push(kafka.Record{Value: value, Key: []byte{}, Headers: []kafka.Header{{Key: "k"}}})
	value[0] = 'X'
	rec, _ := r.At(0)
	if string(rec.Value) != "abc" || rec.Key == nil || rec.Headers[0].Value != nil {
		t.Errorf("%+v", rec)
	}
}

func TestRingOneWriterManyReaders(t *testing.T) {
	r := tail.NewRing(64, 1<<20)
	var wg sync.WaitGroup
	stop := make(chan struct{})
	for range 3 {
		wg.Go(func() {
			to := make([]kafka.Record, 20)
			for {
				select {
				case <-stop:
					return
				default:
				}
				first, _ := r.Bounds()
				n, from := r.Copy(to, first)
				for i := range n {
					if to[i].Offset != int64(from)+int64(i) || string(to[i].Value) != fmt.Sprint(to[i].Offset) {
						t.Errorf("at %d: %+v", from, to[i])
						return
					}
				}
			}
		})
	}
	for i := range 20_000 {
		r.Push(kafka.Record{Offset: int64(i), Value: fmt.Append(nil, i)})
	}
	close(stop)
	wg.Wait()
}
