package doctor

import (
	"fmt"
	"time"

	"kconsole/kafka"
)

// What makes a quota the likely reason: the group reads at least this share of
// it, and not much more than all brokers together would let through.
const (
	quotaNear = 0.5
	quotaOver = 1.5
)

const consumerRate = "consumer_byte_rate"

// throttled finds consumers that read about as fast as a quota lets them while
// they lag. Kafka does not tell which user a member signed in as, so only quotas
// of clients, and those of everybody, are considered.
func throttled(f *Facts, r *result) {
	if f.Throttled > 0 {
		r.add(Finding{
			Level: Watch, Resource: "this user", Title: "the cluster throttles this very client",
			Evidence: []string{fmt.Sprintf("an answer was held back for %s", f.Throttled.Round(time.Millisecond))},
			Next:     Action{Text: "raise its quota, or wait", Command: "kconsole get quotas"}, Open: Link{View: "quotas"},
		})
	}
	if len(f.Quotas) == 0 {
		return
	}
	f.eachReader(r, func(g *kafka.Group) {
		p, ok := f.pace(g)
		o := furthest(g)
		if !ok || p.out <= 0 || o == nil || g.Lag() < slowLag {
			return
		}
		size := f.averageBytes(o.Topic)
		if size <= 0 {
			return
		}
		for i := range g.Members {
			client := g.Members[i].ClientID
			entity, limit, ok := f.quotaOf(client)
			if !ok {
				continue
			}
			rate := p.out * size
			if rate < quotaNear*limit || rate > quotaOver*limit*float64(max(f.Info.Up(), 1)) {
				continue
			}
			r.add(Finding{
				Level: Watch, Resource: "group " + g.ID, Title: fmt.Sprintf("%s reads as fast as a quota lets it, and lags", g.ID),
				Evidence: []string{
					fmt.Sprintf("%s may read %.0f bytes/s from each broker", entity, limit),
					fmt.Sprintf("client %s reads about %.0f bytes/s (%.1f records of %.0f bytes), lag %d", client, rate, p.out, size, g.Lag()),
				},
				Next: Action{Text: "raise the quota, or accept the pace", Command: "kconsole get quotas"}, Open: Link{View: "quotas"},
			})
			return
		}
	})
}

// quotaOf is the quota for reading that a client id falls under.
func (f *Facts) quotaOf(client string) (entity kafka.QuotaEntity, limit float64, ok bool) {
	best := 0
	for i := range f.Quotas {
		q := &f.Quotas[i]
		rate, has := q.Values[consumerRate]
		rank := 0
		switch e := q.Entity; {
		case !has || e.IP != nil || e.User != nil && *e.User != "":
		case e.User == nil && e.Client != nil && *e.Client == client:
			rank = 3
		case e.User != nil && e.Client == nil:
			rank = 2 // of every user that has none of its own
		case e.User == nil && e.Client != nil && *e.Client == "":
			rank = 1
		}
		if rank > best {
			best, entity, limit, ok = rank, q.Entity, rate, true
		}
	}
	return entity, limit, ok
}

// averageBytes is the mean size of a topic's records, by the samples; 0 if there
// are none.
func (f *Facts) averageBytes(topic string) float64 {
	var n, bytes int
	for i := range f.Samples {
		if f.Samples[i].Topic == topic {
			n++
			bytes += f.Samples[i].Bytes
		}
	}
	if n == 0 {
		return 0
	}
	return float64(bytes) / float64(n)
}
