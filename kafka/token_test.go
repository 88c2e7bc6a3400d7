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

// TestRealTokens makes, renews and ends a delegation token, which the embedded
// cluster does not have.
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
	eventually(t, "a token that can be renewed", func() bool {
		p, err := a.RenewToken(ctx, id, 10*time.Minute)
		return applied(ctx, p, err) == nil
	})
	eventually(t, "a token renewed for ten minutes", func() bool {
		x := mine()
		return x != nil && x.Expires.Before(time.Now().Add(11*time.Minute))
	})
	eventually(t, "a token that can be ended", func() bool {
		p, err := a.ExpireToken(ctx, id)
		return applied(ctx, p, err) == nil
	})
	eventually(t, "the token to be gone", func() bool { return mine() == nil })
	if _, err := a.RenewToken(ctx, id, 0); kafka.KindOf(err) != kafka.NotFound {
		t.Errorf("renew one that is gone: %v", err)
	}
}
