package replay_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"kconsole/kafka"
	"kconsole/kafka/kafkatest"
	"kconsole/kafka/replay"
)

func TestMain(m *testing.M) { kafkatest.Main(m) }

// odd are records whose bytes are easily lost on the way.
func odd(topic string) []kafka.Record {
	at := time.Now().Add(-time.Hour).Truncate(time.Millisecond)
	return []kafka.Record{
		{Topic: topic, Partition: 1, Offset: 7, Timestamp: at, Key: []byte{0xff, 0}, Value: []byte("\x00\x00\x00\x00\x11\xfe"), Headers: []kafka.Header{{Key: "a", Value: []byte("1")}, {Key: "a"}, {Key: "b", Value: []byte{}}}},
		{Topic: topic, Partition: 0, Offset: 8, Timestamp: at, Key: []byte{}, Value: []byte{}},
		{Topic: topic, Partition: 0, Offset: 9, Timestamp: at, Key: []byte("k"), Value: nil},
		{Topic: topic, Partition: 2, Offset: 10, Timestamp: at, Value: bytes.Repeat([]byte("long "), 1000)},
	}
}

func items(records []kafka.Record) []replay.Item {
	out := make([]replay.Item, len(records))
	for i, r := range records {
		out[i] = replay.Item{Cluster: "lab", Original: r}
	}
	return out
}

func shown(i *replay.Item) string {
	key, value := i.Shown()
	return key + " " + value
}

func TestCart(t *testing.T) {
	var c replay.Cart
	if n, err := c.Add(items(odd("orders"))...); n != 4 || err != nil {
		t.Fatal(n, err)
	}
	if n, err := c.Add(items(odd("orders"))...); n != 0 || err != nil || c.Len() != 4 {
		t.Errorf("what is in it already: %d, %v, %d", n, err, c.Len())
	}
	if err := c.Change(2, &replay.Edit{Key: []byte("new"), KeyShown: "new", ValueShown: "null", Partition: -1}); err != nil {
		t.Fatal(err)
	}
	if got := c.Find(2); !got.Tombstone() || got.Size() != 3 || shown(got) != "new null" || got.Original.Value == nil {
		t.Errorf("edited: %+v", got)
	}
	if err := c.Change(2, nil); err != nil || c.Find(2).Tombstone() {
		t.Errorf("not as it was: %v", err)
	}
	c.Note(map[int]replay.Result{1: {Topic: "copy", Partition: 2, Offset: 5}})
	if r := c.Find(1).Result; r == nil || r.Offset != 5 {
		t.Errorf("%+v", r)
	}
	c.Remove(1, 3)
	if c.Len() != 2 || c.Find(1) != nil || c.Find(4) == nil {
		t.Errorf("removed the wrong ones: %d", c.Len())
	}
	if _, err := c.Add(items(odd("orders")[:1])...); err != nil || c.Items()[2].ID != 5 {
		t.Errorf("%v; numbers are not given twice", err)
	}
	hidden := items(odd("people")[:1])
	hidden[0].Masked = true
	if _, err := c.Add(hidden...); err != nil {
		t.Fatal(err)
	}
	if err := c.Change(6, &replay.Edit{}); err == nil || !strings.Contains(err.Error(), "masking rules hide") {
		t.Errorf("an edit of a masked record: %v", err)
	}
}

func TestCartIsBounded(t *testing.T) {
	var c replay.Cart
	big := kafka.Record{Topic: "t", Value: make([]byte, 1<<20)}
	for i := range 2 * replay.MaxBytes >> 20 {
		big.Offset = int64(i)
		if _, err := c.Add(replay.Item{Original: big}); err != nil {
			if c.Len() < 10 || !strings.Contains(err.Error(), "kconsole produce") {
				t.Errorf("with %d records: %v", c.Len(), err)
			}
			break
		}
	}
	if c.Len() > replay.MaxBytes>>20 {
		t.Errorf("it holds %d MiB", c.Len())
	}
	if err := c.Change(1, &replay.Edit{Value: make([]byte, replay.MaxBytes)}); err == nil {
		t.Error("an edit may grow without bounds")
	}
	var many replay.Cart
	for i := range replay.MaxItems + 1 {
		if _, err := many.Add(replay.Item{Original: kafka.Record{Offset: int64(i)}}); (err != nil) != (i == replay.MaxItems) {
			t.Fatalf("record %d: %v", i, err)
		}
	}
}

