package registry

import (
	"fmt"
	"slices"
	"sort"
)

// state is everything the registry knows. It changes only by apply, one batch
// of ops at a time, in memory as on disk: replaying the log rebuilds it.
type state struct {
	contexts map[string]*contextState // defaultContext is always there
	settings map[string]settings      // by qualified name; "" is the global level
	modes    map[string]Mode          // by qualified name; "" is the global level
	bytes    int64                    // what counts against Limits.MaxStoreBytes
}

// contextState is one context: ids and subjects are its own.
type contextState struct {
	nextID   int // above every id ever given, deleted ones included
	byID     map[int]*content
	byKey    map[contentKey]*content
	byGUID   map[string]*content
	subjects map[string]*subjectState
}

// subjectState holds a subject's versions, soft-deleted ones included, by
// rising number. It is never empty.
type subjectState struct {
	versions []*version
}

func newState() *state {
	s := &state{
		contexts: map[string]*contextState{},
		settings: map[string]settings{},
		modes:    map[string]Mode{},
	}
	s.context(defaultContext)
	return s
}

// context returns the context, made if it is not there.
func (s *state) context(ctx string) *contextState {
	cs := s.contexts[ctx]
	if cs == nil {
		cs = &contextState{
			nextID: 1,
			byID:   map[int]*content{}, byKey: map[contentKey]*content{}, byGUID: map[string]*content{},
			subjects: map[string]*subjectState{},
		}
		s.contexts[ctx] = cs
		s.bytes += int64(len(ctx)) + contextOverhead
	}
	return cs
}

// What an entry costs beyond its text, roughly, in bytes.
const (
	contextOverhead = 512
	versionOverhead = 160
)

// contextNames lists the contexts: the default one first, the others sorted.
func (s *state) contextNames() []string {
	names := make([]string, 0, len(s.contexts))
	for c := range s.contexts {
		if c != defaultContext {
			names = append(names, c)
		}
	}
	sort.Strings(names)
	return append([]string{defaultContext}, names...)
}

// versions returns all versions of a subject, deleted ones included.
func (s *state) versions(n name) []*version {
	cs := s.contexts[n.context]
	if cs == nil || cs.subjects[n.subject] == nil {
		return nil
	}
	return cs.subjects[n.subject].versions
}

// live returns the versions of a subject that are not deleted.
func (s *state) live(n name) []*version {
	return which(s.versions(n), func(v *version) bool { return !v.deleted })
}

func which(vs []*version, keep func(*version) bool) []*version {
	var out []*version
	for _, v := range vs {
		if keep(v) {
			out = append(out, v)
		}
	}
	return out
}

// exists reports whether the subject has a version, counting deleted ones if asked.
func (s *state) exists(n name, deleted bool) bool {
	if deleted {
		return len(s.versions(n)) > 0
	}
	return len(s.live(n)) > 0
}

// find returns one version. The latest is always one that is not deleted.
func (s *state) find(n name, number int, deleted bool) *version {
	if number == latestVersion {
		if live := s.live(n); len(live) > 0 {
			return live[len(live)-1]
		}
		return nil
	}
	vs := s.versions(n)
	i, ok := slices.BinarySearchFunc(vs, number, func(v *version, n int) int { return v.n - n })
	if !ok || vs[i].deleted && !deleted {
		return nil
	}
	return vs[i]
}

// findAnywhere is find, and for a subject of the default context also under
// the same name in the other contexts, in their order.
func (s *state) findAnywhere(n name, number int, deleted bool) (name, *version) {
	for _, candidate := range s.homonyms(n) {
		if v := s.find(candidate, number, deleted); v != nil {
			return candidate, v
		}
	}
	return n, nil
}

// homonyms lists where a name may be looked for: where it says, and if it
// names no context, in every other context too.
func (s *state) homonyms(n name) []name {
	if n.context != defaultContext {
		return []name{n}
	}
	var out []name
	for _, c := range s.contextNames() {
		out = append(out, name{c, n.subject})
	}
	return out
}

// names lists the subjects that a prefix matches, sorted by qualified name.
// keep sees all versions of each.
func (s *state) names(p prefix, keep func([]*version) bool) []name {
	var out []name
	for ctx, cs := range s.contexts {
		for sub, st := range cs.subjects {
			if n := (name{ctx, sub}); p.matches(n) && keep(st.versions) {
				out = append(out, n)
			}
		}
	}
	sort.Slice(out, func(i, j int) bool { return out[i].String() < out[j].String() })
	return out
}

