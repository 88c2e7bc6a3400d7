package registry

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
)

// prior is a version that a new schema is compared with.
type prior struct {
	n   int
	c   *content
	src source
}

// priors prepares versions for a comparison: all of those that have the same
// value for the compatibility group's property, where a group is set.
func (s *state) priors(context string, versions []*version, group string, metadata json.RawMessage) ([]prior, error) {
	var out []prior
	for _, v := range versions {
		if group != "" && groupValue(v.c.metadata, group) != groupValue(metadata, group) {
			continue
		}
		src, err := s.sourceOf(context, v.c)
		if err != nil {
			return nil, err
		}
		out = append(out, prior{v.n, v.c, src})
	}
	return out, nil
}

func groupValue(raw json.RawMessage, group string) string {
	var m metadata
	if raw != nil {
		_ = json.Unmarshal(raw, &m) // it was checked when it came in
	}
	return m.Properties[group]
}

// finding is one reason why a schema is incompatible.
type finding struct {
	version int
	rule    Level // Backward or Forward
	problem *mismatch
	old     string
}

// verdict is the outcome of a comparison.
type verdict struct {
	level    Level
	findings []finding
	// unchecked is set when schemas of a kind whose compatibility this registry
	// does not know were let pass.
	unchecked Type
}

// maxFindings bounds the versions that one verdict names.
const maxFindings = 20

// compare holds a new schema against earlier versions, in their order, as the
// level demands: against the last, or with a transitive level against all, the
// last first.
func (r *Registry) compare(ctx context.Context, level Level, next parsed, earlier []prior) (verdict, error) {
	v := verdict{level: level}
	if level == None || len(earlier) == 0 {
		return v, nil
	}
	if !level.transitive() {
		earlier = earlier[len(earlier)-1:]
	}
	for i := len(earlier) - 1; i >= 0 && len(v.findings) < maxFindings; i-- {
		if ctx.Err() != nil {
			return v, timedOut()
		}
		if err := r.compareOne(ctx, &v, next, earlier[i]); err != nil {
			return v, err
		}
	}
	return v, nil
}

func (r *Registry) compareOne(ctx context.Context, v *verdict, next parsed, old prior) error {
	if next.kind() != old.c.kind {
		v.findings = append(v.findings, finding{old.n, v.level, &mismatch{
			Rule: "SCHEMA_TYPE_MISMATCH", Path: rootPath, Reader: string(next.kind()), Writer: string(old.c.kind),
			Why: "the schema types differ", Fix: "register it under another subject",
		}, old.c.text})
		return nil
	}
	prev, err := r.parseStored(ctx, old.c, old.src)
	if err != nil {
		return err
	}
	if err := acquire(ctx, r.parsing); err != nil {
		return err
	}
	defer func() { <-r.parsing }()
	check := func(rule Level, reader, writer parsed) error {
		problem, checked, err := reader.reads(writer)
		switch {
		case err != nil:
			return fail(codeInvalidSchema, "cannot compare the schema with version %d: %s", old.n, clip(oneLine(err.Error()), 500))
		case problem != nil:
			v.findings = append(v.findings, finding{old.n, rule, problem, old.c.text})
		case !checked:
			v.unchecked = next.kind()
		}
		return nil
	}
	if v.level.backward() {
		if err := check(Backward, next, prev); err != nil {
			return err
		}
	}
	if v.level.forward() {
		return check(Forward, prev, next)
	}
	return nil
}

func (v verdict) compatible() bool { return len(v.findings) == 0 }

// describe says in words what a finding means.
func (f finding) describe() string {
	var b strings.Builder
	switch f.rule {
	case Backward:
		fmt.Fprintf(&b, "BACKWARD: the new schema cannot read what version %d wrote", f.version)
	case Forward:
		fmt.Fprintf(&b, "FORWARD: version %d cannot read what the new schema writes", f.version)
	default:
		fmt.Fprintf(&b, "%s: it cannot be compared with version %d", f.rule, f.version)
	}
	if f.problem.Path == rootPath {
		fmt.Fprintf(&b, ": %s", clip(f.problem.Why, 300))
	} else {
		fmt.Fprintf(&b, ": at %s: %s", clip(f.problem.Path, 300), clip(f.problem.Why, 300))
	}
	if f.problem.Reader != "" || f.problem.Writer != "" {
		fmt.Fprintf(&b, " (reader: %s, writer: %s)", orNothing(f.problem.Reader), orNothing(f.problem.Writer))
	}
	return b.String()
}

// rootPath is the path of the schema as a whole.
const rootPath = "(root)"

func orNothing(s string) string {
	if s == "" {
		return "nothing"
	}
	return clip(s, 200)
}

// oneLine is the whole verdict in one line, for the answer 409.
func (v verdict) oneLine() string {
	f := v.findings[0]
	s := f.describe()
	if f.problem.Fix != "" {
		s += "; " + f.problem.Fix
	}
	if more := len(v.findings) - 1; more > 0 {
		s += fmt.Sprintf("; %d more such reasons: ask /compatibility with verbose=true", more)
	}
	return s
}

// maxOldSchema bounds how much of an old schema's text a message repeats.
const maxOldSchema = 4000

// messages are the verbose form: for each finding its rule with path and
// words, the version and the old schema, and last the level that was applied.
// They have the shape that tools for Confluent's registry expect.
func (v verdict) messages() []string {
	out := []string{}
	if v.compatible() {
		if v.unchecked != "" {
			out = append(out, fmt.Sprintf("compatibility of %s schemas is not checked by this registry, only their syntax", v.unchecked))
		}
		return out
	}
	for _, f := range v.findings {
		out = append(out,
			fmt.Sprintf("{errorType:'%s', description:'%s', additionalInfo:'%s'}", f.problem.Rule, f.describe(), f.problem.Fix),
			fmt.Sprintf("{oldSchemaVersion: %d}", f.version),
			fmt.Sprintf("{oldSchema: '%s'}", clip(f.old, maxOldSchema)))
	}
	return append(out, fmt.Sprintf("{compatibility: '%s'}", v.level))
}
