package dialog

import (
	"bytes"
	"encoding/json"
	"fmt"

	"kconsole/ui/editor"
	"kconsole/ui/widget/lineedit"
)

// edit opens the value of the field in the user's editor.
func (d *form) edit() {
	text := []byte(d.lines[d.at].Text())
	var laidOut bytes.Buffer
	if json.Indent(&laidOut, text, "", "  ") == nil {
		text = append(laidOut.Bytes(), '\n')
	}
	var changed []byte
	var err error
	if !d.host.Loop().Suspend(func(quit <-chan struct{}) {
		changed, err = editor.Edit(quit, d.Fields[d.at].Editor, text)
	}) {
		return
	}
	var flat bytes.Buffer
	if json.Compact(&flat, changed) == nil {
		changed = flat.Bytes()
	}
	switch {
	case err != nil:
		d.err = err
	case len(changed) > lineedit.MaxBytes:
		d.err = fmt.Errorf("the text has %d bytes: a form takes %d at most", len(changed), lineedit.MaxBytes)
	default:
		d.lines[d.at].Set(string(changed))
		d.changed()
	}
}
