package tailbox_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/gdamore/tcell/v2"
	"github.com/twmb/franz-go/pkg/sr"
	"github.com/twmb/franz-go/pkg/sr/srfake"

	"kconsole/avro"
	"kconsole/avro/decode"
	"kconsole/avro/registry"
	"kconsole/kafka"
	"kconsole/ui/widget/tailbox"
)

const orderSchema = `{"type":"record","name":"Order","fields":[{"name":"id","type":"string"},{"name":"total","type":{"type":"bytes","logicalType":"decimal","precision":8,"scale":2}}]}`

// newRegistry is a registry that serves orderSchema, and its id.
func newRegistry(t *testing.T) (*srfake.Registry, *registry.Client, int) {
	t.Helper()
	fake := srfake.New()
	t.Cleanup(fake.Close)
	id, _, err := fake.RegisterSchema("orders-value", sr.Schema{Type: sr.TypeAvro, Schema: orderSchema})
	if err != nil {
		t.Fatal(err)
	}
	return fake, newClient(t, fake.URL()), id
}

func newClient(t *testing.T, url string) *registry.Client {
	t.Helper()
	transport := http.DefaultTransport.(*http.Transport).Clone()
	client, err := registry.New(registry.Options{URL: url, HTTP: &http.Client{Transport: transport}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		client.Close()
		transport.CloseIdleConnections()
	})
	return client
}

// avroOrder is an order of 54.90, framed.
func avroOrder(i, schema int) kafka.Record {
	r := order(i)
	r.Value = append(avro.AppendConfluent(nil, schema), "\x06o-1\x04\x15\x72"...)
	return r
}

func TestAvroIsDecodedWithoutWaiting(t *testing.T) {
	_, client, id := newRegistry(t)
	b, p := start(t, setup{width: 120, height: 12, options: tailbox.Options{Registry: client}})
	p.in <- []kafka.Record{avroOrder(0, id), avroOrder(1, 99), avroOrder(2, id)}
	b.until("the value is decoded", func() bool {
		b.tick()
		return strings.Contains(b.Text(), `{"id":"o-1","total":54.90}`)
	})
	b.until("the unknown schema is named", func() bool {
		b.tick()
		return strings.Contains(b.Text(), "⚠ schema 99 not available")
	})
	if !strings.Contains(b.Text(), "(5 + 7 bytes)") {
		t.Errorf("the sizes are not told:\n%s", b.Text())
	}
	b.press(tcell.KeyEnter)
	for _, want := range []string{"orders-value v1 (id 1)", "12 B (JSON would be 26 B)", `"total": 54.90`} {
		if !strings.Contains(b.Text(), want) {
			t.Errorf("no %q in\n%s", want, b.Text())
		}
	}
	b.press('b')
	for _, want := range []string{"00 00 00 01                schema id 1  → orders-value v1", `06 6f 2d 31                id: string, length 3  "o-1"`, "total: decimal(8,2), length 2  54.90"} {
		if !strings.Contains(b.Text(), want) {
			t.Errorf("no %q in\n%s", want, b.Text())
		}
	}
	b.press('b')
	// One bad record does not stop the tail.
	broken := avroOrder(3, id)
	broken.Value = broken.Value[:9]
	b.send(p, broken, avroOrder(4, id))
	if !strings.Contains(b.Line(5), "⚠ total") || !strings.Contains(b.Line(6), `{"id"`) {
		t.Errorf("the screen is\n%s", b.Text())
	}
}

func TestSchemaThatArrivesLate(t *testing.T) {
	fake, client, _ := newRegistry(t)
	b, p := start(t, setup{width: 120, height: 12, options: tailbox.Options{Registry: client}})
	fake.Intercept(func(w http.ResponseWriter, _ *http.Request) bool {
		w.WriteHeader(http.StatusServiceUnavailable)
		return true
	})
	p.in <- []kafka.Record{avroOrder(0, 1)}
	b.until("it cannot be had", func() bool {
		b.tick()
		return strings.Contains(b.Text(), "⚠ schema 1 not available")
	})
	b.press(tcell.KeyEnter)
	if !strings.Contains(b.Text(), "│ 0000  00 00 00 00 01 06 6f 2d  ......o-") {
		t.Errorf("its bytes are not shown:\n%s", b.Text())
	}
	fake.ClearInterceptors()
	b.until("both catch up", func() bool {
		b.tick()
		return strings.Contains(b.Text(), `{"id":"o-1","total":54.90}`) && strings.Contains(b.Text(), `"total": 54.90`)
	})
}

func TestFilterLooksIntoAvro(t *testing.T) {
	_, client, id := newRegistry(t)
	b, p := start(t, setup{options: tailbox.Options{Registry: client}, feed: tailbox.FeedOptions{Decoder: decode.New(client, decode.Options{})}})
	records := orders(0, 20)
	records[7] = avroOrder(7, id)
	b.send(p, records...)
	if err := b.view.SetFilter(`"total":54.90`); err != nil {
		t.Fatal(err)
	}
	b.until("it is found", func() bool { return b.feed.Stats().Looked == 20 && len(b.rows()) == 1 })
	b.until("it is decoded", func() bool {
		b.tick()
		return strings.Contains(b.Text(), `{"id":"o-1","total":54.90}`)
	})
	// An expression looks at one field and leaves out what has no such field.
	if err := b.view.SetFilter(`value.total > 54 && value.id == "o-1"`); err != nil {
		t.Fatal(err)
	}
	b.until("it is found by an expression", func() bool { s := b.feed.Stats(); return s.Looked == 20 && s.Matched == 1 })
	if err := b.view.SetFilter(`vlaue.total > 54`); err == nil || !strings.Contains(err.Error(), "did you mean value?") {
		t.Errorf("a wrong name gives %v", err)
	}
}
