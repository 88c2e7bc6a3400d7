package process

import (
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"kconsole/compose/pki"
)

const (
	// ccompat is where Apicurio serves Confluent's REST API.
	ccompat = "/apis/ccompat/v7"

	tokenKeyFile = "token-key.pem"
)

// machine is how the registry is run: TLS on loopback, its data in a file, and
// no request without a token that the [front] signed. Apicurio itself could
// take passwords only from an OpenID provider.
func (k kafka) registryMachine(u *unit, port, heapMiB int, leaf *pki.Leaf, verify *rsa.PublicKey) (jvm, error) {
	public, err := x509.MarshalPKIXPublicKey(verify)
	if err != nil {
		return jvm{}, err
	}
	return jvm{
		heapMiB: heapMiB,
		archive: k.regArch,
		system: map[string]string{
			"quarkus.http.host":                          "127.0.0.1",
			"quarkus.http.insecure-requests":             "disabled",
			"quarkus.http.ssl-port":                      fmt.Sprint(port),
			"quarkus.http.ssl.certificate.files":         leaf.CertFile,
			"quarkus.http.ssl.certificate.key-files":     leaf.KeyFile,
			"quarkus.http.io-threads":                    "2",
			"quarkus.thread-pool.max-threads":            "8",
			"quarkus.datasource.jdbc.url":                "jdbc:h2:file:" + u.file("data/registry"),
			"quarkus.datasource.jdbc.initial-size":       "1",
			"quarkus.datasource.jdbc.min-size":           "1",
			"quarkus.datasource.jdbc.max-size":           "8",
			"quarkus.log.console.enable":                 "false",
			"quarkus.log.file.enable":                    "true",
			"quarkus.log.file.path":                      u.file(logFile),
			"quarkus.log.file.rotation.max-file-size":    "16M",
			"quarkus.log.file.rotation.max-backup-index": "1",
			"quarkus.oidc.public-key":                    base64.StdEncoding.EncodeToString(public),
			"quarkus.oidc.auth-server-url":               "", // there is no provider: the key says it all
			"registry.auth.enabled":                      "true",
			"registry.auth.role-based-authorization":     "true",
			"registry.auth.role-source":                  "token",
			"registry.rest.artifact.deletion.enabled":    "true",
		},
		main: []string{"-jar", filepath.Join(k.registry, "apicurio-registry-app-"+ApicurioVersion+"-runner.jar")},
	}, nil
}

// tokenKey makes or reads the key that signs the tokens for the registry. It
// is kept, because a registry that was adopted trusts the key that it knew.
func tokenKey(path string) (*rsa.PrivateKey, error) {
	text, err := os.ReadFile(path)
	if err == nil {
		if block, _ := pem.Decode(text); block != nil {
			if key, err := x509.ParsePKCS1PrivateKey(block.Bytes); err == nil {
				return key, nil
			}
		}
	} else if !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return nil, err
	}
	block := &pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)}
	return key, pki.WriteFile(path, pem.EncodeToMemory(block), 0o600)
}

// backend is a client for the registry behind the front.
func backend(ca *pki.CA) *http.Transport {
	return &http.Transport{
		TLSClientConfig:       &tls.Config{RootCAs: ca.Pool(), MinVersion: tls.VersionTLS12},
		MaxIdleConnsPerHost:   8,
		IdleConnTimeout:       30 * time.Second,
		ResponseHeaderTimeout: 30 * time.Second,
	}
}

// registryAnswers is nil when the registry is ready for requests.
func registryAnswers(ctx context.Context, client *http.Client, port int) error {
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "https://"+loopback(port)+"/health/ready", http.NoBody)
	if err != nil {
		return err
	}
	res, err := client.Do(req)
	if err != nil {
		return err
	}
	_ = res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return fmt.Errorf("the registry answers %s", res.Status)
	}
	return nil
}
