package poll

import (
	"cmp"
	"context"
	"slices"
	"time"

	"kconsole/kafka"
	"kconsole/kafka/heavy"
)

// publish makes the next snapshot out of the newest one and edit. edit tells
// whether something changed that is worth a redraw; it must not write to rows
// that have been published, nor wait for anything.
//
// Of a large cluster that takes a while. The event loop does not wait for it: it
// only takes the lock of what is watched.
func (p *Poller) publish(edit func(s *Snapshot) (changed bool)) {
	p.publishing.Lock()
	defer p.publishing.Unlock()
	changed := false
	heavy.Do(func() { changed = p.makeNext(edit) })
	if !changed {
		return
	}
	select {
	case p.notify <- struct{}{}:
	default:
	}
}

func (p *Poller) makeNext(edit func(s *Snapshot) (changed bool)) (changed bool) {
	old := p.latest.Load()
	next := *old
	changed = edit(&next)
	next.Seq = old.Seq + 1
	next.At = p.opts.Clock()
	p.mu.Lock()
	next.Problems = p.problemsLocked()
	p.mu.Unlock()
	if !changed {
		changed = !slices.EqualFunc(old.Problems, next.Problems, func(a, b Problem) bool {
			return a.Scope == b.Scope && a.Err.Error() == b.Err.Error()
		})
	}
	if changed {
		p.events.add(next.At, Changes(old, &next))
	}
	p.latest.Store(&next)
	return changed
}

// result notes how the newest attempt at a scope went. A problem keeps the time
// when it began.
func (p *Poller) result(ctx context.Context, scope Scope, err error) {
	if ctx.Err() != nil {
		return // we are stopping: nothing went wrong
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if err == nil {
		delete(p.problems, scope)
		return
	}
	if p.wantedLocked()&scope == 0 {
		return
	}
	began := p.opts.Clock()
	if old, ok := p.problems[scope]; ok {
		began = old.At
	}
	p.problems[scope] = Problem{Scope: scope, At: began, Err: kafka.Explain(err)}
}

func (p *Poller) problemsLocked() []Problem {
	if len(p.problems) == 0 {
		return nil
	}
	out := make([]Problem, 0, len(p.problems))
	for _, problem := range p.problems {
		out = append(out, problem)
	}
	slices.SortFunc(out, func(a, b Problem) int { return cmp.Compare(a.Scope, b.Scope) })
	return out
}

// next is the part that a read leads to: new rows, or the old ones with the
// error of this attempt.
func (part Part[T]) next(rows []T, at time.Time, err error, same func(a, b T) bool) (Part[T], bool) {
	if err != nil && rows == nil {
		changed := part.Err == nil || part.Err.Error() != err.Error()
		part.Err = err
		return part, changed
	}
	changed := part.Err != nil != (err != nil) || !part.Ready() || !slices.EqualFunc(part.Rows, rows, same)
	if !changed {
		rows = part.Rows // the same rows: let the new ones go
	}
	return Part[T]{Rows: rows, At: at, Err: err}, changed
}
