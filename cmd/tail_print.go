package cmd

import (
	"bufio"
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"strings"

	"kconsole/avro/decode"
	"kconsole/kafka"
	"kconsole/kafka/config"
	"kconsole/kafka/recordjson"
	"kconsole/ui/safe"
)

// recordPrinter writes records in one of [tailFormats].
type recordPrinter struct {
	from    *decode.Decoder
	decoder *recordjson.Decoder
	rules   *config.Mask
	mask    *recordjson.Masker
	to      io.Writer
	text    *bufio.Writer // onto to
	write   func(ctx context.Context, rec *kafka.Record) error
	beside  func() renderer // nil: records are written one after the other
	sizes   tailSizes       // of hex
}

func newRecordPrinter(w io.Writer, format string, d *decode.Decoder, mask *config.Mask) *recordPrinter {
	p := &recordPrinter{
		from:    d,
		decoder: recordjson.NewDecoder(d),
		rules:   mask,
		mask:    recordjson.NewMasker(mask),
		to:      w,
		text:    bufio.NewWriterSize(w, 64<<10),
	}
	switch format {
	case "json", "jsonl":
		p.beside = p.jsonLines
		p.write = p.rendered(p.jsonLines())
	case "raw":
		p.beside = func() renderer { return rawLine }
		p.write = p.rendered(rawLine)
	case "hex":
		p.write = p.hex
	default:
		p.write = p.pretty
	}
	return p
}

func (p *recordPrinter) print(ctx context.Context, rec *kafka.Record) error { return p.write(ctx, rec) }

func (p *recordPrinter) renderer() renderer {
	if p.beside == nil {
		return nil
	}
	return p.beside()
}

// rendered is how to write one record that a renderer renders.
func (p *recordPrinter) rendered(render renderer) func(context.Context, *kafka.Record) error {
	var line []byte
	return func(ctx context.Context, rec *kafka.Record) error {
		line = render(ctx, line[:0], rec)
		return p.put(line)
	}
}

// put writes text, without a detour where it is long.
func (p *recordPrinter) put(text []byte) error {
	if len(text) < p.text.Size()/4 {
		_, err := p.text.Write(text)
		return err
	}
	if err := p.text.Flush(); err != nil {
		return err
	}
	_, err := p.to.Write(text)
	return err
}

func (p *recordPrinter) flush() error { return p.text.Flush() }

func (p *recordPrinter) close() error {
	if err := p.sizes.write(p.text); err != nil {
		return err
	}
	return p.flush()
}

// jsonLines renders records as JSON lines.
func (p *recordPrinter) jsonLines() renderer {
	decoder, mask := recordjson.NewDecoder(p.from), recordjson.NewMasker(p.rules)
	var line recordjson.Appender
	var d recordjson.Decoded
	return func(ctx context.Context, dst []byte, rec *kafka.Record) []byte {
		decoder.DecodeTo(ctx, rec, &d)
		if mask.Hides() {
			var shown kafka.Record
			shown, d = mask.Apply(rec, &d)
			rec = &shown
		}
		return append(line.Append(dst, rec, &d), '\n')
	}
}

// rawLine is the value's bytes as they are, ended by a line feed.
func rawLine(_ context.Context, dst []byte, rec *kafka.Record) []byte {
	return append(append(dst, rec.Value...), '\n')
}

func (p *recordPrinter) place(rec *kafka.Record) {
	fmt.Fprintf(p.text, "%s/%d @%d  %s", safe.Text(rec.Topic), rec.Partition, rec.Offset, rec.Timestamp.Local().Format("2006-01-02 15:04:05.000"))
	if rec.Key != nil {
		fmt.Fprintf(p.text, "  key %s", safe.Text(string(rec.Key)))
	}
	fmt.Fprintln(p.text)
}

// pretty is for people: place, headers, schema, then the value indented.
func (p *recordPrinter) pretty(ctx context.Context, record *kafka.Record) error {
	decoded := p.decoder.Decode(ctx, record)
	shown, d := p.mask.Apply(record, &decoded)
	rec := &shown
	p.place(rec)
	if len(rec.Headers) > 0 {
		parts := make([]string, len(rec.Headers))
		for i, h := range rec.Headers {
			parts[i] = safe.Text(h.Key) + "=" + safe.Text(string(h.Value))
		}
		fmt.Fprintf(p.text, "  headers %s\n", strings.Join(parts, " "))
	}
	if d.Info.SchemaID != 0 {
		fmt.Fprintf(p.text, "  schema id %d", d.Info.SchemaID)
		if d.Info.Subject != "" {
			fmt.Fprintf(p.text, " · %s version %d", safe.Text(d.Info.Subject), d.Info.Version)
		}
		fmt.Fprintln(p.text)
	}
	if d.Info.Err != nil {
		fmt.Fprintf(p.text, "  not decoded: %s\n", safe.Text(oneLine(d.Info.Err)))
	}
	switch {
	case rec.Value == nil:
		fmt.Fprintln(p.text, "  null: a tombstone")
	case d.Value != nil:
		var b bytes.Buffer
		if json.Indent(&b, d.Value, "", "  ") != nil {
			b.Reset()
			b.Write(d.Value)
		}
		for line := range strings.Lines(b.String()) {
			fmt.Fprintln(p.text, "  "+safe.Text(strings.TrimSuffix(line, "\n")))
		}
	default:
		fmt.Fprint(p.text, hex.Dump(rec.Value))
	}
	return p.text.WriteByte('\n')
}
