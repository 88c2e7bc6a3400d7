package views_test

import (
	"strings"
	"testing"
	"time"

	"kconsole/kafka"
	"kconsole/kafka/poll"
	"kconsole/ui/uitest"
)

// outage is the sample cluster so long ago, when orders p0 was led and held in
// sync by these.
func outage(ago time.Duration, leader int32, isr ...int32) *poll.Snapshot {
	s := uitest.Snapshot()
	s.At = uitest.Now.Add(-ago)
	s.Topics.At = s.At
	p := &s.Topics.Rows[1].Partitions[0]
	p.Leader, p.ISR = leader, isr
	return s
}

// TestReplicasOverTime: a partition loses its leader, gets another, and is in
// sync again; the strip shows when.
func TestReplicasOverTime(t *testing.T) {
	for name, colors := range map[string]int{"blocks": 256, "no colours": -1, "plain characters": 0} {
		t.Run(name, func(t *testing.T) {
			if colors == 0 {
				t.Setenv("TERM", "linux")
			}
			d := uitest.Start(t, uitest.Options{View: "topicchart orders", Colors: colors})
			for _, s := range []*poll.Snapshot{
				outage(4*time.Minute, 1, 1, 2, 3), outage(3*time.Minute, kafka.NoLeader, 1), outage(2*time.Minute, 3, 3), outage(time.Minute, 3, 2, 3), outage(0, 3, 1, 2, 3),
			} {
				d.Publish(s)
			}
			// 67 columns are 300 s: 13 before the console, 13 as it was.
			r := strings.Repeat
			want := "p0 3/3  " + r("·", 13) + r("█", 13) + r("×", 14) + "3" + r("▃", 13) + r("▅", 13)
			if colors == 0 {
				want = "p0 3/3  " + r(".", 13) + r("#", 13) + r("x", 14) + "3" + r("-", 26)
			}
			if !d.Has(want) {
				t.Errorf("no %q on\n%s", want, d.Text())
			}
			for _, text := range []string{"5 others", "figure: the new leader   ", "p0 leader 3", "p0 ISR 2,3 → 1,2,3"} {
				if !d.Has(text) {
					t.Errorf("no %q on\n%s", text, d.Text())
				}
			}
			if name == "blocks" {
				d.Golden("80x24/topicchart-isr")
				d.Resize(120, 40)
				d.Golden("120x40/topicchart-isr")
			}
		})
	}
}
