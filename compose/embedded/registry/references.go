package registry

import "slices"

// maxReferences bounds the schemas that one schema may refer to, directly and
// through others.
const maxReferences = 500

// resolve finds the schemas that refs, written in a context, refer to, and those
// that these refer to. It returns refs with their versions made definite, and the
// sources, each behind those it needs. A soft-deleted version can still be
// referred to, as in Confluent's registry.
func (s *state) resolve(context string, refs []Reference) ([]Reference, []refSource, error) {
	res := resolver{st: s, seen: map[resolvedKey]bool{}}
	definite := slices.Clone(refs)
	for i := range definite {
		v, err := res.find(context, definite[i])
		if err != nil {
			return nil, nil, err
		}
		definite[i].Version = v.n
	}
	if err := res.add(context, definite); err != nil {
		return nil, nil, err
	}
	return definite, res.out, nil
}

type resolvedKey struct {
	name string
	c    *content
}

type resolver struct {
	st   *state
	seen map[resolvedKey]bool
	out  []refSource
}

func (r *resolver) find(context string, ref Reference) (*version, error) {
	if ref.Name == "" || ref.Subject == "" || ref.Version < 1 && ref.Version != latestVersion {
		return nil, fail(codeInvalidSchema, "a reference needs a name, a subject and a version (1 or more, or -1 for the latest): got '%s', '%s', %d",
			clip(ref.Name, 128), clip(ref.Subject, 128), ref.Version)
	}
	target := name{context: context}.within(ref.Subject)
	v := r.st.find(target, ref.Version, true)
	if v == nil {
		return nil, fail(codeInvalidSchema, "reference '%s': there is no version %s of subject '%s'",
			clip(ref.Name, 128), versionText(ref.Version), clip(target.String(), 128))
	}
	return v, nil
}

func (r *resolver) add(context string, refs []Reference) error {
	for _, ref := range refs {
		v, err := r.find(context, ref)
		if err != nil {
			return err
		}
		key := resolvedKey{ref.Name, v.c}
		if r.seen[key] {
			continue
		}
		if len(r.seen) >= maxReferences {
			return fail(codeInvalidSchema, "the schema refers to more than %d others", maxReferences)
		}
		r.seen[key] = true
		if err := r.add(name{context: context}.within(ref.Subject).context, v.c.refs); err != nil {
			return err
		}
		r.out = append(r.out, refSource{ref.Name, v.c.kind, v.c.text})
	}
	return nil
}

// sourceOf is a stored schema with what it refers to.
func (s *state) sourceOf(context string, c *content) (source, error) {
	_, refs, err := s.resolve(context, c.refs)
	return source{c.kind, c.text, refs}, err
}
