package views

import (
	"context"
	"errors"
	"strings"
	"time"

	"kconsole/kafka/access"
	"kconsole/kafka/poll"
	"kconsole/ui/dialog"
	"kconsole/ui/page"
	"kconsole/ui/resource"
	"kconsole/ui/session"
	"kconsole/ui/theme"
	"kconsole/ui/widget/grid"
)

// accessRow is what one principal may do with one resource.
type accessRow struct {
	principal string
	resource  access.Resource
	cell      access.Cell
}

// accessOperations are the columns, in the order of how often they are asked for.
var accessOperations = []string{
	"READ", "WRITE", "DESCRIBE", "CREATE", "DELETE", "ALTER", "DESCRIBE_CONFIGS", "ALTER_CONFIGS", "CLUSTER_ACTION", "IDEMPOTENT_WRITE", "CREATE_TOKENS", "DESCRIBE_TOKENS",
}

// accessMatrix shows what everybody may do with a topic, or with the cluster.
func accessMatrix() *resource.Spec[accessRow] {
	columns := []resource.Column[accessRow]{
		{Column: grid.Column{Title: "PRINCIPAL", Min: 14, Max: 40}, Help: "Everybody whom a binding or the authorizer's settings name.", Cell: func(r accessRow) grid.Cell { return cell(r.principal) }},
	}
	for i, op := range accessOperations {
		columns = append(columns, resource.Column[accessRow]{
			Column: grid.Column{Title: strings.ReplaceAll(op, "_CONFIGS", " CFG"), Auto: true, Drop: i},
			Help:   "yes; DENY by a binding; a dash where nothing allows it.",
			Cell: func(r accessRow) grid.Cell {
				switch d, asked := r.cell[op]; {
				case !asked:
					return cell("")
				case d.Allowed:
					return at(theme.Fine, "yes")
				case d.By != nil:
					return at(theme.Act, "DENY")
				default:
					return at(theme.Muted, "–")
				}
			},
		})
	}
	return &resource.Spec[accessRow]{
		Name: "access", Title: "Access", Doc: "Who may do what: with one topic, or with the cluster.",
		Args: []page.Arg{page.Topic}, Optional: 1, Scope: poll.Topics,
		Load: func(ctx context.Context, s *session.Session, _ page.State, t page.Target) ([]accessRow, error) {
			rules, err := access.Load(ctx, s.Cluster)
			if err != nil {
				return nil, err
			}
			res := accessResource(t)
			var rows []accessRow
			for _, r := range rules.Matrix(rules.Principals(), []access.Resource{res}, "") {
				rows = append(rows, accessRow{r.Principal, res, r.Cells[0]})
			}
			return rows, nil
		},
		ID:      func(r accessRow) string { return r.principal },
		Crumb:   func(t page.Target) string { return "access to " + accessResource(t).Name },
		Empty:   "No binding names anybody, and the authorizer's settings are not shown.",
		Columns: columns,
		Actions: []resource.Action[accessRow]{
			{
				Key: "enter", Label: "why", Help: "Say which binding decides each operation.",
				Do: func(h page.Host, _ page.Target, rows []accessRow) {
					r := rows[0]
					var lines [][2]string
					for _, op := range access.Operations(r.resource.Type) {
						lines = append(lines, [2]string{op, r.cell[op].Why})
					}
					h.ShowList(r.principal+" on "+r.resource.String(), lines)
				},
				Command: func(_ page.Target, r accessRow) string {
					return command("access", r.principal, access.Operations(r.resource.Type)[0], strings.ToLower(r.resource.Type)+":"+r.resource.Name)
				},
			},
			{
				Key: "n", Label: "ask", Help: "Ask whether a principal may do something.", NoRow: true,
				Do: func(h page.Host, _ page.Target, _ []accessRow) { askAccess(h) },
			},
			{
				Key: "a", Label: "bindings", Help: "Show the bindings that name the principal.",
				Open: func(_ page.Target, r accessRow) page.Target {
					return page.Target{View: "acls", Filter: "^" + escape(r.principal) + " "}
				},
			},
		},
	}
}

// accessResource is what a page is about.
func accessResource(t page.Target) access.Resource {
	if topic := t.Arg(0); topic != "" {
		return access.Resource{Type: "TOPIC", Name: topic}
	}
	return access.Resource{Type: "CLUSTER", Name: access.ClusterName}
}

// askLimit bounds the look at the bindings for one question.
const askLimit = 15 * time.Second

// askAccess answers "can X do Y?" with the binding that decides, and with what
// is missing where the answer is no.
func askAccess(h page.Host) {
	s := h.Session()
	if s == nil || s.Cluster == nil {
		h.Fail(errors.New("there is no connection yet"))
		return
	}
	dialog.Form{
		Title: "May somebody do something?",
		Fields: []dialog.Field{
			{Name: "principal", Label: "Principal", Value: "User:", Append: true, Check: checkPrincipal},
			{Name: "type", Label: "Resource type", Choices: aclTypes},
			{Name: "name", Label: "Resource", Check: required("resource"), Complete: completing(topicNames(h)), Help: "Its name; kafka-cluster for the cluster."},
			{Name: "operation", Label: "Operation", Choices: aclOperations[:len(aclOperations)-1]},
			{Name: "host", Label: "Host", Help: "The client's address; nothing: any."},
		},
		Submit: func(v dialog.Values) error {
			q := access.Request{Principal: v["principal"], Operation: v["operation"], Resource: access.Resource{Type: v["type"], Name: v["name"]}, Host: v["host"]}
			h.Loop().Go(func() {
				ctx, cancel := context.WithTimeout(context.Background(), askLimit)
				defer cancel()
				rules, err := access.Load(ctx, s.Cluster)
				h.Loop().Post(func() {
					if err != nil {
						h.Fail(err)
						return
					}
					h.Show("May "+q.Principal+" "+q.Operation+" "+q.Resource.String()+"?", answer(rules, q))
				})
			})
			return nil
		},
		Command: func(v dialog.Values) string {
			words := []string{"access", v["principal"], v["operation"], strings.ToLower(v["type"]) + ":" + v["name"]}
			if v["host"] != "" {
				words = append(words, "--host", v["host"])
			}
			return command(words...)
		},
	}.Open(h)
}

func answer(rules access.Rules, q access.Request) []string {
	d := rules.Decide(q)
	if d.Allowed {
		return []string{"Yes: " + d.Why}
	}
	lines := []string{"No: " + d.Why}
	fix := rules.Least(q)
	for _, a := range fix.Remove {
		lines = append(lines, "  this binding would have to go:   "+a.String())
	}
	for _, a := range fix.Add {
		lines = append(lines, "  the least that would allow it:   "+a.String())
	}
	return lines
}
