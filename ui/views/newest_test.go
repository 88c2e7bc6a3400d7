package views

import (
	"path/filepath"
	"testing"
	"time"

	"kconsole/kafka"
	"kconsole/kafka/poll"
	"kconsole/ui/events"
	"kconsole/ui/page"
	"kconsole/ui/session"
)

// What is told by time begins with the newest, and says so: rows come by time,
// the oldest first, and are turned round.
func TestTheNewestIsFirstAndTheArrowSaysSo(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 8, 1, 14, 2, 11, 0, time.UTC)
	st := page.State{Now: now, UTC: true, Snap: &poll.Snapshot{}, Events: &events.Log{}}
	st.Events.Add(events.Event{At: now.Add(-time.Minute), What: "older"})
	st.Events.Add(events.Event{At: now, What: "newer"})
	list := eventList()
	rows := list.Rows(st, page.Target{}).Rows
	if len(rows) != 2 || rows[0].What != "older" || rows[1].What != "newer" || !list.Desc {
		t.Errorf("events: %v, turned round %v", rows, list.Desc)
	}

	file := filepath.Join(t.TempDir(), "audit.log")
	for _, title := range []string{"older", "newer"} {
		if _, err := kafka.NewAuditFile(file).Begin(kafka.AuditEntry{Phase: "begin", Title: title, Plan: &kafka.Plan{Title: title}}); err != nil {
			t.Fatal(err)
		}
	}
	log := audit()
	told, err := log.Load(t.Context(), &session.Session{AuditLog: file}, st, page.Target{})
	if err != nil || len(told) != 2 || told[0].Title != "older" || told[1].Title != "newer" || !log.Desc {
		t.Errorf("audit: %v, turned round %v, error %v", told, log.Desc, err)
	}
}
