package cmd

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"kconsole/compose/embedded"
	"kconsole/compose/embedded/lab"
	"kconsole/compose/labdir"
	"kconsole/kafka/config"
	"kconsole/kafka/kafkatest"
	"kconsole/labs/services"
)

// The scripts in testdata/script are the command line as users type it. Each
// runs against one embedded lab that all share, and those of realScripts against
// Apache Kafka as well; $LAB is the lab's directory.
func TestMain(m *testing.M) {
	testscript.Main(program{m}, map[string]func(){
		"kconsole": func() { os.Exit(Main()) },
	})
}

// program ends what its tests shared.
type program struct{ *testing.M }

func (p program) Run() int {
	code := p.M.Run()
	if err := kafkatest.Stop(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = max(code, 1)
	}
	return code
}

func TestScripts(t *testing.T) {
	// A socket or a lock file wants a short path; t.TempDir may be long.
	root, err := os.MkdirTemp("", "kc-cmd-") //nolint:usetesting // its path is too long here
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(root) })
	dir := filepath.Join(root, "lab")
	stack, err := lab.Up(t.Context(), lab.Options{Dir: dir, FreePorts: true, Timing: embedded.ShortTiming})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := stack.Shutdown(context.Background()); err != nil {
			t.Error(err)
		}
	})
	scripts(t, dir, stack.Cluster(), testscript.Params{Dir: filepath.Join("testdata", "script")})
	t.Run("bound", func(t *testing.T) { testBoundIsNotForgotten(t, filepath.Join(dir, labdir.ConfigFile)) })
}

// realScripts are the scripts that run on Apache Kafka as well. The others are
// about the command line itself and ask no cluster, or start a lab of their own, or
// say in their first lines what a real one does differently.
var realScripts = []string{"badinput", "change", "completion", "describe", "get", "load", "output", "produce", "tail"}

// scripted are the topics that realScripts make.
var scripted = []string{"copy", "loaded", "loadedbytes", "loadedjson", "loadedsmall", "made", "made2", "made3", "out", "produced"}

// TestScriptsReal runs scripts against Apache Kafka and a real registry.
func TestScriptsReal(t *testing.T) {
	c := kafkatest.Real(t)
	var p testscript.Params
	for _, name := range realScripts {
		p.Files = append(p.Files, filepath.Join("testdata", "script", name+".txtar"))
	}
	adm := c.Admin(t)
	clean := func() { // what scripts leave behind, and scripts that failed
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		_, _ = adm.DeleteTopics(ctx, scripted...)
		_, _ = adm.DeleteGroups(ctx, "script", "other")
	}
	clean()
	t.Cleanup(clean)
	t.Cleanup(func() { // what the sample events leave behind
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		_, _ = adm.DeleteTopics(ctx, services.OrdersTopic, services.RegistrationTopic)
		_, _ = adm.DeleteGroups(ctx, services.BillingGroup)
	})
	scripts(t, c.Dir, c.Config, p)
}

// scripts runs scripts against a cluster with sample events.
func scripts(t *testing.T, dir string, cl config.Cluster, p testscript.Params) {
	t.Helper()
	stop, err := startEvents(t.Context(), cl, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(stop)
	p.RequireExplicitExec, p.RequireUniqueNames = true, true
	p.Setup = func(env *testscript.Env) error {
		for k, v := range map[string]string{
			"LAB":             dir,
			"KCONSOLE_CONFIG": filepath.Join(dir, labdir.ConfigFile),
			"BROKERS":         strings.Join(cl.Brokers, ", "),
			"BROKERLIST":      strings.Join(cl.Brokers, ","),
			"XDG_STATE_HOME":  filepath.Join(env.WorkDir, "state"),
			"XDG_CONFIG_HOME": filepath.Join(env.WorkDir, "config"),
			"XDG_RUNTIME_DIR": env.WorkDir,
			"HOME":            env.WorkDir,
			"NO_COLOR":        "1",
			"GOTRACEBACK":     "none",
			"REGISTRY":        cl.Registry.URL,
		} {
			env.Setenv(k, v)
		}
		return nil
	}
	p.Cmds = map[string]func(*testscript.TestScript, bool, []string){
		"exits":    exits,
		"env-file": expand,
		"oneline":  oneline,
		"conforms": conforms,
	}
	t.Run("run", func(t *testing.T) { testscript.Run(t, p) })
}

// exits runs a command and compares its exit code: exits 2 kconsole ...
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE COMMAND [ARG ...]")
	}
	err := ts.Exec(args[1], args[2:]...)
	got := "0"
	if err != nil {
		got = strings.TrimPrefix(err.Error(), "exit status ")
	}
	if got != args[0] {
		ts.Fatalf("exit code is %s, not %s", got, args[0])
	}
}

// expand replaces $NAME in files: testscript leaves the files of an archive as
// they are.
func expand(ts *testscript.TestScript, _ bool, args []string) {
	for _, name := range args {
		text := os.Expand(ts.ReadFile(name), func(key string) string {
			if value := ts.Getenv(key); value != "" {
				return value
			}
			return "${" + key + "}"
		})
		ts.Check(os.WriteFile(ts.MkAbs(name), []byte(text), 0o600))
		ts.Check(os.Chmod(ts.MkAbs(name), 0o600)) // it was there already, readable by all
	}
}

// oneline checks that what the last command wrote to stderr is one line, and
// neither a stack trace nor a dump.
func oneline(ts *testscript.TestScript, _ bool, _ []string) {
	text := strings.TrimSuffix(ts.ReadFile("stderr"), "\n")
	if text == "" || strings.Contains(text, "\n") {
		ts.Fatalf("stderr is not one line: %q", text)
	}
	if strings.Contains(text, "goroutine") || len(text) > 400 {
		ts.Fatalf("stderr is no line for people: %q", text)
	}
}
