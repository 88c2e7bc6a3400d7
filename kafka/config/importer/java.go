package importer

import (
	"strings"

	"kconsole/kafka/config"
)

// java reads client.properties: https://kafka.apache.org/documentation/#adminclientconfigs
func (r *Result) java(raw []byte, opts Options) error {
	props, err := parseProperties(raw)
	if err != nil {
		return err
	}
	s := newSettings(props)
	if err := s.checkProviders(); err != nil {
		return err
	}
	cl := config.Cluster{Name: opts.Name, Brokers: opts.Brokers}
	if b := s.get("bootstrap.servers"); len(cl.Brokers) == 0 {
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
		if err := r.javaTLS(s, m, &cl); err != nil {
			return err
		}
	}
	if sasl {
		if err := r.javaSASL(s, &cl); err != nil {
			return err
		}
	}
	if err := r.javaRegistry(s, m, &cl); err != nil {
		return err
	}
	r.Clusters[opts.Name] = cl
	s.leftovers(r, func(key string) string {
		switch {
		case strings.HasPrefix(key, "ssl.") && !tls, strings.HasPrefix(key, "sasl.") && !sasl:
			return "has no effect: security.protocol is " + orDefault(protocol.value, "PLAINTEXT")
		case strings.HasPrefix(key, "ssl."):
			return "not needed: the console chooses among TLS 1.2 and 1.3 and their safe ciphers itself"
		case strings.HasPrefix(key, "sasl.login.") || strings.HasPrefix(key, "sasl.kerberos.") || strings.HasPrefix(key, "sasl."):
			return "tunes the Java client's login; the console has its own way"
		case strings.HasPrefix(key, "schema.registry.") || strings.HasPrefix(key, "basic.auth.") || strings.HasPrefix(key, "bearer.auth."):
			return "this registry setting has no counterpart in lab.yaml"
		}
		return "is not about the connection"
	})
	return nil
}

func noBrokers(key string) error {
	return &config.Error{Reason: "holds no " + key + "; name the brokers with --brokers HOST:PORT,..."}
}

func orDefault(s, def string) string {
	if s == "" {
		return def
	}
	return s
}

// protocolOf says whether a security.protocol uses TLS and SASL.
func protocolOf(p property, def string) (tls, sasl bool, err error) {
	switch strings.ToUpper(orDefault(strings.TrimSpace(p.value), def)) {
	case "PLAINTEXT":
		return false, false, nil
	case "SSL":
		return true, false, nil
	case "SASL_PLAINTEXT":
		return false, true, nil
	case "SASL_SSL":
		return true, true, nil
	}
	return false, false, lineError(p.line, p.key, "is not one of PLAINTEXT, SSL, SASL_PLAINTEXT and SASL_SSL")
}

// javaTLS reads the trust store and the key store.
func (r *Result) javaTLS(s *settings, m material, cl *config.Cluster) error {
	cl.TLS = &config.TLS{}
	s.get("ssl.protocol", "ssl.truststore.type", "ssl.keystore.type") // a store says itself what it is
	var err error
	if cl.TLS.CA, err = r.javaTrust(s, m, "ssl."); err != nil {
		return err
	}
	key, err := r.javaKey(s, m, "ssl.")
	if err != nil {
		return err
	}
	cl.TLS.Cert, cl.TLS.Key = key[0], key[1]
	r.endpointIdentification(s, "ssl.endpoint.identification.algorithm", "https")
	return nil
}

// javaTrust returns the path of the authorities' PEM file, or nothing.
func (r *Result) javaTrust(s *settings, m material, prefix string) (string, error) {
	password := s.get(prefix + "truststore.password").value
	if inline := s.get(prefix + "truststore.certificates"); inline.key != "" {
		return m.authorities(inline.line, inline.key, "", []byte(inline.value), password)
	}
	if at := s.get(prefix + "truststore.location"); at.key != "" {
		return m.authorities(at.line, at.key, r.locate(at.value), nil, password)
	}
	return "", nil
}

// javaKey returns the paths of the client's certificate and key, or nothing.
func (r *Result) javaKey(s *settings, m material, prefix string) (certAndKey [2]string, err error) {
	pw := storePasswords{store: s.get(prefix + "keystore.password").value, key: s.get(prefix + "key.password").value}
	if inline := s.get(prefix + "keystore.key"); inline.key != "" {
		chain := s.get(prefix + "keystore.certificate.chain").value
		certAndKey[0], certAndKey[1], err = m.identity(inline.line, inline.key, "", []byte(inline.value+"\n"+chain), pw)
		return certAndKey, err
	}
	if at := s.get(prefix + "keystore.location"); at.key != "" {
		certAndKey[0], certAndKey[1], err = m.identity(at.line, at.key, r.locate(at.value), nil, pw)
	}
	return certAndKey, err
}

// endpointIdentification reports a switched-off check of host names. An empty
// value is Java's way to say so.
func (r *Result) endpointIdentification(s *settings, key, wanted string) {
	i, there := s.last[key]
	if !there {
		return
	}
	s.used[key] = true
	if p := s.props[i]; !strings.EqualFold(p.value, wanted) {
		r.refuse(p.line, key, "switches the check of host names off; the console always checks: if the certificate has another name, give it as tls.server_name")
	}
}

// javaRegistry reads what Confluent's serializers put into the same file.
func (r *Result) javaRegistry(s *settings, m material, cl *config.Cluster) error {
	url := s.get("schema.registry.url")
	if url.key == "" {
		return nil
	}
	first, others, _ := strings.Cut(url.value, ",")
	if others != "" {
		r.ignore(url.line, url.key, "only the first of several addresses is taken")
	}
	reg := &config.Registry{URL: strings.TrimSpace(first)}
	cl.Registry = reg
	source := s.get("basic.auth.credentials.source", "schema.registry.basic.auth.credentials.source")
	info := s.get("schema.registry.basic.auth.user.info", "basic.auth.user.info")
	switch {
	case strings.EqualFold(source.value, "SASL_INHERIT") && cl.SASL != nil:
		reg.Username, reg.Password = cl.SASL.Username, cl.SASL.Password
	case info.key != "":
		user, password, ok := strings.Cut(info.value, ":")
		if !ok {
			return lineError(info.line, info.key, "is not of the form user:password")
		}
		reg.Username, reg.Password = user, config.NewSecret(password)
	}
	if !strings.HasPrefix(reg.URL, "https://") {
		return nil
	}
	m.name += "-registry"
	s.get("schema.registry.ssl.truststore.type", "schema.registry.ssl.keystore.type")
	var err error
	if reg.CA, err = r.javaTrust(s, m, "schema.registry.ssl."); err != nil {
		return err
	}
	key, err := r.javaKey(s, m, "schema.registry.ssl.")
	reg.Cert, reg.Key = key[0], key[1]
	r.endpointIdentification(s, "schema.registry.ssl.endpoint.identification.algorithm", "https")
	return err
}
