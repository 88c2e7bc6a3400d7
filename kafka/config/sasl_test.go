package config

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"kconsole/compose/pki"
)

func TestLoadRefusesSignIns(t *testing.T) {
	const tls = "clusters:\n  a:\n    brokers: [h:1]\n    tls: {}\n    sasl: "
	const plain = "clusters:\n  a:\n    brokers: [h:1]\n    sasl: "
	for in, want := range map[string]string{
		tls + "{mechanism: OAUTHBEARER}":                                                                                `5: clusters.a.sasl: OAUTHBEARER needs oauth: {token_url, client_id, client_secret}, or oauth: {token}`,
		tls + "{mechanism: OAUTHBEARER, username: u, oauth: {token: t}}":                                                `5: clusters.a.sasl.username: has no effect on OAUTHBEARER; remove it`,
		tls + "{mechanism: OAUTHBEARER, password: u, oauth: {token: t}}":                                                `5: clusters.a.sasl: a password has no effect on OAUTHBEARER; remove it`,
		tls + "{mechanism: OAUTHBEARER, oauth: {scope: x}}":                                                             `5: clusters.a.sasl.oauth: needs one of token, token_file and token_command`,
		tls + "{mechanism: OAUTHBEARER, oauth: {token: t, scope: x}}":                                                   `5: clusters.a.sasl.oauth.scope: scope has no effect without token_url`,
		tls + "{mechanism: OAUTHBEARER, oauth: {token: t, token_file: x}}":                                              `5: clusters.a.sasl.oauth.token_file: token and token_file are given; give one of them`,
		tls + "{mechanism: OAUTHBEARER, oauth: {token_url: \"https://h/t\", client_id: c, client_secret: s, token: t}}": `5: clusters.a.sasl.oauth: token and token_url are given; give one of them`,
		tls + "{mechanism: OAUTHBEARER, oauth: {token_url: \"http://h/t\", client_id: c, client_secret: s}}":            `5: clusters.a.sasl.oauth.token_url: must be https: the client's secret is sent there`,
		tls + "{mechanism: OAUTHBEARER, oauth: {token_url: \"https://h/t\", client_secret: s}}":                         `5: clusters.a.sasl.oauth: needs client_id beside token_url`,
		tls + "{mechanism: OAUTHBEARER, oauth: {token_url: \"https://h/t\", client_id: s}}":                             `5: clusters.a.sasl.oauth: needs one of client_secret, client_secret_file and client_secret_command`,
		tls + "{mechanism: OAUTHBEARER, oauth: {token: t, extensions: {auth: x}}}":                                      `5: clusters.a.sasl.oauth.extensions.auth: is not a name for an extension: letters only, and not auth`,
		tls + "{mechanism: OAUTHBEARER, oauth: {token: t, extensions: {a: é}}}":                                         `5: clusters.a.sasl.oauth.extensions.a: may hold printable ASCII only`,
		tls + "{mechanism: PLAIN, username: u, password: p, oauth: {token: t}}":                                         `5: clusters.a.sasl.oauth: is for OAUTHBEARER and has no effect on PLAIN; remove it`,
		plain + "{mechanism: AWS_MSK_IAM}":                                                                              `4: clusters.a.sasl.mechanism: AWS_MSK_IAM needs TLS; add tls: {}`,
		tls + "{mechanism: AWS_MSK_IAM, aws: {secret_key: s}}":                                                          `5: clusters.a.sasl.aws: needs access_key beside the secret`,
		tls + "{mechanism: AWS_MSK_IAM, aws: {access_key: s}}":                                                          `5: clusters.a.sasl.aws: needs one of secret_key, secret_key_file and secret_key_command`,
		tls + "{mechanism: AWS_MSK_IAM, aws: {profile: a, credentials_command: [x]}}":                                   `5: clusters.a.sasl.aws: profile and credentials_command are given; give one of them`,
		tls + "{mechanism: GSSAPI, username: u}":                                                                        `5: clusters.a.sasl: GSSAPI needs a password, kerberos: {keytab: FILE} or kerberos: {cache: FILE}`,
		tls + "{mechanism: GSSAPI, kerberos: {keytab: k}}":                                                              `5: clusters.a.sasl: GSSAPI needs a username, the Kerberos principal`,
		tls + "{mechanism: GSSAPI, username: u, password: p, kerberos: {keytab: k}}":                                    `5: clusters.a.sasl: password and keytab are given; give one of them`,
		tls + "{mechanism: GSSAPI, username: u, kerberos: {cache: k}}":                                                  `5: clusters.a.sasl.username: has no effect with a credential cache, which has its own; remove it`,
		tls + "{mechanism: GSSAPI, username: u, password: p}\n    masking: [{topics: x}]\n":                             `6: clusters.a.masking[0]: hides nothing; give fields, headers, key: true or value: true`,
		tls + "{mechanism: GSSAPI, username: u, password: p}\n    masking:\n      - {fields: [a..b]}\n":                 `7: clusters.a.masking[0].fields: "a..b" is not a path such as customer.email`,
		tls + "{mechanism: GSSAPI, username: u, password: p}\n    masking:\n      - {key: true, topics: [\"\"]}\n":      `7: clusters.a.masking[0]: holds an empty topic or header name; write * for all`,
	} {
		_, err := Load(save(t, in))
		if err == nil || err.Error() != "lab.yaml:"+want {
			t.Errorf("%s\n got %v\nwant lab.yaml:%s", in, err, want)
		}
	}
}

