package lessons

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"strings"
	"time"

	"kconsole/kafka"
	"kconsole/kafka/config"
	"kconsole/kafka/connection"
	"kconsole/labs"
	"kconsole/labs/check"
)

func init() {
	register("10", map[string]labs.Behavior{
		"certificate": {Question: lab10Certificate, Nudge: lab10CertificateNudge},
		"user":        {Stage: lab10Payments, Check: lab10User, Nudge: lab10UserNudge, Solve: lab10MakeUser},
		"refused":     {Stage: lab10WithUser, Question: lab10Refused, Nudge: lab10RefusedNudge},
		"acls":        {Stage: lab10WithUser, Check: lab10Least, Nudge: lab10LeastNudge, Solve: lab10GrantLeast},
		"probe":       {Stage: lab10Haste, Check: lab10Probe, Nudge: lab10ProbeNudge, Solve: lab10GrantLeast},
		"who":         {Stage: lab10Others, Question: lab10Who, Nudge: lab10WhoNudge},
		"rotate":      {Stage: lab10WithUser, Check: lab10Rotated, Nudge: lab10RotatedNudge, Solve: lab10Rotate},
		"wrong-ca":    {Question: lab10WrongCA, Nudge: lab10WrongCANudge},
		"php":         {Stage: lab10Payments, Baseline: check.BaselineEnds("payments"), Check: lab10PHP, Nudge: lab10PHPNudge, Solve: lab10AsShop},
	})
}

// lab10Shown is the certificate that a broker shows, another broker in each run.
func lab10Shown(ctx context.Context, env *labs.Env) (connection.Listener, connection.Certificate, error) {
	report, err := connection.Make(ctx, env.Config())
	if err != nil {
		return connection.Listener{}, connection.Certificate{}, err
	}
	for i := range report.Listeners {
		l := report.Listeners[(i+int(env.Nonce[1]))%len(report.Listeners)]
		if len(l.Certificates) > 0 {
			return l, l.Certificates[0], nil
		}
	}
	return connection.Listener{}, connection.Certificate{}, errors.New("no broker shows a certificate: look at `kconsole describe connection`")
}

// lab10Certificate asks for the end, a name or the issuer of the certificate.
func lab10Certificate(ctx context.Context, env *labs.Env) (labs.Question, error) {
	at, cert, err := lab10Shown(ctx, env)
	if err != nil {
		return labs.Question{}, err
	}
	switch kind := env.Nonce[0] % 3; {
	case kind == 0:
		return lab10CertificateEnd(at, cert), nil
	case kind == 1 && len(cert.Names) > 0:
		return lab10CertificateName(at, cert), nil
	}
	prompt := "Who signed the certificate of " + at.Address + "? (the issuer's CN)"
	return check.Text(prompt, []string{lab10CN(cert.Issuer), cert.Issuer, "CN=" + lab10CN(cert.Issuer)}, func(given string, right bool) string {
		if right {
			return "That is the authority in ca.pem. Your client trusts it, and through it every certificate that it signs."
		}
		return fmt.Sprintf("The issuer is not %q. The issuer is who signed; the subject is whom the certificate is about.", given)
	}), nil
}

func lab10CertificateEnd(at connection.Listener, cert connection.Certificate) labs.Question {
	prompt := "On which day does the certificate of " + at.Address + " end? (as 2031-12-24)"
	answers := []string{cert.Until.Local().Format(time.DateOnly), cert.Until.UTC().Format(time.DateOnly)}
	return check.Text(prompt, answers, func(given string, right bool) string {
		if right {
			return "From that moment on every strict client refuses this broker. Put the day into a calendar, or watch it with a tool."
		}
		return fmt.Sprintf("Not on %s. Of the two times in a certificate it is the later one (not after).", given)
	})
}

