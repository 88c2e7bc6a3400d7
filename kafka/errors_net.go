package kafka

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"syscall"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"

	"kconsole/kafka/config"
)

// explainTLS recognises what certificates and the handshake can go wrong with.
func explainTLS(e *Error, err error, h hints) bool {
	e.Kind = TLS
	at := at(err, h)
	if unknown, ok := errors.AsType[x509.UnknownAuthorityError](err); ok {
		issuer := ""
		if unknown.Cert != nil && unknown.Cert.Issuer.CommonName != "" {
			issuer = fmt.Sprintf(" %q", unknown.Cert.Issuer.CommonName)
		}
		e.Why = fmt.Sprintf("the certificate%s is signed by an authority%s that is not trusted", at, issuer)
		e.Do = "set tls.ca to the file with the cluster's CA certificate"
		return true
	}
	if name, ok := errors.AsType[x509.HostnameError](err); ok {
		e.Why = fmt.Sprintf("the certificate%s is not valid for the name %s%s", at, name.Host, validFor(name.Certificate))
		e.Do = "connect by a name that it is valid for, or set tls.server_name to one"
		return true
	}
	if bad, ok := errors.AsType[x509.CertificateInvalidError](err); ok {
		e.Why = fmt.Sprintf("the certificate%s is not valid: %s", at, bad.Error())
		e.Do = "have the broker's certificate renewed or corrected"
		if bad.Reason == x509.Expired && bad.Cert != nil {
			e.Why = fmt.Sprintf("the certificate%s is valid only from %s to %s", at,
				bad.Cert.NotBefore.UTC().Format(time.RFC3339), bad.Cert.NotAfter.UTC().Format(time.RFC3339))
			e.Do = "have it renewed, or correct this machine's clock"
		}
		return true
	}
	if record, ok := errors.AsType[tls.RecordHeaderError](err); ok {
		e.Why = fmt.Sprintf("what answers%s does not speak TLS (%s)", at, record.Msg)
		e.Do = "use the address of the TLS listener, or leave tls out of the configuration"
		return true
	}
	if op, ok := errors.AsType[*net.OpError](err); ok && op.Op == "remote error" {
		// The only way that Go shows an alert of the other side.
		e.Why = fmt.Sprintf("the broker%s refused the TLS connection: %s", at, trimTLS(op.Err))
		e.Do = "check tls.cert and tls.key: the broker may want a client certificate that its authority signed"
		return true
	}
	if verify, ok := errors.AsType[*tls.CertificateVerificationError](err); ok {
		e.Why = fmt.Sprintf("the certificate%s could not be verified: %s", at, trimTLS(verify.Err))
		e.Do = "check tls.ca and the broker's certificate"
		return true
	}
	if text := err.Error(); strings.Contains(text, "appear to be a tls alert record") {
		e.Why = fmt.Sprintf("the listener%s speaks TLS, and the configuration says clear text", at)
		e.Do = "add a tls section to the cluster's configuration"
		return true
	} else if strings.Contains(text, "tls: ") {
		e.Why = fmt.Sprintf("the TLS connection%s failed: %s", at, trimTLS(err))
		e.Do = "check the tls section of the cluster's configuration"
		return true
	}
	e.Kind = Other
	return false
}

// explainNet recognises connections that cannot be made, break, or stay silent.
func explainNet(e *Error, err error, h hints) bool {
	e.Kind = Unreachable
	at := at(err, h)
	start := "check that the cluster runs and that brokers in the configuration is right"
	if dns, ok := errors.AsType[*net.DNSError](err); ok {
		e.Why = fmt.Sprintf("the host name %s cannot be resolved", dns.Name)
		e.Do = "correct the address, or the name service"
		return true
	}
	if errors.Is(err, kgo.ErrClientClosed) || errors.Is(err, net.ErrClosed) && !isDial(err) {
		e.Kind, e.Why = Canceled, "the connection was closed by this program"
		return true
	}
	switch {
	case errors.Is(err, syscall.ECONNREFUSED) || strings.Contains(err.Error(), "connection refused"):
		e.Why, e.Do = "nothing listens"+at+" (connection refused)", start
		return true
	case isDial(err) && isTimeout(err) && h.tls: // Go reports both in the same words
		e.Why = "no connection, or no TLS handshake," + at + " in time"
		e.Do = "check the address and firewalls, and whether that listener speaks TLS"
		return true
	case isDial(err) && isTimeout(err):
		e.Why, e.Do = "no connection"+at+" in time", "check the address, the network and firewalls between here and there"
		return true
	case isDial(err) && !errors.Is(err, io.EOF):
		e.Why, e.Do = "no connection"+at+": "+dialReason(err), start
		return true
	}
	if h.signIn && (errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || isReset(err)) {
		e.Kind = Auth
		e.Why = "the broker" + at + " closed the connection during the sign-in" + signInAs(h)
		e.Do = "check the user name, the password and the mechanism"
		return true
	}
	if first, ok := errors.AsType[*kgo.ErrFirstReadEOF](err); ok {
		explainFirstEOF(e, first, h, at)
		return true
	}
	switch {
	case errors.Is(err, context.DeadlineExceeded) || isTimeout(err):
		e.Kind = Timeout
		e.Why = "no answer" + at + " in time"
		e.Do = "the broker may be overloaded, paused or cut off; try again"
		return true
	case errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || isReset(err) || errors.Is(err, syscall.EPIPE),
		strings.Contains(err.Error(), "broker connection has died"):
		e.Why = "the broker" + at + " closed the connection"
		e.Do = "it may be stopping or restarting; try again in a moment"
		return true
	case strings.Contains(err.Error(), "unknown broker"):
		e.Why = "the broker left the cluster"
		e.Do = "try again in a moment"
		return true
	case strings.Contains(err.Error(), "BrokerMaxReadBytes"), strings.Contains(err.Error(), "invalid large response size"):
		e.Kind = Invalid
		e.Why = "the answer" + at + " is not Kafka's, or larger than is read"
		e.Do = "check that brokers names a Kafka listener"
		return true
	case strings.Contains(err.Error(), "broker is too old"):
		return explainCode(e, kerr.UnsupportedVersion, h)
	}
	e.Kind = Other
	return false
}

