package registry

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
)

// op is one change. The log holds batches of them as JSON; a batch is applied
// as a whole or not at all.
type op struct {
	Do      string `json:"op"`
	Context string `json:"ctx,omitempty"`
	Subject string `json:"subject,omitempty"`
	Version int    `json:"version,omitempty"`
	// Key is the qualified name that config or mode is set for.
	Key string `json:"key,omitempty"`

	ID      int   `json:"id,omitempty"`
	TS      int64 `json:"ts,omitempty"`
	Deleted bool  `json:"deleted,omitempty"`
	// Schema is absent when the context has the id already.
	Schema *schemaOp `json:"schema,omitempty"`

	Settings *settings `json:"settings,omitempty"`
	Mode     Mode      `json:"mode,omitempty"`
}

type schemaOp struct {
	Type     Type            `json:"type"`
	Text     string          `json:"text"`
	Refs     []Reference     `json:"refs,omitempty"`
	Metadata json.RawMessage `json:"metadata,omitempty"`
	RuleSet  json.RawMessage `json:"ruleSet,omitempty"`
}

// The changes there are.
const (
	opPut      = "put"      // a new version
	opDelete   = "delete"   // soft-delete a version
	opPurge    = "purge"    // remove a version for good
	opSettings = "settings" // set, or with nil Settings unset
	opMode     = "mode"     // set, or with "" unset
	opContext  = "context"  // make a context
	opUncreate = "drop"     // drop an empty context
	opNextID   = "nextid"   // ids below were given once and never come back
)

func putOp(n name, v *version, withSchema bool) op {
	o := op{Do: opPut, Context: n.context, Subject: n.subject, Version: v.n, ID: v.c.id, TS: v.ts, Deleted: v.deleted}
	if withSchema {
		o.Schema = &schemaOp{v.c.kind, v.c.text, v.c.refs, v.c.metadata, v.c.ruleSet}
	}
	return o
}

func versionOp(do string, n name, v int) op {
	return op{Do: do, Context: n.context, Subject: n.subject, Version: v}
}

// growth is about how many bytes the op adds to what counts against the
// store's limit.
func (o op) growth() int64 {
	n := int64(len(o.Subject) + len(o.Key) + versionOverhead)
	if o.Schema != nil {
		n += contentSize(o.Schema.Text, o.Schema.Refs, o.Schema.Metadata, o.Schema.RuleSet)
	}
	if o.Settings != nil {
		n += o.Settings.size()
	}
	return n
}

var errBadOp = errors.New("the log asks for an impossible change")

// apply makes one change. An error means that the log, or the code that wrote
// it, is wrong; the state is then not to be used.
func (s *state) apply(o op) error {
	n := name{o.Context, o.Subject}
	switch o.Do {
	case opPut:
		return s.applyPut(n, o)
	case opDelete:
		v := s.find(n, o.Version, true)
		if v == nil {
			return fmt.Errorf("%w: delete %s version %d", errBadOp, n, o.Version)
		}
		v.deleted = true
	case opPurge:
		return s.applyPurge(n, o.Version)
	case opSettings:
		s.bytes -= entrySize(s.settings, o.Key, settings.size)
		delete(s.settings, o.Key)
		if o.Settings != nil {
			s.settings[o.Key] = *o.Settings
		}
		s.bytes += entrySize(s.settings, o.Key, settings.size)
	case opMode:
		size := func(m Mode) int64 { return int64(len(m)) }
		s.bytes -= entrySize(s.modes, o.Key, size)
		delete(s.modes, o.Key)
		if o.Mode != "" {
			s.modes[o.Key] = o.Mode
		}
		s.bytes += entrySize(s.modes, o.Key, size)
	case opContext:
		s.context(o.Context)
	case opUncreate:
		if cs := s.contexts[o.Context]; cs != nil && len(cs.subjects) == 0 && o.Context != defaultContext {
			delete(s.contexts, o.Context)
			s.bytes -= int64(len(o.Context)) + contextOverhead
		}
	case opNextID:
		cs := s.context(o.Context)
		cs.nextID = max(cs.nextID, o.ID)
	default:
		return fmt.Errorf("%w: unknown change %q", errBadOp, o.Do)
	}
	return nil
}

