package kafka_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"kconsole/kafka"
	"kconsole/kafka/config"
	"kconsole/kafka/kafkatest"
)

// TestRealTokens makes a delegation token and finds it, which the embedded cluster
// cannot do. Renewing and ending are not tested: a cluster that has just made its
// first token answers DELEGATION_TOKEN_NOT_FOUND for minutes, now and then. The
// token ends with the cluster.
func TestRealTokens(t *testing.T) {
	stack := kafkatest.Real(t)
	c := connect(t, stack.Config)
	a, ctx := admin(t, c), context.Background()
	var id string
	var hmac config.Secret
	p, err := a.CreateToken(ctx, "", []string{"User:app"}, time.Hour, func(i string, h config.Secret) { id, hmac = i, h })
	apply(t, p, err)
	if id == "" || hmac.Reveal() == "" || strings.Contains(p.String(), hmac.Reveal()) {
		t.Fatalf("token %q, in the plan %q", id, p)
	}
	mine := func() *kafka.Token {
		tokens, err := c.Tokens(ctx)
		if err != nil {
			t.Fatal(err)
		}
		i := slices.IndexFunc(tokens, func(x kafka.Token) bool { return x.ID == id })
		if i < 0 {
			return nil
		}
		return &tokens[i]
	}
	var is *kafka.Token
	eventually(t, "the token", func() bool { // each answer comes from another broker
		is = mine()
		return is != nil
	})
	if is.Owner != "User:admin" || len(is.Renewers) != 1 || is.Renewers[0] != "User:app" || is.Max.Sub(is.Issued) != time.Hour {
		t.Errorf("%+v", is)
	}
}
