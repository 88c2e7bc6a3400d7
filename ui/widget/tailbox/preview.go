package tailbox

import (
	"context"
	"errors"
	"time"
	"unicode/utf8"

	"kconsole/avro"
	"kconsole/avro/registry"
	"kconsole/kafka"
	"kconsole/kafka/recordjson"
	"kconsole/kafka/tail"
)

const (
	// maxValue and maxKey bound what a row shows, in bytes.
	maxValue = 4 << 10
	maxKey   = 256
	// looksOnly is the size from which on a value that names no schema is shown
	// by its first bytes alone: to know all of it would take longer than a frame.
	looksOnly = 64 << 10
	// maxPreviews bounds the previews that are kept, in bytes. Those of one frame
	// are always kept.
	maxPreviews = 1 << 20
	// retryAfter is when a record whose schema could not be had is tried again.
	retryAfter = time.Second
)

// preview is a record as a row shows it.
type preview struct {
	partition int32
	offset    int64
	timestamp time.Time
	null      bool // a null value: a tombstone on compacted topics
	nullKey   bool
	waiting   bool // for its schema: it is tried again with each frame
	key       []byte
	value     []byte
	fault     string    // stands for the value; empty: it could be decoded
	retry     time.Time // when it may come out differently; zero: never
	frame     uint64    // that showed it last
}

func (p *preview) size() int { return 256 + len(p.key) + len(p.value) + len(p.fault) }

// previews makes the previews of the visible records, once.
type previews struct {
	decoder *recordjson.Decoder
	long    *recordjson.Decoder // decodes to the end
	mask    *recordjson.Masker
	kept    map[uint64]*preview // by sequence number
	bytes   int
	frame   uint64
	made    int // counts decodings, for tests
}

// atOnce is a context for decoding without waiting for anything.
var atOnce = func() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}()

func (ps *previews) forget() { ps.kept, ps.bytes = map[uint64]*preview{}, 0 }

// begin starts a frame and drops what the last one did not show, if there is
// too much.
func (ps *previews) begin() {
	if ps.bytes > maxPreviews {
		for seq, p := range ps.kept {
			if p.frame != ps.frame {
				ps.bytes -= p.size()
				delete(ps.kept, seq)
			}
		}
	}
	ps.frame++
}

// get is the preview of a record; get is called for visible ones only. nil: the
// ring has dropped it meanwhile.
func (ps *previews) get(rows *tail.Ring, seq uint64, now time.Time) *preview {
	p := ps.kept[seq]
	if p != nil && !p.waiting && (p.retry.IsZero() || now.Before(p.retry)) {
		p.frame = ps.frame
		return p
	}
	rec, ok := rows.At(seq)
	if !ok {
		return nil
	}
	if p != nil {
		ps.bytes -= p.size()
	}
	p = ps.make(&rec, now)
	p.frame = ps.frame
	ps.kept[seq] = p
	ps.bytes += p.size()
	return p
}

func (ps *previews) make(rec *kafka.Record, now time.Time) *preview {
	ps.made++
	p := &preview{
		partition: rec.Partition, offset: rec.Offset, timestamp: rec.Timestamp,
		null: rec.Value == nil, nullKey: rec.Key == nil,
	}
	if text, ok := startOfText(rec); ok && !ps.mask.Hides() {
		p.key, p.value = clip(rec.Key, maxKey), clip(text, maxValue)
		return p
	}
	decoded := ps.decoder.Decode(atOnce, rec)
	if ps.mask.Hides() && cutShort(decoded.Info.Err) {
		// What is not looked at to the end is no JSON that could be masked.
		decoded = ps.long.Decode(atOnce, rec)
	}
	shown, d := ps.mask.Apply(rec, &decoded)
	p.key = clip(shownKey(&shown, &d), maxKey)
	p.value = clip(shownValue(&shown, &d), maxValue)
	err := d.Info.Err
	if err == nil || cutShort(err) {
		return p
	}
	p.value = nil
	var unavailable *registry.Error
	switch {
	case errors.Is(err, context.Canceled): // the registry has been asked
		p.waiting = true
	case errors.As(err, &unavailable):
		p.retry = now.Add(retryAfter)
		fallthrough
	default:
		p.fault = fault(rec, &d)
	}
	return p
}

// cutShort tells whether decoding only stopped because a row has seen enough.
func cutShort(err error) bool {
	var d *avro.DecodeError
	return errors.As(err, &d) && d.Problem == avro.TooMuchOutput
}

// startOfText is the beginning of a long value that names no schema, if that is
// text.
func startOfText(rec *kafka.Record) ([]byte, bool) {
	v := rec.Value
	if len(v) < looksOnly || v[0] == 0 || v[0] == 0xc3 || len(rec.Headers) > 0 {
		return nil, false
	}
	n := maxValue
	for n > 0 && !utf8.RuneStart(v[n]) {
		n--
	}
	v = v[:n]
	for _, c := range v {
		if c < ' ' && c != '\n' && c != '\r' && c != '\t' {
			return nil, false
		}
	}
	return v, utf8.Valid(v)
}

// clip copies at most n bytes.
func clip(b []byte, n int) []byte {
	if len(b) > n {
		b = b[:n]
	}
	return append([]byte(nil), b...)
}
