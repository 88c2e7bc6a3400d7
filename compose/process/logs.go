package process

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"sync"
	"time"

	"kconsole/compose"
)

const followEvery = 150 * time.Millisecond

// Logs reads the broker's server.log from disk, so that it works on a broker
// that is down as well. It follows the log over its rotation.
func (s *Stack) Logs(ctx context.Context, id int32, tail int, follow bool) (io.ReadCloser, error) {
	if id < 1 || int(id) > len(s.brokers) {
		return nil, fmt.Errorf("broker %d: %w (it has 1 to %d)", id, compose.ErrNoBroker, len(s.brokers))
	}
	path := s.brokers[id-1].file(logFile)
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) && !follow {
		return io.NopCloser(bytes.NewReader(nil)), nil // it never ran
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	if f != nil && tail >= 0 {
		if err := seekTail(f, tail); err != nil {
			return nil, errors.Join(err, f.Close())
		}
	}
	if !follow {
		return f, nil
	}
	ctx, cancel := context.WithCancel(ctx)
	return &followed{ctx: ctx, cancel: cancel, path: path, file: f}, nil
}

// seekTail moves to where the last n lines begin.
func seekTail(f *os.File, n int) error {
	end, err := f.Seek(0, io.SeekEnd)
	if err != nil || n == 0 {
		return err
	}
	const block = 64 << 10
	buf := make([]byte, block)
	for at, lines := end, 0; at > 0; {
		size := min(at, block)
		at -= size
		if _, err := f.ReadAt(buf[:size], at); err != nil {
			return err
		}
		for i := size - 1; i >= 0; i-- {
			if buf[i] != '\n' || at+i == end-1 { // the newline that ends the last line begins none
				continue
			}
			if lines++; lines == n {
				_, err := f.Seek(at+i+1, io.SeekStart)
				return err
			}
		}
	}
	_, err = f.Seek(0, io.SeekStart)
	return err
}

// followed reads a log that grows, until its context ends or it is closed.
type followed struct {
	ctx    context.Context //nolint:containedctx // a reader has no other way to hear of its end
	cancel context.CancelFunc
	path   string

	mu   sync.Mutex
	file *os.File // nil while there is none
}

func (f *followed) Read(p []byte) (int, error) {
	for {
		n, err := f.next(p)
		if n > 0 || err != nil {
			return n, err
		}
		select {
		case <-f.ctx.Done():
			return 0, io.EOF
		case <-time.After(followEvery):
		}
	}
}

// next returns what there is now.
func (f *followed) next(p []byte) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.ctx.Err() != nil {
		return 0, io.EOF
	}
	if f.file != nil {
		n, err := f.file.Read(p)
		if n > 0 || !errors.Is(err, io.EOF) {
			return n, err
		}
		if same, err := f.current(); same || err != nil {
			return 0, err
		}
		_ = f.file.Close()
		f.file = nil
	}
	file, err := os.Open(f.path)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, nil
	}
	f.file = file
	return 0, err
}

// current tells whether the open file is still the one that is written to, and
// begins it anew when it was cut.
func (f *followed) current() (bool, error) {
	open, err := f.file.Stat()
	if err != nil {
		return false, err
	}
	now, err := os.Stat(f.path)
	if errors.Is(err, fs.ErrNotExist) {
		return true, nil // between two: keep what there is
	}
	if err != nil {
		return false, err
	}
	return os.SameFile(open, now), nil
}

func (f *followed) Close() error {
	f.cancel()
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.file == nil {
		return nil
	}
	err := f.file.Close()
	f.file = nil
	return err
}
