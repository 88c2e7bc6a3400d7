package labs

import "fmt"

// Status is how far a step is.
type Status string

// What a check says.
const (
	StatusDone          Status = "done"
	StatusNotYet        Status = "not yet"
	StatusCannotCheck   Status = "cannot check"  // the cluster, registry or stack does not answer
	StatusUnrecoverable Status = "unrecoverable" // only a reset helps
)

// Verdict is what a check found. Texts may quote the cluster, which is untrusted:
// sanitize them before they reach a terminal.
type Verdict struct {
	Status Status `json:"status"`
	// Seen is what was seen, of a step that is done.
	Seen string `json:"seen,omitempty"`
	// Expected, Observed and Look are what a step that is not done yet waits for,
	// what is there instead, and where to look next.
	Expected string `json:"expected,omitempty"`
	Observed string `json:"observed,omitempty"`
	Look     string `json:"look,omitempty"`
	// Why is the reason of the other two.
	Why string `json:"why,omitempty"`
}

// Done says what was seen.
func Done(format string, args ...any) Verdict {
	return Verdict{Status: StatusDone, Seen: fmt.Sprintf(format, args...)}
}

// NotYet says what the step waits for, what is there instead, and where to look.
func NotYet(expected, observed, look string) Verdict {
	return Verdict{Status: StatusNotYet, Expected: expected, Observed: observed, Look: look}
}

// Unrecoverable says why the step cannot be done any more without a reset.
func Unrecoverable(format string, args ...any) Verdict {
	return Verdict{Status: StatusUnrecoverable, Why: fmt.Sprintf(format, args...)}
}

// CannotCheck is what becomes of an error of a check.
func CannotCheck(err error) Verdict {
	return Verdict{Status: StatusCannotCheck, Why: err.Error()}
}

// Done tells whether the check was passed.
func (v Verdict) Done() bool { return v.Status == StatusDone }

// String gives the verdict in one line.
func (v Verdict) String() string {
	switch v.Status {
	case StatusDone:
		return "done: " + v.Seen
	case StatusNotYet:
		s := "not yet: expected " + v.Expected + "; observed " + v.Observed
		if v.Look != "" {
			s += "; " + v.Look
		}
		return s
	}
	return string(v.Status) + ": " + v.Why
}