func lab10CertificateName(at connection.Listener, cert connection.Certificate) labs.Question {
	name := cert.Names[len(cert.Names)-1]
	choices := []string{"kafka.example.com", name, "10.11.12.13", "any address: the CA is trusted"}
	prompt := "A client shall reach " + at.Address + " by another address, with the certificate that it has. Which one passes the check?"
	return check.Choice(prompt, choices, name, func(choice string) string {
		switch choice {
		case name:
			return "The names in this certificate are " + strings.Join(cert.Names, ", ") + "."
		case choices[3]:
			return "The CA is one check, the name is another. Else any server with a certificate of this CA could pose as your broker."
		}
		return choice + " is not among the names in the certificate: " + strings.Join(cert.Names, ", ") + "."
	})
}

// lab10CN is the common name in a subject such as "CN=lab CA,O=kconsole".
func lab10CN(subject string) string {
	for part := range strings.SplitSeq(subject, ",") {
		if cn, ok := strings.CutPrefix(strings.TrimSpace(part), "CN="); ok {
			return cn
		}
	}
	return subject
}

func lab10CertificateNudge(ctx context.Context, env *labs.Env) (string, error) {
	at, cert, err := lab10Shown(ctx, env)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("The certificate of %s says of itself that it is %s. Its issuer, its names and its last day stand beside that.", at.Address, cert.Subject), nil
}

// The ends that a connection with the wrong authorities can come to.
const (
	lab10NoTCP     = "TCP: nobody listens there"
	lab10Chain     = "TLS, the chain: signed by nobody that this client trusts"
	lab10Name      = "TLS, the name: the address is not in the certificate"
	lab10Expired   = "TLS, the time: the certificate has expired"
	lab10NoSignIn  = "sign-in: the password is refused"
	lab10Connected = "nowhere: it connects"
)

// lab10WrongCA tries it: a client that trusts the system's authorities, and not
// the one of this cluster.
func lab10WrongCA(ctx context.Context, env *labs.Env) (labs.Question, error) {
	cfg := env.Config()
	if cfg.TLS == nil {
		return labs.Question{}, errors.New("this cluster is reached without TLS, so no client checks a certificate")
	}
	cfg.TLS = &config.TLS{}
	report, err := connection.Make(ctx, cfg)
	if err != nil {
		return labs.Question{}, err
	}
	if len(report.Listeners) == 0 {
		return labs.Question{}, errors.New("the configuration names no broker")
	}
	answer, why, err := lab10End(&report.Listeners[0])
	if err != nil {
		return labs.Question{}, err
	}
	choices := []string{lab10NoSignIn, lab10Name, lab10NoTCP, lab10Chain, lab10Expired, lab10Connected}
	return check.Choice("Where does the connection of the client without the CA file end?", choices, answer, func(choice string) string {
		if choice == answer {
			return "So it does: " + why + ". The client went away before it said who it is: nobody who only poses as the broker learns anything of the password."
		}
		return "Not there. Go through the steps in order: the first one that fails is the end, and everything behind it did not happen."
	}), nil
}

func lab10End(l *connection.Listener) (answer, why string, err error) {
	failed := l.Failed()
	if failed == nil {
		return lab10Connected, "an authority of this system signed the certificate", nil
	}
	switch failed.Name {
	case connection.TCP, connection.DNS:
		return lab10NoTCP, failed.Reason, nil
	case connection.SASL:
		return lab10NoSignIn, failed.Reason, nil
	}
	if invalid, ok := errors.AsType[x509.CertificateInvalidError](failed.Err); ok && invalid.Reason == x509.Expired {
		return lab10Expired, failed.Reason, nil
	}
	if _, ok := errors.AsType[x509.HostnameError](failed.Err); ok {
		return lab10Name, failed.Reason, nil
	}
	if kafka.KindOf(failed.Err) == kafka.TLS {
		return lab10Chain, failed.Reason, nil
	}
	return "", "", failed.Err
}

func lab10WrongCANudge(context.Context, *labs.Env) (string, error) {
	return "The address is right, somebody listens, the certificate has the name and is in time, and the password is right. What does the client not have any more?", nil
}
