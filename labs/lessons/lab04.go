package lessons

import (
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io/fs"
	"strings"

	"kconsole/avro/decode"
	"kconsole/avro/registry"
	"kconsole/kafka"
	"kconsole/labs"
	"kconsole/labs/check"
)

func init() {
	register("04", map[string]labs.Behavior{
		"repair":   {Check: lab04Good("scratch"), Nudge: lab04Nudge("scratch"), Solve: lab04Register("scratch")},
		"register": {Stage: lab04Topic, Check: lab04Good("users"), Nudge: lab04Nudge("users"), Solve: lab04Register("users"), Lasting: true},
		"id":       {Stage: lab04Ready, Question: lab04WhichID, Nudge: lab04IDNudge},
		"same":     {Stage: lab04Ready, Check: lab04Good("members"), Question: lab04SameID, Nudge: lab04Nudge("members"), Solve: lab04RegisterAgain},
		"bytes":    {Stage: lab04Message, Question: lab04FirstBytes, Nudge: lab04BytesNudge},
		"size":     {Stage: lab04Message, Question: lab04Smaller, Nudge: lab04SizeNudge},
		"php":      {Stage: lab04Ready, Baseline: check.BaselineEnds("users"), Check: lab04Written, Nudge: lab04WrittenNudge, Solve: lab04WriteOne},
	})
}

func lab04Subject(env *labs.Env, short string) string { return env.Name(short + "-value") }

// lab04Users is the schema of a user, as the lab's PHP files have it.
func lab04Users(env *labs.Env) (string, error) {
	text, err := fs.ReadFile(env.Lab.Files, "php/shared/user.avsc")
	return string(text), err
}

func lab04Topic(ctx context.Context, env *labs.Env) error {
	return env.CreateTopic(ctx, env.Name("users"), 1, 3)
}

// lab04Ready makes the topic, and registers the schema where that was left out.
func lab04Ready(ctx context.Context, env *labs.Env) error {
	if err := lab04Topic(ctx, env); err != nil {
		return err
	}
	_, ok, err := check.Schema(ctx, env, lab04Subject(env, "users"), registry.Latest)
	if err != nil || ok {
		return err
	}
	return lab04Register("users")(ctx, env)
}

func lab04Register(short string) func(context.Context, *labs.Env) error {
	return func(ctx context.Context, env *labs.Env) error {
		text, err := lab04Users(env)
		if err != nil {
			return err
		}
		_, err = env.Register(ctx, lab04Subject(env, short), text)
		return err
	}
}

// lab04RegisterAgain registers the very schema of the users a second time.
func lab04RegisterAgain(ctx context.Context, env *labs.Env) error {
	s, ok, err := check.Schema(ctx, env, lab04Subject(env, "users"), registry.Latest)
	if err != nil {
		return err
	}
	if !ok {
		return fmt.Errorf("there is no schema under %s any more", lab04Subject(env, "users"))
	}
	_, err = env.Register(ctx, lab04Subject(env, "members"), s.Text)
	return err
}

// lab04Faults says what a subject's latest schema lacks of a user's; "" if it is
// one.
func lab04Faults(ctx context.Context, env *labs.Env, subject string) (string, error) {
	s, ok, err := check.Schema(ctx, env, subject, registry.Latest)
	if err != nil {
		return "", err
	}
	if !ok {
		return "no schema under that subject", nil
	}
	var user struct {
		Name   string `json:"name"`
		Fields []struct {
			Name    string          `json:"name"`
			Type    json.RawMessage `json:"type"`
			Default json.RawMessage `json:"default"`
		} `json:"fields"`
	}
	readable := json.Unmarshal([]byte(s.Text), &user) == nil // the text of a plain type is no object
	if s.Avro == nil || !readable || len(user.Fields) == 0 {
		return "a schema that is no record in Avro", nil
	}
	want := [][2]string{{"id", `"string"`}, {"email", `"string"`}, {"age", `["null","int"]`}}
	if len(user.Fields) != len(want) {
		return check.Count(int64(len(user.Fields)), "field"), nil
	}
	for i, w := range want {
		f := user.Fields[i]
		var typ bytes.Buffer
		if err := json.Compact(&typ, f.Type); err != nil {
			return "", err
		}
		if f.Name != w[0] || typ.String() != w[1] {
			return fmt.Sprintf("field %d is %s of type %s, wanted is %s of type %s", i+1, f.Name, typ.String(), w[0], w[1]), nil
		}
	}
	if string(user.Fields[2].Default) != "null" {
		return "the default of age is not null", nil
	}
	return "", nil
}

func lab04Good(short string) func(context.Context, *labs.Env) (labs.Verdict, error) {
	return func(ctx context.Context, env *labs.Env) (labs.Verdict, error) {
		subject := lab04Subject(env, short)
		fault, err := lab04Faults(ctx, env, subject)
		if err != nil {
			return labs.Verdict{}, err
		}
		if fault != "" {
			return labs.NotYet("the user's schema under "+subject, fault, "look at :subjects"), nil
		}
		return check.Registered(ctx, env, subject, 1)
	}
}

