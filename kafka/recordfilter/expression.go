package recordfilter

import (
	"fmt"
	"reflect"
	"strings"
	"time"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/vm"
)

// Bounds of what an expression may cost, whatever a record holds.
const (
	maxNodes = 500
	maxSteps = 1 << 18 // evaluations of predicates per record
	maxPaths = 6       // single fields that are looked up without decoding the rest
)

// expression is a compiled expression.
type expression struct {
	program *vm.Program
	uses    map[string]bool // names in it
	paths   []path          // what it reads of the value; nil: it needs the whole value
	direct  *comparison     // set if it is nothing but value.path == literal
}

// names are what an expression can ask for, functions what it can call.
var (
	names = []string{
		"key", "has_key", "key_value", "value", "tombstone", "text", "headers", "header_list", "topic", "partition",
		"offset", "timestamp", "size", "key_size", "schema", "error",
	}
	functions = []string{
		"ago", "all", "any", "none", "one", "filter", "map", "find", "count", "sum", "len", "type", "abs", "ceil", "floor",
		"round", "int", "float", "string", "trim", "upper", "lower", "indexOf", "hasPrefix", "hasSuffix", "max", "min",
		"now", "date", "duration", "first", "last", "keys", "values",
	}
)

// parseExpression compiles an expression. The positions of errors are those of
// the text as it was typed.
func parseExpression(text string) (*Filter, error) {
	// Without our changes to the tree first: they would hide what is wrong.
	options := baseOptions()
	if _, err := expr.Compile(text, options...); err != nil {
		return nil, explain(text, err)
	}
	a := &analysis{text: text, uses: map[string]bool{}, chains: map[ast.Node]path{}}
	program, err := expr.Compile(text, append(options, expr.Patch(a), expr.Patch((*patch)(a)))...)
	if a.err != nil {
		return nil, a.err
	}
	if err != nil {
		return nil, explain(text, err)
	}
	e := &expression{program: program, uses: a.uses, paths: a.paths}
	if a.paths == nil {
		e.uses["value"] = a.whole
	}
	e.direct = directOf(text, a)
	return &Filter{text: text, expr: e}, nil
}

func baseOptions() []expr.Option {
	options := []expr.Option{expr.Env(&environment{}), expr.AsBool(), expr.MaxNodes(maxNodes), expr.DisableAllBuiltins(), ago}
	for _, name := range functions {
		if name != "ago" {
			options = append(options, expr.EnableBuiltin(name))
		}
	}
	return options
}

// ago is a moment in the past.
var ago = expr.Function("ago", func(args ...any) (any, error) {
	text, _ := args[0].(string)
	d, err := parseDuration(text)
	return time.Now().Add(-d), err
}, new(func(string) time.Time))

// parseDuration reads what time.ParseDuration does, and days.
func parseDuration(text string) (time.Duration, error) {
	if days, ok := strings.CutSuffix(text, "d"); ok {
		var n float64
		if _, err := fmt.Sscanf(days, "%g", &n); err == nil {
			return time.Duration(n * float64(24*time.Hour)), nil
		}
	}
	return time.ParseDuration(text)
}

// analysis walks an expression, finds what it reads, and refuses what could cost
// more than a record is worth.
type analysis struct {
	text   string
	uses   map[string]bool
	chains map[ast.Node]path // value.a.b and the like, the longest ones
	whole  bool              // value is used as a whole somewhere
	paths  []path
	done   bool
	err    error
}

// Visit sees the leaves of a tree first.
func (a *analysis) Visit(node *ast.Node) {
	switch n := (*node).(type) {
	case *ast.IdentifierNode:
		if strings.HasPrefix(n.Value, "__") {
			a.fail(n.Location(), "unknown name "+n.Value)
		}
		a.uses[n.Value] = true
		if n.Value == "value" {
			a.chains[n] = path{}
		}
	case *ast.MemberNode:
		before, ok := a.chains[n.Node]
		if !ok {
			return
		}
		if next, ok := before.step(n.Property); ok {
			delete(a.chains, n.Node)
			a.chains[n] = next
		}
	case *ast.BinaryNode:
		switch n.Operator {
		case "..":
			a.fail(n.Location(), n.Operator+" is not possible in a filter")
		case "matches":
			if _, ok := n.Right.(*ast.StringNode); !ok {
				a.fail(n.Right.Location(), "the pattern of matches must stand here as a text")
			}
		}
	case *ast.CallNode:
		if callee, ok := n.Callee.(*ast.MemberNode); ok && callee.Node.Type() != reflect.TypeFor[time.Time]() {
			a.fail(n.Location(), "only times have methods")
		}
	}
}

func (a *analysis) fail(at file.Location, why string) {
	if a.err == nil {
		a.err = &Error{Filter: a.text, Column: at.From + 1, Length: at.To - at.From, Why: why}
	}
}

// finish numbers the paths once the tree has been seen.
func (a *analysis) finish() {
	if a.done {
		return
	}
	a.done = true
	seen := map[string]bool{}
	for _, p := range a.chains {
		if len(p) == 0 {
			a.whole = true
		}
		if !seen[p.String()] {
			seen[p.String()] = true
			a.paths = append(a.paths, p)
		}
	}
	if a.whole || len(a.paths) > maxPaths {
		a.whole, a.paths = true, nil
	}
}

// index is the number of a path.
func (a *analysis) index(of path) int {
	for i, p := range a.paths {
		if p.String() == of.String() {
			return i
		}
	}
	return -1
}

// patch changes a tree that has been looked at: fields of the value come from
// where they were looked up, fields that are not there are nil, and the work of
// predicates is counted.
type patch analysis

// Visit sees the leaves of a tree first.
func (p *patch) Visit(node *ast.Node) {
	a := (*analysis)(p)
	a.finish()
	if chain, ok := a.chains[*node]; ok && a.paths != nil {
		ast.Patch(node, &ast.MemberNode{Node: &ast.IdentifierNode{Value: "__paths"}, Property: &ast.IntegerNode{Value: a.index(chain)}})
		return
	}
	switch n := (*node).(type) {
	case *ast.MemberNode:
		if id, ok := n.Node.(*ast.IdentifierNode); ok && id.Value == "__paths" || n.Method || n.Optional {
			return
		}
		if n.Node.Type().Kind() == reflect.Interface {
			ast.Patch(node, &ast.ChainNode{Node: &ast.MemberNode{Node: n.Node, Property: n.Property, Optional: true}})
		}
	case *ast.PredicateNode:
		n.Node = &ast.CallNode{Callee: &ast.IdentifierNode{Value: "__step"}, Arguments: []ast.Node{n.Node}}
	}
}
