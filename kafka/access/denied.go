package access

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"time"

	"kconsole/kafka"
)

// rulesLimit bounds the look at the ACLs after something was denied: seldom may
// one who was denied look at them.
const rulesLimit = 2 * time.Second

// On are requests of our own for one operation on each of the resources, as
// [Explain] takes them.
func On(operation, kind string, names ...string) []Request {
	out := make([]Request, len(names))
	for i, n := range names {
		out[i] = Request{Operation: operation, Resource: Resource{Type: kind, Name: n}}
	}
	return out
}

// OnCluster is a request of our own for an operation on the cluster as a whole.
func OnCluster(operation string) []Request { return On(operation, "CLUSTER", ClusterName) }

// Explain makes the best of "not authorised": of the ACLs that the denied request
// takes ([kafka.Error.Missing]) it names those that are not there, or the binding
// that denies it all the same. Where we may not look at the ACLs, it names what
// the request takes. Another error stays as it is.
//
// takes is what the whole of it takes, of which the request was a part; without a
// principal it is ours. It counts where the request itself does not tell what it
// takes, or lacks only what comes with these, as DESCRIBE comes with READ.
func Explain(ctx context.Context, c *kafka.Cluster, err error, takes ...Request) error {
	return look(ctx, c).explain(err, takes)
}

// ExplainEach is [Explain] for the parts of a change, with one look at the ACLs; a
// part that went well has a nil error.
func ExplainEach(ctx context.Context, c *kafka.Cluster, parts ...*error) {
	l := look(ctx, c)
	for _, err := range parts {
		*err = l.explain(*err, nil)
	}
}

// looked is a cluster's rules, read once they are needed.
type looked struct {
	self  string // our own principal
	rules func() (Rules, error)
}

func look(ctx context.Context, c *kafka.Cluster) looked {
	return looked{"User:" + c.Principal(), sync.OnceValues(func() (Rules, error) {
		ctx, cancel := context.WithTimeout(ctx, rulesLimit)
		defer cancel()
		return Load(ctx, c)
	})}
}

func (l looked) explain(err error, takes []Request) error {
	var k *kafka.Error
	if !errors.As(err, &k) || k.Kind != kafka.Denied {
		return err
	}
	requests := make([]Request, 0, len(takes))
	for _, q := range takes {
		if q.Principal == "" {
			q.Principal = l.self
		}
		requests = append(requests, q)
	}
	if len(k.Missing) > 0 && !implied(k.Missing, requests) {
		requests = requests[:0]
		for _, a := range k.Missing {
			requests = append(requests, Request{Principal: a.Principal, Operation: a.Operation, Resource: Resource{Type: a.ResourceType, Name: a.Resource}})
		}
	}
	if len(requests) == 0 {
		return err
	}
	rules, readErr := l.rules()
	fix := rules.Least(requests...)
	said := *k
	switch {
	case readErr != nil || fix.Empty(): // or it is there by now, or brokers do not know it yet
		said.Missing = Rules{}.Least(requests...).Add
		said.Do = "it takes " + texts(said.Missing)
	default:
		said.Missing = fix.Add
		var do []string
		if len(fix.Remove) > 0 {
			do = append(do, "in the way: "+texts(fix.Remove))
		}
		if len(fix.Add) > 0 {
			do = append(do, "missing: "+texts(fix.Add))
		}
		said.Do = strings.Join(do, "; ")
	}
	return &said
}

// implied reports whether all that a request missed are rights that come with
// others which the whole of it takes: those alone are worth naming.
func implied(missing []kafka.ACL, takes []Request) bool {
	for i := range missing {
		m := &missing[i]
		more := func(q Request) bool {
			return q.Principal == m.Principal && q.Resource == Resource{m.ResourceType, m.Resource} && slices.Contains(impliedBy[m.Operation], q.Operation)
		}
		if !slices.ContainsFunc(takes, more) {
			return false
		}
	}
	return true
}

func texts(acls []kafka.ACL) string {
	out := make([]string, len(acls))
	for i := range acls {
		out[i] = acls[i].String()
	}
	return strings.Join(out, ", ")
}
