package config

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
)

// ErrNoConfig is what [Find] wraps when there is no configuration at all.
var ErrNoConfig = errors.New("no configuration")

// ErrUnknownCluster is what [Config.Cluster] wraps for a name that the file
// does not have.
var ErrUnknownCluster = errors.New("unknown cluster")

// Error is a mistake in a configuration, in words for the person who wrote it.
// It never holds the value of a secret.
type Error struct {
	File   string // path of the file; empty when the Config was not loaded
	Line   int    // 1-based; 0 when unknown
	Key    string // such as clusters.lab.tls.ca; may be empty
	Reason string // what is wrong and what to do
	Err    error  // cause, for errors.Is; its text is part of Reason where it helps
}

// Error gives one line: lab.yaml:7: clusters.lab.tls.ca: reason.
func (e *Error) Error() string {
	var b strings.Builder
	if e.File != "" {
		b.WriteString(filepath.Base(e.File))
		if e.Line > 0 {
			fmt.Fprintf(&b, ":%d", e.Line)
		}
		b.WriteString(": ")
	} else if e.Line > 0 {
		fmt.Fprintf(&b, "line %d: ", e.Line)
	}
	if e.Key != "" {
		b.WriteString(e.Key + ": ")
	}
	b.WriteString(e.Reason)
	return b.String()
}

// Unwrap returns the cause.
func (e *Error) Unwrap() error { return e.Err }

// Warning is something that works but should not stay: a secret that others can
// read, a password that travels in clear text.
type Warning struct {
	File string
	Line int // 0 when it is about the file as a whole
	Key  string
	Text string
}

// String gives one line, shaped like an [Error].
func (w Warning) String() string {
	return (&Error{File: w.File, Line: w.Line, Key: w.Key, Reason: w.Text}).Error()
}
