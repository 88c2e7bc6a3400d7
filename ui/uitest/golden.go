package uitest

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "write the golden screens anew")

// Golden compares the screen, text and styles, with testdata/NAME.golden in
// the folder of the test; with -update it writes that file.
func (d *Driver) Golden(name string) {
	d.t.Helper()
	GoldenFile(d.t, filepath.Join("testdata", name+".golden"), d.painted())
}

// Updating tells whether files that hold what was made before are to be
// written anew.
func Updating() bool { return *update }

// GoldenFile compares a text with a file; with -update it writes the file.
func GoldenFile(t testing.TB, file, got string) {
	t.Helper()
	if *update {
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Errorf("%v; `make golden` writes it", err)
		return
	}
	if diff := diffLines(strings.ReplaceAll(string(want), "\r\n", "\n"), got); diff != "" {
		t.Errorf("%s differs, `make golden` writes it anew (- want, + got):\n%s", file, diff)
	}
}

// diffLines lists the lines that differ; "" if none does.
func diffLines(want, got string) string {
	w, g := strings.Split(want, "\n"), strings.Split(got, "\n")
	var b strings.Builder
	for i := range max(len(w), len(g)) {
		var a, c string
		if i < len(w) {
			a = w[i]
		}
		if i < len(g) {
			c = g[i]
		}
		if a != c {
			b.WriteString("- " + a + "\n+ " + c + "\n")
		}
	}
	return b.String()
}