// explainFirstEOF handles the client's guesses about a connection that was
// closed before it said anything. They are guesses: a broker that is stopping
// looks just the same, so the text offers both.
func explainFirstEOF(e *Error, first *kgo.ErrFirstReadEOF, h hints, at string) {
	text := first.Error()
	e.Kind = Unreachable
	e.Why = "the broker" + at + " closed the connection at once"
	switch {
	case h.worked:
		e.Do = "it may be stopping or restarting; try again in a moment"
	case strings.Contains(text, "is SASL missing") && h.mechanism == "":
		e.Kind = Auth
		e.Do = "the listener may want a sign-in: add a sasl section to the cluster's configuration"
	case strings.Contains(text, "is TLS missing") && !h.tls:
		e.Do = "it may be stopping; if it stays so, the listener speaks TLS: add a tls section to the configuration"
	case strings.Contains(text, "is TLS misconfigured"):
		e.Do = "it may be stopping; if it stays so, the listener does not speak TLS: leave tls out of the configuration"
	default:
		e.Do = "it may be stopping or restarting; try again in a moment"
	}
}

// at names the place that an error is about, with a leading blank, as far as known.
func at(err error, h hints) string {
	if op, ok := errors.AsType[*net.OpError](err); ok && op.Addr != nil && (op.Op == "dial" || op.Op == config.Handshake) {
		return " at " + op.Addr.String()
	}
	if h.addrs != "" {
		return " at " + h.addrs
	}
	return ""
}

func signInAs(h hints) string {
	switch {
	case h.mechanism == "":
		return ""
	case h.user == "":
		return " (" + h.mechanism + ")"
	}
	return " of user " + h.user + " (" + h.mechanism + ")"
}

func validFor(cert *x509.Certificate) string {
	if cert == nil {
		return ""
	}
	names := append([]string(nil), cert.DNSNames...)
	for _, ip := range cert.IPAddresses {
		names = append(names, ip.String())
	}
	const most = 4
	if len(names) == 0 {
		return ""
	}
	if len(names) > most {
		names = append(names[:most], "...")
	}
	return ", only for " + strings.Join(names, ", ")
}

// isDial tells whether a connection could not be made: as Go says it, or, when
// the time ran out within a TLS handshake, as the client library does.
func isDial(err error) bool {
	op, ok := errors.AsType[*net.OpError](err)
	return ok && op.Op == "dial" || strings.Contains(err.Error(), "unable to dial: ")
}

func isTimeout(err error) bool {
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return true
	}
	t, ok := errors.AsType[interface {
		error
		Timeout() bool
	}](err)
	return ok && t.Timeout()
}

func isReset(err error) bool {
	return errors.Is(err, syscall.ECONNRESET) || strings.Contains(err.Error(), "connection reset") ||
		strings.Contains(err.Error(), "forcibly closed")
}

// dialReason is the innermost text of a failed dial: "no route to host".
func dialReason(err error) string {
	if op, ok := errors.AsType[*net.OpError](err); ok && op.Err != nil {
		if sys, ok := errors.AsType[*os.SyscallError](op.Err); ok {
			return sys.Err.Error()
		}
		return op.Err.Error()
	}
	return err.Error()
}

func trimTLS(err error) string {
	s := err.Error()
	if i := strings.Index(s, "tls: "); i >= 0 {
		s = s[i+len("tls: "):]
	}
	return s
}

// explainsNothing tells whether a text of the client library only says that a
// connection or broker is gone.
func explainsNothing(text string) bool {
	return strings.Contains(text, "broker connection has died") || strings.Contains(text, "unknown broker")
}
