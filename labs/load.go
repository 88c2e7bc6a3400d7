package labs

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/goccy/go-yaml"

	"kconsole/kafka/config"
)

// file is lab.yaml as it is written.
type file struct {
	ID          string     `yaml:"id"`
	Kind        Kind       `yaml:"kind"`
	Title       string     `yaml:"title"`
	Summary     string     `yaml:"summary"`
	Minutes     int        `yaml:"minutes"`
	Steps       []fileStep `yaml:"steps"`
	Ticket      string     `yaml:"ticket"`
	Hold        string     `yaml:"hold"`
	Cause       *fileCause `yaml:"cause"`
	Explanation string     `yaml:"explanation"`

	// Of a walkthrough, whose one repair step has no section of its own.
	Needs     []Capability `yaml:"needs"`
	Simulated string       `yaml:"simulated"`
	Show      Spot         `yaml:"show"`
	Hints     fileHints    `yaml:"hints"`
}

type fileStep struct {
	ID        string       `yaml:"id"`
	Title     string       `yaml:"title"`
	Minutes   int          `yaml:"minutes"`
	Text      string       `yaml:"text"`
	Show      Spot         `yaml:"show"`
	Needs     []Capability `yaml:"needs"`
	Simulated string       `yaml:"simulated"`
	Hints     fileHints    `yaml:"hints"`
	PHP       bool         `yaml:"php"`
	Hold      string       `yaml:"hold"`
}

type fileHints struct {
	Screen  string `yaml:"screen"`
	Command string `yaml:"command"`
}

// fileCause is the question that ends a walkthrough: exactly one choice is right.
type fileCause struct {
	Prompt  string       `yaml:"prompt"`
	Choices []fileChoice `yaml:"choices"`
}

type fileChoice struct {
	Text  string `yaml:"text"`
	Right bool   `yaml:"right"`
	Why   string `yaml:"why"`
}

// FileError is a mistake in a lab's folder.
type FileError struct {
	File   string
	Line   int // 0: the file as a whole
	Reason string
}

// Error gives file:line: reason.
func (e *FileError) Error() string {
	if e.Line > 0 {
		return fmt.Sprintf("%s:%d: %s", e.File, e.Line, e.Reason)
	}
	return e.File + ": " + e.Reason
}

// folder matches the name of a lab's folder.
var folder = regexp.MustCompile(`^(\d\d|w\d\d)-([a-z0-9]+(?:-[a-z0-9]+)*)$`)

// stepID matches the id of a step.
var stepID = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)

// Folders lists the folders of labs in fsys, by id. A folder without a lab.yaml is
// no lab.
func Folders(fsys fs.FS) ([]string, error) {
	entries, err := fs.ReadDir(fsys, ".")
	if err != nil {
		return nil, err
	}
	var out []string
	for _, e := range entries {
		if !e.IsDir() {
			return nil, &FileError{File: e.Name(), Reason: "only folders of labs belong here"}
		}
		if !folder.MatchString(e.Name()) {
			return nil, &FileError{File: e.Name(), Reason: "is no name for a lab's folder; it has to look like 02-kafka-parts or w07-zero-orders"}
		}
		if _, err := fs.Stat(fsys, path.Join(e.Name(), "lab.yaml")); err == nil {
			out = append(out, e.Name())
		}
	}
	return out, nil
}

// Load reads one lab's folder of fsys and checks it. The steps have no behaviour
// yet.
func Load(fsys fs.FS, name string) (*Lab, error) {
	parts := folder.FindStringSubmatch(name)
	if parts == nil {
		return nil, &FileError{File: name, Reason: "is no name for a lab's folder"}
	}
	files, err := fs.Sub(fsys, name)
	if err != nil {
		return nil, err
	}
	where := path.Join(name, "lab.yaml")
	src, err := fs.ReadFile(fsys, where)
	if err != nil {
		return nil, &FileError{File: where, Reason: "cannot be read"}
	}
	v := &validator{file: where, src: src}
	var f file
	if err := yaml.NewDecoder(bytes.NewReader(src), yaml.Strict()).Decode(&f); err != nil {
		return nil, v.syntax(err)
	}
	v.lab(&f, parts[1])
	lab := f.lab(parts[2], files)
	if v.first == nil {
		lab.Concepts, v.first = concepts(fsys, path.Join(name, "concepts.md"))
	}
	if v.first == nil {
		v.texts(lab)
	}
	if v.first != nil {
		return nil, v.first
	}
	return lab, nil
}

