package views

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"kconsole/kafka"
	"kconsole/ui/theme"
	"kconsole/ui/units"
	"kconsole/ui/widget/grid"
)

// cell is plain text.
func cell(text string) grid.Cell { return grid.Cell{Text: text} }

// at is text that asks for attention, or the contrary.
func at(level theme.Level, text string) grid.Cell { return grid.Cell{Text: text, Level: level} }

// number is a count in short; what is not known is grey.
func number(n int64) grid.Cell { return known(n, units.Count(n)) }

// exact is a count to the last digit.
func exact(n int64) grid.Cell { return known(n, units.Exact(n)) }

func size(n int64) grid.Cell { return known(n, units.Bytes(n)) }

func known(n int64, text string) grid.Cell {
	if n < 0 {
		return at(theme.Muted, text)
	}
	return grid.Cell{Text: text, Number: float64(n), Numeric: true}
}

// zeroIsFine is a count of faults: grey at nothing, else at the level.
func zeroIsFine(n int, level theme.Level) grid.Cell {
	if n == 0 {
		return grid.Cell{Text: "0", Level: theme.Muted, Numeric: true}
	}
	return grid.Cell{Text: units.Count(int64(n)), Level: level, Number: float64(n), Numeric: true}
}

// optional is text that may be missing.
func optional(text string) grid.Cell {
	if text == "" {
		return at(theme.Muted, units.Dash)
	}
	return cell(text)
}

// ids lists broker ids.
func ids(list []int32) string {
	var b strings.Builder
	for i, id := range list {
		if i > 0 {
			b.WriteByte(',')
		}
		b.WriteString(strconv.Itoa(int(id)))
	}
	return b.String()
}

// broker is a broker's id, or a dash where there is none.
func broker(id int32) string {
	if id < 0 {
		return units.Dash
	}
	return strconv.Itoa(int(id))
}

// sparkWidth is how many characters the last five minutes take.
const sparkWidth = 10

// spark draws a history in sparkWidth characters.
func spark(values []float32) grid.Cell {
	return grid.Cell{Text: spark64(values, sparkWidth), Bar: true}
}

// spark64 draws a history in so many characters: each the mean of what is known
// of its share of the time.
func spark64(values []float32, width int) string {
	if len(values) == 0 {
		return ""
	}
	out := make([]float64, min(width, len(values)))
	for i := range out {
		sum, n := 0.0, 0
		for _, v := range values[i*len(values)/len(out) : (i+1)*len(values)/len(out)] {
			if v >= 0 {
				sum += float64(v)
				n++
			}
		}
		out[i] = -1
		if n > 0 {
			out[i] = sum / float64(n)
		}
	}
	return units.Spark(out, width)
}

// partitionLevel is how much attention a partition needs.
func partitionLevel(p *kafka.Partition) theme.Level {
	switch {
	case p.Leader < 0:
		return theme.Act
	case p.UnderReplicated():
		return theme.Watch
	default:
		return theme.Normal
	}
}

// plural is "1 record", "2 records".
func plural(n int, one string) string { return units.Plural(n, one) }

// idList reads broker ids: "1,2,3".
func idList(text string) ([]int32, error) {
	var out []int32
	for part := range strings.SplitSeq(text, ",") {
		n, err := strconv.ParseInt(strings.TrimSpace(part), 10, 32)
		if err != nil || n < 0 {
			return nil, fmt.Errorf("%q is no list of broker ids such as 1,2,3", text)
		}
		if slices.Contains(out, int32(n)) {
			return nil, fmt.Errorf("broker %d is in the list twice", n)
		}
		out = append(out, int32(n))
	}
	return out, nil
}
