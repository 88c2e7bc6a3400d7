package labs

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/gofrs/flock"

	"kconsole/compose/pki"
)

// StepState is what became of a step.
type StepState string

// The states of a step. Once it is done it stays done.
const (
	StepOpen    StepState = "open"
	StepDone    StepState = "done"
	StepShown   StepState = "shown" // solved for the learner, at least in part
	StepSkipped StepState = "skipped"
)

// Passed tells whether the step is behind the learner, by doing or by seeing.
func (s StepState) Passed() bool { return s == StepDone || s == StepShown }

// Progress is how far one lab is on one cluster, as it is kept on disk.
type Progress struct {
	Lab      string                   `json:"lab"`
	Cluster  string                   `json:"cluster"` // id
	Nonce    string                   `json:"nonce"`
	Started  time.Time                `json:"started"`
	Finished time.Time                `json:"finished,omitzero"`
	Current  string                   `json:"current"` // step id; empty: the lab is over
	Steps    map[string]*StepProgress `json:"steps"`
	Faults   []Fault                  `json:"faults,omitempty"` // staged and not taken back
}

// StepProgress is how far one step is.
type StepProgress struct {
	State    StepState       `json:"state"`
	Started  time.Time       `json:"started,omitzero"`
	Ended    time.Time       `json:"ended,omitzero"`
	Baseline json.RawMessage `json:"baseline,omitempty"`
	Seen     string          `json:"seen,omitempty"`    // what the check saw when it was passed
	Checked  bool            `json:"checked,omitempty"` // the check was passed; the question may be open
	Answers  []Answer        `json:"answers,omitempty"`
	Hints    int             `json:"hints,omitempty"` // how many were shown
	Shown    bool            `json:"shown,omitempty"` // solved for the learner
}

// Answer is one answer to a step's question.
type Answer struct {
	At    time.Time `json:"at"`
	Text  string    `json:"text"`
	Right bool      `json:"right"`
	Why   string    `json:"why"`
}

func newProgress(lab *Lab, cluster string, now time.Time) *Progress {
	return &Progress{
		Lab: lab.ID, Cluster: cluster, Nonce: strings.ToLower(rand.Text()[:12]), Started: now,
		Current: lab.Steps[0].ID, Steps: map[string]*StepProgress{},
	}
}

// step is the progress of a step, made where there is none.
func (p *Progress) step(id string) *StepProgress {
	s := p.Steps[id]
	if s == nil {
		s = &StepProgress{State: StepOpen}
		p.Steps[id] = s
	}
	return s
}

// state is a step's state without making it.
func (p *Progress) state(id string) StepState {
	if s := p.Steps[id]; s != nil {
		return s.State
	}
	return StepOpen
}

// Passed counts the required steps of a lab that are passed.
func (p *Progress) Passed(lab *Lab) int {
	n := 0
	for i := range lab.Steps {
		if !lab.Steps[i].PHP && p.state(lab.Steps[i].ID).Passed() {
			n++
		}
	}
	return n
}

// store keeps progress below a directory: CLUSTER/LAB.json, each file replaced as
// a whole.
type store struct{ dir string }

func (s store) path(cluster, lab string) string {
	keep := func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || r == '-' || r == '_' {
			return r
		}
		return '-'
	}
	if cluster == "" {
		cluster = "unknown"
	}
	return filepath.Join(s.dir, strings.Map(keep, cluster), lab+".json")
}

// maxProgress bounds what is read of a progress file, in bytes.
const maxProgress = 8 << 20

// load reads the progress; nil where there is none.
func (s store) load(cluster, lab string) (*Progress, error) {
	path := s.path(cluster, lab)
	if info, err := os.Stat(path); err == nil && info.Size() > maxProgress {
		return nil, fmt.Errorf("%s is too large to be a lab's progress; delete it to begin anew", path)
	}
	raw, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("the lab's progress cannot be read: %w", err)
	}
	p := &Progress{}
	if err := json.Unmarshal(raw, p); err != nil || p.Nonce == "" {
		return nil, fmt.Errorf("%s is damaged; `kconsole lab reset %s` begins anew", path, lab)
	}
	if p.Steps == nil {
		p.Steps = map[string]*StepProgress{}
	}
	for id, step := range p.Steps {
		if step == nil {
			delete(p.Steps, id)
		}
	}
	return p, nil
}

// lock takes the lab for this process, until the function it returns is called.
func (s store) lock(cluster, lab string) (func(), error) {
	path := s.path(cluster, lab)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, fmt.Errorf("the lab's progress cannot be kept: %w", err)
	}
	l := flock.New(strings.TrimSuffix(path, ".json") + ".lock")
	got, err := l.TryLock()
	if err != nil {
		return nil, fmt.Errorf("lab %s cannot be locked: %w", lab, err)
	}
	if !got {
		return nil, fmt.Errorf("lab %s: %w, the console or `kconsole lab run %s`; go on there, or leave it first", lab, ErrRuns, lab)
	}
	return func() { _ = l.Unlock() }, nil // the end of the process would let go of it too
}

func (s store) save(p *Progress) error {
	raw, err := json.MarshalIndent(p, "", "  ")
	if err != nil {
		return err
	}
	path := s.path(p.Cluster, p.Lab)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return fmt.Errorf("the lab's progress cannot be kept: %w", err)
	}
	if err := pki.WriteFile(path, append(raw, '\n'), 0o600); err != nil {
		return fmt.Errorf("the lab's progress cannot be kept: %w", err)
	}
	return nil
}

func (s store) remove(cluster, lab string) error {
	err := os.Remove(s.path(cluster, lab))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}
