package kafka_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kerr"
	"pgregory.net/rapid"

	"kconsole/kafka"
)

func TestExplain(t *testing.T) {
	if kafka.Explain(nil) != nil {
		t.Error("nil is explained")
	}
	for _, test := range []struct {
		err  error
		kind kafka.Kind
		text string
	}{
		{context.Canceled, kafka.Canceled, "canceled"},
		{fmt.Errorf("reading: %w", context.DeadlineExceeded), kafka.Timeout, "in time"},
		{io.EOF, kafka.Unreachable, "closed the connection"},
		{kerr.SaslAuthenticationFailed, kafka.Auth, "check the user name and the password"},
		{fmt.Errorf("%w: no such\nthing", kerr.PolicyViolation), kafka.Denied, "a policy of the cluster forbids it (no such thing)"},
		{kerr.TopicAuthorizationFailed, kafka.Denied, "not authorised"},
		{kerr.UnknownTopicOrPartition, kafka.NotFound, "no such topic"},
		{kerr.InvalidProducerIDMapping, kafka.Invalid, "(INVALID_PRODUCER_ID_MAPPING)"},
		{errors.New("something else"), kafka.Other, "something else"},
	} {
		err := kafka.Explain(test.err)
		if kafka.KindOf(err) != test.kind || !strings.Contains(err.Error(), test.text) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%v: %v (%s), want %s and %q", test.err, err, kafka.KindOf(err), test.kind, test.text)
		}
		if !errors.Is(err, test.err) {
			t.Errorf("%v is not what %v wraps", test.err, err)
		}
		if again := kafka.Explain(fmt.Errorf("x: %w", err)); again.Error() != err.Error() {
			t.Errorf("explained twice: %v", again)
		}
	}
}

func TestEffectiveQuotasTakeTheMostSpecific(t *testing.T) {
	name := func(s string) *string { return &s }
	// From the least specific to the most; each beats all before it.
	order := []kafka.QuotaEntity{
		{Client: name("")},
		{Client: name("php")},
		{User: name("")},
		{User: name(""), Client: name("")},
		{User: name(""), Client: name("php")},
		{User: name("app")},
		{User: name("app"), Client: name("")},
		{User: name("app"), Client: name("php")},
	}
	quotas := []kafka.Quota{
		{Entity: kafka.QuotaEntity{User: name("other")}, Values: map[string]float64{"producer_byte_rate": -1}},
		{Entity: kafka.QuotaEntity{IP: name("")}, Values: map[string]float64{"connection_creation_rate": 5}},
	}
	if got := kafka.EffectiveQuotas(quotas, "app", "php"); len(got) != 0 {
		t.Errorf("%+v, want none", got)
	}
	for i, e := range order {
		quotas = append([]kafka.Quota{{Entity: e, Values: map[string]float64{"producer_byte_rate": float64(i)}}}, quotas...)
		got := kafka.EffectiveQuotas(quotas, "app", "php")
		if len(got) != 1 || got[0].Value != float64(i) || got[0].From != e {
			t.Errorf("with %s: %+v", e, got)
		}
	}
}

func TestSpreadReplicas(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		brokers := rapid.SliceOfNDistinct(rapid.Int32Range(1, 20), 1, 8, rapid.ID).Draw(t, "brokers")
		factor := rapid.IntRange(1, len(brokers)).Draw(t, "factor")
		topic := kafka.Topic{Name: "orders"}
		for id := range int32(rapid.IntRange(1, 40).Draw(t, "partitions")) {
			now := rapid.SliceOfNDistinct(rapid.Int32Range(1, 20), 1, 3, rapid.ID).Draw(t, "replicas")
			topic.Partitions = append(topic.Partitions, kafka.Partition{Topic: "orders", ID: id, Replicas: now})
		}
		to, err := kafka.SpreadReplicas(topic, brokers, factor)
		if err != nil || len(to) != len(topic.Partitions) {
			t.Fatalf("%v, %v", to, err)
		}
		for _, p := range topic.Partitions {
			replicas := to[kafka.TopicPartition{Topic: "orders", Partition: p.ID}]
			distinct := slices.Compact(slices.Sorted(slices.Values(replicas)))
			if len(replicas) != factor || len(distinct) != factor {
				t.Fatalf("partition %d: %v, want %d different brokers", p.ID, replicas, factor)
			}
			stay := 0
			for _, id := range p.Replicas {
				if slices.Contains(brokers, id) {
					stay++
				}
			}
			kept := 0
			for _, id := range replicas {
				if !slices.Contains(brokers, id) {
					t.Fatalf("partition %d: broker %d was not chosen", p.ID, id)
				}
				if slices.Contains(p.Replicas, id) {
					kept++
				}
			}
			if kept != min(stay, factor) {
				t.Fatalf("partition %d: %v from %v moves more than it must", p.ID, replicas, p.Replicas)
			}
		}
	})
	if _, err := kafka.SpreadReplicas(kafka.Topic{Name: "orders"}, []int32{1, 2}, 3); kafka.KindOf(err) != kafka.Invalid {
		t.Errorf("three replicas on two brokers: %v", err)
	}
}
