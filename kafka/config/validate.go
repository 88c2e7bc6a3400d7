package config

import (
	"cmp"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
)

// What the named keys may hold.
var (
	// Mechanisms are the SASL mechanisms that [KgoOptions] can sign in with.
	Mechanisms = []string{"PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512", "OAUTHBEARER", "AWS_MSK_IAM", "GSSAPI"}
	// Runtimes are what can run a lab's brokers.
	Runtimes = []string{"embedded", "process", "docker"}
	// Colors are the names that color knows, beside #rrggbb.
	Colors = []string{"red", "orange", "yellow", "green", "teal", "cyan", "blue", "purple", "magenta", "pink", "grey", "white"}
	// Themes are the built-in themes; a path that ends in .yaml is a skin file.
	Themes = []string{"auto", "dark", "light", "high-contrast", "no-color"}
)

var (
	clusterName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`)
	hexColor    = regexp.MustCompile(`^#[0-9A-Fa-f]{6}$`)
	hostName    = regexp.MustCompile(`^[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?(\.[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?)*\.?$`)
)

// Validate checks a Config that was made in memory as [Load] checks a file.
func (c *Config) Validate() error {
	v := validator{file: c.Path}
	v.config(c)
	if problems := v.sorted(); len(problems) > 0 {
		return problems[0]
	}
	return nil
}

// validator collects what is wrong with values, and where they stood.
type validator struct {
	file     string
	marks    map[string]mark
	problems []*Error
	warnings []Warning
}

func (v *validator) fail(key, format string, args ...any) {
	v.problems = append(v.problems, &Error{File: v.file, Line: v.marks[key].line, Key: key, Reason: fmt.Sprintf(format, args...)})
}

func (v *validator) warn(key, format string, args ...any) {
	v.warnings = append(v.warnings, Warning{File: v.file, Line: v.marks[key].line, Key: key, Text: fmt.Sprintf(format, args...)})
}

func (v *validator) sorted() []*Error {
	slices.SortStableFunc(v.problems, func(a, b *Error) int { return cmp.Compare(a.Line, b.Line) })
	return v.problems
}

// shown is how a message repeats a value: as it stood in the file, so that the
// content of a variable is not printed.
func (v *validator) shown(key, value string) string {
	if m := v.marks[key]; m.raw != "" {
		value = m.raw
	}
	return strconv.Quote(clip(value))
}

// oneOf reports a value that is not among the known ones.
func (v *validator) oneOf(key, value string, known []string) {
	if !slices.Contains(known, value) {
		v.fail(key, "%s is not known%s", v.shown(key, value), didYouMean(value, known))
	}
}

func (v *validator) config(c *Config) {
	if len(c.Clusters) == 0 {
		v.fail("clusters", "there is no cluster; add one, or start an embedded one with: kconsole lab up")
	}
	for _, name := range c.Names() {
		cl := c.Clusters[name]
		if !clusterName.MatchString(name) {
			v.fail("clusters", "the cluster name %q is not possible; use letters, digits, dot, dash and underscore, at most 64", clip(name))
			continue
		}
		if cl.unresolved == nil {
			v.cluster("clusters."+name, cl)
		}
	}
	if _, ok := c.Clusters[c.Current]; c.Current != "" && !ok && len(c.Clusters) > 0 {
		v.fail("current", "there is no cluster %s%s", v.shown("current", c.Current), didYouMean(c.Current, c.Names()))
	}
	if !strings.HasSuffix(c.UI.Theme, ".yaml") && c.UI.Theme != "" {
		v.oneOf("ui.theme", c.UI.Theme, Themes)
	}
	if r := c.UI.Refresh; r != 0 && (r < 100*time.Millisecond || r > time.Hour) {
		v.fail("ui.refresh", "%s must lie between 100ms and 1h", r)
	}
}

func (v *validator) cluster(key string, cl Cluster) {
	if len(cl.Brokers) == 0 {
		v.fail(v.nearest(key, "brokers"), "needs brokers, a list such as [127.0.0.1:9092]")
	}
	for i, b := range cl.Brokers {
		at := key + ".brokers[" + strconv.Itoa(i) + "]"
		if why := checkAddress(b); why != "" {
			v.fail(at, "%s %s", v.shown(at, b), why)
		}
	}
	if cl.TLS != nil {
		v.clientCert(key+".tls", cl.TLS.Cert, cl.TLS.Key)
		v.serverName(key+".tls.server_name", cl.TLS.ServerName)
	}
	if cl.SASL != nil {
		v.sasl(key+".sasl", cl)
	}
	if cl.Registry != nil {
		v.registry(key+".registry", *cl.Registry)
	}
	if cl.Metrics.Prometheus != "" {
		v.url(key+".metrics.prometheus", cl.Metrics.Prometheus)
	}
	if cl.Color != "" && !hexColor.MatchString(cl.Color) {
		v.oneOf(key+".color", cl.Color, Colors)
	}
	for i, rule := range cl.Masking {
		v.masking(key+".masking["+strconv.Itoa(i)+"]", rule)
	}
	if cl.Lab != nil {
		if cl.Lab.Runtime == "" {
			v.fail(v.nearest(key+".lab", "runtime"), "needs runtime, one of %s", strings.Join(Runtimes, ", "))
		} else {
			v.oneOf(key+".lab.runtime", cl.Lab.Runtime, Runtimes)
		}
	}
}

