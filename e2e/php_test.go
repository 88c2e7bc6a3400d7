package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sr"
	"golang.org/x/sync/errgroup"

	"kconsole/avro"
	"kconsole/compose/labdir"
	"kconsole/kafka/config"
	"kconsole/kafka/kafkatest"
	"kconsole/labs"
	"kconsole/labs/php"
)

// phpLab is one lab's PHP project, written for a cluster of its own, and run with
// PHP and librdkafka: php/rdkafka.php gives the extension's classes over FFI.
type phpLab struct {
	*kafkatest.Cluster
	t       *testing.T
	admin   *kadm.Client
	id      string
	dir     string
	library string
}

// newPHPLab starts a cluster and scaffolds the lab of a folder of labs/data. The
// scripts sign in as the lab's user app, who may use topics and groups only.
func newPHPLab(t *testing.T, folder string, v php.Variant) *phpLab {
	t.Helper()
	if _, err := exec.LookPath("php"); err != nil {
		missing(t, "php")
	}
	library := librdkafka(t)
	c := kafkatest.Embedded(t)
	l := &phpLab{Cluster: c, t: t, admin: c.Admin(t), id: folder[:2], dir: t.TempDir(), library: library}
	l.scaffold(folder, v)
	return l
}

// scaffold writes the project of a folder of labs/data for this lab's topics.
func (l *phpLab) scaffold(folder string, v php.Variant) {
	l.t.Helper()
	files, err := fs.Sub(labs.Data, "data/"+folder)
	if err != nil {
		l.t.Fatal(err)
	}
	p := php.Project{Lab: l.id, Prefix: labs.Prefix(l.id), Cluster: l.As(l.t, labdir.App)}
	if _, err := php.Scaffold(l.t.Context(), l.dir, files, v, p); err != nil {
		l.t.Fatal(err)
	}
}

// librdkafka is the shared library inside Confluent's Python package.
func librdkafka(t *testing.T) string {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Skip("NOT TESTED: the PHP scripts take librdkafka from a Linux wheel")
	}
	if _, err := exec.LookPath("python3"); err != nil {
		missing(t, "python3")
	}
	python, err := pythonSetup()
	if err != nil {
		t.Fatalf("the Python client, which brings librdkafka, cannot be installed: %v", err)
	}
	found, err := filepath.Glob(filepath.Join(filepath.Dir(python), "..", "lib", "python*", "site-packages", "confluent_kafka.libs", "librdkafka*.so*"))
	if err != nil || len(found) != 1 {
		t.Fatalf("librdkafka in the Python package: %v, %v", found, err)
	}
	return found[0]
}

// name is the full name of a topic or group.
func (l *phpLab) name(short string) string { return labs.Prefix(l.id) + short }

// topics makes topics of three partitions on three brokers.
func (l *phpLab) topics(short ...string) {
	l.t.Helper()
	for _, s := range short {
		l.NamedTopic(l.t, l.name(s), 3, 3, "min.insync.replicas", "2")
	}
}

// phpProcess is a running script.
type phpProcess struct {
	t    *testing.T
	cmd  *exec.Cmd
	out  lockedBuffer
	done chan error
}

// lockedBuffer may be read while it is written.
type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.b.String()
}

// start runs a script of the project. It ends with the test at the latest.
func (l *phpLab) start(script string, args ...string) *phpProcess {
	l.t.Helper()
	shim, err := filepath.Abs(filepath.Join("php", "rdkafka.php"))
	if err != nil {
		l.t.Fatal(err)
	}
	args = append([]string{"-d", "ffi.enable=1", "-d", "display_errors=stderr", "-d", "error_reporting=-1", "-d", "auto_prepend_file=" + shim, script}, args...)
	p := &phpProcess{t: l.t, cmd: exec.CommandContext(l.t.Context(), "php", args...), done: make(chan error, 1)}
	p.cmd.Dir, p.cmd.Env = l.dir, append(os.Environ(), "RDKAFKA_LIBRARY="+l.library)
	p.cmd.Stdout, p.cmd.Stderr = &p.out, &p.out
	if err := p.cmd.Start(); err != nil {
		l.t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		p.done <- p.cmd.Wait()
		close(ended)
	}()
	l.t.Cleanup(func() { <-ended }) // the test's context has killed it by then
	return p
}

