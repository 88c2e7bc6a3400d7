package decode

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"kconsole/avro"
	"kconsole/avro/registry"
)

// fingerprints are the schemas that records in Avro's single-object encoding may
// name. No registry is asked by fingerprint, so those of the topic's subject are
// fetched and their fingerprints computed, when an unknown one comes.
type fingerprints struct {
	mu    sync.Mutex
	known map[uint64]named
	reads map[string]*subjectRead // by the subject's name
}

// subjectRead is a look at a subject, which several records wait for.
type subjectRead struct {
	done chan struct{}
	at   time.Time // when it ended
	err  error
}

// over reports whether it ended long enough ago for another one.
func (r *subjectRead) over() bool {
	select {
	case <-r.done:
		return r.err != nil && !errors.Is(r.err, registry.ErrNotFound) || time.Since(r.at) > askAgain
	default:
		return false
	}
}

// named is a schema and where it is registered.
type named struct {
	schema *avro.Schema
	id     int // 0 if it is of no registry
	use    registry.Use
}

// askAgain is how long an unknown fingerprint does not lead to another look at
// its subject.
const askAgain = 30 * time.Second

// Bounds of what is kept and fetched; beyond the first the schemas are
// forgotten and fetched again.
const (
	maxFingerprints = 2000
	maxVersions     = 100 // of a subject, the newest
)

func (f *fingerprints) init(known []*avro.Schema) {
	f.known, f.reads = map[uint64]named{}, map[string]*subjectRead{}
	for _, s := range known {
		f.known[s.Fingerprint()] = named{schema: s}
	}
}

// singleObject looks at what begins with the markers of the single-object
// encoding; err of what it finds says why its schema is not known.
func (d *Decoder) singleObject(ctx context.Context, in Input) (finding, bool) {
	fp, payload, ok := avro.ParseSingleObject(in.Data)
	if !ok {
		return finding{}, false
	}
	f := finding{schemaRef: schemaRef{format: SingleObject}, payload: payload, header: avro.SingleObjectHeaderSize}
	of, err := d.byFingerprint(ctx, in, fp)
	f.id, f.schema, f.use, f.err = of.id, of.schema, of.use, err
	return f, true
}

// byFingerprint finds a schema among those that are known and those of the
// topic's subject. As for schemas by id, the look goes on when ctx ends.
func (d *Decoder) byFingerprint(ctx context.Context, in Input, fp uint64) (named, error) {
	unknown := fmt.Errorf("no known schema has the fingerprint %016x", fp)
	if d.registry == nil {
		if s, ok := d.fingerprints.get(fp); ok {
			return s, nil
		}
		return named{}, fmt.Errorf("%w: %w", unknown, errNoRegistry)
	}
	subject := registry.TopicName.Subject(in.Topic, "", in.IsKey)
	f := &d.fingerprints
	f.mu.Lock()
	s, ok := f.known[fp]
	read := f.reads[subject]
	if !ok && (read == nil || read.over()) {
		read = &subjectRead{done: make(chan struct{})}
		f.reads[subject] = read
		d.registry.Go(func(ctx context.Context) {
			err := d.readSubject(ctx, subject)
			f.mu.Lock()
			defer f.mu.Unlock()
			read.at, read.err = time.Now(), err
			close(read.done)
		})
	}
	f.mu.Unlock()
	if ok {
		return s, nil
	}
	ctx, cancel := context.WithTimeout(ctx, d.opts.Wait)
	defer cancel()
	select {
	case <-read.done:
	case <-ctx.Done():
		return named{}, fmt.Errorf("%w: subject %s is not read yet: %w", unknown, subject, ctx.Err())
	}
	if s, ok := f.get(fp); ok {
		return s, nil
	}
	if read.err != nil {
		return named{}, fmt.Errorf("%w: %w", unknown, read.err)
	}
	return named{}, fmt.Errorf("%w, nor has any of subject %s", unknown, subject)
}

func (f *fingerprints) get(fp uint64) (named, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	s, ok := f.known[fp]
	return s, ok
}

// readSubject notes the fingerprints of a subject's newest versions.
func (d *Decoder) readSubject(ctx context.Context, subject string) error {
	versions, err := d.registry.Versions(ctx, subject, false)
	if err != nil {
		return err
	}
	for _, v := range versions[max(0, len(versions)-maxVersions):] {
		s, err := d.registry.Version(ctx, subject, v)
		if err != nil {
			return err
		}
		if s.Avro == nil {
			continue
		}
		d.fingerprints.add(named{s.Avro, s.ID, registry.Use{Subject: s.Subject, Version: s.Version}}, d.opts.Known)
	}
	return nil
}

func (f *fingerprints) add(s named, always []*avro.Schema) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if len(f.known) >= maxFingerprints {
		f.init(always) // the reads as well, so that what is missed is fetched again
	}
	f.known[s.schema.Fingerprint()] = s
}
