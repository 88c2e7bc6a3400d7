package kafka

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// QuotaEntity says whom a quota is for. A nil part is not part of the entity; an
// empty one is the default of its kind. Either User and Client, or IP.
type QuotaEntity struct {
	User   *string `json:"user,omitempty"`
	Client *string `json:"client_id,omitempty"`
	IP     *string `json:"ip,omitempty"`
}

// String gives the form of Kafka's own tools: user "app", client-id <default>.
func (e QuotaEntity) String() string {
	var parts []string
	for _, p := range [...]struct {
		kind string
		name *string
	}{{"user", e.User}, {"client-id", e.Client}, {"ip", e.IP}} {
		switch {
		case p.name == nil:
		case *p.name == "":
			parts = append(parts, p.kind+" <default>")
		default:
			parts = append(parts, fmt.Sprintf("%s %q", p.kind, *p.name))
		}
	}
	return strings.Join(parts, ", ")
}

// Quota is what is set for one entity.
type Quota struct {
	Entity QuotaEntity        `json:"entity"`
	Values map[string]float64 `json:"values"` // by key: producer_byte_rate (bytes/s), consumer_byte_rate, request_percentage, controller_mutation_rate, connection_creation_rate
}

// Quotas reads all quotas, sorted by entity. It needs DESCRIBE_CONFIGS on the cluster.
//
// Kafka API: DescribeClientQuotas (KIP-546).
func (c *Cluster) Quotas(ctx context.Context) ([]Quota, error) {
	ctx, k, done := c.begin(ctx, "cannot read the quotas")
	defer done()
	req := kmsg.NewPtrDescribeClientQuotasRequest()
	resp, err := request[*kmsg.DescribeClientQuotasResponse](ctx, k, req)
	if err != nil {
		return nil, err
	}
	if err := k.fail(codeError(resp.ErrorCode, resp.ErrorMessage)); err != nil {
		return nil, err
	}
	var quotas []Quota
	for i := range resp.Entries {
		entry := &resp.Entries[i]
		q := Quota{Values: make(map[string]float64, len(entry.Values))}
		for j := range entry.Entity {
			q.Entity.set(entry.Entity[j].Type, deref(entry.Entity[j].Name))
		}
		for _, v := range entry.Values {
			q.Values[v.Key] = v.Value
		}
		quotas = append(quotas, q)
	}
	slices.SortFunc(quotas, func(a, b Quota) int { return strings.Compare(a.Entity.String(), b.Entity.String()) })
	return quotas, nil
}

func (e *QuotaEntity) set(kind, name string) {
	switch kind {
	case "user":
		e.User = &name
	case "client-id":
		e.Client = &name
	case "ip":
		e.IP = &name
	}
}

// EffectiveQuota is the value that is in force for a user and client id, and the
// entity that it comes from; ok is false if there is none, so no limit.
type EffectiveQuota struct {
	Key   string      `json:"key"`
	Value float64     `json:"value"`
	From  QuotaEntity `json:"from"`
}

// EffectiveQuotas finds what is in force for a user and client id, sorted by
// key. A broker looks for each key in this order and takes the first: the user
// with this client, the user with the default client, the user, the default
// user with this client, with the default client, the default user, this
// client, the default client.
//
// Source: Kafka's documentation of quotas; KIP-257.
func EffectiveQuotas(quotas []Quota, user, client string) []EffectiveQuota {
	rank := func(e QuotaEntity) int {
		if e.IP != nil {
			return -1
		}
		of := func(set *string, name string) int { // 0: this one, 1: the default, 2: not part of the entity
			switch {
			case set == nil:
				return 2
			case *set == "":
				return 1
			case *set == name:
				return 0
			}
			return -1
		}
		u, c := of(e.User, user), of(e.Client, client)
		if u < 0 || c < 0 || u == 2 && c == 2 {
			return -1
		}
		return 3*u + c
	}
	best := make(map[string]EffectiveQuota)
	ranks := make(map[string]int)
	for _, q := range quotas {
		r := rank(q.Entity)
		if r < 0 {
			continue
		}
		for key, value := range q.Values {
			if was, ok := ranks[key]; !ok || r < was {
				ranks[key] = r
				best[key] = EffectiveQuota{Key: key, Value: value, From: q.Entity}
			}
		}
	}
	out := make([]EffectiveQuota, 0, len(best))
	for _, key := range sortedKeys(best) {
		out = append(out, best[key])
	}
	return out
}
