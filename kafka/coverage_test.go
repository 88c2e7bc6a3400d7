package kafka_test

import (
	"context"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"kconsole/kafka"
	"kconsole/kafka/kafkatest"
)

// coverage is the list that says which test runs what on real Kafka.
const coverage = "../docs/kafka-coverage.md"

// TestCoverageIsListed holds the list against the code: each exported read and
// write has its line, and what the line says is so.
func TestCoverageIsListed(t *testing.T) {
	methods := exported(t)
	if len(methods) < 40 {
		t.Fatalf("only %d methods were found", len(methods))
	}
	tests := map[string]string{} // the text of the file that has the test
	for _, pattern := range []string{"*_test.go", "clone/*_test.go"} {
		files, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			for line := range strings.Lines(string(text)) {
				if name, ok := strings.CutPrefix(line, "func Test"); ok {
					name, _, _ = strings.Cut(name, "(")
					tests["Test"+name] = string(text)
				}
			}
		}
	}
	list, err := os.ReadFile(coverage)
	if err != nil {
		t.Fatal(err)
	}
	listed := map[string]bool{}
	for line := range strings.Lines(string(list)) {
		if !strings.HasPrefix(line, "| `") {
			continue
		}
		cells := strings.Split(strings.Trim(line, "| \n"), " | ")
		if len(cells) != 4 {
			t.Errorf("%q has %d cells, want 4", line, len(cells))
			continue
		}
		method, test, tool := strings.Trim(cells[0], "`"), cells[2], cells[3]
		if listed[method] {
			t.Errorf("%s is listed twice", method)
		}
		listed[method] = true
		if !slices.Contains(methods, method) {
			t.Errorf("%s is listed, and does not exist", method)
		}
		text, ok := tests[test]
		_, name, _ := strings.Cut(method, ".")
		why, none := strings.CutPrefix(tool, "none: ")
		switch {
		case !ok:
			t.Errorf("%s: there is no test %s", method, test)
		case !strings.Contains(text, "."+name+"(") && test != "TestRecordsAreTheSame": // there, package clone calls it
			t.Errorf("%s: %s does not call it", method, test)
		case none && len(why) < 10:
			t.Errorf("%s is compared with no tool, and no reason is given", method)
		case !none && !strings.Contains(text, `"`+tool+`"`):
			t.Errorf("%s: %s does not run %s", method, test, tool)
		}
	}
	for _, m := range methods {
		if !listed[m] {
			t.Errorf("%s is not listed in %s", m, coverage)
		}
	}
}

// exported are the methods that ask a cluster something or change it: all of Admin,
// those of Cluster that take a context, and what writes records.
func exported(t *testing.T) (out []string) {
	t.Helper()
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range parsed.Decls {
			f, ok := d.(*ast.FuncDecl)
			if !ok || f.Recv == nil || !f.Name.IsExported() {
				continue
			}
			star, ok := f.Recv.List[0].Type.(*ast.StarExpr)
			if !ok {
				continue
			}
			receiver, ok := star.X.(*ast.Ident)
			if !ok {
				continue
			}
			name := receiver.Name + "." + f.Name.Name
			switch {
			case name == "Cluster.AskBroker": // whatever is asked is another package's
			case receiver.Name == "Admin", receiver.Name == "Cluster" && takesContext(f), name == "Producer.Produce", name == "Producer.Send":
				out = append(out, name)
			}
		}
	}
	return out
}

func takesContext(f *ast.FuncDecl) bool {
	if len(f.Type.Params.List) == 0 {
		return false
	}
	s, ok := f.Type.Params.List[0].Type.(*ast.SelectorExpr)
	return ok && s.Sel.Name == "Context"
}

// TestRealCommittedAndRights: reads that no other test makes on real Kafka.
func TestRealCommittedAndRights(t *testing.T) {
	stack := kafkatest.Real(t)
	c, ctx := connect(t, stack.Config), context.Background()
	topic, group := stack.Topic(t, 2, 3), kafkatest.Name(t)
	produce(t, c, topic, 2, 10)
	consume(t, c, group, topic, 20)
	groups, err := c.Groups(ctx, false)
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Committed(ctx, groups); err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(groups, func(g kafka.Group) bool { return g.ID == group })
	if i < 0 || len(groups[i].Offsets) != 2 || groups[i].Offsets[0].Committed != 10 || groups[i].Offsets[1].Committed != 10 {
		t.Fatalf("%+v", groups)
	}
	out := squeezed(stack.Tool(t, "ConsumerGroupCommand", "--describe", "--group", group))
	says(t, "ConsumerGroupCommand", out, topic+" 0 10 10 0")
	says(t, "ConsumerGroupCommand", out, topic+" 1 10 10 0")

	rights, err := c.OwnRights(ctx)
	if err != nil || !slices.Contains(rights, "ALTER") || !slices.Contains(rights, "CLUSTER_ACTION") {
		t.Errorf("rights of a super user: %v, %v", rights, err)
	}
	if rights, err = connect(t, stack.As(t, "guest")).OwnRights(ctx); err != nil || len(rights) != 0 {
		t.Errorf("rights of guest: %v, %v", rights, err)
	}
	for _, p := range c.Probe(ctx) {
		if !p.OK() || len(p.Steps) < 4 {
			t.Errorf("%+v", p)
		}
	}
}
