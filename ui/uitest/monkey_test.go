package uitest_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"

	"kconsole/compose"
	"kconsole/kafka"
	"kconsole/kafka/config"
	"kconsole/kafka/kafkatest"
	"kconsole/ui/session"
	"kconsole/ui/uitest"
)

// requests notes what is sent to brokers and registry that could change something.
type requests struct {
	mu       sync.Mutex
	all      int
	mutating []string
}

func (r *requests) note(name string, mutating bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.all++
	if mutating {
		r.mutating = append(r.mutating, name)
	}
}

// OnBrokerWrite is called with each request that goes to a broker.
func (r *requests) OnBrokerWrite(_ kgo.BrokerMetadata, key int16, _ int, _, _ time.Duration, _ error) {
	r.note(kmsg.NameForKey(key), kafka.Mutating(key))
}

// registry stands in front of a registry and notes what goes through. A lookup
// and a compatibility check are POSTs that change nothing.
func (r *requests) registry(t *testing.T, behind *config.Registry) *config.Registry {
	t.Helper()
	client, err := behind.HTTPClient()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.CloseIdleConnections)
	to, err := url.Parse(behind.URL)
	if err != nil {
		t.Fatal(err)
	}
	proxy := &httputil.ReverseProxy{Transport: client.Transport, Rewrite: func(p *httputil.ProxyRequest) { p.SetURL(to) }}
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		reads := req.Method == http.MethodGet || req.Method == http.MethodHead ||
			req.Method == http.MethodPost && (strings.HasPrefix(req.URL.Path, "/compatibility/") || strings.Count(req.URL.Path, "/") == 2)
		r.note(req.Method+" "+req.URL.Path, !reads)
		proxy.ServeHTTP(w, req)
	}))
	t.Cleanup(srv.Close)
	return &config.Registry{URL: srv.URL}
}

// TestMonkeyOnALiveCluster presses random keys on the embedded cluster while its
// brokers stop and start: once as an administrator, whose changes are real, and
// once read-only, when nothing that changes anything may be sent.
func TestMonkeyOnALiveCluster(t *testing.T) {
	for name, readOnly := range map[string]bool{"admin": false, "read-only": true} {
		t.Run(name, func(t *testing.T) {
			c := kafkatest.Embedded(t)
			topic := c.Topic(t, 3, 3)
			c.Hostile(t, topic, uitest.Hostile()[:40])
			var seen requests
			cl := c.Config
			cl.Name, cl.ReadOnly = "lab", readOnly
			cl.Registry = seen.registry(t, cl.Registry)
			conf := &config.Config{Current: "lab", UI: config.DefaultUI(), Clusters: map[string]config.Cluster{"lab": cl}}
			conf.UI.Refresh = 200 * time.Millisecond
			m := uitest.NewMonkey(t, 400)
			m.Fresh = func() *uitest.Driver {
				d := uitest.StartBusy(t, uitest.Options{
					Width: 100, Height: 30, Config: conf, RealClock: true,
					Connect: func(_ context.Context, cl config.Cluster) (*session.Session, error) {
						return session.Open(cl, session.Options{
							Refresh: conf.UI.Refresh, Stack: c.Stack, Kafka: []kafka.Option{kafka.WithClientOptions(kgo.WithHooks(&seen))},
						})
					},
				})
				d.WaitFor("admin · ")
				create(d, "by-the-monkey")
				return d
			}
			chaos := newChaos(t, c.Stack)
			m.Between = func(d *uitest.Driver, i int, r *rand.Rand) {
				if i%40 == 20 {
					chaos.next(r)
				}
				if r.IntN(60) == 0 {
					d.App.Open([]string{"tail", "topic", "configs", "consumers", "producers"}[r.IntN(5)], topic)
				}
				if r.IntN(100) == 0 {
					d.App.Open("topics")
					create(d, fmt.Sprintf("monkey-%d", i))
				}
			}
			m.Go()
			seen.mu.Lock()
			defer seen.mu.Unlock()
			t.Logf("%d requests, %d that could change something", seen.all, len(seen.mutating))
			if seen.all == 0 {
				t.Error("the recorder has seen nothing")
			}
			if readOnly && len(seen.mutating) > 0 {
				t.Errorf("a read-only console has sent %q", seen.mutating)
			}
			if !readOnly && len(seen.mutating) == 0 {
				t.Error("an administrator's console has changed nothing, so the recorder may be blind")
			}
		})
	}
}

// create presses what creates a topic, where that can be done.
func create(d *uitest.Driver, name string) {
	d.Hit("n")
	for _, r := range name {
		d.Hit(string(r))
	}
	d.Hit("enter")
	for range 200 {
		if d.Ended() || d.Has("enter apply") || !d.Has("Working out") {
			break
		}
		time.Sleep(5 * time.Millisecond) // the plan is made beside the loop
	}
	d.Hit("enter")
	d.Hit("esc")
}

// chaos breaks and mends brokers, one after the other, beside the test.
type chaos struct {
	stack compose.Stack
	todo  chan func(context.Context)
}

func newChaos(t *testing.T, stack compose.Stack) *chaos {
	t.Helper()
	c := &chaos{stack: stack, todo: make(chan func(context.Context), 1)}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			select {
			case <-ctx.Done():
				return
			case f := <-c.todo:
				limited, cancel := context.WithTimeout(ctx, 3*time.Second) // a start waits for its quorum
				f(limited)
				cancel()
			}
		}
	}()
	t.Cleanup(func() {
		cancel()
		<-done
		mend(t, stack)
	})
	return c
}

// mend lets all brokers run: what cleans up after this needs them.
func mend(t *testing.T, stack compose.Stack) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	list, err := stack.Brokers(ctx)
	if err != nil {
		t.Error(err)
	}
	var work sync.WaitGroup
	for _, b := range list {
		switch b.State {
		case compose.Stopped:
			work.Go(func() { _ = stack.Start(ctx, b.ID) })
		case compose.Paused:
			work.Go(func() { _ = stack.Resume(ctx, b.ID) })
		}
	}
	work.Wait()
}

// next breaks or mends something, unless the last is still under way. What a
// broker's state does not allow is refused, which is fine.
func (c *chaos) next(r *rand.Rand) {
	id := int32(1 + r.IntN(3))
	do := []func(context.Context, int32) error{c.stack.Stop, c.stack.Kill, c.stack.Start, c.stack.Start, c.stack.Pause, c.stack.Resume, c.stack.Resume}[r.IntN(7)]
	select {
	case c.todo <- func(ctx context.Context) { _ = do(ctx, id) }:
	default:
	}
}
