package lessons

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"kconsole/avro/decode"
	"kconsole/avro/registry"
	"kconsole/kafka"
	"kconsole/labs"
	"kconsole/labs/check"
)

// lab12Picked is one of several things, another one in each run.
func lab12Picked[T any](env *labs.Env, digit int, from []T) T {
	return from[int(env.Nonce[digit])%len(from)]
}

// lab12Readers asks who reads a topic.
func lab12Readers(ctx context.Context, env *labs.Env) (labs.Question, error) {
	readers := map[string][]string{}
	for _, group := range lab12Groups {
		g, ok, err := check.Group(ctx, env, env.Name(group))
		if err != nil {
			return labs.Question{}, err
		}
		if !ok {
			return labs.Question{}, fmt.Errorf("the group %s is gone: `kconsole lab reset 12` begins anew", env.Name(group))
		}
		var topics []string
		for _, o := range g.Offsets {
			if o.Committed != kafka.Unknown && !slices.Contains(topics, o.Topic) {
				topics = append(topics, o.Topic)
				readers[o.Topic] = append(readers[o.Topic], group)
			}
		}
	}
	topic := env.Name(lab12Picked(env, 0, lab12Topics[:4]))
	answer := strings.Join(readers[topic], " and ")
	choices := []string{}
	for _, t := range lab12Topics[:4] {
		if who := strings.Join(readers[env.Name(t)], " and "); who != "" && !slices.Contains(choices, who) {
			choices = append(choices, who)
		}
	}
	if answer == "" || len(choices) < 2 {
		return labs.Question{}, fmt.Errorf("no group has read %s yet: give the system a moment", topic)
	}
	prompt := fmt.Sprintf("Which of the groups %s… read the topic %s?", env.Name(""), topic)
	return check.Choice(prompt, choices, answer, func(choice string) string {
		if choice == answer {
			return "Nobody sends them anything: whoever is interested reads the topic, each group at its own place. All of it, as the groups show it now: " + lab12Flow(env, readers) + "."
		}
		return fmt.Sprintf("%s: no. Look at the topics of each group, and at the groups of %s.", choice, topic)
	}), nil
}

// lab12Flow draws who reads what, in one line. What a group writes Kafka does not
// tell: that is the step after.
func lab12Flow(env *labs.Env, readers map[string][]string) string {
	var arrows []string
	for _, topic := range lab12Topics {
		if who := readers[env.Name(topic)]; len(who) > 0 {
			arrows = append(arrows, topic+" ─▶ "+strings.Join(who, ", "))
		}
	}
	return strings.Join(arrows, "; ")
}

func lab12ReadersNudge(_ context.Context, env *labs.Env) (string, error) {
	return fmt.Sprintf("A group shows the topics that it has offsets for. There are four groups: %s, each with %s before its name.",
		strings.Join(lab12Groups, ", "), env.Name("")), nil
}

// lab12FieldNames are the names of a record's fields.
func lab12FieldNames(schema string) (names []string) {
	var s struct {
		Fields []struct {
			Name string `json:"name"`
		} `json:"fields"`
	}
	if json.Unmarshal([]byte(schema), &s) != nil {
		return nil
	}
	for _, f := range s.Fields {
		names = append(names, f.Name)
	}
	return names
}

// lab12Fields asks which subject has a field that no other one has.
func lab12Fields(ctx context.Context, env *labs.Env) (labs.Question, error) {
	owners := map[string][]string{}
	var all, fields, choices []string
	for _, topic := range lab12Topics {
		subject := env.Name(topic + "-value")
		s, ok, err := check.Schema(ctx, env, subject, registry.Latest)
		if err != nil {
			return labs.Question{}, err
		}
		if !ok {
			return labs.Question{}, fmt.Errorf("the subject %s is gone: `kconsole lab reset 12` begins anew", subject)
		}
		choices = append(choices, subject)
		for _, f := range lab12FieldNames(s.Text) {
			all = append(all, f)
			owners[f] = append(owners[f], subject)
		}
	}
	for _, f := range all {
		if len(owners[f]) == 1 {
			fields = append(fields, f)
		}
	}
	if len(fields) == 0 {
		return labs.Question{}, fmt.Errorf("every field is in several subjects now: `kconsole lab reset 12` begins anew")
	}
	field := lab12Picked(env, 1, fields)
	answer := owners[field][0]
	return check.Choice(fmt.Sprintf("Which subject's schema has the field %q?", field), choices, answer, func(choice string) string {
		if choice == answer {
			return "The subject is the contract: what a reader of the topic may rely on, in writing."
		}
		return fmt.Sprintf("%s describes other fields. `order` is in all of them: by it the events belong together.", choice)
	}), nil
}

func lab12FieldsNudge(context.Context, *labs.Env) (string, error) {
	return "Five subjects end in -value, one a topic. Each has one version; its text lists the fields.", nil
}

// The ways in which an order ends.
const (
	lab12Shipped  = "it was shipped"
	lab12SoldOut  = "an article was sold out"
	lab12Declined = "the payment was declined"
)

// lab12Fates tells how orders ended, by what the topics hold; only those that have.
func lab12Fates(ctx context.Context, env *labs.Env) (map[string]string, error) {
	out := map[string]string{}
	for _, topic := range []string{"stock", "payments", "shipments"} {
		records, err := check.Records(ctx, env, env.Name(topic), nil)
		if err != nil {
			return nil, err
		}
		for i := range records {
			var e struct{ Order, Status string }
			if records[i].Value.Kind != decode.Avro || json.Unmarshal(records[i].JSON, &e) != nil {
				continue
			}
			switch {
			case topic == "shipments":
				out[e.Order] = lab12Shipped
			case e.Status == "SOLD_OUT":
				out[e.Order] = lab12SoldOut
			case e.Status == "DECLINED":
				out[e.Order] = lab12Declined
			}
		}
	}
	return out, nil
}

// lab12Trace asks what became of an order: of one of each kind there is.
func lab12Trace(ctx context.Context, env *labs.Env) (labs.Question, error) {
	fates, err := lab12Fates(ctx, env)
	if err != nil {
		return labs.Question{}, err
	}
	orders, err := check.Records(ctx, env, env.Name("orders"), nil)
	if err != nil {
		return labs.Question{}, err
	}
	choices := []string{lab12Shipped, lab12SoldOut, lab12Declined}
	first := map[string]string{}
	for i := range orders {
		id := string(orders[i].Key)
		if fate := fates[id]; fate != "" && (first[fate] == "" || id < first[fate]) {
			first[fate] = id
		}
	}
	var ids []string
	for _, fate := range choices {
		if first[fate] != "" {
			ids = append(ids, first[fate])
		}
	}
	if len(ids) == 0 {
		return labs.Question{}, fmt.Errorf("no order is finished yet: give the system a moment")
	}
	id := lab12Picked(env, 2, ids)
	answer := fates[id]
	return check.Choice("What became of the order "+id+"?", choices, answer, func(choice string) string {
		if choice != answer {
			return "The topics tell it differently: search stock, payments and shipments for that key."
		}
		switch answer {
		case lab12SoldOut:
			return "Its status in stock is SOLD_OUT, so payment did nothing, and notification told the customer."
		case lab12Declined:
			return "Its status in payments is DECLINED, so nothing was shipped, and notification told the customer."
		}
		return "It is in every topic down to shipments and notifications: it took the whole way."
	}), nil
}

func lab12TraceNudge(context.Context, *labs.Env) (string, error) {
	return "The order's id is the key of every event about it. Where the trail ends, the status says why.", nil
}
