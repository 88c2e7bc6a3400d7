package config

import (
	"net/netip"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// sasl checks that a sign-in has what its mechanism needs, and nothing that it
// would not use.
func (v *validator) sasl(key string, cl Cluster) {
	s := cl.SASL
	if s.Mechanism == "" {
		v.fail(v.nearest(key, "mechanism"), "needs mechanism, one of %s", strings.Join(Mechanisms, ", "))
		return
	}
	if !slices.Contains(Mechanisms, s.Mechanism) {
		v.oneOf(key+".mechanism", s.Mechanism, Mechanisms)
		return
	}
	v.onlyFor(key, "oauth", s.OAuth != nil, s.Mechanism, "OAUTHBEARER")
	v.onlyFor(key, "aws", s.AWS != nil, s.Mechanism, "AWS_MSK_IAM")
	v.onlyFor(key, "kerberos", s.Kerberos != nil, s.Mechanism, "GSSAPI")
	switch s.Mechanism {
	case "OAUTHBEARER":
		v.noPassword(key, s)
		v.oauth(key, s.OAuth)
	case "AWS_MSK_IAM":
		v.noPassword(key, s)
		if cl.TLS == nil {
			v.fail(key+".mechanism", "AWS_MSK_IAM needs TLS; add tls: {}")
		}
		if s.AWS != nil {
			v.aws(key+".aws", s.AWS)
		}
	case "GSSAPI":
		v.kerberos(key, s)
	default:
		if s.Username == "" {
			v.fail(v.nearest(key, "username"), "%s needs a username", s.Mechanism)
		}
		v.source(key, s.source(), true)
	}
	if sent := map[string]string{"PLAIN": "password", "OAUTHBEARER": "token"}[s.Mechanism]; sent != "" && cl.TLS == nil {
		v.warn(key+".mechanism", "%s without tls sends the %s in clear text; add tls, or use SCRAM-SHA-512", s.Mechanism, sent)
	}
}

func (v *validator) onlyFor(key, section string, given bool, mechanism, owner string) {
	if given && mechanism != owner {
		v.fail(key+"."+section, "is for %s and has no effect on %s; remove it", owner, mechanism)
	}
}

func (v *validator) noPassword(key string, s *SASL) {
	if s.Username != "" {
		v.fail(key+".username", "has no effect on %s; remove it", s.Mechanism)
	}
	if s.source().given() {
		v.fail(key, "a password has no effect on %s; remove it", s.Mechanism)
	}
}

// extensionName is the form of a SASL extension's name, RFC 7628 3.1.
var extensionName = regexp.MustCompile(`^[A-Za-z]+$`)

func (v *validator) oauth(key string, o *OAuth) {
	if o == nil {
		v.fail(key, "OAUTHBEARER needs oauth: {token_url, client_id, client_secret}, or oauth: {token}")
		return
	}
	key += ".oauth"
	if o.TokenURL == "" {
		v.source(key, o.token(), true)
		for name, given := range map[string]bool{
			"client_id": o.ClientID != "", "client_secret": o.clientSecret().given(),
			"scope": o.Scope != "", "audience": o.Audience != "", "ca": o.CA != "",
		} {
			if given {
				v.fail(v.nearest(key, name), "%s has no effect without token_url", name)
			}
		}
	} else {
		v.url(key+".token_url", o.TokenURL)
		if u, err := url.Parse(o.TokenURL); err == nil && u.Scheme == "http" && !isLoopback(u.Hostname()) {
			v.fail(key+".token_url", "must be https: the client's secret is sent there")
		}
		if o.ClientID == "" {
			v.fail(v.nearest(key, "client_id"), "needs client_id beside token_url")
		}
		v.source(key, o.clientSecret(), true)
		if o.token().given() {
			v.fail(key, "token and token_url are given; give one of them")
		}
	}
	for name, value := range o.Extensions {
		at := key + ".extensions." + name
		switch {
		case !extensionName.MatchString(name) || name == "auth":
			v.fail(at, "is not a name for an extension: letters only, and not auth")
		case strings.ContainsFunc(value, func(r rune) bool { return (r < 0x20 || r > 0x7E) && !strings.ContainsRune("\t\r\n", r) }):
			v.fail(at, "may hold printable ASCII only")
		}
	}
}

func isLoopback(host string) bool {
	addr, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && addr.IsLoopback()
}

func (v *validator) aws(key string, a *AWS) {
	var ways []string
	if a.AccessKey != "" || a.secretKey().given() || a.sessionToken().given() {
		ways = append(ways, "access_key")
		if a.AccessKey == "" {
			v.fail(key, "needs access_key beside the secret")
		}
		v.source(key, a.secretKey(), true)
		v.source(key, a.sessionToken(), false)
	}
	if a.Profile != "" {
		ways = append(ways, "profile")
	}
	if len(a.CredentialsCommand) > 0 {
		ways = append(ways, "credentials_command")
		if a.CredentialsCommand[0] == "" {
			v.fail(key+".credentials_command", "starts with an empty text instead of a program")
		}
	}
	if len(ways) > 1 {
		v.fail(key, "%s are given; give one of them", strings.Join(ways, " and "))
	}
}

func (v *validator) kerberos(key string, s *SASL) {
	var ways []string
	if s.source().given() {
		ways = append(ways, "password")
	}
	if k := s.Kerberos; k != nil {
		if k.Keytab != "" {
			ways = append(ways, "keytab")
		}
		if k.Cache != "" {
			ways = append(ways, "cache")
		}
		if k.Cache != "" && s.Username != "" {
			v.fail(key+".username", "has no effect with a credential cache, which has its own; remove it")
		}
	}
	switch {
	case len(ways) == 0:
		v.fail(key, "GSSAPI needs a password, kerberos: {keytab: FILE} or kerberos: {cache: FILE}")
	case len(ways) > 1:
		v.fail(key, "%s are given; give one of them", strings.Join(ways, " and "))
	case s.Username == "" && ways[0] != "cache":
		v.fail(v.nearest(key, "username"), "GSSAPI needs a username, the Kerberos principal")
	}
	v.source(key, s.source(), false)
}

func (v *validator) masking(key string, r MaskRule) {
	if len(r.Fields) == 0 && len(r.Headers) == 0 && !r.Key && !r.Value {
		v.fail(key, "hides nothing; give fields, headers, key: true or value: true")
	}
	for _, field := range r.Fields {
		if slices.Contains(strings.Split(field, "."), "") {
			v.fail(v.nearest(key, "fields"), "%q is not a path such as customer.email", clip(field))
		}
	}
	if slices.Contains(slices.Concat(r.Topics, r.Headers), "") {
		v.fail(key, "holds an empty topic or header name; write * for all")
	}
}
