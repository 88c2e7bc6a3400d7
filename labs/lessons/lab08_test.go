package lessons

import (
	"context"
	"testing"

	"kconsole/avro"
	"kconsole/labs"
	"kconsole/labs/proof"
)

func TestLab08(t *testing.T) { proof.Lab(t, lab(t, "08"), lab08Misses) }

var lab08Misses = proof.Misses{
	// The other direction.
	"level": {Do: func(ctx context.Context, env *labs.Env) error {
		return lab08Hold(ctx, env, lab08Users(env), avro.LevelForward)
	}},
	// The right schema under a wrong name.
	"add-field": {Do: func(ctx context.Context, env *labs.Env) error {
		_, err := env.Register(ctx, env.Name("user-value"), lab08V2)
		return err
	}},
	// Two records, both of the new version.
	"two-writers": {Do: lab08OnlyNew},
	"two-readers": {Answer: proof.Wrong("DE")},
	"trap":        {Answer: proof.Wrong("0")},
	"php":         {Do: lab08OnlyNew},
}

func lab08OnlyNew(ctx context.Context, env *labs.Env) error {
	_, next, err := lab08Pair(ctx, env)
	if err != nil {
		return err
	}
	value := `{"id":"u-2","email":"new@example.com","country":"DE"}`
	return lab08Write(ctx, env, env.Name("users"), next, value, value)
}
