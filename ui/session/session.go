// Package session is the connection to one cluster while the console shows it.
package session

import (
	"fmt"
	"time"

	"kconsole/avro/decode"
	"kconsole/avro/registry"
	"kconsole/compose"
	"kconsole/kafka"
	"kconsole/kafka/config"
	"kconsole/kafka/poll"
)

// Session is what the screens of one cluster read through. It is made once and
// not changed; whoever made it closes it.
type Session struct {
	Config   config.Cluster
	Cluster  *kafka.Cluster
	Poller   *poll.Poller
	Registry *registry.Client // nil without a registry
	Decoder  *decode.Decoder
	// Stack runs the brokers; nil on a cluster that is not ours to break.
	Stack compose.Stack
	// AuditLog is the file that changes are written down in; empty: none is.
	AuditLog string
	// StackErr is why there is no Stack on a cluster that should have one.
	StackErr error
	// LabState is the folder that keeps the progress of labs.
	LabState string
}

// Options adjust [Open].
type Options struct {
	Refresh time.Duration // time between two polls
	Stack   compose.Stack // nil: none
	// AuditLog is the path of the file that every change is written down in;
	// empty: none is.
	AuditLog string
	// StackErr says why there is no Stack, where one was looked for.
	StackErr error
	LabState string // folder of the labs' progress
	Kafka    []kafka.Option
}

// Open makes a session. It reads files and may run the configuration's password
// commands, but sends nothing: an unreachable cluster shows itself in what the
// poller finds.
func Open(cl config.Cluster, o Options) (*Session, error) {
	s := &Session{Config: cl, Stack: o.Stack, StackErr: o.StackErr, LabState: o.LabState}
	var err error
	if o.AuditLog != "" {
		s.AuditLog = o.AuditLog
		o.Kafka = append(o.Kafka[:len(o.Kafka):len(o.Kafka)], kafka.WithAudit(kafka.NewAuditFile(o.AuditLog)))
	}
	if s.Cluster, err = kafka.Connect(cl, o.Kafka...); err != nil {
		s.Close()
		return nil, err
	}
	polling := poll.Options{Interval: o.Refresh, Spare: true}
	if cl.Registry != nil {
		http, err := cl.Registry.HTTPClient()
		if err == nil {
			s.Registry, err = registry.New(registry.Options{URL: cl.Registry.URL, HTTP: http, ReadOnly: cl.ReadOnly})
		}
		if err != nil {
			s.Close()
			return nil, fmt.Errorf("cluster %s: %w", cl.Name, err)
		}
		polling.Registry = poll.FromRegistry(s.Registry)
	}
	s.Decoder = decode.New(s.Registry, decode.Options{})
	s.Poller = poll.New(s.Cluster, polling)
	return s, nil
}

// Close lets go of the cluster, the registry and the stack; requests under way
// end. The poller has to be stopped before.
func (s *Session) Close() {
	if s.Registry != nil {
		s.Registry.Close()
	}
	if s.Cluster != nil {
		s.Cluster.Close()
	}
	if s.Stack != nil {
		_ = s.Stack.Close() // nothing is lost by it: the stack runs on
	}
}
