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
	mask    *recordjson.Masker
	lines   *recordjson.Writer // json, jsonl
	text    *bufio.Writer      // everything else
	write   func(ctx context.Context, rec *kafka.Record) error
	sizes   tailSizes // of hex
}

func newRecordPrinter(w io.Writer, format string, d *decode.Decoder, mask *config.Mask) *recordPrinter {
	p := &recordPrinter{
		from:    d,
		decoder: recordjson.NewDecoder(d),
		mask:    recordjson.NewMasker(mask),
		lines:   recordjson.NewWriter(w),
		text:    bufio.NewWriterSize(w, 64<<10),
	}
	switch format {
	case "json", "jsonl":
		p.write = p.jsonLine
	case "raw":
		p.write = p.raw
	case "hex":
		p.write = p.hex
	default:
		p.write = p.pretty
	}
	return p
}

func (p *recordPrinter) print(ctx context.Context, rec *kafka.Record) error { return p.write(ctx, rec) }

func (p *recordPrinter) flush() error {
	if err := p.lines.Flush(); err != nil {
		return err
	}
	return p.text.Flush()
}

func (p *recordPrinter) close() error {
	if err := p.sizes.write(p.text); err != nil {
		return err
	}
	return p.flush()
}

func (p *recordPrinter) jsonLine(ctx context.Context, rec *kafka.Record) error {
	d := p.decoder.Decode(ctx, rec)
	shown, out := p.mask.Apply(rec, &d)
	return p.lines.Write(&shown, &out)
}

// raw writes the value's bytes as they are, each record ended by a line feed.
func (p *recordPrinter) raw(_ context.Context, rec *kafka.Record) error {
	if _, err := p.text.Write(rec.Value); err != nil {
		return err
	}
	return p.text.WriteByte('\n')
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
