// Package loadtext says in words how a load is going and how it went, the same
// in the console and on the command line. The texts are sanitized.
package loadtext

import (
	"fmt"
	"strings"
	"time"

	"kconsole/kafka/load"
	"kconsole/ui/safe"
	"kconsole/ui/units"
)

// Row is one thing that a load has shown.
type Row struct{ Name, Text string }

// bar is the width of a progress bar, in cells.
const bar = 20

// Progress is how a load is going, in one line of about 80 cells.
func Progress(p load.Progress) string {
	return Done(p, false) + "  " + Pace(p)
}

// Done is how much of a load is done, and how long the rest takes. Ascii is for
// terminals that have no blocks to draw the bar with.
func Done(p load.Progress, ascii bool) string {
	f := p.Fraction()
	done := units.Bar(f, 1, bar)
	if ascii {
		done = strings.Repeat("#", safe.Width(done))
	}
	text := fmt.Sprintf("%s %3.0f %%", safe.Pad(done, bar, false), f*100)
	if left, known := p.Left(); known {
		text += "  " + left.Round(time.Second).String() + " left"
	}
	return text
}

// Pace is the rate of a load in the last moment, and its latency so far.
func Pace(p load.Progress) string {
	text := units.Rate(p.Rate) + "/s  " + units.Exact(p.Acknowledged) + " acknowledged"
	if p.P99 > 0 {
		text += "  p50 " + millis(p.P50) + "  p99 " + millis(p.P99)
	}
	if p.Failed > 0 {
		text += "  " + units.Exact(p.Failed) + " failed"
	}
	return text
}

// mostPartitions bounds the partitions whose shares are told.
const mostPartitions = 24

// Summary is how a load went, but for what failed.
func Summary(s load.Summary) []Row {
	var out []Row
	row := func(name, format string, args ...any) { out = append(out, Row{name, fmt.Sprintf(format, args...)}) }
	row("Records", "%s sent, %s acknowledged, %s failed%s", units.Exact(s.Sent), units.Exact(s.Acknowledged), units.Exact(s.Failed), unconfirmed(s))
	if s.AskedRate > 0 {
		row("Rate", "%.1f records/s; asked for %.1f, off by %.2f %%", s.Rate, s.AskedRate, s.RateError*100)
	} else {
		row("Rate", "%.1f records/s", s.Rate)
	}
	row("Time", "%.2f s, ended by %s; %.2f s more until the last was acknowledged", s.Seconds, s.Ended, s.Drain)
	l := s.Latency
	row("Latency", "p50 %s  p90 %s  p95 %s  p99 %s  p99.9 %s  max %s", millis(l.P50), millis(l.P90), millis(l.P95), millis(l.P99), millis(l.P999), millis(l.Max))
	row("Size", "%s as %s, %s/s, %s a record", units.Bytes(s.Bytes), s.Format, units.Bytes(int64(s.BytesRate)), each(s.Bytes, s.Sent))
	row("On the wire", "%s (%s) in batches: %s, before compression %s", units.Bytes(s.WireBytes), s.Compression, units.Exact(s.Batches), units.Bytes(s.BatchBytes))
	if s.Keys.Distinct > 0 {
		row("Keys", "%s: %s different, the hottest is %s with %s", s.Keys.Distribution, units.Exact(int64(s.Keys.Distinct)), s.Keys.Hottest, share(s.Keys.HottestShare))
	}
	var parts []string
	for _, p := range s.Partitions {
		parts = append(parts, fmt.Sprintf("%d: %s", p.Partition, share(float64(p.Acknowledged)/float64(max(s.Acknowledged, 1)))))
	}
	if len(parts) > 0 && len(parts) <= mostPartitions {
		row("Partitions", "%s", strings.Join(parts, "  "))
	}
	return out
}

// Failures is why records failed, the most frequent reason first.
func Failures(s load.Summary) []Row {
	var out []Row
	for _, e := range s.Errors {
		out = append(out, Row{"Failed", units.Exact(e.Records) + ": " + safe.Text(e.Error)})
	}
	return out
}

func unconfirmed(s load.Summary) string {
	if s.Unconfirmed == 0 {
		return ""
	}
	return fmt.Sprintf(", %s unconfirmed (acks none)", units.Exact(s.Unconfirmed))
}

// share is a part in percent, with a digit.
func share(part float64) string { return fmt.Sprintf("%.1f %%", part*100) }

// millis is a time given in milliseconds.
func millis(ms float64) string {
	switch {
	case ms >= 10_000:
		return fmt.Sprintf("%.1f s", ms/1e3)
	case ms >= 100:
		return fmt.Sprintf("%.0f ms", ms)
	}
	return fmt.Sprintf("%.1f ms", ms)
}

// each is a mean.
func each(total, of int64) string {
	if of == 0 {
		return units.Bytes(0)
	}
	return units.Bytes(total / of)
}
