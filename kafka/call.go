package kafka

import (
	"context"
	"errors"
	"io"
	"slices"
	"sync/atomic"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// call is one read or write in progress: it bounds its time and explains its
// errors.
type call struct {
	c     *Cluster
	what  string // "cannot list the topics"
	start time.Time
	outer context.Context
	// asked is the newest request, for the name of a missing ACL. Several kinds of
	// requests may be on their way for one call.
	asked atomic.Pointer[asked]
}

// newest is the newest request of the call; empty before there was one.
func (k *call) newest() asked {
	if a := k.asked.Load(); a != nil {
		return *a
	}
	return asked{}
}

// begin starts a call. The returned function ends it and must be called.
func (c *Cluster) begin(ctx context.Context, what string) (context.Context, *call, context.CancelFunc) {
	k := &call{c: c, what: what, start: time.Now(), outer: ctx}
	ctx, cancel := context.WithTimeout(ctx, callLimit)
	return ctx, k, cancel
}

// fail explains err, with what the connections said since the call began.
func (k *call) fail(err error) error { return k.failAbout(k.newest(), err) }

func (k *call) failAbout(a asked, err error) error {
	if err == nil {
		return nil
	}
	h := k.c.hints()
	h.asked = a
	if k.outer.Err() == nil && vague(err) {
		if f, ok := k.c.watch.since(k.start); ok {
			err, h.addrs, h.signIn = errors.Join(f.err, err), f.addr, f.signIn
			if f.signIn || !vague(f.err) {
				err = f.err
			}
		}
	}
	if k.outer.Err() == nil && errors.Is(err, context.Canceled) {
		err = kgo.ErrClientClosed
	}
	return explain(k.what, err, h)
}

// failOn is fail for an error that is about one resource of the newest request.
func (k *call) failOn(name string, err error) error {
	about := k.newest()
	about.name = name
	return k.failAbout(about, err)
}

// vague tells whether an error says that something broke but not what.
func vague(err error) bool {
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || isReset(err) {
		return true
	}
	return explainsNothing(err.Error())
}

// request sends req as the client library routes it (any broker, controller,
// coordinator), with its retries.
func request[Resp kmsg.Response](ctx context.Context, k *call, req kmsg.Request) (Resp, error) {
	var none Resp
	about := askedFor(req)
	k.asked.Store(&about)
	type result struct {
		resp kmsg.Response
		err  error
	}
	// The library does not look at ctx while it sets up a connection.
	came := make(chan result, 1)
	go func() {
		resp, err := k.c.client.Request(ctx, req)
		came <- result{resp, err}
	}()
	select {
	case r := <-came:
		if r.err != nil {
			return none, k.fail(r.err)
		}
		return r.resp.(Resp), nil //nolint:forcetypeassert // the library answers a request with its own response
	case <-ctx.Done():
		return none, k.fail(ctx.Err())
	}
}

// ask sends req to one broker, and once more if a connection that had been
// idle turned out to be closed.
func (k *call) ask(ctx context.Context, broker int32, req kmsg.Request) (kmsg.Response, error) {
	ctx, cancel := context.WithTimeout(ctx, requestLimit)
	defer cancel()
	resp, err := k.c.client.Broker(int(broker)).Request(ctx, req)
	if err != nil && kgo.IsRetryableBrokerErr(err) && ctx.Err() == nil {
		resp, err = k.c.client.Broker(int(broker)).Request(ctx, req)
	}
	return resp, err
}

// AskBroker sends a request to one broker, with explained errors; what is what
// could not be done if it fails, as "cannot read the records". The limit is how
// long it may take. It is meant for this package's own sub-packages.
func (c *Cluster) AskBroker(ctx context.Context, what string, broker int32, req kmsg.Request, limit time.Duration) (kmsg.Response, error) {
	k := &call{c: c, what: what, start: time.Now(), outer: ctx}
	about := askedFor(req)
	k.asked.Store(&about)
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	resp, err := c.client.Broker(int(broker)).Request(ctx, req)
	return resp, k.fail(err)
}

// ExplainCode explains an error code that a response to a request of some kind
// carries, about a resource of the request (a topic, a group; empty: the cluster);
// nil for code 0.
func (c *Cluster) ExplainCode(what string, key kmsg.Key, name string, code int16) error {
	return c.explainCode(what, asked{key, name, true}, code, nil)
}

func (c *Cluster) explainCode(what string, a asked, code int16, message *string) error {
	err := codeError(code, message)
	if err == nil {
		return nil
	}
	h := c.hints()
	h.asked = a
	return explain(what, err, h)
}

// everyBroker makes the same request for each live broker.
func (k *call) everyBroker(ctx context.Context, req func(broker int32) kmsg.Request) (map[int32]kmsg.Request, error) {
	brokers, err := k.liveBrokers(ctx)
	if err != nil {
		return nil, err
	}
	reqs := make(map[int32]kmsg.Request, len(brokers))
	for _, b := range brokers {
		reqs[b] = req(b)
	}
	return reqs, nil
}

// liveBrokers lists the brokers in the newest metadata, asking for it if what
// is known is older than brokersAge. There is at least one: a cluster that names
// none, which happens while its brokers come and go, is an error.
func (k *call) liveBrokers(ctx context.Context) ([]int32, error) {
	c := k.c
	c.mu.Lock()
	known, at := c.brokers, c.brokersAt
	c.mu.Unlock()
	if len(known) > 0 && time.Since(at) < brokersAge {
		return known, nil
	}
	req := kmsg.NewPtrMetadataRequest()
	req.Topics = []kmsg.MetadataRequestTopic{} // none, where nil means all
	resp, err := request[*kmsg.MetadataResponse](ctx, k, req)
	if err != nil {
		return nil, err
	}
	if known = c.sawBrokers(resp); len(known) == 0 {
		return nil, &Error{What: k.what, Why: "the cluster names no broker", Do: "it may be starting; try again in a moment", Kind: Unreachable}
	}
	return known, nil
}

// sawBrokers remembers who is in a metadata response.
func (c *Cluster) sawBrokers(resp *kmsg.MetadataResponse) []int32 {
	ids := make([]int32, 0, len(resp.Brokers))
	for i := range resp.Brokers {
		ids = append(ids, resp.Brokers[i].NodeID)
	}
	slices.Sort(ids)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.brokers, c.brokersAt = ids, time.Now()
	return ids
}
