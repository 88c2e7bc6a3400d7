package views

import "testing"

func TestQuotaLimit(t *testing.T) {
	for text, want := range map[string]float64{"1048576": 1048576, "0.5": 0.5, "1e6": 1e6} {
		if got, err := quotaLimit(text); err != nil || got != want {
			t.Errorf("%q: %v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "x", "0", "-1", "Inf", "+infinity", "-Inf", "NaN", "1e999"} {
		if got, err := quotaLimit(text); err == nil {
			t.Errorf("%q is taken for %v", text, got)
		}
	}
}
