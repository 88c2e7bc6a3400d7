package cmd

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/goccy/go-yaml"

	"kconsole/ui/safe"
)

// TestHostileNames: names come from whoever writes to a cluster. No
// control character of theirs is printed, and YAML and JSON read back the same.
func TestHostileNames(t *testing.T) {
	type row struct {
		Name string         `json:"name"`
		List []string       `json:"list"`
		Map  map[string]int `json:"map"`
	}
	var hostile []string
	for _, r := range "\x00\x01\a\b\t\n\v\f\r\x1b\x1f\x7f\u0080\u0085\u009b\u009f\u200b\u200e\u2028\u2029\u202e\u2066\ufeff\ue000" {
		c := string(r)
		hostile = append(hostile, c, "ev"+c+"[31mil", c+"x", "x"+c, " "+c+" ", "- "+c, `"`+c+`"`, "'"+c, "#"+c, `\`+c, "{"+c, "a: "+c+"b", "1"+c, "|"+c+"\n y")
	}
	hostile = append(hostile, "", "plain", "a\nb", "\n\n", " a\n  b\n", "a\r\nb", "ü", "日本", "null", "1", "`x`", `"x"`)
	for _, s := range hostile {
		want := row{s, []string{s, "x"}, map[string]int{s: 1}}
		var b strings.Builder
		if err := (listing[row]{rows: []row{want}}).write(&b, "yaml"); err != nil {
			t.Fatal(err)
		}
		clean(t, s, b.String())
		var got []row
		if err := yaml.Unmarshal([]byte(b.String()), &got); err != nil {
			t.Errorf("%q is written as\n%s\nwhich is no YAML: %v", s, &b, err)
		} else if len(got) != 1 || got[0].Name != s || !slices.Equal(got[0].List, want.List) || !maps.Equal(got[0].Map, want.Map) {
			t.Errorf("%q is written as\n%s\nand reads as %+v", s, &b, got)
		}
		for _, format := range []string{"json", "jsonl"} {
			b.Reset()
			if err := (listing[row]{rows: []row{want}}).write(&b, format); err != nil {
				t.Fatal(err)
			}
			clean(t, s, b.String())
			got := []row{{}}
			var from any = &got
			if format == "jsonl" {
				from = &got[0]
			}
			if err := json.Unmarshal([]byte(b.String()), from); err != nil || got[0].Name != s || !slices.Equal(got[0].List, want.List) || !maps.Equal(got[0].Map, want.Map) {
				t.Errorf("%q is written as %q and reads as %+v, %v", s, &b, got, err)
			}
		}
		b.Reset()
		columns := []column[row]{{name: "name", text: func(r *row) string { return r.Name }}, {name: "n", text: func(*row) string { return "1" }}}
		if err := (listing[row]{[]row{want}, columns}).write(&b, "csv"); err != nil {
			t.Fatal(err)
		}
		clean(t, s, b.String())
		cells, err := csv.NewReader(strings.NewReader(b.String())).ReadAll()
		if err != nil || fmt.Sprint(cells) != fmt.Sprint([][]string{{"name", "n"}, {safe.Text(s), "1"}}) {
			t.Errorf("%q: %q, %v", s, cells, err)
		}
	}
}

// clean fails for a character in out, apart from newlines, that acts on a terminal.
func clean(t *testing.T, s, out string) {
	t.Helper()
	if i := strings.IndexFunc(out, func(r rune) bool { return r != '\n' && unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp) }); i >= 0 {
		t.Errorf("%q comes out as %q", s, out)
	}
}
