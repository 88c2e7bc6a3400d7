package ui_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"kconsole/ui/uitest"
)

func write(t *testing.T, dir, name, text string) {
	t.Helper()
	path := filepath.Join(dir, filepath.FromSlash(name))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestOwnSettings: aliases and skins are used, a mistake is one line on the
// banner, and a table is shown again as it was saved.
func TestOwnSettings(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "aliases.yaml", "aliases:\n  dlq: topics /dead\n")
	write(t, dir, "hotkeys.yaml", "hotkeys:\n  f2: {comand: dlq}\n")
	write(t, dir, "skins/mine.yaml", "styles: {text: {bg: navy}}\n")
	d := start(t, uitest.Options{Settings: dir})
	has(t, d, `! hotkeys.yaml:2: hotkeys.f2: unknown key "comand"; did you mean "command"?`)
	write(t, dir, "hotkeys.yaml", "hotkeys:\n  f2: {command: dlq}\n")
	d.Type(":reload")
	d.Press("enter")
	hasNot(t, d, "hotkeys.yaml")
	d.Type(":dlq")
	d.Press("enter")
	has(t, d, "Topics (1 of 5)", "orders.dead-letter")
	d.Press("esc")

	d.Type("W") // columns
	has(t, d, "Columns of topics", "if there is room")
	d.Press("down", "space", "space", "enter") // never shows PART
	hasNot(t, d, "PART")
	d.Press("i")
	has(t, d, "Topics (6)", "__consumer_offsets")
	d.Type(":save")
	d.Press("enter")
	has(t, d, "topics will be shown like this on cluster lab")
	d.Type(":skin mine")
	d.Press("enter")
	has(t, d, "Topics (6)")

	d = start(t, uitest.Options{Settings: dir})
	has(t, d, "Topics (6)", "__consumer_offsets")
	hasNot(t, d, "PART")
	d.Type(":forget")
	d.Press("enter")
	has(t, d, "Topics (5)", "PART", "topics is shown as it was made")
}

// TestSaveTable saves what is shown as CSV and as JSON, and nothing over a file.
func TestSaveTable(t *testing.T) {
	dir := t.TempDir()
	d := start(t, uitest.Options{Width: 160, Height: 40})
	for name, want := range map[string]string{
		"t.csv":  "name,part,rf,under,records,size,in/s,schema\norders,6,3,0,",
		"t.json": "[\n {\"name\":\"orders\",\"part\":6,\"rf\":3,\"under\":0,\"records\":",
	} {
		path := filepath.Join(dir, name)
		for _, again := range []bool{false, true} {
			d.Press("ctrl-s")
			d.Type(path) // in the place of the name that is proposed
			d.Press("enter")
			if again {
				has(t, d, "exists: choose another name")
				d.Press("esc")
				break
			}
			has(t, d, "saved 5 rows to")
		}
		got, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.HasPrefix(string(got), want) || strings.Contains(string(got), "__consumer") {
			t.Errorf("%s:\n%s", name, got)
		}
	}
	d.Press("ctrl-s")
	d.Type("x.txt")
	d.Press("enter")
	has(t, d, "end the name with .csv or .json")

	d = start(t, uitest.Options{}) // the error has no room behind the name
	d.Press("ctrl-s")
	d.Type(filepath.Join(dir, "there", "is", "none", "x.csv"))
	d.Press("enter")
	has(t, d, "cannot write to ", "x.csv")
	if text := strings.Join(strings.Fields(d.Text()), " "); !strings.Contains(text, "no such file or directory") {
		t.Errorf("the error is cut:\n%s", d.Text())
	}
	d.Press("ctrl-u")
	d.Type("x.txt")
	hasNot(t, d, "cannot write to ")
	d.Press("enter")
	has(t, d, "end the name with .csv or .json", "x.txt")
}
