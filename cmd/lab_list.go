package cmd

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"kconsole/kafka"
	"kconsole/labs"
	"kconsole/labs/lessons"
)

type labRow struct {
	ID      string    `json:"id"`
	Title   string    `json:"title"`
	Kind    labs.Kind `json:"kind"`
	Minutes int       `json:"minutes"`
	Steps   int       `json:"steps"`
	Done    int       `json:"done"` // steps that are done or shown
	Summary string    `json:"summary"`
}

var labColumns = []column[labRow]{
	{name: "id", text: func(r *labRow) string { return r.ID }},
	{name: "title", text: func(r *labRow) string { return r.Title }},
	{name: "minutes", text: func(r *labRow) string { return strconv.Itoa(r.Minutes) }, right: true},
	{name: "done", text: func(r *labRow) string { return fmt.Sprintf("%d of %d", r.Done, r.Steps) }, right: true},
}

// listLimit is how long the list waits for the cluster to say who it is.
const listLimit = 3 * time.Second

func (a *app) labListCmd(dir func() (string, error)) *cobra.Command {
	list := &cobra.Command{
		Use:   "list",
		Short: "List the guided labs, and how far you are on this cluster",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			format := formatOf(cmd)
			if err := checkFormat(format, listFormats); err != nil {
				return err
			}
			all, err := lessons.All()
			if err != nil {
				return err
			}
			done := a.standings(cmd, dir, all)
			out := listing[labRow]{columns: labColumns}
			for _, l := range all {
				out.rows = append(out.rows, labRow{
					ID: l.ID, Title: l.Title, Kind: l.Kind, Minutes: l.Minutes, Steps: l.Required(), Done: done[l.ID], Summary: l.Summary,
				})
			}
			return out.write(a.out, format)
		},
	}
	addFormat(list, "table", listFormats)
	return list
}

// standings tells how many steps of each lab are passed on the cluster that labs
// would run on. Where it cannot be told the labs are listed all the same.
func (a *app) standings(cmd *cobra.Command, dir func() (string, error), all []*labs.Lab) map[string]int {
	cl, err := a.labCluster(cmd, dir)
	if err != nil {
		return nil
	}
	c, err := kafka.Connect(cl)
	if err != nil {
		return nil
	}
	defer c.Close()
	ctx, cancel := context.WithTimeout(cmd.Context(), listLimit)
	defer cancel()
	list, err := labs.Survey(ctx, all, labs.Options{Cluster: c, StateDir: labProgress()})
	if err != nil && cmd.Context().Err() == nil {
		complain(a.err, fmt.Errorf("how far you are is not known: %w", err), false)
	}
	out := map[string]int{}
	for _, s := range list {
		if s.Notice != "" {
			complain(a.err, errors.New(s.Notice), false)
		}
		out[s.Lab.ID] = s.Passed
	}
	return out
}
