package recordfilter

import (
	"errors"
	"time"
)

// environment is what the names of an expression mean for one record.
type environment struct {
	Key        string            `expr:"key"`
	HasKey     bool              `expr:"has_key"`
	KeyValue   any               `expr:"key_value"`
	Value      any               `expr:"value"`
	Tombstone  bool              `expr:"tombstone"`
	Text       string            `expr:"text"`
	Headers    map[string]string `expr:"headers"`
	HeaderList []header          `expr:"header_list"`
	Topic      string            `expr:"topic"`
	Partition  int               `expr:"partition"`
	Offset     int               `expr:"offset"`
	Timestamp  time.Time         `expr:"timestamp"`
	Size       int               `expr:"size"`
	KeySize    int               `expr:"key_size"`
	Schema     schema            `expr:"schema"`
	Error      string            `expr:"error"`

	Paths []any                     `expr:"__paths"`
	Step  func(...any) (any, error) `expr:"__step"`
}

type header struct {
	Key   string `expr:"key"`
	Value string `expr:"value"`
}

type schema struct {
	ID      int    `expr:"id"`
	Subject string `expr:"subject"`
	Version int    `expr:"version"`
}

var errTooMuch = errors.New("the record is too large for this expression")

// counted returns a function that passes its argument on, at most maxSteps times
// until the count is reset.
func counted(steps *int) func(...any) (any, error) {
	return func(args ...any) (any, error) {
		if *steps++; *steps > maxSteps {
			return nil, errTooMuch
		}
		return args[0], nil
	}
}
