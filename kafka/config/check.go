package config

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Severity says what a [Finding] means for whoever starts the console.
type Severity string

// The severities of a [Finding].
const (
	Fine  Severity = "ok"      // was looked at and is in order
	Watch Severity = "warning" // works today
	Act   Severity = "error"   // does not work
)

// expirySoon is how long before its end a certificate is worth a warning.
const expirySoon = 30 * 24 * time.Hour

// Finding is one result of [Check].
type Finding struct {
	Severity Severity `json:"severity"`
	Cluster  string   `json:"cluster,omitempty"` // empty for the file as a whole
	Line     int      `json:"line,omitempty"`
	Key      string   `json:"key,omitempty"`
	Text     string   `json:"text"`
}

// String gives one line without the severity.
func (f Finding) String() string {
	return (&Error{Line: f.Line, Key: f.Key, Reason: f.Text}).Error()
}

// Check looks at everything that a configuration refers to without connecting:
// the file itself with all of its mistakes, then for each cluster its variables,
// certificates (and when they end), keys, secrets and sign-in. It runs the
// commands that secrets come from, each for at most 10 s. Nothing that it returns
// holds a secret.
func Check(ctx context.Context, path string) []Finding {
	return checkAt(ctx, path, time.Now())
}

func checkAt(ctx context.Context, path string, now time.Time) []Finding {
	p, err := load(path)
	if err != nil {
		c := checker{}
		c.fail("", err)
		return c.found
	}
	c := checker{marks: p.marks, now: now}
	for _, problem := range p.problems {
		c.fail("", problem)
	}
	if len(p.problems) > 0 {
		return c.found
	}
	for _, w := range p.cfg.Warnings {
		c.found = append(c.found, Finding{Severity: Watch, Cluster: clusterOf(w.Key), Line: w.Line, Key: w.Key, Text: w.Text})
	}
	if skin := p.cfg.UI.Theme; strings.HasSuffix(skin, ".yaml") {
		if !filepath.IsAbs(skin) {
			skin = filepath.Join(filepath.Dir(p.cfg.Path), skin)
		}
		if _, err := os.Stat(skin); err != nil {
			c.fail("", &Error{Key: "ui.theme", Reason: skin + ": " + cause(err).Error()})
		}
	}
	for _, name := range p.cfg.Names() {
		for _, missing := range p.missing[name] {
			c.fail(name, missing)
		}
		if len(p.missing[name]) == 0 {
			c.cluster(ctx, p.cfg.Clusters[name])
		}
	}
	return c.found
}

// clusterOf returns NAME of a key clusters.NAME.rest; names may hold dots, so
// the sections that can follow are looked for.
func clusterOf(key string) string {
	rest, ok := strings.CutPrefix(key, "clusters.")
	if !ok {
		return ""
	}
	for _, section := range []string{".sasl.", ".registry.", ".tls.", ".masking"} {
		if name, _, found := strings.Cut(rest, section); found {
			return name
		}
	}
	return rest
}

type checker struct {
	marks map[string]mark
	now   time.Time
	found []Finding
}

// fail records an error; a key of ours gets the line where it stands.
func (c *checker) fail(cluster string, err error) {
	f := Finding{Severity: Act, Cluster: cluster, Text: err.Error()}
	var e *Error
	if errors.As(err, &e) {
		f.Key, f.Text, f.Line = e.Key, e.Reason, e.Line
		if f.Line == 0 {
			f.Line = c.line(e.Key)
		}
	}
	c.found = append(c.found, f)
}

// line of a key, or of the section that it would stand in.
func (c *checker) line(key string) int {
	for key != "" {
		if m, ok := c.marks[key]; ok {
			return m.line
		}
		key = key[:max(0, strings.LastIndexByte(key, '.'))]
	}
	return 0
}

func (c *checker) note(severity Severity, cluster, key, format string, args ...any) {
	c.found = append(c.found, Finding{Severity: severity, Cluster: cluster, Line: c.line(key), Key: key, Text: fmt.Sprintf(format, args...)})
}

