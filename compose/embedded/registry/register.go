package registry

import (
	"bytes"
	"context"
	"encoding/json"
	"slices"
)

// registerRequest is the body of POST /subjects/{subject}/versions, of look-ups
// and of compatibility tests.
type registerRequest struct {
	Schema     *string         `json:"schema"`
	SchemaType Type            `json:"schemaType"`
	References []Reference     `json:"references"`
	Metadata   json.RawMessage `json:"metadata"`
	RuleSet    json.RawMessage `json:"ruleSet"`
	Version    int             `json:"version"`
	ID         *int            `json:"id"`
}

// candidate is a schema from a request, parsed, as it would be stored.
type candidate struct {
	c      *content
	parsed parsed
}

// matches reports whether a stored schema is this one. Metadata and rules that
// the request left out match any.
func (cd candidate) matches(c *content, req *registerRequest) bool {
	return c.kind == cd.c.kind && c.text == cd.c.text && slices.Equal(c.refs, cd.c.refs) &&
		(req.Metadata == nil || bytes.Equal(c.metadata, cd.c.metadata)) &&
		(req.RuleSet == nil || bytes.Equal(c.ruleSet, cd.c.ruleSet))
}

// prepared is a request whose schema has its references resolved, ready to parse.
type prepared struct {
	src  source
	refs []Reference
}

// prepare resolves what a request refers to. Where it brings metadata or rules
// but no schema, the subject's latest schema is meant.
func (s *state) prepare(n name, req *registerRequest) (prepared, error) {
	kind, refs, text := req.SchemaType, req.References, ""
	if req.Schema != nil {
		text = *req.Schema
	} else if latest := s.find(n, latestVersion, false); latest != nil && (req.Metadata != nil || req.RuleSet != nil) {
		kind, refs, text = latest.c.kind, latest.c.refs, latest.c.text
	}
	if kind == "" {
		kind = Avro
	}
	definite, sources, err := s.resolve(n.context, refs)
	if err != nil {
		return prepared{}, err
	}
	return prepared{source{kind, text, sources}, definite}, nil
}

// candidate parses a prepared request.
func (r *Registry) candidate(ctx context.Context, p prepared, req *registerRequest, normalize bool) (candidate, error) {
	sch, err := r.parse(ctx, p.src)
	if err != nil {
		return candidate{}, err
	}
	text := sch.canonical()
	if normalize {
		text = sch.normalized()
	}
	return candidate{newContent(p.src.kind, text, p.refs, req.Metadata, req.RuleSet), sch}, nil
}

// register adds a schema to a subject as its next version, or finds that the
// subject has it already, and returns it.
func (r *Registry) register(ctx context.Context, n name, req *registerRequest, normalize bool) (out schemaJSON, err error) {
	if err := n.valid(false); err != nil {
		return out, err
	}
	err = r.exclusively(ctx, func(st *state) error {
		set := st.settingsInScope(n, r.cfg.Level)
		p, err := st.prepare(n, req)
		if err != nil {
			return err
		}
		cd, err := r.candidate(ctx, p, req, normalize || isTrue(set.Normalize))
		if err != nil {
			return err
		}
		found, err := r.registered(ctx, st, n, cd, req)
		if err != nil {
			return err
		}
		if found == nil {
			if found, err = r.add(ctx, st, n, cd, req, set); err != nil {
				return err
			}
		}
		out = versionJSON(n, found)
		out.Subject = ""
		return nil
	})
	return out, err
}

func isTrue(b *bool) bool { return b != nil && *b }

// registered finds the version that has the candidate's schema already. A
// request that insists on another id or version is not served by it.
func (r *Registry) registered(ctx context.Context, st *state, n name, cd candidate, req *registerRequest) (*version, error) {
	live := st.live(n)
	for i := len(live) - 1; i >= 0; i-- {
		v := live[i]
		if req.ID != nil && *req.ID >= 0 && *req.ID != v.c.id || req.Version > 0 && req.Version != v.n {
			continue
		}
		if cd.matches(v.c, req) {
			return v, nil
		}
		// The text of an Avro schema is canonical; the others can differ in
		// spaces or comments and still be the same.
		if cd.c.kind == Avro || v.c.kind != cd.c.kind {
			continue
		}
		src, err := st.sourceOf(n.context, v.c)
		if err != nil {
			return nil, err
		}
		old, err := r.parseStored(ctx, v.c, src)
		if err != nil {
			return nil, err
		}
		if cd.parsed.same(old) && req.Metadata == nil && req.RuleSet == nil {
			return v, nil
		}
	}
	return nil, nil
}

// add makes the candidate the subject's next version, if mode, number, id and
// compatibility allow it.
func (r *Registry) add(ctx context.Context, st *state, n name, cd candidate, req *registerRequest, set settings) (*version, error) {
	mode := st.modeInScope(n, r.cfg.Mode)
	given := req.ID != nil && *req.ID >= 0
	switch {
	case mode.readOnly():
		return nil, readOnlyError(n, mode)
	case given && !mode.importing():
		return nil, fail(codeNotPermitted, "subject '%s' is not in IMPORT mode: only there a schema is registered with a given id", n)
	case !given && mode != ReadWrite:
		return nil, fail(codeNotPermitted, "subject '%s' is in %s mode, where each schema needs its id: give one, or set the mode to READWRITE", n, mode)
	}
	all, live := st.versions(n), st.live(n)
	number := 1
	if len(all) > 0 {
		number = all[len(all)-1].n + 1
	}
	if req.Version > 0 && req.Version != number {
		if !mode.importing() {
			return nil, fail(codeInvalidSchema, "the next version of subject '%s' is %d, not %d", n, number, req.Version)
		}
		number = req.Version
	}
	if !mode.importing() {
		inheritFromLatest(&cd, live)
		earlier, err := st.priors(n.context, live, set.Group, cd.c.metadata)
		if err != nil {
			return nil, err
		}
		v, err := r.compare(ctx, set.Level, cd.parsed, earlier)
		if err != nil {
			return nil, err
		}
		if !v.compatible() {
			return nil, fail(codeIncompatible, "the schema is incompatible with subject '%s', whose level is %s. %s", n, set.Level, v.oneLine())
		}
	}
	ops, added, err := r.additions(st, n, cd, req, number)
	if err != nil {
		return nil, err
	}
	if err := r.store.commit(ops...); err != nil {
		return nil, err
	}
	r.cfg.Logger.Info("registry: schema registered", "subject", n.String(), "version", added.n, "id", added.c.id)
	return st.find(n, added.n, true), nil
}

