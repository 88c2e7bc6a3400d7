package resource

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"kconsole/ui/page"
	"kconsole/ui/theme"
	"kconsole/ui/widget/grid"
)

type thing struct {
	name string
	n    float64
	bad  bool
}

func things() *Spec[thing] {
	return &Spec[thing]{
		Name: "things", Title: "Things",
		Rows: func(page.State, page.Target) Result[thing] { return Result[thing]{} },
		ID:   func(t thing) string { return t.name },
		Fault: func(t thing) theme.Level {
			if t.bad {
				return theme.Act
			}
			return theme.Normal
		},
		Columns: []Column[thing]{
			{Column: grid.Column{Title: "NAME"}, Cell: func(t thing) grid.Cell { return grid.Cell{Text: t.name} }},
			{
				Column: grid.Column{Title: "N", Right: true}, Cell: func(t thing) grid.Cell { return grid.Cell{Text: fmt.Sprint(t.n)} },
				Sort: func(t thing) float64 { return t.n },
			},
		},
	}
}

func shown(t *table[thing]) []string {
	var out []string
	for i := range t.view {
		out = append(out, t.at(i).name)
	}
	return out
}

func tableOf(rows ...thing) *table[thing] {
	t := &table[thing]{spec: things()}
	t.set(rows)
	return t
}

func must(t *testing.T, text string) *filter {
	t.Helper()
	f, err := parseFilter(text)
	if err != nil {
		t.Fatal(err)
	}
	return f
}

func TestFilters(t *testing.T) {
	t.Parallel()
	tab := tableOf(thing{name: "Audit"}, thing{name: "orders"}, thing{name: "orders.dead-letter"}, thing{name: "payments"}, thing{name: "Ωmega"})
	for text, want := range map[string]string{
		"":               "Audit orders orders.dead-letter payments Ωmega",
		"  ":             "Audit orders orders.dead-letter payments Ωmega",
		"ord":            "orders orders.dead-letter",
		"audit":          "Audit",
		"Audit":          "Audit",
		"AUDIT":          "", // upper case makes it exact
		"ωmega":          "Ωmega",
		"^p|t$":          "Audit payments",
		"!ord":           "Audit payments Ωmega",
		"!^(ord|pay)":    "Audit Ωmega",
		"!":              "Audit orders orders.dead-letter payments Ωmega",
		"-f odl":         "orders.dead-letter",
		"-f":             "Audit orders orders.dead-letter payments Ωmega",
		"-f zzz":         "",
		`orders\.dead`:   "orders.dead-letter",
		`\Sayments`:      "payments",
		`(ord|pay)\w{3}`: "orders orders.dead-letter payments",
		`(?i)AUD`:        "Audit",
		"orders.dead-l":  "orders.dead-letter",
		"(or|pa)(d|y)":   "orders orders.dead-letter payments",
		"[op]a?[ry]d?":   "orders orders.dead-letter payments",
		"d(e|a)a|udit":   "Audit orders.dead-letter",
		"!(pay|aud)":     "orders orders.dead-letter Ωmega",
		"(a|)":           "Audit orders orders.dead-letter payments Ωmega",
		"(p|o).*(t|r)s$": "orders payments",
		"s(x*|y)$":       "orders payments",
	} {
		tab.setFilter(must(t, text))
		if got := strings.Join(shown(tab), " "); got != want {
			t.Errorf("/%s shows %q, want %q", text, got, want)
		}
	}
	for _, text := range []string{"[", "(a", "a**", strings.Repeat("a", 1001)} {
		if _, err := parseFilter(text); err == nil || strings.ContainsAny(err.Error(), "\n") {
			t.Errorf("/%.10s: error %v", text, err)
		}
	}
}

func TestSortIsStableAndFaultsNarrow(t *testing.T) {
	t.Parallel()
	tab := tableOf(thing{"a", 2, false}, thing{"b", 1, true}, thing{"c", 2, true}, thing{"d", -1, false})
	tab.sortBy(1)
	if got := strings.Join(shown(tab), ""); got != "acbd" {
		t.Errorf("by number, descending: %s", got)
	}
	tab.sortBy(1)
	if got := strings.Join(shown(tab), ""); got != "dbac" {
		t.Errorf("ascending: %s", got)
	}
	tab.setFaults(true)
	if got := strings.Join(shown(tab), ""); got != "bc" {
		t.Errorf("faults only: %s", got)
	}
	tab.set([]thing{{"a", 9, true}})
	if got := strings.Join(shown(tab), ""); got != "a" {
		t.Errorf("new rows: %s", got)
	}
	if tab.find("a") != 0 || tab.find("b") != -1 {
		t.Error("find")
	}
}

