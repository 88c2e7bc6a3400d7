package importer

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"software.sslmate.com/src/go-pkcs12"

	"kconsole/kafka/config"
)

var sameCluster = cmp.Options{cmpopts.IgnoreUnexported(config.Cluster{}), cmpopts.EquateEmpty()}

// folder has one of each kind of file that settings refer to.
func folder(t *testing.T) (dir string, id identity) {
	t.Helper()
	dir, id = t.TempDir(), newIdentity(t)
	put(t, dir, "ca.pem", id.ca.PEM())
	put(t, dir, "app.pem", id.leaf.CertPEM)
	put(t, dir, "app.key", id.leaf.KeyPEM)
	put(t, dir, "trust.jks", id.jks(t, true, false))
	put(t, dir, "key.jks", id.jks(t, false, true))
	put(t, dir, "key.p12", must[[]byte](t)(pkcs12.Modern.Encode(id.leaf.Key, id.leaf.Cert, nil, "storepass")))
	return dir, id
}

// importText imports a text as if it stood in a file of that name.
func importText(t *testing.T, dir, name, text string) (*Result, error) {
	t.Helper()
	return Import(put(t, dir, name, []byte(text)), Options{Dir: filepath.Join(dir, "out")})
}

func ignoredKeys(r *Result) []string {
	var keys []string
	for _, i := range r.Ignored {
		key := i.Key
		if i.Weakens {
			key = "! " + key
		}
		keys = append(keys, key)
	}
	return keys
}

