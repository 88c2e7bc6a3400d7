package registry

import (
	"container/list"
	"time"
)

// key names a schema in the cache: by id, or by GUID.
type key struct {
	id   int
	guid string
}

// cache keeps schemas up to a number of bytes, dropping what was used longest
// ago, and remembers for a while which ones do not exist.
type cache struct {
	limit, used int
	unknownFor  time.Duration
	order       *list.List // of *entry, most recently used first
	entries     map[key]*list.Element
}

type entry struct {
	key    key
	schema *Schema // nil: known not to be there
	err    error
	until  time.Time // of a missing schema
	size   int
}

func newCache(limit int, unknownFor time.Duration) *cache {
	return &cache{limit: limit, unknownFor: unknownFor, order: list.New(), entries: map[key]*list.Element{}}
}

// get returns a schema, or the error of one that is known to be missing. ok is
// false when nothing is known.
func (c *cache) get(k key, now time.Time) (s *Schema, ok bool, err error) {
	el := c.entries[k]
	if el == nil {
		return nil, false, nil
	}
	e := el.Value.(*entry)
	if e.schema == nil && !now.Before(e.until) {
		c.remove(el)
		return nil, false, nil
	}
	c.order.MoveToFront(el)
	return e.schema, true, e.err
}

func (c *cache) put(k key, s *Schema) { c.add(&entry{key: k, schema: s, size: s.size()}) }

func (c *cache) putMissing(k key, err error, now time.Time) {
	c.add(&entry{key: k, err: err, until: now.Add(c.unknownFor), size: 512})
}

func (c *cache) add(e *entry) {
	if el := c.entries[e.key]; el != nil {
		c.remove(el)
	}
	c.entries[e.key] = c.order.PushFront(e)
	c.used += e.size
	// The newest stays even when it alone is over the limit: it is in use.
	for c.used > c.limit && c.order.Len() > 1 {
		c.remove(c.order.Back())
	}
}

func (c *cache) remove(el *list.Element) {
	e := c.order.Remove(el).(*entry)
	delete(c.entries, e.key)
	c.used -= e.size
}

// backoff keeps an unreachable registry from being asked at once again.
type backoff struct {
	failures int
	until    time.Time
	err      *Error
}

const (
	backoffMin = 500 * time.Millisecond
	backoffMax = 30 * time.Second
)

func (b *backoff) failed(err *Error, now time.Time) {
	wait := backoffMax
	if b.failures < 6 {
		wait = backoffMin << b.failures
	}
	b.failures++
	b.until, b.err = now.Add(wait), err
}

func (b *backoff) worked() { *b = backoff{} }
