package chart_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"kconsole/ui/chart"
)

func TestLine(t *testing.T) {
	t.Parallel()
	rising := []float64{0, 1, 2, 3}
	if got := strings.Join(chart.Line(rising, 4, 4, true), "\n"); got != "   *\n  **\n ** \n**  " {
		t.Errorf("got\n%s", got)
	}
	if got := chart.Line([]float64{1, 1, 1, 1}, 2, 1, false); got[0] != "⠉⠉" {
		t.Errorf("a level is at its top: %q", got)
	}
	if got := chart.Line([]float64{0, 0, -1, -1}, 2, 1, false); got[0] != "⣀ " {
		t.Errorf("what is not known is a gap: %q", got)
	}
	for _, values := range [][]float64{nil, {-1}, {5}, make([]float64, 1000)} {
		for _, ascii := range []bool{true, false} {
			for _, row := range chart.Line(values, 7, 3, ascii) {
				if utf8.RuneCountInString(row) != 7 {
					t.Errorf("%d values: a row of %q", len(values), row)
				}
			}
		}
	}
	if chart.Line(rising, 0, 3, false) != nil || chart.Line(rising, 3, 0, false) != nil {
		t.Error("there is no room, and yet something")
	}
}
