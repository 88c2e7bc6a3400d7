package recordfilter

import (
	"bytes"
	"encoding/json"
	"strconv"

	"github.com/expr-lang/expr/ast"
	"github.com/expr-lang/expr/parser"
)

// comparison is an expression of the form value.path == literal, or !=: the one
// that people use most, done without a machine for expressions.
type comparison struct {
	path  path
	not   bool
	text  []byte // of a string
	raw   string // of anything else, as JSON
	whole bool   // raw is a whole number
}

// directOf finds out whether a text is such a comparison.
func directOf(text string, a *analysis) *comparison {
	if len(a.paths) != 1 {
		return nil
	}
	tree, err := parser.Parse(text)
	if err != nil {
		return nil
	}
	n, ok := tree.Node.(*ast.BinaryNode)
	if !ok || n.Operator != "==" && n.Operator != "!=" {
		return nil
	}
	c := &comparison{path: a.paths[0], not: n.Operator == "!="}
	left, right := n.Left, n.Right
	if !isChain(left) {
		left, right = right, left
	}
	if !isChain(left) {
		return nil
	}
	switch lit := right.(type) {
	case *ast.StringNode:
		c.text = []byte(lit.Value)
	case *ast.IntegerNode:
		c.raw, c.whole = strconv.Itoa(lit.Value), true
	case *ast.BoolNode:
		c.raw = strconv.FormatBool(lit.Value)
	case *ast.NilNode:
		c.raw = "null"
	default:
		return nil
	}
	return c
}

// isChain tells whether a node is value.a.b and nothing else.
func isChain(n ast.Node) bool {
	if chain, ok := n.(*ast.ChainNode); ok {
		n = chain.Node
	}
	m, ok := n.(*ast.MemberNode)
	for ok && !m.Method {
		if id, is := m.Node.(*ast.IdentifierNode); is {
			return id.Value == "value"
		}
		m, ok = m.Node.(*ast.MemberNode)
	}
	return false
}

// holds compares with the JSON of the field; nothing stands for one that is not
// there.
func (c *comparison) holds(field []byte) bool {
	return c.equal(field) != c.not
}

func (c *comparison) equal(field []byte) bool {
	if len(field) == 0 {
		return c.raw == "null"
	}
	if c.text == nil {
		if string(field) == c.raw {
			return true
		}
		if !c.whole || field[0] == '"' {
			return false
		}
		f, err := strconv.ParseFloat(string(field), 64)
		want, _ := strconv.ParseFloat(c.raw, 64)
		return err == nil && f == want && bytes.ContainsAny(field, ".eE")
	}
	if len(field) < 2 || field[0] != '"' {
		return false
	}
	if bytes.IndexByte(field, '\\') < 0 {
		return bytes.Equal(field[1:len(field)-1], c.text)
	}
	var s string
	return json.Unmarshal(field, &s) == nil && s == string(c.text)
}
