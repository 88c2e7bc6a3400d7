package kafka_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"

	"kconsole/kafka"
	"kconsole/kafka/kafkatest"
)

// A record's time says when something happened, not when it was sent: a replay
// of old records has all the time that there is.
func TestProducerTakesOldRecords(t *testing.T) {
	kafkatest.Each(t, func(t *testing.T, k *kafkatest.Cluster) {
		topic := k.Topic(t, 1, 1)
		c := connect(t, k.Config)
		p, err := c.Producer(kafka.ProducerOptions{})
		if err != nil {
			t.Fatal(err)
		}
		defer p.Close()
		now := time.Now().Truncate(time.Millisecond)
		times := []time.Time{now.Add(-time.Hour), now.AddDate(0, 0, -3), now.Add(-11 * time.Second)}
		var records []kafka.NewRecord
		for _, at := range times {
			records = append(records, kafka.NewRecord{Topic: topic, Value: []byte("v"), Timestamp: at})
		}
		for i, r := range p.Produce(t.Context(), records...) {
			if r.Err != nil || !r.Timestamp.Equal(times[i]) {
				t.Errorf("a record of %s: %+v", times[i], r)
			}
		}
	})
}

// The limit counts from the sending also for records that are ahead of their time.
func TestProducerGivesUp(t *testing.T) {
	cluster, c := fake(t, kfake.SeedTopics(1, "orders"))
	cluster.ControlKey(int16(kmsg.Produce), func(req kmsg.Request) (kmsg.Response, error, bool) {
		cluster.KeepControl()
		resp := req.ResponseKind().(*kmsg.ProduceResponse)
		for _, t := range req.(*kmsg.ProduceRequest).Topics {
			rt := kmsg.NewProduceResponseTopic()
			rt.Topic, rt.TopicID = t.Topic, t.TopicID
			for _, p := range t.Partitions {
				rp := kmsg.NewProduceResponseTopicPartition()
				rp.Partition, rp.ErrorCode = p.Partition, kerr.NotEnoughReplicas.Code
				rt.Partitions = append(rt.Partitions, rp)
			}
			resp.Topics = append(resp.Topics, rt)
		}
		return resp, nil, true
	})
	p, err := c.Producer(kafka.ProducerOptions{Limit: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	got := p.Produce(ctx, kafka.NewRecord{Topic: "orders", Value: []byte("v"), Timestamp: time.Now().Add(time.Hour)})
	if got[0].Err == nil || ctx.Err() != nil {
		t.Errorf("%+v, %v; want it to fail before the test ends it", got[0], ctx.Err())
	}
}

// The client library tells of nothing but the time: the reason is looked for.
func TestProducerSaysThatTooFewAreInSync(t *testing.T) {
	kafkatest.EachAlone(t, func(t *testing.T, k *kafkatest.Cluster) {
		topic := k.Topic(t, 1, 3, "min.insync.replicas", "3")
		c := connect(t, k.Config)
		p, err := c.Producer(kafka.ProducerOptions{Limit: 5 * time.Second})
		if err != nil {
			t.Fatal(err)
		}
		defer p.Close()
		if got := p.Produce(t.Context(), kafka.NewRecord{Topic: topic, Value: []byte("three in sync")}); got[0].Err != nil {
			t.Fatal(got[0].Err)
		}
		if err := k.Stack.Stop(t.Context(), 3); err != nil {
			t.Fatal(err)
		}
		kafkatest.Eventually(t, func() string {
			got, err := c.TopicMetadata(t.Context(), topic)
			if err != nil || len(got[0].Partitions[0].ISR) != 2 {
				return fmt.Sprintf("ISR %+v, %v", got, err)
			}
			return ""
		})
		got := p.Produce(t.Context(), kafka.NewRecord{Topic: topic, Value: []byte("two in sync")})
		if err := got[0].Err; !errors.Is(err, kerr.NotEnoughReplicas) || !strings.Contains(err.Error(), "partition 0 has 2 in sync of the 3 replicas") {
			t.Errorf("%v; want the reason, which is not the time", err)
		}
	})
}
