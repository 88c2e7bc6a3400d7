package registry

import (
	"context"
	"sync/atomic"
	"time"
)

// Registry is a schema registry without a listener: an [http.Handler] over a
// store. Use [Start] for one that listens.
type Registry struct {
	cfg      Config
	store    *store
	accounts map[string]*account
	cache    parseCache
	// serving is held by the requests in progress, reading their bodies and
	// writing their answers included: few at once, because each holds memory.
	serving chan struct{}
	// change is held by the one request that changes the store.
	change chan struct{}
	// parsing is held by the one request that parses or compares schemas: the
	// memory that takes is then bounded whatever many clients send at once.
	parsing chan struct{}
	closed  atomic.Bool
	now     func() time.Time
}

// maxServing is the number of signed-in requests served at once.
const maxServing = 4

// Open opens the registry's data, or makes it, and returns the registry. Close
// it to let go of the directory. It fails when the directory cannot be used, is
// in use, or holds a damaged log.
func Open(cfg Config) (*Registry, error) {
	cfg, err := cfg.withDefaults()
	if err != nil {
		return nil, err
	}
	s, err := openStore(cfg)
	if err != nil {
		return nil, err
	}
	return &Registry{
		cfg: cfg, store: s, accounts: newAccounts(cfg.Users),
		cache:   parseCache{limit: cfg.Limits.MaxSchemaBytes},
		serving: make(chan struct{}, maxServing),
		change:  make(chan struct{}, 1), parsing: make(chan struct{}, 1),
		now: time.Now,
	}, nil
}

// Close lets go of the data. Requests that come later are answered with 500.
// It waits for a change in progress.
func (r *Registry) Close() error {
	if r.closed.Swap(true) {
		return nil
	}
	r.change <- struct{}{} // for good: no change comes after
	r.store.close()
	return nil
}

// exclusively runs f while no other request changes the store: f may read the
// state as it is and commit.
func (r *Registry) exclusively(ctx context.Context, f func(*state) error) error {
	if r.closed.Load() {
		return fail(codeStore, "the registry is closed")
	}
	if err := acquire(ctx, r.change); err != nil {
		return err
	}
	defer func() { <-r.change }()
	return f(r.store.st)
}

// parse parses a schema, one at a time.
func (r *Registry) parse(ctx context.Context, src source) (parsed, error) {
	if err := acquire(ctx, r.parsing); err != nil {
		return nil, err
	}
	defer func() { <-r.parsing }()
	return parseSource(src, r.cfg.Limits)
}

func acquire(ctx context.Context, c chan struct{}) error {
	select {
	case c <- struct{}{}:
		return nil
	case <-ctx.Done():
		return timedOut()
	}
}

func timedOut() *Error {
	return fail(codeTimeout, "the registry had no time for this request: try again")
}
