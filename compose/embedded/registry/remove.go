package registry

import (
	"context"
	"sort"
)

func sortedInts(set map[int]bool) []int {
	out := make([]int, 0, len(set))
	for k := range set {
		out = append(out, k)
	}
	sort.Ints(out)
	return out
}

// changeable refuses changes to a subject that is read-only.
func (r *Registry) changeable(st *state, n name) error {
	if mode := st.modeInScope(n, r.cfg.Mode); mode.readOnly() {
		return readOnlyError(n, mode)
	}
	return nil
}

// deleteVersion soft-deletes one version, or removes one for good that was
// soft-deleted before. It returns the version's number.
func (r *Registry) deleteVersion(ctx context.Context, n name, number int, permanent bool) (deleted int, err error) {
	err = r.exclusively(ctx, func(st *state) error {
		v := st.find(n, number, true)
		switch {
		case v == nil && !st.exists(n, true):
			return subjectNotFound(n)
		case v == nil:
			return versionNotFound(n, number)
		case v.deleted && !permanent:
			return fail(codeVersionDeleted, "version %d of subject '%s' is deleted already: permanent=true removes it for good", v.n, n)
		}
		if err := r.changeable(st, n); err != nil {
			return err
		}
		if err := unreferenced(st, n, v, permanent, ""); err != nil {
			return err
		}
		deleted = v.n
		if !permanent {
			return r.commitLogged("version deleted", n, versionOp(opDelete, n, v.n))
		}
		if !v.deleted {
			return fail(codeVersionNotDeleted, "version %d of subject '%s' must be deleted first, then again with permanent=true", v.n, n)
		}
		ops := []op{versionOp(opPurge, n, v.n)}
		if len(st.versions(n)) == 1 {
			ops = append(ops, forget(st, n)...)
		}
		return r.commitLogged("version removed", n, ops...)
	})
	return deleted, err
}

// deleteSubject soft-deletes all versions of a subject, or removes for good a
// subject that was soft-deleted before. It returns the versions' numbers.
func (r *Registry) deleteSubject(ctx context.Context, n name, permanent bool) (deleted []int, err error) {
	err = r.exclusively(ctx, func(st *state) error {
		switch {
		case !st.exists(n, true):
			return subjectNotFound(n)
		case !permanent && !st.exists(n, false):
			return fail(codeSubjectDeleted, "subject '%s' is deleted already: permanent=true removes it for good", n)
		}
		if err := r.changeable(st, n); err != nil {
			return err
		}
		var ops []op
		for _, v := range st.versions(n) {
			if v.deleted && !permanent {
				continue
			}
			if err := unreferenced(st, n, v, permanent, n.String()); err != nil {
				return err
			}
			if permanent && !v.deleted {
				return fail(codeSubjectNotDeleted, "subject '%s' must be deleted first, then again with permanent=true", n)
			}
			deleted = append(deleted, v.n)
			if permanent {
				ops = append(ops, versionOp(opPurge, n, v.n))
			} else {
				ops = append(ops, versionOp(opDelete, n, v.n))
			}
		}
		if permanent {
			return r.commitLogged("subject removed", n, append(ops, forget(st, n)...)...)
		}
		return r.commitLogged("subject deleted", n, ops...)
	})
	return deleted, err
}

func (r *Registry) commitLogged(what string, n name, ops ...op) error {
	if err := r.store.commit(ops...); err != nil {
		return err
	}
	r.cfg.Logger.Info("registry: "+what, "subject", n.String())
	return nil
}

// unreferenced refuses to delete a version that other schemas refer to.
// Soft-deleted ones hold it only against being removed for good; references
// from the subject except do not count.
func unreferenced(st *state, n name, v *version, permanent bool, except string) error {
	for _, u := range st.referrers(n, v.n) {
		if (permanent || !u.v.deleted) && u.name.String() != except {
			return fail(codeReferenceExists, "version %d of subject '%s' is referred to by version %d of '%s': delete that first", v.n, n, u.v.n, u.name)
		}
	}
	return nil
}

// forget drops the config and mode of a subject that is removed for good.
func forget(st *state, n name) []op {
	var ops []op
	if _, ok := st.settings[n.String()]; ok {
		ops = append(ops, op{Do: opSettings, Key: n.String()})
	}
	if _, ok := st.modes[n.String()]; ok {
		ops = append(ops, op{Do: opMode, Key: n.String()})
	}
	return ops
}

// deleteContext drops a context that has no subject left, deleted ones included.
func (r *Registry) deleteContext(ctx context.Context, context string) error {
	return r.exclusively(ctx, func(st *state) error {
		cs := st.contexts[context]
		switch {
		case cs == nil:
			return fail(codeSubjectNotFound, "context '%s' not found", context)
		case len(cs.subjects) > 0:
			return fail(codeContextNotEmpty, "context '%s' is not empty: it has %d subjects, deleted ones included", context, len(cs.subjects))
		case context == defaultContext:
			return fail(codeNotPermitted, "the default context cannot be deleted")
		}
		return r.commitLogged("context dropped", name{context: context}, op{Do: opUncreate, Context: context})
	})
}
