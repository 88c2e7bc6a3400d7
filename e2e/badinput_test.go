package e2e

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"kconsole/compose/labdir"
	"kconsole/kafka/config"
)

// quietLab is an embedded lab without sample events, and how to connect to it.
func quietLab(t *testing.T) (dir string, cl config.Cluster) {
	t.Helper()
	dir = labDir(t)
	kconsole(t, "lab", "up", "--detach", "--no-events", "--dir", dir)
	t.Cleanup(func() { kconsole(t, "lab", "down", "--dir", dir) })
	conf, err := config.Load(filepath.Join(dir, labdir.ConfigFile))
	if err != nil {
		t.Fatal(err)
	}
	if cl, err = conf.Cluster("lab"); err != nil {
		t.Fatal(err)
	}
	return dir, cl
}

// produce writes values to one partition of a new topic, in order.
func produce(t *testing.T, cl config.Cluster, topic string, values ...[]byte) {
	t.Helper()
	opts, err := config.KgoOptions(cl)
	if err != nil {
		t.Fatal(err)
	}
	client, err := kgo.NewClient(opts...)
	if err != nil {
		t.Fatal(err)
	}
	defer client.Close()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if _, err := kadm.NewClient(client).CreateTopic(ctx, 1, 3, nil, topic); err != nil {
		t.Fatal(err)
	}
	for _, v := range values {
		if err := client.ProduceSync(ctx, &kgo.Record{Topic: topic, Value: v}).FirstErr(); err != nil {
			t.Fatal(err)
		}
	}
}

// leave quits the console and checks that it ended well.
func leave(term *terminal) {
	term.t.Helper()
	term.keys(":")
	term.write("q")
	term.keys("Enter")
	term.waitFor("[exit 0]")
}

// Each record yields one line, also those that cannot be decoded, and the
// console shows them and goes on.
func TestBadRecords(t *testing.T) {
	dir, cl := quietLab(t)
	conf := filepath.Join(dir, labdir.ConfigFile)
	produce(t, cl, "odd",
		[]byte{0, 0, 0, 3, 231, 2, 4},       // schema 999 was never registered
		[]byte("no magic byte, plain text"), // not of the registry's format
		[]byte("evil [red]text"),
		nil, // a tombstone
		[]byte("evil \x1b[2J\x1b]0;gotcha\x07"),
		[]byte(`{"fine": "\u001b[2J\u202e"}`),
	)
	records := decoded(t, kconsole(t, "tail", "odd", "--from", "start", "--until", "end", "-o", "jsonl", "--config", conf))
	if len(records) != 6 {
		t.Fatalf("6 records, %d lines", len(records))
	}
	if text := fmt.Sprint(records[0]["error"]); !strings.Contains(text, "999") || records[0]["raw"] == nil {
		t.Errorf("an unknown schema: %v", records[0])
	}
	if records[1]["value"] != "no magic byte, plain text" {
		t.Errorf("plain text: %v", records[1])
	}
	if records[3]["value"] != nil || records[3]["error"] != nil {
		t.Errorf("a tombstone: %v", records[3])
	}

	term := openTerminal(t, 120, 30, nil, binary+" --config "+conf)
	term.waitFor("odd")
	term.keys("/")
	term.write("odd")
	term.keys("Enter")
	term.keys("l")
	term.waitFor("⚠", "999", "no magic byte", "[red]text", `{"fine":`)
	if title := term.tmux("display-message", "-p", "#{pane_title}"); strings.Contains(title, "gotcha") {
		t.Errorf("a record set the title of the terminal: %s", title)
	}
	leave(term)
}

// What goes wrong is said in one line while the console stays usable.
func TestConsoleStaysUsable(t *testing.T) {
	dir, _ := quietLab(t)
	for _, test := range []struct {
		name, change string
		want         []string
	}{
		{"wrong password", "sasl: {mechanism: SCRAM-SHA-512, username: admin, password: wrong-one}", []string{"sign-in", "admin"}},
		{"unknown CA", "tls: {}", []string{"ertificate"}},
		{"wrong host name", "tls: {ca: ca.pem, server_name: kafka.example.com}", []string{"kafka.example.com"}},
		{"nobody there", "brokers: [127.0.0.1:1]", []string{"127.0.0.1:1"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			conf := changed(t, dir, test.change)
			term := openTerminal(t, 120, 30, nil, binary+" --config "+conf)
			screen := term.waitFor(test.want...)
			if strings.Contains(screen, "goroutine") || strings.Contains(screen, "wrong-one") {
				t.Errorf("not for people:\n%s", screen)
			}
			term.keys("?")
			term.waitFor("Help")
			term.keys("Escape")
			term.waitUntil("the help to be closed", func(s string) bool { return !strings.Contains(s, "Help") })
			leave(term)
		})
	}
}