func lab04Nudge(short string) func(context.Context, *labs.Env) (string, error) {
	return func(ctx context.Context, env *labs.Env) (string, error) {
		fault, err := lab04Faults(ctx, env, lab04Subject(env, short))
		if err != nil {
			return "", err
		}
		if fault == "" {
			return "The schema is there.", nil
		}
		return "Seen under " + lab04Subject(env, short) + ": " + fault + ".", nil
	}
}

// lab04ID is the id of the latest schema of a subject.
func lab04ID(ctx context.Context, env *labs.Env, short string) (int, error) {
	s, ok, err := check.Schema(ctx, env, lab04Subject(env, short), registry.Latest)
	if err != nil {
		return 0, err
	}
	if !ok {
		return 0, fmt.Errorf("there is no schema under %s any more: register it again", lab04Subject(env, short))
	}
	return s.ID, nil
}

func lab04WhichID(ctx context.Context, env *labs.Env) (labs.Question, error) {
	id, err := lab04ID(ctx, env, "users")
	if err != nil {
		return labs.Question{}, err
	}
	return check.Number("What is the id of the latest schema of "+lab04Subject(env, "users")+"?", int64(id), 0, func(given int64, right bool) string {
		if right {
			return fmt.Sprintf("Whoever has the number %d gets the schema from the registry, without knowing any subject.", given)
		}
		return fmt.Sprintf("It is not %d. The version counts within the subject; the id is the schema's own, in the whole registry.", given)
	}), nil
}

func lab04IDNudge(ctx context.Context, env *labs.Env) (string, error) {
	versions, err := check.Versions(ctx, env, lab04Subject(env, "users"))
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("The subject has the versions %v. The id stands beside the version.", versions), nil
}

func lab04SameID(ctx context.Context, env *labs.Env) (labs.Question, error) {
	first, err := lab04ID(ctx, env, "users")
	if err != nil {
		return labs.Question{}, err
	}
	second, err := lab04ID(ctx, env, "members")
	if err != nil {
		return labs.Question{}, err
	}
	same, other := fmt.Sprintf("the same as the first: %d", first), "a new one, of its own"
	answer := same
	if first != second {
		answer = other
	}
	return check.Choice("Which id does the schema have under "+lab04Subject(env, "members")+"?", []string{other, same}, answer, func(choice string) string {
		switch {
		case choice != answer:
			return fmt.Sprintf("Look at both: under %s the id is %d, under %s it is %d.", lab04Subject(env, "users"), first, lab04Subject(env, "members"), second)
		case first == second:
			return "An id belongs to a schema, not to a subject: what is the same is stored once."
		}
		return "The two texts differ, so they are two schemas with an id each. The same text would have had the same id."
	}), nil
}

// lab04Encode gives a user of this run as JSON, and in Avro by the latest schema.
func lab04Encode(ctx context.Context, env *labs.Env) (id string, asJSON, asAvro []byte, err error) {
	id = "u-" + env.Nonce[:4]
	asJSON, err = json.Marshal(struct {
		ID    string `json:"id"`
		Email string `json:"email"`
		Age   int    `json:"age"`
	}{id, strings.Repeat("a", 3+int(env.Nonce[1])%8) + "@example.com", 20 + int(env.Nonce[0])%60})
	if err != nil {
		return "", nil, nil, err
	}
	s, ok, err := check.Schema(ctx, env, lab04Subject(env, "users"), registry.Latest)
	if err != nil {
		return "", nil, nil, err
	}
	if !ok {
		return "", nil, nil, fmt.Errorf("there is no schema under %s any more", lab04Subject(env, "users"))
	}
	encoder, err := decode.NewEncoder(s, "")
	if err != nil {
		return "", nil, nil, err
	}
	asAvro, err = encoder.Append(nil, asJSON)
	return id, asJSON, asAvro, err
}

// lab04Message writes the same user to two topics: once in Avro, once as JSON.
func lab04Message(ctx context.Context, env *labs.Env) error {
	if err := lab04Ready(ctx, env); err != nil {
		return err
	}
	if err := env.CreateTopic(ctx, env.Name("users-json"), 1, 3); err != nil {
		return err
	}
	if _, _, err := lab04Both(ctx, env); err == nil {
		return nil
	}
	id, asJSON, asAvro, err := lab04Encode(ctx, env)
	if err != nil {
		return err
	}
	_, err = env.Produce(ctx,
		kafka.NewRecord{Topic: env.Name("users"), Partition: -1, Key: []byte(id), Value: asAvro},
		kafka.NewRecord{Topic: env.Name("users-json"), Partition: -1, Key: []byte(id), Value: asJSON})
	return err
}

