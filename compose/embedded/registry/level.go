package registry

import "strings"

// Level is a compatibility level: which versions a new schema is compared with
// and who must be able to read whom.
type Level string

// The compatibility levels of the Confluent API. BACKWARD: the new schema reads
// what the latest version wrote. FORWARD: the latest version reads what the new
// schema writes. FULL: both. The _TRANSITIVE ones ask it of every version.
const (
	None               Level = "NONE"
	Backward           Level = "BACKWARD"
	BackwardTransitive Level = "BACKWARD_TRANSITIVE"
	Forward            Level = "FORWARD"
	ForwardTransitive  Level = "FORWARD_TRANSITIVE"
	Full               Level = "FULL"
	FullTransitive     Level = "FULL_TRANSITIVE"
)

const levelNames = "NONE, BACKWARD, BACKWARD_TRANSITIVE, FORWARD, FORWARD_TRANSITIVE, FULL, FULL_TRANSITIVE"

// parseLevel accepts a level in any case.
func parseLevel(s string) (Level, bool) {
	switch l := Level(strings.ToUpper(s)); l {
	case None, Backward, BackwardTransitive, Forward, ForwardTransitive, Full, FullTransitive:
		return l, true
	}
	return "", false
}

func (l Level) transitive() bool {
	return l == BackwardTransitive || l == ForwardTransitive || l == FullTransitive
}

// backward reports whether the new schema must read old data.
func (l Level) backward() bool {
	return l == Backward || l == BackwardTransitive || l == Full || l == FullTransitive
}

// forward reports whether old schemas must read new data.
func (l Level) forward() bool {
	return l == Forward || l == ForwardTransitive || l == Full || l == FullTransitive
}

// Mode says what may be done with a subject's schemas.
type Mode string

// The modes of the Confluent API. IMPORT takes schemas with the ids they had
// elsewhere and checks no compatibility; READONLY_OVERRIDE, set globally, wins
// over every subject's own mode; FORWARD is only for the global context.
const (
	ReadWrite        Mode = "READWRITE"
	ReadOnly         Mode = "READONLY"
	ReadOnlyOverride Mode = "READONLY_OVERRIDE"
	Import           Mode = "IMPORT"
	ForwardMode      Mode = "FORWARD"
)

const modeNames = "READWRITE, READONLY, READONLY_OVERRIDE, IMPORT, FORWARD"

// parseMode accepts a mode in any case.
func parseMode(s string) (Mode, bool) {
	switch m := Mode(strings.ToUpper(s)); m {
	case ReadWrite, ReadOnly, ReadOnlyOverride, Import, ForwardMode:
		return m, true
	}
	return "", false
}

func (m Mode) readOnly() bool { return m == ReadOnly || m == ReadOnlyOverride }

// importing reports whether ids are given by the client and checks are off.
func (m Mode) importing() bool { return m == Import || m == ForwardMode }
