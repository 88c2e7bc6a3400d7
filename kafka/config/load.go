package config

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
)

// Load reads, checks and resolves the file at path. A mistake is an [*Error]
// that names the line; of several, the first in the file. It opens no
// certificate and no password file and runs no command: that happens when a
// cluster is used, and in [Check].
func Load(path string) (*Config, error) {
	p, err := load(path)
	if err != nil {
		return nil, err
	}
	if len(p.problems) > 0 {
		return nil, p.problems[0]
	}
	return p.cfg, nil
}

// parsed is a file after decoding and checking. The cfg is whole only when
// there are no problems; these are in the order of the file.
type parsed struct {
	cfg      *Config
	marks    map[string]mark
	problems []*Error
	missing  map[string][]*Error // per cluster: variables that are not set
}

// load fails on a file that cannot be read or is not YAML.
func load(path string) (*parsed, error) {
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, &Error{File: path, Reason: "cannot find this path: " + err.Error(), Err: err}
	}
	f, err := os.Open(path)
	if err != nil {
		reason := "cannot be read: " + cause(err).Error()
		if errors.Is(err, fs.ErrNotExist) {
			reason = "does not exist; check the path, or start an embedded cluster with: kconsole lab up"
		}
		return nil, &Error{File: path, Reason: reason, Err: err}
	}
	defer f.Close()
	src, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return nil, &Error{File: path, Reason: "cannot be read: " + cause(err).Error(), Err: err}
	}
	p, err := parse(path, src, os.LookupEnv)
	if err == nil && len(p.problems) == 0 {
		p.cfg.Warnings = append(p.cfg.Warnings, readableByOthers(p, f)...)
	}
	return p, err
}

// parse is load without the file system: path is for messages and relative
// paths only.
func parse(path string, src []byte, lookup func(string) (string, bool)) (*parsed, error) {
	if len(src) > maxFile {
		return nil, &Error{File: path, Reason: fmt.Sprintf("is larger than %d KiB, too large to be a configuration", maxFile>>10)}
	}
	text, unshield := ShieldYAML(string(src))
	root, err := parseYAML(path, text, unshield)
	if err != nil {
		return nil, err
	}
	d := &decoder{
		file: path, dir: filepath.Dir(path), unshield: unshield, lookup: lookup,
		anchors: map[string]ast.Node{}, marks: map[string]mark{}, missing: map[string][]*Error{},
	}
	cfg := &Config{Path: path, UI: DefaultUI()}
	if root != nil {
		d.value(root, reflect.ValueOf(cfg).Elem(), "", reflect.StructField{}, 0)
	}
	for name, cl := range cfg.Clusters {
		cl.Name = name
		if missing := d.missing[name]; len(missing) > 0 {
			cl.unresolved = missing[0]
		}
		cfg.Clusters[name] = cl
	}
	if len(d.problems) == 0 {
		v := validator{file: path, marks: d.marks}
		v.config(cfg)
		d.problems = v.sorted()
		cfg.Warnings = v.warnings
	}
	return &parsed{cfg: cfg, marks: d.marks, problems: d.problems, missing: d.missing}, nil
}

// parseYAML returns the one document's root, nil for an empty file. The parser's
// own messages quote the source, which may hold secrets: only its words and
// line are kept.
func parseYAML(path, text string, unshield func(string) string) (ast.Node, error) {
	if depth, line := YAMLNesting(text); depth > maxBrackets {
		return nil, &Error{File: path, Line: line, Reason: "brackets or dashes are nested too deeply to be a configuration"}
	}
	file, err := parser.ParseBytes([]byte(text), 0)
	if err != nil {
		e := &Error{File: path, Reason: "is not valid YAML"}
		var syntax yaml.Error
		if errors.As(err, &syntax) {
			e.Reason = "is not valid YAML: " + oneLine.Replace(unshield(syntax.GetMessage()))
			if tk := syntax.GetToken(); tk != nil && tk.Position != nil {
				e.Line = tk.Position.Line
			}
		}
		return nil, e
	}
	var root ast.Node
	for _, doc := range file.Docs {
		if doc.Body == nil {
			continue
		}
		if root != nil {
			return nil, &Error{File: path, Line: line(doc.Body), Reason: "a second YAML document starts here; one file holds one configuration"}
		}
		root = doc.Body
	}
	return root, nil
}

var oneLine = strings.NewReplacer("\t", `\t`, "\n", " ", "\r", " ")

// maxBrackets is more than any honest file opens at once, even when passwords
// and comments with brackets of their own are counted.
const maxBrackets = 128

// YAMLNesting returns the most brackets that are open at once, or dashes that stand
// at one line's start, and in which line: a bound for the YAML parser's recursion,
// whose time grows with the square of it. Ask before parsing foreign text.
func YAMLNesting(text string) (deepest, at int) {
	depth := 0
	for i, line := range strings.Split(text, "\n") {
		dashes := 0
		for rest := strings.TrimLeft(line, " "); strings.HasPrefix(rest, "- "); dashes++ {
			rest = strings.TrimLeft(rest[1:], " ")
		}
		deepestHere := max(depth, dashes)
		for _, c := range []byte(line) {
			switch c {
			case '[', '{':
				depth++
				deepestHere = max(deepestHere, depth)
			case ']', '}':
				depth = max(0, depth-1)
			}
		}
		if deepestHere > deepest {
			deepest, at = deepestHere, i+1
		}
	}
	return deepest, at
}