// lab makes a lab of a file that was found right.
func (f *file) lab(name string, files fs.FS) *Lab {
	l := &Lab{
		ID: f.ID, Name: name, Kind: f.Kind, Title: f.Title, Summary: f.Summary, Minutes: f.Minutes,
		Ticket: f.Ticket, Explanation: f.Explanation, Files: files,
	}
	if f.Kind == Walkthrough {
		l.Steps = f.walkthrough()
		return l
	}
	for _, s := range f.Steps {
		hold, _ := time.ParseDuration(s.Hold) // validated
		l.Steps = append(l.Steps, Step{
			ID: s.ID, Title: s.Title, Minutes: s.Minutes, Text: s.Text, Show: s.Show, Needs: s.Needs,
			Simulated: s.Simulated, Screen: s.Hints.Screen, Command: s.Hints.Command, PHP: s.PHP, Hold: hold,
		})
	}
	return l
}

// concepts splits the screens at lines of three dashes, outside of fenced blocks.
func concepts(fsys fs.FS, where string) ([]string, error) {
	src, err := fs.ReadFile(fsys, where)
	if err != nil {
		return nil, &FileError{File: where, Reason: "cannot be read"}
	}
	var screens []string
	var screen []string
	fenced := false
	flush := func() {
		if text := strings.TrimSpace(strings.Join(screen, "\n")); text != "" {
			screens = append(screens, text)
		}
		screen = nil
	}
	for line := range strings.Lines(string(src)) {
		line = strings.TrimRight(line, " \r\n")
		if strings.HasPrefix(line, "```") {
			fenced = !fenced
		}
		if line == "---" && !fenced {
			flush()
			continue
		}
		screen = append(screen, line)
	}
	flush()
	switch {
	case fenced:
		return nil, &FileError{File: where, Reason: "a fenced block is not closed"}
	case len(screens) == 0:
		return nil, &FileError{File: where, Reason: "holds no text"}
	}
	return screens, nil
}

// validator collects the first mistake of a lab.yaml, with its line.
type validator struct {
	file  string
	src   []byte
	first error
}

// syntax turns an error of the YAML library, which begins with [line:column].
func (v *validator) syntax(err error) error {
	text := yaml.FormatError(err, false, false)
	var line, column int
	if _, scanErr := fmt.Sscanf(text, "[%d:%d]", &line, &column); scanErr == nil {
		_, text, _ = strings.Cut(text, "] ")
	}
	text, _, _ = strings.Cut(text, "\n")
	if unknown := (*yaml.UnknownFieldError)(nil); errors.As(err, &unknown) {
		text += v.nearest(text)
	}
	return &FileError{File: v.file, Line: line, Reason: text}
}

// nearest proposes the key that was probably meant by the quoted one.
func (v *validator) nearest(text string) string {
	if _, rest, ok := strings.Cut(text, `"`); ok {
		name, _, _ := strings.Cut(rest, `"`)
		if n := config.Nearest(name, keys); n != "" {
			return `; did you mean "` + n + `"?`
		}
	}
	return ""
}

var keys = []string{
	"id", "kind", "title", "summary", "minutes", "steps", "ticket", "hold", "cause", "explanation", "needs", "simulated",
	"show", "view", "arg", "hints", "screen", "command", "text", "php", "prompt", "choices", "right", "why",
}

// fail notes a mistake at a place such as $.steps[2].id.
func (v *validator) fail(at, format string, args ...any) {
	if v.first != nil {
		return
	}
	v.first = &FileError{File: v.file, Line: v.line(at), Reason: fmt.Sprintf(format, args...)}
}

