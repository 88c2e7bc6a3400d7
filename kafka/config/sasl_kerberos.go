package config

import (
	"context"
	"errors"
	"os"
	"strings"

	"github.com/jcmturner/gokrb5/v8/client"
	krb5 "github.com/jcmturner/gokrb5/v8/config"
	"github.com/jcmturner/gokrb5/v8/credentials"
	"github.com/jcmturner/gokrb5/v8/keytab"
	"github.com/twmb/franz-go/pkg/sasl"
	"github.com/twmb/franz-go/pkg/sasl/kerberos"
)

// kerberos signs in with GSSAPI (RFC 4752, Kerberos 5). A new Kerberos client is
// made for every connection, and ends with its sign-in: a renewed cache or key
// table is picked up, and no renewal runs in the background.
func (s *SASL) kerberos(password func(context.Context) (Secret, error)) (sasl.Mechanism, error) {
	k := Kerberos{}
	if s.Kerberos != nil {
		k = *s.Kerberos
	}
	service := k.Service
	if service == "" {
		service = "kafka"
	}
	if _, err := k.client(context.Background(), s.Username, password); err != nil {
		return nil, inSection("kerberos", err)
	}
	mechanism := kerberos.Kerberos(func(ctx context.Context) (kerberos.Auth, error) {
		c, err := k.client(ctx, s.Username, password)
		if err != nil {
			return kerberos.Auth{}, inSection("sasl.kerberos", err)
		}
		return kerberos.Auth{Client: c, Service: service}, nil
	})
	return explained{mechanism, service}, nil
}

// explained says in one line what gokrb5 says in a chain of its own terms.
type explained struct {
	sasl.Mechanism
	service string
}

// Authenticate implements [sasl.Mechanism].
func (m explained) Authenticate(ctx context.Context, host string) (sasl.Session, []byte, error) {
	session, first, err := m.Mechanism.Authenticate(ctx, host)
	if err == nil {
		return session, first, nil
	}
	var own *Error
	if errors.As(err, &own) {
		return nil, nil, err
	}
	text := err.Error()
	reason := "the Kerberos sign-in failed: " + clip(printable(text[strings.LastIndex(text, "] ")+1:]))
	for _, known := range []struct{ sign, means string }{
		{"matching key not found in keytab", "the key table holds no key for the user and realm that are configured"},
		{"password/keytab incorrect", "the KDC does not accept the user's password or key table"},
		{"KDC_ERR_PREAUTH_FAILED", "the KDC does not accept the user's password or key table"},
		{"KDC_ERR_C_PRINCIPAL_UNKNOWN", "the KDC does not know the user; check username and realm"},
		{"KDC_ERR_S_PRINCIPAL_UNKNOWN", "the KDC does not know the service " + m.service + " on " + host + "; check service, and dial the broker by the name that the KDC has"},
		{"KDC_ERR_KEY_EXPIRED", "the user's password or key has expired"},
		{"KRB_AP_ERR_SKEW", "this machine's clock differs too much from the KDC's"},
		{"KRB_AP_ERR_TKT_EXPIRED", "the ticket has expired; run kinit again"},
		{"no KDCs defined", "no KDC is known for the realm; name one in the Kerberos configuration"},
		{"communication error with KDC", "no KDC answers; check the realm's kdc in the Kerberos configuration"},
	} {
		if strings.Contains(text, known.sign) {
			reason = known.means
			break
		}
	}
	return nil, nil, &Error{Key: "sasl.kerberos", Reason: reason, Err: err}
}

// client reads the files and makes a client that has not talked to the KDC yet.
func (k Kerberos) client(ctx context.Context, user string, password func(context.Context) (Secret, error)) (*client.Client, error) {
	conf, err := k.config()
	if err != nil {
		return nil, err
	}
	realm := k.Realm
	if name, r, ok := strings.Cut(user, "@"); ok {
		user, realm = name, r
	}
	if realm == "" {
		realm = conf.LibDefaults.DefaultRealm
	}
	if realm == "" && k.Cache == "" {
		return nil, &Error{Key: "realm", Reason: "no realm is given, and the Kerberos configuration has no default_realm"}
	}
	// Active Directory and some other KDCs refuse requests that offer FAST.
	noFAST := client.DisablePAFXFAST(true)
	switch {
	case k.Cache != "":
		raw, err := readBounded("cache", k.Cache)
		if err != nil {
			return nil, err
		}
		cache := new(credentials.CCache)
		if err := unmarshal(cache.Unmarshal, raw); err != nil {
			return nil, tlsError("cache", "%s is not a credential cache; fill it with kinit -c FILE", k.Cache)
		}
		c, err := client.NewFromCCache(cache, conf, noFAST)
		if err != nil {
			return nil, tlsError("cache", "%s holds no ticket that can be used; run kinit -c FILE: %w", k.Cache, err)
		}
		return c, nil
	case k.Keytab != "":
		raw, err := readBounded("keytab", k.Keytab)
		if err != nil {
			return nil, err
		}
		table := keytab.New()
		if err := unmarshal(table.Unmarshal, raw); err != nil {
			return nil, tlsError("keytab", "%s is not a key table", k.Keytab)
		}
		return client.NewWithKeytab(user, realm, table, conf, noFAST), nil
	}
	secret, err := password(ctx)
	if err != nil {
		return nil, err
	}
	return client.NewWithPassword(user, realm, secret.Reveal(), conf, noFAST), nil
}

// config reads krb5.conf: the one given, else $KRB5_CONFIG, else /etc/krb5.conf.
func (k Kerberos) config() (*krb5.Config, error) {
	path := k.Config
	if path == "" {
		path = os.Getenv("KRB5_CONFIG")
	}
	if path == "" {
		path = "/etc/krb5.conf"
	}
	raw, err := readBounded("config", path)
	if err != nil {
		return nil, err
	}
	conf, err := krb5.NewFromString(string(raw))
	if err != nil {
		return nil, tlsError("config", "%s is not a Kerberos configuration: %w", path, err)
	}
	return conf, nil
}

// unmarshal calls a decoder of gokrb5, which indexes out of range on damaged
// input instead of returning an error.
func unmarshal(decode func([]byte) error, raw []byte) (err error) {
	defer func() {
		if recover() != nil {
			err = os.ErrInvalid
		}
	}()
	return decode(raw)
}
