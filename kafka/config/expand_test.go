package config

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestExpand(t *testing.T) {
	env := func(name string) (string, bool) {
		v, ok := map[string]string{"A": "1", "B_2": "two", "EMPTY": "", "NEST": "${A}$$"}[name]
		return v, ok
	}
	for in, want := range map[string]expansion{
		"":             {},
		"plain":        {text: "plain", literal: true},
		"${A}":         {text: "1"},
		"x${A}${B_2}":  {text: "x1two", literal: true},
		"${EMPTY}":     {},
		"${NEST}":      {text: "${A}$$"}, // values are not expanded again
		"a$$b":         {text: "a$b", literal: true},
		"$${A}":        {text: "${A}", literal: true},
		"$$${A}":       {text: "$1", literal: true},
		"$5 $A $":      {text: "$5 $A $", literal: true},
		"${X}${Y}${X}": {missing: []string{"X", "Y"}},
	} {
		got, bad := expand(in, env)
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(expansion{})); diff != "" || bad >= 0 {
			t.Errorf("%q: bad at %d, %s", in, bad, diff)
		}
	}
	for in, want := range map[string]int{"${": 0, "ab${1}": 2, "${A": 0, "${A}${B-2}": 4, "$${A}${}": 5} {
		if _, bad := expand(in, env); bad != want {
			t.Errorf("%q: bad at %d, want %d", in, bad, want)
		}
	}
}

func TestExpandUndoesEscape(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.StringMatching(`([${}A-Za-z_ ]|.){0,40}`).Draw(t, "s")
		e, bad := expand(escapeDollars(s), func(string) (string, bool) { t.Fatal("asked for a variable"); return "", false })
		if bad >= 0 || e.text != s {
			t.Fatalf("%q became %q (bad %d)", s, e.text, bad)
		}
	})
}

// A text of parts expands to the parts' values, whatever stands between.
func TestExpandOfParts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		env := rapid.MapOf(rapid.StringMatching(`[A-Z_][A-Z0-9_]{0,5}`), rapid.String()).Draw(t, "env")
		var in, want strings.Builder
		for range rapid.IntRange(0, 6).Draw(t, "parts") {
			text := rapid.String().Draw(t, "text")
			in.WriteString(escapeDollars(text))
			want.WriteString(text)
			if len(env) > 0 {
				name := rapid.SampledFrom(sortedNames(env)).Draw(t, "name")
				in.WriteString("${" + name + "}")
				want.WriteString(env[name])
			}
		}
		got, bad := expand(in.String(), func(n string) (string, bool) { v, ok := env[n]; return v, ok })
		if bad >= 0 || got.text != want.String() || got.missing != nil {
			t.Fatalf("%q became %q, want %q", in.String(), got.text, want.String())
		}
	})
}

func sortedNames(m map[string]string) []string {
	var names []string
	for n := range m {
		names = append(names, n)
	}
	return sorted(names)
}

func TestShieldKeepsTheText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := rapid.StringMatching(`([${}A-Z\x{E000}-\x{E003}\n]|.){0,60}`).Draw(t, "s")
		shielded, back := ShieldYAML(s)
		if got := back(shielded); got != s {
			t.Fatalf("%q came back as %q", s, got)
		}
		if variable.MatchString(shielded) {
			t.Fatalf("%q still has a variable", shielded)
		}
		if strings.Count(s, "\n") != strings.Count(shielded, "\n") || len([]rune(s)) != len([]rune(shielded)) {
			t.Fatal("positions moved")
		}
	})
}

func FuzzExpand(f *testing.F) {
	f.Add("a${B}$$c${")
	f.Fuzz(func(t *testing.T, s string) {
		e, bad := expand(s, func(n string) (string, bool) { return "", true })
		if bad < 0 && len(e.text) > len(s) {
			t.Fatalf("%q grew to %q with empty variables", s, e.text)
		}
	})
}

func TestNearest(t *testing.T) {
	known := []string{"brokers", "tls", "sasl", "registry", "read_only", "color"}
	for in, want := range map[string]string{
		"broker": "brokers", "BROKERS": "brokers", "tsl": "tls", "colour": "color",
		"readonly": "read_only", "registri": "registry", "x": "", "": "", "password": "",
	} {
		if got := Nearest(in, known); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}
