package lessons

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"kconsole/avro"
	"kconsole/avro/decode"
	"kconsole/avro/registry"
	"kconsole/kafka"
	"kconsole/labs"
	"kconsole/labs/check"
	"kconsole/labs/services"
)

const (
	w10Web, w10Store = "web", "store" // services, and how the ids of their customers begin
	w10Tick          = 300 * time.Millisecond
	w10Before        = 20 // customers of before Tuesday
)

// w10Stage has stores that write version 1, and a web form and a CRM that use what
// was registered on Tuesday under a name of its own.
func w10Stage(ctx context.Context, env *labs.Env) error {
	for _, topic := range []string{"customers", "contacts", "dead-letters"} {
		if err := env.CreateTopic(ctx, env.Name(topic), 3, 3); err != nil {
			return err
		}
	}
	if err := w10Schemas(ctx, env); err != nil {
		return err
	}
	if err := openSettings(ctx, env, setting{w10Subject, w10Wrong(env)}); err != nil {
		return err
	}
	if err := w10Past(ctx, env); err != nil {
		return err
	}
	if env.Services.Get(env.Name("crm")) == nil {
		if err := w10CRM(env); err != nil {
			return err
		}
	}
	for _, origin := range []string{w10Web, w10Store} {
		if env.Services.Get(env.Name(origin)) != nil {
			continue
		}
		env.Say("start %s: it writes customers to %s", origin, env.Name("customers"))
		if _, err := env.Services.StartTask(env.Name(origin), "writes new customers", func(ctx context.Context) error { return w10Sign(ctx, env, origin) }); err != nil {
			return err
		}
	}
	return nil
}

// w10Schemas registers version 1 with its level, and Tuesday's schema beside it. A
// subject that has versions is the learner's.
func w10Schemas(ctx context.Context, env *labs.Env) error {
	for _, s := range []struct{ subject, text string }{{w10Right(env), w10V1}, {w10Wrong(env), w10Tuesday}} {
		versions, err := check.Versions(ctx, env, s.subject)
		if err != nil {
			return err
		}
		if len(versions) > 0 {
			continue
		}
		if _, err := env.Register(ctx, s.subject, s.text); err != nil {
			return err
		}
		if s.subject != w10Right(env) {
			continue
		}
		if err := lab08Hold(ctx, env, s.subject, avro.LevelBackward); err != nil {
			return err
		}
	}
	return nil
}

// w10Past has customers of before Tuesday, whom the CRM knows.
func w10Past(ctx context.Context, env *labs.Env) error {
	ends, err := check.Ends(ctx, env, env.Name("customers"))
	if err != nil {
		return err
	}
	if ends.Sum() == 0 {
		if err := w10WritePast(ctx, env); err != nil {
			return err
		}
	}
	return env.Until(ctx, "the CRM has handled the customers of before", func(ctx context.Context) (bool, error) {
		handled, err := check.Committed(ctx, env, env.Name("crm"), env.Name("customers"))
		if err != nil || len(handled) > 0 {
			return err == nil, err
		}
		_, err = env.ReadAsGroup(ctx, env.Name("crm"), env.Name("customers"))
		return err == nil, err
	})
}

func w10WritePast(ctx context.Context, env *labs.Env) error {
	s, ok, err := check.Schema(ctx, env, w10Right(env), 1)
	if err != nil || !ok {
		return errors.Join(err, fmt.Errorf("%s has no version 1", w10Right(env)))
	}
	var customers, contacts []kafka.NewRecord
	for i := range w10Before {
		id := fmt.Sprintf("%s-%d", []string{w10Web, w10Store}[i%2], i+1)
		r, text, err := w10Customer(env, s, id)
		if err != nil {
			return err
		}
		customers = append(customers, r)
		contacts = append(contacts, labs.Record(env.Name("contacts"), id, string(text)))
	}
	if _, err := env.Produce(ctx, contacts...); err != nil {
		return err
	}
	_, err = env.Produce(ctx, customers...)
	return err
}

