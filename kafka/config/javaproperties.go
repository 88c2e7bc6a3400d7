package config

import (
	"context"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"strings"
	"unicode/utf16"
)

// loginModules are the JAAS modules of Kafka's Java client, for the mechanisms
// that sign in with a user and a password.
var loginModules = map[string]string{
	"PLAIN":         "org.apache.kafka.common.security.plain.PlainLoginModule",
	"SCRAM-SHA-256": "org.apache.kafka.common.security.scram.ScramLoginModule",
	"SCRAM-SHA-512": "org.apache.kafka.common.security.scram.ScramLoginModule",
}

// ClientProperties returns a client.properties for Kafka's Java tools, with the
// CA by path and a client certificate inline, both as PEM (KIP-651).
func ClientProperties(ctx context.Context, cl Cluster) (string, error) {
	password, err := cl.password(ctx)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	put := func(key, value string) {
		if value != "" {
			b.WriteString(key + "=" + escapeProperty(value) + "\n")
		}
	}
	put("bootstrap.servers", strings.Join(cl.Brokers, ","))
	put("security.protocol", cl.SecurityProtocol())
	if t := cl.TLS; t != nil {
		if t.CA != "" {
			put("ssl.truststore.type", "PEM")
			put("ssl.truststore.location", t.CA)
		}
		if t.Cert != "" {
			chain, key, err := javaKeyStore(t.Cert, t.Key)
			if err != nil {
				return "", inCluster(cl, "tls", err)
			}
			put("ssl.keystore.type", "PEM")
			put("ssl.keystore.certificate.chain", chain)
			put("ssl.keystore.key", key)
		}
		if t.ServerName != "" {
			b.WriteString("# Java verifies the host it dials; it has no setting for the name " + escapeProperty(t.ServerName) + "\n")
		}
	}
	if s := cl.SASL; s != nil {
		put("sasl.mechanism", s.Mechanism)
		put("sasl.jaas.config", fmt.Sprintf("%s required username=%s password=%s;", loginModules[s.Mechanism], quoteJAAS(s.Username), quoteJAAS(password)))
	}
	return b.String(), nil
}

// javaKeyStore returns a certificate chain and a key in the only form of PEM
// that Java reads: PKCS #8 for the key.
func javaKeyStore(certPath, keyPath string) (chain, key string, err error) {
	pair, err := clientCertificate(certPath, keyPath)
	if err != nil {
		return "", "", err
	}
	for _, der := range pair.Certificate {
		chain += string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	}
	der, err := x509.MarshalPKCS8PrivateKey(pair.PrivateKey)
	if err != nil {
		return "", "", tlsError("key", "%s cannot be written as PKCS #8: %w", keyPath, err)
	}
	return chain, string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})), nil
}

// quoteJAAS quotes a JAAS option as java.io.StreamTokenizer reads it.
func quoteJAAS(s string) string {
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`, "\r", `\r`).Replace(s) + `"`
}

// escapeProperty escapes a value as java.util.Properties.load reads it from
// bytes, which are ISO 8859-1: everything beyond ASCII becomes \uXXXX in UTF-16.
func escapeProperty(s string) string {
	var b strings.Builder
	for i, r := range s {
		switch {
		case r == '\\':
			b.WriteString(`\\`)
		case r == '\n':
			b.WriteString(`\n`)
		case r == '\r':
			b.WriteString(`\r`)
		case r == '\t':
			b.WriteString(`\t`)
		case r == '\f':
			b.WriteString(`\f`)
		case r == ' ' && i == 0: // leading white space would be skipped
			b.WriteString(`\ `)
		case r < 0x20 || r > 0x7E:
			for _, unit := range utf16.Encode([]rune{r}) {
				fmt.Fprintf(&b, `\u%04X`, unit)
			}
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}
