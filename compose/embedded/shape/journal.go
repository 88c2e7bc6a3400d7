package shape

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"time"
)

// The journal is a file of JSON lines, each a whole topic, some partitions of
// one, a deletion, the configurations of a broker, or the controller. A change is one write, which the operating
// system keeps even if this process is killed the next moment; a line that was
// cut short is the last and is ignored. Opening rewrites it as one line a topic.

// compactAt is the size from which the journal is rewritten while in use, once
// it is also several times what it was after the last rewriting.
const compactAt = 4 << 20

type journal struct {
	path string
	f    *os.File
	size int64
	base int64 // size after the last rewriting
}

type entry struct {
	Topic      string      `json:"topic,omitempty"`
	ID         string      `json:"id,omitempty"`
	Internal   bool        `json:"internal,omitempty"`
	Deleted    bool        `json:"deleted,omitempty"`
	Partitions []partEntry `json:"partitions,omitempty"` // a whole topic if ID is set
	Controller *int32      `json:"controller,omitempty"`
	Epoch      int32       `json:"epoch,omitempty"` // of the controller
	Version    int64       `json:"version,omitempty"`
	Placed     int         `json:"placed,omitempty"`
	// Broker and Configs are the dynamic configurations of one broker.
	Broker  int32             `json:"broker,omitempty"`
	Configs map[string]string `json:"configs,omitempty"`
}

type partEntry struct {
	Index    int32         `json:"p"`
	Replicas []int32       `json:"replicas"`
	ISR      []int32       `json:"isr"`
	Leader   int32         `json:"leader"`
	Epoch    int32         `json:"epoch"`
	Adding   []int32       `json:"adding,omitempty"`
	Removing []int32       `json:"removing,omitempty"`
	Dirs     map[int32]int `json:"dirs,omitempty"`
}

// load reads the journal, if there is one, and opens it for writing.
func (s *Shape) load() error {
	f, err := os.Open(s.cfg.Journal)
	switch {
	case errors.Is(err, os.ErrNotExist):
	case err != nil:
		return fmt.Errorf("cluster shape: %w", err)
	default:
		defer f.Close()
		if err := s.replay(f); err != nil {
			return fmt.Errorf("cluster shape %s: %w", s.cfg.Journal, err)
		}
	}
	s.journal = &journal{path: s.cfg.Journal}
	return s.journal.rewrite(s.encodeAll())
}

func (s *Shape) replay(r io.Reader) error {
	br := bufio.NewReader(r)
	for line := 1; ; line++ {
		raw, err := br.ReadBytes('\n')
		if err == io.EOF {
			return nil // what is left was cut short
		}
		if err != nil {
			return err
		}
		var e entry
		if err := json.Unmarshal(raw, &e); err != nil {
			return fmt.Errorf("line %d: %w", line, err)
		}
		if err := s.apply(e); err != nil {
			return fmt.Errorf("line %d: %w", line, err)
		}
	}
}

func (s *Shape) apply(e entry) error {
	s.version = max(s.version, e.Version)
	s.placed = max(s.placed, e.Placed)
	switch {
	case e.Broker != 0:
		s.configs[e.Broker] = e.Configs
		return nil
	case e.Controller != nil:
		s.controllerEpoch = e.Epoch
		s.controller = *e.Controller
		return nil
	case e.Deleted:
		if t := s.topics[e.Topic]; t != nil {
			s.remove(t)
			s.gone = nil
		}
		return nil
	case e.ID != "":
		if t := s.topics[e.Topic]; t != nil {
			s.remove(t)
			s.gone = nil
		}
		t := &topic{name: e.Topic, internal: e.Internal}
		if n, err := hex.Decode(t.id[:], []byte(e.ID)); err != nil || n != len(t.id) {
			return fmt.Errorf("topic %s: bad id %q", e.Topic, e.ID)
		}
		s.topics[t.name], s.byID[t.id] = t, t
		for i := range e.Partitions {
			t.parts = append(t.parts, &partition{t: t, index: int32(i)})
		}
	}
	t := s.topics[e.Topic]
	if t == nil {
		return nil
	}
	for _, pe := range e.Partitions {
		if pe.Index < 0 || int(pe.Index) >= len(t.parts) || len(pe.Replicas) == 0 || len(pe.ISR) == 0 {
			return fmt.Errorf("topic %s: bad partition %d", e.Topic, pe.Index)
		}
		p := t.parts[pe.Index]
		p.replicas, p.isr, p.leader, p.epoch = pe.Replicas, pe.ISR, pe.Leader, pe.Epoch
		p.adding, p.removing, p.dirs = pe.Adding, pe.Removing, pe.Dirs
		if p.dirs == nil {
			p.dirs = map[int32]int{}
		}
	}
	return nil
}

func (p *partition) entry() partEntry {
	return partEntry{
		Index: p.index, Replicas: p.replicas, ISR: p.isr, Leader: p.leader, Epoch: p.epoch,
		Adding: p.adding, Removing: p.removing, Dirs: p.dirs,
	}
}

