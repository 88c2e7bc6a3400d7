package kafka

import (
	"context"
	"strconv"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// AlterQuotas plans to set and remove quotas of one entity. The cluster checks
// the plan (validate only).
//
// Kafka API: AlterClientQuotas (KIP-546).
func (a *Admin) AlterQuotas(ctx context.Context, entity QuotaEntity, set map[string]float64, remove []string) (*Plan, error) {
	what := "cannot change the quotas of " + entity.String()
	if entity == (QuotaEntity{}) || entity.IP != nil && (entity.User != nil || entity.Client != nil) {
		return nil, &Error{What: "cannot change quotas", Why: "they are for a user, a client id, both, or an ip", Kind: Invalid}
	}
	quotas, err := a.c.Quotas(ctx)
	if err != nil {
		return nil, err
	}
	now := map[string]float64{}
	for _, q := range quotas {
		if q.Entity.String() == entity.String() {
			now = q.Values
		}
	}
	show := func(key string) string {
		if v, ok := now[key]; ok {
			return number(v)
		}
		return ""
	}
	p := a.plan("change the quotas of %s", entity)
	entry := kmsg.NewAlterClientQuotasRequestEntry()
	for _, of := range [...]struct {
		kind string
		name *string
	}{{"user", entity.User}, {"client-id", entity.Client}, {"ip", entity.IP}} {
		if of.name == nil {
			continue
		}
		e := kmsg.NewAlterClientQuotasRequestEntryEntity()
		e.Type = of.kind
		if *of.name != "" { // the default entity is null in the protocol
			e.Name = of.name
		}
		entry.Entity = append(entry.Entity, e)
	}
	for _, key := range sortedKeys(set) {
		op := kmsg.NewAlterClientQuotasRequestEntryOp()
		op.Key, op.Value = key, set[key]
		entry.Ops = append(entry.Ops, op)
		p.change(entity.String(), key, show(key), number(set[key]))
	}
	for _, key := range remove {
		op := kmsg.NewAlterClientQuotasRequestEntryOp()
		op.Key, op.Remove = key, true
		entry.Ops = append(entry.Ops, op)
		p.change(entity.String(), key, show(key), "")
	}
	req := kmsg.NewPtrAlterClientQuotasRequest()
	req.Entries, req.ValidateOnly = append(req.Entries, entry), true
	send := func(ctx context.Context) error {
		resp, err := control[*kmsg.AlterClientQuotasResponse](ctx, a, what, req)
		if err != nil {
			return err
		}
		for i := range resp.Entries {
			if err := a.fail(what, kmsg.AlterClientQuotas, "", resp.Entries[i].ErrorCode, resp.Entries[i].ErrorMessage); err != nil {
				return err
			}
		}
		return nil
	}
	if err := send(ctx); err != nil {
		return nil, err
	}
	p.apply = func(ctx context.Context) []Item {
		req.ValidateOnly = false
		return []Item{{Resource: entity.String(), Err: send(ctx)}}
	}
	return p, nil
}

func number(v float64) string { return strconv.FormatFloat(v, 'f', -1, 64) }