func (c *checker) cluster(ctx context.Context, cl Cluster) {
	before := c.errors()
	prefix := "clusters." + cl.Name
	if t := cl.TLS; t != nil {
		c.tls(cl, prefix+".tls", t.CA, t.Cert, t.Key)
	}
	if s := cl.SASL; s != nil {
		if _, err := s.mechanism(ctx); err != nil {
			c.fail(cl.Name, inCluster(cl, "sasl", err))
		} else {
			c.note(Fine, cl.Name, prefix+".sasl", "%s, and what it needs is there", s.Mechanism)
		}
	}
	if r := cl.Registry; r != nil {
		c.tls(cl, prefix+".registry", r.CA, r.Cert, r.Key)
		if _, err := r.ResolvePassword(ctx); err != nil {
			c.fail(cl.Name, inCluster(cl, "registry", err))
		}
	}
	if cl.Lab != nil && cl.Lab.Dir != "" {
		if _, err := os.Stat(cl.Lab.Dir); err != nil {
			c.note(Act, cl.Name, prefix+".lab.dir", "%s: %s; start the lab again with: kconsole lab up", cl.Lab.Dir, cause(err))
		}
	}
	if c.errors() == before {
		c.note(Fine, cl.Name, prefix, "can be used: %s", strings.Join(cl.Brokers, ", "))
	}
}

func (c *checker) errors() (n int) {
	for _, f := range c.found {
		if f.Severity == Act {
			n++
		}
	}
	return n
}

// tls looks at the files of a TLS section.
func (c *checker) tls(cl Cluster, key, ca, cert, private string) {
	section := key[strings.LastIndexByte(key, '.')+1:]
	if ca != "" {
		certs, err := readCertificates("ca", ca)
		if err != nil {
			c.fail(cl.Name, inCluster(cl, section, err))
		}
		c.validity(cl.Name, key+".ca", "authority", certs)
	}
	if cert == "" {
		return
	}
	pair, err := clientCertificate(cert, private)
	if err != nil {
		c.fail(cl.Name, inCluster(cl, section, err))
		return
	}
	c.validity(cl.Name, key+".cert", "client certificate", []*x509.Certificate{pair.Leaf})
	if !forClients(pair.Leaf) {
		c.note(Act, cl.Name, key+".cert", "%s is not made for clients (extended key usage clientAuth is missing), so brokers refuse it", cert)
	}
	if info, err := os.Stat(private); err == nil && othersCanRead(info.Mode()) {
		c.note(Watch, cl.Name, key+".key", "others may read %s; run chmod 600 on it", private)
	}
}

// forClients reports whether a certificate may identify a TLS client, RFC 5280
// 4.2.1.12: without the extension it may be used for anything.
func forClients(cert *x509.Certificate) bool {
	if len(cert.ExtKeyUsage) == 0 && len(cert.UnknownExtKeyUsage) == 0 {
		return true
	}
	for _, usage := range cert.ExtKeyUsage {
		if usage == x509.ExtKeyUsageClientAuth || usage == x509.ExtKeyUsageAny {
			return true
		}
	}
	return false
}

// validity says when certificates begin and end; of several good authorities
// only that there are so many.
func (c *checker) validity(cluster, key, what string, certs []*x509.Certificate) {
	good := 0
	first := time.Time{}
	for _, cert := range certs {
		name := cert.Subject.CommonName
		if name == "" {
			name = cert.Subject.String()
		}
		name = clip(printable(name))
		switch day := cert.NotAfter.Format(time.DateOnly); {
		case c.now.After(cert.NotAfter):
			severity := Act
			if len(certs) > 1 {
				severity = Watch // another of the bundle may be the one that counts
			}
			c.note(severity, cluster, key, "the %s %q ended on %s; renew it", what, name, day)
		case c.now.Before(cert.NotBefore):
			c.note(Act, cluster, key, "the %s %q is not valid before %s; check this machine's clock", what, name, cert.NotBefore.Format(time.DateTime))
		case cert.NotAfter.Sub(c.now) < expirySoon:
			c.note(Watch, cluster, key, "the %s %q ends on %s, in %d days; renew it", what, name, day, int(cert.NotAfter.Sub(c.now).Hours()/24))
		default:
			good++
			if first.IsZero() || cert.NotAfter.Before(first) {
				first = cert.NotAfter
			}
		}
	}
	switch {
	case good == 1:
		c.note(Fine, cluster, key, "one %s, valid until %s", what, first.Format(time.DateOnly))
	case good > 1:
		c.note(Fine, cluster, key, "%d valid, the first of them until %s", good, first.Format(time.DateOnly))
	}
}
