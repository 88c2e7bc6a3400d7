package labs

import (
	"strconv"
	"strings"
	"testing"
	"testing/fstest"

	"kconsole/kafka/config"
)

// good is a lab.yaml without a mistake; the tests change one thing at a time.
const good = `id: "77"
title: A lab for tests
summary: One line.
minutes: 5
steps:
  - id: first
    title: The first step
    minutes: 2
    text: Create {{topic "t"}} on {{brokers}}.
    needs: [registry]
    hints:
      screen: "here"
      command: "this"
  - id: second
    title: The second step
    minutes: 3
    hold: 30s
    text: |
      Wait.
    hints: {screen: here, command: this}
  - id: third
    title: In PHP
    minutes: 9
    php: true
    text: More.
    hints: {screen: here, command: this}
`

const goodWalkthrough = `id: w77
kind: walkthrough
title: A walkthrough for tests
summary: One line.
minutes: 5
ticket: Nothing works since {{nonce}}.
hold: 30s
hints: {screen: here, command: this}
cause:
  prompt: What was it?
  choices:
    - {text: the one, why: it is, right: true}
    - {text: the other, why: it is not}
    - {text: a third, why: neither}
explanation: It was {{topic "t"}}.
`

func try(t *testing.T, folder, yaml, concepts string) (*Lab, error) {
	t.Helper()
	return Load(fstest.MapFS{
		folder + "/lab.yaml":    {Data: []byte(yaml)},
		folder + "/concepts.md": {Data: []byte(concepts)},
	}, folder)
}

const screens = "# One\n\n```\n a\n---\n b\n```\n\n---\n\n# Two\n"

func TestLoad(t *testing.T) {
	l, err := try(t, "77-for-tests", good, screens)
	if err != nil {
		t.Fatal(err)
	}
	if l.Kind != Guided || len(l.Steps) != 3 || l.Required() != 2 || l.Name != "for-tests" {
		t.Errorf("loaded %+v", l)
	}
	if len(l.Concepts) != 2 || !strings.Contains(l.Concepts[0], "a\n---\n b") {
		t.Errorf("screens %q: a line of dashes in a fenced block parts nothing", l.Concepts)
	}
	cl := config.Cluster{Brokers: []string{"a:1", "b:2"}}
	if got, err := l.Render(l.Steps[0].Text, "n", cl); err != nil || got != "Create lab.77.t on a:1,b:2." {
		t.Errorf("rendered %q, %v", got, err)
	}
	w, err := try(t, "w77-broken", goodWalkthrough, screens)
	if err != nil {
		t.Fatal(err)
	}
	if len(w.Steps) != 2 || w.Steps[0].ID != Repair || w.Steps[0].Hold.Seconds() != 30 || w.Steps[1].Question == nil {
		t.Errorf("walkthrough %+v", w.Steps)
	}
	q, err := w.Steps[1].Question(t.Context(), &Env{Nonce: "x"})
	if err != nil || q.Answer != "the one" || len(q.Choices) != 3 {
		t.Fatalf("question %+v, %v", q, err)
	}
	if ok, why := q.Accept("THE OTHER"); ok || why != "it is not" {
		t.Errorf("wrong answer: %v, %s", ok, why)
	}
	if ok, why := q.Accept("the one"); !ok || why != "it is" {
		t.Errorf("right answer: %v, %s", ok, why)
	}
	for i, c := range q.Choices { // they are shown with numbers
		if ok, _ := q.Accept(strconv.Itoa(i + 1)); ok != (c == q.Answer) {
			t.Errorf("answer %d, %s: %v", i+1, c, ok)
		}
	}
	if ok, _ := q.Accept("0"); ok {
		t.Error("choice 0 is right")
	}
}

