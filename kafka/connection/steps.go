package connection

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"strings"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"kconsole/kafka"
	"kconsole/kafka/config"
)

// walk takes the steps to an address, up to the first that fails.
func walk(ctx context.Context, cfg config.Cluster, addr string, l *Listener) []Step {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return []Step{{Name: DNS, Reason: err.Error(), Err: err}}
	}
	var steps []Step
	take := func(name string, do func(context.Context) (string, error)) bool {
		limited, cancel := context.WithTimeout(ctx, stepLimit)
		defer cancel()
		s := Step{Name: name}
		start := time.Now()
		s.Detail, s.Err = do(limited)
		s.Millis = millis(time.Since(start))
		if s.OK = s.Err == nil; !s.OK {
			s.Err = kafka.Explain(s.Err)
			s.Reason = reason(s.Err)
		}
		steps = append(steps, s)
		return s.OK
	}
	var ips []string
	if !take(DNS, func(ctx context.Context) (_ string, err error) {
		ips, err = net.DefaultResolver.LookupHost(ctx, host)
		return strings.Join(ips, ", "), err
	}) {
		return steps
	}
	var conn net.Conn
	if !take(TCP, func(ctx context.Context) (_ string, err error) {
		// The name, not what it resolved to: the dialler tries one after the other.
		if conn, err = (&net.Dialer{}).DialContext(ctx, "tcp", net.JoinHostPort(host, port)); err != nil {
			return "", err
		}
		return conn.RemoteAddr().String(), nil
	}) {
		return steps
	}
	defer conn.Close()
	if cfg.TLS != nil && !take(TLS, func(ctx context.Context) (string, error) { return l.handshake(ctx, cfg, conn, host) }) {
		return steps
	}
	return append(steps, signIn(ctx, cfg, addr)...)
}

func millis(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// reason is why a step failed, without what was tried: that is the step.
func reason(err error) string {
	var k *kafka.Error
	if !errors.As(err, &k) {
		return err.Error()
	}
	s := k.Why
	if k.Do != "" {
		s += "; " + k.Do
	}
	return strings.Join(strings.Fields(s), " ")
}

// handshake does TLS and notes the certificates, also those that are refused.
func (l *Listener) handshake(ctx context.Context, cfg config.Cluster, conn net.Conn, host string) (string, error) {
	conf, err := cfg.TLSConfig()
	if err != nil {
		return "", err
	}
	if conf.ServerName == "" {
		conf.ServerName = host
	}
	client := tls.Client(conn, conf)
	if err := client.HandshakeContext(ctx); err != nil {
		var refused *tls.CertificateVerificationError
		if errors.As(err, &refused) {
			l.note(refused.UnverifiedCertificates)
		}
		return "", err
	}
	state := client.ConnectionState()
	l.note(state.PeerCertificates)
	detail := tls.VersionName(state.Version) + ", " + tls.CipherSuiteName(state.CipherSuite)
	if len(l.Certificates) > 0 {
		days := int(time.Until(l.Certificates[0].Until).Hours() / 24)
		detail += fmt.Sprintf(", certificate ends in %d days", days)
	}
	return detail, nil
}

// maxChain bounds the certificates that are noted.
const maxChain = 10

func (l *Listener) note(chain []*x509.Certificate) {
	l.Certificates = nil
	for _, c := range chain[:min(len(chain), maxChain)] {
		names := append([]string{}, c.DNSNames...)
		for _, ip := range c.IPAddresses {
			names = append(names, ip.String())
		}
		l.Certificates = append(l.Certificates, Certificate{c.Subject.String(), c.Issuer.String(), names, c.NotBefore, c.NotAfter})
	}
}

// signIn signs in at one address with the client itself, and asks for versions.
func signIn(ctx context.Context, cfg config.Cluster, addr string) []Step {
	cfg.Brokers = []string{addr}
	timed := &timing{}
	ctx, cancel := context.WithTimeout(ctx, stepLimit)
	defer cancel()
	c, err := kafka.Connect(cfg, kafka.WithClientOptions(kgo.WithHooks(timed)))
	if err == nil {
		defer c.Close()
		_, err = c.TopicMetadata(ctx)
	}
	sasl, versions := timed.steps()
	// The versions are asked for before the sign-in, so they work where only the
	// sign-in does not.
	var steps []Step
	if cfg.SASL != nil {
		sasl.OK = err == nil
		if sasl.OK {
			sasl.Detail = cfg.SASL.Mechanism + " as " + c.Principal()
		} else if kafka.KindOf(err) == kafka.Auth || versions.OK {
			sasl.Err = kafka.Explain(err)
			sasl.Reason = reason(sasl.Err)
			return []Step{sasl}
		}
		steps = append(steps, sasl)
	}
	versions.OK = err == nil
	if err != nil {
		versions.Err = kafka.Explain(err)
		versions.Reason = reason(versions.Err)
		return []Step{versions}
	}
	return append(steps, versions)
}

// timing listens to what is asked while a connection is set up.
type timing struct {
	mu             sync.Mutex
	sasl, versions time.Duration
	answered       bool // the versions
}

var _ kgo.HookBrokerE2E = (*timing)(nil)

// OnBrokerE2E is called after each request.
func (t *timing) OnBrokerE2E(_ kgo.BrokerMetadata, key int16, e2e kgo.BrokerE2E) {
	t.mu.Lock()
	defer t.mu.Unlock()
	switch key {
	case kmsg.ApiVersions.Int16():
		t.versions = e2e.DurationE2E()
		t.answered = t.answered || e2e.Err() == nil
	case kmsg.SASLHandshake.Int16(), kmsg.SASLAuthenticate.Int16():
		t.sasl += e2e.DurationE2E()
	}
}

func (t *timing) steps() (sasl, versions Step) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return Step{Name: SASL, Millis: millis(t.sasl)}, Step{Name: APIVersions, Millis: millis(t.versions), OK: t.answered}
}
