package importer

import (
	"fmt"
	"os"
	"strings"

	"kconsole/kafka/config"
)

// defaultCredentialCache is where kinit puts tickets unless it was told.
func defaultCredentialCache() string {
	if env := os.Getenv("KRB5CCNAME"); env != "" {
		return strings.TrimPrefix(env, "FILE:")
	}
	return fmt.Sprintf("/tmp/krb5cc_%d", os.Getuid())
}

// parseLines reads key=value lines with # comments, as kcat -F does. Section
// headers ([default]), which Python's programs have, are passed over.
func parseLines(raw []byte) ([]property, error) {
	var props []property
	for i, text := range strings.Split(strings.ToValidUTF8(string(raw), "\uFFFD"), "\n") {
		text = strings.TrimSpace(text)
		if text == "" || text[0] == '#' || text[0] == '[' {
			continue
		}
		key, value, ok := strings.Cut(text, "=")
		if key = strings.TrimSpace(key); !ok || key == "" {
			return nil, lineError(i+1, "", "is not of the form key=value")
		}
		props = append(props, property{line: i + 1, key: key, value: strings.TrimSpace(value)})
	}
	return props, nil
}

// librdkafka reads a configuration of librdkafka:
// https://github.com/confluentinc/librdkafka/blob/master/CONFIGURATION.md
func (r *Result) librdkafka(raw []byte, opts Options) error {
	props, err := parseLines(raw)
	if err != nil {
		return err
	}
	s := newSettings(props)
	cl := config.Cluster{Name: opts.Name, Brokers: opts.Brokers}
	if b := s.get("bootstrap.servers", "metadata.broker.list"); len(cl.Brokers) == 0 {
		cl.Brokers = splitBrokers(b.value)
	}
	if len(cl.Brokers) == 0 {
		return noBrokers("bootstrap.servers")
	}
	protocol := s.get("security.protocol")
	tls, sasl, err := protocolOf(protocol, "PLAINTEXT")
	if err != nil {
		return err
	}
	m := material{res: r, name: opts.Name, dir: opts.Dir}
	if tls {
		if err := r.rdkafkaTLS(s, m, &cl); err != nil {
			return err
		}
	}
	if sasl {
		if err := r.rdkafkaSASL(s, m, &cl); err != nil {
			return err
		}
	}
	if err := r.rdkafkaRegistry(s, &cl); err != nil {
		return err
	}
	r.Clusters[opts.Name] = cl
	s.leftovers(r, func(key string) string {
		switch {
		case strings.HasPrefix(key, "ssl.") && !tls, strings.HasPrefix(key, "sasl.") && !sasl:
			return "has no effect: security.protocol is " + orDefault(protocol.value, "plaintext")
		case strings.HasPrefix(key, "ssl."):
			return "not needed: the console chooses among TLS 1.2 and 1.3 and their safe ciphers itself"
		case strings.HasPrefix(key, "sasl."):
			return "tunes librdkafka's login; the console has its own way"
		}
		return "is not about the connection"
	})
	return nil
}

func (r *Result) rdkafkaTLS(s *settings, m material, cl *config.Cluster) error {
	t := &config.TLS{}
	cl.TLS = t
	var err error
	if pem := s.get("ssl.ca.pem"); pem.key != "" {
		t.CA, err = m.authorities(pem.line, pem.key, "", []byte(unfold(pem.value)), "")
	} else if at := s.get("ssl.ca.location"); at.key != "" && at.value != "probe" {
		t.CA, err = m.authorities(at.line, at.key, r.locate(at.value), nil, "")
	}
	if err != nil {
		return err
	}
	password := s.get("ssl.key.password").value
	cert, certPEM := s.get("ssl.certificate.location"), s.get("ssl.certificate.pem")
	key, keyPEM := s.get("ssl.key.location"), s.get("ssl.key.pem")
	switch ks := s.get("ssl.keystore.location"); {
	case ks.key != "":
		pw := storePasswords{store: s.get("ssl.keystore.password").value}
		t.Cert, t.Key, err = m.identity(ks.line, ks.key, r.locate(ks.value), nil, pw)
	case certPEM.key != "":
		t.Cert = m.place("-client.pem", []byte(unfold(certPEM.value)))
	case cert.key != "":
		t.Cert = r.locate(cert.value)
	}
	switch {
	case err != nil || t.Key != "":
	case keyPEM.key != "":
		t.Key, err = m.privateKey(keyPEM.line, keyPEM.key, "", []byte(unfold(keyPEM.value)), password)
	case key.key != "":
		t.Key, err = m.privateKey(key.line, key.key, r.locate(key.value), nil, password)
	}
	r.endpointIdentification(s, "ssl.endpoint.identification.algorithm", "https")
	if off := s.get("enable.ssl.certificate.verification"); off.key != "" && !strings.EqualFold(off.value, "true") && off.value != "1" {
		r.refuse(off.line, off.key, "switches verification off; the console always verifies: give the authority as tls.ca")
	}
	return err
}

