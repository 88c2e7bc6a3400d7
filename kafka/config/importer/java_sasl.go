package importer

import (
	"maps"
	"slices"
	"strings"

	"kconsole/kafka/config"
)

// javaSASL reads the mechanism and its JAAS line.
func (r *Result) javaSASL(s *settings, cl *config.Cluster) error {
	mechanism := s.get("sasl.mechanism")
	sasl := &config.SASL{Mechanism: strings.ToUpper(strings.TrimSpace(orDefault(mechanism.value, "GSSAPI")))}
	cl.SASL = sasl
	jaas := s.get("sasl.jaas.config")
	if jaas.key == "" && (sasl.Mechanism != "OAUTHBEARER" || !s.has("sasl.oauthbearer.client.credentials.client.id")) {
		return lineError(mechanism.line, "sasl.jaas.config", "is missing, so there is nobody to sign in as; a JAAS file given by java.security.auth.login.config is not read")
	}
	var l login
	if jaas.key != "" {
		var err error
		if l, err = parseJAAS(jaas.value); err != nil {
			return lineError(jaas.line, jaas.key, "%w", err)
		}
	}
	opts := &loginOptions{res: r, line: jaas.line, options: l.options, used: map[string]bool{}}
	if err := fits(l, sasl.Mechanism); err != "" {
		return lineError(jaas.line, jaas.key, "%s", err)
	}
	switch sasl.Mechanism {
	case "PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512":
		if strings.EqualFold(opts.get("tokenauth"), "true") {
			return lineError(jaas.line, jaas.key, "signs in with a delegation token, which the console cannot do; use the user's own password")
		}
		sasl.Username, sasl.Password = opts.get("username"), config.NewSecret(opts.get("password"))
	case "OAUTHBEARER":
		if err := r.javaOAuth(s, opts, sasl, jaas); err != nil {
			return err
		}
	case "GSSAPI":
		r.javaKerberos(s, opts, sasl)
	case "AWS_MSK_IAM":
		s.get("sasl.client.callback.handler.class")
		if profile := opts.get("awsProfileName"); profile != "" {
			sasl.AWS = &config.AWS{Profile: profile}
		}
		if role := opts.get("awsRoleArn"); role != "" {
			r.ignore(jaas.line, "awsRoleArn", "roles are not assumed here; give aws: {credentials_command: [aws, configure, export-credentials, --profile, NAME, --format, process]} for a profile with that role")
		}
	default:
		return lineError(mechanism.line, "sasl.mechanism", "is not one of %s", strings.Join(config.Mechanisms, ", "))
	}
	opts.leftovers()
	return nil
}

// modules are the login modules that can sign in with a mechanism; other classes
// have options of their own.
var modules = map[string]string{
	"PLAIN": "PlainLoginModule", "SCRAM-SHA-256": "ScramLoginModule", "SCRAM-SHA-512": "ScramLoginModule",
	"OAUTHBEARER": "OAuthBearerLoginModule", "GSSAPI": "Krb5LoginModule", "AWS_MSK_IAM": "IAMLoginModule",
}

func fits(l login, mechanism string) string {
	want, known := modules[mechanism]
	if known && l.class != "" && l.module != want {
		return "the login module " + l.module + " does not sign in with " + mechanism + ", which needs " + want
	}
	return ""
}

// javaOAuth reads Kafka's own OAuth settings (KIP-768, KIP-1139).
func (r *Result) javaOAuth(s *settings, opts *loginOptions, sasl *config.SASL, jaas property) error {
	o := &config.OAuth{}
	sasl.OAuth = o
	s.get("sasl.login.callback.handler.class", "sasl.oauthbearer.jwt.retriever.class")
	for name := range opts.options {
		if strings.HasPrefix(name, "unsecuredLogin") {
			return lineError(jaas.line, jaas.key, "makes unsigned tokens (%s), which only a broker under test accepts; give a token or a token endpoint", name)
		}
		if ext, ok := strings.CutPrefix(name, "extension_"); ok {
			if o.Extensions == nil {
				o.Extensions = map[string]string{}
			}
			o.Extensions[ext] = opts.get(name)
		}
	}
	endpoint := s.get("sasl.oauthbearer.token.endpoint.url")
	if endpoint.key == "" {
		return lineError(jaas.line, "sasl.oauthbearer.token.endpoint.url", "is missing; without it only the Java client's own callback knows where tokens come from")
	}
	if path, ok := strings.CutPrefix(endpoint.value, "file://"); ok {
		o.TokenFile = path // Kafka reads a token from there
		return nil
	}
	o.TokenURL = endpoint.value
	o.ClientID = orDefault(s.get("sasl.oauthbearer.client.credentials.client.id").value, opts.get("clientId"))
	o.ClientSecret = config.NewSecret(orDefault(s.get("sasl.oauthbearer.client.credentials.client.secret").value, opts.get("clientSecret")))
	o.Scope = orDefault(s.get("sasl.oauthbearer.scope").value, opts.get("scope"))
	return nil
}

// javaKerberos reads the options of the JDK's Krb5LoginModule.
func (r *Result) javaKerberos(s *settings, opts *loginOptions, sasl *config.SASL) {
	k := &config.Kerberos{Service: orDefault(s.get("sasl.kerberos.service.name").value, opts.get("serviceName"))}
	sasl.Kerberos = k
	// What these ask of the JDK is how this console works anyway.
	for _, name := range []string{"storeKey", "doNotPrompt", "refreshKrb5Config", "renewTGT", "debug", "isInitiator", "useFirstPass"} {
		opts.get(name)
	}
	principal := opts.get("principal")
	useCache, cache := strings.EqualFold(opts.get("useTicketCache"), "true"), opts.get("ticketCache")
	useKeytab, keytab := strings.EqualFold(opts.get("useKeyTab"), "true"), strings.TrimPrefix(opts.get("keyTab"), "file:")
	switch {
	case useKeytab && keytab != "":
		k.Keytab, sasl.Username = r.locate(keytab), principal
	case useCache && cache != "":
		k.Cache = r.locate(strings.TrimPrefix(cache, "FILE:"))
	case useCache:
		k.Cache = defaultCredentialCache()
		r.ignore(opts.line, "useTicketCache", "names no file; "+k.Cache+" is taken, which is where kinit puts it here")
	default:
		sasl.Username = principal
	}
}

// loginOptions are a login module's options, asked for as settings are.
type loginOptions struct {
	res     *Result
	line    int
	options map[string]string
	used    map[string]bool
}

func (o *loginOptions) get(name string) string {
	o.used[name] = true
	return o.options[name]
}

func (o *loginOptions) leftovers() {
	for _, name := range slices.Sorted(maps.Keys(o.options)) {
		if !o.used[name] {
			o.res.ignore(o.line, "sasl.jaas.config "+name, "this option of the login module has no counterpart here")
		}
	}
}
