package load

import (
	"math"
	"testing"
)

// shares draws n keys and returns what part each got.
func shares(k Keys, n int) []float64 {
	c := newChooser(k, 42)
	out := make([]float64, k.Count)
	for range n {
		out[c.next()] += 1 / float64(n)
	}
	return out
}

func TestDistributions(t *testing.T) {
	const n, keys = 200_000, 50
	near := func(what string, got, want float64) {
		t.Helper()
		if sigma := math.Sqrt(want * (1 - want) / n); math.Abs(got-want) > 5*sigma {
			t.Errorf("%s: %.5f, want %.5f within %.5f", what, got, want, 5*sigma)
		}
	}
	for _, got := range shares(Keys{Distribution: Uniform, Count: keys}, n) {
		near("uniform", got, 1.0/keys)
	}
	var sum float64
	for i := range keys {
		sum += math.Pow(float64(i+1), -zipfS)
	}
	for i, got := range shares(Keys{Distribution: Zipf, Count: keys}, n) {
		near("zipf", got, math.Pow(float64(i+1), -zipfS)/sum)
	}
	for i, got := range shares(Keys{Distribution: Hot, Count: keys, HotShare: 0.7}, n) {
		want := 0.3 / (keys - 1)
		if i == 0 {
			want = 0.7
		}
		near("hot", got, want)
	}
	if c := newChooser(Keys{Distribution: NoKeys, Count: 1}, 1); c.next() >= 0 {
		t.Error("a key where there are none")
	}
	one := Keys{Distribution: Hot, Count: 1}
	if err := one.complete(); err != nil || newChooser(one, 1).next() != 0 {
		t.Error("one key is always that one")
	}
	a, b := newChooser(Keys{Distribution: Zipf, Count: keys}, 7), newChooser(Keys{Distribution: Zipf, Count: keys}, 7)
	for range 100 {
		if a.next() != b.next() {
			t.Fatal("the same seed gives other keys")
		}
	}
	many := newChooser(Keys{Distribution: Uniform, Count: 10 * firstKeys}, 3)
	different := map[string]bool{}
	for range 2000 {
		different[string(many.draw())] = true
	}
	if got := many.summary(); got.Distinct != len(different) || !different[got.Hottest] || got.HottestShare < 1.0/2000 {
		t.Errorf("%d different keys were drawn, and the summary says %+v", len(different), got)
	}
	for _, bad := range []Keys{{Distribution: "some"}, {Count: -1}, {HotShare: 2}} {
		if bad.complete() == nil {
			t.Errorf("%+v is accepted", bad)
		}
	}
}
