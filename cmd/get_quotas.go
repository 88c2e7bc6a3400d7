package cmd

import (
	"context"
	"encoding/json"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"kconsole/kafka"
	"kconsole/kafka/access"
)

type quotaRow struct {
	Entity kafka.QuotaEntity     `json:"entity"`
	Values map[string]quotaValue `json:"values"`
}

// quotaValue is a number, or one of notNumbers in quotes: other tools can set
// those, and JSON has no numbers for them.
type quotaValue float64

var notNumbers = []string{"Infinity", "-Infinity", "NaN"}

// String gives all digits: bytes a second are large numbers.
func (v quotaValue) String() string {
	switch f := float64(v); {
	case math.IsInf(f, 1):
		return notNumbers[0]
	case math.IsInf(f, -1):
		return notNumbers[1]
	case math.IsNaN(f):
		return notNumbers[2]
	default:
		return strconv.FormatFloat(f, 'f', -1, 64)
	}
}

// MarshalJSON fails for nothing, which encoding/json would for notNumbers.
func (v quotaValue) MarshalJSON() ([]byte, error) {
	if text := v.String(); slices.Contains(notNumbers, text) {
		return json.Marshal(text)
	}
	return json.Marshal(float64(v))
}

var quotaColumns = []column[quotaRow]{
	{name: "entity", text: func(r *quotaRow) string { return r.Entity.String() }},
	{name: "values", text: func(r *quotaRow) string {
		var texts []string
		for _, key := range slices.Sorted(maps.Keys(r.Values)) {
			texts = append(texts, key+"="+r.Values[key].String())
		}
		return strings.Join(texts, " ")
	}},
}

type effectiveRow struct {
	Key   string            `json:"key"`
	Value quotaValue        `json:"value"`
	From  kafka.QuotaEntity `json:"from"`
}

var effectiveColumns = []column[effectiveRow]{
	{name: "quota", text: func(r *effectiveRow) string { return r.Key }},
	{name: "value", text: func(r *effectiveRow) string { return r.Value.String() }, right: true},
	{name: "from", text: func(r *effectiveRow) string { return r.From.String() }},
}

func (a *app) getQuotasCmd() *cobra.Command {
	var user, client string
	plain := kind[quotaRow]{
		name: "quotas", short: "List quotas, or what is in force for a user and client id", read: a.readQuotas, complete: ofUsers,
		long: `Lists the quotas that are set. With --user and --client-id it lists what is in force
for that user and client, and which quota that comes from.`,
		rights: access.OnCluster("DESCRIBE_CONFIGS"),
	}
	get := getOf(a, plain)
	get.Flags().StringVar(&user, "user", "", "show what is in force for this `user`")
	get.Flags().StringVar(&client, "client-id", "", "show what is in force for this client `id`")
	all := get.RunE
	get.RunE = func(cmd *cobra.Command, args []string) error {
		if user == "" && client == "" {
			return all(cmd, args)
		}
		if len(args) > 0 {
			return usagef("a NAME lists the quotas that are set; --user and --client-id what is in force")
		}
		effective := kind[effectiveRow]{rights: plain.rights, read: func(ctx context.Context, c *kafka.Cluster, _ string) (listing[effectiveRow], error) {
			quotas, err := c.Quotas(ctx)
			list := listing[effectiveRow]{columns: effectiveColumns}
			for _, q := range kafka.EffectiveQuotas(quotas, user, client) {
				list.rows = append(list.rows, effectiveRow{q.Key, quotaValue(q.Value), q.From})
			}
			return list, err
		}}
		return list(cmd.Context(), a, effective, "", formatOf(cmd))
	}
	return get
}

// readQuotas lists quotas; a name is that of a user, client id or address.
func (a *app) readQuotas(ctx context.Context, c *kafka.Cluster, name string) (listing[quotaRow], error) {
	list := listing[quotaRow]{columns: quotaColumns}
	quotas, err := c.Quotas(ctx)
	if err != nil {
		return list, err
	}
	var names []string
	for _, q := range quotas {
		here := name == ""
		for _, part := range []*string{q.Entity.User, q.Entity.Client, q.Entity.IP} {
			if part != nil && *part != "" {
				names = append(names, *part)
				here = here || *part == name
			}
		}
		if here {
			row := quotaRow{q.Entity, make(map[string]quotaValue, len(q.Values))}
			for key, v := range q.Values {
				row.Values[key] = quotaValue(v)
			}
			list.rows = append(list.rows, row)
		}
	}
	if name != "" && len(list.rows) == 0 {
		return list, notFound("quota for", name, names)
	}
	return list, nil
}
