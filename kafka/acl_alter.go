package kafka

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// String gives one line, as "ALLOW User:app READ on TOPIC orders* from *".
func (a ACL) String() string {
	name := a.Resource
	if a.Pattern == "PREFIXED" {
		name += "*"
	}
	return fmt.Sprintf("%s %s %s on %s %s from %s", a.Permission, a.Principal, a.Operation, a.ResourceType, name, a.Host)
}

// creation checks a binding and gives it the protocol's form.
func (a ACL) creation() (kmsg.CreateACLsRequestCreation, error) {
	c := kmsg.NewCreateACLsRequestCreation()
	bad := func(field, value, words string) error {
		return &Error{What: "cannot use the ACL " + a.String(), Why: fmt.Sprintf("%q is no %s", value, field), Do: "use " + words, Kind: Invalid}
	}
	var err error
	if c.ResourceType, err = kmsg.ParseACLResourceType(a.ResourceType); err != nil || c.ResourceType < kmsg.ACLResourceTypeTopic {
		return c, bad("resource type", a.ResourceType, "TOPIC, GROUP, CLUSTER, TRANSACTIONAL_ID, DELEGATION_TOKEN or USER")
	}
	if c.Operation, err = kmsg.ParseACLOperation(a.Operation); err != nil || c.Operation < kmsg.ACLOperationAll {
		return c, bad("operation", a.Operation, "READ, WRITE, CREATE, DELETE, ALTER, DESCRIBE, ALL, ...")
	}
	if c.PermissionType, err = kmsg.ParseACLPermissionType(a.Permission); err != nil || c.PermissionType < kmsg.ACLPermissionTypeDeny {
		return c, bad("permission", a.Permission, "ALLOW or DENY")
	}
	pattern := a.Pattern
	if pattern == "" {
		pattern = "LITERAL"
	}
	if c.ResourcePatternType, err = kmsg.ParseACLResourcePatternType(pattern); err != nil ||
		c.ResourcePatternType != kmsg.ACLResourcePatternTypeLiteral && c.ResourcePatternType != kmsg.ACLResourcePatternTypePrefixed {
		return c, bad("pattern", a.Pattern, "LITERAL or PREFIXED")
	}
	if kind, name, ok := strings.Cut(a.Principal, ":"); !ok || kind == "" || name == "" {
		return c, bad("principal", a.Principal, "the form User:name")
	}
	if a.Resource == "" {
		return c, bad("resource name", a.Resource, "a name, or * for all")
	}
	c.ResourceName, c.Principal, c.Host = a.Resource, a.Principal, a.Host
	if c.Host == "" {
		c.Host = "*"
	}
	return c, nil
}

// bindings are ACLs that a plan creates or deletes, as the cluster has them, with
// their form on the wire. answered sends them, and says how each of them went.
type bindings struct {
	acls []ACL
	wire []kmsg.CreateACLsRequestCreation
	what string // "cannot create the ACLs"
	send func(context.Context) (answers int, went func(i int) error, err error)
}

// planACLs begins a plan about ACLs. Each that makes sense is handed to change,
// with whether the broker that is asked knows it.
func (a *Admin) planACLs(ctx context.Context, verb, done string, acls []ACL, change func(p *Plan, acl ACL, known bool)) (*Plan, *bindings, error) {
	now, err := a.c.ACLs(ctx)
	if err != nil {
		return nil, nil, err
	}
	p := a.plan(verb+" %s", plural(len(acls), "ACL"))
	b := &bindings{what: "cannot " + verb + " the ACLs"}
	for _, acl := range acls {
		c, err := acl.creation()
		if err != nil {
			p.cannot(acl.String(), "cannot be "+done, err)
			continue
		}
		acl.Pattern, acl.Host = c.ResourcePatternType.String(), c.Host
		b.acls, b.wire = append(b.acls, acl), append(b.wire, c)
		change(p, acl, slices.Contains(now, acl))
	}
	p.apply = b.apply
	return p, b, nil
}

func (b *bindings) apply(ctx context.Context) []Item {
	if len(b.acls) == 0 {
		return nil
	}
	resource := func(i int) string { return b.acls[i].String() }
	answers, went, err := b.send(ctx)
	if err == nil && answers != len(b.acls) {
		err = &Error{What: b.what, Why: "the cluster did not answer for all of them", Do: "list them", Kind: Other}
	}
	if err != nil {
		return failAll(len(b.acls), resource, err)
	}
	items := make([]Item, len(b.acls))
	for i := range items {
		items[i] = Item{Resource: resource(i), Err: went(i)}
	}
	return items
}

// CreateACLs plans new bindings. Those that exist already are no change, but are
// sent as well: brokers learn of bindings one after the other, so the one that
// was asked may know one that is just being deleted.
//
// Kafka API: CreateAcls.
func (a *Admin) CreateACLs(ctx context.Context, acls ...ACL) (*Plan, error) {
	p, b, err := a.planACLs(ctx, "create", "created", acls, func(p *Plan, acl ACL, known bool) {
		from := ""
		if known {
			from = "yes"
		}
		p.change(acl.String(), "exists", from, "yes")
	})
	if err != nil {
		return nil, err
	}
	b.send = func(ctx context.Context) (int, func(int) error, error) {
		req := kmsg.NewPtrCreateACLsRequest()
		req.Creations = b.wire
		resp, err := control[*kmsg.CreateACLsResponse](ctx, a, b.what, req)
		if err != nil {
			return 0, nil, err
		}
		return len(resp.Results), func(i int) error {
			return a.fail(b.what, kmsg.CreateACLs, "", resp.Results[i].ErrorCode, resp.Results[i].ErrorMessage)
		}, nil
	}
	return p, nil
}

// DeleteACLs plans to delete exactly these bindings. One that does not exist
// fails when the plan is applied.
//
// Kafka API: DeleteAcls.
func (a *Admin) DeleteACLs(ctx context.Context, acls ...ACL) (*Plan, error) {
	p, b, err := a.planACLs(ctx, "delete", "deleted", acls, func(p *Plan, acl ACL, known bool) {
		if !known {
			p.warn("%s: the broker that was asked does not know it", acl)
		}
		p.change(acl.String(), "exists", "yes", "")
	})
	if err != nil {
		return nil, err
	}
	b.send = func(ctx context.Context) (int, func(int) error, error) {
		req := kmsg.NewPtrDeleteACLsRequest()
		for i := range b.wire {
			c, f := &b.wire[i], kmsg.NewDeleteACLsRequestFilter()
			f.ResourceType, f.ResourceName, f.ResourcePatternType = c.ResourceType, &c.ResourceName, c.ResourcePatternType
			f.Principal, f.Host, f.Operation, f.PermissionType = &c.Principal, &c.Host, c.Operation, c.PermissionType
			req.Filters = append(req.Filters, f)
		}
		resp, err := control[*kmsg.DeleteACLsResponse](ctx, a, b.what, req)
		if err != nil {
			return 0, nil, err
		}
		return len(resp.Results), func(i int) error {
			r := &resp.Results[i]
			err := a.fail(b.what, kmsg.DeleteACLs, "", r.ErrorCode, r.ErrorMessage)
			if err == nil && len(r.MatchingACLs) == 0 {
				err = &Error{What: "cannot delete the ACL " + b.acls[i].String(), Why: "there is no such ACL", Do: "list them", Kind: NotFound}
			}
			for _, m := range r.MatchingACLs {
				if err == nil {
					err = a.fail(b.what, kmsg.DeleteACLs, "", m.ErrorCode, m.ErrorMessage)
				}
			}
			return err
		}, nil
	}
	return p, nil
}
