package front

import (
	"encoding/binary"
	"fmt"
	"sync"
	"time"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"

	"kconsole/compose/embedded/wire"
)

func init() {
	handlers[kmsg.AlterClientQuotas] = alterClientQuotas
	handlers[kmsg.DescribeClientQuotas] = describeClientQuotas
}

// describeClientQuotas answers "none" with an empty list: Java clients fall
// over the engine's null.
func describeClientQuotas(c *conn, r *wire.Request, req kmsg.Request) ([]byte, error) {
	resp, err := ask[*kmsg.DescribeClientQuotasResponse](c, r, req)
	if err != nil {
		return nil, err
	}
	if resp.ErrorCode == 0 && resp.Entries == nil {
		resp.Entries = []kmsg.DescribeClientQuotasResponseEntry{}
	}
	return answer(r, resp), nil
}

// The quotas that are enforced; others are stored by the engine and shown.
const (
	producerRate = "producer_byte_rate"
	consumerRate = "consumer_byte_rate"
)

// quotaTable holds what is configured, by entity and kind of quota.
type quotaTable map[quotaEntity]map[string]float64

// quotaEntity is whom a quota is for. anyone stands for the default entity.
type quotaEntity struct {
	user, client string // "" where the quota does not name that part
}

const anyone = "\x00default"

// find returns the quota that applies to a user and client id, and who shares
// it: the most specific one, in the order that Kafka documents.
func (t quotaTable) find(kind, user, client string) (quotaEntity, float64, bool) {
	for _, e := range []struct{ entity, shared quotaEntity }{
		{quotaEntity{user, client}, quotaEntity{user, client}},
		{quotaEntity{user, anyone}, quotaEntity{user, client}},
		{quotaEntity{user: user}, quotaEntity{user: user}},
		{quotaEntity{anyone, client}, quotaEntity{user, client}},
		{quotaEntity{anyone, anyone}, quotaEntity{user, client}},
		{quotaEntity{user: anyone}, quotaEntity{user: user}},
		{quotaEntity{client: client}, quotaEntity{client: client}},
		{quotaEntity{client: anyone}, quotaEntity{client: client}},
	} {
		if limit, ok := t[e.entity][kind]; ok && e.entity != (quotaEntity{}) {
			return e.shared, limit, true
		}
	}
	return quotaEntity{}, 0, false
}

// loadQuotas reads all quotas from the engine.
func (s *Server) loadQuotas() error {
	req := kmsg.NewPtrDescribeClientQuotasRequest()
	resp, err := askInternal[*kmsg.DescribeClientQuotasResponse](s, req)
	if err == nil {
		err = kerr.ErrorForCode(resp.ErrorCode)
	}
	if err != nil {
		return err
	}
	table := quotaTable{}
	for _, entry := range resp.Entries {
		var e quotaEntity
		for _, part := range entry.Entity {
			name := anyone
			if part.Name != nil {
				name = *part.Name
			}
			switch part.Type {
			case "user":
				e.user = name
			case "client-id":
				e.client = name
			}
		}
		if e == (quotaEntity{}) {
			continue // for addresses
		}
		table[e] = map[string]float64{}
		for _, v := range entry.Values {
			table[e][v.Key] = v.Value
		}
	}
	s.quotas.Store(&table)
	return nil
}

// quotaKeys are the quotas there are, and whether they are for addresses.
var quotaKeys = map[string]bool{
	producerRate: false, consumerRate: false, "request_percentage": false,
	"controller_mutation_rate": false, "connection_creation_rate": true,
}

// checkQuota says what is wrong with a change of quotas; "" is nothing.
func checkQuota(e kmsg.AlterClientQuotasRequestEntry) string {
	address := false
	if len(e.Entity) == 0 {
		return "a quota needs an entity: user, client-id or ip"
	}
	for i, part := range e.Entity {
		switch part.Type {
		case "user", "client-id":
		case "ip":
			address = true
		default:
			return fmt.Sprintf("unknown quota entity %q; there are user, client-id and ip", part.Type)
		}
		for _, other := range e.Entity[:i] {
			if other.Type == part.Type || address {
				return "a quota is for a user, a client id, both, or an ip"
			}
		}
	}
	for _, op := range e.Ops {
		forAddress, known := quotaKeys[op.Key]
		switch {
		case !known || forAddress != address:
			return fmt.Sprintf("there is no quota %q for this entity", op.Key)
		case !op.Remove && !(op.Value > 0):
			return fmt.Sprintf("quota %s must be above 0", op.Key)
		}
	}
	return ""
}

