package check

import (
	"context"

	"kconsole/avro"
	"kconsole/avro/registry"
	"kconsole/labs"
)

// History are the versions of a subject with their schemas, oldest first; none where
// there is no subject.
func History(ctx context.Context, env *labs.Env, subject string) ([]*registry.Schema, error) {
	numbers, err := Versions(ctx, env, subject)
	if err != nil {
		return nil, err
	}
	var out []*registry.Schema
	for _, n := range numbers {
		s, ok, err := Schema(ctx, env, subject, n)
		if err != nil {
			return nil, err
		}
		if ok {
			out = append(out, s)
		}
	}
	return out, nil
}

// Misfit is the first of a subject's versions that cannot read the records of every
// version before it, and why; nil where each can.
func Misfit(versions []*registry.Schema) (bad *registry.Schema, why string) {
	for i, next := range versions {
		if next.Avro == nil {
			return next, "it is no usable Avro"
		}
		for _, old := range versions[:i] {
			if conflicts := avro.Compare(old.Avro, next.Avro); len(conflicts) > 0 {
				why, _ := conflicts[0].Explain(avro.NewReadsOld)
				return next, why
			}
		}
	}
	return nil, ""
}
