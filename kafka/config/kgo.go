package config

import (
	"context"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sasl"
	"github.com/twmb/franz-go/pkg/sasl/plain"
	"github.com/twmb/franz-go/pkg/sasl/scram"
)

// KgoOptions returns what franz-go needs to reach the cluster: seed brokers, TLS
// and SASL. Files are read and a password_command is run here, once, so that a
// mistake is reported as such and not as a failed connection.
func KgoOptions(cl Cluster) ([]kgo.Opt, error) {
	if cl.unresolved != nil {
		return nil, cl.unresolved
	}
	tlsConfig, err := cl.TLSConfig()
	if err != nil {
		return nil, inCluster(cl, "tls", err)
	}
	opts := []kgo.Opt{kgo.SeedBrokers(cl.Brokers...), kgo.Dialer(dialer(tlsConfig))}
	if cl.SASL != nil {
		mechanism, err := cl.SASL.mechanism(context.Background())
		if err != nil {
			return nil, inCluster(cl, "sasl", err)
		}
		opts = append(opts, kgo.SASL(mechanism))
	}
	return opts, nil
}

// inCluster prefixes the key of an error with where it is.
func inCluster(cl Cluster, section string, err error) error {
	if e, ok := err.(*Error); ok { //nolint:errorlint // our own, just made, never wrapped
		moved := *e
		moved.Key = join(section, e.Key)
		if cl.Name != "" {
			moved.Key = "clusters." + cl.Name + "." + moved.Key
		}
		return &moved
	}
	return err
}

// mechanism returns the sign-in. Every secret is fetched here once, for an early
// error, and those in files again for each connection, so that a rotated one is
// picked up. Tokens of an endpoint are fetched at the first sign-in only.
func (s *SASL) mechanism(ctx context.Context) (sasl.Mechanism, error) {
	switch s.Mechanism {
	case "OAUTHBEARER":
		return s.OAuth.mechanism(ctx)
	case "AWS_MSK_IAM":
		return s.AWS.mechanism(ctx)
	}
	current, err := s.source().current(ctx)
	if err != nil {
		return nil, err
	}
	switch s.Mechanism {
	case "PLAIN":
		return plain.Plain(func(ctx context.Context) (plain.Auth, error) {
			pass, err := current(ctx)
			return plain.Auth{User: s.Username, Pass: pass.Reveal()}, err
		}), nil
	case "SCRAM-SHA-256", "SCRAM-SHA-512":
		auth := func(ctx context.Context) (scram.Auth, error) {
			pass, err := current(ctx)
			return scram.Auth{User: s.Username, Pass: pass.Reveal()}, err
		}
		if s.Mechanism == "SCRAM-SHA-256" {
			return scram.Sha256(auth), nil
		}
		return scram.Sha512(auth), nil
	case "GSSAPI":
		return s.kerberos(current)
	}
	return nil, &Error{Key: "mechanism", Reason: "\"" + clip(s.Mechanism) + "\" is not known" + didYouMean(s.Mechanism, Mechanisms)}
}

// current resolves a secret now, and returns how to get it later: from its file
// again, else as it was: a command may ask a person, and must not do so for every
// connection.
func (s source) current(ctx context.Context) (func(context.Context) (Secret, error), error) {
	first, err := s.resolve(ctx)
	if err != nil {
		return nil, err
	}
	if s.file != "" {
		return s.resolve, nil
	}
	return func(context.Context) (Secret, error) { return first, nil }, nil
}
