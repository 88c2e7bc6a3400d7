package labs

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"kconsole/avro/registry"
	"kconsole/compose"
	"kconsole/kafka"
)

// ResetItem is one thing that a reset removes or takes back.
type ResetItem struct {
	Kind string `json:"kind"` // fault, broker, group, topic, subject, acl, user, progress, rest
	Name string `json:"name"`
	// Err says why it could not be done; nil before the reset, and where it was done.
	Err error `json:"-"`

	undo func(context.Context) error
}

// String gives the item as one line: "topic lab.02.first".
func (i ResetItem) String() string { return i.Kind + " " + i.Name }

// Leftovers lists what a reset of the lab would remove or take back, in the order
// in which it would, and nothing else: what the lab broke, brokers that do not run
// where the lab is about stopping them, and what has a name of this lab. What
// cannot be listed because of a fault is one item, of kind "rest": the reset takes
// the fault back first.
func (s *Session) Leftovers(ctx context.Context) ([]ResetItem, error) {
	items, err := s.brokenLeft(ctx)
	made, unseen := s.madeLeft(ctx)
	items = append(items, made...)
	if unseen != nil && len(items) > len(made) {
		items = append(items, ResetItem{Kind: "rest", Name: "that shows when the brokers are mended", undo: func(context.Context) error { return nil }})
		unseen = nil
	}
	return append(items, s.progressLeft()...), errors.Join(err, unseen)
}

// brokenLeft is what of the stack itself is not as it was.
func (s *Session) brokenLeft(ctx context.Context) ([]ResetItem, error) {
	brokers, err := s.brokersLeft(ctx)
	return append(s.faultsLeft(), brokers...), err
}

// madeLeft is what the cluster and its registry hold of the lab.
func (s *Session) madeLeft(ctx context.Context) (items []ResetItem, err error) {
	for _, find := range []func(context.Context) ([]ResetItem, error){
		s.groupsLeft, s.topicsLeft, s.subjectsLeft, s.aclsLeft, s.usersLeft,
	} {
		found, err2 := find(ctx)
		items, err = append(items, found...), errors.Join(err, err2)
	}
	return items, err
}

func (s *Session) progressLeft() []ResetItem {
	if s.p == nil && s.notice == "" {
		return nil
	}
	return []ResetItem{{Kind: "progress", Name: s.lab.ID, undo: func(context.Context) error {
		if err := s.store.remove(s.id, s.lab.ID); err != nil {
			return err
		}
		s.p, s.notice = nil, ""
		s.staged, s.drifts = map[string]bool{}, map[string]Verdict{}
		return nil
	}}}
}

// mendLimit is how long clients may need to find the way to a mended broker.
const mendLimit = time.Minute

// Reset stops the lab's services and does what [Session.Leftovers] lists; it can be
// repeated. What is broken comes first: behind it the rest may not be seen. Each
// item says how it went; the error is about what could not be listed, and the
// progress is kept as long as something is left.
func (s *Session) Reset(ctx context.Context) ([]ResetItem, error) {
	if err := s.mine(); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, solveLimit)
	defer cancel()
	if err := s.services.StopPrefix(ctx, ""); err != nil {
		return nil, err
	}
	if s.p != nil {
		s.moveTo(s.p.Current)
	}
	items, err := s.brokenLeft(ctx)
	s.undo(ctx, items)
	var made []ResetItem
	list := func(ctx context.Context) (_ bool, err error) {
		made, err = s.madeLeft(ctx)
		return err == nil, err
	}
	if len(items) > 0 && err == nil && ResetErr(items) == nil {
		limited, cancel := context.WithTimeout(ctx, mendLimit)
		err = s.Env("").Until(limited, "all that the lab made can be listed", list)
		cancel()
	} else {
		_, err2 := list(ctx)
		err = errors.Join(err, err2)
	}
	s.undo(ctx, made)
	items = append(items, made...)
	progress := s.progressLeft()
	if err == nil && ResetErr(items) == nil {
		s.undo(ctx, progress)
	} else {
		for i := range progress {
			progress[i].Err = errors.New("kept, because something else is left")
		}
	}
	return append(items, progress...), err
}

// undo removes the items, or takes them back, and notes how each went.
func (s *Session) undo(ctx context.Context, items []ResetItem) {
	for i := range items {
		if items[i].Err = items[i].undo(ctx); items[i].Err == nil {
			s.say("removed " + items[i].String())
		}
	}
}

func (s *Session) ours(name string) bool { return strings.HasPrefix(name, Prefix(s.lab.ID)) }

func (s *Session) faultsLeft() []ResetItem {
	var items []ResetItem
	for _, f := range slices.Clone(s.noted()) {
		items = append(items, ResetItem{Kind: "fault", Name: f.String(), undo: func(ctx context.Context) error {
			if err := mend(ctx, s.o.Stack, f); err != nil {
				return err
			}
			s.p.Faults = slices.DeleteFunc(s.p.Faults, func(other Fault) bool { return other == f })
			return s.keep()
		}})
	}
	return items
}

// brokersLeft is only about labs that stop or pause brokers.
func (s *Session) brokersLeft(ctx context.Context) ([]ResetItem, error) {
	about := slices.ContainsFunc(s.lab.Steps, func(step Step) bool {
		return slices.Contains(step.Needs, StopBrokers) || slices.Contains(step.Needs, PauseBrokers)
	})
	if !about || s.o.Stack == nil {
		return nil, nil
	}
	found, err := unsettled(ctx, s.o.Stack)
	var items []ResetItem
	for _, f := range found {
		if slices.Contains(s.noted(), f) {
			continue
		}
		items = append(items, ResetItem{Kind: "broker", Name: f.String(), undo: func(ctx context.Context) error {
			return mend(ctx, s.o.Stack, f)
		}})
	}
	return items, err
}

