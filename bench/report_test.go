package bench

import (
	"fmt"
	"maps"
	"os"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// reports are the results of the benchmarks that ran.
var reports []*report

// report is what one benchmark found out.
type report struct {
	number int // RESULTS.md is ordered by it
	title  string
	line   string // what was to be reached
	rows   []*row
	notes  []string
}

// row is one contestant's values, one a round.
type row struct {
	who, unit string
	values    []float64
	missing   string // why there are none
	ratio     string
}

func newReport(number int, title, line string) *report {
	r := &report{number: number, title: title, line: line}
	reports = append(reports, r)
	return r
}

// row is the row of a contestant, made when first asked for.
func (r *report) row(who, unit string) *row {
	for _, have := range r.rows {
		if have.who == who && have.unit == unit {
			return have
		}
	}
	r.rows = append(r.rows, &row{who: who, unit: unit})
	return r.rows[len(r.rows)-1]
}

func (r *row) add(v ...float64) { r.values = append(r.values, v...) }

// beside says what the row is in relation to another one.
func (r *row) beside(other *row) {
	if len(r.values) > 0 && len(other.values) > 0 {
		r.ratio = fmt.Sprintf("%.2f of %s", median(r.values)/median(other.values), other.who)
	}
}

func (r *report) note(format string, args ...any) {
	r.notes = append(r.notes, fmt.Sprintf(format, args...))
}

// contestant does the same work as others, in turns.
type contestant struct {
	name string
	// run does the work once. It returns what is to be counted, by unit.
	run func(b *testing.B) (map[string]float64, error)
	// missing is why it cannot take part; empty: it does.
	missing string
}

// race lets the contestants take turns, after one round that does not count. One
// that fails does not take part any more: that it could not is its result.
func (r *report) race(b *testing.B, rounds int, contestants ...*contestant) {
	b.Helper()
	for round := range rounds + 1 {
		for _, c := range contestants {
			if c.missing != "" {
				continue
			}
			got, err := c.run(b)
			if err != nil {
				c.missing = "failed: " + firstLine(err.Error())
				b.Logf("%s: %v", c.name, err)
				continue
			}
			for _, unit := range slices.Sorted(maps.Keys(got)) {
				if round > 0 {
					r.row(c.name, unit).add(got[unit])
				}
			}
		}
	}
	for _, c := range contestants {
		if c.missing != "" {
			r.row(c.name, "").missing = c.missing
		}
	}
}

func firstLine(s string) string {
	line, _, _ := strings.Cut(s, "\n")
	return line
}

// print shows the report where the benchmark runs.
func (r *report) print(b *testing.B) {
	b.Helper()
	b.Logf("%d. %s\n%s", r.number, r.title, r.table())
}

func (r *report) table() string {
	var out strings.Builder
	out.WriteString("| | median | min | max | beside |\n|---|---|---|---|---|\n")
	for _, row := range r.rows {
		if row.missing != "" {
			fmt.Fprintf(&out, "| %s | missing | | | %s |\n", row.who, row.missing)
		}
		if len(row.values) > 0 {
			fmt.Fprintf(&out, "| %s, %s | %s | %s | %s | %s |\n", row.who, row.unit,
				figure(median(row.values)), figure(slices.Min(row.values)), figure(slices.Max(row.values)), row.ratio)
		}
	}
	return out.String()
}

// figure is a number with as many digits as it deserves.
func figure(v float64) string {
	switch {
	case v >= 100 || v == 0:
		return strconv.FormatFloat(v, 'f', 0, 64)
	case v >= 10:
		return strconv.FormatFloat(v, 'f', 1, 64)
	default:
		return strconv.FormatFloat(v, 'g', 3, 64)
	}
}

func (r *report) section() string {
	var out strings.Builder
	fmt.Fprintf(&out, "## %d. %s\n\n", r.number, r.title)
	fmt.Fprintf(&out, "To reach: %s. Measured on %s, %d CPUs, %s/%s, %s.\n\n",
		r.line, time.Now().UTC().Format("2006-01-02 15:04 UTC"), runtime.NumCPU(), runtime.GOOS, runtime.GOARCH, runtime.Version())
	out.WriteString(r.table())
	for _, n := range r.notes {
		out.WriteString("\n" + n + "\n")
	}
	return out.String()
}

const resultsHead = `# Results of the benchmarks

Written by ` + "`make bench`" + `; package bench says how it is measured. Contestants take turns on
one machine, each round after the other; medians, with the lowest and the highest.
Ratios count: times are those of the machine, and of what else ran on it.
`

var sectionHead = regexp.MustCompile(`(?m)^## (\d+)\. `)

// writeResults writes the sections of the benchmarks that ran, and keeps the
// others of the file.
func writeResults(path string) error {
	sections := map[int]string{}
	old, err := os.ReadFile(path)
	if err != nil && !os.IsNotExist(err) {
		return err
	}
	at := sectionHead.FindAllSubmatchIndex(old, -1)
	for i, m := range at {
		end := len(old)
		if i+1 < len(at) {
			end = at[i+1][0]
		}
		n, err := strconv.Atoi(string(old[m[2]:m[3]]))
		if err != nil {
			return err
		}
		sections[n] = strings.TrimSpace(string(old[m[0]:end])) + "\n"
	}
	for _, r := range reports {
		sections[r.number] = r.section()
	}
	text := resultsHead
	numbers := make([]int, 0, len(sections))
	for n := range sections {
		numbers = append(numbers, n)
	}
	slices.Sort(numbers)
	for _, n := range numbers {
		text += "\n" + sections[n]
	}
	return os.WriteFile(path, []byte(text), 0o644)
}
