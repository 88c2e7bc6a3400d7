package access

import (
	"slices"
	"strings"

	"kconsole/kafka"
)

// Fix is what would turn a denied request into an allowed one.
type Fix struct {
	Add    []kafka.ACL `json:"add,omitempty"`    // the least bindings that are missing
	Remove []kafka.ACL `json:"remove,omitempty"` // bindings that deny it, whatever is added
}

// Empty tells whether nothing is needed: the request is allowed.
func (f Fix) Empty() bool { return len(f.Add) == 0 && len(f.Remove) == 0 }

// Least finds the least change that allows the requests: for each that is not
// allowed the one binding of this principal, operation, resource and host, and
// the removal of what denies it. A right that another one of the answer implies
// is left out.
func (r Rules) Least(requests ...Request) Fix {
	var f Fix
	for _, q := range requests {
		if r.Decide(q).Allowed {
			continue
		}
		allowed := r.AllowIfNone && !slices.ContainsFunc(r.ACLs, func(a kafka.ACL) bool { return Covers(&a, q.Resource) })
		for i := range r.ACLs {
			a := &r.ACLs[i]
			if !Covers(a, q.Resource) || !applies(a, q) {
				continue
			}
			if a.Permission == "ALLOW" {
				allowed = true
			} else if !slices.Contains(f.Remove, *a) {
				f.Remove = append(f.Remove, *a)
			}
		}
		if !allowed {
			f.Add = append(f.Add, binding(q))
		}
	}
	f.Add = slices.DeleteFunc(f.Add, func(a kafka.ACL) bool {
		return slices.ContainsFunc(f.Add, func(b kafka.ACL) bool {
			implied := b
			implied.Operation = a.Operation
			return implied == a && slices.Contains(impliedBy[a.Operation], b.Operation)
		})
	})
	slices.SortFunc(f.Add, kafka.CompareACLs)
	f.Add = slices.Compact(f.Add)
	return f
}

func binding(q Request) kafka.ACL {
	host := q.Host
	if host == "" {
		host = AnyHost
	}
	return kafka.ACL{
		Principal: q.Principal, Host: host, ResourceType: q.Resource.Type, Resource: q.Resource.Name, Pattern: "LITERAL",
		Operation: q.Operation, Permission: "ALLOW",
	}
}

// Activity is something that clients do, with the rights that it takes.
type Activity struct {
	Name  string // as "produce"
	About string // one line for people
	needs []need
}

type need struct{ operation, resource string }

// Activities lists what [Rules.Least] can be asked for as a whole, by name.
//
// Source: Kafka's documentation, "Authorization: operations and resources on protocols".
func Activities() []Activity {
	return []Activity{
		{"produce", "write records to a topic", []need{{"WRITE", "TOPIC"}}},
		{"consume", "read a topic as a member of a group", []need{{"READ", "TOPIC"}, {"READ", "GROUP"}}},
		{"read", "read a topic without a group, as kconsole tail does", []need{{"READ", "TOPIC"}}},
		{"transact", "write to a topic in transactions", []need{{"WRITE", "TOPIC"}, {"WRITE", "TRANSACTIONAL_ID"}}},
		{"process", "read, transform and write exactly once", []need{
			{"READ", "TOPIC"}, {"WRITE", "TOPIC"}, {"READ", "GROUP"}, {"WRITE", "TRANSACTIONAL_ID"},
		}},
		{"describe-topic", "see a topic, its partitions and offsets", []need{{"DESCRIBE", "TOPIC"}}},
		{"describe-config", "see a topic's configuration", []need{{"DESCRIBE_CONFIGS", "TOPIC"}}},
		{"alter-config", "change a topic's configuration", []need{{"ALTER_CONFIGS", "TOPIC"}}},
		{"create-topic", "create a topic", []need{{"CREATE", "TOPIC"}}},
		{"add-partitions", "add partitions to a topic", []need{{"ALTER", "TOPIC"}}},
		{"delete-topic", "delete a topic", []need{{"DELETE", "TOPIC"}}},
		{"delete-records", "delete records of a topic", []need{{"DELETE", "TOPIC"}}},
		{"describe-group", "see a group, its members and offsets", []need{{"DESCRIBE", "GROUP"}}},
		{"reset-offsets", "move a group's offsets of a topic", []need{{"READ", "GROUP"}, {"READ", "TOPIC"}}},
		{"delete-group", "delete a group", []need{{"DELETE", "GROUP"}}},
		{"see-acls", "see the access control bindings", []need{{"DESCRIBE", "CLUSTER"}}},
		{"alter-acls", "change the access control bindings", []need{{"ALTER", "CLUSTER"}}},
	}
}

// Needs lists the requests that an activity consists of: each of its rights on
// each of the resources that are of the right's type. The cluster need not be
// among them.
func (a Activity) Needs(principal, host string, resources ...Resource) []Request {
	var out []Request
	for _, n := range a.needs {
		on := resources
		if n.resource == "CLUSTER" {
			on = []Resource{{"CLUSTER", ClusterName}}
		}
		for _, r := range on {
			if r.Type == n.resource {
				out = append(out, Request{Principal: principal, Host: host, Operation: n.operation, Resource: r})
			}
		}
	}
	return out
}

// Types lists the types of the resources that an activity takes, each once.
func (a Activity) Types() []string {
	var out []string
	for _, n := range a.needs {
		if !slices.Contains(out, n.resource) {
			out = append(out, n.resource)
		}
	}
	return out
}

// FindActivity finds an activity by name.
func FindActivity(name string) (Activity, bool) {
	all := Activities()
	i := slices.IndexFunc(all, func(a Activity) bool { return a.Name == strings.ToLower(name) })
	if i < 0 {
		return Activity{}, false
	}
	return all[i], true
}
