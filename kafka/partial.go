package kafka

import (
	"errors"
	"fmt"
)

// partial collects the failures of a call that went on without them. Many rows
// fail for one reason, so it counts and keeps the first of each reason.
type partial struct {
	rows  int
	seen  map[string]struct{}
	errs  []error
	first *Error
}

// add counts rows that could not be read because of err.
func (p *partial) add(rows int, err error) {
	if err == nil {
		return
	}
	p.rows += rows
	if p.seen == nil {
		p.seen = make(map[string]struct{})
	}
	text := err.Error()
	if _, dup := p.seen[text]; dup {
		return
	}
	p.seen[text] = struct{}{}
	const most = 16
	if len(p.errs) < most {
		p.errs = append(p.errs, err)
	}
	if e, ok := errors.AsType[*Error](err); ok && p.first == nil {
		p.first = e
	}
}

// err is nil, or one line: the first reason, and how much it concerns.
func (p *partial) err(what, rows string) error {
	if len(p.errs) == 0 {
		return nil
	}
	e := &Error{What: what, Why: p.errs[0].Error(), Err: errors.Join(p.errs...)}
	if p.first != nil {
		e.Why, e.Do, e.Kind, e.Missing = p.first.Why, p.first.Do, p.first.Kind, p.first.Missing
	}
	if p.rows > 0 {
		e.What = fmt.Sprintf("%s of %d %s", what, p.rows, rows)
	}
	if n := len(p.seen) - 1; n > 0 {
		e.Why += fmt.Sprintf(" (and %d more)", n)
	}
	return e
}
