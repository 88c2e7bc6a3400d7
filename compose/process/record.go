package process

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"time"

	"kconsole/compose/pki"
)

// record is what the lab's directory knows about one process.
type record struct {
	// Launch is random, and in the arguments of the process: it finds a process
	// whose starter died before it could write PID down.
	Launch string `json:"launch"`
	PID    int    `json:"pid,omitempty"`
	// Start is the time at which the system says that the process began, in the
	// system's own form. With PID it names one process for ever.
	Start string `json:"start,omitempty"`
	// Since is when the state last changed on our behalf.
	Since time.Time `json:"since"`
	// Ready tells that the process has accepted clients since it started.
	Ready bool `json:"ready,omitempty"`
	// Ending is how the process is made to end, "stopped" or "killed"; empty for
	// one that nobody asked to.
	Ending string `json:"ending,omitempty"`
}

// readRecord returns the zero record where there is none.
func readRecord(path string) (record, error) {
	var r record
	err := readJSON(path, &r)
	if errors.Is(err, fs.ErrNotExist) {
		return record{}, nil
	}
	return r, err
}

func (r record) write(path string) error { return writeJSON(path, r) }

func readJSON(path string, into any) error {
	raw, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(raw, into); err != nil {
		return fmt.Errorf("%s is damaged: %w; `kconsole lab reset` starts afresh", path, err)
	}
	return nil
}

func writeJSON(path string, v any) error {
	raw, err := json.MarshalIndent(v, "", "  ")
	if err != nil {
		return err
	}
	return pki.WriteFile(path, append(raw, '\n'), 0o600)
}
