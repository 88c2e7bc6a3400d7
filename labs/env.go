package labs

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"time"

	"kconsole/avro/decode"
	"kconsole/avro/registry"
	"kconsole/compose"
	"kconsole/kafka"
	"kconsole/kafka/config"
	"kconsole/labs/services"
)

// Env is what the behaviour of a step works with: one run of one lab on one
// cluster, seen from one step.
type Env struct {
	Lab  *Lab
	Step string // id of the step
	// Cluster is the connection as the user of the configuration; on a lab stack
	// its administrator.
	Cluster *kafka.Cluster
	// Registry is nil where there is none; a step that needs it says so in its
	// needs.
	Registry *registry.Client
	// Decoder reads the values of records as the registry describes them.
	Decoder *decode.Decoder
	// Stack stops, starts and pauses brokers; nil where none is reachable.
	Stack compose.Stack
	// Services runs helper services: consumers and producers with switches. They
	// live in the process that runs the lab, so a Check looks at what they did to
	// the cluster, never at them.
	Services *services.Manager
	// HTTP is for metrics on loopback and for nothing else; 10 s an answer.
	HTTP *http.Client
	// Nonce is different in every run; what the lab itself writes carries it in
	// the header [NonceHeader].
	Nonce string
	// Clock tells the time.
	Clock func() time.Time

	can      []Capability
	say      func(string)
	baseline json.RawMessage
	staged   func(Fault) error // notes a fault, so that a reset can take it back
	skipped  func(step string) bool
	faults   func() []Fault // those that were noted in this run
}

// NonceHeader marks the records that a lab wrote, with the run's nonce.
const NonceHeader = "lab"

// ErrNoBaseline is what [Env.Baseline] wraps for a step that has none yet.
var ErrNoBaseline = errors.New("the step has no baseline yet")

// Name is the full name of something of this lab: a topic, a group, a subject, a
// user, a transactional id. Only such names are removed by a reset.
func (e *Env) Name(short string) string { return Prefix(e.Lab.ID) + short }

// Prefix is what all names of a lab begin with: "lab.02.".
func Prefix(lab string) string { return "lab." + lab + "." }

// Config is how the cluster was connected to.
func (e *Env) Config() config.Cluster { return e.Cluster.Config() }

// Has tells whether the stack can do something.
func (e *Env) Has(c Capability) bool { return slices.Contains(e.can, c) }

// Skipped tells whether the learner left another step of this run out: what that
// step would have made is not there then.
func (e *Env) Skipped(step string) bool { return e.skipped != nil && e.skipped(step) }

// Simulated tells whether the embedded stack runs the brokers.
func (e *Env) Simulated() bool { return e.Stack != nil && e.Stack.Runtime() == compose.Embedded }

// Say tells the learner what is being done, in one line.
func (e *Env) Say(format string, args ...any) {
	if e.say != nil {
		e.say(fmt.Sprintf(format, args...))
	}
}

// Baseline reads what the step's Baseline found into the value that into points
// to.
func (e *Env) Baseline(into any) error {
	if len(e.baseline) == 0 {
		return fmt.Errorf("step %s: %w", e.Step, ErrNoBaseline)
	}
	if err := json.Unmarshal(e.baseline, into); err != nil {
		return fmt.Errorf("step %s: the baseline cannot be read: %w", e.Step, err)
	}
	return nil
}

// As is how to connect as another user of the cluster, with a SCRAM password.
func (e *Env) As(user, password string) config.Cluster {
	cl := e.Config()
	cl.SASL = &config.SASL{Mechanism: "SCRAM-SHA-512", Username: user, Password: config.NewSecret(password)}
	return cl
}

// Until asks every quarter of a second until done is true, an error or the end
// of ctx; the error then says what was waited for.
func (e *Env) Until(ctx context.Context, what string, done func(context.Context) (bool, error)) error {
	t := time.NewTicker(pollSoon)
	defer t.Stop()
	for {
		ok, err := done(ctx)
		if ok && err == nil {
			return nil
		}
		if err != nil && ctx.Err() == nil && !passing(err) {
			return fmt.Errorf("waiting until %s: %w", what, err)
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("waiting until %s: %w", what, errors.Join(ctx.Err(), err))
		case <-t.C:
		}
	}
}

const pollSoon = 250 * time.Millisecond

// passing tells whether an error may go away by waiting.
func passing(err error) bool {
	switch kafka.KindOf(err) {
	case kafka.Unreachable, kafka.Timeout, kafka.NotFound, kafka.Other:
		return true
	}
	return errors.Is(err, registry.ErrUnavailable)
}
