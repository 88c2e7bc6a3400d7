package cmd

import (
	"context"
	"strconv"
	"strings"

	"golang.org/x/sync/errgroup"

	"kconsole/avro/registry"
	"kconsole/kafka"
)

type subjectRow struct {
	Name          string `json:"name"`
	Type          string `json:"type"` // AVRO, PROTOBUF or JSON
	Latest        int    `json:"latest"`
	ID            int    `json:"id"` // schema id of the latest version
	Versions      []int  `json:"versions"`
	Compatibility string `json:"compatibility"`
	Inherited     bool   `json:"inherited"` // the level is the registry's
	Error         string `json:"error,omitempty"`
}

var subjectColumns = []column[subjectRow]{
	{name: "subject", text: func(r *subjectRow) string { return r.Name }},
	{name: "type", text: func(r *subjectRow) string { return r.Type }},
	{name: "versions", text: func(r *subjectRow) string { return strconv.Itoa(len(r.Versions)) }, right: true},
	{name: "latest", text: func(r *subjectRow) string { return strconv.Itoa(r.Latest) }, right: true},
	{name: "id", text: func(r *subjectRow) string { return strconv.Itoa(r.ID) }, right: true},
	{name: "compatibility", text: func(r *subjectRow) string {
		if r.Inherited {
			return r.Compatibility + " (inherited)"
		}
		return r.Compatibility
	}},
	{name: "error", text: func(r *subjectRow) string { return r.Error }},
}

// registryFan is how many requests a registry gets at the same time.
const registryFan = 8

func (a *app) readSubjects(ctx context.Context, c *kafka.Cluster, name string) (listing[subjectRow], error) {
	list := listing[subjectRow]{columns: subjectColumns}
	err := a.withRegistry(c.Config(), func(r *registry.Client) error {
		names, err := onlySubject(ctx, r, name)
		if err != nil {
			return err
		}
		list.rows = make([]subjectRow, len(names))
		var g errgroup.Group
		g.SetLimit(registryFan)
		for i, n := range names {
			g.Go(func() error {
				list.rows[i] = readSubject(ctx, r, n)
				return nil
			})
		}
		return g.Wait()
	})
	return list, err
}

// onlySubject lists all subjects, or the one of that name.
func onlySubject(ctx context.Context, r *registry.Client, name string) ([]string, error) {
	names, err := r.Subjects(ctx, false)
	if err != nil || name == "" {
		return names, err
	}
	for _, n := range names {
		if n == name {
			return []string{n}, nil
		}
	}
	return nil, subjectNotFound(name, names)
}

func readSubject(ctx context.Context, r *registry.Client, name string) subjectRow {
	row := subjectRow{Name: name, Versions: []int{}}
	versions, err := r.Versions(ctx, name, false)
	if err == nil {
		row.Versions = some(versions)
		var latest *registry.Schema
		if latest, err = r.Version(ctx, name, registry.Latest); err == nil {
			row.Type, row.Latest, row.ID = string(latest.Kind), latest.Version, latest.ID
		}
	}
	if err == nil {
		level, inherited, lerr := r.Level(ctx, name)
		row.Compatibility, row.Inherited, err = string(level), inherited, lerr
	}
	if err != nil {
		row.Error = oneLine(err)
	}
	return row
}

type schemaRow struct {
	Subject    string   `json:"subject"`
	Version    int      `json:"version"`
	ID         int      `json:"id"`
	Type       string   `json:"type"`
	Schema     string   `json:"schema"`     // its text
	References []string `json:"references"` // name=subject@version
	Error      string   `json:"error,omitempty"`
}

var schemaColumns = []column[schemaRow]{
	{name: "subject", text: func(r *schemaRow) string { return r.Subject }},
	{name: "version", text: func(r *schemaRow) string { return strconv.Itoa(r.Version) }, right: true},
	{name: "id", text: func(r *schemaRow) string { return strconv.Itoa(r.ID) }, right: true},
	{name: "type", text: func(r *schemaRow) string { return r.Type }},
	{name: "references", text: func(r *schemaRow) string { return strings.Join(r.References, " ") }},
	{name: "bytes", text: func(r *schemaRow) string { return strconv.Itoa(len(r.Schema)) }, right: true},
	{name: "error", text: func(r *schemaRow) string { return r.Error }},
}

func (a *app) readSchemas(ctx context.Context, c *kafka.Cluster, name string) (listing[schemaRow], error) {
	list := listing[schemaRow]{columns: schemaColumns}
	err := a.withRegistry(c.Config(), func(r *registry.Client) error {
		only, version, err := subjectVersion(name)
		if err != nil {
			return err
		}
		names, err := onlySubject(ctx, r, only)
		if err != nil {
			return err
		}
		bySubject := make([][]schemaRow, len(names))
		var g errgroup.Group
		g.SetLimit(registryFan)
		for i, n := range names {
			g.Go(func() (err error) {
				bySubject[i], err = readVersions(ctx, r, n, version)
				return err
			})
		}
		err = g.Wait()
		for _, rows := range bySubject {
			list.rows = append(list.rows, rows...)
		}
		return err
	})
	return list, err
}

// readVersions reads all versions of a subject, or one.
func readVersions(ctx context.Context, r *registry.Client, subject string, version int) ([]schemaRow, error) {
	versions := []int{version}
	if version == 0 {
		var err error
		if versions, err = r.Versions(ctx, subject, false); err != nil {
			return nil, err
		}
	}
	rows := make([]schemaRow, 0, len(versions))
	for _, v := range versions {
		s, err := r.Version(ctx, subject, v)
		if err != nil {
			return rows, err
		}
		row := schemaRow{Subject: subject, Version: s.Version, ID: s.ID, Type: string(s.Kind), Schema: s.Text, References: []string{}}
		for _, ref := range s.References {
			row.References = append(row.References, ref.Name+"="+ref.Subject+"@"+strconv.Itoa(ref.Version))
		}
		if s.AvroErr != nil {
			row.Error = oneLine(s.AvroErr)
		}
		rows = append(rows, row)
	}
	return rows, nil
}

// subjectVersion reads SUBJECT or SUBJECT@VERSION; 0 is no version, and
// registry.Latest is "latest".
func subjectVersion(s string) (subject string, version int, err error) {
	i := strings.LastIndexByte(s, '@')
	if i < 0 {
		return s, 0, nil
	}
	if s[i+1:] == "latest" {
		return s[:i], registry.Latest, nil
	}
	n, err := strconv.Atoi(s[i+1:])
	if err != nil || n < 1 {
		return "", 0, usagef("%q: a version is a number from 1, or latest", s)
	}
	return s[:i], n, nil
}