// w10Customer makes a customer up, as a record of a schema.
func w10Customer(env *labs.Env, s *registry.Schema, id string) (r kafka.NewRecord, text []byte, err error) {
	enc, err := decode.NewEncoder(s, "")
	if err != nil {
		return r, nil, err
	}
	fields := map[string]any{"id": id, "email": id + "@example.com"}
	for _, f := range s.Avro.Root().Fields {
		if f.Name == "phone" {
			fields["phone"] = "+49 30 " + strconv.Itoa(100_000+len(id)*7919)
		}
	}
	if text, err = json.Marshal(fields); err != nil {
		return r, nil, err
	}
	raw, err := enc.Append(nil, text)
	return labs.Record(env.Name("customers"), id, string(raw)), text, err
}

// w10Newest returns what finds the newest schema of the subject in the settings, at
// most once a second. What cannot be found now stays as it was; nil as long as
// nothing was found.
func w10Newest(env *labs.Env) func(context.Context) *registry.Schema {
	read := follow(env)
	var now *registry.Schema
	var next time.Time
	return func(ctx context.Context) *registry.Schema {
		if time.Now().Before(next) {
			return now
		}
		next = time.Now().Add(time.Second)
		if s, ok, err := check.Schema(ctx, env, read(ctx)[w10Subject], registry.Latest); err == nil && ok && s.Avro != nil {
			now = s
		}
		return now
	}
}

// w10Sign writes new customers until ctx ends: those of the web by the newest
// schema, those of the stores by the first one, as their tills were delivered.
func w10Sign(ctx context.Context, env *labs.Env, origin string) error {
	p, err := env.Cluster.Producer(kafka.ProducerOptions{Limit: 30 * time.Second, Client: []kgo.Opt{kgo.ClientID(env.Name(origin))}})
	if err != nil {
		return err
	}
	defer p.Close()
	schema := w10Newest(env)
	if origin == w10Store {
		first, ok, err := check.Schema(ctx, env, w10Right(env), 1)
		if err != nil || !ok {
			return errors.Join(err, fmt.Errorf("%s has no version 1", w10Right(env)))
		}
		schema = func(context.Context) *registry.Schema { return first }
	}
	n := env.Clock().UnixMilli()
	tick := time.NewTicker(w10Tick)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		s := schema(ctx)
		if svc := env.Services.Get(env.Name(origin)); s == nil || svc == nil || svc.Status().Switches.Paused {
			continue
		}
		n++
		r, _, err := w10Customer(env, s, fmt.Sprintf("%s-%d", origin, n))
		if err != nil {
			continue // a form that does not know what to fill in sends nothing
		}
		p.Produce(ctx, r)
	}
}

// w10CRM starts what makes a contact of each customer, with the newest schema as
// reader. What it cannot read it puts aside.
func w10CRM(env *labs.Env) error {
	env.Say("start the CRM: it reads %s as group %s, and writes %s", env.Name("customers"), env.Name("crm"), env.Name("contacts"))
	newest := w10Newest(env)
	_, err := env.Services.StartConsumer(services.Consumer{
		Name: env.Name("crm"), About: "makes a contact of each customer", Group: env.Name("crm"), Topics: []string{env.Name("customers")},
		DeadLetterTopic: env.Name("dead-letters"), MaxPollRecords: 5,
		Handle: func(ctx context.Context, d *services.Delivery) error {
			reader := newest(ctx)
			if reader == nil {
				return fmt.Errorf("no schema is found for %s", d.Topic)
			}
			id, _, _ := avro.ParseConfluent(d.Value)
			writer, err := env.Registry.SchemaByID(ctx, id)
			if err != nil {
				return err
			}
			if writer.Avro == nil {
				return fmt.Errorf("schema %d is no usable Avro", id)
			}
			contact, err := lab08ReadAs(writer.Avro, reader.Avro, d.Value)
			if err != nil {
				return fmt.Errorf("a customer of schema %d cannot be read with schema %d: %w", writer.ID, reader.ID, err)
			}
			return d.Publish(ctx, services.Event{Topic: env.Name("contacts"), Key: string(d.Key), Value: contact})
		},
	})
	return err
}
