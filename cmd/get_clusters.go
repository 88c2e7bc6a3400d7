package cmd

import (
	"strings"

	"github.com/spf13/cobra"

	"kconsole/kafka/config"
)

type clusterRow struct {
	Name     string   `json:"name"`
	Current  bool     `json:"current"`
	Brokers  []string `json:"brokers"`
	Security string   `json:"security"` // PLAINTEXT, SSL, SASL_PLAINTEXT or SASL_SSL
	SignIn   string   `json:"sign_in,omitempty"`
	User     string   `json:"user,omitempty"`
	Registry string   `json:"registry,omitempty"`
	ReadOnly bool     `json:"read_only"`
	Lab      bool     `json:"lab"`
}

var clusterColumns = []column[clusterRow]{
	{name: "name", text: func(r *clusterRow) string {
		if r.Current {
			return r.Name + " *"
		}
		return r.Name
	}},
	{name: "brokers", text: func(r *clusterRow) string { return strings.Join(r.Brokers, ",") }},
	{name: "security", text: func(r *clusterRow) string { return r.Security }},
	{name: "sign-in", text: func(r *clusterRow) string { return strings.TrimSpace(r.SignIn + " " + r.User) }},
	{name: "registry", text: func(r *clusterRow) string { return r.Registry }},
	{name: "read-only", text: func(r *clusterRow) string { return yesNo(r.ReadOnly) }},
	{name: "lab", text: func(r *clusterRow) string { return yesNo(r.Lab) }},
}

func yesNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}

// getClustersCmd lists what the configuration has: no cluster is asked.
func (a *app) getClustersCmd() *cobra.Command {
	get := &cobra.Command{
		Use:               "clusters [NAME]",
		Short:             "List the clusters of the configuration",
		Args:              cobra.MaximumNArgs(1),
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(cmd *cobra.Command, args []string) error {
			format := formatOf(cmd)
			if err := checkFormat(format, listFormats); err != nil {
				return err
			}
			conf, err := a.loadConfig()
			if err != nil {
				return err
			}
			list, err := a.clusters(conf, strings.Join(args, ""))
			if err != nil {
				return err
			}
			return list.write(a.out, format)
		},
	}
	addFormat(get, "table", listFormats)
	return get
}

func (a *app) clusters(conf *config.Config, name string) (listing[clusterRow], error) {
	list := listing[clusterRow]{columns: clusterColumns}
	names := conf.Names()
	for _, n := range names {
		if name != "" && n != name {
			continue
		}
		cl := conf.Clusters[n]
		row := clusterRow{
			Name: n, Current: n == conf.Current || len(names) == 1, Brokers: cl.Brokers, Security: cl.SecurityProtocol(),
			ReadOnly: cl.ReadOnly || a.readOnly, Lab: cl.Lab != nil,
		}
		if cl.SASL != nil {
			row.SignIn, row.User = cl.SASL.Mechanism, cl.SASL.Username
		}
		if cl.Registry != nil {
			row.Registry = cl.Registry.URL
		}
		list.rows = append(list.rows, row)
	}
	if name != "" && len(list.rows) == 0 {
		return list, notFound("cluster", name, names)
	}
	return list, nil
}
