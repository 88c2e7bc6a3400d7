package cmd

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"kconsole/kafka"
	"kconsole/kafka/access"
)

// right is an operation on a resource that a command takes.
type right struct{ operation, kind, name string }

// onCluster is a right on the cluster as a whole.
func onCluster(operation string) []right {
	return []right{{operation, "CLUSTER", access.ClusterName}}
}

// onEach is a right on each of the names.
func onEach(operation, kind string, names []string) []right {
	out := make([]right, 0, len(names))
	for _, n := range names {
		out = append(out, right{operation, kind, n})
	}
	return out
}

// rulesLimit bounds the look at the ACLs after something was denied: seldom may
// one who was denied look at them.
const rulesLimit = 2 * time.Second

// explainDenied adds to "not authorised" the ACLs that are missing: of those that
// the command takes the ones that are not there, or, where the ACLs cannot be
// read, all of them.
func (a *app) explainDenied(ctx context.Context, c *kafka.Cluster, err error, rights []right) error {
	var partial *partialError
	if errors.As(err, &partial) {
		return &partialError{partial.failed, partial.of, a.explainDenied(ctx, c, partial.first, rights)}
	}
	var k *kafka.Error
	if !errors.As(err, &k) || k.Kind != kafka.Denied || len(rights) == 0 && len(k.Missing) == 0 {
		return err
	}
	if len(k.Missing) > 0 && !implied(k.Missing, rights) {
		return access.Explain(ctx, c, err)
	}
	var requests []access.Request
	for _, r := range rights {
		requests = append(requests, access.Request{
			Principal: "User:" + c.Principal(), Operation: r.operation, Resource: access.Resource{Type: r.kind, Name: r.name},
		})
	}
	ctx, cancel := context.WithTimeout(ctx, rulesLimit)
	defer cancel()
	rules, readErr := access.Load(ctx, c)
	fix := rules.Least(requests...)
	if readErr != nil || fix.Empty() {
		fix = access.Rules{}.Least(requests...)
	}
	var missing []string
	for _, acl := range fix.Add {
		missing = append(missing, acl.String())
	}
	said := *k
	said.Do = "missing: " + strings.Join(missing, ", ")
	if readErr != nil {
		said.Do = "it takes " + strings.Join(missing, ", ")
	}
	if len(fix.Remove) > 0 {
		said.Do = "in the way: " + fix.Remove[0].String()
	}
	return &said
}

// implied reports whether what a request missed is DESCRIBE of resources on which
// the command takes more: READ, WRITE, DELETE and ALTER allow DESCRIBE too, so
// that alone is worth naming.
func implied(missing []kafka.ACL, rights []right) bool {
	for i := range missing {
		m := &missing[i]
		more := func(r right) bool {
			return r.kind == m.ResourceType && r.name == m.Resource && slices.Contains([]string{"READ", "WRITE", "DELETE", "ALTER"}, r.operation)
		}
		if m.Operation != "DESCRIBE" || !slices.ContainsFunc(rights, more) {
			return false
		}
	}
	return true
}