func TestImport(t *testing.T) {
	dir, _ := folder(t)
	in := func(name string) string { return filepath.Join(dir, name) }
	out := func(name string) string { return filepath.Join(dir, "out", name) }
	t.Setenv("KRB5CCNAME", "FILE:/tmp/tickets")
	secret := config.NewSecret
	for name, c := range map[string]struct {
		file, text string
		want       config.Cluster
		ignored    []string
		files      []string
	}{
		"Java, SCRAM with a JKS trust store": {
			"client.properties", `
bootstrap.servers=SASL_SSL://a:1, b:2
security.protocol=SASL_SSL
sasl.mechanism=SCRAM-SHA-512
sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required \
  username="u" \
  password="p\\"q";
ssl.truststore.location=trust.jks
ssl.truststore.password=storepass
ssl.endpoint.identification.algorithm=
ssl.enabled.protocols=TLSv1.2
acks=all
acks=1
`,
			config.Cluster{
				Brokers: []string{"a:1", "b:2"}, TLS: &config.TLS{CA: out("client-ca.pem")},
				SASL: &config.SASL{Mechanism: "SCRAM-SHA-512", Username: "u", Password: secret(`p"q`)},
			},
			[]string{"! ssl.endpoint.identification.algorithm", "ssl.enabled.protocols", "acks", "acks"},
			[]string{"client-ca.pem"},
		},
		"Java, mTLS with JKS": {
			"client.properties", "bootstrap.servers=a:1\nsecurity.protocol=SSL\nssl.keystore.location=key.jks\nssl.keystore.password=storepass\nssl.key.password=keypass\nsasl.mechanism=PLAIN\n",
			config.Cluster{Brokers: []string{"a:1"}, TLS: &config.TLS{Cert: out("client-client.pem"), Key: out("client-client.key")}},
			[]string{"sasl.mechanism"},
			[]string{"client-client.pem", "client-client.key"},
		},
		"Java, PEM files": {
			"client.properties", "bootstrap.servers=a:1\nsecurity.protocol=SSL\nssl.truststore.type=PEM\nssl.truststore.location=ca.pem\n",
			config.Cluster{Brokers: []string{"a:1"}, TLS: &config.TLS{CA: in("ca.pem")}},
			nil, nil,
		},
		"Java, clear text": {
			"client.properties", "bootstrap.servers: a:1\nssl.truststore.location=nowhere\n",
			config.Cluster{Brokers: []string{"a:1"}},
			[]string{"ssl.truststore.location"},
			nil,
		},
		"Java, OAuth with registry": {
			"client.properties", `
bootstrap.servers=a:1
security.protocol=SASL_SSL
sasl.mechanism=OAUTHBEARER
sasl.login.callback.handler.class=org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginCallbackHandler
sasl.oauthbearer.token.endpoint.url=https://idp.example/token
sasl.jaas.config=org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required clientId="c" clientSecret="s" scope="a b" extension_logicalCluster="l";
schema.registry.url=https://r:8081,https://r2:8081
basic.auth.credentials.source=USER_INFO
basic.auth.user.info=ru:rp:x
schema.registry.ssl.truststore.location=trust.jks
schema.registry.ssl.truststore.password=storepass
`,
			config.Cluster{
				Brokers: []string{"a:1"}, TLS: &config.TLS{},
				SASL: &config.SASL{Mechanism: "OAUTHBEARER", OAuth: &config.OAuth{
					TokenURL: "https://idp.example/token", ClientID: "c", ClientSecret: secret("s"), Scope: "a b", Extensions: map[string]string{"logicalCluster": "l"},
				}},
				Registry: &config.Registry{URL: "https://r:8081", Username: "ru", Password: secret("rp:x"), CA: out("client-registry-ca.pem")},
			},
			[]string{"schema.registry.url"},
			[]string{"client-registry-ca.pem"},
		},
		"Java, OAuth by KIP-1139": {
			"client.properties", "bootstrap.servers=a:1\nsecurity.protocol=SASL_SSL\nsasl.mechanism=OAUTHBEARER\nsasl.oauthbearer.token.endpoint.url=https://i/t\nsasl.oauthbearer.client.credentials.client.id=c\nsasl.oauthbearer.client.credentials.client.secret=s\nsasl.oauthbearer.scope=x\n",
			config.Cluster{Brokers: []string{"a:1"}, TLS: &config.TLS{}, SASL: &config.SASL{Mechanism: "OAUTHBEARER", OAuth: &config.OAuth{TokenURL: "https://i/t", ClientID: "c", ClientSecret: secret("s"), Scope: "x"}}},
			nil, nil,
		},
		"Java, Kerberos key table": {
			"client.properties", `bootstrap.servers=a:1
security.protocol=SASL_PLAINTEXT
sasl.kerberos.service.name=kafka
sasl.jaas.config=com.sun.security.auth.module.Krb5LoginModule required useKeyTab=true storeKey=true keyTab="/etc/app.keytab" principal="app@EXAMPLE.ORG" odd=1;
`,
			config.Cluster{Brokers: []string{"a:1"}, SASL: &config.SASL{Mechanism: "GSSAPI", Username: "app@EXAMPLE.ORG", Kerberos: &config.Kerberos{Service: "kafka", Keytab: "/etc/app.keytab"}}},
			[]string{"sasl.jaas.config odd"},
			nil,
		},
		"Java, Kerberos ticket cache": {
			"client.properties", "bootstrap.servers=a:1\nsecurity.protocol=SASL_PLAINTEXT\nsasl.jaas.config=com.sun.security.auth.module.Krb5LoginModule required useTicketCache=true;\n",
			config.Cluster{Brokers: []string{"a:1"}, SASL: &config.SASL{Mechanism: "GSSAPI", Kerberos: &config.Kerberos{Cache: "/tmp/tickets"}}},
			[]string{"useTicketCache"},
			nil,
		},
		"Java, MSK": {
			"client.properties", "bootstrap.servers=a:9098\nsecurity.protocol=SASL_SSL\nsasl.mechanism=AWS_MSK_IAM\nsasl.jaas.config=software.amazon.msk.auth.iam.IAMLoginModule required awsProfileName=\"team\" awsRoleArn=\"arn\";\nsasl.client.callback.handler.class=software.amazon.msk.auth.iam.IAMClientCallbackHandler\n",
			config.Cluster{Brokers: []string{"a:9098"}, TLS: &config.TLS{}, SASL: &config.SASL{Mechanism: "AWS_MSK_IAM", AWS: &config.AWS{Profile: "team"}}},
			[]string{"awsRoleArn"},
			nil,
		},
		"kcat, SCRAM": {
			"kcat.conf", `# kcat
metadata.broker.list=a:1
bootstrap.servers=b:2
security.protocol=sasl_ssl
sasl.mechanisms=SCRAM-SHA-256
sasl.username=u
sasl.password=p=q
ssl.ca.location=ca.pem
enable.ssl.certificate.verification=false
ssl.endpoint.identification.algorithm=none
linger.ms=5
`,
			config.Cluster{Brokers: []string{"b:2"}, TLS: &config.TLS{CA: in("ca.pem")}, SASL: &config.SASL{Mechanism: "SCRAM-SHA-256", Username: "u", Password: secret("p=q")}},
			[]string{"! ssl.endpoint.identification.algorithm", "! enable.ssl.certificate.verification", "linger.ms"},
			nil,
		},
		"librdkafka, PKCS12 and registry": {
			"app.ini", "[default]\nbootstrap.servers=a:1\nsecurity.protocol=ssl\nssl.ca.location=probe\nssl.keystore.location=key.p12\nssl.keystore.password=storepass\nschema.registry.url=http://r:8081\nbasic.auth.user.info=u:p\nsasl.username=x\n",
			config.Cluster{
				Brokers: []string{"a:1"}, TLS: &config.TLS{Cert: out("app-client.pem"), Key: out("app-client.key")},
				Registry: &config.Registry{URL: "http://r:8081", Username: "u", Password: secret("p")},
			},
			[]string{"sasl.username"},
			[]string{"app-client.pem", "app-client.key"},
		},
		"librdkafka, certificate files": {
			"app.conf", "bootstrap.servers=a:1\nsecurity.protocol=ssl\nssl.certificate.location=app.pem\nssl.key.location=app.key\n",
			config.Cluster{Brokers: []string{"a:1"}, TLS: &config.TLS{Cert: in("app.pem"), Key: in("app.key")}},
			nil, nil,
		},
		"librdkafka, OIDC": {
			"app.conf", "bootstrap.servers=a:1\nsecurity.protocol=sasl_ssl\nsasl.mechanisms=OAUTHBEARER\nsasl.oauthbearer.method=oidc\nsasl.oauthbearer.token.endpoint.url=https://i/t\nsasl.oauthbearer.client.id=c\nsasl.oauthbearer.client.secret=s\nsasl.oauthbearer.scope=x\nsasl.oauthbearer.extensions=a=b,c=d\nhttps.ca.location=ca.pem\n",
			config.Cluster{Brokers: []string{"a:1"}, TLS: &config.TLS{}, SASL: &config.SASL{Mechanism: "OAUTHBEARER", OAuth: &config.OAuth{
				TokenURL: "https://i/t", ClientID: "c", ClientSecret: secret("s"), Scope: "x", Extensions: map[string]string{"a": "b", "c": "d"}, CA: in("ca.pem"),
			}}},
			nil, nil,
		},
		"librdkafka, Kerberos": {
			"app.conf", "bootstrap.servers=a:1\nsecurity.protocol=sasl_plaintext\nsasl.kerberos.principal=app\nsasl.kerberos.keytab=/etc/k\nsasl.kerberos.kinit.cmd=x\n",
			config.Cluster{Brokers: []string{"a:1"}, SASL: &config.SASL{Mechanism: "GSSAPI", Username: "app", Kerberos: &config.Kerberos{Keytab: "/etc/k"}}},
			nil, nil,
		},
	} {
		t.Run(name, func(t *testing.T) {
			res, err := importText(t, dir, c.file, c.text)
			if err != nil {
				t.Fatal(err)
			}
			if len(res.Clusters) != 1 {
				t.Fatalf("%d clusters", len(res.Clusters))
			}
			for clusterName, got := range res.Clusters {
				c.want.Name = clusterName
				if diff := cmp.Diff(c.want, got, sameCluster); diff != "" {
					t.Error(diff)
				}
			}
			if diff := cmp.Diff(c.ignored, ignoredKeys(res), cmpopts.EquateEmpty()); diff != "" {
				t.Error(diff, res.Ignored)
			}
			var files []string
			for _, f := range res.Files {
				files = append(files, filepath.Base(f.Path))
			}
			if diff := cmp.Diff(c.files, files, cmpopts.EquateEmpty()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestImportRpk(t *testing.T) {
	dir, _ := folder(t)
	res, err := importText(t, dir, "rpk.yaml", `
version: 7
current_profile: prod eu
profiles:
  - name: local
    kafka_api: {brokers: [127.0.0.1]}
  - name: prod eu
    description: the real one
    kafka_api:
      brokers: ["a:9093", "b:9093"]
      tls: {ca_file: ca.pem, insecure_skip_verify: true}
      sasl: {user: u, password: p, mechanism: scram-sha-512}
    admin_api: {addresses: ["a:9644"]}
    schema_registry: {addresses: ["a:8081", "b:8081"], tls: {}}
  - name: cloud
    from_cloud: true
`)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]config.Cluster{
		"local": {Name: "local", Brokers: []string{"127.0.0.1:9092"}},
		"prod-eu": {
			Name: "prod-eu", Brokers: []string{"a:9093", "b:9093"}, TLS: &config.TLS{CA: filepath.Join(dir, "ca.pem")},
			SASL:     &config.SASL{Mechanism: "SCRAM-SHA-512", Username: "u", Password: config.NewSecret("p")},
			Registry: &config.Registry{URL: "https://a:8081", Username: "u", Password: config.NewSecret("p")},
		},
	}
	if diff := cmp.Diff(want, res.Clusters, sameCluster); diff != "" || res.Current != "prod-eu" {
		t.Error(res.Current, diff)
	}
	if diff := cmp.Diff([]string{"! prod-eu kafka_api.tls.insecure_skip_verify", "prod-eu schema_registry.addresses", "prod-eu admin_api", "cloud"}, ignoredKeys(res)); diff != "" {
		t.Error(diff)
	}
	res, err = importText(t, dir, "flow.yaml", "{name: flow, kafka_api: {brokers: [127.0.0.1:9092, h:1], sasl: {user: u, password: p:q}}, schema_registry: {addresses: [h:8081]}}\n")
	if err != nil {
		t.Fatal(err)
	}
	flow := config.Cluster{
		Name: "flow", Brokers: []string{"127.0.0.1:9092", "h:1"},
		SASL:     &config.SASL{Mechanism: "SCRAM-SHA-256", Username: "u", Password: config.NewSecret("p:q")},
		Registry: &config.Registry{URL: "http://h:8081", Username: "u", Password: config.NewSecret("p:q")},
	}
	if diff := cmp.Diff(flow, res.Clusters["flow"], sameCluster); diff != "" {
		t.Error(diff)
	}
	res, err = importText(t, dir, "one.yaml", "name: solo\nkafka_api:\n  brokers: [h:1]\n  tls: {enabled: false}\n")
	if err != nil || len(res.Clusters) != 1 || res.Clusters["solo"].TLS != nil {
		t.Errorf("a single profile: %+v %v", res, err)
	}
}

func TestImportErrors(t *testing.T) {
	dir, _ := folder(t)
	const java = "bootstrap.servers=a:1\nsecurity.protocol=SASL_SSL\n"
	for name, c := range map[string]struct{ file, text, want string }{
		"no brokers":       {"c.properties", "acks=all\n", "c.properties: holds no bootstrap.servers; name the brokers with --brokers HOST:PORT,..."},
		"protocol":         {"c.properties", "bootstrap.servers=a:1\nsecurity.protocol=TLS\n", "c.properties:2: security.protocol: is not one of PLAINTEXT, SSL, SASL_PLAINTEXT and SASL_SSL"},
		"no JAAS":          {"c.properties", java + "sasl.mechanism=PLAIN\n", "c.properties:3: sasl.jaas.config: is missing, so there is nobody to sign in as; a JAAS file given by java.security.auth.login.config is not read"},
		"bad JAAS":         {"c.properties", java + "sasl.mechanism=PLAIN\nsasl.jaas.config=x password=\"hunter2\"\n", `c.properties:4: sasl.jaas.config: is not of the form "class required name=\"value\" ...;"`},
		"other module":     {"c.properties", java + "sasl.mechanism=PLAIN\nsasl.jaas.config=a.ScramLoginModule required password=\"hunter2\";\n", "c.properties:4: sasl.jaas.config: the login module ScramLoginModule does not sign in with PLAIN, which needs PlainLoginModule"},
		"mechanism":        {"c.properties", java + "sasl.mechanism=X\nsasl.jaas.config=a.B required;\n", "c.properties:3: sasl.mechanism: is not one of " + strings.Join(config.Mechanisms, ", ")},
		"delegation token": {"c.properties", java + "sasl.mechanism=SCRAM-SHA-256\nsasl.jaas.config=a.ScramLoginModule required tokenauth=\"true\";\n", "c.properties:4: sasl.jaas.config: signs in with a delegation token, which the console cannot do; use the user's own password"},
		"unsigned token":   {"c.properties", java + "sasl.mechanism=OAUTHBEARER\nsasl.jaas.config=a.OAuthBearerLoginModule required unsecuredLoginStringClaim_sub=\"x\";\n", "c.properties:4: sasl.jaas.config: makes unsigned tokens (unsecuredLoginStringClaim_sub), which only a broker under test accepts; give a token or a token endpoint"},
		"no endpoint":      {"c.properties", java + "sasl.mechanism=OAUTHBEARER\nsasl.jaas.config=a.OAuthBearerLoginModule required;\n", "c.properties:4: sasl.oauthbearer.token.endpoint.url: is missing; without it only the Java client's own callback knows where tokens come from"},
		"provider":         {"c.properties", java + "sasl.jaas.config=${file:/x:y}\n", "c.properties:3: sasl.jaas.config: takes its value from a config provider, which only Kafka's Java client can ask; write the value, or a password_file in lab.yaml"},
		"no password":      {"c.properties", java + "sasl.mechanism=PLAIN\nsasl.jaas.config=a.PlainLoginModule required username=\"u\";\n", "c.properties: clusters.c.sasl: needs one of password, password_file and password_command"},
		"no store":         {"c.properties", "bootstrap.servers=a:1\nsecurity.protocol=SSL\nssl.truststore.location=none.jks\n", "c.properties:3: ssl.truststore.location: none.jks: no such file or directory"},
		"store's password": {"c.properties", "bootstrap.servers=a:1\nsecurity.protocol=SSL\nssl.truststore.location=trust.jks\nssl.truststore.password=hunter2\n", "c.properties:3: ssl.truststore.location: trust.jks does not open with the password that the file gives for it"},
		"trust as key":     {"c.properties", "bootstrap.servers=a:1\nsecurity.protocol=SSL\nssl.keystore.location=trust.jks\nssl.keystore.password=storepass\n", "c.properties:3: ssl.keystore.location: trust.jks holds no certificate with its private key"},
		"inline PEM":       {"c.properties", "bootstrap.servers=a:1\nsecurity.protocol=SSL\nssl.truststore.certificates=hunter2\n", "c.properties:3: ssl.truststore.certificates: the value is neither a PKCS12, JKS nor PEM store"},
		"user info":        {"c.properties", "bootstrap.servers=a:1\nschema.registry.url=http://r\nbasic.auth.user.info=hunter2\n", "c.properties:3: basic.auth.user.info: is not of the form user:password"},
		"no port":          {"c.properties", "bootstrap.servers=a\n", `c.properties: clusters.c.brokers[0]: "a" has no port; write host:port, such as 127.0.0.1:9092`},
		"bad line":         {"kcat.conf", "ssl.ca.location=x\nhunter2\n", "kcat.conf:2: is not of the form key=value"},
		"kcat store":       {"kcat.conf", "bootstrap.servers=a:1\nsecurity.protocol=ssl\nssl.ca.location=none\n", "kcat.conf:3: ssl.ca.location: none: no such file or directory"},
		"kcat OAuth":       {"kcat.conf", "bootstrap.servers=a:1\nsecurity.protocol=sasl_ssl\nsasl.mechanisms=OAUTHBEARER\n", "kcat.conf: sasl.oauthbearer.token.endpoint.url: is missing; without it only the program's own callback knows where tokens come from"},
		"no profile":       {"rpk.yaml", "version: 1\n", "rpk.yaml: holds no rpk profile with kafka_api.brokers"},
		"no YAML":          {"rpk.yaml", "a: \"hunter2\nb: [\n", "rpk.yaml:1: is not an rpk profile"},
		"deep":             {"rpk.yaml", strings.Repeat("- ", 500), "rpk.yaml:1: is nested too deeply to be an rpk profile"},
		"large":            {"c.properties", strings.Repeat("#", maxFile+1), "c.properties: is larger than 1 MiB"},
	} {
		_, err := importText(t, dir, c.file, c.text)
		var e *config.Error
		if !errors.As(err, &e) {
			t.Errorf("%s: %T %v", name, err, err)
			continue
		}
		got := strings.ReplaceAll(err.Error(), dir+string(filepath.Separator), "")
		if got != c.want || strings.Contains(got, "hunter2") {
			t.Errorf("%s\n got %s\nwant %s", name, got, c.want)
		}
	}
	if _, err := Import(filepath.Join(dir, "none"), Options{}); err == nil || err.Error() != "none: no such file or directory" {
		t.Error(err)
	}
	if _, err := Import(put(t, dir, "x", nil), Options{Format: "toml"}); err == nil || err.Error() != `x: the format "toml" is not known; known are java, librdkafka, rpk` {
		t.Error(err)
	}
}

func TestBrokersFromTheCommandLine(t *testing.T) {
	path := put(t, t.TempDir(), "client.properties", []byte("security.protocol=PLAINTEXT\n"))
	res, err := Import(path, Options{Name: "prod", Brokers: []string{"h:9092"}})
	if err != nil || len(res.Clusters["prod"].Brokers) != 1 {
		t.Error(res, err)
	}
}

func TestSave(t *testing.T) {
	dir, id := folder(t)
	res, err := importText(t, dir, "client.properties", `
bootstrap.servers=h:9093
security.protocol=SASL_SSL
sasl.mechanism=PLAIN
sasl.jaas.config=a.PlainLoginModule required username="u" password="hunter2";
ssl.truststore.location=trust.jks
ssl.truststore.password=storepass
ssl.keystore.location=key.jks
ssl.keystore.password=storepass
ssl.key.password=keypass
schema.registry.url=https://r
basic.auth.user.info=u:hunter2
`)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "out", "config.yaml")
	plan, err := res.Plan(path)
	if err != nil || plan.Current != "client" {
		t.Fatal(plan, err)
	}
	if _, err := os.Stat(filepath.Dir(path)); !os.IsNotExist(err) {
		t.Fatal("planning wrote something", err)
	}
	written, err := res.Save(path)
	if err != nil || len(written) != 5 {
		t.Fatal(written, err)
	}
	if diff := cmp.Diff(written, plan.Paths()); diff != "" {
		t.Error("the plan is not what was written", diff)
	}
	cfg, err := config.Load(path)
	if err != nil || len(cfg.Warnings) > 0 {
		t.Fatal(err, cfg.Warnings)
	}
	cl := cfg.Clusters["client"]
	got, err := cl.SASL.ResolvePassword(t.Context())
	if err != nil || got.Reveal() != "hunter2" || cl.Registry.PasswordFile != cl.SASL.PasswordFile {
		t.Error(got.Reveal(), err, cl.Registry.PasswordFile)
	}
	tls, err := cl.TLSConfig()
	if err != nil {
		t.Fatal(err)
	}
	if !tls.Certificates[0].Leaf.Equal(id.leaf.Cert) || !tls.RootCAs.Equal(id.ca.Pool()) {
		t.Error("the certificates are not those of the stores")
	}
	for _, p := range written {
		text, err := os.ReadFile(p)
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(p, ".yaml") && strings.Contains(string(text), "hunter2") {
			t.Error("the password stands in the configuration")
		}
	}
	if res.Clusters["client"].SASL.Password.IsZero() {
		t.Error("saving changed the result")
	}

	// A second time the name is taken, and nothing is overwritten.
	if _, err := res.Save(path); err == nil || !strings.Contains(err.Error(), "config.yaml:3: clusters.client: exists already; choose another name with --name") {
		t.Error(err)
	}
	put(t, filepath.Join(dir, "out"), "client.secret", []byte("somebody else's"))
	if _, err := res.Save(filepath.Join(dir, "out", "other.yaml")); err == nil || !strings.HasSuffix(err.Error(), "client.secret exists with another content; choose another name with --name, or move it away") {
		t.Error(err)
	}
}
