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
	req := kmsg.NewPtrDescribeUserSCRAMCredentialsRequest()
	// Empty means all, and so does null; but Kafka 4.3 never answers null to
	// somebody who may not ask, and others take empty for none.
	req.Users = []kmsg.DescribeUserSCRAMCredentialsRequestUser{}
	for _, name := range names {
		u := kmsg.NewDescribeUserSCRAMCredentialsRequestUser()
		u.Name = name
		req.Users = append(req.Users, u)
	}
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
		for _, info := range r.CredentialInfos {
			u.Credentials = append(u.Credentials, SCRAMCredential{Mechanism: mechanismName(info.Mechanism), Iterations: info.Iterations})
		}
		slices.SortFunc(u.Credentials, func(a, b SCRAMCredential) int { return strings.Compare(a.Mechanism, b.Mechanism) })
		users = append(users, u)
	}
	slices.SortFunc(users, func(a, b SCRAMUser) int { return strings.Compare(a.Name, b.Name) })
	return users, nil
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
