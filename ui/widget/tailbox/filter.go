package tailbox

import (
	"kconsole/avro/decode"
	"kconsole/kafka/recordfilter"
)

// Filter decides which records of a tail are shown: a text, a regular expression
// or an expression, as [recordfilter] describes them. It keeps scratch space: it
// is for one goroutine.
type Filter struct {
	compiled *recordfilter.Filter
	finder   *recordfilter.Matcher // only finds, for highlighting
}

// ParseFilter parses a filter as typed; nil is the empty one. An error says in
// one line what is wrong.
func ParseFilter(text string) (*Filter, error) {
	f, err := recordfilter.Parse(text)
	if f == nil || err != nil {
		return nil, err
	}
	return &Filter{f, f.Matcher(nil)}, nil
}

// Text is the filter as it was typed.
func (f *Filter) Text() string { return f.compiled.Text() }

// Find is the first match in a text, for highlighting it; from is -1 where there
// is none or where it is no text that is looked for.
func (f *Filter) Find(b []byte) (from, to int) { return f.finder.Find(b) }

// matcher applies the filter to records that are decoded by d.
func (f *Filter) matcher(d *decode.Decoder) *recordfilter.Matcher { return f.compiled.Matcher(d) }
