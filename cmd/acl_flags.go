package cmd

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"kconsole/kafka"
	"kconsole/kafka/access"
)

// aclFlags say which bindings are meant.
type aclFlags struct {
	principals, operations []string
	host                   string
	deny, prefixed         bool
	resources              map[string]*string // by resource type
	onCluster              bool
}

// resourceFlags names the flag of each type of resource.
var resourceFlags = []struct{ flag, kind, help string }{
	{"topic", "TOPIC", "a `topic`, or * for all"},
	{"group", "GROUP", "a consumer `group`, or * for all"},
	{"transactional-id", "TRANSACTIONAL_ID", "a transactional `id`, or * for all"},
	{"delegation-token", "DELEGATION_TOKEN", "a delegation token's `id`"},
	{"on-user", "USER", "a `user` whose tokens are meant"},
}

func (f *aclFlags) add(cmd *cobra.Command) {
	flags := cmd.Flags()
	// A distinguished name has commas, so they do not separate principals.
	flags.StringArrayVar(&f.principals, "principal", nil, "`who`, as User:app or app; may be repeated")
	flags.StringSliceVar(&f.operations, "operation", nil, "`operations`, as READ,WRITE or ALL")
	flags.StringVar(&f.host, "host", "", "client `address` (default: any)")
	flags.BoolVar(&f.deny, "deny", false, "bindings that deny")
	flags.BoolVar(&f.prefixed, "prefixed", false, "the name is the beginning of names")
	f.resources = map[string]*string{}
	for _, r := range resourceFlags {
		f.resources[r.kind] = flags.String(r.flag, "", "on "+r.help)
	}
	flags.BoolVar(&f.onCluster, "on-cluster", false, "on the cluster as a whole")
}

// named lists the resources that the flags name.
func (f *aclFlags) named() []access.Resource {
	var out []access.Resource
	for _, r := range resourceFlags {
		if name := *f.resources[r.kind]; name != "" {
			out = append(out, access.Resource{Type: r.kind, Name: name})
		}
	}
	if f.onCluster {
		out = append(out, access.Resource{Type: "CLUSTER", Name: access.ClusterName})
	}
	return out
}

func (f *aclFlags) pattern() string {
	if f.prefixed {
		return "PREFIXED"
	}
	return "LITERAL"
}

func (f *aclFlags) permission() string {
	if f.deny {
		return "DENY"
	}
	return "ALLOW"
}

// anyOperation stands in a binding for all that can be done.
const anyOperation = "ALL"

// checkOperations tells whether there is every operation that the flags name.
// One that is not possible on a resource may still be in a binding about it.
func (f *aclFlags) checkOperations() error {
	known := append([]string{anyOperation}, allOperations()...)
	for _, op := range f.operations {
		if op = operationName(op); !slices.Contains(known, op) {
			return usagef("there is no operation %s%s: use %s", op, nearWord(op, known), orList(known))
		}
	}
	return nil
}

// bindings are all combinations of principals, operations and resources.
func (f *aclFlags) bindings() ([]kafka.ACL, error) {
	resources := f.named()
	if len(f.principals) == 0 || len(f.operations) == 0 || len(resources) == 0 {
		return nil, usagef("say who (--principal), what (--operation) and on what (--topic, --group, --on-cluster, ...)")
	}
	host := f.host
	if host == "" {
		host = access.AnyHost
	}
	var out []kafka.ACL
	for _, p := range f.principals {
		for _, r := range resources {
			pattern := f.pattern()
			if r.Type == "CLUSTER" || r.Name == access.AnyResource {
				pattern = "LITERAL"
			}
			for _, op := range f.operations {
				op = operationName(op)
				if known := append([]string{anyOperation}, access.Operations(r.Type)...); !slices.Contains(known, op) {
					return nil, usagef("--operation %s is not possible on a %s%s: use %s", op, resourceWord(r.Type), nearWord(op, known), orList(known))
				}
				out = append(out, kafka.ACL{
					Principal: principalOf(p), Host: host, ResourceType: r.Type, Resource: r.Name, Pattern: pattern,
					Operation: op, Permission: f.permission(),
				})
			}
		}
	}
	return out, nil
}

// operationName is Kafka's name of an operation: describe-configs is
// DESCRIBE_CONFIGS.
func operationName(s string) string {
	return strings.ToUpper(strings.ReplaceAll(strings.TrimSpace(s), "-", "_"))
}

// matches tells whether a binding is one of those that the flags describe; what
// they leave open is anything.
func (f *aclFlags) matches(acl *kafka.ACL, cmd *cobra.Command) bool {
	if len(f.principals) > 0 && !slices.ContainsFunc(f.principals, func(p string) bool { return principalOf(p) == acl.Principal }) {
		return false
	}
	if len(f.operations) > 0 && !slices.ContainsFunc(f.operations, func(op string) bool { return operationName(op) == acl.Operation }) {
		return false
	}
	if f.host != "" && f.host != acl.Host ||
		cmd.Flags().Changed("deny") && f.permission() != acl.Permission || cmd.Flags().Changed("prefixed") && f.pattern() != acl.Pattern {
		return false
	}
	named := f.named()
	return len(named) == 0 || slices.Contains(named, access.Resource{Type: acl.ResourceType, Name: acl.Resource})
}
