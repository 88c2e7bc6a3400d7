package process

import (
	"context"
	"crypto/rsa"
	"fmt"
	"maps"
	"net/http"
	"path/filepath"
	"time"

	"kconsole/compose/apicurio"
	"kconsole/compose/pki"
)

const tokenKeyFile = "token-key.pem"

// machine is how the registry is run: TLS on loopback, its data in a file, and
// no request without a token that the door signed.
func (k kafka) registryMachine(u *unit, port, heapMiB int, leaf *pki.Leaf, verify *rsa.PublicKey) (jvm, error) {
	settings, err := apicurio.Settings(verify)
	if err != nil {
		return jvm{}, err
	}
	maps.Copy(settings, map[string]string{
		"quarkus.http.host":                          "127.0.0.1",
		"quarkus.http.ssl-port":                      fmt.Sprint(port),
		"quarkus.http.ssl.certificate.files":         leaf.CertFile,
		"quarkus.http.ssl.certificate.key-files":     leaf.KeyFile,
		"quarkus.datasource.jdbc.url":                "jdbc:h2:file:" + u.file("data/registry"),
		"quarkus.log.console.enable":                 "false",
		"quarkus.log.file.enable":                    "true",
		"quarkus.log.file.path":                      u.file(logFile),
		"quarkus.log.file.rotation.max-file-size":    "16M",
		"quarkus.log.file.rotation.max-backup-index": "1",
	})
	return jvm{
		heapMiB: heapMiB,
		archive: k.regArch,
		system:  settings,
		main:    []string{"-jar", filepath.Join(k.registry, "apicurio-registry-app-"+ApicurioVersion+"-runner.jar")},
	}, nil
}

// backend is a client for the registry behind the door.
func backend(ca *pki.CA) *http.Transport { return apicurio.Transport(apicurio.Verify(ca)) }

// registryAnswers is nil when the registry is ready for requests.
func registryAnswers(ctx context.Context, client *http.Client, port int) error {
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "https://"+loopback(port)+apicurio.ReadyPath, http.NoBody)
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