// line finds the line of a place, or of what is around it.
func (v *validator) line(at string) int {
	for at != "$" {
		p, err := yaml.PathString(at)
		if err == nil {
			if node, err := p.ReadNode(bytes.NewReader(v.src)); err == nil && node != nil && node.GetToken() != nil {
				return node.GetToken().Position.Line
			}
		}
		at = at[:max(1, strings.LastIndexAny(at, ".["))]
	}
	return 0
}

func (v *validator) lab(f *file, id string) {
	if f.Kind == "" {
		f.Kind = Guided
	}
	switch {
	case f.ID != id:
		v.fail("$.id", "id is %q, but the folder says %q", f.ID, id)
	case f.Kind != Guided && f.Kind != Walkthrough:
		v.fail("$.kind", "kind is %q; it is guided or walkthrough", f.Kind)
	case strings.TrimSpace(f.Title) == "":
		v.fail("$.title", "title is missing")
	case strings.TrimSpace(f.Summary) == "" || strings.Contains(strings.TrimSpace(f.Summary), "\n"):
		v.fail("$.summary", "summary has to be one line")
	case f.Minutes <= 0:
		v.fail("$.minutes", "minutes says how long the lab takes, and is positive")
	case f.Kind == Walkthrough:
		v.walkthrough(f)
		return
	case len(f.Steps) == 0:
		v.fail("$.steps", "a guided lab has steps")
	case f.Ticket != "" || f.Cause != nil || f.Explanation != "" || f.Hold != "":
		v.fail("$", "ticket, hold, cause and explanation belong to a walkthrough")
	case len(f.Needs) > 0 || f.Simulated != "" || f.Show != (Spot{}) || f.Hints != (fileHints{}):
		v.fail("$", "needs, simulated, show and hints of a guided lab belong to its steps")
	}
	v.steps(f)
}

func (v *validator) steps(f *file) {
	known := map[string]bool{}
	minutes := 0
	for i := range f.Steps {
		s, at := &f.Steps[i], fmt.Sprintf("$.steps[%d]", i)
		switch {
		case !stepID.MatchString(s.ID):
			v.fail(at+".id", "%q is no id for a step: lower case letters, digits and hyphens", s.ID)
		case known[s.ID]:
			v.fail(at+".id", "there are two steps %s", s.ID)
		case strings.TrimSpace(s.Title) == "":
			v.fail(at+".title", "step %s has no title", s.ID)
		case s.Minutes <= 0:
			v.fail(at+".minutes", "step %s needs minutes, and positive ones", s.ID)
		case strings.TrimSpace(s.Text) == "":
			v.fail(at+".text", "step %s has no text", s.ID)
		case s.Hints.Screen == "" || s.Hints.Command == "":
			v.fail(at+".hints", "step %s needs two hints: screen and command", s.ID)
		case i > 0 && f.Steps[i-1].PHP && !s.PHP:
			v.fail(at+".php", "the steps in PHP come last: %s cannot follow %s", s.ID, f.Steps[i-1].ID)
		}
		v.needs(at+".needs", s.Needs)
		v.hold(at+".hold", s.Hold)
		known[s.ID] = true
		if !s.PHP {
			minutes += s.Minutes
		}
	}
	if minutes > f.Minutes {
		v.fail("$.minutes", "the steps take %d minutes together, the lab says %d", minutes, f.Minutes)
	}
}

func (v *validator) needs(at string, needs []Capability) {
	for i, n := range needs {
		if !slices.Contains(capabilities, n) {
			v.fail(fmt.Sprintf("%s[%d]", at, i), "no stack has a capability %q; known are %v", n, capabilities)
		}
	}
}

func (v *validator) hold(at, hold string) time.Duration {
	if hold == "" {
		return 0
	}
	d, err := time.ParseDuration(hold)
	if err != nil || d <= 0 || d > 5*time.Minute {
		v.fail(at, "hold is %q; it is a time up to 5m, such as 30s", hold)
	}
	return d
}
