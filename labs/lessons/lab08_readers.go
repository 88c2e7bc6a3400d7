package lessons

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"kconsole/avro"
	"kconsole/labs"
	"kconsole/labs/check"
)

// lab08ReadAs reads an Avro value of one schema as another.
func lab08ReadAs(writer, reader *avro.Schema, value []byte) (map[string]any, error) {
	_, payload, ok := avro.ParseConfluent(value)
	if !ok {
		return nil, fmt.Errorf("the value does not begin with a schema id")
	}
	r, err := writer.ReadAs(reader)
	if err != nil {
		return nil, err
	}
	text, err := r.AppendJSON(nil, payload, avro.Limits{})
	if err != nil {
		return nil, err
	}
	var out map[string]any
	return out, json.Unmarshal(text, &out)
}

// lab08Readers asks what comes out when an old record is read with the new schema.
func lab08Readers(ctx context.Context, env *labs.Env) (labs.Question, error) {
	first, next, err := lab08Pair(ctx, env)
	if err != nil {
		return labs.Question{}, err
	}
	raw, err := first.Avro.AppendAvro(avro.AppendConfluent(nil, first.ID), []byte(`{"id":"u-1","email":"old@example.com"}`))
	if err != nil {
		return labs.Question{}, err
	}
	value, err := lab08ReadAs(first.Avro, next.Avro, raw)
	if err != nil {
		return labs.Question{}, err
	}
	answer := fmt.Sprint(value["country"])
	if value["country"] == nil {
		answer = "null"
	}
	prompt := fmt.Sprintf("A record of version %d is read with version %d. Which country does the program get?", first.Version, next.Version)
	return check.Text(prompt, []string{answer, `"` + answer + `"`}, func(given string, right bool) string {
		if right {
			return "The old record has no country, so the reader's own default is put there. The other way round, a program with version 1 skips the country of a new record."
		}
		return fmt.Sprintf("It does not get %q: nobody wrote a country into that record, so the value has to come from the reader's schema.", given)
	}), nil
}

func lab08ReadersNudge(ctx context.Context, env *labs.Env) (string, error) {
	_, next, err := lab08Pair(ctx, env)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("Look at the field country in version %d of the schema: what stands beside its type?", next.Version), nil
}

// lab08Delete asks which level lets email go.
func lab08Delete(ctx context.Context, env *labs.Env) (labs.Question, error) {
	_, next, err := lab08Pair(ctx, env)
	if err != nil {
		return labs.Question{}, err
	}
	text, err := lab08With(next.Text, func(fields []any) []any {
		return slices.DeleteFunc(fields, func(f any) bool {
			m, _ := f.(map[string]any)
			return m["name"] == "email"
		})
	})
	if err != nil {
		return labs.Question{}, err
	}
	without, err := avro.Compile(text, nil)
	if err != nil {
		return labs.Question{}, err
	}
	passing := avro.PassingLevels(without, []avro.Version{{Number: next.Version, Schema: next.Avro}})
	why := map[avro.Level]string{
		avro.LevelBackward: "New programs read old records: they skip the email that they do not know.",
		avro.LevelForward:  "Old programs have to read new records: they want an email, the record has none, and they have no default for it.",
		avro.LevelFull:     "It asks for both directions, and an old program cannot do without the email.",
	}
	var choices []string
	answer := ""
	for _, level := range []avro.Level{avro.LevelForward, avro.LevelBackward, avro.LevelFull} {
		choices = append(choices, string(level))
		if slices.Contains(passing, level) {
			answer = string(level)
		}
	}
	if answer == "" {
		return labs.Question{}, fmt.Errorf("no level lets email go: your version %d has no such field", next.Version)
	}
	return check.Choice("Which level permits deleting email, which has no default?", choices, answer, func(choice string) string {
		return why[avro.Level(choice)]
	}), nil
}

