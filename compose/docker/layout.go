package docker

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"strconv"

	"kconsole/compose/labdir"
	"kconsole/compose/pki"
)

const (
	brokerCount  = 3
	controllerID = 100 // beside the brokers 1 to 3, so that labs can stop two of them and keep a quorum

	layoutFile  = "stack.json"
	composeFile = "compose.yaml"
)

// layout is what a stack keeps from one start to the next.
type layout struct {
	ClusterID string   `json:"cluster_id"`
	Project   string   `json:"project"`  // compose's name for all of it
	Profiles  []string `json:"profiles"` // what of compose.yaml is wanted
	Ports     ports    `json:"ports"`
	// Prepared tells that the users' rights were made once; what people change
	// afterwards stays as they left it.
	Prepared bool `json:"prepared"`
}

// ports are the published ports, all on 127.0.0.1.
type ports struct {
	Clients    [brokerCount]int `json:"clients"`
	MutualTLS  [brokerCount]int `json:"mtls"`
	Registry   int              `json:"registry"`
	Prometheus int              `json:"prometheus"`
	Grafana    int              `json:"grafana"`
}

// The usual ports of what labdir has none for.
const (
	usualMutualTLS  = 19292
	usualPrometheus = 19090
	usualGrafana    = 13000
	portStep        = 100
	lastPort        = 32000 // above begin the ports that the system hands out itself
)

func (p *ports) all() []*int {
	out := []*int{&p.Registry, &p.Prometheus, &p.Grafana}
	for i := range brokerCount {
		out = append(out, &p.Clients[i], &p.MutualTLS[i])
	}
	return out
}

// choosePorts keeps what had says where that is free, and chooses the others.
func choosePorts(ctx context.Context, dir string, had ports, random bool) (p ports, err error) {
	if had != (ports{}) {
		free := true
		for _, port := range had.all() {
			free = free && *port != 0 && labdir.PortFree(ctx, *port)
		}
		if free {
			return had, nil
		}
	}
	taken := make(map[int]bool)
	if random {
		for _, port := range p.all() {
			if *port, err = labdir.RandomPort(ctx, taken); err != nil {
				return p, err
			}
			taken[*port] = true
		}
		return p, nil
	}
	known, err := labdir.ChoosePorts(ctx, dir, brokerCount)
	if err != nil {
		return p, err
	}
	copy(p.Clients[:], known.Brokers)
	p.Registry = known.Registry
	for _, port := range append(known.Brokers, known.Registry) {
		taken[port] = true
	}
	usual := map[*int]int{&p.Prometheus: usualPrometheus, &p.Grafana: usualGrafana}
	for i := range brokerCount {
		usual[&p.MutualTLS[i]] = usualMutualTLS + i
	}
	for _, port := range p.all() {
		for candidate := usual[port]; *port == 0; candidate += portStep {
			if candidate > lastPort {
				return p, fmt.Errorf("no free ports up to %d on 127.0.0.1; stop what listens there", lastPort)
			}
			if !taken[candidate] && labdir.PortFree(ctx, candidate) {
				*port, taken[candidate] = candidate, true
			}
		}
	}
	return p, nil
}

func loopback(port int) string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(port)) }

func readLayout(dir string) (layout, error) {
	var l layout
	path := filepath.Join(Home(dir), layoutFile)
	raw, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return l, nil
	}
	if err != nil {
		return l, err
	}
	if err := json.Unmarshal(raw, &l); err != nil {
		return l, fmt.Errorf("%s is damaged: %w; `kconsole lab reset` starts afresh", path, err)
	}
	return l, nil
}

func (l layout) write(dir string) error {
	raw, err := json.MarshalIndent(l, "", "  ")
	if err != nil {
		return err
	}
	return pki.WriteFile(filepath.Join(Home(dir), layoutFile), append(raw, '\n'), 0o600)
}

// projectName is compose's name for the lab in a directory: the same each time,
// and another for each directory.
func projectName(dir string) string {
	sum := sha256.Sum256([]byte(dir))
	return "kconsole-" + hex.EncodeToString(sum[:5])
}

func brokerService(id int32) string { return fmt.Sprintf("kafka-%d", id) }
