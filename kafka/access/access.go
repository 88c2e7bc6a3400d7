// Package access answers "can this principal do that?" from a cluster's bindings,
// as Kafka's own authorizer would, and says which binding decides. It also
// answers the other way round: which bindings a denied request is missing.
//
// Source: org.apache.kafka.metadata.authorizer.StandardAuthorizer; KIP-11,
// KIP-290 (prefixes).
package access

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"kconsole/kafka"
)

// The names of things that stand for all of their kind.
const (
	AnyResource   = "*"
	AnyHost       = "*"
	AnyPrincipal  = "User:*"
	ClusterName   = "kafka-cluster" // the one resource of type CLUSTER
	patternPrefix = "PREFIXED"
)

// Rules are what an authorizer decides by.
type Rules struct {
	ACLs []kafka.ACL
	// SuperUsers are principals that may do everything, as "User:admin".
	SuperUsers []string
	// AllowIfNone is allow.everyone.if.no.acl.found: what no binding is about is
	// allowed.
	AllowIfNone bool
	// Guessed says that the cluster does not tell all of its super users, nor
	// whether what no binding is about is allowed. Kafka treats both settings as
	// secrets, so that is the rule.
	Guessed bool
}

// Load reads a cluster's rules: its bindings and, where a broker shows them, the
// authorizer's settings. Whether we ourselves are a super user shows in what we
// may do. Without DESCRIBE on the cluster it is an error of kind [kafka.Denied].
func Load(ctx context.Context, c *kafka.Cluster) (Rules, error) {
	acls, err := c.ACLs(ctx)
	if err != nil {
		return Rules{}, err
	}
	r := Rules{ACLs: acls}
	if err := r.settings(ctx, c); err != nil {
		return r, err
	}
	self := "User:" + c.Principal()
	if r.Guessed && !slices.Contains(r.SuperUsers, self) {
		rights, err := c.OwnRights(ctx)
		if err != nil {
			return r, err
		}
		if r.mustBeSuper(self, rights) {
			r.SuperUsers = append(r.SuperUsers, self)
		}
	}
	return r, nil
}

// settings reads super.users and allow.everyone.if.no.acl.found from a broker.
func (r *Rules) settings(ctx context.Context, c *kafka.Cluster) error {
	info, _, err := c.Metadata(ctx)
	if err != nil {
		return err
	}
	r.Guessed = true
	for i := range info.Brokers {
		if !info.Brokers[i].Up {
			continue
		}
		configs, err := c.BrokerConfigs(ctx, info.Brokers[i].ID)
		if err != nil || len(configs) == 0 {
			return nil //nolint:nilerr // we may not see it: then it is a guess, and says so
		}
		if e := configs[0].Get("super.users"); e != nil && !e.Sensitive {
			r.SuperUsers = SplitPrincipals(e.Value)
			r.Guessed = false
		}
		if e := configs[0].Get("allow.everyone.if.no.acl.found"); e != nil && !e.Sensitive {
			r.AllowIfNone = strings.EqualFold(strings.TrimSpace(e.Value), "true")
		}
		return nil
	}
	return nil
}

// mustBeSuper tells whether somebody may do to the cluster what only a super user
// may: everything, although there are bindings about the cluster and they do not
// allow it.
func (r Rules) mustBeSuper(principal string, rights []string) bool {
	cluster := Resource{Type: "CLUSTER", Name: ClusterName}
	about := slices.ContainsFunc(r.ACLs, func(a kafka.ACL) bool { return Covers(&a, cluster) })
	for _, op := range operations["CLUSTER"] {
		if !slices.Contains(rights, op) {
			return false
		}
		if about && !r.Decide(Request{Principal: principal, Operation: op, Resource: cluster, Host: ""}).Allowed {
			return true
		}
	}
	return false
}

// SplitPrincipals reads the value of super.users: principals between semicolons.
func SplitPrincipals(s string) []string {
	var out []string
	for _, p := range strings.Split(s, ";") {
		if p = strings.TrimSpace(p); p != "" {
			out = append(out, p)
		}
	}
	return out
}

