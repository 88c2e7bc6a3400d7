// Package hostile says how long the tests with hostile bytes go on.
package hostile

import (
	"os"
	"testing"
	"time"
)

// TimeVar is the environment variable that makes the tests with hostile bytes
// go on for longer than usual, "60s" for example; `make fuzz` sets it.
const TimeVar = "KCONSOLE_FUZZ_TIME"

// Time is how long such a test goes on: what [TimeVar] says, or else usual.
func Time(tb testing.TB, usual time.Duration) time.Duration {
	tb.Helper()
	text := os.Getenv(TimeVar)
	if text == "" {
		return usual
	}
	d, err := time.ParseDuration(text)
	if err != nil {
		tb.Fatalf("%s: %v", TimeVar, err)
	}
	return d
}