// A table that begins turned round, the newest first, is so again when it is
// sorted by that column again.
func TestTheFirstOrderComesBack(t *testing.T) {
	t.Parallel()
	spec := things()
	spec.Desc = true
	tab := &table[thing]{spec: spec, desc: true}
	tab.set([]thing{{"a", 2, false}, {"b", 3, false}, {"c", 1, false}})
	for _, want := range []struct {
		column int
		order  string
	}{{1, "bac"}, {0, "cba"}, {0, "abc"}} {
		tab.sortBy(want.column)
		if got := strings.Join(shown(tab), ""); got != want.order {
			t.Errorf("by column %d: %s, want %s", want.column, got, want.order)
		}
	}
}

func TestSpecsThatContradictThemselves(t *testing.T) {
	t.Parallel()
	open := func(t page.Target, _ thing) page.Target { return t }
	for name, actions := range map[string][]Action[thing]{
		"twice":      {{Key: "a", Label: "one", Open: open}, {Key: "a", Label: "two", Open: open}},
		"global":     {{Key: "?", Label: "one", Open: open}},
		"of a table": {{Key: "ctrl-w", Label: "one", Open: open}},
		"nothing":    {{Key: "a", Label: "one"}},
		"no label":   {{Key: "a", Open: open}},
	} {
		s := things()
		s.Actions = actions
		if s.check() == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// TestLiteralsSpareTheExpression: with or without them the same rows match.
func TestLiteralsSpareTheExpression(t *testing.T) {
	t.Parallel()
	rows := many(500)
	for _, text := range append(slices.Clone(typed), "(a|b)-", "t(e|o)am", "[0-9]+-(a|e)", "(x|y|)z?", "a{2}", "(ev|se)(e|r)", "^team-(1|2)", "0$|9$", "(s|t).*-1", "(?:ab|cd)+", "[^a]b", `\d\d5`, "e?v?ents", "te.*am", "a.*b.*c", ".*events.*", "m.*(1|2).*s", "t.*?m", "x*team", "(te|t)(am|eam)", "s.*", ".*", "ev.*ev", "(a|b)(c|d)(e|f)(g|h)(i|j)") {
		f, err := parseFilter(strings.TrimPrefix(text, "!"))
		if err != nil || f.re == nil {
			continue
		}
		for _, r := range rows {
			name := strings.ToLower(r.name)
			if got, want := f.matches(name), f.re.MatchString(name); got != want {
				t.Fatalf("/%s on %s: %v, the expression says %v (%q, %v)", text, name, got, want, f.needs, f.whole)
			}
		}
	}
}

// many makes rows like those of a large cluster.
func many(n int) []thing {
	rows := make([]thing, n)
	for i := range rows {
		rows[i] = thing{name: fmt.Sprintf("team-%02d.service-%03d.events-%05d", i%40, i%250, i), n: float64(i * 7919 % 10007)}
	}
	slices.SortFunc(rows, func(a, b thing) int { return strings.Compare(a.name, b.name) })
	return rows
}

// typed are what a person types into a filter, key by key.
var typed = []string{"events-0", "service-12", "-f t12e99", "!team-1", "ev.*7$", "(a|b)-3", "(serv|ev).*-(1|2)", "team-(1|2)|events-0[1-5]", "TEAM"}

func BenchmarkFilterAsYouType10k(b *testing.B) {
	for _, text := range typed {
		b.Run(text, func(b *testing.B) {
			tab := tableOf(many(10_000)...)
			var took []time.Duration
			for b.Loop() {
				for i := range text {
					f, err := parseFilter(text[:i+1])
					if err != nil {
						continue
					}
					start := time.Now()
					tab.setFilter(f)
					took = append(took, time.Since(start))
				}
				tab.setFilter(nil)
			}
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms/key")
			b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "p50-ms/key")
		})
	}
}

func BenchmarkNewRows10kSorted(b *testing.B) {
	rows := many(10_000)
	tab := tableOf(rows...)
	tab.sortBy(1)
	tab.setFilter(&filter{literal: "service"})
	for b.Loop() {
		tab.set(rows)
	}
}
