package kafka

import (
	"context"
	"encoding/base64"
	"fmt"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"

	"kconsole/kafka/config"
)

// CreateToken plans a new delegation token. owner is empty for ourselves;
// renewers are principals as "User:name". The secret (HMAC, in base64, as
// clients take it for their password) goes to took, once: it is in no plan, no
// result and no audit log.
//
// Kafka API: CreateDelegationToken (KIP-48, other owners KIP-373).
func (a *Admin) CreateToken(_ context.Context, owner string, renewers []string, maxLife time.Duration, took func(id string, hmac config.Secret)) (*Plan, error) {
	const what = "cannot create a delegation token"
	req := kmsg.NewPtrCreateDelegationTokenRequest()
	req.MaxLifetimeMillis = -1
	if maxLife > 0 {
		req.MaxLifetimeMillis = maxLife.Milliseconds()
	}
	if owner != "" {
		kind, name, err := principal(what, owner)
		if err != nil {
			return nil, err
		}
		req.OwnerPrincipalType, req.OwnerPrincipalName = &kind, &name
	}
	for _, r := range renewers {
		kind, name, err := principal(what, r)
		if err != nil {
			return nil, err
		}
		rr := kmsg.NewCreateDelegationTokenRequestRenewer()
		rr.PrincipalType, rr.PrincipalName = kind, name
		req.Renewers = append(req.Renewers, rr)
	}
	if owner == "" {
		owner = "User:" + a.c.principal
	}
	p := a.plan("create a delegation token for %s", owner)
	life := "the cluster's longest"
	if maxLife > 0 {
		life = maxLife.String()
	}
	p.change("a token of "+owner, "lifetime", "", life)
	p.apply = func(ctx context.Context) []Item {
		resp, err := control[*kmsg.CreateDelegationTokenResponse](ctx, a, what, req)
		if err == nil {
			err = a.fail(what, kmsg.CreateDelegationToken, owner, resp.ErrorCode, nil)
		}
		if err != nil {
			return []Item{{Resource: "token of " + owner, Err: err}}
		}
		if took != nil {
			took(resp.TokenID, config.NewSecret(base64.StdEncoding.EncodeToString(resp.HMAC)))
		}
		return []Item{{Resource: "token " + resp.TokenID, Detail: "expires " + millis(resp.ExpiryTimestamp).UTC().Format(time.RFC3339)}}
	}
	return p, nil
}

func principal(what, s string) (kind, name string, err error) {
	kind, name, ok := strings.Cut(s, ":")
	if !ok || kind == "" || name == "" {
		return "", "", &Error{What: what, Why: fmt.Sprintf("%q is no principal", s), Do: "write it as User:name", Kind: Invalid}
	}
	return kind, name, nil
}

// RenewToken plans to put off a token's expiry by period, at most to its end of
// life; a period that is not positive means the cluster's default.
//
// Kafka API: RenewDelegationToken.
func (a *Admin) RenewToken(ctx context.Context, id string, period time.Duration) (*Plan, error) {
	t, err := a.token(ctx, id)
	if err != nil {
		return nil, err
	}
	what := "cannot renew token " + id
	p := a.plan("renew token %s", id)
	to := "later"
	if period > 0 {
		to = "in " + period.String()
	}
	p.change("token "+id, "expires", t.Expires.UTC().Format(time.RFC3339), to)
	p.apply = func(ctx context.Context) []Item {
		req := kmsg.NewPtrRenewDelegationTokenRequest()
		req.HMAC, req.RenewTimeMillis = t.hmac, -1
		if period > 0 {
			req.RenewTimeMillis = period.Milliseconds()
		}
		resp, err := control[*kmsg.RenewDelegationTokenResponse](ctx, a, what, req)
		item := Item{Resource: "token " + id, Err: err}
		if err == nil {
			item.Err = a.fail(what, kmsg.RenewDelegationToken, id, resp.ErrorCode, nil)
			item.Detail = "expires " + millis(resp.ExpiryTimestamp).UTC().Format(time.RFC3339)
		}
		return []Item{item}
	}
	return p, nil
}

// ExpireToken plans to end a token at once.
//
// Kafka API: ExpireDelegationToken.
func (a *Admin) ExpireToken(ctx context.Context, id string) (*Plan, error) {
	t, err := a.token(ctx, id)
	if err != nil {
		return nil, err
	}
	what := "cannot expire token " + id
	p := a.plan("expire token %s", id)
	p.change("token "+id, "expires", t.Expires.UTC().Format(time.RFC3339), "now")
	p.Confirm = id
	p.warn("clients that sign in with it are refused at their next connection")
	p.apply = func(ctx context.Context) []Item {
		req := kmsg.NewPtrExpireDelegationTokenRequest()
		req.HMAC, req.ExpiryPeriodMillis = t.hmac, -1
		resp, err := control[*kmsg.ExpireDelegationTokenResponse](ctx, a, what, req)
		if err == nil {
			err = a.fail(what, kmsg.ExpireDelegationToken, id, resp.ErrorCode, nil)
		}
		return []Item{{Resource: "token " + id, Err: err}}
	}
	return p, nil
}

func (a *Admin) token(ctx context.Context, id string) (Token, error) {
	tokens, err := a.c.Tokens(ctx)
	if err != nil {
		return Token{}, err
	}
	for _, t := range tokens {
		if t.ID == id {
			return t, nil
		}
	}
	return Token{}, &Error{What: "cannot find token " + id, Why: "there is no such token that we may see", Do: "list the tokens", Kind: NotFound}
}