// alterClientQuotas has the engine store quotas that make sense, and obeys
// them from now on. The others go along without a change, for the rights.
func alterClientQuotas(c *conn, r *wire.Request, req kmsg.Request) ([]byte, error) {
	q := req.(*kmsg.AlterClientQuotasRequest)
	wrong := make([]string, len(q.Entries))
	for i := range q.Entries {
		if wrong[i] = checkQuota(q.Entries[i]); wrong[i] != "" {
			q.Entries[i].Ops = nil
		}
	}
	resp, err := ask[*kmsg.AlterClientQuotasResponse](c, r, q)
	if err != nil {
		return nil, err
	}
	for i := range resp.Entries {
		if e := &resp.Entries[i]; i < len(wrong) && e.ErrorCode == 0 && wrong[i] != "" {
			e.ErrorCode, e.ErrorMessage = kerr.InvalidRequest.Code, &wrong[i]
		}
	}
	if err := c.srv.loadQuotas(); err != nil {
		return nil, err
	}
	return answer(r, resp), nil
}

// Kafka measures a rate over this many windows, and takes at least all but one
// of them for the time that passed, so that a burst is not a rate.
const (
	quotaWindows = 11
	quotaWindow  = time.Second
	// maxThrottle keeps a connection responsive at the price of rates above
	// very small quotas.
	maxThrottle = 10 * time.Second
	// maxMeters bounds the meters that one broker keeps.
	maxMeters = 4096
)

// meter is the rate of one entity at one broker.
type meter struct {
	buckets [quotaWindows]float64
	seconds [quotaWindows]int64 // the window that a bucket belongs to
}

func (m *meter) add(now time.Time, n float64) {
	second := now.UnixNano() / int64(quotaWindow)
	i := second % quotaWindows
	if m.seconds[i] != second {
		m.seconds[i], m.buckets[i] = second, 0
	}
	m.buckets[i] += n
}

// throttle is how long the entity has to be silent for its rate to come down
// to the limit.
func (m *meter) throttle(now time.Time, limit float64) time.Duration {
	second := now.UnixNano() / int64(quotaWindow)
	total := 0.0
	for i, s := range m.seconds {
		if second-s < quotaWindows {
			total += m.buckets[i]
		}
	}
	elapsed := (quotaWindows - 1) * quotaWindow.Seconds()
	over := total/elapsed - limit
	if over <= 0 {
		return 0
	}
	if limit <= 0 {
		return maxThrottle
	}
	return min(maxThrottle, time.Duration(over/limit*elapsed*float64(time.Second)))
}

// meters are a broker's, by kind of quota and entity.
type meters struct {
	mu sync.Mutex
	m  map[string]map[quotaEntity]*meter
}

func (ms *meters) record(kind string, e quotaEntity, n int, limit float64) time.Duration {
	now := time.Now()
	ms.mu.Lock()
	defer ms.mu.Unlock()
	if ms.m == nil {
		ms.m = map[string]map[quotaEntity]*meter{}
	}
	set := ms.m[kind]
	if set == nil || len(set) >= maxMeters {
		set = map[quotaEntity]*meter{}
		ms.m[kind] = set
	}
	m := set[e]
	if m == nil {
		m = &meter{}
		set[e] = m
	}
	m.add(now, float64(n))
	return m.throttle(now, limit)
}

// charge records bytes against the client's quota, if it has one, and returns
// how long the client is to be throttled. The connection is then not read for
// that time, whatever the client makes of the answer.
func (c *conn) charge(kind, clientID string, n int) time.Duration {
	table := c.srv.quotas.Load()
	if table == nil || len(*table) == 0 {
		return 0
	}
	user := c.sign.user
	if user == "" {
		user = "ANONYMOUS"
	}
	e, limit, ok := table.find(kind, user, clientID)
	if !ok {
		return 0
	}
	d := c.b.meters.record(kind, e, n, limit)
	c.mute = d
	return d
}

// throttleFetch notes the throttle time in an encoded fetch response, where it
// is the first field.
func throttleFetch(frame []byte, flexible bool, d time.Duration) {
	at := 4
	if flexible {
		at++ // the engine writes no header tags
	}
	if len(frame) >= at+4 {
		binary.BigEndian.PutUint32(frame[at:], uint32(d.Milliseconds()))
	}
}
