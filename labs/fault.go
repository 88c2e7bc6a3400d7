package labs

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"kconsole/compose"
)

// FaultKind is a way in which a lab breaks its stack.
type FaultKind string

// The faults that a lab can stage and a reset takes back.
const (
	Advertise   FaultKind = "advertise"   // a broker advertises another address
	Certificate FaultKind = "certificate" // a broker presents a wrong certificate
	Stopped     FaultKind = "stopped"     // a broker is stopped
	Frozen      FaultKind = "frozen"      // a broker is paused
)

// Fault is something that a lab broke on purpose.
type Fault struct {
	Kind   FaultKind `json:"kind"`
	Broker int32     `json:"broker"`
	Addr   string    `json:"addr,omitempty"` // of [Advertise]: host:port
}

// String says what was broken, in a few words.
func (f Fault) String() string {
	switch f.Kind {
	case Advertise:
		return fmt.Sprintf("broker %d advertises %s", f.Broker, f.Addr)
	case Certificate:
		return fmt.Sprintf("broker %d presents a wrong certificate", f.Broker)
	case Stopped:
		return fmt.Sprintf("broker %d is stopped", f.Broker)
	case Frozen:
		return fmt.Sprintf("broker %d is paused", f.Broker)
	}
	return fmt.Sprintf("broker %d has a fault %q", f.Broker, f.Kind)
}

// Break stages a fault and notes it, so that a reset takes it back whatever
// happens to this process. A fault that was staged in this run and not taken back
// is not staged again: what the learner repaired stays repaired.
func (e *Env) Break(ctx context.Context, f Fault) error {
	if e.Stack == nil {
		return fmt.Errorf("cannot stage the fault: %w", compose.ErrNotRunning)
	}
	if e.broken(f) {
		return nil
	}
	if e.staged != nil { // first of all: a crash must not leave a fault that nobody knows of
		if err := e.staged(f); err != nil {
			return err
		}
	}
	switch f.Kind {
	case Stopped:
		return e.Stack.Stop(ctx, f.Broker)
	case Frozen:
		return e.Stack.Pause(ctx, f.Broker)
	}
	faulter, err := faulterOf(e.Stack)
	if err != nil {
		return err
	}
	if f.Kind == Advertise {
		return faulter.AdvertiseWrong(ctx, f.Broker, f.Addr)
	}
	return faulter.WrongCertificate(ctx, f.Broker)
}

// Mend takes a fault back, as a repair by [Behavior.Solve] does. A fault that is
// not there is no error.
func (e *Env) Mend(ctx context.Context, f Fault) error {
	e.Say("take back: %s", f)
	return mend(ctx, e.Stack, f)
}

func mend(ctx context.Context, stack compose.Stack, f Fault) error {
	if stack == nil {
		return fmt.Errorf("cannot take back that %s: %w", f, compose.ErrNotRunning)
	}
	switch f.Kind {
	case Stopped:
		return stack.Start(ctx, f.Broker)
	case Frozen:
		return stack.Resume(ctx, f.Broker)
	}
	faulter, err := faulterOf(stack)
	if err != nil {
		return err
	}
	return faulter.ClearFaults(ctx, f.Broker)
}

func faulterOf(stack compose.Stack) (compose.Faulter, error) {
	f, ok := stack.(compose.Faulter)
	if !ok || !f.Faults() {
		return nil, fmt.Errorf("this fault is %w: the embedded stack has it", compose.ErrUnsupported)
	}
	return f, nil
}

// broken tells whether a fault was staged already in this run.
func (e *Env) broken(f Fault) bool { return e.faults != nil && slices.Contains(e.faults(), f) }

// unsettled lists what of a stack's brokers does not run, as faults to take back.
func unsettled(ctx context.Context, stack compose.Stack) ([]Fault, error) {
	brokers, err := stack.Brokers(ctx)
	if err != nil {
		if errors.Is(err, compose.ErrNotRunning) {
			return nil, nil
		}
		return nil, err
	}
	var out []Fault
	for _, b := range brokers {
		switch b.State {
		case compose.Stopped:
			out = append(out, Fault{Kind: Stopped, Broker: b.ID})
		case compose.Paused:
			out = append(out, Fault{Kind: Frozen, Broker: b.ID})
		}
	}
	return out, nil
}
