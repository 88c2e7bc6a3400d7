package services

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/twmb/avro"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sr"
)

// SourceConfig says where the sample shop publishes its events.
type SourceConfig struct {
	Options  []kgo.Opt  // how to reach the cluster
	Registry *sr.Client // where the schemas are registered
	Rate     float64    // events a second, all topics together; 0 means 5
	Backfill int        // events that are published at once when a topic is new
	Seed     uint64     // what is made up; the same seed gives the same events
	Log      *slog.Logger
}

// Source publishes the events of a made-up shop: orders on [OrdersTopic],
// registrations on [RegistrationTopic], as Avro in the Confluent wire format,
// keyed by customer and user, with headers. It is an ordinary client of the
// cluster: TLS, sign-in and ACLs apply to it.
type Source struct {
	cfg    SourceConfig
	client *kgo.Client
	shop   *shop

	orderID, registrationID int

	mu         sync.Mutex // guards what is below: promises may run beside each other
	lost       int
	complained time.Time
}

// OpenSource creates the topics and registers the schemas (subjects
// orders-value and user-registrations-value) where they are missing, and
// publishes the backfill if the orders topic was empty. Close what it returns.
func OpenSource(ctx context.Context, cfg SourceConfig) (*Source, error) {
	if cfg.Rate <= 0 {
		cfg.Rate = 5
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	client, err := kgo.NewClient(append(slices.Clip(cfg.Options),
		kgo.ClientID("sample-shop"),
		kgo.ProducerLinger(20*time.Millisecond),
		kgo.MetadataMinAge(250*time.Millisecond),
	)...)
	if err != nil {
		return nil, fmt.Errorf("sample events: %w", err)
	}
	s := &Source{cfg: cfg, client: client, shop: newShop(cfg.Seed)}
	if err := s.prepare(ctx); err != nil {
		client.Close()
		return nil, fmt.Errorf("sample events: %w", err)
	}
	return s, nil
}

// Close flushes nothing: what is not delivered by then is dropped.
func (s *Source) Close() { s.client.Close() }

func (s *Source) prepare(ctx context.Context) error {
	adm := kadm.NewClient(s.client)
	for topic, partitions := range map[string]int32{OrdersTopic: 6, RegistrationTopic: 3} {
		_, err := adm.CreateTopic(ctx, partitions, -1, nil, topic)
		if err != nil && !errors.Is(err, kerr.TopicAlreadyExists) {
			return fmt.Errorf("create topic %s: %w", topic, err)
		}
	}
	var err error
	if s.orderID, err = register(ctx, s.cfg.Registry, OrdersTopic, orderSchema); err != nil {
		return err
	}
	if s.registrationID, err = register(ctx, s.cfg.Registry, RegistrationTopic, registrationSchema); err != nil {
		return err
	}
	ends, err := adm.ListEndOffsets(ctx, OrdersTopic)
	if err != nil {
		return fmt.Errorf("read the end of %s: %w", OrdersTopic, err)
	}
	var old int64
	ends.Each(func(o kadm.ListedOffset) { old += max(o.Offset, 0) })
	s.shop.orders += int(old)
	if old > 0 || s.cfg.Backfill == 0 {
		return nil
	}
	// The past, one second apart, so that a first look finds history.
	now := time.Now()
	for i := s.cfg.Backfill; i > 0; i-- {
		s.publish(ctx, now.Add(-time.Duration(i)*time.Second))
	}
	return s.client.Flush(ctx)
}

func register(ctx context.Context, registry *sr.Client, topic, schema string) (int, error) {
	subject := topic + "-value"
	found, err := registry.CreateSchema(ctx, subject, sr.Schema{Schema: schema, Type: sr.TypeAvro})
	if err != nil {
		return 0, fmt.Errorf("register schema of %s: %w", subject, err)
	}
	return found.ID, nil
}

// Run publishes at the configured rate until ctx ends. A record that the
// cluster does not take is logged and dropped: the shop goes on, as a stopped
// broker is part of the lesson.
func (s *Source) Run(ctx context.Context) {
	tick := time.NewTicker(time.Duration(float64(time.Second) / s.cfg.Rate))
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-tick.C:
			s.publish(ctx, now)
		}
	}
}

// publish makes up one event of the time at: four orders to one registration.
func (s *Source) publish(ctx context.Context, at time.Time) {
	at = at.UTC().Truncate(time.Millisecond)
	var rec *kgo.Record
	var err error
	if s.shop.rnd.IntN(5) == 0 {
		r := s.shop.registration(at)
		rec, err = frame(RegistrationTopic, r.ID, s.registrationID, registrationAvro, &r)
	} else {
		o := s.shop.order(at)
		rec, err = frame(OrdersTopic, o.Customer.ID, s.orderID, orderAvro, &o)
	}
	if err != nil {
		s.cfg.Log.Error("sample event not encoded", "err", err)
		return
	}
	rec.Timestamp = at
	rec.Headers = []kgo.RecordHeader{
		{Key: "source", Value: []byte("sample-shop")},
		{Key: "trace", Value: strconv.AppendUint(nil, s.shop.rnd.Uint64(), 16)},
	}
	// TryProduce never blocks: when brokers are away the buffer fills and new
	// events are dropped, as a shop without customers' patience would.
	s.client.TryProduce(ctx, rec, func(_ *kgo.Record, err error) {
		if err != nil && ctx.Err() == nil {
			s.dropped(err)
		}
	})
}

// dropped logs that events were lost, at most one line in complainEvery.
func (s *Source) dropped(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.lost++
	if now := time.Now(); now.Sub(s.complained) >= complainEvery {
		s.cfg.Log.Warn("sample events not delivered", "events", s.lost, "err", err)
		s.lost, s.complained = 0, now
	}
}

const complainEvery = 10 * time.Second

// frame encodes v in the Confluent wire format: 0, schema id as four bytes big
// endian, Avro binary.
func frame(topic, key string, id int, schema *avro.Schema, v any) (*kgo.Record, error) {
	value := binary.BigEndian.AppendUint32([]byte{0}, uint32(id))
	value, err := schema.AppendEncode(value, v)
	if err != nil {
		return nil, fmt.Errorf("encode %s: %w", topic, err)
	}
	return &kgo.Record{Topic: topic, Key: []byte(key), Value: value}, nil
}
