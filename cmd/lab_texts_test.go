package cmd

import (
	"regexp"
	"strings"
	"testing"

	"kconsole/kafka/config"
	"kconsole/labs/lessons"
)

// inlineCode is `kconsole ...` within a sentence.
var inlineCode = regexp.MustCompile("`([^`]*)`")

// piped is a command that reads what another one writes.
var piped = regexp.MustCompile("\\| kconsole ([^|;&`\n]*)")

// TestLabsGiveCommandsThatExist: each kconsole command line in the texts and hints of the labs
// is one that the command line takes.
func TestLabsGiveCommandsThatExist(t *testing.T) {
	all, err := lessons.All()
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for _, lab := range all {
		for i := range lab.Steps {
			step := &lab.Steps[i]
			for _, text := range []string{step.Text, step.Screen, step.Command} {
				text, err := lab.Render(text, "nonce", config.Cluster{Brokers: []string{"127.0.0.1:1"}, Registry: &config.Registry{URL: "https://127.0.0.1:2"}, Lab: &config.Lab{Dir: "dir"}})
				if err != nil {
					t.Error(err)
				}
				for _, m := range piped.FindAllStringSubmatch(strings.ReplaceAll(text, "\\\n", " "), -1) {
					cmd, _, err := (&app{}).root().Find(strings.Fields(m[1]))
					if err == nil && cmd.Flags().Lookup("yes") != nil && !strings.Contains(m[1], "--yes") {
						t.Errorf("lab %s, step %s: %q cannot ask, for its input is not the terminal: it needs --yes", lab.ID, step.ID, m[0])
					}
				}
				for _, line := range labCommands(text) {
					seen++
					if cmd, rest, err := (&app{}).root().Find(strings.Fields(line)); err == nil && cmd.Runnable() && len(rest) == 0 {
						continue // only named
					}
					parsed(t, "lab "+lab.ID+", step "+step.ID, line)
				}
			}
		}
	}
	if seen < 50 {
		t.Errorf("found only %d commands", seen)
	}
}

// labCommands are the command lines of kconsole in a text, without what a shell
// does with them. A command that is only named, as in "`kconsole lab run`", is
// looked up like the others and needs no arguments.
func labCommands(text string) (lines []string) {
	add := func(line string) {
		for _, part := range regexp.MustCompile(`[|;&] `).Split(line, -1) {
			args, ok := strings.CutPrefix(strings.TrimSpace(part), "kconsole ")
			if !ok {
				continue
			}
			args, _, _ = strings.Cut(args, " > ")
			args, _, _ = strings.Cut(args, " < ")
			if !strings.Contains(args, "'") {
				args = strings.ReplaceAll(args, `"`, "'")
			}
			lines = append(lines, strings.ReplaceAll(args, " N", " 9"))
		}
	}
	text = strings.ReplaceAll(text, "\\\n", " ")
	block := ""
	for _, line := range strings.Split(text, "\n") {
		if !strings.HasPrefix(line, "    ") {
			block = ""
			continue
		}
		if block += " " + strings.TrimSpace(line); strings.Count(block, "'")%2 == 0 { // else a quoted value goes on
			add(block)
			block = ""
		}
	}
	for _, m := range inlineCode.FindAllStringSubmatch(strings.ReplaceAll(text, "\n", " "), -1) {
		add(m[1])
	}
	return lines
}
