// Package connection looks at how a cluster is reached, step by step: for every
// address of the configuration, and every one that the brokers advertise, DNS,
// TCP, TLS, sign-in and API versions, each with its time and, where it fails,
// the reason. It finds the broker that advertises a name that only resolves
// inside, the certificate that ends next week, the listener without sign-in.
package connection

import (
	"cmp"
	"context"
	"net"
	"slices"
	"strconv"
	"time"

	"golang.org/x/sync/errgroup"

	"kconsole/kafka"
	"kconsole/kafka/config"
)

// The steps, in order.
const (
	DNS         = "dns"
	TCP         = "tcp"
	TLS         = "tls"
	SASL        = "sasl"
	APIVersions = "api versions"
)

const (
	stepLimit = 4 * time.Second // of one step
	fan       = 16              // addresses that are looked at together
)

// Report is how a cluster is reached.
type Report struct {
	Cluster   string     `json:"cluster"`
	Security  string     `json:"security"` // PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL
	Listeners []Listener `json:"listeners"`
	// Problem is why the advertised addresses are not known; empty if they are.
	Problem string `json:"problem,omitempty"`
}

// Listener is one address.
type Listener struct {
	Address    string `json:"address"`
	Configured bool   `json:"configured"` // stands in the configuration
	Broker     *int32 `json:"broker"`     // that advertises it; null: none does
	Steps      []Step `json:"steps"`      // up to the first that failed
	// Certificates are the chain that it shows, its own first; also where it is
	// not trusted.
	Certificates []Certificate `json:"certificates,omitempty"`
}

// Step is one step on the way.
type Step struct {
	Name   string  `json:"name"`
	OK     bool    `json:"ok"`
	Millis float64 `json:"ms"`
	Detail string  `json:"detail,omitempty"` // what was found
	Reason string  `json:"reason,omitempty"` // why it failed, in one line
	// Err is the reason as an error, for its kind.
	Err error `json:"-"`
}

// Certificate is what a certificate says of itself.
type Certificate struct {
	Subject string    `json:"subject"`
	Issuer  string    `json:"issuer"`
	Names   []string  `json:"names"` // DNS names and addresses
	From    time.Time `json:"not_before"`
	Until   time.Time `json:"not_after"`
}

// Failed is the step that failed; nil if none did.
func (l *Listener) Failed() *Step {
	for i := range l.Steps {
		if !l.Steps[i].OK {
			return &l.Steps[i]
		}
	}
	return nil
}

// Make looks at all addresses, those that are advertised after asking the
// cluster for them. It needs no rights. Only a configuration that cannot be used
// is an error: everything else stands in the report.
func Make(ctx context.Context, cfg config.Cluster) (Report, error) {
	r := Report{Cluster: cfg.Name, Security: cfg.SecurityProtocol()}
	c, err := kafka.Connect(cfg)
	if err != nil {
		return r, err
	}
	defer c.Close()
	var g errgroup.Group
	g.SetLimit(fan)
	configured := make([]Listener, len(cfg.Brokers))
	for i, addr := range cfg.Brokers {
		g.Go(func() error {
			l := &configured[i]
			l.Address, l.Configured = addr, true
			l.Steps = walk(ctx, cfg, addr, l)
			return nil
		})
	}
	info, _, err := c.Metadata(ctx)
	_ = g.Wait() // its functions return nil
	if err != nil {
		r.Problem = err.Error()
	}
	r.Listeners = configured
	var more []Listener
	for i := range info.Brokers {
		b := &info.Brokers[i]
		if b.Host == "" {
			continue
		}
		addr := net.JoinHostPort(b.Host, strconv.Itoa(int(b.Port)))
		at := slices.IndexFunc(r.Listeners, func(l Listener) bool { return l.Address == addr })
		if at >= 0 {
			r.Listeners[at].Broker = &b.ID
			continue
		}
		more = append(more, Listener{Address: addr, Broker: &b.ID})
	}
	for i := range more {
		g.Go(func() error {
			more[i].Steps = walk(ctx, cfg, more[i].Address, &more[i])
			return nil
		})
	}
	_ = g.Wait()
	r.Listeners = append(r.Listeners, more...)
	slices.SortStableFunc(r.Listeners, func(a, b Listener) int { return cmp.Compare(id(a), id(b)) })
	return r, nil
}

// id orders listeners: by broker, those that none advertises last.
func id(l Listener) int64 {
	if l.Broker == nil {
		return 1 << 40
	}
	return int64(*l.Broker)
}
