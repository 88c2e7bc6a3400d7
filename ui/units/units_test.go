package units_test

import (
	"math"
	"testing"
	"time"

	"kconsole/ui/units"
)

func check(t *testing.T, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestShort(t *testing.T) {
	t.Parallel()
	for n, want := range map[int64]string{-1: "–", 0: "0", 999: "999", 1000: "1.00k", 1820000: "1.82M", 88200: "88.2k", 999_499: "999k", 999_500: "1.00M", math.MaxInt64: "9.22E"} {
		check(t, units.Count(n), want)
	}
	for n, want := range map[int64]string{-1: "–", 0: "0 B", 999: "999 B", 3400: "3.40 kB", 214_000_000: "214 MB"} {
		check(t, units.Bytes(n), want)
	}
	for n, want := range map[int64]string{-1: "–", 0: "0", 999: "999", 1000: "1,000", 302118: "302,118", 1234567: "1,234,567"} {
		check(t, units.Exact(n), want)
	}
	for n, want := range map[float64]string{-1: "–", 0: "0", 0.01: "<0.1", 0.4: "0.4", 9.96: "10", 340.2: "340", 999.6: "1.00k", 12345: "12.3k"} {
		check(t, units.Rate(n), want)
	}
	check(t, units.Rate(math.NaN()), "–")
	for d, want := range map[time.Duration]string{-1: "–", 400 * time.Millisecond: "0.4 s", 41 * time.Second: "41 s", 130 * time.Second: "2m 10s", 124 * time.Hour: "5d 4h", 3*time.Hour + 5*time.Minute: "3h 5m"} {
		check(t, units.Duration(d), want)
	}
	for d, want := range map[time.Duration]string{-time.Hour: "now", 0: "now", 12 * time.Second: "12 s", 4 * time.Minute: "4m", 3 * time.Hour: "3h", 216 * time.Hour: "9d"} {
		check(t, units.Age(d), want)
	}
	check(t, units.Plural(1, "topic"), "1 topic")
	check(t, units.Plural(1200, "topic"), "1,200 topics")
}

func TestCharts(t *testing.T) {
	t.Parallel()
	check(t, units.Bar(0, 10, 8), "")
	check(t, units.Bar(1, 1e9, 8), "▏")
	check(t, units.Bar(5, 10, 8), "████")
	check(t, units.Bar(99, 10, 3), "███")
	check(t, units.Bar(1, 3, 4), "█▍")
	check(t, units.Spark([]float64{0, 0}, 5), "▁▁")
	check(t, units.Spark([]float64{9, 0, 1, 2, 4, -1}, 5), "▁▃▅█ ")
}
