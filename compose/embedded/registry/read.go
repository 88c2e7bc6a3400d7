package registry

import "context"

// getVersion returns one version of a subject, in the format asked for.
func (r *Registry) getVersion(ctx context.Context, n name, number int, format string, deleted bool) (out schemaJSON, err error) {
	var at name
	var c *content
	var src source
	r.store.view(func(st *state) {
		var v *version
		if at, v = st.findAnywhere(n, number, deleted); v == nil {
			if err = versionNotFound(n, number); !st.exists(n, deleted) {
				err = subjectNotFound(n)
			}
			return
		}
		c, out = v.c, versionJSON(at, v)
		if format != "" {
			src, err = st.sourceOf(at.context, c)
		}
	})
	if err != nil || format == "" {
		return out, err
	}
	out.Schema, err = r.format(ctx, c, src, format)
	return out, err
}

func (r *Registry) format(ctx context.Context, c *content, src source, format string) (string, error) {
	p, err := r.parseStored(ctx, c, src)
	if err != nil {
		return "", err
	}
	return p.formatted(format), nil
}

// getID returns the schema of an id. The subject says in which context to look.
func (r *Registry) getID(ctx context.Context, id int, subject name, format string, who *account) (out schemaJSON, err error) {
	var c *content
	var src source
	r.store.view(func(st *state) {
		var where string
		if where, c = st.byID(id, subject); c == nil || !mayReadContent(st, where, c, who) {
			err = idNotFound(id, c, who)
			return
		}
		out = contentJSON(c)
		out.MaxID = st.contexts[where].nextID - 1
		if subject.subject != "" {
			for _, u := range st.usages(where, c) {
				if u.name.subject == subject.subject {
					out.Subject, out.Version = u.name.String(), u.v.n
				}
			}
		}
		if format != "" {
			src, err = st.sourceOf(where, c)
		}
	})
	if err != nil || format == "" {
		return out, err
	}
	out.Schema, err = r.format(ctx, c, src, format)
	return out, err
}

// mayReadContent reports whether an account may see a schema: whoever may read
// one of the subjects that have it may.
func mayReadContent(st *state, context string, c *content, who *account) bool {
	if who.may(Read, name{context: context}) {
		return true
	}
	for _, u := range st.usages(context, c) {
		if who.may(Read, u.name) {
			return true
		}
	}
	return false
}

func idNotFound(id int, c *content, who *account) *Error {
	if c != nil {
		return who.forbidden(Read, "a subject that has this schema")
	}
	return schemaNotFound("with id " + versionText(id))
}

// usagesOf lists the versions that hold an id's schema.
func (r *Registry) usagesOf(id int, subject name, deleted bool, who *account) (out []usage, err error) {
	r.store.view(func(st *state) {
		where, c := st.byID(id, subject)
		if c == nil || !mayReadContent(st, where, c, who) {
			err = idNotFound(id, c, who)
			return
		}
		for _, u := range st.usages(where, c) {
			if (deleted || !u.v.deleted) && who.may(Read, u.name) && (subject.subject == "" || subject.subject == u.name.subject) {
				out = append(out, u)
			}
		}
	})
	return out, err
}

// contextID is an id within its context.
type contextID struct {
	Context string `json:"context"`
	ID      int    `json:"id"`
}

// idsOf lists the ids that a GUID's schema has, by context.
func (r *Registry) idsOf(guid string, who *account) (out []contextID, err error) {
	seen := false
	r.store.view(func(st *state) {
		for _, ctx := range st.contextNames() {
			if c := st.contexts[ctx].byGUID[guid]; c != nil {
				if seen = true; mayReadContent(st, ctx, c, who) {
					out = append(out, contextID{ctx, c.id})
				}
			}
		}
	})
	switch {
	case len(out) > 0:
		return out, nil
	case seen:
		return nil, who.forbidden(Read, "a subject that has this schema")
	}
	return nil, schemaNotFound("with GUID " + clip(guid, 64))
}

// listVersions lists a subject's versions by number.
func (r *Registry) listVersions(n name, keep func(deleted bool) bool) (out []int, err error) {
	r.store.view(func(st *state) {
		for _, v := range st.versions(n) {
			if keep(v.deleted) {
				out = append(out, v.n)
			}
		}
	})
	if len(out) == 0 {
		return nil, subjectNotFound(n)
	}
	return out, nil
}

// listSubjects lists the subjects that a prefix matches. keep is told whether
// all of a subject's versions are deleted.
func (r *Registry) listSubjects(p prefix, keep func(deleted bool) bool, who *account) []string {
	out := []string{}
	r.store.view(func(st *state) {
		for _, n := range st.names(p, func(vs []*version) bool {
			return keep(len(which(vs, func(v *version) bool { return !v.deleted })) == 0)
		}) {
			if who.may(Read, n) {
				out = append(out, n.String())
			}
		}
	})
	return out
}

// listSchemas lists the versions of the subjects that a prefix matches: a page
// of them, so that a large registry is not copied for each request.
func (r *Registry) listSchemas(p prefix, deleted, latestOnly bool, pg page, who *account) []schemaJSON {
	out := []schemaJSON{}
	i := 0
	r.store.view(func(st *state) {
		for _, n := range st.names(p, func([]*version) bool { return true }) {
			if !who.may(Read, n) {
				continue
			}
			vs := which(st.versions(n), func(v *version) bool { return deleted || !v.deleted })
			if latestOnly && len(vs) > 1 {
				vs = vs[len(vs)-1:]
			}
			for _, v := range vs {
				if pg.holds(i) {
					out = append(out, versionJSON(n, v))
				}
				i++
			}
		}
	})
	return out
}

// latestWith finds the latest version whose metadata has all the properties.
func (r *Registry) latestWith(n name, properties map[string]string, deleted bool) (out schemaJSON, err error) {
	r.store.view(func(st *state) {
		vs := st.versions(n)
		for i := len(vs) - 1; i >= 0; i-- {
			if (deleted || !vs[i].deleted) && vs[i].c.metadata != nil && hasProperties(vs[i].c, properties) {
				out = versionJSON(n, vs[i])
				return
			}
		}
		if err = fail(codeSchemaNotFound, "no version of subject '%s' has this metadata", n); !st.exists(n, deleted) {
			err = subjectNotFound(n)
		}
	})
	return out, err
}

func hasProperties(c *content, want map[string]string) bool {
	for k, v := range want {
		if groupValue(c.metadata, k) != v {
			return false
		}
	}
	return true
}

// referencedBy lists the ids of the schemas that refer to a version.
func (r *Registry) referencedBy(n name, number int, deleted bool) (out []int, err error) {
	r.store.view(func(st *state) {
		at, v := st.findAnywhere(n, number, true)
		if v == nil {
			if err = versionNotFound(n, number); !st.exists(n, true) {
				err = subjectNotFound(n)
			}
			return
		}
		ids := map[int]bool{}
		for _, u := range st.referrers(at, v.n) {
			if deleted || !u.v.deleted {
				ids[u.v.c.id] = true
			}
		}
		out = sortedInts(ids)
	})
	return out, err
}
