package poll

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"kconsole/avro/registry"
	"kconsole/kafka"
)

// RegistrySubjects reads subjects from a schema registry. The list of names is
// read anew each time; versions, type and level of a subject cost requests of
// their own, so each round asks for those it does not know yet, and for the
// ones that it has not asked for longest.
type RegistrySubjects struct {
	client *registry.Client

	mu    sync.Mutex // held during a round: rounds do not overlap
	known map[string]*knownSubject
}

type knownSubject struct {
	kafka.Subject
	asked time.Time
}

// FromRegistry makes a [SubjectSource] out of a registry's client.
func FromRegistry(client *registry.Client) *RegistrySubjects {
	return &RegistrySubjects{client: client, known: make(map[string]*knownSubject)}
}

// The limits of one round.
const (
	askedPerRound = 200 // subjects whose details are read
	askedAtOnce   = 8
)

// Subjects lists the subjects, sorted by name. Err of a subject says what of it
// could not be read.
func (r *RegistrySubjects) Subjects(ctx context.Context) ([]kafka.Subject, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	names, err := r.client.Subjects(ctx, false)
	if err != nil {
		return nil, explainRegistry("cannot read the subjects", err)
	}
	known := make(map[string]*knownSubject, len(names))
	due := make([]*knownSubject, 0, len(names))
	for _, name := range names {
		s := r.known[name]
		if s == nil {
			s = &knownSubject{Subject: kafka.Subject{Name: name}}
		}
		known[name] = s
		due = append(due, s)
	}
	r.known = known
	slices.SortStableFunc(due, func(a, b *knownSubject) int { return cmp.Compare(a.asked.UnixNano(), b.asked.UnixNano()) })
	due = due[:min(len(due), askedPerRound)]
	var wg sync.WaitGroup
	slots := make(chan struct{}, askedAtOnce)
	for _, s := range due {
		slots <- struct{}{}
		wg.Go(func() {
			r.ask(ctx, s)
			<-slots
		})
	}
	wg.Wait()
	subjects := make([]kafka.Subject, len(names))
	for i, name := range names {
		subjects[i] = known[name].Subject
	}
	return subjects, nil
}

// ask reads one subject's versions and, if those changed, its newest schema.
func (r *RegistrySubjects) ask(ctx context.Context, s *knownSubject) {
	if ctx.Err() != nil {
		return
	}
	what := "cannot read subject " + s.Name
	versions, err := r.client.Versions(ctx, s.Name, false)
	if err == nil && (s.ID == 0 || !slices.Equal(versions, s.Versions)) {
		var latest *registry.Schema
		if latest, err = r.client.Version(ctx, s.Name, registry.Latest); err == nil {
			s.ID, s.Type = latest.ID, string(latest.Kind)
		}
	}
	if err != nil {
		s.Err = explainRegistry(what, err)
		return
	}
	s.Versions, s.Err, s.asked = versions, nil, time.Now()
	level, _, err := r.client.Level(ctx, s.Name)
	if err != nil {
		if !errors.Is(err, registry.ErrUnsupported) {
			s.Err = explainRegistry(what, err)
		}
		return
	}
	s.Level = string(level)
}

// explainRegistry gives a registry's error the shape that all errors here have.
func explainRegistry(what string, err error) error {
	var e *registry.Error
	if !errors.As(err, &e) {
		return kafka.Explain(err)
	}
	out := &kafka.Error{What: what, Why: e.Reason, Kind: kafka.Other, Err: err}
	for _, is := range [...]struct {
		err  error
		kind kafka.Kind
	}{
		{registry.ErrUnavailable, kafka.Unreachable},
		{registry.ErrNotFound, kafka.NotFound},
		{registry.ErrUnauthorized, kafka.Auth},
		{registry.ErrForbidden, kafka.Denied},
		{registry.ErrInvalid, kafka.Invalid},
		{registry.ErrUnsupported, kafka.Invalid},
		{registry.ErrReadOnly, kafka.Refused},
	} {
		if errors.Is(err, is.err) {
			out.Kind = is.kind
		}
	}
	return out
}