func TestLoadSaysWhereTheMistakeIs(t *testing.T) {
	for name, c := range map[string]struct {
		walkthrough bool
		from, to    string
		want        string
	}{
		"unknown key":       {false, "    minutes: 2", "    minuts: 2", `lab.yaml:8: unknown field "minuts"; did you mean "minutes"?`},
		"wrong type":        {false, "    minutes: 2", "    minutes: soon", "lab.yaml:8: "},
		"not YAML":          {false, "steps:", "steps: [", "lab.yaml:"},
		"other id":          {false, `id: "77"`, `id: "78"`, `lab.yaml:1: id is "78", but the folder says "77"`},
		"kind":              {false, "minutes: 5", "minutes: 5\nkind: hard", `lab.yaml:5: kind is "hard"`},
		"step id":           {false, "id: first", "id: First Step", `lab.yaml:6: "First Step" is no id`},
		"same step":         {false, "id: second", "id: first", "lab.yaml:14: there are two steps first"},
		"capability":        {false, "[registry]", "[registry, magic]", `lab.yaml:10: no stack has a capability "magic"`},
		"hold":              {false, "hold: 30s", "hold: 30", `lab.yaml:17: hold is "30"`},
		"no hints":          {false, "    hints: {screen: here, command: this}\n  - id: third", "  - id: third", "step second needs two hints"},
		"PHP comes last":    {false, "    needs: [registry]", "    php: true", "lab.yaml:14: the steps in PHP come last: second cannot follow first"},
		"minutes":           {false, "minutes: 5", "minutes: 4", "lab.yaml:4: the steps take 5 minutes together, the lab says 4"},
		"placeholder":       {false, `{{topic "t"}}`, `{{topik "t"}}`, `lab.yaml:9: `},
		"ticket":            {false, "minutes: 5", "minutes: 5\nticket: x", "belong to a walkthrough"},
		"no summary":        {false, "summary: One line.", "summary: \"\"", "lab.yaml:3: summary has to be one line"},
		"two right":         {true, "why: neither", "why: neither, right: true", "lab.yaml:12: there are 3 choices and 2 of them are right"},
		"choice without":    {true, ", why: neither", "", "each choice has a text, and a why"},
		"short hold":        {true, "hold: 30s", "hold: 1s", "lab.yaml:7: hold says how long"},
		"no ticket":         {true, "ticket: Nothing works since {{nonce}}.", "", "ticket is missing"},
		"no explanation":    {true, `explanation: It was {{topic "t"}}.`, "", "explanation is missing"},
		"walkthrough steps": {true, "minutes: 5", "minutes: 5\nsteps: [{id: a}]", "a walkthrough has no steps"},
	} {
		t.Run(name, func(t *testing.T) {
			folder, text := "77-for-tests", good
			if c.walkthrough {
				folder, text = "w77-broken", goodWalkthrough
			}
			changed := strings.Replace(text, c.from, c.to, 1)
			if changed == text {
				t.Fatal("the test changes nothing")
			}
			_, err := try(t, folder, changed, screens)
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("error %v does not say %q", err, c.want)
			}
			if err != nil && strings.Contains(err.Error(), "\n") {
				t.Errorf("the error has several lines: %q", err)
			}
		})
	}
}

func TestLoadConcepts(t *testing.T) {
	for text, want := range map[string]string{
		"":                   "concepts.md: holds no text",
		"# One\n```\nopen\n": "concepts.md: a fenced block is not closed",
	} {
		if _, err := try(t, "77-for-tests", good, text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error %v does not say %q", text, err, want)
		}
	}
}

func TestFolders(t *testing.T) {
	file := &fstest.MapFile{Data: []byte("x")}
	got, err := Folders(fstest.MapFS{"02-b/lab.yaml": file, "01-a/lab.yaml": file, "w01-c/lab.yaml": file, "03-draft/concepts.md": file})
	if err != nil || strings.Join(got, " ") != "01-a 02-b w01-c" {
		t.Errorf("folders %v, %v", got, err)
	}
	for _, bad := range []string{"2-b/lab.yaml", "Lab/lab.yaml", "README.md"} {
		if _, err := Folders(fstest.MapFS{bad: file}); err == nil {
			t.Errorf("%s is taken for a lab", bad)
		}
	}
}
