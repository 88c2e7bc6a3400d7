package docker

import (
	"crypto/x509"
	"encoding/json"
	"fmt"
	"maps"
	"path/filepath"
	"strings"

	"software.sslmate.com/src/go-pkcs12"

	"kconsole/compose/apicurio"
	"kconsole/compose/labdir"
	"kconsole/compose/pki"
)

// What the registry's door reads from its directory; see [RunDoor].
const (
	doorCert  = "registry.pem"
	doorKey   = "registry-key.pem"
	doorToken = "token-key.pem"
	doorUsers = "users.json"
)

// apicurioHost is where the door finds Apicurio.
const apicurioHost = "apicurio:8443"

// writeApicurio writes the files of Apicurio and of its door.
func (st *start) writeApicurio(w *writer) error {
	behind, err := st.ca.Ensure(filepath.Join(labdir.DockerDir, "tls", "apicurio"), pki.Server("apicurio"))
	if err != nil {
		return err
	}
	key, err := apicurio.TokenKey(filepath.Join(w.home, "tls", doorToken))
	if err != nil {
		return err
	}
	settings, err := apicurio.Settings(&key.PublicKey)
	if err != nil {
		return err
	}
	maps.Copy(settings, map[string]string{
		"quarkus.http.ssl-port":                  "8443",
		"quarkus.http.ssl.certificate.files":     inConf + "apicurio.pem",
		"quarkus.http.ssl.certificate.key-files": inConf + "apicurio-key.pem",
		"quarkus.datasource.jdbc.url":            "jdbc:h2:file:/var/lib/registry/registry",
	})
	env := map[string]string{
		"JAVA_OPTIONS": "-Dquarkus.http.host=0.0.0.0 -Djava.util.logging.manager=org.jboss.logmanager.LogManager" +
			" -Xms48m -Xmx256m -XX:+UseSerialGC -XX:TieredStopAtLevel=1",
	}
	for name, value := range settings {
		env[variable(name)] = value
	}
	w.write("apicurio/apicurio.env", envFile("# Apicurio Registry's properties, as environment variables.", env), private)
	w.write("apicurio/tls/apicurio.pem", behind.CertPEM, shared)
	w.write("apicurio/tls/apicurio-key.pem", behind.KeyPEM, shared)

	front, err := st.ca.Ensure(filepath.Join(labdir.DockerDir, "tls", "registry"), pki.Server("registry"))
	if err != nil {
		return err
	}
	users, err := json.Marshal(st.users)
	if err != nil {
		return err
	}
	token, err := readFile(filepath.Join(w.home, "tls", doorToken))
	if err != nil {
		return err
	}
	w.write("registry/"+labdir.CAFile, st.ca.PEM(), shared)
	w.write("registry/"+doorCert, front.CertPEM, shared)
	w.write("registry/"+doorKey, front.KeyPEM, shared)
	w.write("registry/"+doorToken, token, shared)
	w.write("registry/"+doorUsers, users, shared)
	return w.err
}

// variable is the environment variable for a property (MicroProfile Config).
func variable(property string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' {
			return r
		}
		return '_'
	}, strings.ToUpper(property))
}

// writeConfluent writes the files of Confluent's registry. It keeps its schemas
// in Kafka, as the lab's administrator.
func (st *start) writeConfluent(w *writer) error {
	leaf, err := st.ca.Ensure(filepath.Join(labdir.DockerDir, "tls", "schema-registry"), pki.Server("schema-registry", "registry"))
	if err != nil {
		return err
	}
	password, err := pki.EnsurePassword(filepath.Join(w.home, "tls", "keystore.secret"))
	if err != nil {
		return err
	}
	store, err := pkcs12.Modern.Encode(leaf.Key, leaf.Cert, []*x509.Certificate{st.ca.Certificate()}, password)
	if err != nil {
		return fmt.Errorf("making the registry's key store: %w", err)
	}
	const dir = "schema-registry/"
	w.write(dir+labdir.CAFile, st.ca.PEM(), shared)
	w.write(dir+"jaas.conf", read(dir+"jaas.conf"), shared)
	w.once(dir+"keystore.p12", func() []byte { return store }) // salted: it differs each time
	var users strings.Builder
	roles := map[string]string{labdir.Admin: "admin", labdir.App: "developer", labdir.Guest: "none"}
	for _, u := range st.users {
		fmt.Fprintf(&users, "%s: %s,%s\n", u.Name, u.Password, roles[u.Name])
	}
	w.write(dir+"users.properties", []byte(users.String()), shared)
	var at []string
	for id := int32(1); id <= brokerCount; id++ {
		at = append(at, "SASL_SSL://"+brokerService(id)+":9094")
	}
	admin := st.users[0]
	env := map[string]string{
		"HOST_NAME":                          "schema-registry",
		"LISTENERS":                          "https://0.0.0.0:8081",
		"INTER_INSTANCE_PROTOCOL":            "https",
		"KAFKASTORE_BOOTSTRAP_SERVERS":       strings.Join(at, ","),
		"KAFKASTORE_SECURITY_PROTOCOL":       "SASL_SSL",
		"KAFKASTORE_SASL_MECHANISM":          "SCRAM-SHA-512",
		"KAFKASTORE_SASL_JAAS_CONFIG":        fmt.Sprintf(`org.apache.kafka.common.security.scram.ScramLoginModule required username="%s" password="%s";`, admin.Name, admin.Password),
		"KAFKASTORE_SSL_TRUSTSTORE_TYPE":     "PEM",
		"KAFKASTORE_SSL_TRUSTSTORE_LOCATION": inConf + labdir.CAFile,
		"SSL_KEYSTORE_TYPE":                  "PKCS12",
		"SSL_KEYSTORE_LOCATION":              inConf + "keystore.p12",
		"SSL_KEYSTORE_PASSWORD":              password,
		"SSL_KEY_PASSWORD":                   password,
		"SSL_CLIENT_AUTHENTICATION":          "NONE",
		"AUTHENTICATION_METHOD":              "BASIC",
		"AUTHENTICATION_REALM":               "SchemaRegistry",
		"AUTHENTICATION_ROLES":               "admin,developer",
		"OPTS":                               "-Djava.security.auth.login.config=" + inConf + "jaas.conf",
		"HEAP_OPTS":                          "-Xms64m -Xmx256m",
	}
	named := make(map[string]string, len(env))
	for name, value := range env {
		named["SCHEMA_REGISTRY_"+name] = value
	}
	w.write(dir+"schema-registry.env", envFile("# The properties of Confluent's Schema Registry, as environment variables.", named), private)
	return w.err
}
