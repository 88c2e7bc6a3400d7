package cmd

import (
	"bytes"
	"encoding/json"
	"io"

	"kconsole/kafka/recordjson"
)

// writeJSON writes v as indented JSON in which nothing acts on a terminal: what
// encoding/json leaves as it is, such as DEL, C1 and bidi marks, is escaped.
func writeJSON(w io.Writer, v any) error {
	line, err := jsonLine(v)
	if err != nil {
		return err
	}
	var b bytes.Buffer
	if err := json.Indent(&b, line, "", "  "); err != nil {
		return err
	}
	_, err = b.WriteTo(w)
	return err
}

// writeJSONLine is [writeJSON] on one line.
func writeJSONLine(w io.Writer, v any) error {
	line, err := jsonLine(v)
	if err != nil {
		return err
	}
	_, err = w.Write(line)
	return err
}

func jsonLine(v any) ([]byte, error) {
	raw, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	return append(recordjson.AppendCompact(nil, raw), '\n'), nil
}
