package kafka

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"
)

// Auditor keeps a record of every change. Begin is called before a plan is
// applied; if it fails, nothing is changed. What it returns is called with the
// result.
type Auditor interface {
	Begin(entry AuditEntry) (done func(AuditEntry) error, err error)
}

// AuditEntry is one line of an audit log. A change has two: with phase "begin"
// and no result, then with phase "end". Secrets are not in plans, so not here.
type AuditEntry struct {
	Time      time.Time `json:"time"`
	Phase     string    `json:"phase"`
	Cluster   string    `json:"cluster"`
	Principal string    `json:"principal"`
	Plan      *Plan     `json:"plan,omitempty"`
	Title     string    `json:"title"`
	Failed    int       `json:"failed"`
	Items     []Item    `json:"items,omitempty"`
}

// WithAudit has every change of the cluster recorded.
func WithAudit(a Auditor) Option { return func(s *settings) { s.audit = a } }

// AuditRecords is the entry for records that are written to a topic: it says what
// they are, as "one record", and nothing of what is in them.
func (c *Cluster) AuditRecords(verb, topic, what string) AuditEntry {
	title := verb + " topic " + topic
	return AuditEntry{
		Cluster: c.cfg.Name, Principal: c.principal, Title: title,
		Plan: &Plan{Title: title, Changes: []Change{{Resource: "topic " + topic, What: "gets", To: what}}},
	}
}

func (c *Cluster) audited(p *Plan) (func(Result) error, error) {
	if c.audit == nil {
		return func(Result) error { return nil }, nil
	}
	entry := AuditEntry{Time: time.Now().UTC(), Phase: "begin", Cluster: c.cfg.Name, Principal: c.principal, Plan: p, Title: p.Title}
	end, err := c.audit.Begin(entry)
	if err != nil {
		return nil, &Error{
			What: "cannot " + p.Title, Why: "the audit log cannot be written: " + err.Error(),
			Do: "nothing was changed; make room or correct its permissions", Kind: Refused, Err: err,
		}
	}
	return func(r Result) error {
		entry.Time, entry.Phase, entry.Plan, entry.Failed = time.Now().UTC(), "end", nil, r.Failed()
		entry.Items = r.Items
		if err := end(entry); err != nil {
			return &Error{What: "the change was made, but not recorded", Why: err.Error(), Do: "look at the audit log", Kind: Other, Err: err}
		}
		return nil
	}, nil
}

// AuditFile is an [Auditor] that appends JSON lines to a file, which it makes
// with mode 0600. Nothing is ever changed or removed in it.
type AuditFile struct {
	mu   sync.Mutex
	path string
}

// NewAuditFile appends to the file at path; directories are made as needed.
func NewAuditFile(path string) *AuditFile { return &AuditFile{path: path} }

// Begin appends the entry.
func (f *AuditFile) Begin(entry AuditEntry) (func(AuditEntry) error, error) {
	return f.append, f.append(entry)
}

func (f *AuditFile) append(entry AuditEntry) error {
	line, err := json.Marshal(entry)
	if err != nil {
		return err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := os.MkdirAll(filepath.Dir(f.path), 0o700); err != nil {
		return err
	}
	file, err := os.OpenFile(f.path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		return err
	}
	_, err = file.Write(append(line, '\n')) // one write: lines of two programs do not mix
	if err == nil {
		err = file.Sync()
	}
	if cerr := file.Close(); err == nil {
		err = cerr
	}
	if err != nil {
		return fmt.Errorf("audit log: %w", err)
	}
	return nil
}