// settingsInScope merges the settings that hold for a name: its own, then its
// context's (or the global ones for the default context), then the global
// context's, then the default.
func (s *state) settingsInScope(n name, def Level) settings {
	out := s.settings[n.String()]
	for _, key := range []string{n.contextPrefix(), globalKey} {
		up := s.settings[key]
		if out.Level == "" {
			out.Level = up.Level
		}
		if out.Normalize == nil {
			out.Normalize = up.Normalize
		}
		if out.Group == "" {
			out.Group = up.Group
		}
	}
	if out.Level == "" {
		out.Level = def
	}
	return out
}

// globalKey is where the global context's config and mode are kept.
const globalKey = ":" + globalContext + ":"

// modeInScope is the mode that holds for a name, by the same order.
// READONLY_OVERRIDE on the global level wins over everything below it.
func (s *state) modeInScope(n name, def Mode) Mode {
	for _, key := range []string{globalKey, ""} {
		if s.modes[key] == ReadOnlyOverride {
			return ReadOnlyOverride
		}
	}
	for _, key := range []string{n.String(), n.contextPrefix(), globalKey} {
		if m, ok := s.modes[key]; ok {
			return m
		}
	}
	return def
}

// byID finds an id as GET /schemas/ids/{id} does: in the context of the subject
// that is asked for, or, if only a bare subject is given, in whichever context
// has that subject with that id, the default one first.
func (s *state) byID(id int, subject name) (string, *content) {
	if subject.context == defaultContext && subject.subject != "" {
		for _, n := range s.homonyms(subject) {
			for _, v := range s.versions(n) {
				if v.c.id == id {
					return n.context, v.c
				}
			}
		}
	}
	if cs := s.contexts[subject.context]; cs != nil && cs.byID[id] != nil {
		return subject.context, cs.byID[id]
	}
	return "", nil
}

// usage is one place where a content stands.
type usage struct {
	name name
	v    *version
}

// usages lists the versions of one context that hold the content, by name.
func (s *state) usages(ctx string, c *content) []usage {
	var out []usage
	for sub, st := range s.contexts[ctx].subjects {
		for _, v := range st.versions {
			if v.c == c {
				out = append(out, usage{name{ctx, sub}, v})
			}
		}
	}
	sort.Slice(out, func(i, j int) bool {
		if out[i].name != out[j].name {
			return out[i].name.String() < out[j].name.String()
		}
		return out[i].v.n < out[j].v.n
	})
	return out
}

// referrers lists the versions anywhere that refer to version v of n.
func (s *state) referrers(n name, v int) []usage {
	var out []usage
	for ctx, cs := range s.contexts {
		for _, c := range cs.byID {
			refers := slices.ContainsFunc(c.refs, func(r Reference) bool {
				return r.Version == v && (name{context: ctx}).within(r.Subject) == n
			})
			if refers {
				out = append(out, s.usages(ctx, c)...)
			}
		}
	}
	return out
}

// check panics never: it says what is inconsistent, for tests and for replay.
func (s *state) check() error {
	for ctx, cs := range s.contexts {
		uses := map[*content]int{}
		for sub, st := range cs.subjects {
			if len(st.versions) == 0 {
				return fmt.Errorf("subject %s has no version", name{ctx, sub})
			}
			for i, v := range st.versions {
				uses[v.c]++
				if i > 0 && st.versions[i-1].n >= v.n {
					return fmt.Errorf("subject %s: version %d after %d", name{ctx, sub}, v.n, st.versions[i-1].n)
				}
				if cs.byID[v.c.id] != v.c {
					return fmt.Errorf("subject %s version %d: id %d stands for another schema", name{ctx, sub}, v.n, v.c.id)
				}
			}
		}
		for id, c := range cs.byID {
			if c.uses != uses[c] || c.uses == 0 || id >= cs.nextID {
				return fmt.Errorf("context %s: id %d is used %d times, counted %d, next id %d", ctx, id, uses[c], c.uses, cs.nextID)
			}
		}
	}
	return nil
}
