package e2e

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestTenJourneys does by keys what people open the console for, reading
// nothing but the screen. They share one lab and one terminal, in this order.
func TestTenJourneys(t *testing.T) {
	dir := labDir(t)
	conf := filepath.Join(dir, "lab.yaml")
	kconsole(t, "lab", "up", "--detach", "--dir", dir)
	t.Cleanup(func() { kconsole(t, "lab", "down", "--dir", dir) })
	kconsole(t, "create", "topic", "journeys.payments", "--partitions", "3", "--yes", "--config", conf)
	kconsole(t, "reset-offsets", "archive", "--topic", "orders", "--to", "start", "--yes", "--config", conf)

	// An editor that adds a field at the end of a schema.
	editor := filepath.Join(dir, "editor.sh")
	script := "#!/bin/sh\nsed -i '$d' \"$1\" && sed -i '$d' \"$1\" && echo ', {\"name\":\"gift\",\"type\":\"boolean\",\"default\":false}]}' >> \"$1\"\n"
	if err := os.WriteFile(editor, []byte(script), 0o700); err != nil { //nolint:gosec // it is to be run
		t.Fatal(err)
	}
	env := []string{"EDITOR=" + editor, "VISUAL=", "XDG_CONFIG_HOME=" + dir, "XDG_STATE_HOME=" + dir}
	term := openTerminal(t, 130, 40, env, binary+" --config "+conf)
	term.waitFor("3/3 brokers", "orders", "journeys.payments")
	to := func(view string) {
		term.keys(":")
		term.write(view)
		term.keys("Enter")
	}
	journey := func(name string, run func(t *testing.T)) {
		if !t.Run(name, func(t *testing.T) { term.t = t; run(t) }) {
			t.FailNow() // the next begin where this one should have ended
		}
		term.t = t
	}

	journey("find a topic", func(*testing.T) {
		term.keys("/")
		term.write("order")
		term.waitUntil("only orders", func(s string) bool {
			return strings.Contains(s, " orders ") && !strings.Contains(s, "journeys.payments")
		})
		term.keys("Enter")
		term.waitFor("/order")
	})
	journey("tail it", func(*testing.T) {
		term.keys("l")
		term.waitFor(`{"id":"o-`, "following", "seen")
	})
	journey("filter it", func(*testing.T) {
		term.keys("s", "C-u")
		term.write("start")
		term.keys("Enter")
		term.waitFor("from start")
		term.keys("/")
		term.write(`value.id == "o-88003"`)
		term.keys("Enter")
		term.waitUntil("one record", func(s string) bool {
			return strings.Contains(s, "1 match") && strings.Count(s, `{"id":"o-`) == 1 && strings.Contains(s, `{"id":"o-88003"`)
		})
	})
	journey("inspect a record's bytes", func(*testing.T) {
		term.keys("Enter")
		term.waitFor("orders-value v1", `"customer": {`)
		term.keys("b")
		term.waitFor("magic 0: Confluent wire format", "schema id", `"o-88003"`)
		term.keys("Escape")
		term.waitFor(`"customer": {`) // or the terminal takes Escape and the next key for one
	})
	journey("produce by form", func(*testing.T) {
		to("topics /journeys")
		term.waitFor(" journeys.payments ", "(1 of")
		term.keys("p")
		term.waitFor("Produce to topic journeys.payments")
		term.write("p-1")
		term.keys("Down", "Down")
		term.write(`{"amount":5}`)
		term.keys("Enter")
		term.waitFor("Produce one record to topic journeys.payments", "p-1")
		term.keys("Enter")
		term.waitFor("done: produce one record", "offset 0)")
		term.keys("l")
		term.waitFor("p-1", `{"amount":5}`)
	})
	journey("see lag", func(*testing.T) {
		to("group archive")
		term.waitFor("classic group", "Empty", "COMMITTED", " orders ")
		term.waitUntil("a lag above 0", func(s string) bool { return strings.Contains(s, " lag ") && !strings.Contains(s, " lag 0") })
	})
	journey("reset a group", func(*testing.T) {
		term.keys("o")
		term.waitFor("Reset the offsets of group archive")
		term.keys("Right")
		term.waitFor("‹ end ›")
		term.keys("Enter")
		term.waitFor("enter apply", "→")
		term.keys("Enter")
		term.waitFor("done: reset")
		// New orders come all the time: nearly nothing is left of the lag.
		out := kconsole(t, "describe", "group", "archive", "--config", conf)
		if !strings.Contains(out, "orders") {
			t.Errorf("the group has lost its offsets:\n%s", out)
		}
	})
	journey("give a user least access", func(t *testing.T) {
		to("acls")
		term.waitFor("ACLs")
		term.keys("n")
		term.waitFor("Give access")
		term.write("reporting")
		term.keys("Down")
		term.waitFor("‹ consumer ›")
		term.keys("Down")
		term.write("orders")
		term.keys("Down")
		term.write("reporting")
		term.waitFor("kconsole create acl --principal User:reporting --preset consumer --topic orders --group reporting")
		term.keys("Enter")
		term.waitFor("enter apply")
		term.keys("Enter")
		term.waitFor("done: ", "User:reporting")
		for operation, want := range map[string]string{"READ": "allowed", "WRITE": "denied"} {
			if out := access(t, conf, operation); !strings.Contains(out, want) {
				t.Errorf("%s is not %s: %s", operation, want, out)
			}
		}
	})
	journey("evolve a schema", func(t *testing.T) {
		to("subjects /orders-value")
		term.waitFor(" orders-value ", "(1 of")
		term.keys("n")
		term.waitFor("New version of subject orders-value")
		term.keys("C-o")
		term.waitFor(`"gift"`)
		term.keys("Enter")
		term.waitFor("version 2", "enter apply")
		term.keys("Enter")
		term.waitFor("done: register orders-value version 2")
		term.keys("Enter")
		term.waitFor("versions", "2")
		if out := kconsole(t, "get", "schemas", "orders-value", "-o", "json", "--config", conf); !strings.Contains(out, "gift") {
			t.Errorf("the registry has no version with the new field: %s", out)
		}
	})
	journey("stop a broker and watch", func(*testing.T) {
		to("brokers")
		term.waitFor("Brokers (3)")
		term.keys("End", "s")
		term.waitFor("stopped", "2/3 brokers")
		to("events")
		term.waitFor("broker 3", "left")
		to("brokers")
		term.waitFor("Brokers (3)", "stopped")
		term.keys("End", "S")
		term.waitFor("3/3 brokers")
	})

	to("q")
	term.waitFor("[exit 0]")
}

// access asks the command line whether the user of the journey may do something
// with the orders. Denied is an exit code of its own.
func access(t *testing.T, conf, operation string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	out, _ := exec.CommandContext(ctx, binary, "access", "reporting", operation, "topic:orders", "--config", conf).CombinedOutput()
	return string(out)
}
