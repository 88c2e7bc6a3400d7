package views

import (
	"context"
	"fmt"
	"strings"
	"time"

	"kconsole/kafka"
	"kconsole/kafka/replay"
	"kconsole/kafka/tail"
	"kconsole/ui/page"
	"kconsole/ui/resource"
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

// cartOf is the cart in a state of the golden screens: it is not read from
// anywhere, so it is there at once, and has records where it is filled.
func cartOf(l Load) page.View {
	spec := cart()
	spec.Rows = func(st page.State, _ page.Target) resource.Result[*replay.Item] {
		out := resource.Result[*replay.Item]{At: st.Now}
		if !l.Filled {
			return out
		}
		var c replay.Cart
		for i, rec := range orders("orders", l.Now)[36:42] {
			item := replay.Item{Cluster: "lab", Original: rec, Key: string(rec.Key), Value: string(rec.Value), Text: rec.Value, Masked: i == 4}
			if rec.Key == nil {
				item.Key = "null"
			}
			if rec.Value == nil {
				item.Value = "null"
			}
			if item.Masked {
				item.Value = `{"id":"o-88040","customer":"***"}`
			}
			_, _ = c.Add(item) // there is room
		}
		_ = c.Change(2, &replay.Edit{Key: []byte("c-9999"), Value: []byte("{}"), KeyShown: "c-9999", ValueShown: "{}"}) // it is there
		c.Note(map[int]replay.Result{
			1: {Cluster: "lab", Topic: "orders.retry", Partition: 2, Offset: 17},
			4: {Cluster: "lab", Topic: "orders.retry", Err: &kafka.Error{What: "cannot write to topic orders.retry", Why: "not enough in-sync replicas", Kind: kafka.Other}},
		})
		out.Rows = c.Items()
		return out
	}
	return spec.View()
}

// latenciesOf are brokers of which one is slow at times, in the state filled.
func latenciesOf(l Load) []kafka.BrokerLatency {
	if !l.Filled {
		return nil
	}
	var out []kafka.BrokerLatency
	for id := range int32(3) {
		b := kafka.BrokerLatency{Broker: id + 1, Requests: int64(240 * (id + 1)), Median: 0.0012, Worst: 0.004 * float64(1+20*id*id*id)}
		for i := range kafka.LatencySlots {
			p50, p99 := 0.001+0.0004*float64(i%5), 0.003*float64(1+i%7)
			if id == 2 && i > 30 && i < 40 {
				p99 = 0.64
			}
			if i < 20 {
				p50, p99 = -1, -1 // the console was not open yet
			}
			b.P50, b.P99 = append(b.P50, p50), append(b.P99, p99)
		}
		out = append(out, b)
	}
	return out
}
