package registry

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"sync"
)

// store is the state with its log. Reads see a state between two batches;
// changes are made by one goroutine at a time (Registry.change).
type store struct {
	mu     sync.RWMutex
	st     *state
	wal    *wal // nil: in memory only
	limit  int64
	logger *slog.Logger
	// compactAt is the size of the log at which it is rewritten.
	compactAt int64
}

// minCompact keeps small logs from being rewritten all the time. Tests lower it.
var minCompact int64 = 1 << 20

func openStore(cfg Config) (*store, error) {
	s := &store{st: newState(), limit: cfg.Limits.MaxStoreBytes, logger: cfg.Logger}
	if cfg.Dir == "" {
		return s, nil
	}
	w, err := openWAL(cfg.Dir, cfg.Logger, s.replay)
	if err != nil {
		return nil, err
	}
	if err := s.st.check(); err != nil {
		w.close()
		return nil, fmt.Errorf("registry: the log in %s does not add up: %w", cfg.Dir, err)
	}
	s.wal = w
	s.compactAt = max(minCompact, 4*s.st.bytes)
	return s, nil
}

func (s *store) replay(payload []byte) error {
	var ops []op
	if err := json.Unmarshal(payload, &ops); err != nil {
		return err
	}
	return s.applyAll(ops)
}

func (s *store) applyAll(ops []op) error {
	for _, o := range ops {
		if err := s.st.apply(o); err != nil {
			return err
		}
	}
	return nil
}

// view runs read while the state stands still. What read keeps must be copies.
func (s *store) view(read func(*state)) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	read(s.st)
}

// commit writes a batch to the log, then makes it visible. On an error nothing
// has changed. The caller holds Registry.change.
func (s *store) commit(ops ...op) error {
	var growth int64
	for _, o := range ops {
		switch o.Do {
		case opPut, opContext, opSettings, opMode:
			growth += o.growth()
		}
	}
	if growth > 0 && s.st.bytes+growth > s.limit {
		return fail(codeStore, "the registry is full (%d bytes): delete subjects permanently to make room", s.limit)
	}
	if s.wal != nil {
		payload, err := json.Marshal(ops)
		if err != nil {
			return fmt.Errorf("the change could not be written down: %w", err)
		}
		if err := s.wal.append(payload); err != nil {
			s.logger.Error("registry: a change was not stored", "err", err)
			return err
		}
	}
	s.mu.Lock()
	err := s.applyAll(ops)
	s.mu.Unlock()
	if err != nil {
		return fmt.Errorf("a change was stored that cannot be applied: %w", err)
	}
	s.maybeCompact()
	return nil
}

// maybeCompact rewrites the log when most of it is history. A failure is not
// the client's: the old log is still whole, or the log refuses the next change.
func (s *store) maybeCompact() {
	if s.wal == nil || s.wal.size < s.compactAt {
		return
	}
	if err := s.compact(); err != nil {
		s.logger.Error("registry: the log could not be compacted", "err", err)
	}
	s.compactAt = max(minCompact, 4*s.wal.size)
}

// compactBatch bounds one record of a compacted log: ops are gathered until
// their schemas have this many bytes.
const compactBatch = 256 << 10

func (s *store) compact() error {
	ops := s.st.snapshot()
	return s.wal.replace(func(yield func([]byte, error) bool) {
		for len(ops) > 0 {
			n, size := 0, int64(0)
			for n < len(ops) && size < compactBatch {
				size += ops[n].growth()
				n++
			}
			if !yield(json.Marshal(ops[:n])) {
				return
			}
			ops = ops[n:]
		}
	})
}

func (s *store) close() {
	if s.wal != nil {
		s.wal.close()
	}
}
