package php_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"testing/fstest"

	"kconsole/kafka/config"
	"kconsole/labs/php"
)

func project() php.Project {
	return php.Project{Lab: "03", Prefix: "lab.03.", Cluster: config.Cluster{
		Brokers: []string{"127.0.0.1:19092"},
		SASL:    &config.SASL{Mechanism: "SCRAM-SHA-512", Username: "app", Password: config.NewSecret("it's secret")},
	}}
}

func TestScaffold(t *testing.T) {
	lab := fstest.MapFS{
		"php/starter/producer.php":               {Data: []byte("<?php // TODO for {{PREFIX}}orders of lab {{LAB}}")},
		"php/starter/README.md":                  {Data: []byte("its own")},
		"php/solution/laravel/config/kafka.php":  {Data: []byte("<?php return [];")},
		"php/solution/laravel/app/Kafka/One.php": {Data: []byte("<?php")},
	}
	dir := filepath.Join(t.TempDir(), "new")
	written, err := php.Scaffold(t.Context(), dir, lab, php.Starter, project())
	if err != nil {
		t.Fatal(err)
	}
	read := func(name string) string {
		t.Helper()
		data, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(name)))
		if err != nil {
			t.Fatal(err)
		}
		return string(data)
	}
	if got := read("producer.php"); got != "<?php // TODO for lab.03.orders of lab 03" {
		t.Error(got)
	}
	if got := read("README.md"); got != "its own" {
		t.Errorf("the lab's README does not replace the shared one: %s", got)
	}
	env := read(".env")
	for _, want := range []string{"\nKAFKA_BROKERS=127.0.0.1:19092\n", "\nKAFKA_SASL_PASSWORD=\"it's secret\"\n", "\nLAB_PREFIX=lab.03.\n"} {
		if !strings.Contains(env, want) {
			t.Errorf("not in .env: %s\n%s", want, env)
		}
	}
	if info, err := os.Stat(filepath.Join(dir, ".env")); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf(".env: %v, %v", info.Mode(), err)
	}
	if got := read(".gitignore"); !strings.Contains(got, "/.env\n") {
		t.Errorf(".env is not kept out of git: %s", got)
	}
	for _, name := range written {
		if strings.HasPrefix(name, "laravel/") {
			t.Errorf("%s, and the lab has nothing for Laravel", name)
		}
		read(name)
	}

	t.Run("nothing is replaced", func(t *testing.T) {
		for _, name := range written {
			if name != "lib/lab.php" {
				if err := os.Remove(filepath.Join(dir, filepath.FromSlash(name))); err != nil {
					t.Fatal(err)
				}
			}
		}
		_, err := php.Scaffold(t.Context(), dir, lab, php.Starter, project())
		if err == nil || !strings.Contains(err.Error(), "lab.php") {
			t.Errorf("%v", err)
		}
		if _, err := os.Stat(filepath.Join(dir, ".env")); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("something was written: %v", err)
		}
	})
	t.Run("laravel", func(t *testing.T) {
		files, err := php.Files(lab, php.Solution)
		if err != nil {
			t.Fatal(err)
		}
		if string(files["laravel/config/kafka.php"]) != "<?php return [];" || len(files["laravel/app/Kafka/Connection.php"]) == 0 || len(files["laravel/app/Kafka/One.php"]) == 0 {
			t.Errorf("%q", files["laravel/config/kafka.php"])
		}
	})
	t.Run("none", func(t *testing.T) {
		if _, err := php.Scaffold(t.Context(), dir, fstest.MapFS{}, php.Starter, project()); !errors.Is(err, php.ErrNone) {
			t.Errorf("%v", err)
		}
	})
}
