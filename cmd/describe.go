package cmd

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/rivo/uniseg"
	"github.com/spf13/cobra"

	"kconsole/kafka"
	"kconsole/kafka/access"
	"kconsole/ui/safe"
)

var describeFormats = []string{"text", "json", "yaml"}

// description is one thing, whole: an object for scripts and sections for people.
type description struct {
	object   any
	sections []section
}

// section is a part of a description, under a title.
type section struct {
	title string
	write func(io.Writer) error
}

// facts is a section of names and values; what has no value is left out.
func facts(title string, pairs ...string) section {
	return section{title, func(w io.Writer) error {
		width := 0
		for i := 0; i < len(pairs); i += 2 {
			if pairs[i+1] != "" {
				width = max(width, uniseg.StringWidth(pairs[i]))
			}
		}
		for i := 0; i < len(pairs); i += 2 {
			if pairs[i+1] == "" {
				continue
			}
			pad := strings.Repeat(" ", width-uniseg.StringWidth(pairs[i]))
			if _, err := fmt.Fprintf(w, "%s%s  %s\n", pairs[i], pad, safe.Text(pairs[i+1])); err != nil {
				return err
			}
		}
		return nil
	}}
}

// table is a section that lists.
func table[T any](title string, rows []T, columns []column[T]) section {
	return section{title, func(w io.Writer) error {
		if len(rows) == 0 {
			_, err := fmt.Fprintln(w, "none")
			return err
		}
		return listing[T]{rows, columns}.table(w)
	}}
}

func (d description) write(w io.Writer, format string) error {
	switch format {
	case "json":
		return writeJSON(w, d.object)
	case "yaml":
		return writeYAML(w, d.object)
	}
	for i, s := range d.sections {
		if i > 0 {
			fmt.Fprintln(w)
		}
		if s.title != "" {
			fmt.Fprintln(w, strings.ToUpper(s.title))
		}
		if err := s.write(w); err != nil {
			return err
		}
	}
	return nil
}

// describing describes a command that shows one thing.
type describing struct {
	use, short string
	args       cobra.PositionalArgs
	complete   completion
	rights     func(args []string) []access.Request
	// read may return a description beside an error: then both are shown.
	read func(ctx context.Context, c *kafka.Cluster, args []string) (description, error)
}

func (a *app) describeCmd() *cobra.Command {
	return verb("describe KIND", "Show one thing whole",
		a.describing(describing{use: "cluster", short: "Show the cluster: brokers, quorum, features, our rights", args: cobra.NoArgs, read: a.describeCluster}),
		a.describing(describing{
			use: "broker ID", short: "Show a broker with its configuration, log dirs and versions", args: cobra.ExactArgs(1), read: a.describeBroker,
		}),
		a.describing(describing{
			use: "topic NAME", short: "Show a topic with its partitions, configuration and groups", args: cobra.ExactArgs(1), complete: once(ofTopics),
			read: a.describeTopic, rights: func(args []string) []access.Request { return access.On("DESCRIBE", "TOPIC", args...) },
		}),
		a.describing(describing{
			use: "group NAME", short: "Show a group with its members, offsets and lag", args: cobra.ExactArgs(1), complete: once(ofGroups),
			read: a.describeGroup, rights: func(args []string) []access.Request { return access.On("DESCRIBE", "GROUP", args...) },
		}),
		a.describing(describing{
			use: "subject NAME[@VERSION]", short: "Show a subject with its versions and a schema", args: cobra.ExactArgs(1), complete: once(ofSubjects),
			read: a.describeSubject,
		}),
		a.describing(describing{
			use: "connection", short: "Show how each broker is reached: DNS, TCP, TLS, sign-in, versions", args: cobra.NoArgs, read: a.describeConnection,
		}),
	)
}

func (a *app) describing(d describing) *cobra.Command {
	cmd := &cobra.Command{
		Use: d.use, Short: d.short, Args: d.args, ValidArgsFunction: a.completing(d.complete),
		RunE: func(cmd *cobra.Command, args []string) error {
			format := formatOf(cmd)
			if err := checkFormat(format, describeFormats); err != nil {
				return err
			}
			c, err := a.connect()
			if err != nil {
				return err
			}
			defer c.Close()
			ctx, cancel := context.WithTimeout(cmd.Context(), requestLimit)
			defer cancel()
			what, err := d.read(ctx, c, args)
			if what.object != nil {
				if werr := what.write(a.out, format); werr != nil {
					return werr
				}
			}
			if err == nil {
				return nil
			}
			var rights []access.Request
			if d.rights != nil {
				rights = d.rights(args)
			}
			return explainDenied(cmd.Context(), c, explainUnlessOurs(err), rights)
		},
	}
	addFormat(cmd, "text", describeFormats)
	return cmd
}
