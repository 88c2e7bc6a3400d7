package cmd

import (
	"maps"
	"math"
	"slices"
	"strconv"

	"github.com/spf13/cobra"

	"kconsole/kafka"
	"kconsole/kafka/access"
)

// defaultEntity stands for everybody who has no quota of their own.
const defaultEntity = "<default>"

// quotaFlags say whom a quota is for.
type quotaFlags struct{ user, client, ip string }

func (f *quotaFlags) add(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.user, "user", "", "a `user`; "+defaultEntity+" is those without a quota")
	cmd.Flags().StringVar(&f.client, "client-id", "", "a client `id`, or "+defaultEntity)
	cmd.Flags().StringVar(&f.ip, "ip", "", "a client `address`, or "+defaultEntity)
	cmd.MarkFlagsMutuallyExclusive("ip", "user")
	cmd.MarkFlagsMutuallyExclusive("ip", "client-id")
	cmd.MarkFlagsOneRequired("user", "client-id", "ip")
}

func (f *quotaFlags) entity() kafka.QuotaEntity {
	of := func(s string) *string {
		switch s {
		case "":
			return nil
		case defaultEntity:
			s = ""
		}
		return &s
	}
	return kafka.QuotaEntity{User: of(f.user), Client: of(f.client), IP: of(f.ip)}
}

func alterQuotaRights([]string) []access.Request {
	return append(access.OnCluster("DESCRIBE_CONFIGS"), access.OnCluster("ALTER_CONFIGS")...)
}

// quotaCmd sets and takes away quotas; to create one is to set it.
func (a *app) quotaCmd(name, short string) *cobra.Command {
	var f quotaFlags
	var set, unset []string
	values := map[string]float64{}
	return a.changeCmd(changing{
		use: "quota", short: short, args: cobra.NoArgs,
		long: `Sets quotas: producer_byte_rate and consumer_byte_rate (bytes a second on each
broker), request_percentage, controller_mutation_rate, connection_creation_rate.`,
		example: `  kconsole ` + name + ` quota --user app --set producer_byte_rate=1048576
  kconsole ` + name + ` quota --user '<default>' --client-id batch --set request_percentage=50`,
		flags: func(cmd *cobra.Command) {
			f.add(cmd)
			cmd.Flags().StringArrayVar(&set, "set", nil, "quota as `name=value`; may be repeated")
			cmd.Flags().StringArrayVar(&unset, "unset", nil, "`name` of a quota to take away; may be repeated")
		},
		check: func([]string) error {
			texts, err := pairs("--set", set)
			if err != nil {
				return err
			}
			if len(texts)+len(unset) == 0 {
				return usagef("say what to change: --set name=value or --unset name")
			}
			for name, text := range texts {
				v, err := strconv.ParseFloat(text, 64)
				if err != nil || v < 0 || math.IsInf(v, 0) || math.IsNaN(v) {
					return usagef("--set %s=%s: the value is a number", name, text)
				}
				values[name] = v
			}
			return nil
		},
		rights: alterQuotaRights,
		plan: func(w *changer) (*kafka.Plan, error) {
			return w.admin.AlterQuotas(w.ctx, f.entity(), values, unset)
		},
	})
}

func (a *app) deleteQuotaCmd() *cobra.Command {
	var f quotaFlags
	return a.changeCmd(changing{
		use: "quota", short: "Take away all quotas of a user, a client id, both, or an address", args: cobra.NoArgs,
		flags:  f.add,
		rights: alterQuotaRights,
		plan: func(w *changer) (*kafka.Plan, error) {
			quotas, err := w.c.Quotas(w.ctx)
			if err != nil {
				return nil, err
			}
			entity := f.entity()
			for _, q := range quotas {
				if q.Entity.String() == entity.String() {
					return w.admin.AlterQuotas(w.ctx, entity, nil, slices.Sorted(maps.Keys(q.Values)))
				}
			}
			if err := unknownEntity(entity, quotas); err != nil {
				return nil, err
			}
			return nil, &kafka.Error{What: "there is no quota for " + entity.String(), Do: "kconsole get quotas lists them", Kind: kafka.NotFound}
		},
	})
}

// unknownEntity names who was probably meant where no quota at all is for that
// user, client id or address.
func unknownEntity(e kafka.QuotaEntity, quotas []kafka.Quota) error {
	for _, part := range []func(kafka.QuotaEntity) *string{
		func(e kafka.QuotaEntity) *string { return e.User },
		func(e kafka.QuotaEntity) *string { return e.Client },
		func(e kafka.QuotaEntity) *string { return e.IP },
	} {
		var names []string
		for _, q := range quotas {
			if name := part(q.Entity); name != nil && *name != "" {
				names = append(names, *name)
			}
		}
		if name := part(e); name != nil && *name != "" && len(names) > 0 && !slices.Contains(names, *name) {
			return notFound("quota for", *name, names)
		}
	}
	return nil
}
