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

// CreateACLs plans new bindings. Those that exist already are no change, but are
// sent as well: brokers learn of bindings one after the other, so the one that
// was asked may know one that is just being deleted.
//
// Kafka API: CreateAcls.
func (a *Admin) CreateACLs(ctx context.Context, acls ...ACL) (*Plan, error) {
	now, err := a.c.ACLs(ctx)
	if err != nil {
		return nil, err
	}
	p := a.plan("create %s", plural(len(acls), "ACL"))
	var good []ACL
	req := kmsg.NewPtrCreateACLsRequest()
	for _, acl := range acls {
		creation, err := acl.creation()
		if err != nil {
			p.cannot(acl.String(), "cannot be created", err)
			continue
		}
		acl.Pattern, acl.Host = creation.ResourcePatternType.String(), creation.Host
		good = append(good, acl)
		req.Creations = append(req.Creations, creation)
		from := ""
		if slices.Contains(now, acl) {
			from = "yes"
		}
		p.change(acl.String(), "exists", from, "yes")
	}
	p.apply = func(ctx context.Context) []Item {
		if len(good) == 0 {
			return nil
		}
		const what = "cannot create the ACLs"
		resource := func(i int) string { return good[i].String() }
		resp, err := control[*kmsg.CreateACLsResponse](ctx, a, what, req)
		if err == nil && len(resp.Results) != len(good) {
			err = &Error{What: what, Why: "the cluster did not answer for all of them", Do: "list them", Kind: Other}
		}
		if err != nil {
			return failAll(len(good), resource, err)
		}
		items := make([]Item, len(good))
		for i := range resp.Results {
			items[i] = Item{Resource: resource(i), Err: a.fail(what, kmsg.CreateACLs, "", resp.Results[i].ErrorCode, resp.Results[i].ErrorMessage)}
		}
		return items
	}
	return p, nil
}

// DeleteACLs plans to delete exactly these bindings. One that does not exist
// fails when the plan is applied.
//
// Kafka API: DeleteAcls.
func (a *Admin) DeleteACLs(ctx context.Context, acls ...ACL) (*Plan, error) {
	now, err := a.c.ACLs(ctx)
	if err != nil {
		return nil, err
	}
	p := a.plan("delete %s", plural(len(acls), "ACL"))
	var good []ACL
	req := kmsg.NewPtrDeleteACLsRequest()
	for _, acl := range acls {
		c, err := acl.creation()
		if err != nil {
			p.cannot(acl.String(), "cannot be deleted", err)
			continue
		}
		acl.Pattern, acl.Host = c.ResourcePatternType.String(), c.Host
		if !slices.Contains(now, acl) {
			p.warn("%s: the broker that was asked does not know it", acl)
		}
		f := kmsg.NewDeleteACLsRequestFilter()
		f.ResourceType, f.ResourceName, f.ResourcePatternType = c.ResourceType, &c.ResourceName, c.ResourcePatternType
		f.Principal, f.Host, f.Operation, f.PermissionType = &c.Principal, &c.Host, c.Operation, c.PermissionType
		req.Filters = append(req.Filters, f)
		good = append(good, acl)
		p.change(acl.String(), "exists", "yes", "")
	}
	p.apply = func(ctx context.Context) []Item {
		if len(good) == 0 {
			return nil
		}
		const what = "cannot delete the ACLs"
		resource := func(i int) string { return good[i].String() }
		resp, err := control[*kmsg.DeleteACLsResponse](ctx, a, what, req)
		if err == nil && len(resp.Results) != len(good) {
			err = &Error{What: what, Why: "the cluster did not answer for all of them", Do: "list them", Kind: Other}
		}
		if err != nil {
			return failAll(len(good), resource, err)
		}
		items := make([]Item, len(good))
		for i := range resp.Results {
			items[i] = Item{Resource: resource(i), Err: a.fail(what, kmsg.DeleteACLs, "", resp.Results[i].ErrorCode, resp.Results[i].ErrorMessage)}
			if items[i].Err == nil && len(resp.Results[i].MatchingACLs) == 0 {
				items[i].Err = &Error{What: "cannot delete the ACL " + resource(i), Why: "there is no such ACL", Do: "list them", Kind: NotFound}
			}
			for _, m := range resp.Results[i].MatchingACLs {
				if items[i].Err == nil {
					items[i].Err = a.fail(what, kmsg.DeleteACLs, "", m.ErrorCode, m.ErrorMessage)
				}
			}
		}
		return items
	}
	return p, nil
}