// wait returns the script's exit code.
func (p *phpProcess) wait() int {
	p.t.Helper()
	select {
	case err := <-p.done:
		var exit *exec.ExitError
		if err != nil && !errors.As(err, &exit) {
			p.t.Fatalf("%v\n%s", err, p.out.String())
		}
		return p.cmd.ProcessState.ExitCode()
	case <-time.After(2 * time.Minute):
		p.t.Fatalf("%s does not end:\n%s", p.cmd, p.out.String())
	}
	return -1
}

// stop asks a consumer to leave its loop, and expects that it does so properly.
func (p *phpProcess) stop() {
	p.t.Helper()
	if err := p.cmd.Process.Signal(syscall.SIGTERM); err != nil {
		p.t.Fatal(err)
	}
	if code := p.wait(); code != 0 {
		p.t.Fatalf("exit %d after SIGTERM:\n%s", code, p.out.String())
	}
}

// run runs a script that must end well, and returns what it printed.
func (l *phpLab) run(script string, args ...string) string {
	l.t.Helper()
	p := l.start(script, args...)
	if code := p.wait(); code != 0 {
		l.t.Fatalf("php %s: exit %d\n%s", script, code, p.out.String())
	}
	return p.out.String()
}

// end is the number of records that a topic has ever been given; an error is for
// a broker that is away.
func (l *phpLab) end(short string) (n int64, err error) {
	ends, err := l.admin.ListEndOffsets(l.t.Context(), l.name(short))
	if err == nil {
		err = ends.Error()
	}
	ends.Each(func(o kadm.ListedOffset) { n += o.Offset })
	return n, err
}

// reaches waits until a topic has been given n records.
func (l *phpLab) reaches(short string, n int64, running ...*phpProcess) {
	l.t.Helper()
	kafkatest.Eventually(l.t, func() string {
		got, err := l.end(short)
		if got >= n && err == nil {
			return ""
		}
		what := fmt.Sprintf("%d records in %s instead of %d, %v", got, short, n, err)
		for _, p := range running {
			what += "\n" + p.out.String()
		}
		return what
	})
}

// records reads a topic, which must have that many records.
func (l *phpLab) records(short string, n int) []*kgo.Record {
	l.t.Helper()
	if got, err := l.end(short); got != int64(n) || err != nil {
		l.t.Fatalf("%s has %d records instead of %d (%v)", l.name(short), got, n, err)
	}
	if n == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(l.t.Context(), time.Minute)
	defer cancel()
	out, err := read(ctx, l.Client(l.t, kgo.ConsumeTopics(l.name(short)), fromStart()), n)
	if err != nil {
		l.t.Fatal(err)
	}
	return out
}

// decoded is a record's value, by the schema that its id names.
func (l *phpLab) decoded(r *kgo.Record) map[string]any {
	l.t.Helper()
	var wire sr.ConfluentHeader
	id, body, err := wire.DecodeID(r.Value)
	if err != nil {
		l.t.Fatalf("%v: %q", err, r.Value)
	}
	found, err := l.Registry(l.t).SchemaByID(l.t.Context(), id)
	if err != nil {
		l.t.Fatal(err)
	}
	schema, err := avro.Compile(found.Schema, nil)
	if err != nil {
		l.t.Fatal(err)
	}
	text, err := schema.AppendJSON(nil, body, avro.Limits{})
	if err != nil {
		l.t.Fatal(err)
	}
	var out map[string]any
	if err := json.Unmarshal(text, &out); err != nil {
		l.t.Fatal(err)
	}
	return out
}

