package views

import (
	"context"
	"fmt"
	"strings"
	"time"

	"kconsole/kafka"
	"kconsole/kafka/tail"
	"kconsole/ui/session"
	"kconsole/ui/widget/tailbox"
)

// records is what a tail reads in a state of the golden screens.
func (l Load) records(ctx context.Context, _ *session.Session, o tail.Options) (tailbox.Source, error) {
	switch {
	case l.Err != nil:
		return nil, l.Err
	case !l.Filled:
		<-ctx.Done()
		return nil, ctx.Err()
	}
	src := &shelf{records: orders(o.Topic, l.Now)}
	if l.Stale {
		src.then = &kafka.Error{What: "cannot read partition orders/3", Why: "broker 2 does not answer (connection refused)", Do: "start broker 2, or wait until another one leads it", Kind: kafka.Unreachable}
	}
	return src, nil
}

// shelf is a source that has its records already.
type shelf struct {
	records []kafka.Record
	then    error // what follows them; nil: nothing, for ever
}

// Next gives all of them, then the error once.
func (s *shelf) Next(ctx context.Context) ([]kafka.Record, error) {
	if out := s.records; out != nil {
		s.records = nil
		return out, nil
	}
	if err := s.then; err != nil {
		s.then = nil
		return nil, err
	}
	<-ctx.Done()
	return nil, ctx.Err()
}

func (s *shelf) Stats() tail.Stats { return tail.Stats{Partitions: 6} }
func (s *shelf) Close()            {}

// orders are records as a shop has them, with those among them that are not
// just rows of orders.
func orders(topic string, now time.Time) []kafka.Record {
	out := make([]kafka.Record, 45)
	for i := range out {
		out[i] = kafka.Record{
			Topic: topic, Partition: int32(i % 6), Offset: int64(302_100 + i), Timestamp: now.Add(time.Duration(i-45) * 230 * time.Millisecond),
			Key:     fmt.Appendf(nil, "c-%04d", i*37%5000),
			Value:   fmt.Appendf(nil, `{"id":"o-%05d","total":%d.90,"customer":{"country":"%s"}}`, 88_000+i, 10+i*7%90, []string{"DE", "FR", "NL"}[i%3]),
			Headers: []kafka.Header{{Key: "trace", Value: fmt.Appendf(nil, "%08x", i*2654435761%(1<<32))}},
		}
	}
	out[38].Value = nil
	out[39].Key = nil
	out[40].Value = []byte("plain text, \x1b[31mnot red")
	out[41].Value = append([]byte{0, 0, 0, 0, 99}, strings.Repeat("\x01", 61)...)
	out[42].Key = []byte("東京-4711")
	return out
}
