package cmd

import (
	"context"
	"errors"
	"fmt"
	"io"

	"kconsole/avro"
	"kconsole/avro/decode"
	"kconsole/avro/registry"
	"kconsole/kafka"
)

// containerPrinter writes the values of records into one Avro object container
// file. A file has one schema: records that were written with another one are
// read with the file's.
type containerPrinter struct {
	to      io.Writer
	decoder *decode.Decoder
	reg     *registry.Client // nil: none
	opts    tailOptions

	schema *avro.Schema
	file   *avro.ContainerWriter
	reads  map[*avro.Schema]*avro.Resolution // how the file's schema reads others
	text   []byte                            // scratch
	data   []byte

	opened bool // or tried to

	left  int64 // records that are not in the file
	first error // why
}

func newContainerPrinter(w io.Writer, d *decode.Decoder, reg *registry.Client, o tailOptions) *containerPrinter {
	return &containerPrinter{to: w, decoder: d, reg: reg, opts: o, reads: map[*avro.Schema]*avro.Resolution{}}
}

func (p *containerPrinter) print(ctx context.Context, rec *kafka.Record) error {
	headers := make([]decode.Header, len(rec.Headers))
	for i, h := range rec.Headers {
		headers[i] = decode.Header(h)
	}
	s := p.decoder.Sample(ctx, decode.Input{Topic: rec.Topic, Data: rec.Value, Headers: headers})
	if s.Writer == nil {
		return p.leaveOut(rec, s.Err)
	}
	if err := p.open(ctx, s.Writer); err != nil {
		return err
	}
	data, err := p.asFile(s)
	if err == nil {
		err = p.file.Append(data)
	}
	var broken *avro.DecodeError
	var misfit *avro.EncodeError
	if errors.As(err, &broken) || errors.As(err, &misfit) {
		return p.leaveOut(rec, err)
	}
	return err
}

// leaveOut counts a record that is not in the file; the others will be.
func (p *containerPrinter) leaveOut(rec *kafka.Record, why error) error {
	if p.left++; p.first == nil {
		p.first = fmt.Errorf("partition %d, offset %d: %w", rec.Partition, rec.Offset, why)
	}
	return nil
}

// open begins the file with the schema that was asked for, or the newest of the
// topic, or that of the first record.
func (p *containerPrinter) open(ctx context.Context, first *avro.Schema) error {
	if p.file != nil {
		return nil
	}
	p.opened = true
	p.schema = first // nil: of no record
	subject, version, err := subjectVersion(p.opts.schema)
	if err != nil {
		return err
	}
	if p.reg != nil {
		asked := subject != ""
		if !asked {
			subject = registry.TopicName.Subject(p.opts.topic, "", false)
		}
		if version == 0 {
			version = registry.Latest
		}
		s, err := p.reg.Version(ctx, subject, version)
		switch {
		case err != nil && asked:
			return err
		case err == nil && s.Avro != nil:
			p.schema = s.Avro
		case asked:
			return fmt.Errorf("the schema of %s is not Avro", subject)
		}
	}
	if p.schema == nil {
		return nil
	}
	p.file, err = avro.NewContainerWriter(p.to, p.schema, "deflate", nil)
	return err
}

// asFile is a record in the encoding of the file's schema.
func (p *containerPrinter) asFile(s avro.Sample) ([]byte, error) {
	if s.Writer == p.schema || s.Writer.Text() == p.schema.Text() {
		return s.Data, nil
	}
	r := p.reads[s.Writer]
	if r == nil {
		var err error
		if r, err = s.Writer.ReadAs(p.schema); err != nil {
			return nil, err
		}
		p.reads[s.Writer] = r
	}
	var err error
	if p.text, err = r.AppendAvroJSON(p.text[:0], s.Data, avro.Limits{}); err != nil {
		return nil, err
	}
	p.data, err = p.schema.AppendAvroFromAvroJSON(p.data[:0], p.text)
	return p.data, err
}

func (p *containerPrinter) flush() error { return nil }

// close ends the file. A file without records has the schema all the same, where
// there is one.
func (p *containerPrinter) close() error {
	var err error
	if !p.opened {
		ctx, cancel := context.WithTimeout(context.Background(), requestLimit)
		defer cancel()
		err = p.open(ctx, nil)
	}
	if p.file != nil {
		err = p.file.Close()
	}
	if p.left > 0 {
		err = errors.Join(err, fmt.Errorf("%d records are not in the file: %w", p.left, p.first))
	}
	return err
}
