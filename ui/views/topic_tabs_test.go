package views

import (
	"testing"

	"kconsole/kafka"
	"kconsole/kafka/poll"
)

func TestTopicOf(t *testing.T) {
	snap := &poll.Snapshot{Topics: poll.Part[kafka.Topic]{Rows: []kafka.Topic{{Name: "orders"}, {Name: "orders-eu"}}}}
	for subject, want := range map[string]string{
		"orders-value": "orders", "orders-key": "orders", "orders-shop.Order": "orders", "orders-eu-value": "orders-eu",
		":.prod:orders-value": "orders", "shop.Order": "", "orders": "", "-value": "", "payments-value": "",
	} {
		if got := topicOf(snap, subject); got != want {
			t.Errorf("%s is named after %q, want %q", subject, got, want)
		}
	}
}
