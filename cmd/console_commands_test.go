package cmd

import (
	"context"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/sr"

	"kconsole/kafka"
	"kconsole/kafka/config"
	"kconsole/kafka/kafkatest"
	"kconsole/ui"
	"kconsole/ui/page"
	"kconsole/ui/session"
	"kconsole/ui/uitest"
)

// offered are the commands that the console must offer somewhere, in a list
// (x) or under a form.
var offered = []string{
	"describe topic", "tail", "produce", "create topic", "delete topic", "alter topic", "describe group", "reset-offsets", "delete group",
	"describe broker", "lab broker stop", "lab broker logs", "create acl", "delete acl", "access", "describe subject", "get schemas", "schema diff", "schema compat",
	"schema delete", "alter broker", "create user", "alter user", "alter quota",
}

// TestCommandsOfTheConsoleExist: what x, and the forms, say does the same on the
// command line is parsed by the command line: the command is there, takes the
// flags and the number of arguments.
func TestCommandsOfTheConsoleExist(t *testing.T) {
	c := kafkatest.Embedded(t)
	topic := c.Topic(t, 2, 3)
	seedForCommands(t, c, topic)
	cl := c.Config
	cl.Name = "lab"
	conf := &config.Config{Current: "lab", UI: config.DefaultUI(), Clusters: map[string]config.Cluster{"lab": cl}}
	d := uitest.StartBusy(t, uitest.Options{
		Width: 240, Height: 60, Config: conf, RealClock: true, // what is measured has real times
		Connect: func(_ context.Context, cl config.Cluster) (*session.Session, error) {
			return session.Open(cl, session.Options{Refresh: 200 * time.Millisecond, Stack: c.Stack})
		},
	})
	d.WaitFor("3/3 brokers")
	args := map[page.Arg]string{page.Topic: topic, page.Group: "billing", page.Subject: topic + "-value", page.Broker: "1", page.Version: "2", page.Partition: "0"}
	seen := map[string]bool{}
	collect := func(where string) {
		for line := range strings.Lines(d.Text()) {
			if _, command, ok := strings.Cut(line, "kconsole "); ok {
				if path := parsed(t, where, strings.TrimSpace(command)); path != "" {
					seen[path] = true
				}
			}
		}
	}
	for _, v := range ui.Views() {
		var of []string
		for _, a := range v.Args[:len(v.Args)-v.Optional] {
			of = append(of, args[a])
		}
		d.App.Open(v.Name, of...)
		d.WaitUntilGone("Reading from")
		d.PressBusy("x")
		collect(v.Name + " x")
		leave(d)
		for _, k := range d.App.Keys() {
			// Forms and plans are looked at; nothing is confirmed, and no broker is touched.
			if k.Off != "" || k.Quiet || v.Name == "brokers" || !slices.Contains([]string{"n", "o", "e", "p", "a", "ctrl-d", "shift-c"}, k.Name) {
				continue
			}
			d.PressBusy(k.Name)
			if k.Label == "produce" {
				d.WaitFor("Produce to topic")
			}
			if v.Name == "quotas" {
				d.PressBusy("down")
				d.TypeBusy("app")
			}
			collect(v.Name + " " + k.Name)
			if !leave(d) {
				d.App.Open(v.Name, of...) // it was a page
			}
		}
	}
	for _, want := range offered {
		if !seen[want] {
			t.Errorf("nothing in the console offers kconsole %s", want)
		}
	}
	t.Logf("%d different commands", len(seen))
}

// leave closes what lies over the page; false: nothing does.
func leave(d *uitest.Driver) (left bool) {
	for strings.Contains(d.Line(-1), "esc close") || strings.Contains(d.Line(-1), "esc cancel") || strings.Contains(d.Line(-1), "esc leave it") {
		d.PressBusy("esc")
		left = true
	}
	return left
}

// parsed has the command line parse a line without running it, and returns
// which command it is.
func parsed(t *testing.T, where, line string) string {
	t.Helper()
	words := shellWords(line)
	root := (&app{}).root()
	cmd, rest, err := root.Find(words)
	if err != nil {
		t.Errorf("%s: kconsole %s: %v", where, line, err)
		return ""
	}
	if err := cmd.ParseFlags(rest); err != nil {
		t.Errorf("%s: kconsole %s: %v", where, line, err)
		return ""
	}
	if err := cmd.ValidateArgs(cmd.Flags().Args()); err != nil && !strings.Contains(line, "''") { // a form that is not filled yet
		t.Errorf("%s: kconsole %s: %v", where, line, err)
	}
	path := strings.TrimPrefix(cmd.CommandPath(), "kconsole ")
	if args := cmd.Flags().Args(); path == "access" && strings.HasSuffix(where, " x") { // forms are not filled yet
		if _, err := accessRequests(args[0], args[1], args[2:], ""); err != nil {
			t.Errorf("%s: kconsole %s: %v", where, line, err)
		}
	}
	if path == "delete acl" && strings.HasSuffix(where, " x") {
		if got, err := cmd.Flags().GetStringArray("principal"); err != nil || !slices.Equal(got, []string{distinguished}) {
			t.Errorf("%s: kconsole %s: principals %q, %v", where, line, got, err)
		}
	}
	return path
}

var shellWord = regexp.MustCompile(`('[^']*'|\\.|[^\s'\\])+`)

// shellWords splits a line as a shell does, as far as the console quotes.
func shellWords(line string) []string {
	words := shellWord.FindAllString(line, -1)
	for i, w := range words {
		words[i] = regexp.MustCompile(`'([^']*)'|\\(.)`).ReplaceAllString(w, "$1$2")
		if w == "N" { // a number that only the person knows
			words[i] = "1"
		}
	}
	return words
}

// distinguished is a principal that a shell, and a list of flags, may read as more
// than one. It is the first of the ACLs.
const distinguished = "User:CN=it's me, OU=shop,O=x"

// seedForCommands makes something of everything that has commands.
func seedForCommands(t *testing.T, c *kafkatest.Cluster, topic string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	var at kadm.Offsets
	at.AddOffset(topic, 0, 0, -1)
	if err := c.Admin(t).CommitAllOffsets(ctx, "billing", at); err != nil {
		t.Fatal(err)
	}
	for _, schema := range []string{`{"type":"record","name":"O","fields":[]}`, `{"type":"record","name":"O","fields":[{"name":"a","type":"string","default":""}]}`} {
		if _, err := c.Registry(t).CreateSchema(ctx, topic+"-value", sr.Schema{Schema: schema}); err != nil {
			t.Fatal(err)
		}
	}
	cluster, err := kafka.Connect(c.Config)
	if err != nil {
		t.Fatal(err)
	}
	defer cluster.Close()
	admin, err := cluster.Admin()
	if err != nil {
		t.Fatal(err)
	}
	user := "app"
	plans := []func() (*kafka.Plan, error){
		func() (*kafka.Plan, error) {
			return admin.CreateACLs(ctx, kafka.ACL{Principal: distinguished, Host: "*", ResourceType: "TOPIC", Resource: topic, Pattern: "LITERAL", Operation: "READ", Permission: "ALLOW"})
		},
		func() (*kafka.Plan, error) {
			return admin.AlterQuotas(ctx, kafka.QuotaEntity{User: &user}, map[string]float64{"producer_byte_rate": 1e6}, nil)
		},
	}
	for _, plan := range plans {
		p, err := plan()
		if err == nil {
			_, err = p.Apply(ctx)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}
