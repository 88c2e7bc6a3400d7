package access

import (
	"maps"
	"slices"
)

// operations lists what can be done with each type of resource, in the order in
// which it is shown.
var operations = map[string][]string{
	"TOPIC":            {"READ", "WRITE", "CREATE", "DELETE", "ALTER", "DESCRIBE", "DESCRIBE_CONFIGS", "ALTER_CONFIGS"},
	"GROUP":            {"READ", "DELETE", "DESCRIBE", "DESCRIBE_CONFIGS", "ALTER_CONFIGS"},
	"CLUSTER":          {"CREATE", "ALTER", "DESCRIBE", "DESCRIBE_CONFIGS", "ALTER_CONFIGS", "CLUSTER_ACTION", "IDEMPOTENT_WRITE"},
	"TRANSACTIONAL_ID": {"WRITE", "DESCRIBE"},
	"DELEGATION_TOKEN": {"DESCRIBE"},
	"USER":             {"CREATE_TOKENS", "DESCRIBE_TOKENS"},
}

// Operations lists what can be done with a type of resource; nil for an unknown one.
func Operations(resourceType string) []string { return slices.Clone(operations[resourceType]) }

// ResourceTypes lists the types of resources, sorted.
func ResourceTypes() []string { return slices.Sorted(maps.Keys(operations)) }

// Principals lists everybody whom a rule names, sorted.
func (r Rules) Principals() []string {
	all := slices.Clone(r.SuperUsers)
	for i := range r.ACLs {
		all = append(all, r.ACLs[i].Principal)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// Cell is what one principal may do with one resource, by operation.
type Cell map[string]Decision

// Row is what one principal may do, by resource.
type Row struct {
	Principal string
	Cells     []Cell // in the order of the resources asked for
}

// Matrix decides every operation on each resource for each principal, from one
// host (empty: from any).
func (r Rules) Matrix(principals []string, resources []Resource, host string) []Row {
	// A binding that covers none of the resources decides nothing here.
	about := make([]Rules, len(resources))
	for i, res := range resources {
		about[i] = r
		about[i].ACLs = nil
		for j := range r.ACLs {
			if Covers(&r.ACLs[j], res) {
				about[i].ACLs = append(about[i].ACLs, r.ACLs[j])
			}
		}
	}
	rows := make([]Row, len(principals))
	for i, principal := range principals {
		rows[i] = Row{Principal: principal, Cells: make([]Cell, len(resources))}
		for j, res := range resources {
			cell := make(Cell)
			for _, op := range operations[res.Type] {
				cell[op] = about[j].Decide(Request{Principal: principal, Operation: op, Resource: res, Host: host})
			}
			rows[i].Cells[j] = cell
		}
	}
	return rows
}
