package registry

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func openTestWAL(dir string) (*wal, []string, error) {
	var got []string
	w, err := openWAL(dir, slog.New(slog.DiscardHandler), func(p []byte) error {
		got = append(got, string(p))
		return nil
	})
	return w, got, err
}

// writeTestWAL makes a log of three records and returns where each ends.
func writeTestWAL(t *testing.T, dir string) (ends []int64) {
	t.Helper()
	w, _, err := openTestWAL(dir)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 3 {
		if err := w.append([]byte(strings.Repeat(fmt.Sprint(i), 10+i))); err != nil {
			t.Fatal(err)
		}
		ends = append(ends, w.size)
	}
	w.close()
	return ends
}

// A log that ends anywhere is opened with the records that are whole, and goes
// on from there.
func TestTornTailsAreCutOff(t *testing.T) {
	master := t.TempDir()
	ends := writeTestWAL(t, master)
	whole, err := os.ReadFile(filepath.Join(master, walName))
	if err != nil {
		t.Fatal(err)
	}
	for size := int64(len(walMagic)); size < ends[2]; size++ {
		for _, tail := range []string{"", "\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00", "\xff\xff\xff"} {
			dir := t.TempDir()
			b := append(bytes.Clone(whole[:size]), tail...)
			if err := os.WriteFile(filepath.Join(dir, walName), b, 0o600); err != nil {
				t.Fatal(err)
			}
			w, got, err := openTestWAL(dir)
			if err != nil {
				t.Fatalf("cut at %d with %q: %v", size, tail, err)
			}
			want := 0
			for want < 3 && ends[want] <= size {
				want++
			}
			if len(got) != want {
				t.Fatalf("cut at %d: %d records, want %d", size, len(got), want)
			}
			if err := w.append([]byte("next")); err != nil {
				t.Fatal(err)
			}
			w.close()
			w, got, err = openTestWAL(dir)
			if err != nil || len(got) != want+1 || got[want] != "next" {
				t.Fatalf("cut at %d and written on: %q, %v", size, got, err)
			}
			w.close()
		}
	}
}

// A flipped bit with intact records behind it is not a torn tail: nothing is
// thrown away.
func TestDamageIsReported(t *testing.T) {
	master := t.TempDir()
	ends := writeTestWAL(t, master)
	whole, err := os.ReadFile(filepath.Join(master, walName))
	if err != nil {
		t.Fatal(err)
	}
	for at := 0; int64(at) < ends[1]; at++ {
		dir := t.TempDir()
		b := bytes.Clone(whole)
		b[at] ^= 0x10
		path := filepath.Join(dir, walName)
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		w, _, err := openTestWAL(dir)
		if err == nil {
			w.close()
			t.Fatalf("a flipped bit at byte %d was not noticed", at)
		}
		if !strings.Contains(err.Error(), dir) || strings.Contains(err.Error(), "\n") {
			t.Errorf("byte %d: %v", at, err)
		}
		if after, err := os.ReadFile(path); err != nil || !bytes.Equal(after, b) {
			t.Fatalf("byte %d: the damaged log was changed (%v)", at, err)
		}
	}
}

func TestHostileLogs(t *testing.T) {
	long := binary.LittleEndian.AppendUint32([]byte(walMagic), maxWALPayload)
	for name, b := range map[string][]byte{
		"empty":        {},
		"other file":   []byte("PK\x03\x04 something else entirely"),
		"not JSON":     append([]byte(walMagic), frame([]byte("not JSON"))...),
		"bad change":   append([]byte(walMagic), frame([]byte(`[{"op":"purge","ctx":".","subject":"a","version":1}]`))...),
		"no schema":    append([]byte(walMagic), frame([]byte(`[{"op":"put","ctx":".","subject":"a","version":1,"id":1}]`))...),
		"negative":     append([]byte(walMagic), frame([]byte(`[{"op":"put","ctx":".","subject":"a","version":-1,"id":-1,"schema":{"type":"AVRO","text":"x"}}]`))...),
		"unknown":      append([]byte(walMagic), frame([]byte(`[{"op":"explode"}]`))...),
		"contradicts":  append([]byte(walMagic), frame([]byte(`[{"op":"put","ctx":".","subject":"","version":1,"id":1,"schema":{"type":"AVRO","text":"x"}}]`))...),
		"long, no end": append(long, make([]byte, 100)...),
	} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, walName), b, 0o600); err != nil {
			t.Fatal(err)
		}
		r, err := Open(Config{Dir: dir})
		if err == nil {
			_ = r.Close()
		}
		if wantErr := name != "long, no end"; (err != nil) != wantErr {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestOneRegistryPerDirectory(t *testing.T) {
	dir := t.TempDir()
	r, err := Open(Config{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	if other, err := Open(Config{Dir: dir}); err == nil {
		_ = other.Close()
		t.Error("two registries opened one directory")
	} else if !strings.Contains(err.Error(), "in use") {
		t.Error(err)
	}
	if err := r.Close(); err != nil {
		t.Fatal(err)
	}
	r, err = Open(Config{Dir: dir})
	if err != nil {
		t.Fatal(err)
	}
	_ = r.Close()
}

// A crash during compaction leaves its file beside the log: it is ignored.
func TestUnfinishedCompaction(t *testing.T) {
	dir := t.TempDir()
	writeTestWAL(t, dir)
	temp := filepath.Join(dir, walTemp)
	if err := os.WriteFile(temp, []byte(walMagic+"half a rec"), 0o600); err != nil {
		t.Fatal(err)
	}
	w, got, err := openTestWAL(dir)
	if err != nil || len(got) != 3 {
		t.Fatalf("%d records, %v", len(got), err)
	}
	w.close()
	if _, err := os.Stat(temp); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the unfinished file is still there: %v", err)
	}
}

// When the disk fails, the change is refused and is not there later; reading
// goes on.
func TestFailingDisk(t *testing.T) {
	dir := t.TempDir()
	s := start(t, Config{Dir: dir})
	c := caller{t: t, url: s.URL(), client: httpClient(t)}
	c.register("a", `"string"`)
	_ = s.registry.store.wal.file.Close() // every write fails from here on
	for range 2 {
		c.do("POST", "/subjects/b/versions", map[string]any{"schema": `"int"`}).want(t, 500, codeStore)
	}
	c.do("GET", "/subjects/b/versions", nil).want(t, 404, codeSubjectNotFound)
	c.do("GET", "/subjects/a/versions/1", nil).want(t, 200, 0)
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	again := start(t, Config{Dir: dir})
	c.url = again.URL()
	c.do("GET", "/subjects/a/versions/1", nil).want(t, 200, 0)
	c.do("GET", "/subjects/b/versions", nil).want(t, 404, codeSubjectNotFound)
}