// What was not edited arrives byte for byte; what cannot go says why; what was
// edited arrives as it was edited.
func TestPlanAndSend(t *testing.T) {
	k := kafkatest.Embedded(t)
	to := k.Topic(t, 3, 1)
	small, compacted := k.Topic(t, 1, 1, "max.message.bytes=2000"), k.Topic(t, 1, 1, "cleanup.policy=compact")
	c, err := kafka.Connect(k.Config)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	var cart replay.Cart
	records := odd("orders")
	if _, err := cart.Add(items(records)...); err != nil {
		t.Fatal(err)
	}
	for topic, want := range map[string]map[int]string{
		"nobody.made.this": {1: "nobody.made.this", 2: "nobody.made.this", 3: "nobody.made.this", 4: "nobody.made.this"},
		small:              {1: "no partition 1", 4: "takes at most 2000"},
		compacted:          {1: "no partition 1", 4: "without a key"},
	} {
		p, err := replay.NewPlan(t.Context(), c, cart.Items(), replay.Target{Topic: topic, Partitions: topic == small || topic == compacted})
		if err != nil {
			t.Fatal(err)
		}
		for _, r := range p.Refused {
			if topic == small || topic == compacted {
				if r.Item.ID == 4 && !strings.Contains(r.Err.Error(), "no partition 2") {
					t.Errorf("%s, record 4: %v", topic, r.Err)
				}
				continue
			}
			if !strings.Contains(r.Err.Error(), want[r.Item.ID]) {
				t.Errorf("%s, record %d: %v", topic, r.Item.ID, r.Err)
			}
		}
		if len(p.Refused) == 0 || len(p.Ready)+len(p.Refused) != 4 {
			t.Errorf("%s: %d ready, %d refused", topic, len(p.Ready), len(p.Refused))
		}
		if p, err = replay.NewPlan(t.Context(), c, cart.Items(), replay.Target{Topic: topic}); err != nil {
			t.Fatal(err)
		}
		for _, r := range p.Refused {
			if r.Item.ID == 4 && !strings.Contains(r.Err.Error(), want[4]) {
				t.Errorf("%s, record 4: %v", topic, r.Err)
			}
		}
	}
	edited := &replay.Edit{Key: []byte("k"), Value: []byte("back again"), Headers: []kafka.Header{{Key: "why", Value: []byte("edited")}}, Partition: 2}
	if err := cart.Change(3, edited); err != nil {
		t.Fatal(err)
	}
	p, err := replay.NewPlan(t.Context(), c, cart.Items(), replay.Target{Topic: to, Partitions: true, Times: true})
	if err != nil || len(p.Refused) > 0 || len(p.Totals) != 1 || p.Totals[0].Records != 4 || p.Sent() != 0 {
		t.Fatalf("%+v, %v", p, err)
	}
	var most int
	results, err := p.Send(t.Context(), c, func(done int) { most = max(most, done) })
	if err != nil || len(results) != 4 || most != 4 {
		t.Fatalf("%v, %v, progress to %d", results, err, most)
	}
	cart.Note(results)
	if again, err := replay.NewPlan(t.Context(), c, cart.Items(), replay.Target{Topic: to}); err != nil || again.Sent() != 4 {
		t.Errorf("%d were sent before, %v", again.Sent(), err)
	}
	client := k.Client(t, kgo.ConsumeTopics(to), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	got := map[string]*kgo.Record{}
	for len(got) < 4 {
		fetched := client.PollFetches(t.Context())
		if err := fetched.Err(); err != nil {
			t.Fatal(err)
		}
		fetched.EachRecord(func(r *kgo.Record) { got[fmt.Sprintf("%d/%d", r.Partition, r.Offset)] = r })
	}
	for i, item := range cart.Items() {
		r := got[fmt.Sprintf("%d/%d", item.Result.Partition, item.Result.Offset)]
		if r == nil {
			t.Errorf("record %d is not where its result says: %+v", i, item.Result)
			continue
		}
		want := kafka.Record{Partition: records[i].Partition, Key: records[i].Key, Value: records[i].Value, Headers: records[i].Headers}
		if item.Edit != nil {
			want = kafka.Record{Partition: 2, Key: edited.Key, Value: edited.Value, Headers: edited.Headers}
		}
		var headers []kafka.Header
		for _, h := range r.Headers {
			headers = append(headers, kafka.Header{Key: h.Key, Value: h.Value})
		}
		if !reflect.DeepEqual(r.Key, want.Key) || !reflect.DeepEqual(r.Value, want.Value) || r.Partition != want.Partition || !r.Timestamp.Equal(records[i].Timestamp) || !reflect.DeepEqual(headers, want.Headers) {
			t.Errorf("record %d came back as %+v", i, r)
		}
	}

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	results, err = p.Send(ctx, c, nil)
	if err != nil || len(results) != 4 || results[1].Err == nil || !errors.Is(results[1].Err, context.Canceled) {
		t.Errorf("cancelled: %v, %v", results, err)
	}
	cl := k.Config
	cl.ReadOnly = true
	quiet, err := kafka.Connect(cl)
	if err != nil {
		t.Fatal(err)
	}
	defer quiet.Close()
	if _, err := p.Send(t.Context(), quiet, nil); !errors.Is(err, kafka.ErrReadOnly) {
		t.Errorf("read-only: %v", err)
	}
}
