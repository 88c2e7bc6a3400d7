package lessons

import (
	"context"
	"encoding/json"
	"fmt"

	"kconsole/avro"
	"kconsole/avro/decode"
	"kconsole/avro/registry"
	"kconsole/kafka"
	"kconsole/labs"
	"kconsole/labs/check"
)

func init() {
	register("08", map[string]labs.Behavior{
		"level":       {Stage: lab08Open, Check: lab08Level, Nudge: lab08LevelNudge, Solve: lab08SetLevel, Lasting: true},
		"add-field":   {Stage: lab08Open, Check: lab08Added, Nudge: lab08AddedNudge, Solve: lab08Add, Lasting: true},
		"refused":     {Stage: lab08Ready, Question: lab08Phone, Nudge: lab08PhoneNudge},
		"two-writers": {Stage: lab08Ready, Baseline: check.BaselineEnds("users"), Check: lab08Both, Nudge: lab08BothNudge, Solve: lab08WriteBoth},
		"two-readers": {Stage: lab08Ready, Question: lab08Readers, Nudge: lab08ReadersNudge},
		"delete":      {Stage: lab08Ready, Question: lab08Delete, Nudge: lab08DeleteNudge},
		"trap":        {Stage: lab08Orders, Question: lab08Unreadable, Nudge: lab08UnreadableNudge},
		"php":         {Stage: lab08Ready, Baseline: check.BaselineEnds("users"), Check: lab08Both, Nudge: lab08BothNudge, Solve: lab08WriteBoth},
	})
}

// The versions of the users, as in the lab's PHP files.
const (
	lab08V1 = `{"type":"record","name":"User","namespace":"shop.users","fields":[{"name":"id","type":"string"},{"name":"email","type":"string"}]}`
	lab08V2 = `{"type":"record","name":"User","namespace":"shop.users","fields":[{"name":"id","type":"string"},{"name":"email","type":"string"},{"name":"country","type":"string","default":"unknown"}]}`
)

func lab08Users(env *labs.Env) string { return env.Name("users-value") }

// lab08Open makes the topic and version 1 of its subject, which checks nothing. A
// level that the subject has already is the learner's.
func lab08Open(ctx context.Context, env *labs.Env) error {
	if err := env.CreateTopic(ctx, env.Name("users"), 3, 3); err != nil {
		return err
	}
	versions, err := check.Versions(ctx, env, lab08Users(env))
	if err != nil {
		return err
	}
	if len(versions) == 0 {
		if _, err := env.Register(ctx, lab08Users(env), lab08V1); err != nil {
			return err
		}
	}
	return lab08Begin(ctx, env, lab08Users(env), avro.LevelNone)
}

// lab08Begin gives a subject that exists a level of its own, where it has none.
func lab08Begin(ctx context.Context, env *labs.Env, subject string, level avro.Level) error {
	if _, inherited, err := env.Registry.Level(ctx, subject); err != nil || !inherited {
		return err
	}
	return lab08Hold(ctx, env, subject, level)
}

// lab08Ready brings about what the first steps make, where they were left out.
func lab08Ready(ctx context.Context, env *labs.Env) error {
	if err := lab08Open(ctx, env); err != nil {
		return err
	}
	level, err := lab08Level(ctx, env)
	if err != nil {
		return err
	}
	if !level.Done() {
		if err := lab08SetLevel(ctx, env); err != nil {
			return err
		}
	}
	added, err := lab08Added(ctx, env)
	if err != nil || added.Done() {
		return err
	}
	return lab08Add(ctx, env)
}

func lab08Hold(ctx context.Context, env *labs.Env, subject string, level avro.Level) error {
	w, err := env.Registry.Writer()
	if err != nil {
		return err
	}
	plan, err := w.SetLevel(ctx, subject, level)
	if err != nil {
		return err
	}
	if !plan.Nothing {
		env.Say("%s", plan.Title)
	}
	_, err = plan.Apply(ctx)
	return err
}

func lab08Level(ctx context.Context, env *labs.Env) (labs.Verdict, error) {
	return check.Level(ctx, env, lab08Users(env), avro.LevelBackward)
}

func lab08LevelNudge(ctx context.Context, env *labs.Env) (string, error) {
	level, inherited, err := env.Registry.Level(ctx, lab08Users(env))
	if err != nil {
		return "", err
	}
	from := "set for the subject itself"
	if inherited {
		from = "inherited from the registry"
	}
	return fmt.Sprintf("The level of %s is %s, %s. Wanted is the one with which a new schema reads old records.", lab08Users(env), level, from), nil
}

