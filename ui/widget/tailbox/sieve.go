package tailbox

import (
	"sync"

	"kconsole/kafka"
	"kconsole/kafka/recordfilter"
	"kconsole/kafka/tail"
)

// sieve keeps what a filter lets through in a ring of its own, so that a rare
// match stays when thousands of records have passed since. What is in the main
// ring when a filter is set is sifted first, then what comes; the reader waits
// for it, so nothing is missed.
type sieve struct {
	work sync.Mutex // held while records are decoded and matched

	// The rest is guarded by the feed's mutex.
	matcher *recordfilter.Matcher // nil: no filter
	gen     uint64                // rises when the filter changes
	at      uint64                // sequence number in the main ring of the next record to look at
	looked  int64
	matched *tail.Ring // nil: no filter
	origins []uint64   // of the newest matches: their numbers in the main ring
}

// reset begins anew, with the filter that there is.
func (s *sieve) reset(o FeedOptions) {
	s.gen++
	s.at, s.looked, s.matched, s.origins = 0, 0, nil, nil
	if s.matcher != nil {
		s.matched = tail.NewRing(max(o.Count/4, 1), o.Bytes/4)
	}
}

// SetFilter narrows the rows; nil shows them all. The feed keeps the filter to
// itself from here on. The records that are here already are looked at in the
// background, the oldest first.
func (f *Feed) SetFilter(filter *Filter) {
	f.mu.Lock()
	f.sieve.matcher = nil
	if filter != nil {
		f.sieve.matcher = filter.matcher(f.o.Decoder).Hide(f.o.Mask)
	}
	f.sieve.reset(f.o)
	first, _ := f.ring.Bounds()
	f.sieve.at = first
	f.gen++
	f.held = false
	r := f.run
	f.mu.Unlock()
	if r != nil {
		select {
		case r.sift <- struct{}{}:
		default:
		}
	}
	select { // the reader may have waited for rows that are not shown any more
	case f.resume <- struct{}{}:
	default:
	}
	f.paint.ask()
}

// sifting is the goroutine that looks at records when the reader has none to
// push: after a filter has been set.
func (f *Feed) sifting(r *run) {
	for {
		select {
		case <-r.ctx.Done():
			return
		case <-r.sift:
			f.catchUp(r)
		}
	}
}

// catchUp looks at every record in the ring that the filter has not seen.
func (f *Feed) catchUp(r *run) {
	f.mu.Lock()
	idle := f.sieve.matcher == nil
	f.mu.Unlock()
	if idle {
		return
	}
	f.sieve.work.Lock()
	defer f.sieve.work.Unlock()
	var records [chunk / 8]kafka.Record
	var hits []kafka.Record
	var origins []uint64
	for r.ctx.Err() == nil {
		f.mu.Lock()
		matcher, gen, at := f.sieve.matcher, f.sieve.gen, f.sieve.at
		current := f.run == r && matcher != nil
		f.mu.Unlock()
		if !current {
			return
		}
		n, from := r.ring.Copy(records[:], at)
		if n == 0 {
			return
		}
		hits, origins = hits[:0], origins[:0]
		for i := range records[:n] {
			if matcher.Match(r.ctx, &records[i]) {
				hits, origins = append(hits, records[i]), append(origins, from+uint64(i))
			}
		}
		f.note(r, func() {
			s := &f.sieve
			if s.gen != gen {
				return
			}
			s.at = from + uint64(n)
			s.looked += int64(n)
			s.matched.Push(hits...)
			first, next := s.matched.Bounds()
			s.origins = append(s.origins, origins...)
			if spare := len(s.origins) - int(next-first); spare > chunk {
				s.origins = append(s.origins[:0], s.origins[spare:]...)
			}
		})
	}
}
