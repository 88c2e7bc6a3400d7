package e2e

import (
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"kconsole/kafka/config"
	"kconsole/labs"
	"kconsole/labs/php"
)

// The files for Laravel are not run, and docs/labs-php.md lists them: each lab's
// own, and those that all have.
func TestPHPLaravelIsListed(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "docs", "labs-php.md"))
	if err != nil {
		t.Fatal(err)
	}
	listed := map[string]bool{}
	labsWith := []string{"05", "06", "07", "12", "13"}
	for _, m := range regexp.MustCompile("(?m)^\\| (all five|\\d{1,2}) \\| `([^`]+\\.php)` \\|$").FindAllStringSubmatch(string(text), -1) {
		if m[1] == "all five" {
			for _, id := range labsWith {
				listed[id+" "+m[2]] = true
			}
			continue
		}
		listed[strings.Repeat("0", 2-len(m[1]))+m[1]+" "+m[2]] = true
	}
	written := map[string]bool{}
	folders, err := fs.Glob(labs.Data, "data/[0-9][0-9]-*")
	if err != nil {
		t.Fatal(err)
	}
	for _, folder := range folders {
		lab, err := fs.Sub(labs.Data, folder)
		if err != nil {
			t.Fatal(err)
		}
		id := filepath.Base(folder)[:2]
		names, err := php.Scaffold(t.Context(), filepath.Join(t.TempDir(), id), lab, php.Solution, php.Project{
			Lab: id, Prefix: labs.Prefix(id), Cluster: config.Cluster{Brokers: []string{"127.0.0.1:9"}},
		})
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			if file, ok := strings.CutPrefix(filepath.ToSlash(name), "laravel/"); ok && strings.HasSuffix(file, ".php") {
				written[id+" "+file] = true
			}
		}
	}
	if !maps.Equal(listed, written) {
		t.Errorf("docs/labs-php.md lists\n%s\nand the labs have\n%s", sorted(listed), sorted(written))
	}
}

func sorted(of map[string]bool) string { return strings.Join(slices.Sorted(maps.Keys(of)), "\n") }
