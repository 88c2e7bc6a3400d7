package kafkatest

import (
	"bytes"
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"kconsole/compose/process"
	"kconsole/kafka/config"
)

// tools are Kafka's own programs, found once.
var tools struct {
	mu    sync.Mutex
	tools *process.Tools
	err   error
}

// toolPackages are the packages of the programs that are not in
// org.apache.kafka.tools.
var toolPackages = map[string]string{
	"ConsoleConsumer":           "org.apache.kafka.tools.consumer",
	"ConsoleShareConsumer":      "org.apache.kafka.tools.consumer",
	"ConsumerGroupCommand":      "org.apache.kafka.tools.consumer.group",
	"ShareGroupCommand":         "org.apache.kafka.tools.consumer.group",
	"ReassignPartitionsCommand": "org.apache.kafka.tools.reassign",
	"ConfigCommand":             "kafka.admin",
	"StorageTool":               "kafka.tools",
}

// withVerbs are the programs whose first argument is a verb.
var withVerbs = map[string]bool{"TransactionsCommand": true, "MetadataQuorumCommand": true, "FeatureCommand": true}

// Tool runs one of Kafka's own programs against the cluster, as admin, and
// returns what it prints. --bootstrap-server and --command-config are added
// where args do not have them. The test fails if the program does.
func (c *Cluster) Tool(t testing.TB, name string, args ...string) string {
	t.Helper()
	return c.ToolInput(t, "", name, args...)
}

// ToolInput is [Cluster.Tool] with something on the program's standard input.
func (c *Cluster) ToolInput(t testing.TB, input, name string, args ...string) string {
	t.Helper()
	out, err := c.TryTool(t, input, name, args...)
	if err != nil {
		t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, out)
	}
	return out
}

// TryTool is [Cluster.ToolInput] for a program that may fail. Output and error
// output are in one.
func (c *Cluster) TryTool(t testing.TB, input, name string, args ...string) (string, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	cmd := c.ToolCommand(ctx, t, name, args...)
	cmd.Stdin = strings.NewReader(input)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	cmd.WaitDelay = 5 * time.Second
	err := cmd.Run()
	return out.String(), err
}

// ToolCommand is a program that the test runs itself, in the background for
// example; it ends with ctx.
func (c *Cluster) ToolCommand(ctx context.Context, t testing.TB, name string, args ...string) *exec.Cmd {
	t.Helper()
	found := foundTools(t)
	class := name
	if !strings.Contains(name, ".") {
		in, ok := toolPackages[name]
		if !ok {
			in = "org.apache.kafka.tools"
		}
		class = in + "." + name
	}
	args = withFlag(args, "--bootstrap-server", strings.Join(c.Config.Brokers, ","))
	args = withFlag(args, "--command-config", c.properties(t))
	if at := slices.Index(args, "--bootstrap-server"); at > 0 && withVerbs[name] { // these want what is for all verbs first
		args = slices.Concat(args[at:], args[:at])
	}
	cmd, err := found.Command(ctx, t.TempDir(), class, args...)
	if err != nil {
		t.Fatal(err)
	}
	return cmd
}

// withFlag adds a flag unless it is there.
func withFlag(args []string, flag, value string) []string {
	for _, a := range args {
		if a == flag || strings.HasPrefix(a, flag+"=") {
			return args
		}
	}
	return append(args, flag, value)
}

// properties writes the configuration for Java clients of c.Config.
func (c *Cluster) properties(t testing.TB) string {
	t.Helper()
	return Properties(t, c.Config)
}

// Properties writes a client.properties for a configuration and returns its path.
func Properties(t testing.TB, cl config.Cluster) string {
	t.Helper()
	text, err := config.ClientProperties(t.Context(), cl)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), config.JavaFile)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func foundTools(t testing.TB) *process.Tools {
	t.Helper()
	tools.mu.Lock()
	defer tools.mu.Unlock()
	if tools.tools == nil && tools.err == nil {
		ctx, cancel := context.WithTimeout(context.Background(), lockLimit)
		defer cancel()
		if tools.err = process.Available(ctx, process.Options{NoRegistry: true}); tools.err == nil {
			tools.tools, tools.err = process.OpenTools(ctx, process.Options{})
		} else {
			Loud(tools.err)
		}
	}
	if tools.err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal(tools.err)
		}
		t.Skip(tools.err)
	}
	return tools.tools
}

// ConsoleProduce writes lines to a topic with the Java console producer: a
// foreign writer. With separator, a line is key, separator and value.
func (c *Cluster) ConsoleProduce(t testing.TB, topic, separator string, lines ...string) {
	t.Helper()
	args := []string{"--topic", topic}
	if separator != "" {
		args = append(args, "--reader-property", "parse.key=true", "--reader-property", "key.separator="+separator)
	}
	c.ToolInput(t, strings.Join(lines, "\n")+"\n", "ConsoleProducer", args...)
}
