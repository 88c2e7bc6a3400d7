package cmd

import (
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"kconsole/avro"
	"kconsole/avro/registry"
)

type differenceRow struct {
	Path string `json:"path"`
	What string `json:"what"`
	Old  string `json:"old"`
	New  string `json:"new"`
}

var differenceColumns = []column[differenceRow]{
	{name: "path", text: func(r *differenceRow) string { return r.Path }},
	{name: "what", text: func(r *differenceRow) string { return r.What }},
	{name: "old", text: func(r *differenceRow) string { return r.Old }},
	{name: "new", text: func(r *differenceRow) string { return r.New }},
}

func (a *app) schemaDiffCmd() *cobra.Command {
	f := draftFlags{kind: "avro"}
	cmd := &cobra.Command{
		Use:   "diff OLD [NEW]",
		Short: "List what differs between two Avro schemas, field by field",
		Long: `Compares two Avro schemas, each SUBJECT[@VERSION] or a file. With one SUBJECT@VERSION it
compares that with the subject's latest version. --reference says what a file refers to.`,
		Example: `  kconsole schema diff orders-value@1
  kconsole schema diff orders-value@1 orders-value@3
  kconsole schema diff orders-value order.avsc`,
		Args: cobra.RangeArgs(1, 2), ValidArgsFunction: a.completing(ofSubjects),
		RunE: func(cmd *cobra.Command, args []string) error {
			format := formatOf(cmd)
			if err := checkFormat(format, listFormats); err != nil {
				return err
			}
			ctx, cancel := context.WithTimeout(cmd.Context(), requestLimit)
			defer cancel()
			if len(args) == 1 {
				subject, version, err := subjectVersion(args[0])
				if err != nil {
					return err
				}
				if version == 0 {
					return usagef("say what to compare %s with: another SUBJECT@VERSION, or a file", args[0])
				}
				args = append(args, subject)
			}
			sides := make([]*avro.Schema, 2)
			for i, arg := range args {
				var err error
				if sides[i], err = a.avroSchema(ctx, &f, arg); err != nil {
					return err
				}
			}
			list := listing[differenceRow]{columns: differenceColumns}
			for _, d := range avro.Diff(sides[0], sides[1]) {
				list.rows = append(list.rows, differenceRow{d.Path, d.What, d.Old, d.New})
			}
			if len(list.rows) == 0 && format == "table" {
				_, err := fmt.Fprintln(a.out, "Nothing differs.")
				return err
			}
			return list.write(a.out, format)
		},
	}
	f.addReferences(cmd, true)
	addFormat(cmd, "table", listFormats)
	return cmd
}

// avroSchema reads an Avro schema: of a file, if there is one of that name or it
// looks like one, else of the registry.
func (a *app) avroSchema(ctx context.Context, f *draftFlags, arg string) (*avro.Schema, error) {
	if _, err := os.Stat(arg); err == nil || arg == "-" || strings.HasSuffix(arg, ".avsc") {
		d, err := f.read(a.stdin, arg)
		if err != nil {
			return nil, err
		}
		referred, err := a.referred(ctx, d)
		if err != nil {
			return nil, err
		}
		s, err := avro.Compile(d.Text, referred)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", arg, err)
		}
		return s, nil
	}
	_, cl, err := a.load()
	if err != nil {
		return nil, err
	}
	var out *avro.Schema
	err = a.withRegistry(cl, func(r *registry.Client) error {
		s, err := fetchSchema(ctx, r, arg)
		if err != nil {
			return err
		}
		if s.Avro == nil {
			return fmt.Errorf("the schema of %s is no Avro schema that can be used", arg)
		}
		out = s.Avro
		return nil
	})
	return out, err
}
