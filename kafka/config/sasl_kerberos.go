package config

import (
	"context"
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
	return kerberos.Kerberos(func(ctx context.Context) (kerberos.Auth, error) {
		c, err := k.client(ctx, s.Username, password)
		if err != nil {
			return kerberos.Auth{}, inSection("sasl.kerberos", err)
		}
		return kerberos.Auth{Client: c, Service: service}, nil
	}), nil
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
