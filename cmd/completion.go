package cmd

import (
	"context"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"kconsole/avro/registry"
	"kconsole/kafka"
)

// completionLimit is how long a press of tab may take.
const completionLimit = 2 * time.Second

// completion lists what an argument can be; place is its number from 0. nil:
// nothing is known.
type completion func(ctx context.Context, a *app, c *kafka.Cluster, place int) []string

// The completions of names.
var (
	ofTopics completion = func(ctx context.Context, a *app, c *kafka.Cluster, _ int) []string {
		names, _ := a.topicNames(ctx, c)
		return names
	}
	ofGroups completion = func(ctx context.Context, a *app, c *kafka.Cluster, _ int) []string {
		names, _ := a.groupNames(ctx, c)
		return names
	}
	ofUsers completion = func(ctx context.Context, a *app, c *kafka.Cluster, _ int) []string {
		names, _ := a.userNames(ctx, c)
		return names
	}
	ofSubjects completion = func(ctx context.Context, a *app, c *kafka.Cluster, _ int) []string {
		var names []string
		_ = a.withRegistry(c.Config(), func(r *registry.Client) (err error) {
			names, err = r.Subjects(ctx, false)
			return err
		})
		return names
	}
)

// once completes the first argument only.
func once(of completion) completion {
	return func(ctx context.Context, a *app, c *kafka.Cluster, place int) []string {
		if place > 0 {
			return nil
		}
		return of(ctx, a, c, place)
	}
}

// completing asks the cluster for what an argument can be, quietly: a cluster
// that is away completes nothing.
func (a *app) completing(of completion) cobra.CompletionFunc {
	if of == nil {
		return cobra.NoFileCompletions
	}
	return func(cmd *cobra.Command, args []string, begun string) ([]string, cobra.ShellCompDirective) {
		a.err = io.Discard // a warning would end up in the command line
		c, err := a.connect()
		if err != nil {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		defer c.Close()
		ctx, cancel := context.WithTimeout(cmd.Context(), completionLimit)
		defer cancel()
		var names []string
		for _, name := range of(ctx, a, c, len(args)) {
			if strings.HasPrefix(name, begun) && !slices.Contains(args, name) {
				names = append(names, name)
			}
		}
		return names, cobra.ShellCompDirectiveNoFileComp
	}
}
