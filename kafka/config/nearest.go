package config

import (
	"slices"
	"strings"
)

// Nearest returns the known name that a person most likely meant by name, or ""
// when none is close: at most a third of its letters may differ (and always one
// in names of three letters or more). Case is ignored, a swap of neighbours
// counts as one slip.
func Nearest(name string, known []string) string {
	best, bestDistance := "", 1+max(1, len(name)/3)
	if len(name) < 2 || len(name) > 256 {
		return ""
	}
	for _, k := range sorted(known) {
		if d := distance(strings.ToLower(name), strings.ToLower(k)); d < bestDistance {
			best, bestDistance = k, d
		}
	}
	return best
}

// distance is the optimal string alignment distance between a and b in bytes.
func distance(a, b string) int {
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}

// didYouMean returns ` (did you mean "x"?)`, or what is known when nothing is near.
func didYouMean(name string, known []string) string {
	if n := Nearest(name, known); n != "" {
		return `; did you mean "` + n + `"?`
	}
	if len(known) == 0 || len(known) > 16 {
		return ""
	}
	return "; known are " + strings.Join(known, ", ")
}

func sorted(list []string) []string { return slices.Sorted(slices.Values(list)) }
