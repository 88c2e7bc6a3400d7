package control

import (
	"context"
	"errors"
	"sync"

	"kconsole/compose"
	"kconsole/compose/labdir"
	"kconsole/kafka/config"
)

// Started is a stack that whoever started it can end.
type Started interface {
	compose.Stack
	// Cluster is how to connect as the lab's administrator.
	Cluster() config.Cluster
	// Shutdown stops the stack in order and keeps its data.
	Shutdown(ctx context.Context) error
}

// Owned is a stack together with the role of its owner: the one program that
// answers to `kconsole lab down` and the like. The brokers do not need it; what
// it runs beside them does.
type Owned struct {
	Started
	unlock func() error
	server *Server

	shut sync.Once
	err  error
}

// Own brings a stack up for a program that runs it until it is asked to take it
// down. Where another program owns the lab in dir already, the error names it.
// What an owner that was killed left running, up adopts.
func Own[S Started](ctx context.Context, dir string, up func(context.Context) (S, error)) (*Owned, error) {
	if err := labdir.Make(dir); err != nil {
		return nil, err
	}
	unlock, err := Lock(dir)
	if err != nil {
		return nil, err
	}
	stack, err := up(ctx)
	if err != nil {
		return nil, errors.Join(err, unlock())
	}
	o := &Owned{Started: stack, unlock: unlock}
	if o.server, err = Serve(dir, stack); err != nil {
		return nil, errors.Join(err, o.Shutdown(context.WithoutCancel(ctx)))
	}
	return o, nil
}

// DownAsked is closed when somebody asked that the lab be taken down; its owner
// then calls [Owned.Shutdown].
func (o *Owned) DownAsked() <-chan struct{} { return o.server.Down() }

// Shutdown stops the stack in order, keeps its data and gives the role of the
// owner back. It is safe to call twice.
func (o *Owned) Shutdown(ctx context.Context) error {
	o.shut.Do(func() {
		var errs []error
		if o.server != nil {
			errs = append(errs, o.server.Close())
		}
		o.err = errors.Join(append(errs, o.Started.Shutdown(ctx), o.unlock())...)
	})
	return o.err
}
