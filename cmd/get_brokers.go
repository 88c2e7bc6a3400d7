package cmd

import (
	"context"
	"errors"
	"net"
	"strconv"

	"kconsole/kafka"
)

type nodeRow struct {
	ID         int32  `json:"id"`
	Address    string `json:"address"` // as it is advertised; empty for one that is down
	Rack       string `json:"rack"`
	Up         bool   `json:"up"`
	Controller bool   `json:"controller"`
	Leaders    int    `json:"leaders"`
	Replicas   int    `json:"replicas"`
	InSync     int    `json:"in_sync"`
	Bytes      *int64 `json:"bytes"`   // in all log dirs; null: not readable
	Release    string `json:"release"` // the Kafka release that it looks like
}

var nodeColumns = []column[nodeRow]{
	{name: "id", text: func(r *nodeRow) string { return strconv.Itoa(int(r.ID)) }, right: true},
	{name: "address", text: func(r *nodeRow) string { return r.Address }},
	{name: "rack", text: func(r *nodeRow) string { return r.Rack }},
	{name: "state", text: func(r *nodeRow) string {
		switch {
		case !r.Up:
			return "down"
		case r.Controller:
			return "up, controller"
		}
		return "up"
	}},
	{name: "leaders", text: func(r *nodeRow) string { return strconv.Itoa(r.Leaders) }, right: true},
	{name: "replicas", text: func(r *nodeRow) string { return strconv.Itoa(r.Replicas) }, right: true},
	{name: "in sync", text: func(r *nodeRow) string { return strconv.Itoa(r.InSync) }, right: true},
	{name: "bytes", text: func(r *nodeRow) string { return orDash(r.Bytes) }, right: true},
	{name: "release", text: func(r *nodeRow) string { return r.Release }},
}

func (a *app) readBrokers(ctx context.Context, c *kafka.Cluster, name string) (listing[nodeRow], error) {
	list := listing[nodeRow]{columns: nodeColumns}
	info, topics, err := c.Metadata(ctx)
	if err != nil {
		return list, err
	}
	sizes := c.Sizes(ctx, &info, topics)
	if isDenied(sizes) {
		sizes = nil
	}
	versions, verr := c.Versions(ctx)
	releases := map[int32]string{}
	for i := range versions {
		releases[versions[i].Broker] = versions[i].Release
	}
	var ids []string
	for i := range info.Brokers {
		b := &info.Brokers[i]
		id := strconv.Itoa(int(b.ID))
		ids = append(ids, id)
		if name != "" && name != id {
			continue
		}
		row := nodeRow{
			ID: b.ID, Rack: b.Rack, Up: b.Up, Controller: b.Controller, Leaders: b.Leaders, Replicas: b.Replicas, InSync: b.InSync,
			Bytes: known(b.LogBytes), Release: releases[b.ID],
		}
		if b.Host != "" {
			row.Address = net.JoinHostPort(b.Host, strconv.Itoa(int(b.Port)))
		}
		list.rows = append(list.rows, row)
	}
	if name != "" && len(list.rows) == 0 {
		return list, notFound("broker", name, ids)
	}
	return list, errors.Join(sizes, verr)
}
