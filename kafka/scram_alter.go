package kafka

import (
	"context"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha256"
	"crypto/sha512"
	"fmt"

	"github.com/twmb/franz-go/pkg/kmsg"

	"kconsole/kafka/config"
)

// minIterations is the least that Kafka accepts for a SCRAM credential, and
// maxIterations the most.
const (
	minIterations = 4096
	maxIterations = 16384
)

// CheckSCRAM tells whether a credential can be of this mechanism, with so many
// iterations; 0 means the default of [Admin.SetSCRAM].
func CheckSCRAM(mechanism string, iterations int32) error {
	if _, ok := mechanismNumbers[mechanism]; !ok {
		return &Error{What: fmt.Sprintf("mechanism %q is not known", mechanism), Do: "use SCRAM-SHA-256 or SCRAM-SHA-512", Kind: Invalid}
	}
	if iterations != 0 && (iterations < minIterations || iterations > maxIterations) {
		return &Error{What: fmt.Sprintf("%d iterations are not accepted", iterations), Do: fmt.Sprintf("use %d to %d", minIterations, maxIterations), Kind: Invalid}
	}
	return nil
}

// SetSCRAM plans to set a user's password for one mechanism, and so to create a
// user that has none yet. The password is salted and hashed here (RFC 5802): it
// does not leave this process, and is in no plan. iterations of 0 means 4096, as in
// Kafka's own tool.
//
// Kafka API: AlterUserScramCredentials (KIP-554).
func (a *Admin) SetSCRAM(ctx context.Context, user, mechanism string, password config.Secret, iterations int32) (*Plan, error) {
	what := "cannot set the password of user " + user
	if err := CheckSCRAM(mechanism, iterations); err != nil {
		return nil, err
	}
	if iterations == 0 {
		iterations = minIterations
	}
	number := mechanismNumbers[mechanism]
	switch {
	case user == "":
		return nil, &Error{What: what, Why: "the name is empty", Kind: Invalid}
	case password.IsZero():
		return nil, &Error{What: what, Why: "the password is empty", Kind: Invalid}
	}
	users, err := a.c.SCRAMUsers(ctx, user)
	if err != nil {
		return nil, err
	}
	from, known := "", false
	for _, u := range users {
		known = known || u.Name == user && (len(u.Credentials) > 0 || u.Err != nil)
		for _, c := range u.Credentials {
			if u.Name == user && c.Mechanism == mechanism {
				from = fmt.Sprintf("a password (%d iterations)", c.Iterations)
			}
		}
	}
	p, to := a.plan("create user %s", user), "a password"
	if known { // by another mechanism perhaps
		p = a.plan("set the password of user %s", user)
	}
	if from != "" {
		to = "another password"
	}
	what = "cannot " + p.Title
	p.change("user "+user, mechanism, from, fmt.Sprintf("%s (%d iterations)", to, iterations))
	if from != "" {
		p.warn("clients that sign in with the old password are refused at their next connection")
	}
	p.apply = func(ctx context.Context) []Item {
		up := kmsg.NewAlterUserSCRAMCredentialsRequestUpsertion()
		up.Name, up.Mechanism, up.Iterations = user, number, iterations
		up.Salt = make([]byte, 24)
		_, _ = rand.Read(up.Salt) // never fails: it ends the process instead
		var err error
		if number == mechanismNumbers["SCRAM-SHA-256"] {
			up.SaltedPassword, err = pbkdf2.Key(sha256.New, password.Reveal(), up.Salt, int(iterations), sha256.Size)
		} else {
			up.SaltedPassword, err = pbkdf2.Key(sha512.New, password.Reveal(), up.Salt, int(iterations), sha512.Size)
		}
		if err != nil {
			return []Item{{Resource: "user " + user, Err: &Error{What: what, Why: err.Error(), Kind: Other, Err: err}}}
		}
		req := kmsg.NewPtrAlterUserSCRAMCredentialsRequest()
		req.Upsertions = append(req.Upsertions, up)
		return a.alterSCRAM(ctx, what, req)
	}
	return p, nil
}

// DeleteSCRAM plans to delete a user's credentials: of one mechanism, or all that
// any broker knows of where mechanism is empty.
func (a *Admin) DeleteSCRAM(ctx context.Context, user, mechanism string) (*Plan, error) {
	credentials, err := a.c.scramOf(ctx, user)
	if err != nil {
		return nil, err
	}
	what := "cannot delete user " + user
	p := a.plan("delete the credentials of user %s", user)
	var requests []*kmsg.AlterUserSCRAMCredentialsRequest // a broker takes a user once in each
	for _, c := range credentials {
		if mechanism != "" && c.Mechanism != mechanism {
			continue
		}
		d := kmsg.NewAlterUserSCRAMCredentialsRequestDeletion()
		d.Name, d.Mechanism = user, mechanismNumbers[c.Mechanism]
		req := kmsg.NewPtrAlterUserSCRAMCredentialsRequest()
		req.Deletions = append(req.Deletions, d)
		requests = append(requests, req)
		p.change("user "+user, c.Mechanism, fmt.Sprintf("a password (%d iterations)", c.Iterations), "")
	}
	if len(requests) == 0 {
		return nil, &Error{What: what, Why: "it has no such credentials", Do: ":users or kconsole get users lists them", Kind: NotFound}
	}
	p.Confirm = user
	p.warn("the user cannot sign in any more; connections that are open stay")
	p.apply = func(ctx context.Context) []Item {
		var items []Item
		for _, req := range requests {
			items = append(items, a.alterSCRAM(ctx, what, req)...)
		}
		return items
	}
	return p, nil
}

func (a *Admin) alterSCRAM(ctx context.Context, what string, req *kmsg.AlterUserSCRAMCredentialsRequest) []Item {
	resp, err := control[*kmsg.AlterUserSCRAMCredentialsResponse](ctx, a, what, req)
	if err != nil {
		return []Item{{Resource: "user", Err: err}}
	}
	var items []Item
	for i := range resp.Results {
		r := &resp.Results[i]
		items = append(items, Item{Resource: "user " + r.User, Err: a.fail(what, kmsg.AlterUserSCRAMCredentials, "", r.ErrorCode, r.ErrorMessage)})
	}
	return items
}
