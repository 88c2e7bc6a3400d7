package docker

import (
	"context"
	"errors"
	"sync"

	"kconsole/compose/control"
)

// Lab is a stack together with the role of its owner: the one program that
// answers to `kconsole lab down` and the like through package control. The
// containers do not need it; what it runs beside them does.
type Lab struct {
	*Stack
	unlock  func() error
	control *control.Server

	shut sync.Once
	err  error
}

// Own is [Up] for a program that runs the lab until it is asked to take it
// down. Where another program does so already, the error names it. Containers
// that run already are adopted.
func Own(ctx context.Context, o Options) (_ *Lab, err error) {
	if err := o.defaults(); err != nil {
		return nil, err
	}
	if err := mkdirPrivate(o.Dir); err != nil {
		return nil, err
	}
	l := &Lab{}
	if l.unlock, err = control.Lock(o.Dir); err != nil {
		return nil, err
	}
	if l.Stack, err = Up(ctx, o); err != nil {
		return nil, errors.Join(err, l.unlock())
	}
	if l.control, err = control.Serve(o.Dir, l.Stack); err != nil {
		return nil, errors.Join(err, l.Shutdown(context.WithoutCancel(ctx)))
	}
	return l, nil
}

// DownAsked is closed when somebody asked that the lab be taken down; its owner
// then calls [Lab.Shutdown].
func (l *Lab) DownAsked() <-chan struct{} { return l.control.Down() }

// Shutdown stops the stack in order, keeps its data and gives the role of the
// owner back. It is safe to call twice.
func (l *Lab) Shutdown(ctx context.Context) error {
	l.shut.Do(func() {
		var errs []error
		if l.control != nil {
			errs = append(errs, l.control.Close())
		}
		l.err = errors.Join(append(errs, l.Stack.Shutdown(ctx), l.unlock())...)
	})
	return l.err
}
