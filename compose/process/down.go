package process

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"sync"

	"kconsole/compose/labdir"
)

// Down stops the stack in a lab's directory, whoever started it: brokers first,
// while the controller can still move their leaderships, then the rest. The
// data stay. A stack that is not running is no error.
func Down(ctx context.Context, dir string) error { return down(ctx, dir, sigTerm) }

// Destroy ends the stack at once and deletes everything of it but the files
// that labs of every runtime share (package labdir removes those).
func Destroy(ctx context.Context, dir string) error {
	if err := down(ctx, dir, sigKill); err != nil {
		return err
	}
	return os.RemoveAll(Home(dir))
}

func down(ctx context.Context, dir string, sig signal) error {
	if err := supported(); err != nil {
		return err
	}
	dir, err := filepath.Abs(dir)
	if err != nil {
		return err
	}
	if !there(filepath.Join(Home(dir), layoutFile)) {
		return nil
	}
	return labdir.Locked(ctx, filepath.Join(Home(dir), "lock"), func() error {
		l, err := readLayout(dir)
		if err != nil {
			return err
		}
		l.Registry = true // also one that was wanted earlier
		controller, brokers, registry := l.units(dir)
		return errors.Join(
			endAll(ctx, sig, append(brokers, registry)...),
			endAll(ctx, sig, controller),
		)
	})
}

func endAll(ctx context.Context, sig signal, units ...*unit) error {
	var wg sync.WaitGroup
	errs := make([]error, len(units))
	for i, u := range units {
		if !there(u.dir) {
			continue
		}
		wg.Go(func() {
			errs[i] = u.locked(ctx, func() error {
				return u.end(ctx, sig)
			})
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}
