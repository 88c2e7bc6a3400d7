package kafka

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"kconsole/kafka/config"
)

// Probe is how far a connection to one listener gets.
type Probe struct {
	Address   string      `json:"address"` // host:port
	Broker    int32       `json:"broker"`  // whose advertised listener it is; [NoLeader] for a bootstrap address alone
	Bootstrap bool        `json:"bootstrap"`
	Steps     []ProbeStep `json:"steps"` // in order; the first that fails is the last
}

// OK tells whether every step worked.
func (p *Probe) OK() bool {
	return len(p.Steps) > 0 && p.Steps[len(p.Steps)-1].Err == nil
}

// ProbeStep is one thing that a connection needs.
type ProbeStep struct {
	Name   string        `json:"name"` // dns, tcp, tls, sign-in
	Took   time.Duration `json:"took"`
	Detail string        `json:"detail"` // addresses, certificates, versions
	Err    error         `json:"-"`
}

// Probe tries every bootstrap address and every listener that the cluster
// advertises, step by step: the name, TCP, TLS with the certificates, and the
// sign-in with the negotiation of versions. All at the same time; each ends
// within 10 s. A cluster that cannot be asked for its listeners leaves just the
// bootstrap addresses.
func (c *Cluster) Probe(ctx context.Context) []Probe {
	probes := make(map[string]*Probe)
	for _, addr := range c.cfg.Brokers {
		probes[addr] = &Probe{Address: addr, Broker: NoLeader, Bootstrap: true}
	}
	meta := kmsg.NewPtrMetadataRequest()
	meta.Topics = []kmsg.MetadataRequestTopic{}
	bounded, k, done := c.begin(ctx, "cannot read the brokers")
	if resp, err := request[*kmsg.MetadataResponse](bounded, k, meta); err == nil {
		for i := range resp.Brokers {
			b := &resp.Brokers[i]
			addr := net.JoinHostPort(b.Host, strconv.Itoa(int(b.Port)))
			if probes[addr] == nil {
				probes[addr] = &Probe{Address: addr}
			}
			probes[addr].Broker = b.NodeID
		}
	}
	done()
	out := make([]Probe, 0, len(probes))
	var wg sync.WaitGroup
	for _, addr := range sortedKeys(probes) {
		wg.Go(func() { c.probe(ctx, probes[addr]) })
	}
	wg.Wait()
	for _, p := range probes {
		out = append(out, *p)
	}
	slices.SortFunc(out, func(a, b Probe) int {
		if a.Broker != b.Broker {
			return int(a.Broker) - int(b.Broker)
		}
		return strings.Compare(a.Address, b.Address)
	})
	return out
}

// probe does the steps until one fails.
func (c *Cluster) probe(ctx context.Context, p *Probe) {
	ctx, cancel := context.WithTimeout(ctx, callLimit)
	defer cancel()
	h := c.hints()
	h.addrs, h.worked = p.Address, false
	step := func(name string, do func() (string, error)) bool {
		start := time.Now()
		detail, err := do()
		s := ProbeStep{Name: name, Took: time.Since(start), Detail: detail}
		if err != nil {
			s.Err = explain("cannot connect to "+p.Address+" ("+name+")", err, h)
		}
		p.Steps = append(p.Steps, s)
		return err == nil
	}
	host, _, err := net.SplitHostPort(p.Address)
	if !step("dns", func() (string, error) {
		if err != nil {
			return "", err
		}
		addrs, err := net.DefaultResolver.LookupHost(ctx, host)
		return strings.Join(addrs, ", "), err
	}) {
		return
	}
	var conn net.Conn
	if !step("tcp", func() (string, error) {
		dialer := net.Dialer{Timeout: config.DialLimit}
		var err error
		if conn, err = dialer.DialContext(ctx, "tcp", p.Address); err != nil {
			return "", err
		}
		return conn.LocalAddr().String() + " to " + conn.RemoteAddr().String(), nil
	}) {
		return
	}
	defer conn.Close()
	if c.cfg.TLS != nil && !step("tls", func() (string, error) { return handshake(ctx, conn, c.cfg, host) }) {
		return
	}
	step("sign-in", func() (string, error) { return c.signIn(ctx, p.Address, &h) })
}

// handshake does TLS on a connection and describes what the other side showed,
// also where it is not accepted.
func handshake(ctx context.Context, conn net.Conn, cfg config.Cluster, host string) (string, error) {
	t, err := cfg.TLSConfig()
	if err != nil {
		return "", err
	}
	t = t.Clone()
	if t.ServerName == "" {
		t.ServerName = host
	}
	ctx, cancel := context.WithTimeout(ctx, config.DialLimit)
	defer cancel()
	secured := tls.Client(conn, t)
	if err := secured.HandshakeContext(ctx); err != nil {
		if bad, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
			return chain(bad.UnverifiedCertificates), err
		}
		return "", err
	}
	state := secured.ConnectionState()
	return tls.VersionName(state.Version) + ", " + chain(state.PeerCertificates), nil
}

// chain describes certificates, the server's first.
func chain(certs []*x509.Certificate) string {
	var parts []string
	for i, cert := range certs {
		s := cert.Subject.String()
		if i == 0 {
			names := slices.Clone(cert.DNSNames)
			for _, ip := range cert.IPAddresses {
				names = append(names, ip.String())
			}
			s += fmt.Sprintf(" for %s, until %s", strings.Join(names, ", "), cert.NotAfter.UTC().Format(time.RFC3339))
		}
		if issuer := cert.Issuer.String(); i == len(certs)-1 && issuer != cert.Subject.String() {
			s += ", signed by " + issuer
		}
		parts = append(parts, s)
	}
	return strings.Join(parts, "; ")
}

// signIn connects as the client does: TLS, ApiVersions and SASL.
func (c *Cluster) signIn(ctx context.Context, addr string, h *hints) (string, error) {
	seen := newWatch()
	client, err := kgo.NewClient(append(slices.Clip(c.options), kgo.SeedBrokers(addr), kgo.WithHooks(seen))...)
	if err != nil {
		return "", err
	}
	defer client.Close()
	start := time.Now()
	// The versions are negotiated and the sign-in is made before the first request;
	// a listener that wants a sign-in and got none hangs up at that request.
	req := kmsg.NewPtrMetadataRequest()
	req.Topics = []kmsg.MetadataRequestTopic{}
	resp, err := client.SeedBrokers()[0].Request(ctx, req)
	if err != nil {
		if f, ok := seen.since(start); ok && vague(err) {
			err, h.signIn = f.err, f.signIn
		}
		return "", err
	}
	brokers := len(resp.(*kmsg.MetadataResponse).Brokers) //nolint:forcetypeassert // the answer to it
	return "as " + c.principal + ", names " + plural(brokers, "broker"), nil
}
