package kafka

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"time"
)

// AuditRecord is one change as an audit log tells it: what was planned, and how
// each part went.
type AuditRecord struct {
	Seq       int       // its number in what was read, the newest has the highest
	Time      time.Time // when it began
	Took      time.Duration
	Cluster   string
	Principal string
	Title     string
	Changes   []AuditChange
	Warnings  []string
	Items     []AuditItem
	Failed    int  // parts that were not done
	Open      bool // it has no end: it runs, or its program was killed
}

// AuditChange is a [Change] as it was written down.
type AuditChange struct {
	Resource string `json:"resource"`
	What     string `json:"what"`
	From     string `json:"from"`
	To       string `json:"to"`
	Error    string `json:"error"`
}

// AuditItem is an [Item] as it was written down.
type AuditItem struct {
	Resource string `json:"resource"`
	Detail   string `json:"detail"`
	Error    string `json:"error"`
}

// maxAudit is how much of an audit log is read, from its end, in bytes; maxLine
// is the longest line.
const (
	maxAudit = 8 << 20
	maxLine  = 1 << 20
)

// ReadAudit reads the newest changes of the audit log at path, the newest first.
// A log that is not there has none. Of a large one only the last 8 MiB are read.
// Lines that are none of ours are left out, and said to be in the error that
// comes with the rest.
func ReadAudit(path string) ([]AuditRecord, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, auditUnread(path, err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, auditUnread(path, err)
	}
	skip := info.Size() - maxAudit
	if skip > 0 {
		if _, err := f.Seek(skip, io.SeekStart); err != nil {
			return nil, auditUnread(path, err)
		}
	}
	lines := bufio.NewScanner(io.LimitReader(f, maxAudit))
	lines.Buffer(nil, maxLine)
	if skip > 0 {
		lines.Scan() // the rest of a line
	}
	var out []AuditRecord
	broken := 0
	for lines.Scan() {
		if len(bytes.TrimSpace(lines.Bytes())) > 0 && !appendAudit(&out, lines.Bytes()) {
			broken++
		}
	}
	for i := range out {
		out[i].Seq = i
	}
	for i, j := 0, len(out)-1; i < j; i, j = i+1, j-1 {
		out[i], out[j] = out[j], out[i]
	}
	switch err := lines.Err(); {
	case err != nil:
		return out, auditUnread(path, err)
	case broken > 0:
		return out, &Error{What: "a part of the audit log cannot be read", Why: fmt.Sprintf("%d of its lines are not what kconsole writes", broken), Do: "look at " + path, Kind: Other}
	}
	return out, nil
}

func auditUnread(path string, err error) error {
	return &Error{What: "cannot read the audit log", Why: err.Error(), Do: "look at " + path, Kind: Other, Err: err}
}

// auditLine is an [AuditEntry] as it is read back.
type auditLine struct {
	Time      time.Time `json:"time"`
	Phase     string    `json:"phase"`
	Cluster   string    `json:"cluster"`
	Principal string    `json:"principal"`
	Plan      *struct {
		Changes  []AuditChange `json:"changes"`
		Warnings []string      `json:"warnings"`
	} `json:"plan"`
	Title  string      `json:"title"`
	Failed int         `json:"failed"`
	Items  []AuditItem `json:"items"`
}

// appendAudit takes a line in; an end goes to the newest beginning of the same
// change that has none. False: it is none of ours.
func appendAudit(out *[]AuditRecord, line []byte) bool {
	var l auditLine
	if json.Unmarshal(line, &l) != nil {
		return false
	}
	switch l.Phase {
	case "begin":
		r := AuditRecord{Time: l.Time, Cluster: l.Cluster, Principal: l.Principal, Title: l.Title, Open: true}
		if l.Plan != nil {
			r.Changes, r.Warnings = l.Plan.Changes, l.Plan.Warnings
		}
		*out = append(*out, r)
		return true
	case "end":
		for i := len(*out) - 1; i >= 0; i-- {
			r := &(*out)[i]
			if r.Open && r.Title == l.Title && r.Cluster == l.Cluster && r.Principal == l.Principal {
				r.Open, r.Took, r.Failed, r.Items = false, l.Time.Sub(r.Time), l.Failed, l.Items
				return true
			}
		}
		return true // of one that began before what was read
	}
	return false
}

// Audited carries out a change that is not made by a [Plan] of this package, as
// one to the registry, with its beginning and end recorded. If the beginning
// cannot be, nothing is changed.
func Audited(ctx context.Context, a Auditor, entry AuditEntry, apply func(context.Context) ([]Item, error)) ([]Item, error) {
	entry.Time, entry.Phase = time.Now().UTC(), "begin"
	end, err := a.Begin(entry)
	if err != nil {
		return nil, &Error{
			What: "cannot " + entry.Title, Why: "the audit log cannot be written: " + err.Error(),
			Do: "nothing was changed; make room or correct its permissions", Kind: Refused, Err: err,
		}
	}
	items, err := apply(ctx)
	entry.Time, entry.Phase, entry.Plan, entry.Items = time.Now().UTC(), "end", nil, items
	entry.Failed = Result{Items: items}.Failed()
	return items, errors.Join(err, end(entry))
}