func lab08SetLevel(ctx context.Context, env *labs.Env) error {
	return lab08Hold(ctx, env, lab08Users(env), avro.LevelBackward)
}

// lab08Default tells whether a schema has the field country, and with a default.
func lab08Default(text string) (there, has bool) {
	var s struct {
		Fields []struct {
			Name    string          `json:"name"`
			Default json.RawMessage `json:"default"`
		} `json:"fields"`
	}
	if json.Unmarshal([]byte(text), &s) != nil {
		return false, false
	}
	for _, f := range s.Fields {
		if f.Name == "country" {
			return true, f.Default != nil
		}
	}
	return false, false
}

// lab08Versions are version 1 and the first later one that has country with a
// default; next is nil where there is none.
func lab08Versions(ctx context.Context, env *labs.Env) (first, next *registry.Schema, err error) {
	versions, err := check.Versions(ctx, env, lab08Users(env))
	if err != nil {
		return nil, nil, err
	}
	for _, v := range versions {
		s, ok, err := check.Schema(ctx, env, lab08Users(env), v)
		if err != nil {
			return nil, nil, err
		}
		if !ok || s.Avro == nil {
			continue
		}
		if _, has := lab08Default(s.Text); has && next == nil {
			next = s
		}
		if first == nil {
			first = s
		}
	}
	if first == nil {
		return nil, nil, fmt.Errorf("subject %s is gone: `kconsole lab reset 08` begins anew", lab08Users(env))
	}
	return first, next, nil
}

// lab08Pair are both versions, which must be there.
func lab08Pair(ctx context.Context, env *labs.Env) (first, next *registry.Schema, err error) {
	first, next, err = lab08Versions(ctx, env)
	if err == nil && next == nil {
		err = fmt.Errorf("%s has no version with country and a default any more: register it again", lab08Users(env))
	}
	return first, next, err
}

func lab08Added(ctx context.Context, env *labs.Env) (labs.Verdict, error) {
	want := "a new version of " + lab08Users(env) + " with the field country and a default"
	first, next, err := lab08Versions(ctx, env)
	if err != nil {
		return labs.Verdict{}, err
	}
	if next == nil {
		return labs.NotYet(want, fmt.Sprintf("version %d and none with that field and a default", first.Version), "look at :subjects"), nil
	}
	if conflicts := avro.Compare(first.Avro, next.Avro); len(conflicts) > 0 {
		why, _ := conflicts[0].Explain(avro.NewReadsOld)
		return labs.NotYet(want+", which reads records of version 1", why, "keep id and email as they are"), nil
	}
	return labs.Done("version %d has country with a default, schema id %d", next.Version, next.ID), nil
}

func lab08AddedNudge(ctx context.Context, env *labs.Env) (string, error) {
	s, ok, err := check.Schema(ctx, env, lab08Users(env), registry.Latest)
	if err != nil {
		return "", err
	}
	if !ok {
		return "The subject " + lab08Users(env) + " is gone.", nil
	}
	there, has := lab08Default(s.Text)
	switch {
	case !there:
		return fmt.Sprintf("The latest version of %s is %d and has no field country. Was another subject given?", s.Subject, s.Version), nil
	case !has:
		return "The field is there, without a default.", nil
	}
	return "The field is there, with a default. Are the other fields as they were?", nil
}

func lab08Add(ctx context.Context, env *labs.Env) error {
	_, err := env.Register(ctx, lab08Users(env), lab08V2)
	return err
}

// lab08With is a schema's text with another list of fields.
func lab08With(text string, change func([]any) []any) (string, error) {
	var s map[string]any
	if err := json.Unmarshal([]byte(text), &s); err != nil {
		return "", err
	}
	fields, _ := s["fields"].([]any)
	s["fields"] = change(fields)
	out, err := json.Marshal(s)
	return string(out), err
}

