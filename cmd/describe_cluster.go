package cmd

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"kconsole/kafka"
)

type clusterDetail struct {
	Name       string          `json:"name"`
	ID         string          `json:"id"`
	Controller *int32          `json:"controller"`
	Security   string          `json:"security"`
	Principal  string          `json:"principal"`
	Rights     []string        `json:"rights"` // what we may do on the cluster itself
	Topics     int             `json:"topics"`
	Partitions int             `json:"partitions"`
	Under      int             `json:"under_replicated"`
	Offline    int             `json:"offline"`
	Brokers    []nodeRow       `json:"brokers"`
	Quorum     *kafka.Quorum   `json:"quorum"` // null: not readable
	Features   []kafka.Feature `json:"features"`
	Problems   []string        `json:"problems"` // what could not be read
}

var quorumColumns = []column[kafka.QuorumState]{
	{name: "id", text: func(s *kafka.QuorumState) string { return strconv.Itoa(int(s.ID)) }, right: true},
	{name: "end offset", text: func(s *kafka.QuorumState) string { return strconv.FormatInt(s.EndOffset, 10) }, right: true},
	{name: "lag", text: func(s *kafka.QuorumState) string { return strconv.FormatInt(s.Lag, 10) }, right: true},
	{name: "endpoints", text: func(s *kafka.QuorumState) string { return strings.Join(s.Endpoints, " ") }},
}

var featureColumns = []column[kafka.Feature]{
	{name: "name", text: func(f *kafka.Feature) string { return f.Name }},
	{name: "level", text: func(f *kafka.Feature) string { return strconv.Itoa(int(f.Finalized)) }, right: true},
	{name: "supported", text: func(f *kafka.Feature) string { return fmt.Sprintf("%d to %d", f.Min, f.Max) }},
}

// describeCluster shows what may be read; what may not is a problem in it.
func (a *app) describeCluster(ctx context.Context, c *kafka.Cluster, _ []string) (description, error) {
	info, topics, err := c.Metadata(ctx)
	if err != nil {
		return description{}, err
	}
	nodes, nerr := a.readBrokers(ctx, c, "")
	rights, rerr := c.OwnRights(ctx)
	quorum, qerr := c.Quorum(ctx)
	features, ferr := c.Features(ctx)
	d := &clusterDetail{
		Name: c.Config().Name, ID: info.ID, Security: c.Security(), Principal: c.Principal(), Rights: some(rights), Topics: len(topics),
		Brokers: some(nodes.rows), Features: some(features), Problems: []string{},
	}
	if info.Controller >= 0 {
		d.Controller = &info.Controller
	}
	for i := range topics {
		d.Partitions += len(topics[i].Partitions)
		d.Under += topics[i].UnderReplicated()
		d.Offline += topics[i].Offline()
	}
	if qerr == nil {
		quorum.Voters, quorum.Observers = some(quorum.Voters), some(quorum.Observers)
		d.Quorum = &quorum
	}
	for _, err := range []error{nerr, rerr, qerr, ferr} {
		if err != nil {
			d.Problems = append(d.Problems, oneLine(kafka.Explain(err)))
		}
	}
	out := description{object: d, sections: []section{
		facts("", "cluster", d.Name, "id", d.ID, "security", d.Security, "we are", d.Principal, "we may", strings.Join(d.Rights, ", "),
			"topics", fmt.Sprintf("%d, with %d partitions: %d under-replicated, %d offline", d.Topics, d.Partitions, d.Under, d.Offline)),
		table("brokers", d.Brokers, nodeColumns),
	}}
	if d.Quorum != nil {
		out.sections = append(out.sections, table(fmt.Sprintf("quorum: leader %d, epoch %d", quorum.Leader, quorum.Epoch), quorum.Voters, quorumColumns))
	}
	out.sections = append(out.sections, table("features", d.Features, featureColumns))
	for _, p := range d.Problems {
		out.sections = append(out.sections, facts("", "not readable", p))
	}
	return out, nil
}

type brokerDetail struct {
	nodeRow
	Configs  []kafka.ConfigEntry `json:"configs"`
	LogDirs  []logDirRow         `json:"log_dirs"`
	APIs     []kafka.APIVersion  `json:"apis"`
	Problems []string            `json:"problems"`
}

var configColumns = []column[kafka.ConfigEntry]{
	{name: "name", text: func(e *kafka.ConfigEntry) string { return e.Name }},
	{name: "value", text: func(e *kafka.ConfigEntry) string {
		if e.Sensitive {
			return "***"
		}
		return e.Value
	}},
	{name: "default", text: func(e *kafka.ConfigEntry) string { return e.Default }},
	{name: "origin", text: func(e *kafka.ConfigEntry) string { return e.Origin }},
}

// setConfigs are the entries that somebody set.
func setConfigs(entries []kafka.ConfigEntry) []kafka.ConfigEntry {
	var out []kafka.ConfigEntry
	for i := range entries {
		if entries[i].Set() {
			out = append(out, entries[i])
		}
	}
	return out
}

func (a *app) describeBroker(ctx context.Context, c *kafka.Cluster, args []string) (description, error) {
	id, err := strconv.ParseInt(args[0], 10, 32)
	if err != nil || id < 0 {
		return description{}, usagef("%q is no broker id", args[0])
	}
	nodes, nerr := a.readBrokers(ctx, c, args[0])
	if len(nodes.rows) == 0 {
		return description{}, nerr
	}
	d := &brokerDetail{nodeRow: nodes.rows[0], Configs: []kafka.ConfigEntry{}, LogDirs: []logDirRow{}, APIs: []kafka.APIVersion{}, Problems: []string{}}
	configs, cerr := c.BrokerConfigs(ctx, int32(id))
	for i := range configs {
		d.Configs = append(d.Configs, configs[i].Entries...)
		cerr = errors.Join(cerr, configs[i].Err)
	}
	dirs, derr := a.readLogDirs(ctx, c, args[0])
	d.LogDirs = some(dirs.rows)
	versions, verr := c.Versions(ctx)
	for i := range versions {
		if versions[i].Broker == int32(id) {
			d.APIs = some(versions[i].APIs)
		}
	}
	for _, err := range []error{nerr, cerr, derr, verr} {
		if err != nil {
			d.Problems = append(d.Problems, oneLine(kafka.Explain(err)))
		}
	}
	out := description{object: d, sections: []section{
		table("", nodes.rows, nodeColumns),
		table("configuration that was set", setConfigs(d.Configs), configColumns),
		table("log dirs", d.LogDirs, logDirColumns),
	}}
	for _, p := range d.Problems {
		out.sections = append(out.sections, facts("", "not readable", p))
	}
	return out, nil
}
