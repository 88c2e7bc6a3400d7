// Package compose is the lab stack: what runs the brokers that a learner may
// break. A [Stack] exists only where a configuration has a lab section, so a
// production cluster can never be offered its faults.
package compose

import (
	"context"
	"errors"
	"io"
	"time"
)

// Runtime names what runs the brokers.
type Runtime string

// The runtimes.
const (
	Embedded Runtime = "embedded" // virtual brokers inside a kconsole process; replication is simulated
	Process  Runtime = "process"  // Apache Kafka as local Java processes
	Docker   Runtime = "docker"   // Apache Kafka as containers
)

// State is what a broker does right now.
type State string

// The states of a broker.
const (
	Running  State = "running"
	Starting State = "starting"
	Stopped  State = "stopped"
	Paused   State = "paused" // holds its connections open and answers nothing
)

// Errors that callers tell apart with errors.Is.
var (
	// ErrNoBroker is a broker id that the stack does not have.
	ErrNoBroker = errors.New("no such broker in this lab stack")
	// ErrUnsupported is an operation that this runtime cannot do; the wrapping
	// error says which runtime can.
	ErrUnsupported = errors.New("not possible on this runtime")
	// ErrNotRunning is a stack that is not up.
	ErrNotRunning = errors.New("the lab stack is not running")
)

// Broker is one broker of a stack.
type Broker struct {
	ID    int32     `json:"id"`
	State State     `json:"state"`
	Addr  string    `json:"addr"` // client listener, host:port
	Since time.Time `json:"since"`
}

// Event is something that happened to the stack.
type Event struct {
	At     time.Time `json:"at"`
	Broker int32     `json:"broker"` // -1: the stack as a whole
	What   string    `json:"what"`   // "stopped", "started", "leader of orders/1: 2 → 3", ...
}

// Progress is one line about something slow, for people who wait.
type Progress func(line string)

// Stack is a running lab cluster, whatever runs it. All methods are safe for
// concurrent use. Stop, Start, Kill, Pause and Resume are idempotent: asking
// for the state that a broker is in already is no error; to pause or resume one
// that is stopped is one, at once.
type Stack interface {
	Runtime() Runtime
	// Brokers lists the brokers by id. It answers at once, also when they do not.
	Brokers(ctx context.Context) ([]Broker, error)
	// Stop ends a broker as an operator would: leaders move away first.
	Stop(ctx context.Context, id int32) error
	// Start starts a stopped or killed broker, or lets a paused one go on, and
	// returns when it accepts clients.
	Start(ctx context.Context, id int32) error
	// Kill ends a broker as a power cut would.
	Kill(ctx context.Context, id int32) error
	// Pause freezes a broker: connections stay, answers do not come.
	Pause(ctx context.Context, id int32) error
	// Resume lets a paused broker go on.
	Resume(ctx context.Context, id int32) error
	// Logs returns the broker's log, the last tail lines first (all if
	// negative); with follow it goes on until ctx ends. The caller closes it.
	Logs(ctx context.Context, id int32, tail int, follow bool) (io.ReadCloser, error)
	// Events delivers what happens from now on until ctx ends; a slow reader
	// loses the oldest.
	Events(ctx context.Context) (<-chan Event, error)
	// Close lets go of the stack without stopping it.
	Close() error
}

// PausedBrokers are the brokers that a stack has paused, with their addresses, by
// id. A stack that is nil, or does not say, has none.
func PausedBrokers(ctx context.Context, s Stack) map[int32]string {
	if s == nil {
		return nil
	}
	list, err := s.Brokers(ctx)
	if err != nil {
		return nil
	}
	paused := make(map[int32]string)
	for _, b := range list {
		if b.State == Paused {
			paused[b.ID] = b.Addr
		}
	}
	return paused
}
