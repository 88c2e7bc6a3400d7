package kafka

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestAuditIsReadBack(t *testing.T) {
	path := filepath.Join(t.TempDir(), "deep", "audit.jsonl")
	log := NewAuditFile(path)
	if got, err := ReadAudit(path); got != nil || err != nil {
		t.Fatalf("a log that is not there: %v, %v", got, err)
	}
	entry := func(title string) AuditEntry {
		return AuditEntry{Cluster: "lab", Principal: "admin", Title: title, Plan: &Plan{
			Title: title, Changes: []Change{{Resource: "topic a", What: "exists", From: "yes"}, {Resource: "topic b", What: "exists", Err: errors.New("there is none")}}, Warnings: []string{"records go"},
		}}
	}
	_, err := Audited(t.Context(), log, entry("delete topics"), func(context.Context) ([]Item, error) {
		return []Item{{Resource: "topic a"}, {Resource: "topic b", Err: errors.New("there is none")}}, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	killed := entry("delete topics")
	killed.Phase = "begin"
	if _, err := log.Begin(killed); err != nil {
		t.Fatal(err)
	}
	got, err := ReadAudit(path)
	if err != nil || len(got) != 2 {
		t.Fatalf("got %+v, %v", got, err)
	}
	if !got[0].Open || got[0].Seq != 1 {
		t.Errorf("the newest has no end: %+v", got[0])
	}
	r := got[1]
	if r.Open || r.Failed != 1 || len(r.Items) != 2 || r.Items[1].Error != "there is none" || r.Changes[0].From != "yes" || r.Changes[1].Error != "there is none" || r.Warnings[0] != "records go" {
		t.Errorf("got %+v", r)
	}

	// What is none of ours is said, and does not hide the rest.
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString("not json\n\n{\"phase\":\"other\"}\n"); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	got, err = ReadAudit(path)
	if len(got) != 2 || err == nil || !strings.Contains(err.Error(), "2 of its lines") {
		t.Errorf("got %d, %v", len(got), err)
	}
}

// TestAuditOfAnySize: a long log is read from its end.
func TestAuditOfAnySize(t *testing.T) {
	path := filepath.Join(t.TempDir(), "audit.jsonl")
	line := `{"time":"2026-11-23T14:00:00Z","phase":"begin","cluster":"lab","principal":"admin","title":"` + strings.Repeat("x", 1000) + `"}` + "\n"
	if err := os.WriteFile(path, []byte(strings.Repeat(line, maxAudit/1000)), 0o600); err != nil {
		t.Fatal(err)
	}
	got, err := ReadAudit(path)
	if err != nil || len(got) < 7000 || len(got) > maxAudit/1000 {
		t.Errorf("got %d, %v", len(got), err)
	}
}

// TestNothingIsDoneUnrecorded: where the beginning cannot be written down,
// nothing is changed.
func TestNothingIsDoneUnrecorded(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := Audited(t.Context(), NewAuditFile(filepath.Join(file, "audit.jsonl")), AuditEntry{Title: "x"}, func(context.Context) ([]Item, error) {
		t.Error("it was done")
		return nil, nil
	})
	if err == nil || !strings.Contains(err.Error(), "nothing was changed") {
		t.Error(err)
	}
}
