package registry

import (
	"context"
	"errors"
	"fmt"
	"net/url"

	"github.com/twmb/franz-go/pkg/sr"
)

// flight is one request for a schema that several callers wait for.
type flight struct {
	done   chan struct{}
	schema *Schema
	err    error
}

// SchemaByID returns the schema with an id, from the cache if it is there. An
// id in the registry never changes its meaning, so there is nothing to refresh.
//
// The request is shared by all callers and goes on when ctx ends, so that the
// next caller finds it done. While the registry is away, calls fail at once
// with the last reason, and it is asked again after 0.5 s, 1 s and so on up to
// 30 s.
func (c *Client) SchemaByID(ctx context.Context, id int) (*Schema, error) {
	return c.fetch(ctx, key{id: id})
}

// SchemaByGUID is [Client.SchemaByID] for the GUID that Confluent's header
// format carries.
func (c *Client) SchemaByGUID(ctx context.Context, guid string) (*Schema, error) {
	return c.fetch(ctx, key{guid: guid})
}

// CachedByID is the schema with an id if it is in the cache. It never waits.
func (c *Client) CachedByID(id int) (*Schema, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	s, ok, _ := c.cache.get(key{id: id}, c.now())
	return s, ok && s != nil
}

func (c *Client) fetch(ctx context.Context, k key) (*Schema, error) {
	c.mu.Lock()
	s, ok, err := c.cache.get(k, c.now())
	if ok {
		c.mu.Unlock()
		return s, err
	}
	f := c.flights[k]
	if f == nil {
		if c.closed {
			c.mu.Unlock()
			return nil, c.explain(k.String(), errClosed)
		}
		if away := c.away.err; away != nil && c.now().Before(c.away.until) {
			c.mu.Unlock()
			again := *away
			again.What = k.String()
			return nil, &again
		}
		f = &flight{done: make(chan struct{})}
		c.flights[k] = f
		c.wg.Add(1)
		go c.fly(k, f)
	}
	c.mu.Unlock()
	select {
	case <-f.done:
		return f.schema, f.err
	case <-ctx.Done():
		return nil, &Error{
			What: k.String(), Kind: ErrUnavailable, err: ctx.Err(),
			Reason: "the registry at " + c.where + " has not answered yet",
		}
	}
}

// Go runs f in the background with a context that ends with the client, which
// waits for f when it is closed. A closed client runs f at once, with a context
// that has ended.
func (c *Client) Go(f func(context.Context)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed {
		go f(c.base)
		return
	}
	c.wg.Add(1)
	go func() {
		defer c.wg.Done()
		f(c.base)
	}()
}

// fly runs one request and files what came of it.
func (c *Client) fly(k key, f *flight) {
	defer c.wg.Done()
	err := c.call(c.base, k.String(), func(ctx context.Context) (err error) {
		f.schema, err = c.load(ctx, k)
		return err
	})
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.flights, k)
	defer close(f.done)
	if err == nil {
		c.away.worked()
		c.cache.put(k, f.schema)
		return
	}
	f.schema, f.err = nil, err
	var e *Error
	if !errors.As(err, &e) {
		return
	}
	if errors.Is(e, ErrUnavailable) || errors.Is(e, ErrUnauthorized) {
		c.away.failed(e, c.now())
		return
	}
	// Not found, forbidden, not usable: that is about this schema alone.
	c.away.worked()
	c.cache.putMissing(k, err, c.now())
}

func (c *Client) load(ctx context.Context, k key) (*Schema, error) {
	if k.guid != "" {
		ss, err := c.sr.SchemaByGUID(ctx, k.guid)
		if err != nil {
			return nil, err
		}
		ss.GUID = k.guid
		s, err := c.complete(ctx, ss)
		if err == nil && s.ID == 0 {
			s.ID = c.idOfGUID(ctx, k.guid)
		}
		if err == nil && s.ID > 0 && s.Subject == "" {
			s.Uses = c.usesOf(ctx, s.ID)
		}
		return s, err
	}
	got, err := c.sr.SchemaByID(ctx, k.id)
	if err != nil {
		return nil, err
	}
	s, err := c.complete(ctx, sr.SubjectSchema{ID: k.id, Schema: got})
	if err != nil {
		return nil, err
	}
	s.Uses = c.usesOf(ctx, k.id)
	return s, nil
}

// usesOf lists where a schema is registered. That is worth knowing, not worth
// failing for.
func (c *Client) usesOf(ctx context.Context, id int) (uses []Use) {
	got, err := c.sr.SchemaVersionsByID(ctx, id)
	if err != nil {
		return nil
	}
	for _, u := range got {
		uses = append(uses, Use(u))
	}
	sortUses(uses)
	return uses
}

// idOfGUID is the id that a schema has, that of the default context first; 0 if
// the registry does not tell.
func (c *Client) idOfGUID(ctx context.Context, guid string) int {
	var ids []struct {
		Context string `json:"context"`
		ID      int    `json:"id"`
	}
	if err := c.sr.Do(ctx, "GET", "/schemas/guids/"+url.PathEscape(guid)+"/ids", nil, &ids); err != nil || len(ids) == 0 {
		return 0
	}
	for _, i := range ids {
		if i.Context == "." {
			return i.ID
		}
	}
	return ids[0].ID
}

func (k key) String() string {
	if k.guid != "" {
		return "schema " + oneLine(k.guid)
	}
	return fmt.Sprintf("schema %d", k.id)
}
