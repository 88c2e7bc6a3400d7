package cmd

import (
	"encoding/json"
	"fmt"
	"strings"
	"text/tabwriter"
	"time"

	"kconsole/kafka/load"
	"kconsole/ui/safe"
	"kconsole/ui/units"
)

// loadLine shows on a terminal how a load is going: one line, written anew.
type loadLine struct {
	app   *app
	wrote bool
}

// loadProgress lets a load report to the terminal; without one it stays silent.
func (a *app) loadProgress(o *load.Options) *loadLine {
	l := &loadLine{app: a}
	if !a.terminal {
		return l
	}
	o.Progress = l.show
	return l
}

const (
	loadBar   = 20
	clearLine = "\r\x1b[K"
)

func (l *loadLine) show(p load.Progress) {
	l.wrote = true
	text := fmt.Sprintf("%s %3.0f %%  %s  %s  %s acknowledged  p99 %s", units.Bar(p.Fraction(), 1, loadBar), p.Fraction()*100,
		p.Elapsed.Round(time.Second), units.Rate(p.Rate), units.Exact(p.Acknowledged), millis(p.P99))
	if p.Failed > 0 {
		text += fmt.Sprintf("  %s failed", units.Exact(p.Failed))
	}
	fmt.Fprint(l.app.err, clearLine+text+"  (ctrl-C ends it)")
}

// clear takes the line away, for the summary.
func (l *loadLine) clear() {
	if l.wrote {
		fmt.Fprint(l.app.err, clearLine)
	}
}

// printLoad prints how a load went.
func (a *app) printLoad(s load.Summary, format string) error {
	if format == "json" {
		enc := json.NewEncoder(a.out)
		enc.SetEscapeHTML(false)
		enc.SetIndent("", "  ")
		return enc.Encode(s)
	}
	w := tabwriter.NewWriter(a.out, 0, 8, 2, ' ', 0)
	row := func(name, format string, args ...any) { fmt.Fprintf(w, name+"\t"+format+"\n", args...) }
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
		row("Keys", "%s: %s different, the hottest is %s with %s", s.Keys.Distribution, units.Exact(int64(s.Keys.Distinct)), s.Keys.Hottest, loadShare(s.Keys.HottestShare))
	}
	var parts []string
	for _, p := range s.Partitions {
		parts = append(parts, fmt.Sprintf("%d: %s", p.Partition, loadShare(float64(p.Acknowledged)/float64(max(s.Acknowledged, 1)))))
	}
	if len(parts) > 0 && len(parts) <= 24 {
		row("Partitions", "%s", strings.Join(parts, "  "))
	}
	for _, e := range s.Errors {
		row("Failed", "%s: %s", units.Exact(e.Records), safe.Text(e.Error))
	}
	return w.Flush()
}

func unconfirmed(s load.Summary) string {
	if s.Unconfirmed == 0 {
		return ""
	}
	return fmt.Sprintf(", %s unconfirmed (acks none)", units.Exact(s.Unconfirmed))
}

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