func (s *Shape) topicEntry(t *topic) entry {
	e := entry{Topic: t.name, ID: hex.EncodeToString(t.id[:]), Internal: t.internal, Placed: s.placed}
	for _, p := range t.parts {
		e.Partitions = append(e.Partitions, p.entry())
	}
	return e
}

func (s *Shape) controllerEntry() entry {
	c := s.controller
	return entry{Controller: &c, Epoch: s.controllerEpoch, Version: s.version, Placed: s.placed}
}

// encodeAll is the whole state as journal lines.
func (s *Shape) encodeAll() []byte {
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	_ = enc.Encode(s.controllerEntry()) // a bytes.Buffer and these types cannot fail
	for id, set := range s.configs {
		_ = enc.Encode(entry{Broker: id, Configs: set})
	}
	for _, t := range s.sortedTopics() {
		_ = enc.Encode(s.topicEntry(t))
	}
	return buf.Bytes()
}

// record writes what changed since the last call.
func (s *Shape) record() error {
	if len(s.dirty) == 0 && len(s.gone) == 0 && len(s.reconfigured) == 0 {
		return nil
	}
	defer func() {
		clear(s.dirty)
		clear(s.reconfigured)
		s.gone = nil
	}()
	if s.journal == nil {
		return nil
	}
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	for _, name := range s.gone {
		_ = enc.Encode(entry{Topic: name, Deleted: true})
	}
	for id := range s.reconfigured {
		_ = enc.Encode(entry{Broker: id, Configs: s.configs[id]})
	}
	for t, set := range s.dirty {
		if set == nil {
			_ = enc.Encode(s.topicEntry(t))
			continue
		}
		e := entry{Topic: t.name}
		for index := range set {
			e.Partitions = append(e.Partitions, t.parts[index].entry())
		}
		slices.SortFunc(e.Partitions, func(a, b partEntry) int { return int(a.Index - b.Index) })
		_ = enc.Encode(e)
	}
	_ = enc.Encode(s.controllerEntry())
	if s.journal.size > compactAt && s.journal.size > 4*s.journal.base {
		return s.journal.rewrite(s.encodeAll())
	}
	return s.journal.append(buf.Bytes())
}

func (j *journal) append(b []byte) error {
	n, err := j.f.Write(b)
	j.size += int64(n)
	if err != nil {
		return fmt.Errorf("cluster shape: %w", err)
	}
	return nil
}

// rewrite replaces the file in one step: a crash leaves the old or the new.
func (j *journal) rewrite(b []byte) error {
	tmp, err := os.CreateTemp(filepath.Dir(j.path), ".shape-*")
	if err != nil {
		return fmt.Errorf("cluster shape: %w", err)
	}
	defer func() { _ = os.Remove(tmp.Name()) }() // gone already once it was renamed
	_, err = tmp.Write(b)
	if err == nil {
		err = tmp.Sync()
	}
	if cerr := tmp.Close(); err == nil {
		err = cerr
	}
	if err == nil {
		err = j.close()
	}
	if err == nil {
		err = os.Rename(tmp.Name(), j.path)
	}
	if err == nil {
		j.f, err = os.OpenFile(j.path, os.O_WRONLY|os.O_APPEND, 0o600)
	}
	if err != nil {
		return fmt.Errorf("cluster shape: %w", err)
	}
	j.size, j.base = int64(len(b)), int64(len(b))
	return nil
}

func (j *journal) close() error {
	if j.f == nil {
		return nil
	}
	err := j.f.Close()
	j.f = nil
	return err
}

// Found is a topic that the log has.
type Found struct {
	Name     string
	ID       [16]byte
	Internal bool
	Epochs   []int32 // the log's leader epoch of each partition
}

// Reconcile makes the shape agree with what the log has after a start: topics
// that only one side knows, and leader epochs that fell back because the log
// only remembers those with records. Call it before StartAll.
func (s *Shape) Reconcile(found []Found) error {
	have := map[string]bool{}
	for _, f := range found {
		have[f.Name] = true
		if err := s.EnsureTopic(f.Name, f.ID, f.Internal, len(f.Epochs)); err != nil {
			return err
		}
	}
	return s.update(func(time.Time) {
		for name, t := range s.topics {
			if !have[name] {
				s.remove(t)
			}
		}
		for _, f := range found {
			t := s.topics[f.Name]
			// More partitions than the log has cannot be served.
			t.parts = t.parts[:min(len(t.parts), len(f.Epochs))]
			for i, epoch := range f.Epochs {
				p := t.parts[i]
				for ; epoch < p.epoch; epoch++ {
					_ = s.cfg.Log.BumpEpoch(f.Name, int32(i))
				}
				p.epoch = epoch
				if known := intersect(p.isr, s.ids); len(known) > 0 {
					p.isr = known
				}
			}
		}
	})
}
