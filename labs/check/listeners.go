package check

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"time"

	"kconsole/kafka"
	"kconsole/labs"
)

// Advertised tries the address that the cluster tells to clients for each of its
// brokers, up to the sign-in, as a client would that was sent there. The answer
// is by broker id; a broker that is not in the cluster now is not in it.
func Advertised(ctx context.Context, env *labs.Env) (map[int32]kafka.Probe, error) {
	out := map[int32]kafka.Probe{}
	for try := 0; try < 4 && len(out) == 0 && ctx.Err() == nil; try++ { // the broker that is asked first may be the broken one
		for _, p := range env.Cluster.Probe(ctx) {
			if p.Broker != kafka.NoLeader {
				out[p.Broker] = p
			}
		}
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if len(out) == 0 {
		return nil, errors.New("the cluster does not tell the addresses of its brokers now")
	}
	return out, nil
}

const strictLimit = 5 * time.Second

// Strict does a TLS handshake with an address, host:port, as strictly as it can be
// done: by the authorities of the configuration, and for the host of the address,
// whatever name the configuration would take instead.
func Strict(ctx context.Context, env *labs.Env, addr string) error {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return err
	}
	cfg, err := env.Config().TLSConfig()
	if err != nil {
		return err
	}
	if cfg == nil {
		return errors.New("this cluster has no TLS")
	}
	ctx, cancel := context.WithTimeout(ctx, strictLimit)
	defer cancel()
	d := tls.Dialer{Config: &tls.Config{RootCAs: cfg.RootCAs, Certificates: cfg.Certificates, ServerName: host, MinVersion: tls.VersionTLS12}}
	conn, err := d.DialContext(ctx, "tcp", addr)
	if err != nil {
		return fmt.Errorf("handshake with %s: %w", addr, err)
	}
	return conn.Close()
}