// lag is what a group has still to do, or why that cannot be told yet.
func (l *phpLab) lag(group, topic string) (int64, string) {
	committed, err := l.admin.FetchOffsets(l.t.Context(), l.name(group))
	if err != nil {
		return 0, err.Error()
	}
	lag, err := l.end(topic)
	if err != nil {
		return 0, err.Error()
	}
	committed.Each(func(o kadm.OffsetResponse) {
		if o.Topic == l.name(topic) {
			lag -= o.At
		}
	})
	return lag, ""
}

// drained waits until a group has committed everything.
func (l *phpLab) drained(group, topic string, p *phpProcess) {
	l.t.Helper()
	kafkatest.Eventually(l.t, func() string {
		select {
		case err := <-p.done:
			l.t.Fatalf("the script ended (%v):\n%s", err, p.out.String())
		default:
		}
		lag, why := l.lag(group, topic)
		if lag == 0 && why == "" {
			return ""
		}
		return fmt.Sprintf("group %s lags by %d %s\n%s", group, lag, why, p.out.String())
	})
}

// replay sets an empty group's offsets to the start.
func (l *phpLab) replay(group, topic string) {
	l.t.Helper()
	starts, err := l.admin.ListStartOffsets(l.t.Context(), l.name(topic))
	if err != nil {
		l.t.Fatal(err)
	}
	if err := l.admin.CommitAllOffsets(l.t.Context(), l.name(group), starts.Offsets()); err != nil {
		l.t.Fatal(err)
	}
}

// header is a record's header, "" without it.
func header(r *kgo.Record, key string) string {
	for _, h := range r.Headers {
		if h.Key == key {
			return string(h.Value)
		}
	}
	return ""
}

// Every PHP file of the labs is correct PHP: starters, solutions, and the files
// for Laravel, which are not run here.
func TestPHPSyntax(t *testing.T) {
	if _, err := exec.LookPath("php"); err != nil {
		missing(t, "php")
	}
	dir := t.TempDir()
	var files []string
	folders, err := fs.Glob(labs.Data, "data/[0-9][0-9]-*/php")
	if err != nil || len(folders) != 13 {
		t.Fatalf("%v, %v", folders, err)
	}
	for _, folder := range folders {
		lab, err := fs.Sub(labs.Data, filepath.ToSlash(filepath.Dir(folder)))
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range []php.Variant{php.Starter, php.Solution} {
			in := filepath.Join(dir, strings.ReplaceAll(folder, "/", "-"), string(v))
			p := php.Project{Lab: "00", Prefix: "lab.00.", Cluster: config.Cluster{Brokers: []string{"127.0.0.1:9"}}}
			names, err := php.Scaffold(t.Context(), in, lab, v, p)
			if err != nil {
				t.Fatal(err)
			}
			todo := false
			for _, name := range names {
				data, err := os.ReadFile(filepath.Join(in, name))
				if err != nil {
					t.Fatal(err)
				}
				todo = todo || bytes.Contains(data, []byte("TODO"))
				if bytes.Contains(data, []byte("{{")) {
					t.Errorf("%s/%s: a marker was not filled in", folder, name)
				}
				if strings.HasSuffix(name, ".php") {
					files = append(files, filepath.Join(in, name))
				}
			}
			if readme, _ := os.ReadFile(filepath.Join(in, "README.md")); v == php.Solution && todo != bytes.Contains(readme, []byte("TODO")) || v == php.Starter && !todo {
				t.Errorf("%s, %s: TODO marks: %v", folder, v, todo)
			}
		}
	}
	// php -l takes one file a call. What several labs share is looked at once.
	var group errgroup.Group
	group.SetLimit(4)
	seen := map[string]bool{}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if seen[string(data)] {
			continue
		}
		seen[string(data)] = true
		group.Go(func() error {
			if out, err := exec.CommandContext(t.Context(), "php", "-d", "display_errors=1", "-l", file).CombinedOutput(); err != nil {
				return fmt.Errorf("%w: %s", err, out)
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		t.Error(err)
	}
	t.Logf("%d PHP files, %d different ones", len(files), len(seen))
}
