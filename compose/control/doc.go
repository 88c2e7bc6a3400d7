// Package control lets one process steer a lab stack that lives in another:
// `kconsole lab broker stop 2` and the console talk through it to the process
// that `kconsole lab up` started.
//
// It is HTTP on a loopback port with a random bearer token. Address, token and
// process id stand in [FileName], which only its owner can read, in the lab's
// directory.
package control

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"kconsole/compose"
	"kconsole/compose/pki"
)

// FileName is the file in a lab's directory that says where its owner listens.
const FileName = "control.json"

// maxBody bounds what either side reads of one message, in bytes.
const maxBody = 1 << 20

// Info is the content of [FileName].
type Info struct {
	Addr    string          `json:"addr"` // host:port, loopback
	Token   string          `json:"token"`
	PID     int             `json:"pid"`
	Started time.Time       `json:"started"`
	Runtime compose.Runtime `json:"runtime"`
}

// ReadInfo reads the control file of the lab in dir. Where there is none the
// error is [compose.ErrNotRunning].
func ReadInfo(dir string) (Info, error) {
	var info Info
	raw, err := os.ReadFile(filepath.Join(dir, FileName))
	if errors.Is(err, fs.ErrNotExist) {
		return info, fmt.Errorf("%w: nothing was started in %s; start it with `kconsole lab up`", compose.ErrNotRunning, dir)
	}
	if err != nil {
		return info, err
	}
	if err := json.Unmarshal(raw, &info); err != nil {
		return info, fmt.Errorf("%s is damaged: %w; delete it and start the lab again", filepath.Join(dir, FileName), err)
	}
	return info, nil
}

func writeInfo(dir string, info Info) error {
	raw, err := json.MarshalIndent(info, "", "  ")
	if err != nil {
		return err
	}
	return pki.WriteFile(filepath.Join(dir, FileName), append(raw, '\n'), 0o600)
}

// problem is an error on the wire: which of compose's errors it is, and its text.
type problem struct {
	Kind string `json:"kind"`
	Text string `json:"text"`
}

var kinds = map[string]error{
	"no-broker":   compose.ErrNoBroker,
	"unsupported": compose.ErrUnsupported,
	"not-running": compose.ErrNotRunning,
}

func problemOf(err error) problem {
	for kind, is := range kinds {
		if errors.Is(err, is) {
			return problem{kind, err.Error()}
		}
	}
	return problem{"", err.Error()}
}

// remoteError is an error that the owner of the stack answered.
type remoteError struct {
	text string
	is   error
}

func (e *remoteError) Error() string { return e.text }
func (e *remoteError) Unwrap() error { return e.is }

func (p problem) err() error { return &remoteError{p.Text, kinds[p.Kind]} }
