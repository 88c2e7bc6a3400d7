package process

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"path/filepath"
	"strconv"

	"kconsole/compose/labdir"
)

const (
	brokerCount  = 3
	controllerID = 100 // beside the brokers 1 to 3, so that labs can stop two of them and keep a quorum

	layoutFile = "stack.json"
	subDir     = "process" // below the lab's data directory
)

// layout is what a stack keeps from one start to the next.
type layout struct {
	ClusterID string `json:"cluster_id"`
	Kafka     string `json:"kafka"` // version, or the home that was given
	Ports     Ports  `json:"ports"`
	Java      string `json:"java"` // path of the program that was used last
	// Prepared tells that the users' ACLs were made once; what people change
	// afterwards stays as they left it.
	Prepared bool `json:"prepared"`
	Registry bool `json:"registry"`
}

// Ports are the ports of a stack, all on 127.0.0.1. Zero values are chosen:
// free ones below the range that the system hands out itself.
type Ports struct {
	Clients    [brokerCount]int `json:"clients"`  // SASL_SSL, by broker
	MutualTLS  [brokerCount]int `json:"mtls"`     // SSL with a client certificate, by broker
	Internal   [brokerCount]int `json:"internal"` // between brokers
	Controller int              `json:"controller"`
	Registry   int              `json:"registry"`
	Backend    int              `json:"backend"` // the registry behind its sign-in
}

// all returns a pointer to each port.
func (p *Ports) all() []*int {
	out := []*int{&p.Controller, &p.Registry, &p.Backend}
	for i := range brokerCount {
		out = append(out, &p.Clients[i], &p.MutualTLS[i], &p.Internal[i])
	}
	return out
}

// choose keeps the ports that are given, takes the lab's usual ones for the
// clients if usual is set, and fills in the rest with free ones.
func (p *Ports) choose(ctx context.Context, dir string, usual bool) error {
	if usual && p.Clients == [brokerCount]int{} && p.Registry == 0 {
		known, err := labdir.ChoosePorts(ctx, dir, brokerCount)
		if err != nil {
			return err
		}
		p.Registry = known.Registry
		copy(p.Clients[:], known.Brokers)
	}
	used := make(map[int]bool)
	for _, port := range p.all() {
		used[*port] = true
	}
	for _, port := range p.all() {
		if *port == 0 {
			var err error
			if *port, err = labdir.RandomPort(ctx, used); err != nil {
				return err
			}
			used[*port] = true
		}
	}
	return nil
}

func loopback(port int) string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(port)) }

// firstTaken returns a port that somebody else listens on, or 0.
func (p *Ports) firstTaken(ctx context.Context) int {
	for _, port := range p.all() {
		if *port != 0 && !labdir.PortFree(ctx, *port) {
			return *port
		}
	}
	return 0
}

func readLayout(dir string) (layout, error) {
	var l layout
	err := readJSON(filepath.Join(Home(dir), layoutFile), &l)
	if errors.Is(err, fs.ErrNotExist) {
		return layout{}, nil
	}
	return l, err
}

func (l layout) write(dir string) error {
	return writeJSON(filepath.Join(Home(dir), layoutFile), l)
}

// Home is where the runtime keeps everything of its own of the lab in dir:
// configurations, logs and data of its processes.
func Home(dir string) string { return filepath.Join(dir, labdir.DataDir, subDir) }

// units returns the stack's processes by what the layout says: controller,
// brokers, and the registry if there is one.
func (l layout) units(dir string) (controller *unit, brokers []*unit, registry *unit) {
	kafka := func(id int32) *unit { return l.unit(dir, fmt.Sprintf("kafka-%d", id)) }
	for id := int32(1); id <= brokerCount; id++ {
		brokers = append(brokers, kafka(id))
	}
	if l.Registry {
		registry = l.unit(dir, "registry")
	}
	return kafka(controllerID), brokers, registry
}

func (l layout) unit(dir, name string) *unit {
	where := filepath.Join(Home(dir), name)
	return &unit{name: name, dir: where, command: func() (string, []string, []string) {
		return l.Java, []string{"@" + filepath.Join(where, argsFile)}, nil
	}}
}
