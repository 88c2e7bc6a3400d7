package tailbox_test

import (
	"context"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gdamore/tcell/v2"
	"go.uber.org/goleak"

	"kconsole/kafka"
	"kconsole/kafka/tail"
	"kconsole/ui/page"
	"kconsole/ui/theme"
	"kconsole/ui/widget/screentest"
	"kconsole/ui/widget/tailbox"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var at = time.Date(2026, 11, 23, 14, 2, 10, 412_000_000, time.UTC)

// pipe is a source that delivers what a test puts into it.
type pipe struct {
	in     chan []kafka.Record
	errs   chan error
	closed chan struct{}
}

func newPipe() *pipe {
	return &pipe{in: make(chan []kafka.Record), errs: make(chan error), closed: make(chan struct{})}
}

func (p *pipe) Next(ctx context.Context) ([]kafka.Record, error) {
	select {
	case records, ok := <-p.in:
		if !ok {
			return nil, io.EOF
		}
		return records, nil
	case err := <-p.errs:
		return nil, err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (p *pipe) Stats() tail.Stats { return tail.Stats{Partitions: 6} }

func (p *pipe) Close() { close(p.closed) }

// bench is a view on a screen with a feed that reads from pipes, one for each
// time that it opens.
type bench struct {
	*screentest.Screen
	view   *tailbox.View
	t      testing.TB
	feed   *tailbox.Feed
	pipes  chan *pipe
	opened []tail.Position
	now    atomic.Int64 // nanoseconds since 1970

	mu     sync.Mutex
	posts  []func()
	asked  []page.Question
	said   []string
	failed []error
	copied []string
}

type setup struct {
	width, height int
	options       tailbox.Options
	feed          tailbox.FeedOptions
}

func start(t testing.TB, s setup) (*bench, *pipe) {
	t.Helper()
	b := &bench{t: t, pipes: make(chan *pipe, 8)}
	b.now.Store(at.Add(2 * time.Second).UnixNano())
	f := s.feed
	f.Open = func(_ context.Context, from tail.Position) (tailbox.Source, error) {
		b.mu.Lock()
		b.opened = append(b.opened, from)
		b.mu.Unlock()
		p := newPipe()
		b.pipes <- p
		return p, nil
	}
	f.Post, f.Every = b.post, time.Millisecond
	f.Now = func() time.Time { return time.Unix(0, b.now.Load()).UTC() }
	b.feed = tailbox.NewFeed(f)
	o := s.options
	o.Theme, o.Feed, o.Topic, o.Now, o.Location = screentest.Theme(t), b.feed, "orders", f.Now, time.UTC
	o.Post = b.post
	o.Ask = func(q page.Question) { b.asked = append(b.asked, q) }
	o.Say = func(_ theme.Level, text string) { b.said = append(b.said, text) }
	o.Fail = func(err error) { b.failed = append(b.failed, err) }
	o.Copy = func(text string) { b.copied = append(b.copied, text) }
	b.view = tailbox.New(o)
	t.Cleanup(func() {
		b.view.Close()
		b.feed.Wait()
	})
	b.feed.Start(tail.Position{Kind: tail.End})
	if s.width == 0 {
		s.width, s.height = 80, 24
	}
	b.Screen = screentest.New(t, s.width, s.height, b.view)
	return b, <-b.pipes
}

func (b *bench) post(f func()) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.posts = append(b.posts, f)
}

// frame runs what was posted and draws, as the loop does.
func (b *bench) frame() {
	b.mu.Lock()
	posts := b.posts
	b.posts = nil
	b.mu.Unlock()
	for _, f := range posts {
		f()
	}
	b.Draw()
}

// until draws frames until a condition holds.
func (b *bench) until(what string, ok func() bool) {
	b.t.Helper()
	for deadline := time.Now().Add(20 * time.Second); ; time.Sleep(time.Millisecond) {
		b.frame()
		if ok() {
			b.frame() // it may have come true after the last one
			return
		}
		if time.Now().After(deadline) {
			b.t.Fatalf("never came to pass: %s; the screen is\n%s", what, b.Text())
		}
	}
}

// send puts records into the feed and waits until they are in the ring.
func (b *bench) send(p *pipe, records ...kafka.Record) {
	b.t.Helper()
	before := b.feed.Stats().Seen
	p.in <- records
	b.until("all records are seen", func() bool { return b.feed.Stats().Seen == before+int64(len(records)) })
}

// tick moves the clock on, so that what waits for a schema is tried again.
func (b *bench) tick() { b.now.Add(int64(100 * time.Millisecond)) }

// press sends keys to the view and draws.
func (b *bench) press(keys ...any) {
	for _, k := range keys {
		var ev *tcell.EventKey
		switch k := k.(type) {
		case tcell.Key:
			ev = tcell.NewEventKey(k, 0, 0)
		case rune:
			ev = tcell.NewEventKey(tcell.KeyRune, k, 0)
		}
		b.view.Key(ev)
	}
	b.frame()
}

// order makes the ith of a row of records.
func order(i int) kafka.Record {
	return kafka.Record{
		Topic: "orders", Partition: int32(i % 6), Offset: int64(302_000 + i), Timestamp: at.Add(time.Duration(i) * 23 * time.Millisecond),
		Key:   fmt.Appendf(nil, "c-%04d", i*37%5000),
		Value: fmt.Appendf(nil, `{"id":"o-%05d","total":%d.90,"customer":{"country":"%s"},"items":[{"sku":"a-1","n":2}]}`, 88_000+i, i%100, []string{"DE", "FR", "NL"}[i%3]),
	}
}

func orders(from, to int) []kafka.Record {
	out := make([]kafka.Record, 0, to-from)
	for i := from; i < to; i++ {
		out = append(out, order(i))
	}
	return out
}
