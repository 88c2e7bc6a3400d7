package cmd

import (
	"context"
	"slices"
	"strings"

	"kconsole/kafka"
)

type aclRow struct {
	Principal    string `json:"principal"`
	Host         string `json:"host"`
	Permission   string `json:"permission"`
	Operation    string `json:"operation"`
	ResourceType string `json:"resource_type"`
	Resource     string `json:"resource"`
	Pattern      string `json:"pattern"`
}

func aclRowOf(b *kafka.ACL) aclRow {
	return aclRow{b.Principal, b.Host, b.Permission, b.Operation, b.ResourceType, b.Resource, b.Pattern}
}

var aclColumns = []column[aclRow]{
	{name: "principal", text: func(r *aclRow) string { return r.Principal }},
	{name: "permission", text: func(r *aclRow) string { return r.Permission }},
	{name: "operation", text: func(r *aclRow) string { return r.Operation }},
	{name: "type", text: func(r *aclRow) string { return r.ResourceType }},
	{name: "resource", text: func(r *aclRow) string {
		if r.Pattern == "PREFIXED" {
			return r.Resource + "*"
		}
		return r.Resource
	}},
	{name: "pattern", text: func(r *aclRow) string { return r.Pattern }},
	{name: "host", text: func(r *aclRow) string { return r.Host }},
}

// readACLs lists bindings; a name is a principal, with or without User:.
func (a *app) readACLs(ctx context.Context, c *kafka.Cluster, name string) (listing[aclRow], error) {
	list := listing[aclRow]{columns: aclColumns}
	acls, err := c.ACLs(ctx)
	if err != nil {
		return list, err
	}
	name = principalOf(name)
	for i := range acls {
		if name == "" || acls[i].Principal == name {
			list.rows = append(list.rows, aclRowOf(&acls[i]))
		}
	}
	if name != "" && len(list.rows) == 0 {
		return list, notFound("ACL of", name, principalsOf(acls))
	}
	return list, nil
}

// principalsOf lists whom bindings are about, each once.
func principalsOf(acls []kafka.ACL) []string {
	var principals []string
	for i := range acls {
		if !slices.Contains(principals, acls[i].Principal) {
			principals = append(principals, acls[i].Principal)
		}
	}
	return principals
}

// principalOf completes a name to a principal: app is User:app.
func principalOf(name string) string {
	if name == "" || strings.Contains(name, ":") {
		return name
	}
	return "User:" + name
}
