package load

import (
	"slices"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// Summary is how a load went.
type Summary struct {
	Topic  string `json:"topic"`
	Format string `json:"format"` // avro, json, bytes, or none
	// Ended says why: duration, records or canceled.
	Ended string `json:"ended"`

	// Sent = Acknowledged + Unconfirmed + Failed.
	Sent         int64 `json:"sent"`
	Acknowledged int64 `json:"acknowledged"` // a broker said that it has them
	Unconfirmed  int64 `json:"unconfirmed"`  // written with acks none: nobody says what became of them
	Failed       int64 `json:"failed"`

	// AskedRate is 0 where no rate was asked for. Rate is Sent / Seconds, and
	// RateError how far it is from AskedRate, as a part of it.
	AskedRate float64 `json:"asked_rate"`
	Rate      float64 `json:"rate"`
	RateError float64 `json:"rate_error"`
	Seconds   float64 `json:"seconds"`       // in which records were sent
	Drain     float64 `json:"drain_seconds"` // until the last was acknowledged, after that

	// Bytes are of keys and values as they were made. Batches, BatchBytes and
	// WireBytes are of what was written in batches, before and after compression;
	// what was written twice counts twice.
	Bytes      int64   `json:"bytes"`
	BytesRate  float64 `json:"bytes_rate"` // a second
	Batches    int64   `json:"batches"`
	BatchBytes int64   `json:"batch_bytes"`
	WireBytes  int64   `json:"wire_bytes"`

	// Latency is from when a record was due, or sent if there is no rate, to its
	// acknowledgment.
	Latency Latency `json:"latency_ms"`

	Keys       KeySummary  `json:"keys"`
	Partitions []Partition `json:"partitions"` // those with acknowledged records
	Errors     []Failure   `json:"errors"`     // the most frequent first

	Acks        string `json:"acks"`
	Compression string `json:"compression"`
	Repeat      int    `json:"values_repeat_after"` // 0: never
}

// Latency is in milliseconds, with three digits of precision.
type Latency struct {
	Min  float64 `json:"min"`
	Mean float64 `json:"mean"`
	P50  float64 `json:"p50"`
	P90  float64 `json:"p90"`
	P95  float64 `json:"p95"`
	P99  float64 `json:"p99"`
	P999 float64 `json:"p999"`
	Max  float64 `json:"max"`
}

// KeySummary is which keys were sent.
type KeySummary struct {
	Distribution Distribution `json:"distribution"`
	Distinct     int          `json:"distinct"`      // that were sent at least once
	Hottest      string       `json:"hottest"`       // the most frequent; "" without keys
	HottestShare float64      `json:"hottest_share"` // of the records
}

// Partition is what a partition took.
type Partition struct {
	Partition    int32 `json:"partition"`
	Acknowledged int64 `json:"acknowledged"`
	First        int64 `json:"first_offset"` // negative: not known (acks none)
	Last         int64 `json:"last_offset"`
}

// Failure is why records failed.
type Failure struct {
	Error   string `json:"error"`
	Records int64  `json:"records"`
}

// Progress is how a load is going.
type Progress struct {
	Elapsed      time.Duration
	Total        int64         // records; 0: not known, see Duration
	Duration     time.Duration // 0: not known, see Total
	Sent         int64
	Acknowledged int64
	Failed       int64
	Rate         float64 // records sent a second, since the last call
	P50, P99     float64 // latency so far, milliseconds; 0: none is known
	LastError    string
}

// Left is how much longer it takes at the pace so far; false: that cannot be told
// yet.
func (p Progress) Left() (time.Duration, bool) {
	f := p.Fraction()
	if f <= 0 || p.Elapsed <= 0 {
		return 0, false
	}
	return time.Duration(float64(p.Elapsed) * (1 - f) / f), true
}

// Fraction is how much is done, from 0 to 1.
func (p Progress) Fraction() float64 {
	var f float64
	if p.Total > 0 {
		f = float64(p.Sent) / float64(p.Total)
	}
	if p.Duration > 0 {
		f = max(f, p.Elapsed.Seconds()/p.Duration.Seconds())
	}
	return min(f, 1)
}

// Histograms count microseconds from 1 to an hour, exact to three digits.
const longest = int64(time.Hour / time.Microsecond)

func newHistogram() *hdrhistogram.Histogram { return hdrhistogram.New(1, longest, 3) }

func latencyOf(h *hdrhistogram.Histogram) Latency {
	if h.TotalCount() == 0 {
		return Latency{}
	}
	ms := func(us int64) float64 { return float64(us) / 1e3 }
	at := func(p float64) float64 { return ms(h.ValueAtPercentile(p)) }
	return Latency{
		Min: ms(h.Min()), Mean: h.Mean() / 1e3, P50: at(50), P90: at(90), P95: at(95), P99: at(99), P999: at(99.9), Max: ms(h.Max()),
	}
}

// byRecords sorts failures, the most frequent first.
func byRecords(counts map[string]int64) []Failure {
	out := make([]Failure, 0, len(counts))
	for text, n := range counts {
		out = append(out, Failure{text, n})
	}
	slices.SortFunc(out, func(a, b Failure) int {
		if a.Records != b.Records {
			return int(b.Records - a.Records)
		}
		if a.Error < b.Error {
			return -1
		}
		return 1
	})
	return out
}
