package process

import (
	"context"
	"crypto/rsa"
	"fmt"
	"net"

	"kconsole/compose/apicurio"
	"kconsole/compose/labdir"
	"kconsole/compose/pki"
)

// openFront opens the registry's door on the registry's port.
func openFront(ctx context.Context, ports Ports, ca *pki.CA, users []labdir.User, key *rsa.PrivateKey) (*apicurio.Door, error) {
	leaf, err := ca.Issue(pki.Server("registry"))
	if err != nil {
		return nil, err
	}
	var lc net.ListenConfig
	ln, err := lc.Listen(ctx, "tcp", loopback(ports.Registry))
	if err != nil {
		return nil, fmt.Errorf("the registry's port: %w", err)
	}
	return apicurio.Open(apicurio.DoorConfig{
		Listener: ln, Certificate: leaf.TLS(), CA: apicurio.Verify(ca), Backend: loopback(ports.Backend), Users: users, Key: key,
	}), nil
}
