package cmd

import (
	"context"
	"encoding/hex"
	"errors"
	"strconv"
	"strings"
	"time"

	"kconsole/avro/registry"
	"kconsole/kafka"
)

type topicDetail struct {
	Name         string              `json:"name"`
	ID           string              `json:"id"`
	Internal     bool                `json:"internal"`
	LastProduced *time.Time          `json:"last_produced"` // the largest timestamp of its records; null: none, or not known
	Partitions   []partitionRow      `json:"partitions"`
	Configs      []kafka.ConfigEntry `json:"configs"`
	Groups       []string            `json:"groups"` // that have offsets of it or read it
	Problems     []string            `json:"problems"`
}

func (a *app) describeTopic(ctx context.Context, c *kafka.Cluster, args []string) (description, error) {
	topics, err := c.TopicMetadata(ctx, args[0])
	if err == nil && len(topics) == 1 {
		err = topics[0].Err
	}
	if err != nil {
		return description{}, a.nearestOf(ctx, c, "topic "+args[0], err)
	}
	t := &topics[0]
	oerr := c.Offsets(ctx, topics)
	lerr := c.LastProduced(ctx, topics)
	serr := c.Sizes(ctx, nil, topics)
	configs, cerr := c.TopicConfigs(ctx, args[0])
	groups, gerr := c.Groups(ctx, true)
	d := &topicDetail{
		Name: t.Name, ID: hex.EncodeToString(t.ID[:]), Internal: t.Internal, Partitions: partitionRows(t), Configs: []kafka.ConfigEntry{},
		Groups: []string{}, Problems: []string{},
	}
	last := ""
	if !t.Last.IsZero() && t.Records() != 0 { // the log may remember records that were deleted
		at := t.Last.UTC()
		d.LastProduced, last = &at, t.Last.Local().Format(time.DateTime)
	}
	for i := range configs {
		d.Configs = append(d.Configs, configs[i].Entries...)
		cerr = errors.Join(cerr, configs[i].Err)
	}
	for i := range groups {
		for _, name := range groups[i].Topics() {
			if name == t.Name {
				d.Groups = append(d.Groups, groups[i].ID)
			}
		}
	}
	if isDenied(serr) {
		serr = nil // sizes need a right on the cluster that programs seldom have: a dash says enough
	}
	for _, err := range []error{oerr, lerr, serr, cerr, gerr} {
		if err != nil {
			d.Problems = append(d.Problems, oneLine(kafka.Explain(err)))
		}
	}
	out := description{object: d, sections: []section{
		facts("", "topic", d.Name, "id", d.ID, "partitions", strconv.Itoa(len(d.Partitions)), "replicas", strconv.Itoa(t.ReplicationFactor()),
			"records", number(t.Records()), "bytes", number(t.Bytes()), "last produced", last, "groups", strings.Join(d.Groups, ", ")),
		table("partitions", d.Partitions, partitionColumns),
		table("configuration that was set", setConfigs(d.Configs), configColumns),
	}}
	for _, p := range d.Problems {
		out.sections = append(out.sections, facts("", "not readable", p))
	}
	return out, nil
}

// number shows a count or a size; what is unknown is a dash.
func number(n int64) string { return orDash(known(n)) }

type groupDetail struct {
	groupRow
	Protocol    string      `json:"protocol"`
	Assignor    string      `json:"assignor"`
	MemberList  []memberRow `json:"member_list"`
	OffsetsList []lagRow    `json:"offsets"`
}

type memberRow struct {
	ID         string   `json:"id"`
	ClientID   string   `json:"client_id"`
	InstanceID string   `json:"instance_id"`
	Host       string   `json:"host"`
	Assigned   []string `json:"assigned"`
}

var memberColumns = []column[memberRow]{
	{name: "member", text: func(r *memberRow) string { return r.ID }},
	{name: "client", text: func(r *memberRow) string { return r.ClientID }},
	{name: "host", text: func(r *memberRow) string { return r.Host }},
	{name: "assigned", text: func(r *memberRow) string { return strings.Join(r.Assigned, " ") }},
}

func (a *app) describeGroup(ctx context.Context, c *kafka.Cluster, args []string) (description, error) {
	g, err := c.Group(ctx, args[0])
	if err != nil {
		return description{}, a.nearestOf(ctx, c, "group "+args[0], err)
	}
	d := &groupDetail{
		groupRow: groupRow{
			ID: g.ID, Type: string(g.Type), State: g.State, Members: len(g.Members), Topics: some(g.Topics()), Lag: known(g.Lag()),
			Coordinator: g.Coordinator, Error: errText(g.Err),
		},
		Protocol: g.Protocol, Assignor: g.Assignor, MemberList: []memberRow{}, OffsetsList: []lagRow{},
	}
	for _, m := range g.Members {
		row := memberRow{ID: m.ID, ClientID: m.ClientID, InstanceID: m.InstanceID, Host: m.Host, Assigned: []string{}}
		for _, tp := range m.Assigned {
			row.Assigned = append(row.Assigned, tp.Topic+":"+strconv.Itoa(int(tp.Partition)))
		}
		d.MemberList = append(d.MemberList, row)
	}
	for i := range g.Offsets {
		o := &g.Offsets[i]
		d.OffsetsList = append(d.OffsetsList, lagRow{
			Group: g.ID, Topic: o.Topic, Partition: o.Partition, Committed: known(o.Committed), End: known(o.End), Lag: known(o.Lag()),
			Member: o.Member, ClientID: o.ClientID, Error: errText(o.Err),
		})
	}
	return description{object: d, sections: []section{
		facts("", "group", d.ID, "type", d.Type, "state", d.State, "assignor", d.Assignor, "coordinator", strconv.Itoa(int(d.Coordinator)),
			"lag", orDash(d.Lag)),
		table("members", d.MemberList, memberColumns),
		table("offsets", d.OffsetsList, lagColumns),
	}}, nil
}

type subjectDetail struct {
	subjectRow
	Mode     string    `json:"mode"`
	Selected schemaRow `json:"selected"` // the version that was asked for, or the latest
}

func (a *app) describeSubject(ctx context.Context, c *kafka.Cluster, args []string) (description, error) {
	subject, version, err := subjectVersion(args[0])
	if err != nil {
		return description{}, err
	}
	if version == 0 {
		version = registry.Latest
	}
	var d subjectDetail
	err = a.withRegistry(c.Config(), func(r *registry.Client) error {
		if _, err := onlySubject(ctx, r, subject); err != nil {
			return err
		}
		d.subjectRow = readSubject(ctx, r, subject)
		rows, err := readVersions(ctx, r, subject, version)
		if err != nil {
			return err
		}
		d.Selected = rows[0]
		d.Mode, _, err = r.Mode(ctx, subject)
		if errors.Is(err, registry.ErrUnsupported) {
			err = nil // not all registries have modes
		}
		return err
	})
	if err != nil {
		return description{}, err
	}
	return description{object: &d, sections: []section{
		table("", []subjectRow{d.subjectRow}, subjectColumns),
		facts("version "+strconv.Itoa(d.Selected.Version), "id", strconv.Itoa(d.Selected.ID), "type", d.Selected.Type, "mode", d.Mode,
			"references", strings.Join(d.Selected.References, " ")),
		facts("schema", "", d.Selected.Schema),
	}}, nil
}
