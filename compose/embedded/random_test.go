package embedded_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
	"github.com/twmb/franz-go/pkg/sasl/scram"

	"kconsole/compose/embedded"
)

// randomizer fills requests with values that are nearly right: the names of
// what exists, numbers at the edges, lists that are empty or short.
type randomizer struct {
	*rand.Rand
	ids [][16]byte
}

var names = []string{"", "a", "b", "missing", "__consumer_offsets", "..", "a/b", "*", "User:x", "retention.ms", "producer_byte_rate", "user", "group", "1", "2", "kafka-cluster", "earliest", "compact", "\x00", "é世"}

func (r randomizer) fill(v reflect.Value, depth int) {
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			if f := v.Field(i); f.CanSet() && v.Type().Field(i).Name != "Version" && v.Type().Field(i).Name != "UnknownTags" {
				r.fill(f, depth+1)
			}
		}
	case reflect.Slice:
		if v.Type().Elem().Kind() == reflect.Uint8 {
			v.SetBytes(r.bytes())
			return
		}
		n := r.IntN(3)
		if n == 0 && r.IntN(2) == 0 {
			v.SetZero()
			return
		}
		v.Set(reflect.MakeSlice(v.Type(), n, n))
		for i := range n {
			if d, ok := v.Index(i).Addr().Interface().(interface{ Default() }); ok {
				d.Default()
			}
			r.fill(v.Index(i), depth+1)
		}
	case reflect.Array:
		if id, ok := v.Addr().Interface().(*[16]byte); ok && len(r.ids) > 0 && r.IntN(4) > 0 {
			*id = r.ids[r.IntN(len(r.ids))]
		}
	case reflect.Pointer:
		if r.IntN(4) == 0 {
			v.SetZero()
			return
		}
		v.Set(reflect.New(v.Type().Elem()))
		r.fill(v.Elem(), depth+1)
	case reflect.String:
		v.SetString(names[r.IntN(len(names))])
	case reflect.Bool:
		v.SetBool(r.IntN(2) == 0)
	case reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		edges := []int64{-1, 0, 1, 2, 3, 7, 100, 1 << 30, 1<<31 - 1, -1 << 31, 1<<63 - 1, -1 << 63, -2, -3}
		v.SetInt(edges[min(r.IntN(len(edges)), r.IntN(len(edges)))])
	case reflect.Float64:
		v.SetFloat(r.NormFloat64() * 1e6)
	}
}

func (r randomizer) bytes() []byte {
	switch r.IntN(4) {
	case 0:
		return nil
	case 1:
		return batch("x")
	case 2:
		b := batch("y")
		for range 1 + r.IntN(4) {
			b[r.IntN(len(b))] = byte(r.Uint32())
		}
		return b
	}
	b := make([]byte, r.IntN(40))
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return b
}

// TestNonsenseFromAdministrators sends random requests of every API and
// version, with all rights: the cluster must answer or hang up, and live.
func TestNonsenseFromAdministrators(t *testing.T) {
	const perAPI = 25
	c := start(t, func(cfg *embedded.Config) { cfg.TLS = nil })
	open := func() *kgo.Client {
		cl, err := kgo.NewClient(kgo.SeedBrokers(c.Addrs()...), kgo.SASL(scram.Auth{User: "admin", Pass: adminPassword}.AsSha512Mechanism()), kgo.RequestRetries(0), kgo.RetryTimeout(time.Second))
		if err != nil {
			t.Fatal(err)
		}
		return cl
	}
	cl := open()
	defer func() { cl.Close() }()
	adm := kadmOf(cl)
	rnd := randomizer{Rand: rand.New(rand.NewPCG(3, 4))}
	for _, topic := range []string{"a", "b"} {
		createTopic(t, adm, topic, 3, 3, nil)
		id, err := topicID(cl, topic)
		if err != nil {
			t.Fatal(err)
		}
		rnd.ids = append(rnd.ids, id)
	}
	av, err := kmsg.NewPtrApiVersionsRequest().RequestWith(ctx(t), cl)
	if err != nil {
		t.Fatal(err)
	}
	answered, dropped, late := 0, 0, 0
	for _, k := range av.ApiKeys {
		for i := range perAPI {
			req := kmsg.RequestForKey(k.ApiKey)
			if d, ok := req.(interface{ Default() }); ok {
				d.Default()
			}
			rnd.fill(reflect.ValueOf(req).Elem(), 0)
			version := k.MinVersion + int16(rnd.IntN(int(k.MaxVersion-k.MinVersion)+1))
			mild(req)
			short, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
			_, err := cl.Broker(1+i%3).Request(short, pinned{req, version})
			cancel()
			switch {
			case err == nil:
				answered++
			case errors.Is(err, context.DeadlineExceeded):
				late++ // it waits for members, records or a time that it was given
			default:
				dropped++
			}
		}
	}
	t.Logf("%d answered, %d dropped, %d left waiting", answered, dropped, late)
	if answered < dropped {
		t.Errorf("only %d answered, %d dropped", answered, dropped)
	}
	eventually(t, "the cluster lives", func() error {
		md, err := metadataErr(cl)
		if err == nil && len(md.brokers) != 3 {
			err = fmt.Errorf("%d brokers", len(md.brokers))
		}
		return err
	})
	createTopic(t, adm, "after", 3, 3, nil)
	produceN(t, cl, "after", 30)
}

// pinned asks in exactly this version.
type pinned struct {
	kmsg.Request
	version int16
}

func (p pinned) MaxVersion() int16 { return p.version }

// mild keeps a random request from asking for what takes long by right.
func mild(req kmsg.Request) {
	switch q := req.(type) {
	case *kmsg.FetchRequest:
		q.MaxWaitMillis = 10
	case *kmsg.ShareFetchRequest:
		q.MaxWaitMillis = 10
	case *kmsg.CreatePartitionsRequest:
		for i := range q.Topics {
			q.Topics[i].Count = min(q.Topics[i].Count, 8)
		}
	}
}