func lab08Phone(ctx context.Context, env *labs.Env) (labs.Question, error) {
	latest, ok, err := check.Schema(ctx, env, lab08Users(env), registry.Latest)
	if err != nil {
		return labs.Question{}, err
	}
	if !ok {
		return labs.Question{}, fmt.Errorf("subject %s is gone: `kconsole lab reset 08` begins anew", lab08Users(env))
	}
	text, err := lab08With(latest.Text, func(fields []any) []any {
		return append(fields, map[string]any{"name": "phone", "type": "string"})
	})
	if err != nil {
		return labs.Question{}, err
	}
	said, err := env.Registry.Check(ctx, lab08Users(env), registry.Latest, registry.Draft{Text: text})
	if err != nil {
		return labs.Question{}, err
	}
	choices := []string{
		"it is taken: a field more does no harm",
		"it is refused: an old program does not know phone",
		"it is refused: an old record has no phone, and no default says what to put there",
	}
	answer := choices[2]
	if said.Compatible {
		answer = choices[0]
	}
	prompt := fmt.Sprintf("What does the registry say to version %d with one field more, phone, a string without a default?", latest.Version+1)
	return check.Choice(prompt, choices, answer, func(choice string) string {
		switch choice {
		case answer:
			return "That is what the registry answers to it now, by the level of the subject. With a default it would be taken."
		case choices[1]:
			return "A reader skips fields that it does not know: that is never a reason."
		case choices[0]:
			return "The registry refuses it. Think of a record that was written before there was a phone."
		}
		return "The registry takes it now: the level of the subject is not BACKWARD any more."
	}), nil
}

func lab08PhoneNudge(ctx context.Context, env *labs.Env) (string, error) {
	level, _, err := env.Registry.Level(ctx, lab08Users(env))
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("The level is %s. Ask the registry without registering anything, and read which field it complains about.", level), nil
}

// lab08ByID counts the new records by schema id that could be read.
func lab08ByID(ctx context.Context, env *labs.Env) (map[int]int, error) {
	var base check.Offsets
	if err := env.Baseline(&base); err != nil {
		return nil, err
	}
	records, err := check.Records(ctx, env, env.Name("users"), base)
	if err != nil {
		return nil, err
	}
	out := map[int]int{}
	for i := range records {
		if records[i].Value.Err == nil {
			out[records[i].Value.SchemaID]++
		}
	}
	return out, nil
}

func lab08Both(ctx context.Context, env *labs.Env) (labs.Verdict, error) {
	first, next, err := lab08Pair(ctx, env)
	if err != nil {
		return labs.Verdict{}, err
	}
	counts, err := lab08ByID(ctx, env)
	if err != nil {
		return labs.Verdict{}, err
	}
	if counts[first.ID] == 0 || counts[next.ID] == 0 {
		return labs.NotYet(fmt.Sprintf("new records in %s of both versions, with the schema ids %d and %d", env.Name("users"), first.ID, next.ID),
			fmt.Sprintf("%s of version %d, %d of version %d", check.Count(int64(counts[first.ID]), "record"), first.Version, counts[next.ID], next.Version), "look at the schema id of each record"), nil
	}
	return labs.Done("records of version %d (id %d) and of version %d (id %d) lie in one topic", first.Version, first.ID, next.Version, next.ID), nil
}

func lab08BothNudge(ctx context.Context, env *labs.Env) (string, error) {
	first, next, err := lab08Pair(ctx, env)
	if err != nil {
		return "", err
	}
	counts, err := lab08ByID(ctx, env)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("Since the step began: %s with schema id %d, %d with schema id %d. One of each will do.", check.Count(int64(counts[first.ID]), "record"), first.ID, counts[next.ID], next.ID), nil
}

// lab08Write encodes values by a schema and writes them.
func lab08Write(ctx context.Context, env *labs.Env, topic string, s *registry.Schema, values ...string) error {
	enc, err := decode.NewEncoder(s, "")
	if err != nil {
		return err
	}
	var records []kafka.NewRecord
	for _, v := range values {
		raw, err := enc.Append(nil, []byte(v))
		if err != nil {
			return err
		}
		records = append(records, labs.Record(topic, "", string(raw)))
	}
	_, err = env.Produce(ctx, records...)
	return err
}

func lab08WriteBoth(ctx context.Context, env *labs.Env) error {
	first, next, err := lab08Pair(ctx, env)
	if err != nil {
		return err
	}
	if err := lab08Write(ctx, env, env.Name("users"), first, `{"id":"u-1","email":"old@example.com"}`); err != nil {
		return err
	}
	return lab08Write(ctx, env, env.Name("users"), next, `{"id":"u-2","email":"new@example.com","country":"DE"}`)
}
