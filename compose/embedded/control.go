package embedded

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"math/big"
	"time"

	"kconsole/compose/embedded/shape"
)

// ErrClosed is returned by everything that would change a closed cluster.
var ErrClosed = errors.New("the embedded cluster is closed")

func (c *Cluster) change(fn func() error) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		return ErrClosed
	}
	return fn()
}

// Stop shuts a broker down in order: its leaderships move first, then its port
// and connections close. Stopping a stopped broker does nothing.
func (c *Cluster) Stop(id int32) error {
	return c.change(func() error {
		if err := c.shape.BrokerStop(id); err != nil {
			return err
		}
		return c.front.Shut(id)
	})
}

// StartBroker starts a stopped or killed broker on its old port. It registers
// after Timing.Startup; its replicas follow.
func (c *Cluster) StartBroker(id int32) error {
	return c.change(func() error {
		if err := c.front.Listen(id); err != nil {
			return err
		}
		return c.shape.BrokerUp(id)
	})
}

// Kill ends a broker at once, as kill -9 does: nothing is handed over, and the
// cluster notices after Timing.FailureDetection.
func (c *Cluster) Kill(id int32) error {
	return c.change(func() error {
		if err := c.front.Shut(id); err != nil {
			return err
		}
		return c.shape.BrokerKill(id)
	})
}

// Pause makes a broker hang, as a paused container does: connections stay
// open, new ones are taken by the system and get nothing, and the cluster
// notices after Timing.FailureDetection.
func (c *Cluster) Pause(id int32) error {
	return c.change(func() error {
		if err := c.front.Pause(id); err != nil {
			return err
		}
		return c.shape.BrokerPause(id)
	})
}

// Resume lets a paused broker go on.
func (c *Cluster) Resume(id int32) error {
	return c.change(func() error {
		if err := c.shape.BrokerResume(id); err != nil {
			return err
		}
		return c.front.Resume(id)
	})
}

// AdvertiseWrong makes the cluster advertise addr (host:port) for a broker,
// where nobody may be listening: a client that follows metadata cannot reach it.
func (c *Cluster) AdvertiseWrong(id int32, addr string) error {
	return c.change(func() error {
		if addr == "" {
			return errors.New("a wrong address is needed, as host:port")
		}
		if err := c.front.Advertise(id, addr); err != nil {
			return err
		}
		c.events.publish(fault(shape.FaultSet, id, "advertises "+addr))
		return nil
	})
}

// WrongCertificate makes a broker present another certificate on new
// connections; nil is one that is self-signed and for another host.
func (c *Cluster) WrongCertificate(id int32, cert *tls.Certificate) error {
	return c.change(func() error {
		if cert == nil {
			made, err := strangeCertificate()
			if err != nil {
				return err
			}
			cert = made
		}
		if err := c.front.Certificate(id, cert); err != nil {
			return err
		}
		c.events.publish(fault(shape.FaultSet, id, "presents a wrong certificate"))
		return nil
	})
}

// LogDirOffline fails one log directory of a broker; "" is its first. A broker
// whose last directory fails halts, as Kafka's does.
func (c *Cluster) LogDirOffline(id int32, path string) error {
	return c.change(func() error {
		if path == "" {
			c.shape.View(func(v shape.View) {
				if b, ok := v.Broker(id); ok && len(b.LogDirs) > 0 {
					path = b.LogDirs[0].Path
				}
			})
		}
		halt, err := c.shape.FailLogDir(id, path)
		if err != nil || !halt {
			return err
		}
		if err := c.front.Shut(id); err != nil {
			return err
		}
		return c.shape.BrokerKill(id)
	})
}

// ClearFaults takes every fault of a broker back; it does not start it.
func (c *Cluster) ClearFaults(id int32) error {
	return c.change(func() error {
		broken := len(c.front.Faults(id)) > 0
		if err := c.front.Advertise(id, ""); err != nil {
			return err
		}
		if c.cfg.TLS != nil {
			if err := c.front.Certificate(id, nil); err != nil {
				return err
			}
		}
		if broken {
			c.events.publish(fault(shape.FaultCleared, id, ""))
		}
		return c.shape.RepairLogDirs(id)
	})
}

func fault(kind shape.Kind, id int32, detail string) Event {
	return Event{At: time.Now(), Kind: kind, Broker: id, Partition: -1, From: -1, To: -1, Detail: detail}
}

// strangeCertificate is valid in itself, signed by nobody, for another host.
func strangeCertificate() (*tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	tmpl := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()),
		Subject:      pkix.Name{CommonName: "kafka.somewhere-else.invalid"},
		DNSNames:     []string{"kafka.somewhere-else.invalid"},
		NotBefore:    time.Now().Add(-time.Hour),
		NotAfter:     time.Now().Add(24 * time.Hour),
		KeyUsage:     x509.KeyUsageDigitalSignature,
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, tmpl, tmpl, &key.PublicKey, key)
	if err != nil {
		return nil, fmt.Errorf("wrong certificate: %w", err)
	}
	return &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, nil
}
