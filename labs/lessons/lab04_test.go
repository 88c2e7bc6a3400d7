package lessons

import (
	"context"
	"testing"

	"kconsole/labs"
	"kconsole/labs/proof"
)

func TestLab04(t *testing.T) {
	// user registers a user whose age has a type of its own.
	user := func(subject, age string) func(context.Context, *labs.Env) error {
		return func(ctx context.Context, env *labs.Env) error {
			_, err := env.Register(ctx, env.Name(subject), `{"type":"record","name":"User","namespace":"shop.users","fields":[
				{"name":"id","type":"string"},{"name":"email","type":"string"},{"name":"age",`+age+`}]}`)
			return err
		}
	}
	proof.Lab(t, lab(t, "04"), proof.Misses{
		// The default is repaired by turning the union round.
		"repair": {Do: user("scratch-value", `"type":["int","null"],"default":0`)},
		// The subject is the topic's name alone.
		"register": {Do: user("users", `"type":["null","int"],"default":null`)},
		"id":       {Answer: proof.Wrong("4711")},
		// One without a default.
		"same":  {Do: user("members-value", `"type":["null","int"]`)},
		"bytes": {Answer: proof.Wrong("7b 22 69 64 22")},
		"size":  {Answer: proof.Wrong("4711")},
		// A user as JSON.
		"php": {Do: func(ctx context.Context, env *labs.Env) error {
			_, err := env.Produce(ctx, labs.Record(env.Name("users"), "u-17", `{"id":"u-17","email":"ada@example.com","age":42}`))
			return err
		}},
	})
}
