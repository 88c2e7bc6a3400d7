package registry

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strings"
	"syscall"

	"github.com/twmb/franz-go/pkg/sr"
)

// What kind of failure an [*Error] is; test with errors.Is.
var (
	// ErrUnavailable: the registry cannot be reached, or failed inside.
	ErrUnavailable = errors.New("registry unavailable")
	// ErrNotFound: no such schema, subject or version.
	ErrNotFound = errors.New("not found in the registry")
	// ErrUnauthorized: the sign-in is missing or refused (HTTP 401).
	ErrUnauthorized = errors.New("registry sign-in refused")
	// ErrForbidden: signed in, but this is not allowed (HTTP 403).
	ErrForbidden = errors.New("not allowed by the registry")
	// ErrIncompatible: the subject's compatibility level refuses the schema (HTTP 409).
	ErrIncompatible = errors.New("incompatible schema")
	// ErrInvalid: the registry did not accept what was sent (HTTP 422).
	ErrInvalid = errors.New("refused by the registry")
	// ErrReadOnly: the registry's mode, or ours, permits no change.
	ErrReadOnly = errors.New("read-only")
	// ErrUnsupported: this registry does not have this part of the API.
	ErrUnsupported = errors.New("not supported by this registry")
	// ErrSchema: the registry answered, but its schema cannot be used.
	ErrSchema = errors.New("unusable schema")
)

// Error is a failed request to a registry.
type Error struct {
	// What was asked for, such as "schema 7" or "subject orders-value".
	What string
	// Kind is one of the Err values of this package.
	Kind error
	// Status and Code are the HTTP status and the API's error_code, 0 if the
	// registry did not answer.
	Status, Code int
	// Reason says why, and what to do, in one line.
	Reason string

	err    error
	change bool // it was asked to change something
}

func (e *Error) Error() string {
	if e.change {
		return e.What + " not changed: " + e.Reason
	}
	return e.What + " not available: " + e.Reason
}

// Is matches the error's kind.
func (e *Error) Is(target error) bool { return target == e.Kind }

func (e *Error) Unwrap() error { return e.err }

// explain turns an error of the HTTP client into words.
func (c *Client) explain(what string, err error) error {
	var done *Error
	if errors.As(err, &done) {
		return err
	}
	e := &Error{What: what, Kind: ErrUnavailable, err: err}
	var answer *sr.ResponseError
	if errors.As(err, &answer) {
		e.Status, e.Code = answer.StatusCode, answer.ErrorCode
		e.Reason, e.Kind = c.answered(answer)
		return e
	}
	e.Reason = "the registry at " + c.where + " " + unreachable(err)
	return e
}

// answered explains an HTTP status that is not a success.
func (c *Client) answered(a *sr.ResponseError) (reason string, kind error) {
	message := oneLine(a.Message)
	switch {
	case a.StatusCode == http.StatusUnauthorized:
		return "the registry at " + c.where + " refused the sign-in; check the registry's username and password", ErrUnauthorized
	case a.StatusCode == http.StatusForbidden:
		return "this user may not do that in the registry at " + c.where + withMessage(message), ErrForbidden
	case a.StatusCode == http.StatusNotFound && a.ErrorCode >= 40400 && a.ErrorCode < 40500:
		return orElse(message, "the registry has no such thing"), ErrNotFound
	case a.StatusCode == http.StatusNotFound:
		return fmt.Sprintf("%s answers 404 without a registry's error code; check the url's path", c.where), ErrUnsupported
	case a.StatusCode == http.StatusMethodNotAllowed || a.StatusCode == http.StatusNotImplemented:
		return "this registry does not offer it" + withMessage(message), ErrUnsupported
	case a.StatusCode == http.StatusConflict:
		return orElse(message, "the subject's compatibility level does not allow this schema"), ErrIncompatible
	case a.ErrorCode == sr.ErrOperationNotPermitted.Code:
		return orElse(message, "the registry is in a mode that permits no change"), ErrReadOnly
	case a.StatusCode == http.StatusUnprocessableEntity || a.StatusCode == http.StatusBadRequest:
		return orElse(message, "the registry did not accept the request"), ErrInvalid
	case a.StatusCode == http.StatusTooManyRequests:
		return "the registry asks for fewer requests; it will be asked again later", ErrUnavailable
	}
	return fmt.Sprintf("the registry at %s failed with status %d%s", c.where, a.StatusCode, withMessage(message)), ErrUnavailable
}

// unreachable says why no answer came.
func unreachable(err error) string {
	var (
		dns       *net.DNSError
		authority x509.UnknownAuthorityError
		hostname  x509.HostnameError
		invalid   x509.CertificateInvalidError
		record    tls.RecordHeaderError
		syntax    *json.SyntaxError
		mismatch  *json.UnmarshalTypeError
		timeout   net.Error
	)
	switch {
	case errors.Is(err, errTooLong):
		return "sent more than 64 MiB"
	case errors.Is(err, context.Canceled):
		return "was not waited for"
	case errors.As(err, &dns):
		return "has a name that does not resolve (" + dns.Name + "); check its url"
	case errors.As(err, &authority):
		return "has a certificate of an unknown authority; set the registry's ca"
	case errors.As(err, &hostname):
		return "has a certificate for another name; check the url's host"
	case errors.As(err, &invalid):
		return "has a certificate that is not valid (expired, or not for servers)"
	case errors.As(err, &record), strings.Contains(err.Error(), "server gave HTTP response to HTTPS client"):
		return "does not speak TLS; use http:// in its url"
	case strings.Contains(err.Error(), "malformed HTTP response"):
		return "does not speak plain HTTP; use https:// in its url"
	case errors.As(err, &syntax), errors.As(err, &mismatch), strings.Contains(err.Error(), "unable to decode ok response"):
		return "does not answer like a schema registry; check its url"
	case errors.Is(err, syscall.ECONNREFUSED), strings.Contains(err.Error(), "refused"):
		return "does not answer (connection refused); check that it runs, and its url"
	case errors.Is(err, context.DeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		return "did not answer within 10 s"
	case errors.Is(err, errClosed):
		return "is no longer used"
	}
	return "cannot be reached: " + oneLine(rootCause(err).Error())
}

func rootCause(err error) error {
	for {
		next := errors.Unwrap(err)
		if next == nil {
			return err
		}
		err = next
	}
}

// oneLine makes a text from outside fit for a message.
func oneLine(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	if r := []rune(s); len(r) > 300 {
		s = string(r[:300]) + "..."
	}
	return s
}

func orElse(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

func withMessage(m string) string {
	if m == "" || m == "no response" {
		return ""
	}
	return ": " + m
}
