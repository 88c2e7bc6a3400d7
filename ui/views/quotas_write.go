package views

import (
	"context"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"

	"kconsole/kafka"
	"kconsole/ui/dialog"
	"kconsole/ui/page"
	"kconsole/ui/resource"
)

// quotaKeys are what can be limited.
var quotaKeys = []string{"producer_byte_rate", "consumer_byte_rate", "request_percentage", "controller_mutation_rate", "connection_creation_rate"}

// quotaWrites are the actions that change quotas.
func quotaWrites() []resource.Action[kafka.Quota] {
	type quota = kafka.Quota
	return []resource.Action[quota]{
		{
			Key: "n", Label: "set", Help: "Limit what a user, client or address may use.", Writes: true, NoRow: true,
			Do: func(h page.Host, _ page.Target, _ []quota) { setQuota(h) },
			Command: func(_ page.Target, q quota) string {
				return command(append(entityWords("alter", q.Entity), "--set", "producer_byte_rate=BYTES")...)
			},
		},
		{
			Key: "ctrl-d", Label: "delete", Help: "Remove all limits of the entity.", Danger: true, Writes: true,
			Do: func(h page.Host, _ page.Target, rows []quota) {
				change(h, func(ctx context.Context, a *kafka.Admin) (*kafka.Plan, error) {
					return a.AlterQuotas(ctx, rows[0].Entity, nil, slices.Sorted(maps.Keys(rows[0].Values)))
				})
			},
			Command: func(_ page.Target, q quota) string { return command(entityWords("delete", q.Entity)...) },
		},
	}
}

func setQuota(h page.Host) {
	const help = "A name; * for the default of all that have none of their own; nothing: not part of it."
	ip := func(v dialog.Values) bool { return v["of"] == "address" }
	not := func(v dialog.Values) bool { return v["of"] != "address" }
	entity := func(v dialog.Values) kafka.QuotaEntity {
		if ip(v) {
			return kafka.QuotaEntity{IP: part(v["ip"])}
		}
		return kafka.QuotaEntity{User: part(v["user"]), Client: part(v["client"])}
	}
	dialog.Form{
		Title: "Set a quota",
		Fields: []dialog.Field{
			{Name: "of", Label: "Of", Choices: []string{"user or client", "address"}},
			{Name: "user", Label: "User", Shown: not, Help: help},
			{Name: "client", Label: "Client id", Shown: not, Help: help},
			{Name: "ip", Label: "Address", Shown: ip, Help: help},
			{Name: "key", Label: "What", Choices: quotaKeys},
			{Name: "value", Label: "At most", Help: "A number: bytes a second, percent, or a number a second.", Check: func(v string) error {
				_, err := quotaLimit(v)
				return err
			}},
		},
		Plan: formPlan(h, func(ctx context.Context, a *kafka.Admin, v dialog.Values) (*kafka.Plan, error) {
			limit, err := quotaLimit(v["value"])
			if err != nil {
				return nil, err
			}
			e := entity(v)
			if e.User == nil && e.Client == nil && e.IP == nil {
				return nil, &kafka.Error{What: "cannot set the quota", Why: "it is for nobody", Do: "name a user, a client id or an address; * is the default", Kind: kafka.Invalid}
			}
			return a.AlterQuotas(ctx, e, map[string]float64{v["key"]: limit}, nil)
		}),
		Command: func(v dialog.Values) string {
			words := entityWords("alter", entity(v))
			if len(words) == 2 {
				return "" // it is not said of whom
			}
			return command(append(words, "--set", v["key"]+"="+v["value"])...)
		},
	}.Open(h)
}

// quotaLimit reads a limit. No limit is a quota that is not there: infinity and
// what is no number, which ParseFloat takes, are refused.
func quotaLimit(text string) (float64, error) {
	n, err := strconv.ParseFloat(text, 64)
	if err != nil || n <= 0 || math.IsInf(n, 0) || math.IsNaN(n) {
		return 0, fmt.Errorf("%q is no number above 0", text)
	}
	return n, nil
}

// entityWords are a command about the quota of an entity.
func entityWords(verb string, e kafka.QuotaEntity) []string {
	words := []string{verb, "quota"}
	for _, p := range []struct {
		flag  string
		value *string
	}{{"--user", e.User}, {"--client-id", e.Client}, {"--ip", e.IP}} {
		switch {
		case p.value == nil:
		case *p.value == "":
			words = append(words, p.flag, "<default>")
		default:
			words = append(words, p.flag, *p.value)
		}
	}
	return words
}

// part is one part of an entity: nil if it is not typed, empty for the default.
func part(v string) *string {
	switch v {
	case "":
		return nil
	case "*":
		empty := ""
		return &empty
	default:
		return &v
	}
}