// Resource names what is accessed.
type Resource struct {
	Type string `json:"type"` // TOPIC, GROUP, CLUSTER, TRANSACTIONAL_ID, DELEGATION_TOKEN, USER
	Name string `json:"name"`
}

// String is "TOPIC orders".
func (r Resource) String() string { return r.Type + " " + r.Name }

// Request is a question: may Principal do Operation on Resource from Host?
type Request struct {
	Principal string `json:"principal"` // "User:app"
	Operation string `json:"operation"` // READ, WRITE, ...
	Resource  Resource
	Host      string `json:"host"` // client address; empty: any, so only bindings for all hosts count
}

// Decision is an answer, with its reason.
type Decision struct {
	Allowed bool `json:"allowed"`
	// By is the binding that decides; nil if none does.
	By *kafka.ACL `json:"by,omitempty"`
	// Why is one line for people.
	Why string `json:"why"`
}

// Decide answers a request: super users first, then any binding that denies,
// then any that allows, then allow.everyone.if.no.acl.found where no binding is
// about the resource at all; else no.
func (r Rules) Decide(q Request) Decision {
	if slices.Contains(r.SuperUsers, q.Principal) {
		return Decision{Allowed: true, Why: q.Principal + " is a super user"}
	}
	var allow *kafka.ACL
	about := false
	for i := range r.ACLs {
		a := &r.ACLs[i]
		if !Covers(a, q.Resource) {
			continue
		}
		about = true
		if !applies(a, q) {
			continue
		}
		if a.Permission == "DENY" {
			return Decision{By: a, Why: "denied by " + a.String()}
		}
		if allow == nil || narrower(a, allow) {
			allow = a
		}
	}
	switch {
	case allow != nil:
		return Decision{Allowed: true, By: allow, Why: "allowed by " + allow.String()}
	case !about && r.AllowIfNone:
		return Decision{Allowed: true, Why: "no binding is about " + q.Resource.String() + ", and allow.everyone.if.no.acl.found is true"}
	}
	why := fmt.Sprintf("no binding allows %s to %s %s", q.Principal, q.Operation, q.Resource)
	if r.Guessed {
		why += " (unless it is a super user: the cluster does not tell which ones it has)"
	}
	return Decision{Why: why}
}

// Covers tells whether a binding's pattern is about a resource.
func Covers(a *kafka.ACL, r Resource) bool {
	if a.ResourceType != r.Type {
		return false
	}
	if a.Pattern == patternPrefix {
		return strings.HasPrefix(r.Name, a.Resource)
	}
	return a.Resource == r.Name || a.Resource == AnyResource
}

// applies tells whether a binding that covers the resource is about this
// principal, host and operation. Rights imply others only where they allow: READ,
// WRITE, DELETE and ALTER allow DESCRIBE, but to deny one does not deny it.
func applies(a *kafka.ACL, q Request) bool {
	if a.Principal != q.Principal && a.Principal != AnyPrincipal {
		return false
	}
	if a.Host != AnyHost && (q.Host == "" || a.Host != q.Host) {
		return false
	}
	if a.Operation == q.Operation || a.Operation == "ALL" {
		return true
	}
	return a.Permission == "ALLOW" && slices.Contains(impliedBy[q.Operation], a.Operation)
}

// impliedBy lists, for an operation, those whose permission includes it.
var impliedBy = map[string][]string{
	"DESCRIBE":         {"READ", "WRITE", "DELETE", "ALTER"},
	"DESCRIBE_CONFIGS": {"ALTER_CONFIGS"},
}

// narrower tells whether a says more precisely than b why something is allowed.
func narrower(a, b *kafka.ACL) bool {
	rank := func(x *kafka.ACL) int {
		n := 0
		if x.Principal == AnyPrincipal {
			n += 8
		}
		switch {
		case x.Resource == AnyResource:
			n += 4
		case x.Pattern == patternPrefix:
			n += 2
		}
		if x.Operation == "ALL" {
			n++
		}
		return n
	}
	return rank(a) < rank(b)
}
