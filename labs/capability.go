package labs

import (
	"slices"

	"kconsole/compose"
	"kconsole/kafka/config"
)

// Capability is something that a stack can do and a step may need.
type Capability string

// The capabilities.
const (
	StopBrokers      Capability = "stop-brokers"      // stop, start and kill brokers
	PauseBrokers     Capability = "pause-brokers"     // freeze a broker, and let it go on
	FaultAdvertise   Capability = "fault-advertise"   // have a broker advertise a wrong address
	FaultCertificate Capability = "fault-certificate" // have a broker present a wrong certificate
	HasRegistry      Capability = "registry"          // there is a schema registry
	HasPrometheus    Capability = "prometheus"        // there is a Prometheus that scrapes the brokers
	RealReplication  Capability = "real-replication"  // each replica is a copy of its own
)

var capabilities = []Capability{
	StopBrokers, PauseBrokers, FaultAdvertise, FaultCertificate, HasRegistry, HasPrometheus, RealReplication,
}

// missing says, in words, what a stack lacks for a capability.
var missing = map[Capability]string{
	StopBrokers:      "the brokers of this cluster cannot be stopped from here",
	PauseBrokers:     "the brokers of this cluster cannot be paused from here",
	FaultAdvertise:   "this stack cannot advertise a wrong address; the embedded one can (kconsole lab up --runtime embedded)",
	FaultCertificate: "this stack cannot present a wrong certificate; the embedded one can (kconsole lab up --runtime embedded)",
	HasRegistry:      "this cluster has no schema registry in the configuration",
	HasPrometheus:    "this cluster has no Prometheus; the containers have one (kconsole lab up --runtime docker)",
	RealReplication:  "replication is simulated here; real brokers have it (kconsole lab up --runtime process)",
}

// capable lists what a stack and what surrounds it can do.
func capable(cl config.Cluster, stack compose.Stack) []Capability {
	var can []Capability
	if stack != nil {
		can = append(can, StopBrokers, PauseBrokers)
		if f, ok := stack.(compose.Faulter); ok && f.Faults() {
			can = append(can, FaultAdvertise, FaultCertificate)
		}
		if stack.Runtime() != compose.Embedded {
			can = append(can, RealReplication)
		}
	}
	if cl.Registry != nil {
		can = append(can, HasRegistry)
	}
	if cl.Metrics.Prometheus != "" {
		can = append(can, HasPrometheus)
	}
	return can
}

// lacks says what is missing for a step, "" for nothing.
func lacks(can, needs []Capability) string {
	for _, n := range needs {
		if !slices.Contains(can, n) {
			return missing[n]
		}
	}
	return ""
}
