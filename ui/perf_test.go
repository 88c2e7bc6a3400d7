package ui_test

import (
	"testing"
	"time"

	"kconsole/ui/uitest"
)

// BenchmarkFrame10k is one frame of 10,000 topics on a large terminal.
func BenchmarkFrame10k(b *testing.B) {
	d := uitest.Start(b, uitest.Options{Width: 160, Height: 50})
	d.Publish(uitest.Large(10_000))
	d.Press("end")
	b.ResetTimer()
	d.App.Frames(b.N)
}

// BenchmarkSnapshot10k is a new snapshot of 10,000 topics, with the frame.
func BenchmarkSnapshot10k(b *testing.B) {
	d := uitest.Start(b, uitest.Options{Width: 160, Height: 50})
	snap := uitest.Large(10_000)
	d.Publish(snap)
	b.ResetTimer()
	d.App.Snapshots(snap, b.N)
}

// BenchmarkFirstFrame is from nothing to a painted screen.
func BenchmarkFirstFrame(b *testing.B) {
	for b.Loop() {
		start := time.Now()
		d := uitest.StartBusy(b, uitest.Options{Width: 160, Height: 50})
		d.WaitFor("Reading from lab")
		b.ReportMetric(float64(time.Since(start).Milliseconds()), "ms")
		d.Last("ctrl-c")
		_ = d.End()
	}
}
