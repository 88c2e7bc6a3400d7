package tailbox_test

import (
	"testing"

	"github.com/gdamore/tcell/v2"

	"kconsole/ui/widget/tailbox"
)

// BenchmarkFrame draws a frame of 160x50 with 2,500 new records since the last.
func BenchmarkFrame(b *testing.B) {
	batch := orders(0, 2500)
	for name, prepare := range map[string]func(*tailbox.View){
		"plain":    func(*tailbox.View) {},
		"wrapped":  func(v *tailbox.View) { v.Key(tcell.NewEventKey(tcell.KeyRune, 'w', 0)) },
		"filtered": func(v *tailbox.View) { _ = v.SetFilter("de") },
	} {
		b.Run(name, func(b *testing.B) {
			bb, p := start(b, setup{width: 160, height: 50})
			prepare(bb.view)
			bb.send(p, batch...)
			b.ResetTimer()
			for range b.N {
				b.StopTimer()
				before := bb.feed.Stats().Seen
				p.in <- batch
				for bb.feed.Stats().Seen < before+int64(len(batch)) {
				}
				b.StartTimer()
				bb.frame()
			}
		})
	}
}

// BenchmarkIngest pushes records through a feed without a screen.
func BenchmarkIngest(b *testing.B) {
	batch := orders(0, 2500)
	for _, filter := range []string{"", "o-88790"} {
		name := "all"
		if filter != "" {
			name = "filter"
		}
		b.Run(name, func(b *testing.B) {
			bb, p := start(b, setup{})
			if err := bb.view.SetFilter(filter); err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			b.ResetTimer()
			for i := 0; i < b.N; i += len(batch) {
				p.in <- batch
			}
			b.StopTimer()
		})
	}
}

// BenchmarkScroll moves the cursor through records of a megabyte, wrapped.
func BenchmarkScroll(b *testing.B) {
	bb, p := start(b, setup{width: 160, height: 50})
	huge := orders(0, 30)
	for i := range huge {
		huge[i].Value = make([]byte, 1<<20)
		for j := range huge[i].Value {
			huge[i].Value[j] = 'x'
		}
	}
	bb.send(p, huge...)
	bb.press('w')
	b.ResetTimer()
	for i := range b.N {
		bb.press([]tcell.Key{tcell.KeyPgUp, tcell.KeyPgDn}[i%2])
	}
}
