package cmd

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"kconsole/kafka"
	"kconsole/kafka/access"
	"kconsole/kafka/config"
	"kconsole/ui/safe"
)

// accessAnswer is what `kconsole access` prints with -o json.
type accessAnswer struct {
	Principal string        `json:"principal"`
	Host      string        `json:"host"` // empty: any
	Allowed   bool          `json:"allowed"`
	Guessed   bool          `json:"guessed"` // the cluster does not tell its super users
	Checks    []accessCheck `json:"checks"`
	Fix       accessFix     `json:"fix"`
}

type accessCheck struct {
	Operation    string  `json:"operation"`
	ResourceType string  `json:"resource_type"`
	Resource     string  `json:"resource"`
	Allowed      bool    `json:"allowed"`
	By           *aclRow `json:"by"` // the binding that decides; null: none does
	Why          string  `json:"why"`
}

type accessFix struct {
	Add    []aclRow `json:"add"`
	Remove []aclRow `json:"remove"`
}

func (a *app) accessCmd() *cobra.Command {
	var host string
	var activities []string
	for _, act := range access.Activities() {
		activities = append(activities, fmt.Sprintf("  %-16s %s", act.Name, act.About))
	}
	cmd := &cobra.Command{
		Use:   "access PRINCIPAL OPERATION RESOURCE...",
		Short: "Tell whether somebody may do something, and by which ACL",
		Long: `Answers from the cluster's ACLs, as its authorizer would: allowed or denied, by which
binding, and what would have to change. Of several resources each is looked at; it
exits with 1 where one of them is denied.

A RESOURCE is topic:NAME (or just NAME), group:NAME, transactional-id:NAME, user:NAME,
delegation-token:ID or cluster. An OPERATION is READ, WRITE, ... or something that
clients do, which may take several rights:

` + strings.Join(activities, "\n"),
		Example: `  kconsole access app WRITE orders
  kconsole access User:app consume topic:orders group:billing
  kconsole access app DESCRIBE cluster -o json`,
		Args:              cobra.MinimumNArgs(2),
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.runAccess(cmd.Context(), args, host, formatOf(cmd))
		},
	}
	cmd.Flags().StringVar(&host, "host", "", "client `address` (default: any)")
	addFormat(cmd, "text", changeFormats)
	return cmd
}

// parseResource reads topic:orders, group:billing, cluster.
func parseResource(text string) (access.Resource, error) {
	if strings.EqualFold(text, "cluster") {
		return access.Resource{Type: "CLUSTER", Name: access.ClusterName}, nil
	}
	kind, name, ok := strings.Cut(text, ":")
	if !ok {
		kind, name = "topic", text
	}
	r := access.Resource{Type: operationName(kind), Name: name}
	if !slices.Contains(access.ResourceTypes(), r.Type) {
		var known []string
		for _, t := range access.ResourceTypes() {
			known = append(known, resourceWord(t))
		}
		return r, usagef("%q: there is no type of resource %q; use %s", text, kind, orList(known))
	}
	if r.Name == "" {
		return r, usagef("%q: the name is missing", text)
	}
	return r, nil
}

// accessRequests are what an operation or activity asks for on the resources.
func accessRequests(principal, operation string, resources []string, host string) ([]access.Request, error) {
	var parsed []access.Resource
	for _, text := range resources {
		r, err := parseResource(text)
		if err != nil {
			return nil, err
		}
		parsed = append(parsed, r)
	}
	// To read a topic takes READ on it, so a word that is both is the operation,
	// which can be asked of a group as well.
	op := operationName(operation)
	somewhere := slices.Contains(allOperations(), op)
	if act, ok := access.FindActivity(operation); ok && !somewhere {
		return activityRequests(act, principal, parsed, host)
	}
	if len(parsed) == 0 {
		return nil, usagef("say on what: topic:NAME, group:NAME, cluster, ...")
	}
	var requests []access.Request
	for _, r := range parsed {
		if known := access.Operations(r.Type); !slices.Contains(known, op) {
			near := ""
			if !somewhere { // else it is no slip
				near = nearWord(operation, append(slices.Clone(known), activityNames()...))
			}
			return nil, usagef("there is no operation %s on a %s%s; use %s", operation, resourceWord(r.Type), near, orList(known))
		}
		requests = append(requests, access.Request{Principal: principal, Operation: op, Resource: r, Host: host})
	}
	return requests, nil
}