func entrySize[V any](m map[string]V, key string, size func(V) int64) int64 {
	v, ok := m[key]
	if !ok {
		return 0
	}
	return int64(len(key)) + size(v) + versionOverhead
}

func (s *state) applyPut(n name, o op) error {
	if o.ID < 0 || o.Version < 1 || n.subject == "" {
		return fmt.Errorf("%w: put %s version %d id %d", errBadOp, n, o.Version, o.ID)
	}
	cs := s.context(n.context)
	c := cs.byID[o.ID]
	if c == nil {
		if o.Schema == nil {
			return fmt.Errorf("%w: id %d has no schema", errBadOp, o.ID)
		}
		c = newContent(o.Schema.Type, o.Schema.Text, o.Schema.Refs, o.Schema.Metadata, o.Schema.RuleSet)
		c.id = o.ID
		cs.byID[c.id] = c
		if cs.byKey[c.key] == nil {
			cs.byKey[c.key] = c
			cs.byGUID[c.guid] = c
		}
		cs.nextID = max(cs.nextID, c.id+1)
		s.bytes += c.size()
	}
	st := cs.subjects[n.subject]
	if st == nil {
		st = &subjectState{}
		cs.subjects[n.subject] = st
	}
	v := &version{n: o.Version, c: c, deleted: o.Deleted, ts: o.TS}
	c.uses++
	i, found := slices.BinarySearchFunc(st.versions, v.n, func(v *version, n int) int { return v.n - n })
	if found {
		s.release(cs, st.versions[i].c)
		st.versions[i] = v
	} else {
		st.versions = slices.Insert(st.versions, i, v)
		s.bytes += int64(len(n.subject)) + versionOverhead
	}
	return nil
}

func (s *state) applyPurge(n name, number int) error {
	v := s.find(n, number, true)
	if v == nil {
		return fmt.Errorf("%w: purge %s version %d", errBadOp, n, number)
	}
	cs := s.contexts[n.context]
	st := cs.subjects[n.subject]
	st.versions = slices.DeleteFunc(st.versions, func(x *version) bool { return x == v })
	if len(st.versions) == 0 {
		delete(cs.subjects, n.subject)
	}
	s.bytes -= int64(len(n.subject)) + versionOverhead
	s.release(cs, v.c)
	return nil
}

// release counts one use of the content down and drops it with its last.
func (s *state) release(cs *contextState, c *content) {
	c.uses--
	if c.uses > 0 {
		return
	}
	delete(cs.byID, c.id)
	s.bytes -= c.size()
	if cs.byKey[c.key] != c {
		return
	}
	delete(cs.byKey, c.key)
	delete(cs.byGUID, c.guid)
	// IMPORT mode can give one schema several ids: another one takes over.
	for _, other := range cs.byID {
		if other.key == c.key && (cs.byKey[c.key] == nil || other.id < cs.byKey[c.key].id) {
			cs.byKey[c.key], cs.byGUID[c.guid] = other, other
		}
	}
}

// snapshot lists the ops that rebuild the state: what compaction writes.
func (s *state) snapshot() []op {
	var ops []op
	for _, ctx := range s.contextNames() {
		cs := s.contexts[ctx]
		ops = append(ops, op{Do: opContext, Context: ctx}, op{Do: opNextID, Context: ctx, ID: cs.nextID})
		written := map[*content]bool{}
		for _, sub := range sortedKeys(cs.subjects) {
			for _, v := range cs.subjects[sub].versions {
				ops = append(ops, putOp(name{ctx, sub}, v, !written[v.c]))
				written[v.c] = true
			}
		}
	}
	for _, key := range sortedKeys(s.settings) {
		set := s.settings[key]
		ops = append(ops, op{Do: opSettings, Key: key, Settings: &set})
	}
	for _, key := range sortedKeys(s.modes) {
		ops = append(ops, op{Do: opMode, Key: key, Mode: s.modes[key]})
	}
	return ops
}
