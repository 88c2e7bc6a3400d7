package front

import (
	"fmt"
	"slices"
	"strings"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"

	"kconsole/compose/embedded/engine"
	"kconsole/compose/embedded/wire"
)

func init() {
	handlers[kmsg.AlterUserSCRAMCredentials] = alterUserSCRAM
	handlers[kmsg.DescribeUserSCRAMCredentials] = describeUserSCRAM
}

// describeUserSCRAM takes an empty list for all users, as Kafka does.
func describeUserSCRAM(c *conn, r *wire.Request, req kmsg.Request) ([]byte, error) {
	q := req.(*kmsg.DescribeUserSCRAMCredentialsRequest)
	if len(q.Users) == 0 {
		q.Users = nil
	}
	resp, err := ask[*kmsg.DescribeUserSCRAMCredentialsResponse](c, r, q)
	if err != nil {
		return nil, err
	}
	return answer(r, resp), nil
}

// alterUserSCRAM keeps the engine from storing what it could not verify: it
// announces one number of iterations to every client, whatever a credential
// was made with. The engine takes a user once a request, so the mechanisms go
// one after the other.
func alterUserSCRAM(c *conn, r *wire.Request, req kmsg.Request) ([]byte, error) {
	q := req.(*kmsg.AlterUserSCRAMCredentialsRequest)
	resp := q.ResponseKind().(*kmsg.AlterUserSCRAMCredentialsResponse)
	at := map[string]int{}
	for _, part := range splitMechanisms(q) {
		wrong := refuseCredentials(part)
		got, err := ask[*kmsg.AlterUserSCRAMCredentialsResponse](c, r, part)
		if err != nil {
			return nil, err
		}
		for _, res := range got.Results {
			settleCredential(&res, wrong)
			i, known := at[res.User]
			switch {
			case !known:
				at[res.User] = len(resp.Results)
				resp.Results = append(resp.Results, res)
			case resp.Results[i].ErrorCode == 0:
				resp.Results[i] = res
			}
		}
	}
	return answer(r, resp), nil
}

// splitMechanisms makes one request of each mechanism that a request is about.
func splitMechanisms(q *kmsg.AlterUserSCRAMCredentialsRequest) []*kmsg.AlterUserSCRAMCredentialsRequest {
	var order []int8
	parts := map[int8]*kmsg.AlterUserSCRAMCredentialsRequest{}
	part := func(mechanism int8) *kmsg.AlterUserSCRAMCredentialsRequest {
		p := parts[mechanism]
		if p == nil {
			p = kmsg.NewPtrAlterUserSCRAMCredentialsRequest()
			p.Version = q.Version
			parts[mechanism] = p
			order = append(order, mechanism)
		}
		return p
	}
	for _, d := range q.Deletions {
		p := part(d.Mechanism)
		p.Deletions = append(p.Deletions, d)
	}
	for _, u := range q.Upsertions {
		p := part(u.Mechanism)
		p.Upsertions = append(p.Upsertions, u)
	}
	var out []*kmsg.AlterUserSCRAMCredentialsRequest
	for _, m := range order {
		out = append(out, parts[m])
	}
	return out
}

// refuseCredentials takes out of a request what cannot be stored. A deletion
// of a user that cannot exist goes instead, which asks for the rights alone.
func refuseCredentials(q *kmsg.AlterUserSCRAMCredentialsRequest) map[string]string {
	wrong := map[string]string{}
	q.Upsertions = slices.DeleteFunc(q.Upsertions, func(u kmsg.AlterUserSCRAMCredentialsRequestUpsertion) bool {
		switch {
		case u.Name == engine.InternalUser:
			wrong[u.Name] = "this user name is taken"
		case u.Iterations != engine.ScramIterations:
			wrong[u.Name] = fmt.Sprintf("%d iterations: this cluster takes credentials of %d iterations only", u.Iterations, engine.ScramIterations)
		case len(u.Salt) == 0 || len(u.SaltedPassword) == 0:
			wrong[u.Name] = "a credential needs a salt and a salted password"
		default:
			return false
		}
		return true
	})
	for name := range wrong {
		d := kmsg.NewAlterUserSCRAMCredentialsRequestDeletion()
		d.Name, d.Mechanism = name+"\x00", 1
		q.Deletions = append(q.Deletions, d)
	}
	return wrong
}

func settleCredential(res *kmsg.AlterUserSCRAMCredentialsResponseResult, wrong map[string]string) {
	if name, probe := strings.CutSuffix(res.User, "\x00"); probe {
		res.User = name
		if msg := wrong[name]; res.ErrorCode == kerr.ResourceNotFound.Code {
			res.ErrorCode, res.ErrorMessage = kerr.UnacceptableCredential.Code, &msg
		}
	}
	if res.ErrorCode != 0 && res.ErrorMessage == nil {
		res.ErrorMessage = describe(res.ErrorCode)
	}
}
