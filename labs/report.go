package labs

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"kconsole/compose"
	"kconsole/compose/pki"
)

// Report says how a lab went, to keep.
type Report struct {
	Lab      string     `json:"lab"`
	Title    string     `json:"title"`
	Cluster  string     `json:"cluster"`
	Runtime  string     `json:"runtime,omitempty"`
	Started  time.Time  `json:"started"`
	Finished time.Time  `json:"finished,omitzero"`
	Steps    []StepLine `json:"steps"`
	// Done, Shown, Skipped and Open count the required steps; Of is their sum.
	Done    int `json:"done"`
	Shown   int `json:"shown"`
	Skipped int `json:"skipped"`
	Open    int `json:"open"`
	Of      int `json:"of"`
	// PHPDone counts the steps in PHP that are done, of PHPOf.
	PHPDone int `json:"php_done"`
	PHPOf   int `json:"php_of"`
}

// StepLine is one step of a report.
type StepLine struct {
	ID       string    `json:"id"`
	Title    string    `json:"title"`
	PHP      bool      `json:"php,omitempty"`
	State    StepState `json:"state"`
	Seen     string    `json:"seen,omitempty"`
	Seconds  int       `json:"seconds,omitempty"` // from the start of the step to its end
	Hints    int       `json:"hints,omitempty"`
	Wrong    int       `json:"wrong_answers,omitempty"`
	Answered string    `json:"answer,omitempty"` // the right answer, as it was given
	Drift    string    `json:"drift,omitempty"`
}

// Report tells how the lab went so far.
func (s *Session) Report() Report {
	r := Report{Lab: s.lab.ID, Title: s.lab.Title, Cluster: s.id, Of: s.lab.Required()}
	if s.o.Stack != nil {
		r.Runtime = string(s.o.Stack.Runtime())
	}
	if s.p != nil {
		r.Started, r.Finished = s.p.Started, s.p.Finished
	}
	for i := range s.lab.Steps {
		line := s.stepLine(&s.lab.Steps[i])
		r.Steps = append(r.Steps, line)
		r.count(line)
	}
	return r
}

func (r *Report) count(line StepLine) {
	if line.PHP {
		r.PHPOf++
		if line.State == StepDone {
			r.PHPDone++
		}
		return
	}
	switch line.State {
	case StepDone:
		r.Done++
	case StepShown:
		r.Shown++
	case StepSkipped:
		r.Skipped++
	default:
		r.Open++
	}
}

func (s *Session) stepLine(step *Step) StepLine {
	line := StepLine{ID: step.ID, Title: step.Title, PHP: step.PHP, State: StepOpen}
	if s.p == nil || s.p.Steps[step.ID] == nil {
		return line
	}
	sp := s.p.Steps[step.ID]
	line.State, line.Seen, line.Hints = sp.State, sp.Seen, sp.Hints
	if !sp.Started.IsZero() && !sp.Ended.IsZero() {
		line.Seconds = int(sp.Ended.Sub(sp.Started).Seconds())
	}
	for _, a := range sp.Answers {
		if a.Right {
			line.Answered = a.Text
		} else {
			line.Wrong++
		}
	}
	if v, ok := s.drifts[step.ID]; ok {
		line.Drift = v.String()
	}
	return line
}

// Markdown gives the report as a page.
func (r Report) Markdown() string {
	var b strings.Builder
	fmt.Fprintf(&b, "# Lab %s: %s\n\n", r.Lab, r.Title)
	fmt.Fprintf(&b, "**%d of %d steps done**", r.Done, r.Of)
	for _, part := range []struct {
		n    int
		what string
	}{{r.Shown, "shown"}, {r.Skipped, "skipped"}, {r.Open, "open"}} {
		if part.n > 0 {
			fmt.Fprintf(&b, ", %d %s", part.n, part.what)
		}
	}
	if r.PHPOf > 0 {
		fmt.Fprintf(&b, "; %d of %d in PHP", r.PHPDone, r.PHPOf)
	}
	b.WriteString(".\n\n")
	if !r.Started.IsZero() {
		fmt.Fprintf(&b, "- Started: %s\n", r.Started.UTC().Format(time.RFC3339))
	}
	if !r.Finished.IsZero() {
		fmt.Fprintf(&b, "- Finished: %s\n", r.Finished.UTC().Format(time.RFC3339))
	}
	fmt.Fprintf(&b, "- Cluster: %s", cell(r.Cluster))
	if r.Runtime != "" {
		fmt.Fprintf(&b, " (%s)", r.Runtime)
	}
	if r.Runtime == string(compose.Embedded) {
		b.WriteString("; replication is simulated there")
	}
	b.WriteString("\n\n| step | state | time | hints | wrong answers | what was seen |\n|---|---|---|---|---|---|\n")
	for _, s := range r.Steps {
		title := s.Title
		if s.Drift != "" {
			title += " (has changed since)"
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %d | %d | %s |\n", cell(title), s.State, (time.Duration(s.Seconds) * time.Second).String(), s.Hints, s.Wrong, cell(s.Seen))
	}
	return b.String()
}

// cell makes text fit into a cell of a table.
func cell(text string) string {
	return strings.NewReplacer("|", `\|`, "\n", " ", "\r", " ").Replace(text)
}

// Save writes the report to path, as Markdown, and beside it with the ending
// .json. It returns what it wrote.
func (r Report) Save(path string) (written []string, err error) {
	raw, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return nil, err
	}
	base := strings.TrimSuffix(strings.TrimSuffix(path, ".md"), ".json")
	for _, f := range []struct {
		path string
		text []byte
	}{{base + ".md", []byte(r.Markdown())}, {base + ".json", append(raw, '\n')}} {
		if err := pki.WriteFile(f.path, f.text, 0o600); err != nil {
			return written, fmt.Errorf("the report cannot be saved: %w", err)
		}
		written = append(written, f.path)
	}
	return written, nil
}
