package cmd

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"kconsole/avro/registry"
	"kconsole/kafka"
	"kconsole/kafka/access"
)

// requestLimit bounds one answer from a cluster: nothing hangs longer.
const requestLimit = 10 * time.Second

func (a *app) getCmd() *cobra.Command {
	get := &cobra.Command{
		Use:   "get KIND [NAME]",
		Short: "List what is on the cluster",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return usagef("say what to list: one of %s", subcommands(cmd))
		},
	}
	get.AddCommand(
		a.getClustersCmd(),
		getOf(a, kind[nodeRow]{name: "brokers", short: "List brokers with rack, leaders, replicas and size", read: a.readBrokers}),
		getOf(a, kind[topicRow]{name: "topics", short: "List topics with partitions, replication, records and size", read: a.readTopics, complete: ofTopics}),
		getOf(a, kind[partitionRow]{name: "partitions", short: "List partitions with leader, replicas, ISR and offsets", read: a.readPartitions, complete: ofTopics}),
		getOf(a, kind[groupRow]{name: "groups", short: "List consumer groups with state, members and lag", read: a.readGroups, complete: ofGroups}),
		getOf(a, kind[lagRow]{name: "lag", short: "List the lag of each group and partition", read: a.readLag, complete: ofGroups}),
		getOf(a, kind[aclRow]{name: "acls", short: "List access control bindings, of one principal or all", read: a.readACLs, rights: access.OnCluster("DESCRIBE")}),
		getOf(a, kind[userRow]{name: "users", short: "List users with SCRAM credentials", read: a.readUsers, complete: ofUsers, rights: access.OnCluster("DESCRIBE")}),
		a.getQuotasCmd(),
		getOf(a, kind[subjectRow]{name: "subjects", short: "List the subjects of the schema registry", read: a.readSubjects, complete: ofSubjects}),
		getOf(a, kind[schemaRow]{name: "schemas", short: "List the versions of a subject, or of all", read: a.readSchemas, complete: ofSubjects}),
		a.getTransactionsCmd(),
		getOf(a, kind[producerRow]{name: "producers", short: "List the producers that the partitions of a topic remember", read: a.readProducers, complete: ofTopics}),
		getOf(a, kind[logDirRow]{name: "logdirs", short: "List the brokers' log dirs with size and free space", read: a.readLogDirs, rights: access.OnCluster("DESCRIBE")}),
		getOf(a, kind[reassignmentRow]{
			name: "reassignments", short: "List the partitions whose replicas are being moved", read: a.readReassignments, complete: ofTopics,
			rights: access.OnCluster("DESCRIBE"),
		}),
		getOf(a, kind[tokenRow]{name: "tokens", short: "List delegation tokens", read: a.readTokens}),
	)
	return get
}

// kind is one kind of listing: read does the work, its name narrows it to one.
type kind[T any] struct {
	name, short, long string
	read              func(ctx context.Context, c *kafka.Cluster, name string) (listing[T], error)
	complete          completion
	rights            []access.Request // what it takes, told where it is denied
}

// getOf makes a command of a kind of listing.
func getOf[T any](a *app, k kind[T]) *cobra.Command {
	get := &cobra.Command{
		Use:   k.name + " [NAME]",
		Short: k.short,
		Long:  k.long,
		Args:  cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			var name string
			if len(args) > 0 {
				name = args[0]
			}
			return list(cmd.Context(), a, k, name, formatOf(cmd))
		},
	}
	if k.complete != nil {
		get.ValidArgsFunction = a.completing(once(k.complete))
	}
	addFormat(get, "table", listFormats)
	return get
}

func list[T any](ctx context.Context, a *app, k kind[T], name, format string) error {
	if err := checkFormat(format, listFormats); err != nil {
		return err
	}
	c, err := a.connect()
	if err != nil {
		return err
	}
	defer c.Close()
	reading, cancel := context.WithTimeout(ctx, requestLimit)
	defer cancel()
	// What could be read is shown also when something else failed.
	rows, err := k.read(reading, c, name)
	if err == nil || len(rows.rows) > 0 {
		if werr := rows.write(a.out, format); werr != nil {
			return werr
		}
	}
	if err != nil {
		return explainDenied(ctx, c, explainUnlessOurs(err), k.rights)
	}
	return nil
}

// explainUnlessOurs explains an error of the cluster; those of the registry and
// of the command line say themselves what is wrong.
func explainUnlessOurs(err error) error {
	var usage *usageError
	var reg *registry.Error
	var partial *partialError
	var whole *wholeError
	if errors.As(err, &usage) || errors.As(err, &reg) || errors.As(err, &partial) || errors.As(err, &whole) {
		return err
	}
	return kafka.Explain(err)
}

// known is n for scripts: null where it is unknown.
func known(n int64) *int64 {
	if n < 0 {
		return nil
	}
	return &n
}

func errText(err error) string {
	if err == nil {
		return ""
	}
	return oneLine(kafka.Explain(err))
}

func notFound(kind, name string, names []string) error {
	return &kafka.Error{What: fmt.Sprintf("there is no %s %q%s", kind, name, suggestion(name, names)), Kind: kafka.NotFound}
}
