package lessons

import (
	"context"
	"testing"

	"kconsole/kafka"
	"kconsole/labs"
	"kconsole/labs/proof"
)

func TestLab10(t *testing.T) {
	grant := func(ctx context.Context, env *labs.Env, acls ...kafka.ACL) error {
		admin, err := env.Admin()
		if err != nil {
			return err
		}
		return env.Apply(ctx)(admin.CreateACLs(ctx, acls...))
	}
	proof.Lab(t, lab(t, "10"), proof.Misses{
		"certificate": {Answer: proof.Wrong("4711")},
		// The right password, for the other mechanism.
		"user": {Do: func(ctx context.Context, env *labs.Env) error {
			first, _ := lab10Passwords(env)
			return lab10SetPassword(ctx, env, env.Name("billing"), "SCRAM-SHA-256", first)
		}},
		// The topic, and more than that; and not the group.
		"acls": {Do: func(ctx context.Context, env *labs.Env) error {
			user := env.Name("billing")
			return grant(ctx, env, lab10Reader(env, user)[0], lab10Binding(user, "TOPIC", env.Name("payments"), "WRITE"))
		}},
		// The salaries are denied, and the payments can still be written.
		"probe": {Do: func(ctx context.Context, env *labs.Env) error {
			denial := lab10Binding(env.Name("billing"), "TOPIC", env.Name("salaries"), "READ")
			denial.Permission = "DENY"
			return grant(ctx, env, denial)
		}},
		// The new password, for the mechanism that nobody uses.
		"rotate": {Do: func(ctx context.Context, env *labs.Env) error {
			_, second := lab10Passwords(env)
			return lab10SetPassword(ctx, env, env.Name("billing"), "SCRAM-SHA-256", second)
		}},
		// The record is there and read, but the administrator did it.
		"php": {Do: func(ctx context.Context, env *labs.Env) error {
			if _, err := env.Produce(ctx, labs.Record(env.Name("payments"), "pay-1", `{"cents":1}`)); err != nil {
				return err
			}
			return env.Until(ctx, "the payments are read", func(ctx context.Context) (bool, error) {
				_, err := env.ReadAsGroup(ctx, env.Name("payments-reader"), env.Name("payments"))
				return err == nil, err // a group that has just begun may not be there yet
			})
		}},
	})
}