// idp is a token endpoint on loopback.
type idp struct {
	*httptest.Server
	mu     sync.Mutex
	asked  int
	answer func(w http.ResponseWriter, r *http.Request, n int)
}

func startIDP(t *testing.T, ca *pki.CA, answer func(w http.ResponseWriter, r *http.Request, n int)) *idp {
	t.Helper()
	p := &idp{answer: answer}
	p.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		p.mu.Lock()
		p.asked++
		n := p.asked
		p.mu.Unlock()
		p.answer(w, r, n)
	}))
	p.TLS = serverTLS(t, ca)
	p.Config.ErrorLog = log.New(io.Discard, "", 0)
	p.StartTLS()
	t.Cleanup(p.Close)
	return p
}

func TestOAuthClientCredentials(t *testing.T) {
	ca := newCA(t)
	dir := t.TempDir()
	server := startIDP(t, ca, func(w http.ResponseWriter, r *http.Request, n int) {
		_ = r.ParseForm()
		user, pass, _ := r.BasicAuth()
		got := fmt.Sprintf("%s %s %s|%s|%s|%s|%s", r.Method, user, pass, r.PostForm.Get("grant_type"), r.PostForm.Get("scope"), r.PostForm.Get("audience"), r.Header.Get("Content-Type"))
		want := "POST my+client s%3Acret|client_credentials|a b|kafka|application/x-www-form-urlencoded" // RFC 6749 2.3.1: encoded, then basic
		if got != want {
			t.Errorf("\n got %s\nwant %s", got, want)
		}
		fmt.Fprintf(w, `{"access_token":"token-%d","token_type":"Bearer","expires_in":"100"}`, n)
	})
	o := OAuth{
		TokenURL: server.URL, CA: put(t, dir, "ca.pem", ca.PEM()), ClientID: "my client",
		ClientSecretFile: put(t, dir, "secret", []byte("s:cret\n")), Scope: "a b", Audience: "kafka",
		Extensions: map[string]string{"logicalCluster": "lkc-1"},
	}
	mechanism, err := o.mechanism(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if server.asked != 0 {
		t.Error("a token was fetched before anybody signed in")
	}
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			_, first, err := mechanism.Authenticate(t.Context(), "broker")
			if want := "n,,\x01auth=Bearer token-1\x01logicalCluster=lkc-1\x01\x01"; err != nil || string(first) != want {
				t.Errorf("%q, %v", first, err)
			}
		})
	}
	all.Wait()
	if server.asked != 1 {
		t.Errorf("eight sign-ins asked for %d tokens", server.asked)
	}
}

func TestOAuthRefreshesBeforeTheTokenEnds(t *testing.T) {
	now := time.Date(2026, 11, 23, 14, 0, 0, 0, time.UTC)
	server := startIDP(t, newCA(t), func(w http.ResponseWriter, _ *http.Request, n int) {
		life := `,"expires_in":100`
		if n == 3 {
			life = ""
		}
		fmt.Fprintf(w, `{"access_token":"token-%d"%s}`, n, life)
	})
	e := tokenEndpoint{
		url: server.URL, client: server.Client(), now: func() time.Time { return now },
		secret: func(context.Context) (Secret, error) { return NewSecret("x"), nil },
	}
	for _, step := range []struct {
		after time.Duration
		want  string
	}{{0, "token-1"}, {79 * time.Second, "token-1"}, {2 * time.Second, "token-2"}, {81 * time.Second, "token-3"}, {23 * time.Second, "token-3"}, {2 * time.Second, "token-4"}} {
		now = now.Add(step.after)
		got, err := e.token(t.Context())
		if err != nil || got.Reveal() != step.want {
			t.Errorf("after %s: %s, %v; want %s", step.after, got.Reveal(), err, step.want)
		}
	}
}