// inheritFromLatest gives a schema that came without metadata or rules those of
// the version before it.
func inheritFromLatest(cd *candidate, live []*version) {
	if len(live) == 0 || cd.c.metadata != nil && cd.c.ruleSet != nil {
		return
	}
	meta, rules := cd.c.metadata, cd.c.ruleSet
	last := live[len(live)-1].c
	if meta == nil {
		meta = last.metadata
	}
	if rules == nil {
		rules = last.ruleSet
	}
	cd.c = newContent(cd.c.kind, cd.c.text, cd.c.refs, meta, rules)
}

// additions are the changes that add a version: the version itself, under the id
// that its context has for the schema, and the removal of soft-deleted versions
// with the same schema, whose place it takes.
func (r *Registry) additions(st *state, n name, cd candidate, req *registerRequest, number int) ([]op, *version, error) {
	cs := st.contexts[n.context]
	next, known := 1, (*content)(nil)
	if cs != nil {
		next, known = cs.nextID, cs.byKey[cd.c.key]
	}
	switch {
	case req.ID != nil && *req.ID >= 0:
		cd.c.id = *req.ID
		if cs != nil && cs.byID[cd.c.id] != nil && cs.byID[cd.c.id].key != cd.c.key {
			return nil, nil, fail(codeNotPermitted, "id %d of context %s stands for another schema already", cd.c.id, n.context)
		}
	case known != nil:
		cd.c.id = known.id
	default:
		cd.c.id = next
	}
	isNew := cs == nil || cs.byID[cd.c.id] == nil
	v := &version{n: number, c: cd.c, ts: r.now().UnixMilli()}
	ops := []op{putOp(n, v, isNew)}
	for _, old := range st.versions(n) {
		if old.deleted && old.c.id == cd.c.id && old.n < number && len(st.referrers(n, old.n)) == 0 {
			ops = append(ops, versionOp(opPurge, n, old.n))
		}
	}
	return ops, v, nil
}

// lookUp finds the version of a subject that has the schema of a request.
func (r *Registry) lookUp(ctx context.Context, n name, req *registerRequest, normalize, deleted bool) (out schemaJSON, err error) {
	var candidates []name
	r.store.view(func(st *state) { candidates = st.homonyms(n) })
	var invalid error
	for _, at := range candidates {
		var p prepared
		var norm, exists bool
		r.store.view(func(st *state) {
			if exists = st.exists(at, deleted); exists {
				norm = isTrue(st.settingsInScope(at, r.cfg.Level).Normalize)
			}
			if exists || at == n {
				p, err = st.prepare(at, req)
			}
		})
		if !exists && at != n {
			continue
		}
		var cd candidate
		if err == nil {
			cd, err = r.candidate(ctx, p, req, normalize || norm)
		}
		if err != nil {
			if at == n {
				invalid = err
			}
			continue
		}
		found := false
		r.store.view(func(st *state) {
			vs := st.versions(at)
			for i := len(vs) - 1; i >= 0 && !found; i-- {
				if found = (deleted || !vs[i].deleted) && cd.matches(vs[i].c, req); found {
					out = versionJSON(at, vs[i])
				}
			}
		})
		if found {
			return out, nil
		}
	}
	if invalid != nil {
		return out, invalid
	}
	r.store.view(func(st *state) {
		if !st.exists(n, deleted) {
			err = subjectNotFound(n)
		} else {
			err = fail(codeSchemaNotFound, "subject '%s' does not have this schema", n)
		}
	})
	return out, err
}

// testCompatibility says whether a schema could be registered: against one
// version of the subject, or with version 0 against those its level demands.
func (r *Registry) testCompatibility(ctx context.Context, n name, number int, req *registerRequest, normalize bool) (v verdict, err error) {
	var p prepared
	var earlier []prior
	var set settings
	r.store.view(func(st *state) {
		set = st.settingsInScope(n, r.cfg.Level)
		versions := st.live(n)
		if number != 0 {
			one := st.find(n, number, false)
			switch {
			case one != nil:
				versions = []*version{one}
			case number == latestVersion:
				versions = nil
			case !st.exists(n, false):
				err = subjectNotFound(n)
				return
			default:
				err = versionNotFound(n, number)
				return
			}
		}
		if p, err = st.prepare(n, req); err == nil {
			earlier, err = st.priors(n.context, versions, set.Group, req.Metadata)
		}
	})
	if err != nil {
		return v, err
	}
	cd, err := r.candidate(ctx, p, req, normalize || isTrue(set.Normalize))
	if err != nil {
		return v, err
	}
	return r.compare(ctx, set.Level, cd.parsed, earlier)
}