// activityRequests are what an activity asks for on the resources, which must be
// of the types that it takes, and at least one of each.
func activityRequests(act access.Activity, principal string, resources []access.Resource, host string) ([]access.Request, error) {
	var needed, missing []string
	for _, kind := range act.Types() {
		word := resourceWord(kind)
		if kind != "CLUSTER" {
			word += ":NAME"
			if !slices.ContainsFunc(resources, func(r access.Resource) bool { return r.Type == kind }) {
				missing = append(missing, word)
			}
		}
		needed = append(needed, word)
	}
	for _, r := range resources {
		if !slices.Contains(act.Types(), r.Type) {
			return nil, usagef("to %s has nothing to do with a %s: it takes %s", act.Name, resourceWord(r.Type), strings.Join(needed, " and "))
		}
	}
	if len(missing) > 0 {
		return nil, usagef("to %s takes %s as well", act.Name, strings.Join(missing, " and "))
	}
	return act.Needs(principal, host, resources...), nil
}

// resourceWord is a type of resource as it is typed: transactional-id.
func resourceWord(kind string) string {
	return strings.ToLower(strings.ReplaceAll(kind, "_", "-"))
}

// allOperations lists the operations on any type of resource, each once.
func allOperations() []string {
	var all []string
	for _, kind := range access.ResourceTypes() {
		all = append(all, access.Operations(kind)...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

func activityNames() []string {
	var names []string
	for _, act := range access.Activities() {
		names = append(names, act.Name)
	}
	return names
}

func nearWord(word string, known []string) string {
	if near := config.Nearest(word, known); near != "" {
		return " (did you mean " + near + "?)"
	}
	return ""
}

func (a *app) runAccess(ctx context.Context, args []string, host, format string) error {
	if err := checkFormat(format, changeFormats); err != nil {
		return err
	}
	requests, err := accessRequests(principalOf(args[0]), args[1], args[2:], host)
	if err != nil {
		return err
	}
	c, err := a.connect()
	if err != nil {
		return err
	}
	defer c.Close()
	reading, cancel := context.WithTimeout(ctx, requestLimit)
	defer cancel()
	rules, err := access.Load(reading, c)
	if err != nil {
		return explainDenied(ctx, c, kafka.Explain(err), access.OnCluster("DESCRIBE"))
	}
	answer := decide(rules, requests)
	if err := a.showAccess(&answer, format); err != nil {
		return err
	}
	if !answer.Allowed {
		return fmt.Errorf("%s may not %s", answer.Principal, strings.Join(args[1:], " "))
	}
	return nil
}

func decide(rules access.Rules, requests []access.Request) accessAnswer {
	answer := accessAnswer{
		Principal: requests[0].Principal, Host: requests[0].Host, Allowed: true, Guessed: rules.Guessed,
		Fix: accessFix{[]aclRow{}, []aclRow{}},
	}
	for _, q := range requests {
		d := rules.Decide(q)
		check := accessCheck{Operation: q.Operation, ResourceType: q.Resource.Type, Resource: q.Resource.Name, Allowed: d.Allowed, Why: d.Why}
		if d.By != nil {
			row := aclRowOf(d.By)
			check.By = &row
		}
		answer.Allowed = answer.Allowed && d.Allowed
		answer.Checks = append(answer.Checks, check)
	}
	fix := rules.Least(requests...)
	for i := range fix.Add {
		answer.Fix.Add = append(answer.Fix.Add, aclRowOf(&fix.Add[i]))
	}
	for i := range fix.Remove {
		answer.Fix.Remove = append(answer.Fix.Remove, aclRowOf(&fix.Remove[i]))
	}
	return answer
}

func (a *app) showAccess(answer *accessAnswer, format string) error {
	if format == "json" {
		return writeJSON(a.out, answer)
	}
	for _, c := range answer.Checks {
		verdict := "allowed"
		if !c.Allowed {
			verdict = "denied "
		}
		fmt.Fprintln(a.out, safe.Text(fmt.Sprintf("%s  %s on %s %s: %s", verdict, c.Operation, c.ResourceType, c.Resource, c.Why)))
	}
	for _, r := range answer.Fix.Add {
		fmt.Fprintln(a.out, safe.Text("missing  "+r.acl().String()))
	}
	for _, r := range answer.Fix.Remove {
		fmt.Fprintln(a.out, safe.Text("in the way  "+r.acl().String()))
	}
	return nil
}

func (r *aclRow) acl() kafka.ACL {
	return kafka.ACL{
		Principal: r.Principal, Host: r.Host, ResourceType: r.ResourceType, Resource: r.Resource, Pattern: r.Pattern,
		Operation: r.Operation, Permission: r.Permission,
	}
}