// nearest is key.name where that stood in the file, else key.
func (v *validator) nearest(key, name string) string {
	if _, ok := v.marks[key+"."+name]; ok {
		return key + "." + name
	}
	return key
}

// checkAddress says what is wrong with a host:port, or nothing.
func checkAddress(addr string) string {
	if strings.Contains(addr, "://") {
		return "must be host:port without a scheme; whether TLS is used is set by tls:"
	}
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		switch {
		case strings.Count(addr, ":") > 1 && !strings.HasPrefix(addr, "["):
			return "must have its IPv6 address in brackets, such as [::1]:9092"
		case !strings.Contains(addr, ":") || strings.HasSuffix(addr, "]"):
			return "has no port; write host:port, such as 127.0.0.1:9092"
		}
		return "is not host:port, such as 127.0.0.1:9092 or [::1]:9092"
	}
	if n, err := strconv.Atoi(port); err != nil || n < 1 || n > 65535 {
		return "must have a port from 1 to 65535"
	}
	if host == "" {
		return "has no host; write host:port, such as 127.0.0.1:9092"
	}
	if _, err := netip.ParseAddr(host); err != nil && (len(host) > 253 || !hostName.MatchString(host)) {
		return "has a host that is neither a name nor an IP address"
	}
	return ""
}

func (v *validator) serverName(key, name string) {
	if name == "" {
		return
	}
	if _, err := netip.ParseAddr(name); err != nil && (len(name) > 253 || !hostName.MatchString(name)) {
		v.fail(key, "%s is neither a host name nor an IP address; write it without port and scheme", v.shown(key, name))
	}
}

func (v *validator) clientCert(key, cert, private string) {
	switch {
	case cert != "" && private == "":
		v.fail(v.nearest(key, "cert"), "a client certificate needs its private key: give key as well")
	case cert == "" && private != "":
		v.fail(v.nearest(key, "key"), "a private key needs its certificate: give cert as well")
	}
}

// source checks that a secret is given in exactly one form, or in none where it
// is not required.
func (v *validator) source(key string, s source, required bool) {
	var given []string
	if !s.value.IsZero() || s.env != "" {
		given = append(given, s.name)
	}
	if s.file != "" {
		given = append(given, s.name+"_file")
	}
	if len(s.command) > 0 {
		given = append(given, s.name+"_command")
	}
	if _, ok := v.marks[key+"."+s.name]; ok && required && len(given) == 0 {
		v.fail(key+"."+s.name, "is empty")
		return
	}
	switch {
	case len(given) > 1:
		v.fail(key+"."+given[1], "%s are given; give one of them", strings.Join(given, " and "))
	case len(given) == 0 && required:
		v.fail(key, "needs one of %[1]s, %[1]s_file and %[1]s_command", s.name)
	}
	if len(s.command) > 0 && s.command[0] == "" {
		v.fail(key+"."+s.name+"_command", "starts with an empty text instead of a program")
	}
}

func (v *validator) registry(key string, r Registry) {
	if r.URL == "" {
		v.fail(v.nearest(key, "url"), "needs url, such as https://127.0.0.1:8081")
	} else {
		v.url(key+".url", r.URL)
	}
	plain := strings.HasPrefix(r.URL, "http://")
	if plain && (r.CA != "" || r.Cert != "" || r.ServerName != "") {
		v.fail(key+".url", "is http, so ca, cert and server_name have no effect; write https, or remove them")
	}
	v.clientCert(key, r.Cert, r.Key)
	v.serverName(key+".server_name", r.ServerName)
	v.source(key, r.source(), r.Username != "")
	if r.Username == "" && r.source().given() {
		v.fail(key, "has a password but no username")
	}
	if plain && r.Username != "" {
		v.warn(key+".url", "http sends the registry's password in clear text; use https")
	}
}

// url checks an http(s) base URL. The value is never repeated: people put
// passwords into URLs.
func (v *validator) url(key, text string) {
	u, err := url.Parse(text)
	switch {
	case err != nil || u.Opaque != "" || (u.Scheme != "http" && u.Scheme != "https"):
		v.fail(key, "must be a URL such as https://127.0.0.1:8081")
	case u.User != nil:
		v.fail(key, "must not hold a user or password; give username and password as keys")
	case u.Hostname() == "":
		v.fail(key, "has no host; write a URL such as https://127.0.0.1:8081")
	case u.RawQuery != "" || u.Fragment != "":
		v.fail(key, "must end with the path: remove what follows ? or #")
	default:
		if p := u.Port(); p != "" {
			if n, err := strconv.Atoi(p); err != nil || n < 1 || n > 65535 {
				v.fail(key, "must have a port from 1 to 65535")
			}
		}
	}
}
