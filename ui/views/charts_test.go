package views

import "testing"

func TestGapped(t *testing.T) {
	for _, one := range []struct {
		values []float64
		want   bool
	}{
		{nil, false},
		{[]float64{-1, -1, 3, 0, 4}, false}, // before the first reading
		{[]float64{3, 0, 4, -1, -1}, false}, // since the last
		{[]float64{-1, 3, -1, -1, 4}, true},
	} {
		if got := gapped(one.values); got != one.want {
			t.Errorf("%v: %v", one.values, got)
		}
	}
}
