package tailbox_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gdamore/tcell/v2"

	"kconsole/avro/decode"
	"kconsole/kafka"
	"kconsole/kafka/config"
	"kconsole/ui/widget/tailbox"
)

// TestMaskedPartsAreNowhere: what the rules hide is not in the list, the opened
// record, its bytes, what is copied or saved, and no filter finds it.
func TestMaskedPartsAreNowhere(t *testing.T) {
	cl := config.Cluster{Masking: []config.MaskRule{{Topics: []string{"ord*"}, Fields: []string{"**.country", "id"}, Headers: []string{"auth*"}, Key: true, With: "(hidden)"}}}
	mask := cl.Mask("orders")
	d := decode.New(nil, decode.Options{})
	b, p := start(t, setup{width: 140, height: 30, options: tailbox.Options{Mask: mask}, feed: tailbox.FeedOptions{Mask: mask, Decoder: d}})
	rec := order(0)
	rec.Headers = []kafka.Header{{Key: "authorization", Value: []byte("Bearer s3cr3t")}, {Key: "trace", Value: []byte("8f3a")}}
	long := order(1)
	long.Value = []byte(`{"id":"o-88001","note":"` + strings.Repeat("x", 20_000) + `","customer":{"country":"FR"}}`)
	plain := order(2)
	plain.Value = []byte{0xff, 0xfe, 's', '3', 'c', 'r', '3', 't', 'b', 'y', 't', 'e', 's'}
	b.send(p, rec, long, plain)
	b.until("the rows are there", func() bool { return strings.Contains(b.Text(), "302,002") })
	secrets := []string{"c-0000", "o-88000", `"DE"`, "s3cr3t", "o-88001", "733363723374", "73 33 63 72"}
	check := func(where, text string) {
		t.Helper()
		for _, s := range secrets {
			if strings.Contains(text, s) {
				t.Errorf("%s shows %s:\n%.2000s", where, s, text)
			}
		}
	}
	check("the list", b.Text())
	if !strings.Contains(b.Text(), "(hidden)") || !strings.Contains(b.Text(), "0.90") {
		t.Errorf("the rest is gone, too:\n%s", b.Text())
	}
	for range 3 {
		b.press(tcell.KeyEnter)
		check("the record", b.Text())
		b.press('c')
		b.press('b')
		check("its bytes", b.Text())
		b.press('c', 'C', tcell.KeyEscape, tcell.KeyEscape, tcell.KeyUp)
	}
	check("the clipboard", strings.Join(b.copied, "\n"))
	if len(b.copied) != 9 {
		t.Errorf("copied %d times", len(b.copied))
	}
	path := filepath.Join(t.TempDir(), "out.jsonl")
	b.press(tcell.KeyCtrlS)
	if err := b.asked[len(b.asked)-1].Done(path); err != nil {
		t.Fatal(err)
	}
	b.until("it is saved", func() bool { return len(b.said) > 0 && strings.HasPrefix(b.said[len(b.said)-1], "saved 3") })
	saved, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	check("the file", string(saved))

	for filter, want := range map[string]string{"s3cr3t": "none of 3", "country == \"DE\"": "none of 3", "value.customer.country == \"DE\"": "none of 3", "trace": "302,000"} {
		if err := b.view.SetFilter(filter); err != nil {
			t.Logf("%s: %v", filter, err)
			continue
		}
		b.until(filter+" gives "+want, func() bool { return strings.Contains(b.Text(), want) })
	}
}

// TestUnmaskedValuesKeepTheirBytes: rules that hide nothing of a value leave it
// as it is.
func TestUnmaskedValuesKeepTheirBytes(t *testing.T) {
	mask := config.Cluster{Masking: []config.MaskRule{{Key: true}}}.Mask("orders")
	b, p := start(t, setup{width: 140, height: 30, options: tailbox.Options{Mask: mask}})
	rec := order(0)
	rec.Value = []byte("just words")
	b.send(p, rec)
	b.press(tcell.KeyEnter, 'b')
	if !strings.Contains(b.Text(), "6a 75 73 74") {
		t.Errorf("its bytes are gone:\n%s", b.Text())
	}
}
