package config

import (
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"kconsole/compose/pki"
)

// findings of a text, as "severity line: key: text", with the folder cut off.
func findings(t *testing.T, dir, text string, at time.Time) []string {
	t.Helper()
	path := put(t, dir, "lab.yaml", []byte(text))
	var got []string
	for _, f := range checkAt(t.Context(), path, at) {
		got = append(got, string(f.Severity)+" ["+f.Cluster+"] "+strings.ReplaceAll(f.String(), dir+string(filepath.Separator), ""))
	}
	return got
}

func TestCheck(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("needs the permission bits of a Unix file system")
	}
	dir := t.TempDir()
	ca := newCA(t)
	client, server := issue(t, ca, pki.Client("app")), issue(t, ca, pki.Request{CommonName: "srv", ServerAuth: true})
	put(t, dir, "ca.pem", ca.PEM())
	put(t, dir, "app.pem", client.CertPEM)
	put(t, dir, "app.key", client.KeyPEM)
	put(t, dir, "srv.pem", server.CertPEM)
	put(t, dir, "srv.key", server.KeyPEM)
	put(t, dir, "pass", []byte("hunter2"))
	day := func(c interface{ Format(string) string }) string { return c.Format(time.DateOnly) }
	caEnd, appEnd := day(ca.Certificate().NotAfter), day(client.Cert.NotAfter)

	for name, c := range map[string]struct {
		text string
		at   time.Time
		want []string
	}{
		"all is well": {
			`clusters:
  lab:
    brokers: [h:1]
    tls: {ca: ca.pem, cert: app.pem, key: app.key}
    sasl: {mechanism: SCRAM-SHA-512, username: u, password_file: pass}
    registry: {url: "https://r", ca: ca.pem, username: u, password_file: pass}
`, time.Now(),
			[]string{
				"ok [lab] line 4: clusters.lab.tls.ca: one authority, valid until " + caEnd,
				"ok [lab] line 4: clusters.lab.tls.cert: one client certificate, valid until " + appEnd,
				"ok [lab] line 5: clusters.lab.sasl: SCRAM-SHA-512, and what it needs is there",
				"ok [lab] line 6: clusters.lab.registry.ca: one authority, valid until " + caEnd,
				"ok [lab] line 2: clusters.lab: can be used: h:1",
			},
		},
		"near the end": {
			"clusters:\n  lab:\n    brokers: [h:1]\n    tls: {cert: app.pem, key: app.key}\n", client.Cert.NotAfter.Add(-49 * time.Hour),
			[]string{
				`warning [lab] line 4: clusters.lab.tls.cert: the client certificate "app" ends on ` + appEnd + ", in 2 days; renew it",
				"ok [lab] line 2: clusters.lab: can be used: h:1",
			},
		},
		"after the end": {
			"clusters:\n  lab:\n    brokers: [h:1]\n    tls: {cert: app.pem, key: app.key}\n", client.Cert.NotAfter.Add(time.Hour),
			[]string{`error [lab] line 4: clusters.lab.tls.cert: the client certificate "app" ended on ` + appEnd + "; renew it"},
		},
		"before the beginning": {
			"clusters:\n  lab:\n    brokers: [h:1]\n    tls: {cert: app.pem, key: app.key}\n", client.Cert.NotBefore.Add(-time.Hour),
			[]string{`error [lab] line 4: clusters.lab.tls.cert: the client certificate "app" is not valid before ` + client.Cert.NotBefore.Format(time.DateTime) + "; check this machine's clock"},
		},
		"for servers only": {
			"clusters:\n  lab:\n    brokers: [h:1]\n    tls: {cert: srv.pem, key: srv.key}\n", time.Now(),
			[]string{
				"ok [lab] line 4: clusters.lab.tls.cert: one client certificate, valid until " + day(server.Cert.NotAfter),
				"error [lab] line 4: clusters.lab.tls.cert: srv.pem is not made for clients (extended key usage clientAuth is missing), so brokers refuse it",
			},
		},
		"everything is missing": {
			`clusters:
  a.b:
    brokers: [h:1]
    tls:
      ca: none.pem
    sasl:
      mechanism: PLAIN
      username: u
      password_command: [kconsole-no-such-program]
    registry: {url: "https://r", username: u, password_file: none}
    lab: {runtime: embedded, dir: gone}
  c:
    brokers: [h:1]
    sasl: {mechanism: PLAIN, username: "${KCONSOLE_NOT_SET}", password: "${KCONSOLE_NOR_THIS}"}
ui: {theme: skin.yaml}
`, time.Now(),
			[]string{
				"error [] line 15: ui.theme: skin.yaml: no such file or directory",
				"error [a.b] line 5: clusters.a.b.tls.ca: none.pem: file does not exist; check the path (a relative one is relative to the configuration)",
				"error [a.b] line 9: clusters.a.b.sasl.password_command: there is no program kconsole-no-such-program: executable file not found in $PATH",
				"error [a.b] line 10: clusters.a.b.registry.password_file: none: file does not exist; create it with the secret as its only line",
				"error [a.b] line 11: clusters.a.b.lab.dir: gone: no such file or directory; start the lab again with: kconsole lab up",
				"error [c] line 14: clusters.c.sasl.username: the environment variable KCONSOLE_NOT_SET is not set; set it, or write $$ for a dollar sign",
				"error [c] line 14: clusters.c.sasl.password: the environment variable KCONSOLE_NOR_THIS is not set; set it, or write $$ for a dollar sign",
			},
		},
		"all mistakes at once": {
			"clusters:\n  a:\n    brokrs: []\n    colour: red\n", time.Now(),
			[]string{
				`error [] line 3: clusters.a: unknown key "brokrs"; did you mean "brokers"?`,
				`error [] line 4: clusters.a: unknown key "colour"; did you mean "color"?`,
			},
		},
		"warnings": {
			"clusters:\n  a.b:\n    brokers: [h:1]\n    sasl: {mechanism: PLAIN, username: u, password: hunter2}\n", time.Now(),
			[]string{
				"warning [a.b] line 4: clusters.a.b.sasl.mechanism: PLAIN without tls sends the password in clear text; add tls, or use SCRAM-SHA-512",
				"ok [a.b] line 4: clusters.a.b.sasl: PLAIN, and what it needs is there",
				"ok [a.b] line 2: clusters.a.b: can be used: h:1",
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			got := findings(t, dir, c.text, c.at)
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Error(diff)
			}
			if strings.Contains(strings.Join(got, " "), "hunter2") {
				t.Error("a finding holds a secret")
			}
		})
	}
	if got := Check(t.Context(), filepath.Join(dir, "none.yaml")); len(got) != 1 || got[0].Severity != Act {
		t.Error(got)
	}
}
