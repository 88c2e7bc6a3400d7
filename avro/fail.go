package avro

import (
	"bytes"
	"strconv"
)

// maxPath bounds the length of an error's path: recursion may be deep.
const maxPath = 400

// fail makes the error of a step that failed, and closes what was written
// before it so that it is valid JSON. dst ends where the step began to write.
func (p *program) fail(dst []byte, start int, data []byte, at int, o *op, stack []frame, why fault) ([]byte, int, error) {
	e := &DecodeError{Problem: why.problem, Offset: at, Detail: why.detail()}
	if o.typ != nil {
		e.Expected = clip(o.typ.Describe(), 120)
	}
	e.Path = p.path(data, o.scope, stack)
	if o.code == opConflict {
		e.Detail, e.Expected = o.typ.Doc, ""
	}
	dst = append(dst, o.lit[:o.keep]...)
	dst = p.closeOpen(dst, start, o.scope, stack)
	return dst, at, e
}

// closeOpen drops what dangles at the end of dst (a name without its value, a
// comma) and closes every object and array that is open.
func (p *program) closeOpen(dst []byte, start int, s *scope, stack []frame) []byte {
	dangling := func(c byte) bool { return len(dst) > start && dst[len(dst)-1] == c }
	top := len(stack) - 1
	for {
		for s == nil { // the outermost value of a called record: go on at the call
			if top < 0 {
				return dst
			}
			s = p.ops[stack[top].pc-1].scope
			top--
		}
		if s.quiet {
			if s.kind == inItem || s.kind == inValue {
				top--
			}
			s = s.outer
			continue
		}
		if dangling(':') {
			switch s.kind {
			case inField:
				dst = dst[:len(dst)-1-len(quoteJSON(s.name))]
			case inValue:
				dst = dst[:stack[top].mark]
			}
		}
		if dangling(',') {
			dst = dst[:len(dst)-1]
		}
		if len(dst) > start {
			if s.kind == inItem {
				dst = append(dst, ']')
			} else {
				dst = append(dst, '}')
			}
		}
		if s.kind == inItem || s.kind == inValue {
			top--
		}
		s = s.outer
	}
}

// path names the place of a scope, outermost first.
func (p *program) path(data []byte, s *scope, stack []frame) string {
	var parts []string // innermost first
	top, total := len(stack)-1, 0
	for total < maxPath {
		for s == nil && top >= 0 {
			s = p.ops[stack[top].pc-1].scope
			top--
		}
		if s == nil {
			break
		}
		part := ""
		switch s.kind {
		case inField:
			part = "." + clip(s.name, 100)
		case inItem:
			part = "[" + strconv.FormatInt(stack[top].done, 10) + "]"
			top--
		case inValue:
			part = "[" + keyAt(data, stack[top].key) + "]"
			top--
		}
		if part != "" {
			parts = append(parts, part)
			total += len(part)
		}
		s = s.outer
	}
	var b bytes.Buffer
	if s != nil {
		b.WriteString("...")
	}
	for i := len(parts) - 1; i >= 0; i-- {
		b.WriteString(parts[i])
	}
	return string(bytes.TrimPrefix(b.Bytes(), []byte(".")))
}

// keyAt quotes the map key whose length stands at pos.
func keyAt(data []byte, pos int) string {
	n, pos := varint(data, pos)
	if pos < 0 || uint64(n) > uint64(len(data)-pos) {
		return "?"
	}
	return quoteJSON(clip(string(data[pos:pos+int(n)]), 60))
}
