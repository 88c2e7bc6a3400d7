package importer

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"kconsole/kafka/config"
)

// Format is a kind of file that can be read.
type Format string

// The formats. [Import] finds out which one it has before it.
const (
	Java       Format = "java"       // client.properties
	Librdkafka Format = "librdkafka" // key=value lines, as kcat -F reads
	Rpk        Format = "rpk"        // rpk.yaml, or one profile of it
)

// maxFile bounds a settings file, maxStore a key store or certificate file.
const (
	maxFile  = 1 << 20
	maxStore = 4 << 20
)

// Options say what the file itself does not.
type Options struct {
	// Format overrides detection.
	Format Format
	// Name of the cluster; the file's name when empty. An rpk file with several
	// profiles brings its own names.
	Name string
	// Brokers replace those of the file, which Java's tools take from their
	// command line instead.
	Brokers []string
	// Dir is where [Result.Save] puts converted certificates and secrets: the
	// folder of the configuration. The working directory when empty.
	Dir string
}

// Result is what a file says, in our terms. Its clusters refer to files in
// Options.Dir that only exist after Save.
type Result struct {
	Format   Format
	Source   string
	Clusters map[string]config.Cluster
	Current  string // for several clusters, the one that was in use; may be empty
	Files    []File
	Ignored  []Ignored

	dir string // Options.Dir, absolute
}

// File is to be written with mode 0600.
type File struct {
	Path    string
	Content []byte
}

// Ignored is a setting that was left out.
type Ignored struct {
	Line int    // 0 when the format has none
	Key  string // as it stands in the file
	Why  string
	// Weakens is true for a setting that lowers security in the other client and
	// is refused here: whoever relied on it has to do something.
	Weakens bool
}

// String gives one line.
func (i Ignored) String() string {
	if i.Line > 0 {
		return fmt.Sprintf("line %d: %s: %s", i.Line, i.Key, i.Why)
	}
	return i.Key + ": " + i.Why
}

// Import reads the file at path. Errors are [*config.Error], with the line.
func Import(path string, opts Options) (*Result, error) {
	raw, err := readFile(path, maxFile)
	if err != nil {
		return nil, &config.Error{File: path, Reason: reason(err), Err: err}
	}
	abs, err := filepath.Abs(path)
	if err != nil {
		return nil, &config.Error{File: path, Reason: err.Error(), Err: err}
	}
	if opts.Dir, err = filepath.Abs(opts.Dir); err != nil {
		return nil, &config.Error{File: path, Reason: err.Error(), Err: err}
	}
	return parse(abs, raw, opts)
}

// parse is Import of a file that was read: path is for messages, names and
// relative paths.
func parse(path string, raw []byte, opts Options) (*Result, error) {
	if opts.Name == "" {
		opts.Name = nameOf(path)
	}
	if opts.Format == "" {
		opts.Format = detect(path, raw)
	}
	res := &Result{Format: opts.Format, Source: path, dir: opts.Dir, Clusters: map[string]config.Cluster{}}
	var err error
	switch opts.Format {
	case Java:
		err = res.java(raw, opts)
	case Librdkafka:
		err = res.librdkafka(raw, opts)
	case Rpk:
		err = res.rpk(raw, opts)
	default:
		return nil, &config.Error{File: path, Reason: fmt.Sprintf("the format %q is not known; known are java, librdkafka, rpk", opts.Format)}
	}
	if err != nil {
		return nil, inFile(path, err)
	}
	// What the other client allows and we do not (an address without a port) is
	// reported with our own words.
	check := config.Config{Clusters: res.Clusters, UI: config.DefaultUI()}
	if err := check.Validate(); err != nil {
		return nil, inFile(path, err)
	}
	return res, nil
}

// inFile completes an error with the file it is about.
func inFile(path string, err error) error {
	var e *config.Error
	if errors.As(err, &e) {
		moved := *e
		moved.File = path
		return &moved
	}
	return &config.Error{File: path, Reason: reason(err), Err: err}
}

// lineError is a mistake in a line of the file.
func lineError(line int, key, format string, args ...any) error {
	err := fmt.Errorf(format, args...)
	return &config.Error{Line: line, Key: key, Reason: err.Error(), Err: errors.Unwrap(err)}
}

func (r *Result) ignore(line int, key, why string) {
	r.Ignored = append(r.Ignored, Ignored{Line: line, Key: key, Why: why})
}

func (r *Result) refuse(line int, key, why string) {
	r.Ignored = append(r.Ignored, Ignored{Line: line, Key: key, Why: why, Weakens: true})
}

var yamlProfile = regexp.MustCompile(`(?m)^(profiles|kafka_api|current_profile)\s*:`)

// only librdkafka and only Java have these keys.
var (
	onlyLibrdkafka = regexp.MustCompile(`(?m)^\s*(metadata\.broker\.list|sasl\.(username|password|mechanisms)|ssl\.(ca|certificate|key)\.location|enable\.ssl\.certificate\.verification|security\.protocol\s*=\s*[a-z])`)
	onlyJava       = regexp.MustCompile(`(?m)^\s*(sasl\.jaas\.config|ssl\.truststore\.|ssl\.keystore\.(type|certificate|key)|security\.protocol\s*[=:]\s*[A-Z])`)
)

// detect guesses the format; Java's is the default, because its other keys are
// shared.
func detect(path string, raw []byte) Format {
	switch ext := strings.ToLower(filepath.Ext(path)); {
	case ext == ".yaml", ext == ".yml", yamlProfile.Match(raw):
		return Rpk
	case onlyLibrdkafka.Match(raw) && !onlyJava.Match(raw):
		return Librdkafka
	}
	return Java
}

var notInNames = regexp.MustCompile(`[^A-Za-z0-9._-]+`)

// nameOf makes a cluster's name of a file's.
func nameOf(path string) string {
	base := filepath.Base(path)
	return cleanName(strings.TrimSuffix(base, filepath.Ext(base)))
}

func cleanName(s string) string {
	s = strings.Trim(notInNames.ReplaceAllString(s, "-"), "-._")
	if len(s) > 64 {
		s = strings.TrimRight(s[:64], "-._")
	}
	if s == "" {
		return "imported"
	}
	return s
}

// readFile reads at most limit bytes; more is an error.
func readFile(path string, limit int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	raw, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err == nil && int64(len(raw)) > limit {
		err = fmt.Errorf("is larger than %d MiB", limit>>20)
	}
	return raw, err
}

// reason is an error's text without the path that the os package adds.
func reason(err error) string {
	var pathErr *fs.PathError
	if errors.As(err, &pathErr) {
		return pathErr.Err.Error()
	}
	return err.Error()
}

// locate makes a path of the file's absolute. Other clients take it relative to
// their working directory, which is not known here: the file's own folder is
// tried first.
func (r *Result) locate(path string) string {
	if path == "" || filepath.IsAbs(path) {
		return path
	}
	beside := filepath.Join(filepath.Dir(r.Source), path)
	if _, err := os.Stat(beside); err == nil {
		return beside
	}
	if abs, err := filepath.Abs(path); err == nil {
		if _, err := os.Stat(abs); err == nil {
			return abs
		}
	}
	return beside
}

// splitBrokers splits a comma-separated list, and drops the scheme that Java
// allows before an address.
func splitBrokers(list string) []string {
	var brokers []string
	for b := range strings.SplitSeq(list, ",") {
		b = strings.TrimSpace(b)
		if i := strings.Index(b, "://"); i >= 0 {
			b = b[i+3:]
		}
		if b != "" {
			brokers = append(brokers, b)
		}
	}
	return brokers
}
