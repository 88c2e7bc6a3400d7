package registry

import (
	"container/list"
	"context"
	"sync"
)

// parseCache keeps stored schemas parsed, the recently used ones, within a
// limit on the bytes of their text.
type parseCache struct {
	mu    sync.Mutex
	limit int
	size  int
	order list.List // of *cached, most recently used first
	items map[*content]*list.Element
}

type cached struct {
	c    *content
	p    parsed
	size int
}

func (pc *parseCache) get(c *content) (parsed, bool) {
	pc.mu.Lock()
	defer pc.mu.Unlock()
	e, ok := pc.items[c]
	if !ok {
		return nil, false
	}
	pc.order.MoveToFront(e)
	return e.Value.(*cached).p, true
}

func (pc *parseCache) put(c *content, p parsed, size int) {
	pc.mu.Lock()
	defer pc.mu.Unlock()
	if pc.items == nil {
		pc.items = map[*content]*list.Element{}
	}
	if _, ok := pc.items[c]; ok || size > pc.limit {
		return
	}
	pc.items[c] = pc.order.PushFront(&cached{c, p, size})
	for pc.size += size; pc.size > pc.limit; {
		last := pc.order.Back()
		old := pc.order.Remove(last).(*cached)
		delete(pc.items, old.c)
		pc.size -= old.size
	}
}

// parseStored parses a schema that is in the store.
func (r *Registry) parseStored(ctx context.Context, c *content, src source) (parsed, error) {
	if p, ok := r.cache.get(c); ok {
		return p, nil
	}
	p, err := r.parse(ctx, src)
	if err != nil {
		return nil, err
	}
	size := len(src.text) + 256
	for _, ref := range src.refs {
		size += len(ref.text)
	}
	r.cache.put(c, p, size)
	return p, nil
}
