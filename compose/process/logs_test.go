package process

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"kconsole/compose"
)

// logged is a stack of which there is no more than broker 1's log.
func logged(t *testing.T, text string) (*Stack, string) {
	t.Helper()
	dir := t.TempDir()
	s := &Stack{brokers: []*unit{{name: "kafka-1", dir: dir}}}
	path := filepath.Join(dir, logFile)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return s, path
}

func TestLogTail(t *testing.T) {
	var long strings.Builder
	for i := range 20000 {
		fmt.Fprintf(&long, "line %d of many\n", i)
	}
	for _, c := range []struct {
		text string
		tail int
		want string
	}{
		{"a\nb\nc\n", 2, "b\nc\n"},
		{"a\nb\nc\n", 3, "a\nb\nc\n"},
		{"a\nb\nc\n", 9, "a\nb\nc\n"},
		{"a\nb\nc\n", 0, ""},
		{"a\nb\nc\n", -1, "a\nb\nc\n"},
		{"a\nb\nc", 1, "c"}, // a line that is still being written
		{"a\nb\nc", 2, "b\nc"},
		{"\n\n\n", 2, "\n\n"},
		{"", 5, ""},
		{"", -1, ""},
		{long.String(), 1, "line 19999 of many\n"},
		{long.String(), 9999, long.String()[strings.Index(long.String(), "line 10001 "):]},
		{long.String(), 20000, long.String()},
	} {
		s, _ := logged(t, c.text)
		log, err := s.Logs(t.Context(), 1, c.tail, false)
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(iotest.HalfReader(log))
		if err != nil || string(got) != c.want {
			t.Errorf("the last %d lines of %.20q: %.40q, %v; want %.40q", c.tail, c.text, got, err, c.want)
		}
		if err := log.Close(); err != nil {
			t.Error(err)
		}
	}
}

func TestLogOfABrokerThatNeverRan(t *testing.T) {
	s := &Stack{brokers: []*unit{{dir: t.TempDir()}}}
	log, err := s.Logs(t.Context(), 1, 10, false)
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	if got, err := io.ReadAll(log); len(got) > 0 || err != nil {
		t.Errorf("%q, %v", got, err)
	}
	if _, err := s.Logs(t.Context(), 2, 10, false); !errors.Is(err, compose.ErrNoBroker) {
		t.Errorf("an unknown broker: %v", err)
	}
}

func TestFollowedLogOutlivesItsRotation(t *testing.T) {
	s, path := logged(t, "old\nlast\n")
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	log, err := s.Logs(ctx, 1, 1, true)
	if err != nil {
		t.Fatal(err)
	}
	defer log.Close()
	expect := func(want string) {
		t.Helper()
		got := make([]byte, len(want))
		if _, err := io.ReadFull(log, got); err != nil || string(got) != want {
			t.Fatalf("%q, %v; want %q", got, err, want)
		}
	}
	appendTo := func(text string) {
		t.Helper()
		f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if _, err := f.WriteString(text); err != nil {
			t.Fatal(err)
		}
	}
	expect("last\n")
	appendTo("more\n")
	expect("more\n")
	appendTo("before\n")
	if err := os.Rename(path, path+".1"); err != nil {
		t.Fatal(err)
	}
	appendTo("after\n")
	expect("before\nafter\n")
	cancel()
	if n, err := log.Read(make([]byte, 1)); n != 0 || !errors.Is(err, io.EOF) {
		t.Errorf("after its context: %d, %v", n, err)
	}
}

func TestLastWords(t *testing.T) {
	s, _ := logged(t, "[x] INFO all is well (a)\n[x] ERROR Exiting Kafka due to fatal exception: port taken (b)\n\tat a.b.Exception\n[x] INFO bye (c)\n")
	if got := s.brokers[0].lastWords(); !strings.HasPrefix(got, "[x] ERROR Exiting Kafka due to fatal exception: port taken (b) (") {
		t.Errorf("%q", got)
	}
	quiet := &unit{dir: t.TempDir()}
	if got := quiet.lastWords(); !strings.Contains(got, logFile) {
		t.Errorf("%q", got)
	}
}
