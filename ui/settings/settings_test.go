package settings_test

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"kconsole/ui/settings"
)

var known = settings.Known{
	Commands: []string{"topics", "t", "groups", "q"},
	Columns:  map[string][]string{"topics": {"name", "records", "column 9"}},
}

// folder writes files, by their paths in the folder.
func folder(t *testing.T, files map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestReadsWhatIsThere(t *testing.T) {
	t.Parallel()
	dir := folder(t, map[string]string{
		"aliases.yaml":    "aliases:\n  dlq: topics /dead-letter\n  d: dlq\n",
		"hotkeys.yaml":    "hotkeys:\n  f2: {command: dlq, help: What went wrong.}\n  alt-g: {command: groups}\n",
		"views/lab.yaml":  "views:\n  topics:\n    sort: records\n    descending: true\n    columns:\n      name: {width: 40}\n      \"column 9\": {show: never}\n",
		"views/prod.yaml": "views: {topics: {wide: true}}\n",
		"skins/mine.yaml": "base: dark\n",
		"skins/README":    "no skin",
	})
	f := settings.Load(dir, "lab", known)
	if len(f.Problems) > 0 {
		t.Fatal(f.Problems)
	}
	if f.Aliases["dlq"] != "topics /dead-letter" || f.HotKeys["f2"].Command != "dlq" || f.HotKeys["alt-g"].Command != "groups" {
		t.Errorf("got %+v", f)
	}
	want := settings.View{Sort: "records", Descending: true, Columns: map[string]settings.Column{"name": {Width: 40}, "column 9": {Show: settings.Never}}}
	if !reflect.DeepEqual(f.Views["topics"], want) {
		t.Errorf("got %+v", f.Views["topics"])
	}
	if !reflect.DeepEqual(f.Skins, []string{"mine"}) {
		t.Errorf("skins: %v", f.Skins)
	}
}

func TestNothingThereIsNoMistake(t *testing.T) {
	t.Parallel()
	for _, dir := range []string{"", t.TempDir(), filepath.Join(t.TempDir(), "none")} {
		if f := settings.Load(dir, "lab", known); len(f.Problems) > 0 {
			t.Errorf("%q: %v", dir, f.Problems)
		}
	}
}

// TestMistakes: one line each, with file, line, and what may have been meant;
// and the other files are used all the same.
func TestMistakes(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ file, text, want string }{
		{"aliases.yaml", "aliases:\n  a: topics\n  dlq: topcis /x\n", `aliases.yaml:3: aliases.dlq: there is no view or command "topcis"; did you mean "topics"?`},
		{"aliases.yaml", "aliases:\n  t: groups\n", "aliases.yaml:2: aliases.t: there is a view or command of that name already"},
		{"aliases.yaml", "alises:\n  x: groups\n", `aliases.yaml:1: unknown key "alises"; did you mean "aliases"?`},
		{"aliases.yaml", "aliases: {x: \n", "aliases.yaml"},
		{"hotkeys.yaml", "hotkeys:\n  ctrl-d: {command: topics}\n", "hotkeys.yaml:2: hotkeys.ctrl-d: a hot key is one of f1 to f12"},
		{"hotkeys.yaml", "hotkeys:\n  f1: {comand: topics}\n", `hotkeys.yaml:2: hotkeys.f1: unknown key "comand"; did you mean "command"?`},
		{"hotkeys.yaml", "hotkeys:\n  f1:\n    help: x\n    command: topcs\n", `hotkeys.yaml:4: hotkeys.f1.command: there is no view or command "topcs"`},
		{"views/lab.yaml", "views:\n  topcs: {wide: true}\n", `lab.yaml:2: views.topcs: there is no table "topcs"; did you mean "topics"?`},
		{"views/lab.yaml", "views:\n  topics:\n    sort: record\n", `lab.yaml:3: views.topics.sort: there is no column "record"; did you mean "records"?`},
		{"views/lab.yaml", "views:\n  topics:\n    columns:\n      name: {width: 4000}\n", "lab.yaml:4: views.topics.columns.name.width: must be from 1 to 500"},
		{"views/lab.yaml", "views:\n  topics:\n    columns:\n      name: {width: x}\n", "must be a whole number"},
		{"views/lab.yaml", "views:\n  topics:\n    columns:\n      name: {show: maybe}\n", "must be always or never"},
	} {
		files := map[string]string{"aliases.yaml": "aliases: {ok: groups}\n", "views/lab.yaml": "views: {topics: {wide: true}}\n"}
		files[c.file] = c.text
		f := settings.Load(folder(t, files), "lab", known)
		if len(f.Problems) != 1 || !strings.Contains(f.Problems[0].Error(), c.want) || strings.Contains(f.Problems[0].Error(), "\n") {
			t.Errorf("%s\n%s\ngives %v, want one line with %s", c.file, c.text, f.Problems, c.want)
		}
		if c.file != "aliases.yaml" && f.Aliases["ok"] != "groups" || c.file == "aliases.yaml" && !f.Views["topics"].Wide {
			t.Errorf("%s: the other file was not used: %+v", c.text, f)
		}
		if f.Broken != (c.file == "views/lab.yaml") {
			t.Errorf("%s: broken: %v", c.text, f.Broken)
		}
	}
}

func TestSavedViewsAreReadBack(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	views := map[string]settings.View{"topics": {
		Sort: "records", Filter: "ord$|${HOME}|\"x: #", Hidden: true, Faults: true,
		Columns: map[string]settings.Column{"column 9": {Show: settings.Always, Width: 7}, "name": {Width: 12}},
	}}
	if err := settings.SaveViews(dir, "lab", views); err != nil {
		t.Fatal(err)
	}
	f := settings.Load(dir, "lab", known)
	if len(f.Problems) > 0 || !reflect.DeepEqual(f.Views, views) {
		t.Errorf("got %+v, %v", f.Views, f.Problems)
	}
	if err := settings.SaveViews("", "lab", views); err == nil {
		t.Error("saved to nowhere")
	}
}
