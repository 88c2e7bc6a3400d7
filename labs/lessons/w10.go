package lessons

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"kconsole/avro"
	"kconsole/avro/registry"
	"kconsole/labs"
	"kconsole/labs/check"
)

func init() {
	walkthrough("w10", labs.Behavior{Stage: w10Stage, Check: w10Arrive, Nudge: w10Nudge, Solve: w10Solve})
}

// The customers: as they were, as somebody wanted them on Tuesday, and as they can
// be. Those of Tuesday cannot read a record of before.
const (
	w10V1      = `{"type":"record","name":"Customer","namespace":"shop.users","fields":[{"name":"id","type":"string"},{"name":"email","type":"string"}]}`
	w10Tuesday = `{"type":"record","name":"Customer","namespace":"shop.users","fields":[{"name":"id","type":"string"},{"name":"email","type":"string"},{"name":"phone","type":"string"}]}`
	w10V2      = `{"type":"record","name":"Customer","namespace":"shop.users","fields":[{"name":"id","type":"string"},{"name":"email","type":"string"},{"name":"phone","type":"string","default":""}]}`
)

// w10Subject is the setting that names the subject whose newest schema the web form
// and the CRM use.
const w10Subject = "customers.subject"

// w10Right is the subject of the topic's values, w10Wrong the one of Tuesday.
func w10Right(env *labs.Env) string { return env.Name("customers-value") }
func w10Wrong(env *labs.Env) string { return env.Name("customers") }

// w10Looked is how many of a partition's newest customers are looked at.
const w10Looked = 12

// w10Origin is one of the two ways in which customers come.
type w10Origin struct {
	handled, missing int
	schema           int // the schema id of the newest one
	newest           int64
	noPhone          int
}

// w10Seen is what became of the newest customers that the CRM has handled.
type w10Seen struct{ web, store w10Origin }

func w10Look(ctx context.Context, env *labs.Env) (s w10Seen, err error) {
	handled, err := check.Committed(ctx, env, env.Name("crm"), env.Name("customers"))
	if err != nil {
		return s, err
	}
	records, err := check.Newest(ctx, env, env.Name("customers"), w10Looked)
	if err != nil {
		return s, err
	}
	contacts, err := check.Newest(ctx, env, env.Name("contacts"), 10*w10Looked)
	if err != nil {
		return s, err
	}
	phones := map[string]string{}
	for i := range contacts {
		var c struct{ ID, Phone string }
		if json.Unmarshal(contacts[i].Record.Value, &c) == nil {
			phones[c.ID] = c.Phone
		}
	}
	for i := range records {
		r := &records[i]
		if r.Offset >= handled[r.Partition] || r.Header(labs.NonceHeader) != "" { // not yet, or of before Tuesday
			continue
		}
		phone, there := phones[string(r.Key)]
		s.of(string(r.Key)).add(r, there, phone)
	}
	return s, nil
}

func (s *w10Seen) of(id string) *w10Origin {
	if strings.HasPrefix(id, w10Store) {
		return &s.store
	}
	return &s.web
}

func (o *w10Origin) add(r *check.Record, there bool, phone string) {
	o.handled++
	if !there {
		o.missing++
	}
	if phone == "" {
		o.noPhone++
	}
	if at := r.Timestamp.UnixMilli(); at >= o.newest {
		o.newest, o.schema = at, r.Value.SchemaID
	}
}

// w10Arrive looks for the symptoms first. When they are gone, it looks whether the
// topic's readers are as safe as before.
func w10Arrive(ctx context.Context, env *labs.Env) (labs.Verdict, error) {
	s, err := w10Look(ctx, env)
	if err != nil {
		return labs.Verdict{}, err
	}
	want := "new customers of the stores and of the web are in " + env.Name("contacts") + ", those of the web with their phone number"
	switch {
	case s.web.handled == 0 || s.store.handled == 0:
		return labs.NotYet(want, fmt.Sprintf("%s of the web and %d of the stores handled by the CRM", check.Count(int64(s.web.handled), "new customer"), s.store.handled),
			"the stores, the web form and the CRM have to be at work"), nil
	case s.store.missing > 0 || s.web.missing > 0:
		return labs.NotYet(want, fmt.Sprintf("of the newest ones, %d of %d of the stores are missing, and %d of %d of the web", s.store.missing, s.store.handled, s.web.missing, s.web.handled),
			"what became of one of them?"), nil
	case s.web.noPhone > 0:
		return labs.NotYet(want, fmt.Sprintf("all arrive, and %d of %d of the web without a phone number", s.web.noPhone, s.web.handled), "the web form asks for it: where does it get lost?"), nil
	}
	return w10Safe(ctx, env, s)
}

