package kafka_test

import (
	"strings"
	"testing"

	"kconsole/compose"
	"kconsole/kafka"
	"kconsole/kafka/kafkatest"
)

// TestOneWrongCertificate: one broker that nobody trusts fails what only it can do,
// not each request that could as well go to another one.
func TestOneWrongCertificate(t *testing.T) {
	cluster := kafkatest.Embedded(t)
	faults, ok := cluster.Stack.(compose.Faulter)
	if !ok {
		t.Fatal("the embedded stack has no faults")
	}
	topic := cluster.Topic(t, 3, 1)
	const broken = 2
	if err := faults.WrongCertificate(t.Context(), broken); err != nil {
		t.Fatal(err)
	}
	for range 12 { // each connects anew, and the library begins anywhere
		c := connect(t, cluster.Config)
		topics, err := c.TopicMetadata(t.Context(), topic)
		if err != nil {
			t.Fatal(err)
		}
		p, err := c.Producer(kafka.ProducerOptions{})
		if err != nil {
			t.Fatal(err)
		}
		for _, partition := range topics[0].Partitions {
			if partition.Leader == broken {
				continue
			}
			record := kafka.NewRecord{Topic: topic, Partition: partition.ID, Value: []byte("an order")}
			if result := p.Produce(t.Context(), record)[0]; result.Err != nil {
				t.Errorf("partition %d of broker %d: %v", partition.ID, partition.Leader, result.Err)
			}
		}
		p.Close()
		_, err = c.Groups(t.Context(), false)
		if kafka.KindOf(err) != kafka.TLS || !strings.Contains(err.Error(), "the certificate at "+cluster.Config.Brokers[broken-1]+" is not valid") {
			t.Errorf("the groups of all brokers: got %v, want what is wrong with the certificate of broker %d", err, broken)
		}
		c.Close()
	}
}
