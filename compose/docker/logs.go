package docker

import (
	"context"
	"io"
	"strconv"
	"time"

	"github.com/moby/moby/api/pkg/stdcopy"
	"github.com/moby/moby/client"

	"kconsole/compose"
)

// followEvery is how often it is looked whether a container that has ended
// runs again.
const followEvery = 200 * time.Millisecond

// Logs reads what the broker's container wrote, standard output and error. When
// it is followed, that goes on over a stop and a start of the container.
func (s *Stack) Logs(ctx context.Context, id int32, tail int, follow bool) (io.ReadCloser, error) {
	c, err := s.broker(ctx, id)
	if err != nil {
		return nil, err
	}
	opts := client.ContainerLogsOptions{ShowStdout: true, ShowStderr: true, Follow: follow, Tail: "all"}
	if tail >= 0 {
		opts.Tail = strconv.Itoa(tail)
	}
	ctx, cancel := context.WithCancel(ctx)
	first, err := s.engine.api.ContainerLogs(ctx, c.ID, opts)
	if err != nil {
		cancel()
		return nil, s.engine.explain("reading the log of "+brokerService(id), err)
	}
	r, w := io.Pipe()
	f := &followed{PipeReader: r, cancel: cancel, done: make(chan struct{})}
	go func() { // ends with ctx, which Close cancels
		defer close(f.done)
		_, err := stdcopy.StdCopy(w, w, first)
		_ = first.Close()
		for follow && ctx.Err() == nil && err == nil {
			err = s.followOn(ctx, id, w)
		}
		if ctx.Err() != nil {
			err = nil // its end, however the connection broke
		}
		_ = w.CloseWithError(err)
	}()
	return f, nil
}

// followOn waits until the broker's container, which has ended, runs again, and
// copies what that run logs.
func (s *Stack) followOn(ctx context.Context, id int32, w io.Writer) error {
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(followEvery):
		}
		c, err := s.broker(ctx, id)
		if err != nil {
			return err
		}
		if stateOf(c) == compose.Stopped {
			continue
		}
		logs, err := s.engine.api.ContainerLogs(ctx, c.ID, client.ContainerLogsOptions{
			ShowStdout: true, ShowStderr: true, Follow: true, Tail: "all", Since: c.State.StartedAt,
		})
		if err != nil {
			return s.engine.explain("reading the log of "+brokerService(id), err)
		}
		_, err = stdcopy.StdCopy(w, w, logs)
		_ = logs.Close()
		return err
	}
}

// followed is a log whose reader can end it.
type followed struct {
	*io.PipeReader
	cancel context.CancelFunc
	done   chan struct{}
}

func (f *followed) Close() error {
	f.cancel()
	err := f.PipeReader.Close()
	<-f.done
	return err
}
