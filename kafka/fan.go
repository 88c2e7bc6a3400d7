package kafka

import (
	"context"

	"github.com/twmb/franz-go/pkg/kmsg"

	"kconsole/kafka/heavy"
)

// fanLimit is how many brokers are asked at the same time.
const fanLimit = 32

// answer is what one broker said.
type answer[Resp kmsg.Response] struct {
	broker int32
	req    kmsg.Request
	resp   Resp // valid if err is nil
	err    error
}

// fan sends each broker its request, all at the same time, and hands over the
// answers one after the other, as they come. It returns when all have come.
func fan[Resp kmsg.Response](ctx context.Context, k *call, reqs map[int32]kmsg.Request, got func(answer[Resp])) {
	for _, req := range reqs { // all of one kind
		k.asked.Store(&asked{key: kmsg.Key(req.Key()), sent: true})
		break
	}
	answers := make(chan answer[Resp])
	slots := make(chan struct{}, fanLimit)
	go func() {
		for broker, req := range reqs {
			slots <- struct{}{}
			go func() {
				a := answer[Resp]{broker: broker, req: req}
				resp, err := k.ask(ctx, broker, inTurn(req))
				if turned, ok := resp.(*readInTurn); ok {
					resp = turned.Response
				}
				if a.err = k.fail(err); err == nil {
					a.resp = resp.(Resp) //nolint:forcetypeassert // as in request
				}
				<-slots
				answers <- a
			}()
		}
	}()
	for range reqs {
		got(<-answers)
	}
}

// inTurn makes a request about each partition of a cluster one that is written,
// and whose answer is read, when it is its turn.
func inTurn(req kmsg.Request) kmsg.Request {
	switch req.(type) {
	case *offsetsQuery, *sizesQuery, *kmsg.DescribeLogDirsRequest:
		return writtenInTurn{req}
	default:
		return req // the client looks at the types of some
	}
}

type writtenInTurn struct{ kmsg.Request }

// AppendTo writes the request.
func (r writtenInTurn) AppendTo(dst []byte) []byte {
	heavy.Do(func() { dst = r.Request.AppendTo(dst) })
	return dst
}

// ResponseKind makes what the answer is read into.
func (r writtenInTurn) ResponseKind() kmsg.Response { return &readInTurn{r.Request.ResponseKind()} }

// readInTurn is the answer to a request that was written in turn.
type readInTurn struct{ kmsg.Response }

// ReadFrom reads the answer.
func (r *readInTurn) ReadFrom(src []byte) (err error) {
	heavy.Do(func() { err = r.Response.ReadFrom(src) })
	return err
}

// Throttle is for how long the broker wants to be spared (KIP-219).
func (r *readInTurn) Throttle() (millis int32, afterResponse bool) {
	if t, ok := r.Response.(kmsg.ThrottleResponse); ok {
		return t.Throttle()
	}
	return 0, false
}
