package cmd

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"kconsole/kafka"
	"kconsole/kafka/connection"
)

type listenerRow = connection.Listener

var listenerColumns = []column[listenerRow]{
	{name: "broker", text: func(l *listenerRow) string {
		if l.Broker == nil {
			return "-"
		}
		return strconv.Itoa(int(*l.Broker))
	}, right: true},
	{name: "address", text: func(l *listenerRow) string { return l.Address }},
	{name: "from", text: func(l *listenerRow) string {
		switch {
		case l.Configured && l.Broker != nil:
			return "configured, advertised"
		case l.Configured:
			return "configured"
		}
		return "advertised"
	}},
	{name: "steps", text: func(l *listenerRow) string {
		texts := make([]string, len(l.Steps))
		for i, s := range l.Steps {
			texts[i] = fmt.Sprintf("%s %.1f ms", s.Name, s.Millis)
			if !s.OK {
				texts[i] = s.Name + " FAILED"
			}
		}
		return strings.Join(texts, ", ")
	}},
	{name: "detail", text: func(l *listenerRow) string {
		if s := l.Failed(); s != nil {
			return s.Reason
		}
		for _, s := range l.Steps {
			if s.Name == connection.TLS {
				return s.Detail
			}
		}
		return ""
	}},
}

var certificateColumns = []column[connection.Certificate]{
	{name: "subject", text: func(c *connection.Certificate) string { return c.Subject }},
	{name: "issuer", text: func(c *connection.Certificate) string { return c.Issuer }},
	{name: "names", text: func(c *connection.Certificate) string { return strings.Join(c.Names, " ") }},
	{name: "ends", text: func(c *connection.Certificate) string { return c.Until.Local().Format(time.DateOnly) }},
}

// describeConnection reports how each address is reached. Where one is not, the
// report is shown and the command fails.
func (a *app) describeConnection(ctx context.Context, c *kafka.Cluster, _ []string) (description, error) {
	r, err := connection.Make(ctx, c.Config())
	if err != nil {
		return description{}, err
	}
	out := description{object: &r, sections: []section{
		facts("", "cluster", r.Cluster, "security", r.Security, "not known", r.Problem),
		table("", r.Listeners, listenerColumns),
	}}
	var failed []error
	var shown []connection.Certificate
	for i := range r.Listeners {
		l := &r.Listeners[i]
		if s := l.Failed(); s != nil {
			failed = append(failed, &kafka.Error{What: l.Address + ": " + s.Name + " failed", Why: s.Reason, Kind: kafka.KindOf(s.Err), Err: s.Err})
		}
		for _, cert := range l.Certificates {
			if !hasCertificate(shown, cert) {
				shown = append(shown, cert)
			}
		}
	}
	if len(shown) > 0 {
		out.sections = append(out.sections, table("certificates", shown, certificateColumns))
	}
	return out, failure(failed, len(r.Listeners))
}

func hasCertificate(list []connection.Certificate, c connection.Certificate) bool {
	for i := range list {
		if list[i].Subject == c.Subject && list[i].Issuer == c.Issuer && list[i].Until.Equal(c.Until) {
			return true
		}
	}
	return false
}