func w10Safe(ctx context.Context, env *labs.Env, s w10Seen) (labs.Verdict, error) {
	want := "all of it agreed in the subject of the topic's values, and still checked there"
	versions, err := check.History(ctx, env, w10Right(env))
	if err != nil {
		return labs.Verdict{}, err
	}
	level, _, err := env.Registry.Level(ctx, w10Right(env))
	if err != nil {
		return labs.Verdict{}, err
	}
	var first, used *registry.Schema
	for _, v := range versions {
		if v.ID == s.web.schema {
			used = v
		}
		if v.ID == s.store.schema {
			first = v
		}
	}
	switch bad, why := check.Misfit(versions); {
	case used == nil || first == nil:
		return labs.NotYet(want, fmt.Sprintf("customers arrive, by a schema (id %d) that whoever looks up the topic's values does not find", s.web.schema),
			"a subject's name follows from its topic's"), nil
	case !level.Backward():
		return labs.NotYet(want, fmt.Sprintf("customers arrive, and %s is held to %s", w10Right(env), level), "the next one would get in unseen: set it back to what it was"), nil
	case bad != nil:
		return labs.NotYet(want, fmt.Sprintf("version %d of %s stays as a trap: %s", bad.Version, bad.Subject, why), "nobody should use it: delete that version"), nil
	}
	return labs.Done("customers of version %d and of version %d of %s are read, and the level is still %s", first.Version, used.Version, w10Right(env), level), nil
}

func w10Nudge(ctx context.Context, env *labs.Env) (string, error) {
	s, err := w10Look(ctx, env)
	if err != nil {
		return "", err
	}
	if s.store.missing == 0 && s.web.missing == 0 {
		v, err := w10Safe(ctx, env, s)
		if err != nil || v.Done() || s.web.noPhone > 0 {
			return "All customers arrive. Compare a contact of the web with what was in the form.", err
		}
		return "All customers arrive. What is left: " + v.Observed + ".", nil
	}
	ends, err := check.Ends(ctx, env, env.Name("dead-letters"))
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("The CRM has handled all of them, and a lag of 0 only says that. %s lie in %s.", check.Count(ends.Sum(), "record"), env.Name("dead-letters")), nil
}

// w10Solve takes back what a learner may have tried, registers version 2 where it
// belongs, and has the services use it.
func w10Solve(ctx context.Context, env *labs.Env) error {
	level, _, err := env.Registry.Level(ctx, w10Right(env))
	if err != nil {
		return err
	}
	if !level.Backward() {
		if err := lab08Hold(ctx, env, w10Right(env), avro.LevelBackward); err != nil {
			return err
		}
	}
	for {
		versions, err := check.History(ctx, env, w10Right(env))
		if err != nil {
			return err
		}
		bad, _ := check.Misfit(versions)
		if bad == nil {
			break
		}
		if err := w10Delete(ctx, env, bad); err != nil {
			return err
		}
	}
	if _, err := env.Register(ctx, w10Right(env), w10V2); err != nil {
		return err
	}
	return set(ctx, env, w10Subject, w10Right(env))
}

func w10Delete(ctx context.Context, env *labs.Env, s *registry.Schema) error {
	w, err := env.Registry.Writer()
	if err != nil {
		return err
	}
	plan, err := w.DeleteVersion(ctx, s.Subject, s.Version, false)
	if err != nil {
		return err
	}
	env.Say("%s", plan.Title)
	_, err = plan.Apply(ctx)
	return err
}
