package cmd

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"kconsole/kafka"
	"kconsole/kafka/access"
)

type quotaRow struct {
	Entity kafka.QuotaEntity  `json:"entity"`
	Values map[string]float64 `json:"values"`
}

var quotaColumns = []column[quotaRow]{
	{name: "entity", text: func(r *quotaRow) string { return r.Entity.String() }},
	{name: "values", text: func(r *quotaRow) string {
		var texts []string
		for _, key := range slices.Sorted(maps.Keys(r.Values)) {
			texts = append(texts, key+"="+strconv.FormatFloat(r.Values[key], 'f', -1, 64))
		}
		return strings.Join(texts, " ")
	}},
}

type effectiveRow = kafka.EffectiveQuota

var effectiveColumns = []column[effectiveRow]{
	{name: "quota", text: func(r *effectiveRow) string { return r.Key }},
	{name: "value", text: func(r *effectiveRow) string { return strconv.FormatFloat(r.Value, 'f', -1, 64) }, right: true},
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
			return listing[effectiveRow]{kafka.EffectiveQuotas(quotas, user, client), effectiveColumns}, err
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
			list.rows = append(list.rows, quotaRow(q))
		}
	}
	if name != "" && len(list.rows) == 0 {
		return list, notFound("quota for", name, names)
	}
	return list, nil
}
