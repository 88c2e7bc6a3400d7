package kafka

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// Token is a delegation token, without its secret.
type Token struct {
	ID        string    `json:"id"`
	Owner     string    `json:"owner"`     // "User:app"
	Requester string    `json:"requester"` // who made it; empty before Kafka 3.3
	Renewers  []string  `json:"renewers,omitempty"`
	Issued    time.Time `json:"issued"`
	Expires   time.Time `json:"expires"` // unless it is renewed
	Max       time.Time `json:"max"`     // no renewal beyond

	hmac []byte // what renews, expires and signs in: never shown
}

// Tokens reads the delegation tokens that we own or may describe, sorted by
// owner. A cluster without them answers with [Invalid].
//
// Kafka API: DescribeDelegationToken (KIP-48).
func (c *Cluster) Tokens(ctx context.Context) ([]Token, error) {
	ctx, k, done := c.begin(ctx, "cannot read the delegation tokens")
	defer done()
	req := kmsg.NewPtrDescribeDelegationTokenRequest()
	req.Owners = nil // all
	resp, err := request[*kmsg.DescribeDelegationTokenResponse](ctx, k, req)
	if err != nil {
		return nil, err
	}
	if err := k.fail(codeError(resp.ErrorCode, nil)); err != nil {
		return nil, err
	}
	var tokens []Token
	for i := range resp.TokenDetails {
		d := &resp.TokenDetails[i]
		t := Token{
			ID: d.TokenID, Owner: d.PrincipalType + ":" + d.PrincipalName,
			Issued: millis(d.IssueTimestamp), Expires: millis(d.ExpiryTimestamp), Max: millis(d.MaxTimestamp), hmac: d.HMAC,
		}
		if d.TokenRequesterPrincipalName != "" {
			t.Requester = d.TokenRequesterPrincipalType + ":" + d.TokenRequesterPrincipalName
		}
		for _, r := range d.Renewers {
			t.Renewers = append(t.Renewers, r.PrincipalType+":"+r.PrincipalName)
		}
		tokens = append(tokens, t)
	}
	slices.SortFunc(tokens, func(a, b Token) int {
		if c := strings.Compare(a.Owner, b.Owner); c != 0 {
			return c
		}
		return strings.Compare(a.ID, b.ID)
	})
	return tokens, nil
}
