package labs

import (
	"context"
	"fmt"
	"slices"

	"kconsole/avro/registry"
	"kconsole/kafka"
)

// Admin changes the cluster; it refuses on a read-only one.
func (e *Env) Admin() (*kafka.Admin, error) { return e.Cluster.Admin() }

// Apply carries a plan out and says it. It takes what makes a plan as it comes:
//
//	err := env.Apply(ctx)(admin.DeleteTopics(ctx, name))
func (e *Env) Apply(ctx context.Context) func(*kafka.Plan, error) error {
	return func(p *kafka.Plan, err error) error {
		if err != nil {
			return err
		}
		if p.Empty() {
			return nil
		}
		e.Say("%s", p.Title)
		res, err := p.Apply(ctx)
		if err != nil {
			return err
		}
		return res.Err()
	}
}

// CreateTopic makes a topic of the lab, by its full name, and waits until every
// partition has a leader. Configs are pairs. A topic that exists is left as it is.
func (e *Env) CreateTopic(ctx context.Context, name string, partitions int32, replicas int16, configs ...string) error {
	topics, err := e.Cluster.TopicMetadata(ctx, name)
	if err != nil {
		return err
	}
	if len(topics) == 1 && topics[0].Err == nil {
		return nil
	}
	admin, err := e.Admin()
	if err != nil {
		return err
	}
	t := kafka.NewTopic{Name: name, Partitions: partitions, Replicas: replicas, Configs: map[string]string{}}
	for i := 0; i+1 < len(configs); i += 2 {
		t.Configs[configs[i]] = configs[i+1]
	}
	if err := e.Apply(ctx)(admin.CreateTopics(ctx, t)); err != nil {
		return err
	}
	return e.Until(ctx, "topic "+name+" has its leaders", func(ctx context.Context) (bool, error) {
		topics, err := e.Cluster.TopicMetadata(ctx, name)
		if err != nil || len(topics) != 1 || topics[0].Err != nil || len(topics[0].Partitions) != int(partitions) {
			return false, err
		}
		for i := range topics[0].Partitions {
			if p := &topics[0].Partitions[i]; p.Leader == kafka.NoLeader || len(p.ISR) < len(p.Replicas) {
				return false, nil
			}
		}
		return true, nil
	})
}

// DeleteTopic deletes a topic and waits until it is gone from every broker's view:
// whoever asks next may ask a broker that has not heard of it.
func (e *Env) DeleteTopic(ctx context.Context, name string) error {
	admin, err := e.Admin()
	if err != nil {
		return err
	}
	if err := e.Apply(ctx)(admin.DeleteTopics(ctx, name)); err != nil {
		return err
	}
	return e.topicGone(ctx, name)
}

// topicGone waits until no broker knows a topic any more.
func (e *Env) topicGone(ctx context.Context, name string) error {
	return e.Until(ctx, "topic "+name+" is gone", func(ctx context.Context) (bool, error) {
		topics, err := e.Cluster.TopicOnEach(ctx, name)
		return err == nil && !slices.ContainsFunc(topics, func(t kafka.Topic) bool {
			return kafka.KindOf(t.Err) != kafka.NotFound
		}), err
	})
}

// Record is a record by its key and value, which the partitioner places as Java
// clients do. An empty key is none.
func Record(topic, key, value string) kafka.NewRecord {
	r := kafka.NewRecord{Topic: topic, Partition: -1, Value: []byte(value)}
	if key != "" {
		r.Key = []byte(key)
	}
	return r
}

// Produce writes records with acks=all and the run's nonce, and fails with the
// first that was not written.
func (e *Env) Produce(ctx context.Context, records ...kafka.NewRecord) ([]kafka.Produced, error) {
	p, err := e.Cluster.Producer(kafka.ProducerOptions{})
	if err != nil {
		return nil, err
	}
	defer p.Close()
	for i := range records {
		records[i].Headers = append(records[i].Headers, kafka.Header{Key: NonceHeader, Value: []byte(e.Nonce)})
	}
	out := p.Produce(ctx, records...)
	for i := range out {
		if out[i].Err != nil {
			return out, out[i].Err
		}
	}
	if len(records) > 0 {
		noun := "records"
		if len(out) == 1 {
			noun = "record"
		}
		e.Say("wrote %d %s to %s", len(out), noun, records[0].Topic)
	}
	return out, nil
}

// Register puts an Avro schema under a subject and returns its id. A schema that
// is there already keeps its id.
func (e *Env) Register(ctx context.Context, subject, schema string) (int, error) {
	if e.Registry == nil {
		return 0, fmt.Errorf("cannot register %s: this cluster has no schema registry", subject)
	}
	w, err := e.Registry.Writer()
	if err != nil {
		return 0, err
	}
	plan, err := w.Register(ctx, subject, registry.Draft{Text: schema})
	if err != nil {
		return 0, err
	}
	if !plan.Nothing {
		e.Say("%s", plan.Title)
	}
	out, err := plan.Apply(ctx)
	return out.ID, err
}