// lab04Both reads back what lab04Message wrote.
func lab04Both(ctx context.Context, env *labs.Env) (asAvro, asJSON check.Record, err error) {
	for topic, into := range map[string]*check.Record{env.Name("users"): &asAvro, env.Name("users-json"): &asJSON} {
		records, err := check.Records(ctx, env, topic, nil)
		if err != nil {
			return asAvro, asJSON, err
		}
		for _, r := range records {
			if r.Header(labs.NonceHeader) == env.Nonce && into.Record.Value == nil {
				*into = r
			}
		}
		if len(into.Record.Value) < 6 {
			return asAvro, asJSON, fmt.Errorf("the lab's record is not in %s: reset the lab", topic)
		}
	}
	return asAvro, asJSON, nil
}

func lab04FirstBytes(ctx context.Context, env *labs.Env) (labs.Question, error) {
	r, _, err := lab04Both(ctx, env)
	if err != nil {
		return labs.Question{}, err
	}
	plain := hex.EncodeToString(r.Record.Value[:5])
	spaced := strings.TrimSpace(fmt.Sprintf("% x", r.Record.Value[:5]))
	prompt := fmt.Sprintf("Which five bytes does the value of the record with the key %s, at offset %d, begin with? (in hex, as 00 01 02 03 04)", r.Key, r.Offset)
	return check.Text(prompt, []string{spaced, plain, "0x" + plain}, func(given string, right bool) string {
		if right {
			return fmt.Sprintf("00 is the magic byte, the four others are the number %d: the schema's id. What follows is the user.", r.Value.SchemaID)
		}
		return fmt.Sprintf("%q is not what the record begins with: 00, and then four bytes with the schema's id, the highest byte first.", given)
	}), nil
}

func lab04BytesNudge(ctx context.Context, env *labs.Env) (string, error) {
	id, err := lab04ID(ctx, env, "users")
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("The id is %d. As a number of four bytes in hex it has leading zeros.", id), nil
}

func lab04Smaller(ctx context.Context, env *labs.Env) (labs.Question, error) {
	asAvro, asJSON, err := lab04Both(ctx, env)
	if err != nil {
		return labs.Question{}, err
	}
	a, j := len(asAvro.Record.Value), len(asJSON.Record.Value)
	prompt := fmt.Sprintf("The value of the record %s: how many bytes fewer does it take in Avro, its first five bytes included, than as JSON?", asAvro.Key)
	return check.Number(prompt, int64(j-a), 0, func(given int64, right bool) string {
		if right {
			return fmt.Sprintf("%d bytes in Avro, %d as JSON. The names of the fields are in the schema, once, and not in every record.", a, j)
		}
		return fmt.Sprintf("It is not %d: subtract the size of the value in %s from that in %s.", given, env.Name("users"), env.Name("users-json"))
	}), nil
}

func lab04SizeNudge(ctx context.Context, env *labs.Env) (string, error) {
	_, asJSON, err := lab04Both(ctx, env)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("As JSON the user is %s, with a name before each value. How much of that is data?", asJSON.Record.Value), nil
}

// lab04NewUsers counts the new records, and those that are users in Avro.
func lab04NewUsers(ctx context.Context, env *labs.Env) (all, users int64, err error) {
	var base check.Offsets
	if err := env.Baseline(&base); err != nil {
		return 0, 0, err
	}
	records, err := check.Records(ctx, env, env.Name("users"), base)
	for i := range records {
		r := &records[i]
		var user struct {
			ID string `json:"id"`
		}
		if r.Value.SchemaID != 0 && r.Value.Err == nil && json.Unmarshal(r.JSON, &user) == nil && user.ID != "" && user.ID == string(r.Key) {
			users++
		}
	}
	return int64(len(records)), users, err
}

func lab04Written(ctx context.Context, env *labs.Env) (labs.Verdict, error) {
	all, users, err := lab04NewUsers(ctx, env)
	if err != nil {
		return labs.Verdict{}, err
	}
	if users > 0 {
		return labs.Done("%s in Avro", check.Count(users, "new user")), nil
	}
	return labs.NotYet("a new user in "+env.Name("users")+", in Avro, with the id as key",
		check.Count(all, "new record")+", none of them like that", "look at the records of "+env.Name("users")), nil
}

func lab04WrittenNudge(ctx context.Context, env *labs.Env) (string, error) {
	all, users, err := lab04NewUsers(ctx, env)
	if err != nil {
		return "", err
	}
	if all > 0 && users == 0 {
		return "A record has arrived. Does it begin with the magic byte and the id, and is the user's id its key?", nil
	}
	return fmt.Sprintf("New users in Avro: %d.", users), nil
}

func lab04WriteOne(ctx context.Context, env *labs.Env) error {
	id, _, asAvro, err := lab04Encode(ctx, env)
	if err != nil {
		return err
	}
	_, err = env.Produce(ctx, kafka.NewRecord{Topic: env.Name("users"), Partition: -1, Key: []byte(id), Value: asAvro})
	return err
}
