package cmd

import (
	"context"
	"fmt"
	"strconv"
	"strings"

	"github.com/rivo/uniseg"

	"kconsole/avro"
	"kconsole/avro/decode"
	"kconsole/kafka"
	"kconsole/ui/safe"
)

// hexPerRow is how many bytes of a part stand in one row.
const hexPerRow = 8

// hex says what each byte of a record means.
func (p *recordPrinter) hex(ctx context.Context, rec *kafka.Record) error {
	p.place(rec)
	if rec.ProducerID >= 0 { // of the batch that it came in
		fmt.Fprintf(p.text, "batch of producer id %d\n", rec.ProducerID)
	}
	headers := make([]decode.Header, len(rec.Headers))
	for i, h := range rec.Headers {
		headers[i] = decode.Header(h)
		fmt.Fprintf(p.text, "header %s  %s  %s\n", safe.Text(h.Key), hexText(h.Value), safe.Text(strconv.Quote(string(h.Value))))
	}
	if rec.Key != nil {
		p.hexPart(ctx, "key", decode.Input{Topic: rec.Topic, IsKey: true, Data: rec.Key, Headers: headers})
	}
	if rec.Value == nil {
		_, err := fmt.Fprintln(p.text, "value null: a tombstone")
		return err
	}
	p.hexPart(ctx, "value", decode.Input{Topic: rec.Topic, Data: rec.Value, Headers: headers})
	_, err := fmt.Fprintln(p.text)
	return err
}

// hexPart writes the byte map of a key or a value.
func (p *recordPrinter) hexPart(ctx context.Context, name string, in decode.Input) {
	spans, r := p.from.Map(ctx, in)
	if !in.IsKey && r.Err == nil {
		p.sizes.add(ctx, p.from, in)
	}
	about := string(r.Kind)
	if r.Message != "" {
		about += " " + r.Message
	}
	if r.Subject != "" {
		about += fmt.Sprintf(" · %s version %d", r.Subject, r.Version)
	}
	fmt.Fprintf(p.text, "%s  %d bytes  %s\n", name, len(in.Data), safe.Text(about))
	if r.Err != nil {
		fmt.Fprintf(p.text, "  not read to the end: %s\n", safe.Text(oneLine(r.Err)))
	}
	rows := make([][4]string, 0, len(spans))
	var widths [3]int
	for i := range spans {
		row := [4]string{string(spans[i].Role), spans[i].Path, spans[i].Type, spans[i].Value}
		for j := range widths {
			row[j] = safe.Text(row[j])
			widths[j] = max(widths[j], uniseg.StringWidth(row[j]))
		}
		row[3] = safe.Text(row[3])
		rows = append(rows, row)
	}
	for i := range spans {
		p.hexSpan(in.Data, &spans[i], rows[i], widths)
	}
}

// hexSpan writes the bytes of a span, the meaning beside the first row of them.
func (p *recordPrinter) hexSpan(data []byte, s *avro.Span, row [4]string, widths [3]int) {
	end := min(s.Offset+s.Length, len(data))
	for at := s.Offset; at == s.Offset || at < end; at += hexPerRow {
		line := fmt.Sprintf("  %08x  %-*s", at, 3*hexPerRow, hexText(data[min(at, end):min(at+hexPerRow, end)]))
		if at == s.Offset {
			for j, w := range widths {
				line += "  " + row[j] + strings.Repeat(" ", w-uniseg.StringWidth(row[j]))
			}
			line += "  " + row[3]
		}
		fmt.Fprintln(p.text, strings.TrimRight(line, " "))
	}
}

// hexText is bytes as "0e 6f 2d".
func hexText(b []byte) string {
	return fmt.Sprintf("% x", b)
}