func TestOAuthErrors(t *testing.T) {
	ca := newCA(t)
	stranger := startIDP(t, ca, func(_ http.ResponseWriter, r *http.Request, _ int) {
		if _, _, ok := r.BasicAuth(); ok {
			t.Error("a redirect took the secret to a stranger")
		}
	})
	caFile := put(t, t.TempDir(), "ca.pem", ca.PEM())
	text := func(status int, body string) func(http.ResponseWriter, *http.Request, int) {
		return func(w http.ResponseWriter, _ *http.Request, _ int) {
			w.WriteHeader(status)
			_, _ = io.WriteString(w, body)
		}
	}
	for name, c := range map[string]struct {
		answer func(http.ResponseWriter, *http.Request, int)
		want   string
	}{
		"refused":    {text(401, `{"error":"invalid_client","error_description":"no\n hunter2 here"}`), "token_url: the token endpoint refused: HTTP 401 (invalid_client no *** here); check token_url, client_id, client_secret and scope"},
		"error page": {text(500, "<html>hunter2"), "token_url: the token endpoint refused: HTTP 500; check token_url, client_id, client_secret and scope"},
		"no JSON":    {text(200, "hello"), "token_url: the token endpoint's answer is not JSON; check token_url"},
		"no token":   {text(200, "{}"), "token_url: the token endpoint's answer holds no access_token; check token_url"},
		"other type": {text(200, `{"access_token":"x","token_type":"mac"}`), `token_url: the token endpoint gives tokens of type "mac", not bearer tokens`},
		"bad token":  {text(200, `{"access_token":"x\u0001auth=y"}`), "token: is not a bearer token: it may hold letters, digits and - . _ ~ + / only (RFC 6750)"},
		"huge":       {text(200, strings.Repeat(" ", maxToken+1)), "token_url: the token endpoint's answer is larger than 256 KiB"},
		"it redirects": {func(w http.ResponseWriter, r *http.Request, _ int) {
			http.Redirect(w, r, stranger.URL, http.StatusTemporaryRedirect)
		}, "token_url: the token endpoint refused: HTTP 307; check token_url, client_id, client_secret and scope"},
	} {
		o := OAuth{TokenURL: startIDP(t, ca, c.answer).URL, CA: caFile, ClientID: "c", ClientSecret: NewSecret("hunter2")}
		mechanism, err := o.mechanism(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		_, _, err = mechanism.Authenticate(t.Context(), "broker")
		if err == nil || err.Error() != "sasl.oauth."+c.want {
			t.Errorf("%s:\n got %v\nwant sasl.oauth.%s", name, err, c.want)
		}
	}
	away := startIDP(t, ca, nil)
	away.Close()
	o := OAuth{TokenURL: away.URL, ClientID: "c", ClientSecret: NewSecret("hunter2")}
	mechanism, err := o.mechanism(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err = mechanism.Authenticate(t.Context(), "broker"); err == nil || !strings.Contains(err.Error(), "the token endpoint cannot be asked: dial tcp") {
		t.Error(err)
	}
	// An authority that did not sign the endpoint's certificate.
	o = OAuth{TokenURL: stranger.URL, CA: put(t, t.TempDir(), "ca.pem", newCA(t).PEM()), ClientID: "c", ClientSecret: NewSecret("x")}
	if mechanism, err = o.mechanism(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, _, err = mechanism.Authenticate(t.Context(), "broker"); err == nil || !strings.Contains(err.Error(), "unknown authority") {
		t.Error(err)
	}
}

func TestOAuthStaticTokenIsReadAnew(t *testing.T) {
	dir := t.TempDir()
	o := OAuth{TokenFile: put(t, dir, "token", []byte("first\n"))}
	mechanism, err := o.mechanism(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"first", "second"} {
		put(t, dir, "token", []byte(want))
		if _, first, err := mechanism.Authenticate(t.Context(), "h"); err != nil || !bytes.Contains(first, []byte("Bearer "+want+"\x01")) {
			t.Errorf("%q, %v", first, err)
		}
	}
	session, _, err := mechanism.Authenticate(t.Context(), "h")
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err = session.Challenge([]byte(`{"status":"invalid_token"}`)); err == nil || !strings.HasPrefix(err.Error(), "sasl.oauth: the broker does not accept the token") {
		t.Error(err)
	}
	if _, err := (&OAuth{TokenFile: filepath.Join(dir, "none")}).mechanism(t.Context()); !errors.Is(err, os.ErrNotExist) || !strings.HasPrefix(err.Error(), "oauth.token_file: ") {
		t.Error(err)
	}
}

func TestAWSKeys(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE"} {
		t.Setenv(name, "")
	}
	t.Setenv("AWS_SHARED_CREDENTIALS_FILE", put(t, dir, "credentials", []byte("# keys\n[default]\naws_access_key_id = AKD\naws_secret_access_key=sd\n\n[ team ]\nAWS_ACCESS_KEY_ID=AKT\naws_secret_access_key = s=t\naws_session_token = tt\n[empty]\n")))
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("AWS_CONFIG_FILE", put(t, dir, "config", []byte("[profile process]\ncredential_process = \""+self+"\" {\"Version\":1,\"AccessKeyId\":\"AKP\",\"SecretAccessKey\":\"sp\"}\n[profile sso]\nsso_session = x\n")))
	t.Setenv("KCONSOLE_TEST_COMMAND", "print")
	for name, c := range map[string]struct {
		aws  AWS
		env  string
		want string
	}{
		"explicit":     {AWS{AccessKey: "AK", SecretKey: NewSecret("s"), SessionToken: NewSecret("t")}, "", "AK s t"},
		"default":      {AWS{}, "", "AKD sd "},
		"profile":      {AWS{Profile: "team"}, "", "AKT s=t tt"},
		"environment":  {AWS{}, "AKE", "AKE se te"},
		"profile wins": {AWS{Profile: "team"}, "AKE", "AKT s=t tt"},
		"command":      {AWS{CredentialsCommand: []string{self, `{"Version":1,"AccessKeyId":"AKC","SecretAccessKey":"sc","SessionToken":"tc","Expiration":"2026-11-23T14:00:00Z"}`}}, "", "AKC sc tc"},
	} {
		t.Run(name, func(t *testing.T) {
			if c.env != "" {
				t.Setenv("AWS_ACCESS_KEY_ID", c.env)
				t.Setenv("AWS_SECRET_ACCESS_KEY", "se")
				t.Setenv("AWS_SESSION_TOKEN", "te")
			}
			k, err := c.aws.keys(t.Context())
			if got := k.access + " " + k.secret.Reveal() + " " + k.session.Reveal(); err != nil || got != c.want {
				t.Errorf("got %s, %v; want %s", got, err, c.want)
			}
		})
	}
	for name, c := range map[string]struct {
		aws  AWS
		want string
	}{
		"no profile":    {AWS{Profile: "nobody"}, `profile: there is no profile "nobody" in `},
		"empty profile": {AWS{Profile: "empty"}, `profile: the profile "empty" holds no keys; for SSO and roles give credentials_command: [aws, configure, export-credentials, --profile, empty, --format, process]`},
		"sso":           {AWS{Profile: "sso"}, `profile: the profile "sso" holds no keys; for SSO`},
		"no JSON":       {AWS{CredentialsCommand: []string{self, "hunter2"}}, "credentials_command: " + self + " did not print credentials as JSON of version 1"},
		"bad time":      {AWS{CredentialsCommand: []string{self, `{"Version":1,"AccessKeyId":"AKC","SecretAccessKey":"hunter2","Expiration":"soon"}`}}, "printed an Expiration that is not a time of RFC 3339"},
	} {
		_, err := c.aws.keys(t.Context())
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if got := splitCommand(`"/a b/c" --x "y z"  w`); strings.Join(got, "|") != "/a b/c|--x|y z|w" {
		t.Errorf("split: %q", got)
	}
}

func TestAWSSignsForTheBroker(t *testing.T) {
	a := AWS{AccessKey: "AKEXAMPLE", SecretKey: NewSecret("secret"), SessionToken: NewSecret("session")}
	mechanism, err := a.mechanism(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	_, first, err := mechanism.Authenticate(t.Context(), "b-1.x.kafka.eu-central-1.amazonaws.com:9098")
	if err != nil {
		t.Fatal(err)
	}
	var claim map[string]string
	if err := json.Unmarshal(first, &claim); err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(claim["x-amz-credential"], "AKEXAMPLE/") || !strings.HasSuffix(claim["x-amz-credential"], "/eu-central-1/kafka-cluster/aws4_request") ||
		claim["x-amz-security-token"] != "session" || len(claim["x-amz-signature"]) != 64 {
		t.Errorf("claim: %v", claim)
	}
	if bytes.Contains(first, []byte(`"secret"`)) {
		t.Error("the secret key was sent")
	}
}

func TestKerberosErrors(t *testing.T) {
	dir := t.TempDir()
	conf := put(t, dir, "krb5.conf", []byte("[libdefaults]\n default_realm = EXAMPLE.ORG\n dns_lookup_kdc = false\n udp_preference_limit = 1\n[realms]\n EXAMPLE.ORG = {\n  kdc = 127.0.0.1:1\n }\n"))
	realmless := put(t, dir, "empty.conf", []byte("[libdefaults]\n"))
	for name, c := range map[string]struct {
		k    Kerberos
		want string
	}{
		"no config":   {Kerberos{Config: filepath.Join(dir, "none")}, "kerberos.config: none: file does not exist; check the path (a relative one is relative to the configuration)"},
		"no realm":    {Kerberos{Config: realmless}, "kerberos.realm: no realm is given, and the Kerberos configuration has no default_realm"},
		"no keytab":   {Kerberos{Config: conf, Keytab: filepath.Join(dir, "none")}, "kerberos.keytab: none: file does not exist; check the path (a relative one is relative to the configuration)"},
		"not keytab":  {Kerberos{Config: conf, Keytab: put(t, dir, "kt", []byte("hello"))}, "kerberos.keytab: kt is not a key table"},
		"no cache":    {Kerberos{Config: conf, Cache: filepath.Join(dir, "none")}, "kerberos.cache: none: file does not exist; check the path (a relative one is relative to the configuration)"},
		"not a cache": {Kerberos{Config: conf, Cache: put(t, dir, "cc", []byte("hello"))}, "kerberos.cache: cc is not a credential cache; fill it with kinit -c FILE"},
	} {
		s := SASL{Mechanism: "GSSAPI", Username: "app", Password: NewSecret("p"), Kerberos: &c.k}
		_, err := s.mechanism(t.Context())
		if err == nil || strings.ReplaceAll(err.Error(), dir+string(filepath.Separator), "") != c.want {
			t.Errorf("%s:\n got %v\nwant %s", name, err, c.want)
		}
	}
	// gokrb5 indexes beyond the end of damaged files.
	rapid.Check(t, func(t *rapid.T) {
		damaged := append([]byte{5, rapid.SampledFrom([]byte{1, 2, 3, 4}).Draw(t, "version")}, rapid.SliceOfN(rapid.Byte(), 0, 40).Draw(t, "rest")...)
		for _, k := range []Kerberos{{Config: conf, Cache: filepath.Join(dir, "damaged")}, {Config: conf, Keytab: filepath.Join(dir, "damaged")}} {
			if err := os.WriteFile(filepath.Join(dir, "damaged"), damaged, 0o600); err != nil {
				t.Fatal(err)
			}
			_, _ = k.client(context.Background(), "app", nil) // must come back
		}
	})
	for user, want := range map[string]string{
		"app":           "sasl.kerberos: no KDC answers; check the realm's kdc in the Kerberos configuration",
		"app@OTHER.ORG": "sasl.kerberos: no KDC is known for the realm; name one in the Kerberos configuration",
	} {
		s := SASL{Mechanism: "GSSAPI", Username: user, Password: NewSecret("p"), Kerberos: &Kerberos{Config: conf}}
		mechanism, err := s.mechanism(t.Context())
		if err != nil || mechanism.Name() != "GSSAPI" {
			t.Fatal(mechanism, err)
		}
		if _, _, err = mechanism.Authenticate(t.Context(), "127.0.0.1:9092"); err == nil || err.Error() != want {
			t.Errorf("%s: %v", user, err)
		}
	}
}
