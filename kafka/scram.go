package kafka

import (
	"context"
	"slices"
	"strings"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// SCRAMUser is a user with the SCRAM credentials that the cluster keeps for it.
// Salts and keys never leave the cluster.
type SCRAMUser struct {
	Name        string            `json:"name"`
	Credentials []SCRAMCredential `json:"credentials"`
	Err         error             `json:"-"`
}

// SCRAMCredential is one credential of a user.
type SCRAMCredential struct {
	Mechanism  string `json:"mechanism"` // SCRAM-SHA-256 or SCRAM-SHA-512
	Iterations int32  `json:"iterations"`
}

// SCRAMUsers reads all users that have SCRAM credentials, sorted by name, or
// those that are named. It needs DESCRIBE on the cluster.
//
// Kafka API: DescribeUserScramCredentials (KIP-554).
func (c *Cluster) SCRAMUsers(ctx context.Context, names ...string) ([]SCRAMUser, error) {
	ctx, k, done := c.begin(ctx, "cannot read the users")
	defer done()
	req := describeSCRAM(names...)
	resp, err := k.scramUsers(ctx, req)
	if err == nil && len(names) == 0 && len(resp.Results) == 0 {
		req.Users = nil
		resp, err = k.scramUsers(ctx, req)
	}
	if err != nil {
		return nil, err
	}
	var users []SCRAMUser
	for i := range resp.Results {
		r := &resp.Results[i]
		if r.ErrorCode == kerr.ResourceNotFound.Code {
			continue
		}
		u := SCRAMUser{Name: r.User, Err: k.fail(codeError(r.ErrorCode, r.ErrorMessage))}
		u.Credentials = addCredentials(u.Credentials, r)
		users = append(users, u)
	}
	slices.SortFunc(users, func(a, b SCRAMUser) int { return strings.Compare(a.Name, b.Name) })
	return users, nil
}

// scramOf reads the credentials of one user from every live broker. One that is
// behind does not know the newest of them, and whoever deletes a user means all.
func (c *Cluster) scramOf(ctx context.Context, user string) ([]SCRAMCredential, error) {
	ctx, k, done := c.begin(ctx, "cannot read the users")
	defer done()
	reqs, err := k.everyBroker(ctx, func(int32) kmsg.Request { return describeSCRAM(user) })
	if err != nil {
		return nil, err
	}
	var all []SCRAMCredential
	var failed partial
	told := false
	fan(ctx, k, reqs, func(a answer[*kmsg.DescribeUserSCRAMCredentialsResponse]) {
		if a.err == nil {
			a.err = k.fail(codeError(a.resp.ErrorCode, a.resp.ErrorMessage))
		}
		if a.err != nil {
			failed.add(1, a.err)
			return
		}
		told = true
		for i := range a.resp.Results {
			all = addCredentials(all, &a.resp.Results[i])
		}
	})
	if !told {
		return nil, failed.err(k.what, "brokers")
	}
	return all, nil
}

// addCredentials adds those that are not there yet, by mechanism.
func addCredentials(to []SCRAMCredential, r *kmsg.DescribeUserSCRAMCredentialsResponseResult) []SCRAMCredential {
	for _, info := range r.CredentialInfos {
		name := mechanismName(info.Mechanism)
		if !slices.ContainsFunc(to, func(c SCRAMCredential) bool { return c.Mechanism == name }) {
			to = append(to, SCRAMCredential{Mechanism: name, Iterations: info.Iterations})
		}
	}
	slices.SortFunc(to, func(a, b SCRAMCredential) int { return strings.Compare(a.Mechanism, b.Mechanism) })
	return to
}

func describeSCRAM(names ...string) *kmsg.DescribeUserSCRAMCredentialsRequest {
	req := kmsg.NewPtrDescribeUserSCRAMCredentialsRequest()
	// Empty means all, and so does null; but Kafka 4.3 never answers null to
	// somebody who may not ask, and others take empty for none.
	req.Users = []kmsg.DescribeUserSCRAMCredentialsRequestUser{}
	for _, name := range names {
		u := kmsg.NewDescribeUserSCRAMCredentialsRequestUser()
		u.Name = name
		req.Users = append(req.Users, u)
	}
	return req
}

func (k *call) scramUsers(ctx context.Context, req *kmsg.DescribeUserSCRAMCredentialsRequest) (*kmsg.DescribeUserSCRAMCredentialsResponse, error) {
	resp, err := request[*kmsg.DescribeUserSCRAMCredentialsResponse](ctx, k, req)
	if err == nil {
		err = k.fail(codeError(resp.ErrorCode, resp.ErrorMessage))
	}
	return resp, err
}

// The SCRAM mechanisms by their number in the protocol.
var mechanismNumbers = map[string]int8{"SCRAM-SHA-256": 1, "SCRAM-SHA-512": 2}

func mechanismName(n int8) string {
	for name, number := range mechanismNumbers {
		if number == n {
			return name
		}
	}
	return "UNKNOWN"
}
