package tailbox_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/gdamore/tcell/v2"

	"kconsole/avro/decode"
	"kconsole/kafka"
	"kconsole/kafka/config"
	"kconsole/kafka/replay"
	"kconsole/ui/widget/tailbox"
)

// TestCartKeepsBytesAndHidesText: what goes into the cart has the record's bytes,
// whatever of it may be shown, and nothing that is hidden can be edited.
func TestCartKeepsBytesAndHidesText(t *testing.T) {
	cl := config.Cluster{Masking: []config.MaskRule{{Topics: []string{"orders"}, Fields: []string{"**.country"}, Headers: []string{"auth*"}}}}
	mask := cl.Mask("orders")
	var cart replay.Cart
	keep := func(items []replay.Item) (added, all int, err error) {
		added, err = cart.Add(items...)
		return added, cart.Len(), err
	}
	b, p := start(t, setup{options: tailbox.Options{Mask: mask, Keep: keep}, feed: tailbox.FeedOptions{Mask: mask, Decoder: decode.New(nil, decode.Options{})}})
	records := orders(0, 4)
	records[1].Value = []byte(`{"id":"nothing to hide"}`)
	records[2].Value = []byte{0xff, 0xfe, 's', 'e', 'c', 'r', 'e', 't', 0}
	records[3].Value, records[3].Headers = nil, []kafka.Header{{Key: "authorization", Value: []byte("Bearer s3cr3t")}}
	b.send(p, records...)
	b.press(tcell.KeyHome, ' ', ' ', ' ', ' ', 'r')
	if cart.Len() != 4 || len(b.view.Marked()) != 0 || !strings.Contains(strings.Join(b.said, " "), "4 records put into the cart") {
		t.Fatalf("%d in the cart, %d marked, said %q, failed %v", cart.Len(), len(b.view.Marked()), b.said, b.failed)
	}
	for i, item := range cart.Items() {
		rec := &records[i]
		if !bytes.Equal(item.Original.Value, rec.Value) || (item.Original.Value == nil) != (rec.Value == nil) || !bytes.Equal(item.Original.Key, rec.Key) {
			t.Errorf("record %d has other bytes: %+v", i, item.Original)
		}
		if masked := i != 1; item.Masked != masked || (item.Editable() != nil) != masked {
			t.Errorf("record %d: masked %v, editable %v", i, item.Masked, item.Editable())
		}
		for _, secret := range []string{`"DE"`, "secret", "s3cr3t"} {
			if text := item.Key + item.Value + string(item.Text); strings.Contains(text, secret) {
				t.Errorf("record %d shows %s: %s", i, secret, text)
			}
		}
	}
	if item := cart.Find(2); string(item.Text) != `{"id":"nothing to hide"}` {
		t.Errorf("the value to edit is %q", item.Text)
	}
	b.press('r') // the one under the cursor, which is there already
	if cart.Len() != 4 || !strings.Contains(b.said[len(b.said)-1], "1 there already") {
		t.Errorf("%d in the cart, said %q", cart.Len(), b.said)
	}
}