func lab08DeleteNudge(context.Context, *labs.Env) (string, error) {
	return "Who is to read what? Without the email in new records, programs with the old schema miss it. Which level does not care about these?", nil
}

// The versions of the orders: the coupon goes, and comes back as another type.
const (
	lab08Order1 = `{"type":"record","name":"Order","namespace":"shop.orders","fields":[{"name":"id","type":"string"},{"name":"coupon","type":"string"}]}`
	lab08Order2 = `{"type":"record","name":"Order","namespace":"shop.orders","fields":[{"name":"id","type":"string"}]}`
	lab08Order3 = `{"type":"record","name":"Order","namespace":"shop.orders","fields":[{"name":"id","type":"string"},{"name":"coupon","type":"int","default":0}]}`
)

// lab08Orders makes a topic with records of two versions.
func lab08Orders(ctx context.Context, env *labs.Env) error {
	topic := env.Name("orders")
	if err := env.CreateTopic(ctx, topic, 3, 3); err != nil {
		return err
	}
	old := 5 + int(env.Nonce[0])%20
	for i, text := range []string{lab08Order1, lab08Order2} {
		if _, err := env.Register(ctx, topic+"-value", text); err != nil {
			return err
		}
		if err := lab08Begin(ctx, env, topic+"-value", avro.LevelBackward); err != nil {
			return err
		}
		s, ok, err := check.Schema(ctx, env, topic+"-value", i+1)
		if err != nil || !ok {
			return fmt.Errorf("version %d of %s-value is not there: %w", i+1, topic, err)
		}
		ends, err := check.Ends(ctx, env, topic)
		if err != nil {
			return err
		}
		if ends.Sum() >= int64(old+i*30) && ends.Sum() > 0 { // they were written before a restart
			continue
		}
		var values []string
		for n := range []int{old, 30}[i] {
			values = append(values, []string{fmt.Sprintf(`{"id":"o-%d","coupon":"WELCOME"}`, n), fmt.Sprintf(`{"id":"p-%d"}`, n)}[i])
		}
		if err := lab08Write(ctx, env, topic, s, values...); err != nil {
			return err
		}
	}
	return nil
}

// lab08Trial reads all orders with version 3.
func lab08Trial(ctx context.Context, env *labs.Env) (bad, all int64, err error) {
	reader, err := avro.Compile(lab08Order3, nil)
	if err != nil {
		return 0, 0, err
	}
	records, err := check.Records(ctx, env, env.Name("orders"), nil)
	if err != nil {
		return 0, 0, err
	}
	for i := range records {
		writer, err := env.Registry.SchemaByID(ctx, records[i].Value.SchemaID)
		if err != nil {
			return 0, 0, err
		}
		if writer.Avro == nil {
			return 0, 0, fmt.Errorf("schema %d is no usable Avro", writer.ID)
		}
		if _, err := lab08ReadAs(writer.Avro, reader, records[i].Record.Value); err != nil {
			bad++
		}
	}
	return bad, int64(len(records)), nil
}

func lab08Unreadable(ctx context.Context, env *labs.Env) (labs.Question, error) {
	bad, all, err := lab08Trial(ctx, env)
	if err != nil {
		return labs.Question{}, err
	}
	return check.Number("How many records of "+env.Name("orders")+" can a program with version 3 not read?", bad, 0, func(given int64, right bool) string {
		if right {
			return fmt.Sprintf("%d of %d: those of version 1, whose coupon is a string. BACKWARD compares with the latest version only, and that one had no coupon. BACKWARD_TRANSITIVE would have refused it.", bad, all)
		}
		return fmt.Sprintf("It is not %d. The topic holds %d records; have all of them tried with version 3.", given, all)
	}), nil
}

func lab08UnreadableNudge(ctx context.Context, env *labs.Env) (string, error) {
	_, all, err := lab08Trial(ctx, env)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("The topic holds %d records of two versions. The check with --topic reads each of them with the new schema.", all), nil
}
