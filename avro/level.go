package avro

import (
	"fmt"
	"slices"
	"strings"
)

// Level is a compatibility level of a schema registry: which older schemas a
// new one must get along with, and in which direction.
type Level string

// The levels of Confluent's REST API. Backward means that consumers with the
// new schema read records written with the old one, so consumers upgrade
// first; forward is the other way round; full is both. The transitive levels
// hold against every earlier version, the others against the last one.
const (
	LevelNone               Level = "NONE"
	LevelBackward           Level = "BACKWARD"
	LevelBackwardTransitive Level = "BACKWARD_TRANSITIVE"
	LevelForward            Level = "FORWARD"
	LevelForwardTransitive  Level = "FORWARD_TRANSITIVE"
	LevelFull               Level = "FULL"
	LevelFullTransitive     Level = "FULL_TRANSITIVE"
)

// Levels lists every level, the loosest first.
func Levels() []Level {
	return []Level{
		LevelNone, LevelBackward, LevelBackwardTransitive, LevelForward,
		LevelForwardTransitive, LevelFull, LevelFullTransitive,
	}
}

// ParseLevel reads a level in any case.
func ParseLevel(s string) (Level, error) {
	l := Level(strings.ToUpper(strings.TrimSpace(s)))
	if slices.Contains(Levels(), l) {
		return l, nil
	}
	names := make([]string, 0, 7)
	for _, k := range Levels() {
		names = append(names, string(k))
	}
	return "", fmt.Errorf("compatibility level %q: must be one of %s", clip(s, 40), strings.Join(names, ", "))
}

// Backward reports whether new readers must read old records.
func (l Level) Backward() bool {
	return strings.HasPrefix(string(l), "BACKWARD") || l.full()
}

// Forward reports whether old readers must read new records.
func (l Level) Forward() bool {
	return strings.HasPrefix(string(l), "FORWARD") || l.full()
}

func (l Level) full() bool { return strings.HasPrefix(string(l), "FULL") }

// Transitive reports whether every earlier version counts, not only the last.
func (l Level) Transitive() bool { return strings.HasSuffix(string(l), "_TRANSITIVE") }
