package process

import (
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/tls"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"kconsole/compose/apicurio"
	"kconsole/compose/labdir"
	"kconsole/compose/pki"
)

// echo stands behind the front: it answers with what reached it, if the token
// is good.
func echo(key *rsa.PublicKey) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		token := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
		parts := strings.Split(token, ".")
		if len(parts) != 3 {
			http.Error(w, "no token", http.StatusTeapot)
			return
		}
		signature, _ := base64.RawURLEncoding.DecodeString(parts[2])
		sum := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
		if rsa.VerifyPKCS1v15(key, crypto.SHA256, sum[:], signature) != nil {
			http.Error(w, "forged", http.StatusTeapot)
			return
		}
		raw, _ := base64.RawURLEncoding.DecodeString(parts[1])
		var claims struct {
			Sub    string
			Groups []string
		}
		_ = json.Unmarshal(raw, &claims)
		fmt.Fprintf(w, "%s %s %s %v", r.Method, r.URL.RequestURI(), claims.Sub, claims.Groups)
	})
}

func TestFront(t *testing.T) {
	dir := t.TempDir()
	ca, err := pki.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	key, err := apicurio.TokenKey(filepath.Join(dir, tokenKeyFile))
	if err != nil {
		t.Fatal(err)
	}
	if again, err := apicurio.TokenKey(filepath.Join(dir, tokenKeyFile)); err != nil || !again.Equal(key) {
		t.Fatalf("the key is not kept: %v", err)
	}
	leaf, err := ca.Issue(pki.Server())
	if err != nil {
		t.Fatal(err)
	}
	behind := httptest.NewUnstartedServer(echo(&key.PublicKey))
	behind.TLS = &tls.Config{Certificates: []tls.Certificate{leaf.TLS()}, MinVersion: tls.VersionTLS12}
	behind.StartTLS()
	users := []labdir.User{{Name: "admin", Password: "A", Super: true}, {Name: "app", Password: "B"}, {Name: "guest", Password: "C"}}
	var ports Ports
	if err := ports.choose(t.Context(), "", false); err != nil {
		t.Fatal(err)
	}
	_, port, _ := net.SplitHostPort(behind.Listener.Addr().String())
	ports.Backend, _ = strconv.Atoi(port)
	f, err := openFront(t.Context(), ports, ca, users, key)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := f.Close(); err != nil {
			t.Error(err)
		}
	}()
	trans := backend(ca)
	defer trans.CloseIdleConnections()
	ask := func(path, user, password string) (int, string) {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "https://"+loopback(ports.Registry)+path, http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		if user != "" {
			req.SetBasicAuth(user, password)
		}
		res, err := (&http.Client{Transport: trans}).Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		body, _ := io.ReadAll(res.Body)
		return res.StatusCode, strings.TrimSpace(string(body))
	}
	for _, c := range []struct {
		path, user, password string
		status               int
		body                 string
	}{
		{"/subjects", "admin", "A", 200, "GET /apis/ccompat/v7/subjects admin [sr-admin]"},
		{"/subjects?deleted=true", "app", "B", 200, "GET /apis/ccompat/v7/subjects?deleted=true app [sr-developer]"},
		{"/subjects/a%2Fb/versions", "app", "B", 200, "GET /apis/ccompat/v7/subjects/a%2Fb/versions app [sr-developer]"},
		{"/apis/registry/v2/system/info", "admin", "A", 200, "GET /apis/registry/v2/system/info admin [sr-admin]"},
		{"/subjects", "guest", "C", 403, `{"error_code":403,"message":"User is denied operation on this server."}`},
		{"/subjects", "admin", "B", 401, `{"error_code":401,"message":"Unauthorized"}`},
		{"/subjects", "nobody", "", 401, `{"error_code":401,"message":"Unauthorized"}`},
		{"/subjects", "", "", 401, `{"error_code":401,"message":"Unauthorized"}`},
	} {
		if status, body := ask(c.path, c.user, c.password); status != c.status || body != c.body {
			t.Errorf("%s as %s: %d %s", c.path, c.user, status, body)
		}
	}
	behind.Close()
	for _, path := range []string{"/subjects", "/config/a"} {
		if status, body := ask(path, "admin", "A"); status != http.StatusServiceUnavailable || !strings.Contains(body, `"error_code":503`) {
			t.Errorf("%s with the registry away: %d %s", path, status, body)
		}
	}
}
