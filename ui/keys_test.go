package ui_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"kconsole/ui"
	"kconsole/ui/page"
	"kconsole/ui/uitest"
)

// calls open views that need to be told what to open.
var calls = map[string]string{
	"topic": "topic orders.enriched", "tail": "tail orders", "group": "group billing", "members": "members billing", "groupconfigs": "groupconfigs billing", "groupchart": "groupchart billing", "topicchart": "topicchart orders", "topicacls": "topicacls orders.enriched", "topicschemas": "topicschemas orders", "compat": "compat orders-value", "uses": "uses orders-value",
	"subject": "subject orders-value", "schema": "schema orders-value 3", "diff": "diff orders-value 3", "broker": "broker 1", "logs": "logs 1",
	"configs": "configs orders", "consumers": "consumers orders", "producers": "producers orders",
}

func call(t *testing.T, v page.View) string {
	t.Helper()
	if c, ok := calls[v.Name]; ok {
		return c
	}
	if len(v.Args) > v.Optional {
		t.Fatalf("say in calls how to open view %s", v.Name)
	}
	return v.Name
}

// TestNamesAndKeysAreUnambiguous: no two views answer to one name, no two
// actions of a screen to one key.
func TestNamesAndKeysAreUnambiguous(t *testing.T) {
	names := map[string]string{"q": "quit", "quit": "quit", "exit": "quit", "help": "help", "h": "help", "ctx": "context", "context": "context"}
	for _, v := range ui.Views() {
		for _, n := range append([]string{v.Name}, v.Aliases...) {
			if other, taken := names[n]; taken {
				t.Errorf("%q is %s and %s", n, other, v.Name)
			}
			names[n] = v.Name
		}
		if v.Doc == "" || !strings.HasSuffix(v.Doc, ".") {
			t.Errorf("view %s has no sentence about it: %q", v.Name, v.Doc)
		}
		if v.Parent != "" && !slices.ContainsFunc(ui.Views(), func(p page.View) bool { return p.Name == v.Parent }) {
			t.Errorf("view %s lies under %q, which there is not", v.Name, v.Parent)
		}
	}
}

// TestEveryKeyIsInHelp opens each view and compares what it can do with what
// help says, and looks for keys with two meanings.
func TestEveryKeyIsInHelp(t *testing.T) {
	for _, v := range ui.Views() {
		t.Run(v.Name, func(t *testing.T) {
			d := uitest.Start(t, uitest.Options{Width: 160, Height: 120, View: call(t, v)})
			d.Publish(uitest.Snapshot())
			keys := d.App.Keys()
			if len(keys) == 0 {
				t.Fatal("nothing can be done here")
			}
			hints := d.Line(-1)
			d.Press("?")
			help := d.Text()
			var seen []string
			for _, k := range keys {
				if slices.Contains(seen, k.Name) || slices.Contains(page.GlobalKeys, k.Name) {
					t.Errorf("key %s does two things", k.Name)
				}
				seen = append(seen, k.Name)
				text := k.Help
				if text == "" {
					text = k.Label
				}
				if !strings.Contains(help, k.Name) || !strings.Contains(help, text) {
					t.Errorf("help does not say %q of key %s", text, k.Name)
				}
				if !k.Quiet && k.Off == "" && !strings.Contains(hints, k.Name+" "+k.Label) {
					t.Errorf("the bottom line does not show key %s: %s", k.Name, hints)
				}
			}
			for _, k := range v.Keys {
				if !slices.Contains(seen, k.Name) {
					t.Errorf("the view announces key %s, the page does not have it", k.Name)
				}
			}
		})
	}
}

// TestEveryKeyIsInTheDocs keeps docs/keys.md, which is made here, as the screens
// are: each view with all of its keys.
func TestEveryKeyIsInTheDocs(t *testing.T) {
	var b strings.Builder
	b.WriteString("# Keys of the console\n\nThis page is made from the screens themselves by `make golden`; a test compares it with them.\n")
	table := func(keys []page.Key) {
		b.WriteString("\n| key | does |\n|---|---|\n")
		for _, k := range keys {
			text := k.Help
			if text == "" {
				text = k.Label + "."
			}
			if k.Danger {
				text += " Asks before it changes anything."
			}
			fmt.Fprintf(&b, "| `%s` | %s |\n", k.Name, strings.ReplaceAll(text, "|", `\|`))
		}
	}
	b.WriteString("\n## Everywhere\n")
	table(ui.GlobalKeys())
	for _, v := range ui.Views() {
		words := []string{":" + v.Name}
		for i, a := range v.Args {
			word := strings.ToUpper(string(a))
			if i >= len(v.Args)-v.Optional {
				word = "[" + word + "]"
			}
			words = append(words, word)
		}
		fmt.Fprintf(&b, "\n## `%s`\n\n%s", strings.Join(words, " "), v.Doc)
		if len(v.Aliases) > 0 {
			fmt.Fprintf(&b, " Also `:%s`.", strings.Join(v.Aliases, "`, `:"))
		}
		b.WriteString("\n")
		d := uitest.Start(t, uitest.Options{View: call(t, v)})
		table(d.App.Keys())
	}
	uitest.GoldenFile(t, "../docs/keys.md", b.String())
}
