package kafka_test

import (
	"testing"

	"kconsole/compose"
	"kconsole/kafka/kafkatest"
)

// TestABrokerThatMoved: a client that could not reach a broker asks for its address
// again, and does not wait for the age of its metadata.
func TestABrokerThatMoved(t *testing.T) {
	cluster := kafkatest.Embedded(t)
	faults, ok := cluster.Stack.(compose.Faulter)
	if !ok {
		t.Fatal("the embedded stack has no faults")
	}
	if err := faults.AdvertiseWrong(t.Context(), 2, "127.0.0.1:1"); err != nil {
		t.Fatal(err)
	}
	c := connect(t, cluster.Config)
	if _, err := c.Groups(t.Context(), false); err == nil {
		t.Fatal("the groups were read from a broker that cannot be reached")
	}
	if err := faults.ClearFaults(t.Context(), 2); err != nil {
		t.Fatal(err)
	}
	kafkatest.Eventually(t, func() string {
		if _, err := c.Groups(t.Context(), false); err != nil {
			return err.Error()
		}
		return ""
	})
}
