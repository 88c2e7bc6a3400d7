package config

import (
	"context"
	"path/filepath"
	"strings"
)

// Names of the files that [WriteClientFiles] writes.
const (
	JavaFile   = "client.properties" // for Apache Kafka's own tools: --command-config
	KcatFile   = "kcat.conf"         // for kcat -F and anything on librdkafka
	DotenvFile = ".env"              // for PHP (phpdotenv, Laravel), docker compose and sh
)

// WriteClientFiles writes what other clients need to reach the cluster into dir,
// each with mode 0600 because each holds the password.
func WriteClientFiles(ctx context.Context, dir string, cl Cluster) error {
	for _, one := range []struct {
		name string
		text func(context.Context, Cluster) (string, error)
	}{{JavaFile, ClientProperties}, {KcatFile, KcatConf}, {DotenvFile, Dotenv}} {
		text, err := one.text(ctx, cl)
		if err != nil {
			return err
		}
		if err := WritePrivate(filepath.Join(dir, one.name), []byte(text)); err != nil {
			return err
		}
	}
	return nil
}

// SecurityProtocol is Kafka's name for how the cluster is reached: PLAINTEXT,
// SSL, SASL_PLAINTEXT or SASL_SSL.
func (cl Cluster) SecurityProtocol() string {
	switch {
	case cl.SASL != nil && cl.TLS != nil:
		return "SASL_SSL"
	case cl.SASL != nil:
		return "SASL_PLAINTEXT"
	case cl.TLS != nil:
		return "SSL"
	}
	return "PLAINTEXT"
}

// password resolves the cluster's password; empty without SASL.
func (cl Cluster) password(ctx context.Context) (string, error) {
	if cl.unresolved != nil {
		return "", cl.unresolved
	}
	if cl.SASL == nil {
		return "", nil
	}
	if _, ok := loginModules[cl.SASL.Mechanism]; !ok {
		return "", inCluster(cl, "sasl", &Error{Key: "mechanism", Reason: cl.SASL.Mechanism + " cannot be written for other clients; PLAIN and SCRAM can"})
	}
	p, err := cl.SASL.ResolvePassword(ctx)
	if err != nil {
		return "", inCluster(cl, "sasl", err)
	}
	return p.Reveal(), nil
}

// KcatConf returns librdkafka's key=value lines: brokers and sign-in, nothing
// else. A value with a line break has no form there and is an error.
// https://github.com/confluentinc/librdkafka/blob/master/CONFIGURATION.md
func KcatConf(ctx context.Context, cl Cluster) (string, error) {
	password, err := cl.password(ctx)
	if err != nil {
		return "", err
	}
	lines := [][2]string{
		{"bootstrap.servers", strings.Join(cl.Brokers, ",")},
		{"security.protocol", strings.ToLower(cl.SecurityProtocol())},
	}
	if t := cl.TLS; t != nil {
		lines = append(lines,
			[2]string{"ssl.ca.location", t.CA},
			[2]string{"ssl.certificate.location", t.Cert},
			[2]string{"ssl.key.location", t.Key},
		)
	}
	if s := cl.SASL; s != nil {
		lines = append(lines,
			[2]string{"sasl.mechanism", s.Mechanism},
			[2]string{"sasl.username", s.Username},
			[2]string{"sasl.password", password},
		)
	}
	var b strings.Builder
	for _, l := range lines {
		if l[1] == "" {
			continue
		}
		if strings.ContainsAny(l[1], "\r\n\x00") {
			return "", &Error{Key: l[0], Reason: "has a line break, which a librdkafka configuration file cannot hold"}
		}
		b.WriteString(l[0] + "=" + l[1] + "\n")
	}
	return b.String(), nil
}

// Dotenv returns KEY=value lines: KAFKA_BROKERS, KAFKA_SECURITY_PROTOCOL,
// KAFKA_SASL_MECHANISM, _USERNAME, _PASSWORD, KAFKA_SSL_CA, _CERT, _KEY, and
// SCHEMA_REGISTRY_URL, _CA, _USERNAME, _PASSWORD; what has no value is left out.
func Dotenv(ctx context.Context, cl Cluster) (string, error) {
	password, err := cl.password(ctx)
	if err != nil {
		return "", err
	}
	lines := [][2]string{
		{"KAFKA_BROKERS", strings.Join(cl.Brokers, ",")},
		{"KAFKA_SECURITY_PROTOCOL", cl.SecurityProtocol()},
	}
	if s := cl.SASL; s != nil {
		lines = append(lines,
			[2]string{"KAFKA_SASL_MECHANISM", s.Mechanism},
			[2]string{"KAFKA_SASL_USERNAME", s.Username},
			[2]string{"KAFKA_SASL_PASSWORD", password},
		)
	}
	if t := cl.TLS; t != nil {
		lines = append(lines,
			[2]string{"KAFKA_SSL_CA", t.CA},
			[2]string{"KAFKA_SSL_CERT", t.Cert},
			[2]string{"KAFKA_SSL_KEY", t.Key},
		)
	}
	if r := cl.Registry; r != nil {
		secret, err := r.ResolvePassword(ctx)
		if err != nil {
			return "", inCluster(cl, "registry", err)
		}
		lines = append(lines,
			[2]string{"SCHEMA_REGISTRY_URL", r.URL},
			[2]string{"SCHEMA_REGISTRY_CA", r.CA},
			[2]string{"SCHEMA_REGISTRY_USERNAME", r.Username},
			[2]string{"SCHEMA_REGISTRY_PASSWORD", secret.Reveal()},
		)
	}
	var b strings.Builder
	for _, l := range lines {
		if l[1] != "" {
			b.WriteString(l[0] + "=" + quoteDotenv(l[1]) + "\n")
		}
	}
	return b.String(), nil
}

// quoteDotenv quotes a value so that phpdotenv, docker compose and sh agree on
// it: bare where it is harmless, in single quotes where it has none, and else in
// double quotes with phpdotenv's escapes. (It has none for the backtick, which
// sh would obey there: such a file is not for sh.)
func quoteDotenv(s string) string {
	bare := strings.IndexFunc(s, func(r rune) bool {
		return !strings.ContainsRune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_./:,@-", r)
	}) < 0
	switch {
	case bare:
		return s
	case !strings.ContainsAny(s, "'\r\n"):
		return "'" + s + "'"
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, `$`, `\$`, "\n", `\n`, "\r", `\r`).Replace(s) + `"`
}
