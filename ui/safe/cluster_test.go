package safe_test

import "github.com/rivo/uniseg"

// firstCluster takes the first grapheme cluster off s.
func firstCluster(s *string) (cluster string, width int) {
	cluster, *s, width, _ = uniseg.FirstGraphemeClusterInString(*s, -1)
	return cluster, width
}
