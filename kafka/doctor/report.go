package doctor

import (
	"cmp"
	"slices"
	"time"
)

// Level is how much a finding asks of somebody.
type Level string

// The levels, the most urgent first.
const (
	Act   Level = "act"   // something is broken, or records are being lost
	Watch Level = "watch" // something will break, or is not as somebody meant it
)

// Finding is one thing that is wrong. Its texts quote the cluster, which is
// untrusted: sanitize them before they reach a terminal.
type Finding struct {
	Rule     string   `json:"rule"`     // the check that found it, see [Check]
	Level    Level    `json:"level"`    //
	Resource string   `json:"resource"` // what it is about: "topic orders", "group billing", "broker 2"
	Title    string   `json:"title"`    // what is wrong, in one line
	Evidence []string `json:"evidence"` // what was seen, the most telling first; at most [maxEvidence] lines
	Meaning  string   `json:"meaning"`  // what it means for those who use the cluster
	Next     Action   `json:"next"`     // what to do
	Open     Link     `json:"open"`     // the page that shows it
	Lab      Lab      `json:"lab"`      // where it is taught
}

// Action is a suggestion; nothing here carries it out.
type Action struct {
	Text string `json:"text"` // "start broker 2"
	// Command does it, or shows more, on the command line; empty where there is
	// none. A resource's name in it is quoted for a POSIX shell.
	Command string `json:"command,omitempty"`
}

// Link names a page of the console: a view and its arguments.
type Link struct {
	View string   `json:"view"`
	Args []string `json:"args,omitempty"`
}

// Lab is where a fault like this one is taught.
type Lab struct {
	ID    string `json:"id"` // "09"
	Title string `json:"title"`
	// Walkthrough is the title of the lab that is broken in this very way; empty
	// where there is none.
	Walkthrough string `json:"walkthrough,omitempty"`
}

// Status is how a check went.
type Status string

// The statuses of a check.
const (
	Fine    Status = "fine"
	Found   Status = "found"   // it has findings
	Unknown Status = "unknown" // nobody looked; Why says why
)

// Check is one thing that the doctor looks for.
type Check struct {
	Rule   string `json:"rule"` // "isr-below-minimum"
	Name   string `json:"name"` // for people: "in-sync replicas"
	Status Status `json:"status"`
	Looked int    `json:"looked"`        // how many things it looked at, of its own kind: partitions, groups, ...
	Why    string `json:"why,omitempty"` // why nobody looked, or what was left out
}

// Report is what a look found.
type Report struct {
	Cluster  string        `json:"cluster"`
	At       time.Time     `json:"at"`
	Took     time.Duration `json:"took_ns"`
	Watched  time.Duration `json:"watched_ns"` // time over which growth was measured
	Findings []Finding     `json:"findings"`   // the most urgent first
	Checks   []Check       `json:"checks"`     // in the order of the rules, all of them
}

// Count counts the checks with a status.
func (r *Report) Count(s Status) int {
	n := 0
	for i := range r.Checks {
		if r.Checks[i].Status == s {
			n++
		}
	}
	return n
}

// Worst is the level of the most urgent finding; empty if there is none.
func (r *Report) Worst() Level {
	if len(r.Findings) == 0 {
		return ""
	}
	return r.Findings[0].Level
}

// maxEvidence bounds the lines of evidence of one finding.
const maxEvidence = 6

func sortFindings(fs []Finding) {
	slices.SortStableFunc(fs, func(a, b Finding) int {
		return cmp.Compare(rank(a.Level), rank(b.Level)) // within a level the rules' order, then the resource's
	})
}

func rank(l Level) int {
	if l == Act {
		return 0
	}
	return 1
}
