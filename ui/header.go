package ui

import (
	"fmt"
	"slices"
	"strings"

	"github.com/gdamore/tcell/v2"

	"kconsole/kafka"
	"kconsole/ui/draw"
	"kconsole/ui/safe"
	"kconsole/ui/theme"
	"kconsole/ui/units"
)

// drawHeader shows the cluster, who we are on it, and how it does: all in one
// line, in shorter words where the terminal is narrow.
func (s *shell) drawHeader(sc tcell.Screen, w int) {
	var left, right []draw.Span
	for short := range shortest + 1 {
		left, right = s.headerLeft(short), s.headerRight(short)
		if draw.Width(left)+2+draw.Width(right) <= w-2 {
			break
		}
	}
	end := draw.Spans(sc, 1, 0, w-2-draw.Width(right)-1, left...)
	if x := w - 1 - draw.Width(right); x > end {
		draw.Spans(sc, x, 0, w-1-x, right...)
	}
}

// What the header leaves out, in this order, until it fits.
const (
	shortTLS       = 1 // the version of TLS
	shortWords     = 2 // the mechanism, "brokers"
	shortSeconds   = 3
	shortSecurity  = 4 // all of it but the principal
	shortPrincipal = 5
	shortest       = 6 // the runtime, too
)

// headerLeft says where we are and as whom.
func (s *shell) headerLeft(short int) []draw.Span {
	spans := []draw.Span{{Text: safe.Line(s.cluster.Name, 24), Style: s.theme.Accent}}
	if s.cluster.ReadOnly {
		spans = append(spans, draw.Span{Text: "  read-only", Style: s.theme.Watch})
	}
	if rt := s.runtime(); rt != "" && short < shortest {
		spans = append(spans, draw.Span{Text: "  " + rt, Style: s.theme.Dim})
	}
	if who := s.identity(short); who != "" && short < shortPrincipal {
		spans = append(spans, draw.Span{Text: "  " + who, Style: s.theme.Text})
	}
	return spans
}

// runtime labels a lab stack by what runs it. What is simulated says so.
func (s *shell) runtime() string {
	if s.cluster.Lab == nil {
		return ""
	}
	if s.cluster.Lab.Runtime == "embedded" {
		return "embedded (simulated replication)"
	}
	return safe.Line(s.cluster.Lab.Runtime, 12)
}

// identity is principal · mechanism · TLS, as far as known.
func (s *shell) identity(short int) string {
	if s.conn.session == nil || s.conn.session.Cluster == nil {
		return ""
	}
	c := s.conn.session.Cluster
	parts := append([]string{c.Principal()}, strings.Split(c.Security(), " · ")...)
	for i, p := range parts {
		p = strings.Replace(p, "SCRAM-SHA-", "SCRAM-", 1)
		if short >= shortTLS && strings.HasPrefix(p, "TLS ") {
			p = "TLS"
		}
		parts[i] = safe.Line(p, 32)
	}
	switch {
	case short >= shortSecurity:
		parts = parts[:1]
	case short >= shortWords && len(parts) > 2:
		parts = append(parts[:1], parts[len(parts)-1])
	}
	return strings.Join(parts, " · ")
}

// headerRight says how the cluster does, and the time.
func (s *shell) headerRight(short int) []draw.Span {
	var spans []draw.Span
	add := func(level theme.Level, text string) {
		spans = append(spans, draw.Span{Text: text, Style: s.theme.Style(level)}, draw.Span{Text: "  "})
	}
	snap := s.state.Snap
	switch {
	case s.state.Err != nil:
		add(theme.Act, "not connected")
	case !snap.Topics.Ready() && snap.Topics.Err != nil:
		add(theme.Act, "no answer")
	case !snap.Topics.Ready():
		add(theme.Muted, "connecting")
	default:
		up, all := snap.Cluster.Up(), len(s.state.Brokers())
		level := theme.Normal
		if up < all {
			level = theme.Act
		}
		word := " brokers"
		if short >= shortWords {
			word = " up"
		}
		add(level, fmt.Sprintf("%d/%d%s", up, all, word))
		level, text := s.isr()
		add(level, text)
	}
	return append(spans, draw.Span{Text: s.clockText(short), Style: s.theme.Dim})
}

func (s *shell) clockText(short int) string {
	now, layout := s.state.Now, "15:04:05"
	if short >= shortSeconds {
		layout = "15:04"
	}
	if s.state.UTC {
		now, layout = now.UTC(), layout+"Z"
	}
	return now.Format(layout)
}

// health sums up the replicas of all partitions, once they change.
type health struct {
	of             []kafka.Topic
	under, offline int
	worst          int32 // the broker that most replicas are missing on
	missing        int   // how many
}

func (s *shell) health() health {
	rows := s.state.Snap.Topics.Rows
	if len(rows) > 0 && len(rows) == len(s.sum.of) && &rows[0] == &s.sum.of[0] {
		return s.sum // the same rows
	}
	h := health{of: rows, worst: kafka.NoLeader}
	missing := map[int32]int{}
	for i := range rows {
		t := &rows[i]
		for j := range t.Partitions {
			p := &t.Partitions[j]
			if p.Leader < 0 {
				h.offline++
			}
			if !p.UnderReplicated() {
				continue
			}
			h.under++
			for _, r := range p.Replicas {
				if !slices.Contains(p.ISR, r) {
					missing[r]++
				}
			}
		}
	}
	for id, n := range missing {
		if n > h.missing || n == h.missing && id < h.worst {
			h.worst, h.missing = id, n
		}
	}
	s.sum = h
	return h
}

// isr is the state of the replicas in a word or two.
func (s *shell) isr() (theme.Level, string) {
	switch h := s.health(); {
	case h.offline > 0:
		return theme.Act, units.Count(int64(h.offline)) + " offline"
	case h.under > 0:
		return theme.Watch, "ISR " + units.Count(int64(h.under)) + " under"
	default:
		return theme.Normal, "ISR ok"
	}
}

// alert is one line about what is wrong with the replicas, and where.
func (s *shell) alert() []draw.Span {
	switch h := s.health(); {
	case h.offline > 0:
		return []draw.Span{{Text: units.Plural(h.offline, "partition") + " without a leader", Style: s.theme.Act}}
	case h.under > 0:
		return []draw.Span{{Text: fmt.Sprintf("%s under-replicated: %s on broker %d", units.Plural(h.under, "partition"), units.Exact(int64(h.missing)), h.worst), Style: s.theme.Watch}}
	default:
		return nil
	}
}
