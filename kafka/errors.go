package kafka

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// Kind is what sort of failure an [Error] is: enough to choose an exit code, a
// colour or a next step, without reading its text.
type Kind uint8

// The kinds of failure.
const (
	Other       Kind = iota // none of the below
	Unreachable             // no connection, or it broke: address, network, a broker that is down
	Auth                    // sign-in (authentication) failed
	Denied                  // signed in, but an ACL is missing (authorization)
	TLS                     // certificates, names, versions, or TLS where none is spoken
	Timeout                 // connected, but no answer in time
	NotFound                // no such topic, group, user, ...
	Invalid                 // the cluster does not accept the request as it is
	Canceled                // whoever asked gave up
	Refused                 // kconsole itself refuses: read-only, or not confirmed
)

var kindNames = [...]string{
	Other: "other", Unreachable: "unreachable", Auth: "auth", Denied: "denied", TLS: "tls", Timeout: "timeout",
	NotFound: "not found", Invalid: "invalid", Canceled: "canceled", Refused: "refused",
}

// String names the kind in lower case.
func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return fmt.Sprintf("kind %d", uint8(k))
}

// Error is a failure in words for a person: what failed, why, and what to do.
// Its text is always one line. It may quote the cluster, which is untrusted
// text: sanitize it before it reaches a terminal.
type Error struct {
	What string // "cannot list the topics"
	Why  string // "the broker refused the sign-in of user admin (SCRAM-SHA-512)"
	Do   string // "check the user name and the password"; may be empty
	Kind Kind
	// Missing are the ACLs that it takes, where Kind is [Denied]: any one that
	// implies them will do. Nil where an ACL is not what is missing.
	Missing []ACL
	Err     error // the cause as the client library gave it; may be nil
}

// Error gives What: Why; Do.
func (e *Error) Error() string {
	s := e.What
	if e.Why != "" {
		if s != "" {
			s += ": "
		}
		s += e.Why
	}
	if e.Do != "" {
		s += "; " + e.Do
	}
	return oneLine(s)
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// ErrReadOnly is what [Cluster.Admin] wraps on a read-only context.
var ErrReadOnly = errors.New("the context is read-only")

// Explain turns an error of the Kafka client into an [*Error]: a dropped sign-in
// (which looks like an EOF), a stopped broker (which looks like missing TLS), an
// unknown authority, a wrong host name, a denied operation, and so on. An error
// that is or wraps an [*Error] already is returned as that; nil stays nil.
//
// It knows only what the error itself tells. The methods of [Cluster] know more
// (user, addresses, what the connection last said) and return explained errors.
func Explain(err error) error {
	if err == nil {
		return nil
	}
	return explain("", err, hints{})
}

// KindOf is the kind of an error: of the [*Error] that it is or wraps, or what
// [Explain] makes of it. nil is [Other].
func KindOf(err error) Kind {
	if err == nil {
		return Other
	}
	if e, ok := errors.AsType[*Error](Explain(err)); ok {
		return e.Kind
	}
	return Other
}

// hints is what is known about a connection beside the error itself.
type hints struct {
	addrs     string // where we tried, for people
	tls       bool   // we speak TLS
	mechanism string // SASL mechanism; empty for none
	user      string
	signIn    bool   // the connection broke while it signed in
	principal string // who we are, for the name of a missing ACL
	asked     asked  // what was asked, as far as known
	simulated bool   // the brokers are those of the embedded lab
	worked    bool   // earlier requests were answered: TLS and sign-in are as they should be
}

// explain makes an [*Error] out of anything that is not one yet. The order of
// the attempts matters: the most telling cause first.
func explain(what string, err error, h hints) *Error {
	if e, ok := errors.AsType[*Error](err); ok {
		if e.What != "" || what == "" {
			return e
		}
		named := *e
		named.What = what
		return &named
	}
	if what == "" {
		what = "the request failed"
	}
	e := &Error{What: what, Err: err}
	if errors.Is(err, context.Canceled) {
		e.Kind, e.Why = Canceled, "it was canceled"
		return e
	}
	for _, try := range []func(*Error, error, hints) bool{explainCode, explainTLS, explainNet} {
		if try(e, err, h) {
			return e
		}
	}
	e.Kind, e.Why = Other, err.Error()
	return e
}

// oneLine folds line breaks, which brokers and Go's TLS put into some texts.
func oneLine(s string) string {
	if !strings.ContainsAny(s, "\r\n\t") {
		return s
	}
	return strings.Join(strings.Fields(s), " ")
}