// unfold turns the \n that one-line PEM is written with into line ends.
func unfold(pem string) string { return strings.ReplaceAll(pem, `\n`, "\n") }

func (r *Result) rdkafkaSASL(s *settings, m material, cl *config.Cluster) error {
	mechanism := s.get("sasl.mechanisms", "sasl.mechanism")
	sasl := &config.SASL{Mechanism: strings.ToUpper(orDefault(mechanism.value, "GSSAPI"))}
	cl.SASL = sasl
	switch sasl.Mechanism {
	case "PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512":
		sasl.Username, sasl.Password = s.get("sasl.username").value, config.NewSecret(s.get("sasl.password").value)
	case "OAUTHBEARER":
		return r.rdkafkaOAuth(s, m, sasl)
	case "GSSAPI":
		sasl.Username = orDefault(s.get("sasl.kerberos.principal").value, "kafkaclient")
		k := &config.Kerberos{Service: s.get("sasl.kerberos.service.name").value}
		sasl.Kerberos = k
		s.get("sasl.kerberos.kinit.cmd", "sasl.kerberos.min.time.before.relogin") // kinit is not needed here
		if keytab := s.get("sasl.kerberos.keytab").value; keytab != "" {
			k.Keytab = r.locate(keytab)
		} else {
			k.Cache, sasl.Username = defaultCredentialCache(), ""
		}
	default:
		return lineError(mechanism.line, mechanism.key, "is not one of %s", strings.Join(config.Mechanisms, ", "))
	}
	return nil
}

func (r *Result) rdkafkaOAuth(s *settings, m material, sasl *config.SASL) error {
	o := &config.OAuth{}
	sasl.OAuth = o
	method := s.get("sasl.oauthbearer.method")
	endpoint := s.get("sasl.oauthbearer.token.endpoint.url")
	if endpoint.key == "" {
		return lineError(method.line, "sasl.oauthbearer.token.endpoint.url", "is missing; without it only the program's own callback knows where tokens come from")
	}
	o.TokenURL = endpoint.value
	o.ClientID = s.get("sasl.oauthbearer.client.id", "sasl.oauthbearer.client.credentials.client.id").value
	o.ClientSecret = config.NewSecret(s.get("sasl.oauthbearer.client.secret", "sasl.oauthbearer.client.credentials.client.secret").value)
	o.Scope = s.get("sasl.oauthbearer.scope").value
	if ext := s.get("sasl.oauthbearer.extensions"); ext.key != "" {
		o.Extensions = map[string]string{}
		for pair := range strings.SplitSeq(ext.value, ",") {
			name, value, ok := strings.Cut(strings.TrimSpace(pair), "=")
			if !ok {
				return lineError(ext.line, ext.key, "is not of the form name=value,name=value")
			}
			o.Extensions[name] = value
		}
	}
	var err error
	if ca := s.get("https.ca.location"); ca.key != "" && ca.value != "probe" {
		m.name += "-token"
		o.CA, err = m.authorities(ca.line, ca.key, r.locate(ca.value), nil, "")
	}
	return err
}

// rdkafkaRegistry reads what programs keep beside librdkafka's own settings.
func (r *Result) rdkafkaRegistry(s *settings, cl *config.Cluster) error {
	url := s.get("schema.registry.url")
	if url.key == "" {
		return nil
	}
	cl.Registry = &config.Registry{URL: url.value}
	if info := s.get("basic.auth.user.info", "schema.registry.basic.auth.user.info"); info.key != "" {
		user, password, ok := strings.Cut(info.value, ":")
		if !ok {
			return lineError(info.line, info.key, "is not of the form user:password")
		}
		cl.Registry.Username, cl.Registry.Password = user, config.NewSecret(password)
	}
	s.get("basic.auth.credentials.source")
	return nil
}
