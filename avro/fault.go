package avro

import (
	"fmt"
	"strings"
)

// Fault is one reason why a JSON value does not fit a schema.
type Fault struct {
	// Path names the field, as in DecodeError; empty at the outermost value.
	Path string
	// Expected says what the schema asks for, Got what was there.
	Expected, Got string
}

func (f Fault) String() string {
	where := f.Path
	if where == "" {
		where = "the value"
	}
	return where + ": expected " + f.Expected + ", got " + f.Got
}

// EncodeError lists why a JSON value does not fit a schema, field by field, at
// most 20 of them.
type EncodeError struct {
	Faults []Fault
}

func (e *EncodeError) Error() string {
	s := make([]string, len(e.Faults))
	for i, f := range e.Faults {
		s[i] = f.String()
	}
	return strings.Join(s, "; ")
}

const maxFaults = 20

// nearest suggests the name that s was perhaps meant to be.
func nearest(s string, names []string) string {
	best, at := 4, ""
	for _, n := range names {
		if d := distance(strings.ToLower(s), strings.ToLower(n)); d < best && d*2 < max(len(s), len(n))+1 {
			best, at = d, n
		}
	}
	if at == "" {
		return ""
	}
	return fmt.Sprintf(" (is it %s?)", quoteJSON(clip(at, 60)))
}

// distance is the number of single-byte edits between two short names.
func distance(a, b string) int {
	if len(a) > 64 || len(b) > 64 {
		return 64
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		diagonal := row[0]
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := diagonal
			if a[i-1] != b[j-1] {
				cost++
			}
			diagonal = row[j]
			row[j] = min(cost, row[j]+1, row[j-1]+1)
		}
	}
	return row[len(b)]
}
