package front

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"

	"kconsole/compose/embedded/engine"
	"kconsole/compose/embedded/wire"
)

func init() {
	handlers[kmsg.SASLHandshake] = saslHandshake
	handlers[kmsg.SASLAuthenticate] = saslAuthenticate
}

// signIn is how far a connection has come. Only the goroutine that handles
// requests writes it; the reader asks complete.
type signIn struct {
	done      bool // before the first request only
	finished  atomic.Bool
	mechanism string
	steps     int
	user      string // claimed, and proved once finished
}

func (s *signIn) complete() bool { return s.done || s.finished.Load() }

// saslHandshake offers the mechanisms of this cluster only.
func saslHandshake(c *conn, r *wire.Request, req kmsg.Request) ([]byte, error) {
	hs := req.(*kmsg.SASLHandshakeRequest)
	resp := hs.ResponseKind().(*kmsg.SASLHandshakeResponse)
	resp.SupportedMechanisms = c.srv.cfg.Mechanisms
	if !slices.Contains(c.srv.cfg.Mechanisms, hs.Mechanism) {
		resp.ErrorCode = kerr.UnsupportedSaslMechanism.Code
		return answer(r, resp), nil
	}
	inner, err := ask[*kmsg.SASLHandshakeResponse](c, r, hs)
	if err != nil {
		return nil, err
	}
	resp.ErrorCode = inner.ErrorCode
	if resp.ErrorCode == 0 {
		c.sign.mechanism, c.sign.steps = hs.Mechanism, 0
	}
	return answer(r, resp), nil
}

// saslAuthenticate passes the exchange to the engine, which knows the users.
// The engine hangs up on a failure; the client gets SASL_AUTHENTICATION_FAILED
// and a reason instead, and then the end of the connection.
func saslAuthenticate(c *conn, r *wire.Request, req kmsg.Request) ([]byte, error) {
	auth := req.(*kmsg.SASLAuthenticateRequest)
	if c.sign.mechanism == "" {
		return c.signInFailed(r, auth, kerr.IllegalSaslState, "a SASL handshake must name the mechanism first")
	}
	if c.sign.steps == 0 {
		user, ok := claimedUser(c.sign.mechanism, auth.SASLAuthBytes)
		if !ok || user == engine.InternalUser {
			return c.signInFailed(r, auth, kerr.SaslAuthenticationFailed, failedSignIn(c.sign.mechanism))
		}
		c.sign.user = user
	}
	c.sign.steps++
	resp, err := ask[*kmsg.SASLAuthenticateResponse](c, r, auth)
	if err != nil {
		if c.ctx.Err() != nil {
			return nil, err
		}
		return c.signInFailed(r, auth, kerr.SaslAuthenticationFailed, failedSignIn(c.sign.mechanism))
	}
	if resp.ErrorCode == 0 && (c.sign.mechanism == engine.Plain || c.sign.steps == 2) {
		if err := c.nc.SetDeadline(time.Time{}); err != nil {
			return nil, err
		}
		c.sign.mechanism = ""
		c.sign.finished.Store(true)
		c.b.signedIn(c)
		// The reader waits under the sign-in deadline: let it wait on.
		if err := c.nc.SetReadDeadline(time.Now().Add(idleTime)); err != nil {
			return nil, err
		}
	}
	return answer(r, resp), nil
}

func failedSignIn(mechanism string) string {
	return fmt.Sprintf("sign-in failed: unknown user or wrong password for %s", mechanism)
}

func (c *conn) signInFailed(r *wire.Request, auth *kmsg.SASLAuthenticateRequest, e *kerr.Error, msg string) ([]byte, error) {
	resp := auth.ResponseKind().(*kmsg.SASLAuthenticateResponse)
	resp.ErrorCode, resp.ErrorMessage = e.Code, &msg
	return answer(r, resp), fmt.Errorf("%w: %w", errDrop, errors.New(msg))
}

// claimedUser reads the user name from a first SASL message (RFC 4616 for
// PLAIN, RFC 5802 for SCRAM). An empty PLAIN password is no password.
func claimedUser(mechanism string, msg []byte) (string, bool) {
	if mechanism == engine.Plain {
		parts := bytes.SplitN(msg, []byte{0}, 3)
		if len(parts) != 3 || len(parts[1]) == 0 || len(parts[2]) == 0 {
			return "", false
		}
		return string(parts[1]), true
	}
	for _, attr := range strings.Split(string(msg), ",") {
		if name, ok := strings.CutPrefix(attr, "n="); ok && name != "" {
			return strings.NewReplacer("=2C", ",", "=3D", "=").Replace(name), true
		}
	}
	return "", false
}
