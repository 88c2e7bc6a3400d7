package labdir

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"kconsole/compose"
	"kconsole/compose/pki"
	"kconsole/kafka/config"
)

func TestWriteIsWhatLoadReads(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "lab")
	users, err := Users(dir)
	if err != nil {
		t.Fatal(err)
	}
	again, err := Users(dir)
	if err != nil {
		t.Fatal(err)
	}
	for i := range users {
		if users[i] != again[i] {
			t.Fatalf("user %s changed between two calls", users[i].Name)
		}
	}
	if _, err := pki.Open(dir); err != nil {
		t.Fatal(err)
	}
	at := Endpoints{
		Runtime:  compose.Embedded,
		Brokers:  []string{"127.0.0.1:19092", "127.0.0.1:19093"},
		Registry: "https://127.0.0.1:18081",
	}
	if _, err := Write(t.Context(), dir, at); err != nil {
		t.Fatal(err)
	}
	conf, err := config.Load(filepath.Join(dir, ConfigFile))
	if err != nil {
		t.Fatal(err)
	}
	if len(conf.Warnings) > 0 {
		t.Errorf("the file we wrote ourselves warns: %v", conf.Warnings)
	}
	cl, err := conf.Cluster("")
	if err != nil {
		t.Fatal(err)
	}
	if cl.Name != "lab" || cl.Lab == nil || cl.Lab.Dir != dir || cl.Lab.Runtime != "embedded" {
		t.Errorf("cluster %q, lab %+v", cl.Name, cl.Lab)
	}
	if _, err := cl.TLSConfig(); err != nil {
		t.Error(err)
	}
	for _, name := range []string{ConfigFile, config.JavaFile, config.KcatFile, config.DotenvFile, "admin.secret"} {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		if info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s can be read by others: %v", name, info.Mode())
		}
	}
	kcat, err := os.ReadFile(filepath.Join(dir, config.KcatFile))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(kcat), "sasl.password="+users[0].Password) {
		t.Error("kcat.conf lacks the admin's password")
	}
	for _, line := range strings.Split(strings.TrimSpace(string(kcat)), "\n") {
		if !strings.Contains(line, "=") {
			t.Errorf("kcat.conf has a line that is no key=value: %q", line)
		}
	}
}

func TestRemoveLeavesWhatIsNotOurs(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "lab[1]")
	if _, err := Users(dir); err != nil {
		t.Fatal(err)
	}
	theirs := filepath.Join(dir, "notes.txt")
	if err := os.WriteFile(theirs, []byte("mine"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.MkdirAll(filepath.Join(dir, DataDir, "x"), 0o700); err != nil {
		t.Fatal(err)
	}
	if !IsLab(dir) {
		t.Error("not recognised as a lab")
	}
	if err := Remove(dir); err != nil {
		t.Fatal(err)
	}
	left, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(left) != 1 || left[0].Name() != "notes.txt" {
		t.Errorf("left: %v", left)
	}
	if err := os.Remove(theirs); err != nil {
		t.Fatal(err)
	}
	if err := Remove(dir); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(dir); !os.IsNotExist(err) {
		t.Errorf("the empty directory stays: %v", err)
	}
}