// plan is what undoes an item by a plan of the cluster's.
func (s *Session) plan(how func(context.Context, *kafka.Admin) (*kafka.Plan, error)) func(context.Context) error {
	return func(ctx context.Context) error {
		admin, err := s.o.Cluster.Admin()
		if err != nil {
			return err
		}
		p, err := how(ctx, admin)
		if err != nil {
			return gone(err)
		}
		res, err := p.Apply(ctx)
		if err != nil {
			return gone(err)
		}
		return gone(res.Err())
	}
}

// gone is nil for what is not there any more.
func gone(err error) error {
	if kafka.KindOf(err) == kafka.NotFound {
		return nil
	}
	return err
}

func (s *Session) topicsLeft(ctx context.Context) ([]ResetItem, error) {
	_, topics, err := s.o.Cluster.Metadata(ctx)
	var items []ResetItem
	for i := range topics {
		if name := topics[i].Name; s.ours(name) {
			items = append(items, ResetItem{Kind: "topic", Name: name, undo: func(ctx context.Context) error {
				err := s.plan(func(ctx context.Context, a *kafka.Admin) (*kafka.Plan, error) {
					return a.DeleteTopics(ctx, name)
				})(ctx)
				if err != nil {
					return err
				}
				return s.Env("").topicGone(ctx, name)
			}})
		}
	}
	return items, err
}

func (s *Session) groupsLeft(ctx context.Context) ([]ResetItem, error) {
	groups, err := s.o.Cluster.Groups(ctx, false)
	var items []ResetItem
	for i := range groups {
		if name := groups[i].ID; s.ours(name) {
			items = append(items, ResetItem{Kind: "group", Name: name, undo: s.plan(func(ctx context.Context, a *kafka.Admin) (*kafka.Plan, error) {
				return a.DeleteGroups(ctx, name)
			})})
		}
	}
	return items, err
}

func (s *Session) aclsLeft(ctx context.Context) ([]ResetItem, error) {
	acls, err := s.o.Cluster.ACLs(ctx)
	if kafka.KindOf(err) == kafka.Invalid { // without an authorizer there are none
		return nil, nil
	}
	var items []ResetItem
	for _, acl := range acls {
		if s.ours(acl.Resource) || s.ours(strings.TrimPrefix(acl.Principal, "User:")) {
			items = append(items, ResetItem{Kind: "acl", Name: acl.String(), undo: s.plan(func(ctx context.Context, a *kafka.Admin) (*kafka.Plan, error) {
				return a.DeleteACLs(ctx, acl)
			})})
		}
	}
	return items, err
}

func (s *Session) usersLeft(ctx context.Context) ([]ResetItem, error) {
	users, err := s.o.Cluster.SCRAMUsers(ctx)
	var items []ResetItem
	for i := range users {
		if name := users[i].Name; s.ours(name) {
			items = append(items, ResetItem{Kind: "user", Name: name, undo: s.plan(func(ctx context.Context, a *kafka.Admin) (*kafka.Plan, error) {
				return a.DeleteSCRAM(ctx, name, "")
			})})
		}
	}
	return items, err
}

func (s *Session) subjectsLeft(ctx context.Context) ([]ResetItem, error) {
	if s.o.Registry == nil {
		return nil, nil
	}
	subjects, err := s.o.Registry.Subjects(ctx, true)
	var items []ResetItem
	for _, name := range subjects {
		if s.ours(name) {
			items = append(items, ResetItem{Kind: "subject", Name: name, undo: func(ctx context.Context) error {
				return s.dropSubject(ctx, name)
			}})
		}
	}
	return items, err
}

// dropSubject deletes a subject for good, and its own level.
func (s *Session) dropSubject(ctx context.Context, name string) error {
	w, err := s.o.Registry.Writer()
	if err != nil {
		return err
	}
	do := func(p registry.Plan, err error) error {
		if err == nil {
			_, err = p.Apply(ctx)
		}
		if errors.Is(err, registry.ErrNotFound) {
			return nil
		}
		return err
	}
	if _, inherited, err := s.o.Registry.Level(ctx, name); err == nil && !inherited {
		if err := do(w.SetLevel(ctx, name, "")); err != nil {
			return err
		}
	}
	if err := do(w.DeleteSubject(ctx, name, false)); err != nil {
		return err
	}
	return do(w.DeleteSubject(ctx, name, true))
}

// ErrLeft is what a reset wraps that could not remove everything.
var ErrLeft = errors.New("something of the lab is left")

// ResetErr is nil where every item was done, else one line about the first that
// was not.
func ResetErr(items []ResetItem) error {
	n := 0
	var first *ResetItem
	for i := range items {
		if items[i].Err != nil {
			n++
			if first == nil {
				first = &items[i]
			}
		}
	}
	if n == 0 {
		return nil
	}
	if errors.Is(first.Err, compose.ErrNotRunning) {
		return fmt.Errorf("%w: %s: the stack does not run; start it with `kconsole lab up` and reset again", ErrLeft, first)
	}
	return fmt.Errorf("%w: %d of %d: %s: %w", ErrLeft, n, len(items), first, first.Err)
}
