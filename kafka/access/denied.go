package access

import (
	"context"
	"errors"
	"strings"
	"time"

	"kconsole/kafka"
)

// rulesLimit bounds the look at the ACLs after something was denied: seldom may
// one who was denied look at them.
const rulesLimit = 2 * time.Second

// Explain makes the best of "not authorised": of the ACLs that the denied request
// takes ([kafka.Error.Missing]) it names those that are not there, or the binding
// that denies it all the same. Where we may not look at the ACLs, it names what
// the request takes. Another error stays as it is.
func Explain(ctx context.Context, c *kafka.Cluster, err error) error {
	var k *kafka.Error
	if !errors.As(err, &k) || k.Kind != kafka.Denied || len(k.Missing) == 0 {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, rulesLimit)
	defer cancel()
	rules, readErr := Load(ctx, c)
	if readErr != nil {
		return err
	}
	requests := make([]Request, len(k.Missing))
	for i, a := range k.Missing {
		requests[i] = Request{Principal: a.Principal, Operation: a.Operation, Resource: Resource{Type: a.ResourceType, Name: a.Resource}}
	}
	fix := rules.Least(requests...)
	said := *k
	switch {
	case len(fix.Remove) > 0:
		said.Do = "in the way: " + texts(fix.Remove)
	case len(fix.Add) > 0:
		said.Missing = fix.Add
		said.Do = "missing: " + texts(fix.Add)
	default:
		return err // it is there by now, or brokers do not know it yet
	}
	return &said
}

func texts(acls []kafka.ACL) string {
	out := make([]string, len(acls))
	for i := range acls {
		out[i] = acls[i].String()
	}
	return strings.Join(out, ", ")
}
