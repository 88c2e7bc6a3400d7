package doctor

import (
	"fmt"
	"strconv"
	"time"

	"kconsole/kafka"
	"kconsole/kafka/connection"
)

// The remaining life of a certificate at which it is worth a word.
const (
	certificateWatch = 30 * 24 * time.Hour
	certificateAct   = 3 * 24 * time.Hour
)

// listenerName is "broker 2 at 127.0.0.1:9092".
func listenerName(l *connection.Listener) string {
	if l.Broker == nil {
		return "address " + l.Address
	}
	return fmt.Sprintf("broker %d at %s", *l.Broker, l.Address)
}

func listenerLink(l *connection.Listener) Link {
	if l.Broker == nil {
		return Link{View: "contexts"}
	}
	return Link{View: "broker", Args: []string{strconv.Itoa(int(*l.Broker))}}
}

// pausedAt is the paused broker that a listener belongs to, if it does.
func (f *Facts) pausedAt(l *connection.Listener) (int32, bool) {
	for id, addr := range f.Paused {
		if addr == l.Address || l.Broker != nil && *l.Broker == id {
			return id, true
		}
	}
	return 0, false
}

// failedAt calls found for each listener that fails at one of the steps. Of a
// broker that is paused the step says nothing: it fails where it waits.
func (f *Facts) failedAt(r *result, found func(l *connection.Listener, s *connection.Step), steps ...string) {
	for i := range f.Listeners.Listeners {
		l := &f.Listeners.Listeners[i]
		r.looked++
		s := l.Failed()
		if s == nil {
			continue
		}
		if _, paused := f.pausedAt(l); paused {
			continue
		}
		for _, name := range steps {
			if s.Name == name {
				found(l, s)
			}
		}
	}
}

// kindOf is the kind of a step's failure: the client may notice trouble with TLS
// or the sign-in only in a later step.
func kindOf(s *connection.Step) kafka.Kind { return kafka.KindOf(s.Err) }

const describeConnection = "kconsole describe connection"

func unreachableListeners(f *Facts, r *result) {
	for i := range f.Listeners.Listeners {
		l := &f.Listeners.Listeners[i]
		id, paused := f.pausedAt(l)
		if s := l.Failed(); paused && s != nil {
			name := fmt.Sprintf("broker %d at %s", id, l.Address)
			r.add(Finding{
				Level: Act, Resource: name, Title: name + " does not answer: it is paused",
				Evidence: []string{s.Name + ": " + s.Reason}, Next: f.startBroker(id), Open: Link{View: "brokers"},
			})
		}
	}
	f.failedAt(r, func(l *connection.Listener, s *connection.Step) {
		if s.Name == connection.APIVersions && (kindOf(s) == kafka.Auth || kindOf(s) == kafka.TLS) {
			return
		}
		one := Finding{
			Level: Act, Resource: listenerName(l), Title: listenerName(l) + " cannot be reached",
			Evidence: []string{s.Name + ": " + s.Reason}, Open: listenerLink(l),
			Next: Action{Text: "start the broker, or correct its address", Command: describeConnection},
		}
		if ok := answering(f.Listeners); l.Broker != nil && ok > 0 {
			one.Evidence = append(one.Evidence, fmt.Sprintf("%d of %d addresses answer", ok, len(f.Listeners.Listeners)))
		}
		if l.Broker != nil && !l.Configured {
			one.Evidence = append(one.Evidence, "the broker advertises this address; the configuration does not name it")
			one.Next.Text = "correct advertised.listeners of broker " + strconv.Itoa(int(*l.Broker)) + ", or start it"
		}
		r.add(one)
	}, connection.DNS, connection.TCP, connection.APIVersions)
	if f.Listeners.Problem != "" && len(r.findings) == 0 {
		r.note = "the advertised addresses are not known: " + f.Listeners.Problem
	}
}

func answering(r *connection.Report) int {
	n := 0
	for i := range r.Listeners {
		if r.Listeners[i].Failed() == nil {
			n++
		}
	}
	return n
}

func certificates(f *Facts, r *result) {
	f.failedAt(r, func(l *connection.Listener, s *connection.Step) {
		one := Finding{
			Level: Act, Resource: listenerName(l), Title: "the certificate of " + listenerName(l) + " is refused",
			Evidence: []string{s.Reason}, Open: listenerLink(l),
			Next: Action{Text: "give the broker a certificate for the name that it advertises, signed by the authority that clients trust", Command: describeConnection},
		}
		if len(l.Certificates) > 0 {
			c := &l.Certificates[0]
			one.Evidence = append(one.Evidence, fmt.Sprintf("it shows %s, signed by %s, for %v", c.Subject, c.Issuer, c.Names))
		} else {
			one.Title = "no TLS with " + listenerName(l)
			one.Next.Text = "use the address of the TLS listener, or correct the tls section"
		}
		r.add(one)
	}, connection.TLS)
	for i := range f.Listeners.Listeners {
		l := &f.Listeners.Listeners[i]
		if len(l.Certificates) == 0 || l.Failed() != nil && l.Failed().Name == connection.TLS {
			continue
		}
		for j := range l.Certificates {
			c := &l.Certificates[j]
			left := c.Until.Sub(f.Now)
			if left > certificateWatch {
				continue
			}
			one := Finding{
				Level: Watch, Resource: listenerName(l), Title: fmt.Sprintf("the certificate of %s ends in %s", listenerName(l), span(left)),
				Evidence: []string{fmt.Sprintf("%s is valid until %s", c.Subject, c.Until.UTC().Format(time.RFC3339))},
				Meaning:  "Once it has ended, no client connects any more.",
				Next:     Action{Text: "have it renewed", Command: describeConnection}, Open: listenerLink(l),
			}
			if left < certificateAct {
				one.Level = Act
			}
			r.add(one)
			break
		}
	}
}

func signIns(f *Facts, r *result) {
	f.failedAt(r, func(l *connection.Listener, s *connection.Step) {
		if s.Name == connection.APIVersions && kindOf(s) != kafka.Auth {
			return
		}
		r.add(Finding{
			Level: Act, Resource: listenerName(l), Title: listenerName(l) + " refuses the sign-in",
			Evidence: []string{s.Reason, "it speaks " + f.Listeners.Security + " here"}, Open: Link{View: "users"},
			Next: Action{Text: "check user, password and mechanism in the configuration", Command: "kconsole config check"},
		})
	}, connection.SASL, connection.APIVersions)
}

// span is a time in words: "3 d", "5 h", "12 min", "40 s".
func span(d time.Duration) string {
	switch {
	case d < 0:
		return "no time"
	case d >= 48*time.Hour:
		return fmt.Sprintf("%d d", int(d/(24*time.Hour)))
	case d >= 2*time.Hour:
		return fmt.Sprintf("%d h", int(d/time.Hour))
	case d >= 2*time.Minute:
		return fmt.Sprintf("%d min", int(d/time.Minute))
	}
	return fmt.Sprintf("%d s", int(d/time.Second))
}
