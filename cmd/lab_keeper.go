package cmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"
)

// labRestarts is how often a lab that ended by itself is started again.
const labRestarts = 5

// labKeeper keeps a lab running in a process of its own as long as we live. A
// fault that ends that process costs a moment: it is started again with its
// data, on its ports.
type labKeeper struct {
	app  *app
	opts labUpOptions

	held    *os.File // the other end of the process's standard input: it ends with that
	child   *labProcess
	cancel  context.CancelFunc
	watched chan struct{} // closed when nobody watches the process any more
}

// start starts the lab and waits until it answers.
func (k *labKeeper) start(ctx context.Context) error {
	if err := k.launch(ctx); err != nil {
		return err
	}
	ctx, k.cancel = context.WithCancel(context.WithoutCancel(ctx))
	k.watched = make(chan struct{})
	go func() { // ends with stop
		defer close(k.watched)
		k.watch(ctx)
	}()
	return nil
}

func (k *labKeeper) launch(ctx context.Context) error {
	// A pipe of the system, so that it closes also when we are killed.
	in, held, err := os.Pipe()
	if err != nil {
		return err
	}
	child, err := k.app.startLabProcess(k.opts, in)
	_ = in.Close() // the child has its own
	if err != nil {
		return errors.Join(err, held.Close())
	}
	k.held, k.child = held, child
	if err := child.ready(ctx, io.Discard); err != nil {
		return errors.Join(err, k.end())
	}
	return nil
}

func (k *labKeeper) watch(ctx context.Context) {
	for range labRestarts {
		select {
		case <-ctx.Done():
			return
		case <-k.child.exited:
		}
		_ = k.held.Close()
		if err := k.launch(ctx); err != nil {
			return // the console shows that the brokers are away; the log says why
		}
	}
}

// stop ends the lab in good order and waits for it.
func (k *labKeeper) stop() error {
	k.cancel()
	<-k.watched
	return k.end()
}

func (k *labKeeper) end() error {
	_ = k.held.Close() // the end of its input is its sign to stop
	select {
	case <-k.child.exited:
		return nil
	case <-time.After(30 * time.Second):
		_ = k.child.cmd.Process.Kill()
		return fmt.Errorf("the lab did not stop in time and was ended; its log is %s", filepath.Join(k.opts.dir, logFile))
	}
}
