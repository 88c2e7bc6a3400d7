package config

import (
	"context"
	"crypto/tls"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kgo"

	"kconsole/compose/pki"
)

// ping signs in with a client made from the configuration.
func ping(t *testing.T, cl Cluster) error {
	t.Helper()
	opts, err := KgoOptions(cl)
	if err != nil {
		t.Fatal(err)
	}
	client, err := kgo.NewClient(append(opts, kgo.RequestRetries(0), kgo.RetryTimeout(5*time.Second))...)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	return client.Ping(ctx)
}

func TestKgoOptionsSignIn(t *testing.T) {
	ca := newCA(t)
	broker, err := kfake.NewCluster(
		kfake.NumBrokers(1), kfake.EnableSASL(),
		kfake.TLS(&tls.Config{Certificates: []tls.Certificate{issue(t, ca, pki.Server("kafka-1")).TLS()}}),
		kfake.Superuser("PLAIN", "p", "plain pass"),
		kfake.Superuser("SCRAM-SHA-256", "s256", `a"b\c$d`),
		kfake.Superuser("SCRAM-SHA-512", "s512", "pässwörd"),
	)
	if err != nil {
		t.Fatal(err)
	}
	defer broker.Close()
	dir := t.TempDir()
	base := Cluster{Name: "lab", Brokers: broker.ListenAddrs(), TLS: &TLS{CA: put(t, dir, "ca.pem", ca.PEM())}}
	with := func(s SASL) Cluster { c := base; c.SASL = &s; return c }

	for _, s := range []SASL{
		{Mechanism: "PLAIN", Username: "p", Password: NewSecret("plain pass")},
		{Mechanism: "SCRAM-SHA-256", Username: "s256", Password: NewSecret(`a"b\c$d`)},
		{Mechanism: "SCRAM-SHA-512", Username: "s512", PasswordFile: put(t, dir, "pass", []byte("pässwörd\n"))},
	} {
		if err := ping(t, with(s)); err != nil {
			t.Errorf("%s: %v", s.Mechanism, err)
		}
		s.Password, s.PasswordFile = NewSecret("wrong"), ""
		if err := ping(t, with(s)); err == nil {
			t.Errorf("%s: signed in with a wrong password", s.Mechanism)
		}
	}
	if err := ping(t, base); err == nil {
		t.Error("no sign-in was needed")
	}
}

// A client that lives on signs in with what the file holds then.
func TestPasswordFileIsReadAtEverySignIn(t *testing.T) {
	dir := t.TempDir()
	s := SASL{Mechanism: "PLAIN", Username: "u", PasswordFile: put(t, dir, "pass", []byte("first"))}
	mechanism, err := s.mechanism(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"first", "second"} {
		put(t, dir, "pass", []byte(want))
		_, first, err := mechanism.Authenticate(t.Context(), "host")
		if err != nil || string(first) != "\x00u\x00"+want {
			t.Errorf("%q, %v; want %s", first, err, want)
		}
	}
}
