package check

import (
	"context"
	"errors"
	"fmt"

	"kconsole/avro"
	"kconsole/avro/registry"
	"kconsole/labs"
)

// errNoRegistry is an error of the lab's text: the step should have said it needs one.
var errNoRegistry = errors.New("this cluster has no schema registry")

// Versions are the versions of a subject, oldest first; none where there is no
// subject.
func Versions(ctx context.Context, env *labs.Env, subject string) ([]int, error) {
	if env.Registry == nil {
		return nil, errNoRegistry
	}
	v, err := env.Registry.Versions(ctx, subject, false)
	if errors.Is(err, registry.ErrNotFound) {
		return nil, nil
	}
	return v, err
}

// Schema reads a version of a subject, [registry.Latest] for the newest; ok is
// false where there is none.
func Schema(ctx context.Context, env *labs.Env, subject string, version int) (s *registry.Schema, ok bool, err error) {
	if env.Registry == nil {
		return nil, false, errNoRegistry
	}
	s, err = env.Registry.Version(ctx, subject, version)
	if errors.Is(err, registry.ErrNotFound) {
		return nil, false, nil
	}
	return s, err == nil, err
}

// Registered is done when a subject has at least n versions, the latest in Avro.
func Registered(ctx context.Context, env *labs.Env, subject string, n int) (labs.Verdict, error) {
	want := fmt.Sprintf("subject %s with version %d", subject, n)
	versions, err := Versions(ctx, env, subject)
	if err != nil {
		return labs.Verdict{}, err
	}
	if len(versions) == 0 {
		return labs.NotYet(want, "no subject of that name", "look at :subjects; a topic's values have the subject TOPIC-value"), nil
	}
	if len(versions) < n {
		return labs.NotYet(want, Count(int64(len(versions)), "version"), "look at :subjects"), nil
	}
	s, ok, err := Schema(ctx, env, subject, registry.Latest)
	if err != nil {
		return labs.Verdict{}, err
	}
	if !ok || s.Kind != registry.Avro || s.Avro == nil {
		return labs.NotYet(want+" in Avro", "a schema that is no usable Avro", "look at :subjects"), nil
	}
	return labs.Done("%s has version %d, schema id %d", subject, s.Version, s.ID), nil
}

// Level is done when a subject is held to a compatibility level, its own or the
// registry's.
func Level(ctx context.Context, env *labs.Env, subject string, level avro.Level) (labs.Verdict, error) {
	if env.Registry == nil {
		return labs.Verdict{}, errNoRegistry
	}
	got, inherited, err := env.Registry.Level(ctx, subject)
	if errors.Is(err, registry.ErrNotFound) {
		got, inherited, err = "none of its own", false, nil
	}
	if err != nil {
		return labs.Verdict{}, err
	}
	if got != level {
		return labs.NotYet("compatibility "+string(level)+" for "+subject, string(got), "look at the level in :subjects"), nil
	}
	from := "set for it"
	if inherited {
		from = "inherited from the registry"
	}
	return labs.Done("%s is held to %s, %s", subject, level, from), nil
}
