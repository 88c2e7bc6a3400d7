package cmd

import (
	"context"
	"fmt"
	"net"
	"regexp"
	"time"

	"github.com/spf13/cobra"

	"kconsole/kafka"
	"kconsole/kafka/exporter"
)

type exporterOptions struct {
	listen         string
	interval       time.Duration
	topics, groups string
	exporter.Options
}

func (a *app) exporterCmd() *cobra.Command {
	var opts exporterOptions
	cmd := &cobra.Command{
		Use:   "exporter",
		Short: "Serve the cluster's state as Prometheus metrics",
		Long: `Reads brokers, topics, partitions, groups and their lag at a steady pace and serves
them at /metrics, and at /healthz whether that works, until ctrl-C. There is no
sign-in: bind it beyond loopback only where the network may know.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return a.runExporter(cmd.Context(), opts) },
	}
	flags := cmd.Flags()
	flags.StringVar(&opts.listen, "listen", "127.0.0.1:9308", "`address` to serve at, host:port")
	flags.DurationVar(&opts.interval, "interval", 5*time.Second, "how often the cluster is read")
	flags.StringVar(&opts.topics, "topics", "", "`regexp` of the topics that get series of their own (default: all)")
	flags.StringVar(&opts.groups, "groups", "", "`regexp` of the groups that get series of their own (default: all)")
	flags.IntVar(&opts.MaxPartitions, "max-partitions", exporter.DefaultMaxPartitions, "partitions that get series at most")
	flags.IntVar(&opts.MaxGroups, "max-groups", exporter.DefaultMaxGroups, "groups that get series at most")
	flags.IntVar(&opts.MaxGroupPartitions, "max-group-partitions", exporter.DefaultMaxGroupPartitions,
		"pairs of group and partition that get series at most")
	return cmd
}

func (a *app) runExporter(ctx context.Context, opts exporterOptions) (err error) {
	if opts.interval < time.Second {
		return usagef("--interval %s is too short: use 1s or more", opts.interval)
	}
	if opts.Topics, err = optionalRegexp("topics", opts.topics); err != nil {
		return err
	}
	if opts.Groups, err = optionalRegexp("groups", opts.groups); err != nil {
		return err
	}
	_, cl, err := a.load()
	if err != nil {
		return err
	}
	cl.ReadOnly = true // nothing here writes
	c, err := kafka.Connect(cl)
	if err != nil {
		return err
	}
	defer c.Close()
	var lc net.ListenConfig
	ln, err := lc.Listen(ctx, "tcp", opts.listen)
	if err != nil {
		return usagef("cannot serve at --listen %s: %w", opts.listen, err)
	}
	fmt.Fprintf(a.out, "Metrics of cluster %s: http://%s/metrics\n", cl.Name, ln.Addr())
	return exporter.Run(ctx, c, ln, opts.interval, opts.Options)
}

// optionalRegexp is nil for no text.
func optionalRegexp(flag, text string) (*regexp.Regexp, error) {
	if text == "" {
		return nil, nil
	}
	re, err := regexp.Compile(text)
	if err != nil {
		return nil, usagef("--%s: %w", flag, err)
	}
	return re, nil
}
