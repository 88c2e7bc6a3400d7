package cmd

import (
	"context"
	"fmt"
	"strconv"

	"github.com/spf13/cobra"

	"kconsole/avro"
	"kconsole/avro/registry"
)

type issueRow struct {
	Severity string `json:"severity"` // error or warning
	Line     int    `json:"line"`
	Column   int    `json:"column"`
	Path     string `json:"path"`
	Message  string `json:"message"`
	Fix      string `json:"fix"`
}

var issueColumns = []column[issueRow]{
	{name: "severity", text: func(r *issueRow) string { return r.Severity }},
	{name: "line", text: func(r *issueRow) string { return strconv.Itoa(r.Line) }, right: true},
	{name: "column", text: func(r *issueRow) string { return strconv.Itoa(r.Column) }, right: true},
	{name: "path", text: func(r *issueRow) string { return r.Path }},
	{name: "message", text: func(r *issueRow) string { return r.Message }},
	{name: "fix", text: func(r *issueRow) string { return r.Fix }},
}

func (a *app) schemaCheckCmd() *cobra.Command {
	var f draftFlags
	cmd := &cobra.Command{
		Use:   "check FILE",
		Short: "List what is wrong in an Avro schema, with its place and a fix",
		Long: `Lists everything that is wrong in an Avro schema file, not only the first; - is the
standard input. It exits with 1 where there are errors. What it refers to is taken from
files, or from the registry. Whether a subject takes the schema tells kconsole schema
compat.`,
		Example: `  kconsole schema check order.avsc
  kconsole schema check order.avsc --reference shop.Money=money.avsc
  kconsole schema check order.avsc --reference shop.Money=money@1`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			format := formatOf(cmd)
			if err := checkFormat(format, listFormats); err != nil {
				return err
			}
			d, err := f.read(a.stdin, args[0])
			if err != nil {
				return err
			}
			if d.Kind != registry.Avro {
				return usagef("%s is no Avro schema; kconsole schema compat asks the registry about others", args[0])
			}
			referred, err := a.referred(cmd.Context(), d)
			if err != nil {
				return err
			}
			list := listing[issueRow]{columns: issueColumns}
			bad := 0
			for _, i := range avro.Validate(d.Text, referred) {
				row := issueRow{"error", i.Line, i.Column, i.Path, i.Message, i.Fix}
				if i.Warning {
					row.Severity = "warning"
				} else {
					bad++
				}
				list.rows = append(list.rows, row)
			}
			if len(list.rows) > 0 || format != "table" {
				if err := list.write(a.out, format); err != nil {
					return err
				}
			} else {
				fmt.Fprintln(a.out, args[0]+" is a valid Avro schema.")
			}
			if bad > 0 {
				return fmt.Errorf("%s is no valid Avro schema: %s", args[0], errorCount(bad))
			}
			return nil
		},
	}
	f.addReferences(cmd, true)
	addFormat(cmd, "table", listFormats)
	return cmd
}

// referred is the text of what a draft refers to, in files or in the registry.
func (a *app) referred(ctx context.Context, d fileDraft) (map[string]string, error) {
	if len(d.References) == 0 {
		return d.files, nil
	}
	_, cl, err := a.load()
	if err != nil {
		return nil, err
	}
	out := map[string]string{}
	err = a.withRegistry(cl, func(r *registry.Client) error {
		ctx, cancel := context.WithTimeout(ctx, requestLimit)
		defer cancel()
		out, err = r.Referred(ctx, d.Draft)
		return err
	})
	for name, text := range d.files {
		out[name] = text
	}
	return out, err
}

func errorCount(n int) string {
	if n == 1 {
		return "1 error"
	}
	return strconv.Itoa(n) + " errors"
}
