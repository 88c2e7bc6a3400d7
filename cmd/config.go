package cmd

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"github.com/spf13/cobra"

	"kconsole/kafka/config"
	"kconsole/kafka/config/importer"
)

func (a *app) configCmd() *cobra.Command {
	return verb("config", "Import and check configurations", a.configImportCmd(), a.configCheckCmd())
}

type importOptions struct {
	format, name string
	brokers      []string
	dryRun       bool
}

func (a *app) configImportCmd() *cobra.Command {
	var o importOptions
	cmd := &cobra.Command{
		Use:   "import FILE",
		Short: "Add the cluster of another client's configuration",
		Long: `Reads a client.properties of Kafka's Java tools, a configuration of librdkafka or
kcat, or an rpk profile, and adds its cluster to the configuration. Stores and
encrypted keys become PEM files, passwords become files that only you can read.
What was left out is listed. Settings that switch verification off are never taken
over.`,
		Example: `  kconsole config import client.properties --name production --brokers kafka-1:9093,kafka-2:9093
  kconsole config import ~/.config/rpk/rpk.yaml --dry-run`,
		Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error { return a.runConfigImport(args[0], o) },
	}
	flags := cmd.Flags()
	flags.StringVar(&o.format, "format", "", "java, librdkafka or rpk (default: by its content)")
	flags.StringVar(&o.name, "name", "", "`name` of the cluster (default: the file's)")
	flags.StringSliceVar(&o.brokers, "brokers", nil, "`addresses`, where the file has none or others")
	flags.BoolVar(&o.dryRun, "dry-run", false, "only print what would be written")
	return cmd
}

func (a *app) runConfigImport(file string, o importOptions) error {
	target := a.configPath
	if target == "" {
		target = os.Getenv("KCONSOLE_CONFIG")
	}
	if target == "" {
		target = config.DefaultPath()
	}
	res, err := importer.Import(file, importer.Options{
		Format: importer.Format(o.format), Name: o.name, Brokers: o.brokers, Dir: filepath.Dir(target),
	})
	if err != nil {
		return err
	}
	for _, i := range res.Ignored {
		fmt.Fprintln(a.out, "left out: "+i.String())
	}
	plan, err := res.Plan(target)
	if err != nil {
		return err
	}
	list, err := a.clusters(&config.Config{Clusters: res.Clusters}, "")
	if err != nil {
		return err
	}
	for i := range list.rows { // beside those that are there, the only new one need not be the current one
		list.rows[i].Current = list.rows[i].Name == plan.Current
	}
	if err := list.write(a.out, "table"); err != nil {
		return err
	}
	if o.dryRun {
		for _, path := range plan.Paths() {
			fmt.Fprintln(a.out, "would write "+path)
		}
		return nil
	}
	written, err := plan.Save()
	for _, path := range written {
		fmt.Fprintln(a.out, "wrote "+path)
	}
	return err
}

type findingRow = config.Finding

var findingColumns = []column[findingRow]{
	{name: "severity", text: func(r *findingRow) string { return string(r.Severity) }},
	{name: "cluster", text: func(r *findingRow) string { return r.Cluster }},
	{name: "line", text: func(r *findingRow) string {
		if r.Line == 0 {
			return ""
		}
		return strconv.Itoa(r.Line)
	}, right: true},
	{name: "key", text: func(r *findingRow) string { return r.Key }},
	{name: "text", text: func(r *findingRow) string { return r.Text }},
}

func (a *app) configCheckCmd() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "check [FILE]",
		Short: "Check a configuration and what it refers to, without connecting",
		Long: `Looks at the file with all its mistakes, and for each cluster at its variables,
certificates (and when they end), keys, secrets and sign-in. It exits with 2 where
something does not work.`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			format := formatOf(cmd)
			if err := checkFormat(format, listFormats); err != nil {
				return err
			}
			path := a.configPath
			if len(args) > 0 {
				path = args[0]
			}
			path, err := config.Find(path)
			if err != nil {
				return err
			}
			list := listing[findingRow]{rows: config.Check(cmd.Context(), path), columns: findingColumns}
			if err := list.write(a.out, format); err != nil {
				return err
			}
			bad := 0
			for _, f := range list.rows {
				if f.Severity == config.Act {
					bad++
				}
			}
			if bad > 0 {
				return usagef("%s: %d of %d findings do not work", path, bad, len(list.rows))
			}
			return nil
		},
	}
	addFormat(cmd, "table", listFormats)
	return cmd
}