// changed writes a configuration of the lab in dir with one line replaced.
func changed(t *testing.T, dir, line string) string {
	t.Helper()
	conf, err := config.Load(filepath.Join(dir, labdir.ConfigFile))
	if err != nil {
		t.Fatal(err)
	}
	lines := map[string]string{
		"brokers": "brokers: [" + strings.Join(conf.Clusters["lab"].Brokers, ", ") + "]",
		"tls":     "tls: {ca: ca.pem}",
		"sasl":    "sasl: {mechanism: SCRAM-SHA-512, username: admin, password_file: admin.secret}",
	}
	key, _, _ := strings.Cut(line, ":")
	lines[key] = line
	path := filepath.Join(dir, "changed-"+key+".yaml")
	text := "clusters:\n  lab:\n"
	for _, l := range lines {
		text += "    " + l + "\n"
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// A registry that is away costs the decoding, not the records.
func TestRegistryAway(t *testing.T) {
	dir, cl := quietLab(t)
	produce(t, cl, "framed", []byte{0, 0, 0, 0, 1, 2}, []byte(`"later"`))
	conf := filepath.Join(dir, "noregistry.yaml")
	text := fmt.Sprintf(`clusters:
  lab:
    brokers: [%s]
    tls: {ca: ca.pem}
    sasl: {mechanism: SCRAM-SHA-512, username: admin, password_file: admin.secret}
    registry: {url: "https://127.0.0.1:1", ca: ca.pem, username: admin, password_file: admin.secret}
`, strings.Join(cl.Brokers, ", "))
	if err := os.WriteFile(conf, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	records := decoded(t, kconsole(t, "tail", "framed", "--from", "start", "--until", "end", "-o", "jsonl", "--config", conf))
	if len(records) != 2 || !strings.Contains(fmt.Sprint(records[0]["error"]), "127.0.0.1:1") || records[1]["value"] != "later" {
		t.Errorf("%v", records)
	}
	term := openTerminal(t, 120, 30, nil, binary+" --config "+conf+" -c subjects")
	term.waitFor("127.0.0.1:1")
	leave(term)
}

// A stopped broker is seen, and nothing else suffers.
func TestBrokerStopsUnderTheConsole(t *testing.T) {
	dir := labDir(t)
	kconsole(t, "lab", "up", "--detach", "--dir", dir)
	t.Cleanup(func() { kconsole(t, "lab", "down", "--dir", dir) })
	conf := filepath.Join(dir, labdir.ConfigFile)
	term := openTerminal(t, 120, 30, nil, binary+" --config "+conf)
	term.waitFor("3/3 brokers", "orders")
	kconsole(t, "lab", "broker", "stop", "2", "--dir", dir)
	term.waitFor("2/3 brokers")
	term.keys("/")
	term.write("orders")
	term.keys("Enter")
	term.keys("l")
	term.waitFor(`{"id":"o-`, "following")
	kconsole(t, "lab", "broker", "start", "2", "--dir", dir)
	term.waitFor("3/3 brokers")
	leave(term)
}

// A lab whose process is killed under the demo comes back with its data.
func TestDemoSurvivesItsLab(t *testing.T) {
	dir := labDir(t)
	term := openTerminal(t, 120, 30, nil, binary+" demo --dir "+dir)
	term.waitFor("3/3 brokers", "orders")
	term.keys("/")
	term.write("orders")
	term.keys("Enter")
	if out, err := exec.CommandContext(t.Context(), "pkill", "-9", "-f", "lab up --dir "+dir).CombinedOutput(); err != nil {
		t.Fatalf("pkill: %v %s", err, out)
	}
	term.keys("l")
	term.waitUntil("live records again", func(s string) bool {
		return strings.Contains(s, "3/3 brokers") && strings.Contains(s, `{"id":"o-`) && strings.Contains(s, "following")
	})
	leave(term)
}
