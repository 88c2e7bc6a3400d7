package cmd

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"kconsole/compose"
	"kconsole/kafka"
	"kconsole/kafka/config"
	"kconsole/ui/safe"
)

// The exit codes of every command; scripts rely on them.
const (
	exitDone        = 0
	exitFailed      = 1
	exitUsage       = 2 // wrong flags or arguments, or a wrong configuration
	exitRefused     = 3 // read-only, or not confirmed
	exitUnreachable = 4
	exitDenied      = 5 // sign-in or authorization
	exitInterrupted = 130
)

// usageError is a command line that does not say what to do.
type usageError struct{ err error }

func (e *usageError) Error() string { return e.err.Error() }
func (e *usageError) Unwrap() error { return e.err }

func usagef(format string, args ...any) error { return &usageError{fmt.Errorf(format, args...)} }

func isUsage(err error) bool {
	_, is := errors.AsType[*usageError](err)
	return is
}

// refusedError is a command that would have changed something and may not.
type refusedError struct{ why string }

func (e *refusedError) Error() string { return e.why }

// exitCode is the one place where errors become exit codes.
func exitCode(err error) int {
	var usage *usageError
	var refused *refusedError
	var conf *config.Error
	var cluster *kafka.Error
	switch {
	case err == nil:
		return exitDone
	case errors.Is(err, context.Canceled):
		return exitInterrupted
	case errors.As(err, &usage), errors.As(err, &conf), errors.Is(err, config.ErrNoConfig):
		return exitUsage
	case errors.As(err, &refused), errors.Is(err, kafka.ErrReadOnly):
		return exitRefused
	case errors.As(err, &cluster):
		switch cluster.Kind {
		case kafka.Unreachable, kafka.Timeout, kafka.TLS:
			return exitUnreachable
		case kafka.Auth, kafka.Denied:
			return exitDenied
		case kafka.Refused:
			return exitRefused
		}
	case errors.Is(err, compose.ErrNotRunning):
		return exitUnreachable
	}
	if code, ok := registryExit(err); ok {
		return code
	}
	return exitFailed
}

// complain writes err for people, or as one JSON object for scripts. Texts of
// errors may come from a cluster, so they are made safe for a terminal.
func complain(w io.Writer, err error, asJSON bool) {
	text := safe.Text(oneLine(err))
	if asJSON {
		_ = writeJSONLine(w, map[string]any{"error": text, "exit": exitCode(err)})
		return
	}
	fmt.Fprintln(w, "kconsole: "+text)
}

// oneLine folds an error of several lines (errors.Join) into one.
func oneLine(err error) string {
	return strings.Join(strings.FieldsFunc(err.Error(), func(r rune) bool { return r == '\n' || r == '\r' }), "; ")
}
