package labdir

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strconv"

	"kconsole/compose/pki"
)

// portsFile remembers the ports of a lab, so that a restart keeps them: a
// client's configuration then stays right.
const portsFile = "ports.json"

// Ports are the loopback ports of a lab.
type Ports struct {
	Brokers  []int `json:"brokers"` // client listeners, in the order of broker ids
	Registry int   `json:"registry"`
}

const (
	firstBrokerPort = 19092
	registryPort    = 18081
	portStep        = 100   // between the blocks that are tried
	lastPort        = 32000 // above begin the ports that the system hands out itself
)

// ChoosePorts gives the ports of the lab in dir for the given number of
// brokers: those it had before if they are free, else the first block of free
// ones from 19092 and 18081 up. All lie below the ephemeral range.
func ChoosePorts(ctx context.Context, dir string, brokers int) (Ports, error) {
	path := filepath.Join(dir, portsFile)
	var had Ports
	raw, err := os.ReadFile(path)
	if err == nil {
		err = json.Unmarshal(raw, &had)
	}
	if err == nil && len(had.Brokers) == brokers && had.free(ctx) {
		return had, nil
	}
	// Missing, damaged or taken: another choice mends all three.
	for first := 0; firstBrokerPort+first+brokers < lastPort; first += portStep {
		ports := Ports{Registry: registryPort + first}
		for i := range brokers {
			ports.Brokers = append(ports.Brokers, firstBrokerPort+first+i)
		}
		if !ports.free(ctx) {
			continue
		}
		raw, err := json.Marshal(ports)
		if err != nil {
			return ports, err
		}
		return ports, pki.WriteFile(path, append(raw, '\n'), 0o600)
	}
	return Ports{}, errors.New("no block of free ports between 18081 and 32000 on 127.0.0.1; stop what listens there")
}

func (p Ports) free(ctx context.Context) bool {
	for _, port := range append([]int{p.Registry}, p.Brokers...) {
		if !PortFree(ctx, port) {
			return false
		}
	}
	return true
}

func address(port int) string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(port)) }

// RegistryAddr is the registry's host:port.
func (p Ports) RegistryAddr() string { return address(p.Registry) }

// String names them for people.
func (p Ports) String() string {
	return fmt.Sprintf("brokers %v, registry %d", p.Brokers, p.Registry)
}

// PortFree tells whether a server could listen on a loopback port now.
func PortFree(ctx context.Context, port int) bool {
	var lc net.ListenConfig
	ln, err := lc.Listen(ctx, "tcp", address(port))
	if err != nil {
		return false
	}
	return ln.Close() == nil
}

const (
	lowPort   = 20000 // of those at random: above the ones that people know
	portTries = 2000
)

// RandomPort is a free loopback port below the ephemeral range, at random, so
// that stacks that start at the same moment do not agree on one. Those in taken
// are not free.
func RandomPort(ctx context.Context, taken map[int]bool) (int, error) {
	for range portTries {
		n, err := rand.Int(rand.Reader, big.NewInt(lastPort-lowPort))
		if err != nil {
			return 0, err
		}
		if port := lowPort + int(n.Int64()); !taken[port] && PortFree(ctx, port) {
			return port, nil
		}
	}
	return 0, fmt.Errorf("no free ports between %d and %d on 127.0.0.1; stop what listens there", lowPort, lastPort)
}
