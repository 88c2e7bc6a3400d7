package kafka_test

import (
	"context"
	"encoding/base64"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"

	"kconsole/kafka"
	"kconsole/kafka/config"
	"kconsole/kafka/kafkatest"
)

// TestRealTokens makes, renews and ends a delegation token, which the embedded
// cluster cannot do, and holds it against Kafka's own tool.
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
	// Brokers learn of a token one after the other and any of them may be asked:
	// only many answers in a row are the answer of all.
	settled := func(what string, ok func(*kafka.Token) bool) {
		t.Helper()
		inRow := 0
		eventually(t, what, func() bool {
			if inRow++; !ok(mine()) {
				inRow = 0
			}
			return inRow >= 10
		})
	}
	var is *kafka.Token
	settled("the token", func(x *kafka.Token) bool { is = x; return x != nil })
	if is.Owner != "User:admin" || len(is.Renewers) != 1 || is.Renewers[0] != "User:app" || is.Max.Sub(is.Issued) != time.Hour {
		t.Errorf("%+v", is)
	}
	// A request to renew or expire names the token by its HMAC, which every node
	// works out by itself: all of them have to know the same one.
	secret := hmac.Reveal()
	for broker := range 3 {
		req := kmsg.NewPtrDescribeDelegationTokenRequest()
		req.Owners = nil // all
		resp, err := stack.Client(t).Broker(broker+1).Request(ctx, req)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range resp.(*kmsg.DescribeDelegationTokenResponse).TokenDetails { //nolint:forcetypeassert // the answer to it
			if got := base64.StdEncoding.EncodeToString(d.HMAC); d.TokenID == id && got != secret {
				t.Errorf("broker %d knows the token by another HMAC", broker+1)
			}
		}
	}
	// told is the line that the tool prints about the token, by columns; nil: none.
	told := func() []string {
		out := strings.Fields(stack.Tool(t, "DelegationTokenCommand", "--describe", "--owner-principal", is.Owner))
		at := slices.Index(out, id)
		if at < 0 || len(out) < at+8 {
			return nil
		}
		return out[at : at+8]
	}
	if line := told(); line == nil || line[1] != secret || line[2] != is.Owner || line[3] != is.Requester || !strings.Contains(line[4], "User:app") {
		t.Errorf("DelegationTokenCommand says\n%s", strings.ReplaceAll(strings.Join(line, " "), secret, "HMAC"))
	}
	p, err = a.RenewToken(ctx, id, 10*time.Minute)
	apply(t, p, err)
	settled("a token renewed for ten minutes", func(x *kafka.Token) bool {
		is = x
		return x != nil && x.Expires.Before(time.Now().Add(11*time.Minute))
	})
	if line, want := told(), is.Expires.Local().Format("2006-01-02T15:04"); line == nil || line[6] != want {
		t.Errorf("DelegationTokenCommand does not say that it expires at %s:\n%s", want, strings.ReplaceAll(strings.Join(line, " "), secret, "HMAC"))
	}
	p, err = a.ExpireToken(ctx, id)
	apply(t, p, err)
	settled("the token to be gone", func(x *kafka.Token) bool { return x == nil })
	if told() != nil {
		t.Error("DelegationTokenCommand still has it")
	}
	if _, err := a.RenewToken(ctx, id, 0); kafka.KindOf(err) != kafka.NotFound {
		t.Errorf("renew one that is gone: %v", err)
	}
}
