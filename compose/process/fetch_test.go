package process

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

func TestCacheIsFilledOnce(t *testing.T) {
	cache := t.TempDir()
	// What somebody left who was killed.
	if err := os.MkdirAll(filepath.Join(cache, ".new-x-123", "half"), 0o700); err != nil {
		t.Fatal(err)
	}
	var fills atomic.Int32
	var wg sync.WaitGroup
	for range 6 {
		wg.Go(func() {
			dir, err := cached(t.Context(), cache, "x", func(_ context.Context, into string) error {
				fills.Add(1)
				return os.WriteFile(filepath.Join(into, "whole"), nil, 0o600)
			})
			if err != nil || !there(filepath.Join(dir, "whole")) {
				t.Errorf("%s: %v", dir, err)
			}
		})
	}
	wg.Wait()
	if fills.Load() != 1 {
		t.Errorf("filled %d times", fills.Load())
	}
	if _, err := cached(t.Context(), cache, "y", func(context.Context, string) error { return errors.New("no network") }); err == nil {
		t.Error("a failed fill passed")
	}
	left, err := os.ReadDir(cache)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range left {
		if strings.HasPrefix(e.Name(), ".new-") || e.Name() == "y" {
			t.Errorf("%s is left", e.Name())
		}
	}
}

func TestKafkaHome(t *testing.T) {
	home := t.TempDir()
	if _, err := kafkaLibs(t.Context(), home, "", nil); err == nil || !strings.Contains(err.Error(), home) {
		t.Errorf("an empty home: %v", err)
	}
	libs := filepath.Join(home, "libs")
	if err := os.Mkdir(libs, 0o700); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"kafka-server-4.3.1.jar", "a.jar", "notes.txt"} {
		if err := os.WriteFile(filepath.Join(libs, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	found, err := kafkaLibs(t.Context(), home, "", nil)
	if err != nil || found != libs {
		t.Fatalf("%s, %v", found, err)
	}
	list, err := jars(found)
	if err != nil || len(list) != 2 || filepath.Base(list[0]) != "a.jar" {
		t.Errorf("%v, %v", list, err)
	}
}

func archiveOf(t *testing.T, entries ...tar.Header) string {
	t.Helper()
	var buf bytes.Buffer
	zip := gzip.NewWriter(&buf)
	files := tar.NewWriter(zip)
	for _, h := range entries {
		h.Mode = 0o644
		if err := files.WriteHeader(&h); err != nil {
			t.Fatal(err)
		}
		if h.Size > 0 && h.Size < 100 {
			if _, err := files.Write(bytes.Repeat([]byte("x"), int(h.Size))); err != nil {
				t.Fatal(err)
			}
		}
	}
	_ = files.Flush()
	if err := zip.Close(); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), "a.tar.gz")
	if err := os.WriteFile(path, buf.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestUnpack(t *testing.T) {
	dir := t.TempDir()
	good := archiveOf(t, tar.Header{Name: "./lib/", Typeflag: tar.TypeDir}, tar.Header{Name: "./lib/a.jar", Typeflag: tar.TypeReg, Size: 3},
		tar.Header{Name: "deep/er/b.jar", Typeflag: tar.TypeReg, Size: 4}, tar.Header{Name: "link", Typeflag: tar.TypeSymlink, Linkname: "/etc"})
	if err := unpack(good, dir); err != nil {
		t.Fatal(err)
	}
	for name, size := range map[string]int64{"lib/a.jar": 3, "deep/er/b.jar": 4} {
		info, err := os.Stat(filepath.Join(dir, name))
		if err != nil || info.Size() != size {
			t.Errorf("%s: %v, %v", name, info, err)
		}
	}
	if there(filepath.Join(dir, "link")) {
		t.Error("a link was made")
	}
	for name, bad := range map[string]string{
		"outside":  archiveOf(t, tar.Header{Name: "../evil", Typeflag: tar.TypeReg, Size: 1}),
		"absolute": archiveOf(t, tar.Header{Name: "/etc/evil", Typeflag: tar.TypeReg, Size: 1}),
		"huge":     archiveOf(t, tar.Header{Name: "huge", Typeflag: tar.TypeReg, Size: unpackLimit + 1}),
	} {
		if err := unpack(bad, filepath.Join(dir, "lib")); err == nil {
			t.Errorf("%s: it was unpacked", name)
		}
	}
	if there(filepath.Join(dir, "evil")) {
		t.Error("the archive reached outside")
	}
}

func TestJavaIsFoundAndMeasured(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("windows does not run the script that stands for Java")
	}
	pretend := func(version string) string {
		home := t.TempDir()
		if err := os.Mkdir(filepath.Join(home, "bin"), 0o700); err != nil {
			t.Fatal(err)
		}
		script := "#!/bin/sh\necho 'openjdk version \"" + version + "\" 2025-04-15' >&2\n"
		if err := os.WriteFile(filepath.Join(home, "bin", "java"), []byte(script), 0o700); err != nil {
			t.Fatal(err)
		}
		return home
	}
	for version, ok := range map[string]bool{"17.0.15": true, "21": true, "24-ea": true, "11.0.2": false, "1.8.0_402": false} {
		found, err := findJava(t.Context(), pretend(version))
		if ok != (err == nil) || ok && found.version != version {
			t.Errorf("%s: %+v, %v", version, found, err)
		}
		if !ok && (!errors.Is(err, ErrNoJava) || !strings.Contains(err.Error(), version)) {
			t.Errorf("%s: the error does not say what was found: %v", version, err)
		}
	}
	if _, err := findJava(t.Context(), t.TempDir()); !errors.Is(err, ErrNoJava) {
		t.Errorf("a home without Java: %v", err)
	}
	t.Setenv("JAVA_HOME", pretend("23"))
	if found, err := findJava(t.Context(), ""); err != nil || found.version != "23" {
		t.Errorf("$JAVA_HOME is not preferred: %+v, %v", found, err)
	}
}

func TestAvailableNamesWhatIsMissing(t *testing.T) {
	if err := supported(); err != nil {
		t.Skip(err)
	}
	if err := Available(t.Context(), Options{JavaHome: t.TempDir()}); !errors.Is(err, ErrNoJava) {
		t.Errorf("without Java: %v", err)
	}
	if _, err := findJava(t.Context(), ""); err != nil {
		t.Skip("the rest needs a real part: ", err)
	}
	java, err := findJava(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	home := filepath.Dir(filepath.Dir(java.bin))
	t.Setenv("PATH", t.TempDir())
	if err := Available(t.Context(), Options{JavaHome: home, CacheDir: t.TempDir()}); !errors.Is(err, ErrNoMaven) {
		t.Errorf("without Maven and with an empty cache: %v", err)
	}
}
