package config

import (
	"crypto/x509"
	"encoding/pem"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"kconsole/compose/pki"
)

func TestClientFiles(t *testing.T) {
	dir := t.TempDir()
	cl := Cluster{
		Name: "lab", Brokers: []string{"127.0.0.1:1", "127.0.0.1:2"}, TLS: &TLS{CA: "/lab/ca.pem", ServerName: "kafka"},
		SASL:     &SASL{Mechanism: "SCRAM-SHA-512", Username: "admin", PasswordFile: put(t, dir, "pass", []byte("it's $5 #1\n"))},
		Registry: &Registry{URL: "https://127.0.0.1:3", CA: "/lab/ca.pem", Username: "admin", Password: NewSecret("r")},
	}
	if err := WriteClientFiles(t.Context(), dir, cl); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		JavaFile: `bootstrap.servers=127.0.0.1:1,127.0.0.1:2
security.protocol=SASL_SSL
ssl.truststore.type=PEM
ssl.truststore.location=/lab/ca.pem
# Java verifies the host it dials; it has no setting for the name kafka
sasl.mechanism=SCRAM-SHA-512
sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required username="admin" password="it's $5 #1";
`,
		KcatFile: `bootstrap.servers=127.0.0.1:1,127.0.0.1:2
security.protocol=sasl_ssl
ssl.ca.location=/lab/ca.pem
sasl.mechanism=SCRAM-SHA-512
sasl.username=admin
sasl.password=it's $5 #1
`,
		DotenvFile: `KAFKA_BROKERS=127.0.0.1:1,127.0.0.1:2
KAFKA_SECURITY_PROTOCOL=SASL_SSL
KAFKA_SASL_MECHANISM=SCRAM-SHA-512
KAFKA_SASL_USERNAME=admin
KAFKA_SASL_PASSWORD="it's \$5 #1"
KAFKA_SSL_CA=/lab/ca.pem
SCHEMA_REGISTRY_URL=https://127.0.0.1:3
SCHEMA_REGISTRY_CA=/lab/ca.pem
SCHEMA_REGISTRY_USERNAME=admin
SCHEMA_REGISTRY_PASSWORD=r
`,
	} {
		path := filepath.Join(dir, name)
		got, err := os.ReadFile(path)
		if err != nil || string(got) != want {
			t.Errorf("%s: %v\n%s\nwant\n%s", name, err, got, want)
		}
		if info, err := os.Stat(path); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v %v", name, info.Mode(), err)
		}
	}
}

func TestClientFilesPlaintext(t *testing.T) {
	cl := Cluster{Brokers: []string{"h:1"}}
	java, err := ClientProperties(t.Context(), cl)
	if err != nil || java != "bootstrap.servers=h:1\nsecurity.protocol=PLAINTEXT\n" {
		t.Error(java, err)
	}
	kcat, err := KcatConf(t.Context(), cl)
	if err != nil || kcat != "bootstrap.servers=h:1\nsecurity.protocol=plaintext\n" {
		t.Error(kcat, err)
	}
}

// Java takes keys as PKCS #8 only, whatever the file has.
func TestClientPropertiesHoldTheClientCertificate(t *testing.T) {
	dir := t.TempDir()
	leaf := issue(t, newCA(t), pki.Client("app"))
	der, err := x509.MarshalECPrivateKey(leaf.Key)
	if err != nil {
		t.Fatal(err)
	}
	sec1 := put(t, dir, "app.key", pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: der}))
	text, err := ClientProperties(t.Context(), Cluster{Brokers: []string{"h:1"}, TLS: &TLS{Cert: put(t, dir, "app.pem", leaf.CertPEM), Key: sec1}})
	if err != nil {
		t.Fatal(err)
	}
	oneLine := strings.NewReplacer("\n", `\n`).Replace
	for _, want := range []string{
		"ssl.keystore.type=PEM\n",
		"ssl.keystore.certificate.chain=" + oneLine(string(leaf.CertPEM)) + "\n",
		"ssl.keystore.key=" + oneLine(string(leaf.KeyPEM)) + "\n",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
}

func TestClientFilesRefuse(t *testing.T) {
	for name, c := range map[string]struct {
		sasl SASL
		want string
	}{
		"line break": {SASL{Mechanism: "PLAIN", Username: "u", Password: NewSecret("hunter2\n")}, "sasl.password: has a line break, which a librdkafka configuration file cannot hold"},
		"mechanism":  {SASL{Mechanism: "GSSAPI"}, "clusters.lab.sasl.mechanism: GSSAPI cannot be written for other clients; PLAIN and SCRAM can"},
		"no file":    {SASL{Mechanism: "PLAIN", PasswordFile: filepath.Join(t.TempDir(), "none")}, "file does not exist; create it with the secret as its only line"},
	} {
		err := WriteClientFiles(t.Context(), t.TempDir(), Cluster{Name: "lab", Brokers: []string{"h:1"}, SASL: &c.sasl})
		if err == nil || !strings.HasSuffix(err.Error(), c.want) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A shell reads what was written, for all that it can (see quoteDotenv).
func TestDotenvInAShell(t *testing.T) {
	sh, err := exec.LookPath("sh")
	if err != nil {
		t.Skip("needs a POSIX shell on the PATH: sh")
	}
	path := filepath.Join(t.TempDir(), ".env")
	rapid.Check(t, func(t *rapid.T) {
		want := rapid.StringMatching(`[ -_a-~é]{1,16}`).Draw(t, "value") // no backtick
		if err := os.WriteFile(path, []byte("V="+quoteDotenv(want)+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := exec.Command(sh, "-c", `. "$0"; printf %s "$V"`, path).Output()
		if err != nil || string(got) != want {
			t.Fatalf("%q came out as %q, %v", want, got, err)
		}
	})
}

func FuzzQuoteDotenv(f *testing.F) {
	f.Add("a'b\n$`\"\\")
	f.Fuzz(func(t *testing.T, s string) {
		if strings.ContainsAny(quoteDotenv(s), "\r\n") {
			t.Fatalf("%q breaks the line", s)
		}
	})
}
