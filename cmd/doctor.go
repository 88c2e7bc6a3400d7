package cmd

import (
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"kconsole/compose"
	"kconsole/kafka"
	"kconsole/kafka/doctor"
	"kconsole/ui/safe"
)

// doctorLimit bounds what a look takes beside the time that it watches.
const doctorLimit = 30 * time.Second

func (a *app) doctorCmd() *cobra.Command {
	var o doctor.Options
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Look the cluster over: what is wrong, what it means, what to do",
		Long: `Looks at listeners, certificates, sign-in, brokers, partitions, log dirs, groups,
transactions, quotas, schemas and a sample of records, and changes nothing.

It exits with 0 if nothing has to be done now, with 1 if something has to, and
with 4 or 5 if nobody answers or the sign-in is refused.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if asJSON {
				if err := cmd.Flags().Set("output", "json"); err != nil {
					return err
				}
			}
			format := formatOf(cmd)
			if err := checkFormat(format, describeFormats); err != nil {
				return err
			}
			if o.Window < 0 {
				return usagef("--watch %s: use a time of 0 or more", o.Window)
			}
			if o.Window == 0 {
				o.Window = -1
			}
			return a.doctor(cmd.Context(), o, format)
		},
	}
	addFormat(cmd, "text", describeFormats)
	cmd.Flags().BoolVar(&asJSON, "json", false, "the same as -o json")
	cmd.Flags().DurationVar(&o.Window, "watch", 5*time.Second, "how `long` to watch the groups, to see what grows")
	cmd.Flags().BoolVar(&o.NoRecords, "no-records", false, "read no records")
	return cmd
}

func (a *app) doctor(ctx context.Context, o doctor.Options, format string) error {
	c, err := a.connect()
	if err != nil {
		return err
	}
	defer c.Close()
	reg, done, err := newRegistry(c.Config())
	if err != nil {
		return err
	}
	defer done()
	o.Registry = reg
	// A lab whose stack cannot be asked is looked over like any other cluster.
	if stack, err := stackOf(ctx, c.Config()); err == nil && stack != nil {
		defer stack.Close()
		o.Paused = func(ctx context.Context) map[int32]string { return compose.PausedBrokers(ctx, stack) }
	}
	ctx, cancel := context.WithTimeout(ctx, doctorLimit+max(o.Window, 0))
	defer cancel()
	facts := doctor.New(c, o).Facts(ctx)
	rep := doctor.Examine(facts)
	if err := (description{object: &rep, sections: []section{{write: func(w io.Writer) error { return writeReport(w, &rep) }}}}).write(a.out, format); err != nil {
		return err
	}
	if err := facts.Errs[doctor.PartTopics]; err != nil {
		return err // nobody answers: the exit code says why
	}
	acts := 0
	for i := range rep.Findings {
		if rep.Findings[i].Level == doctor.Act {
			acts++
		}
	}
	if acts > 0 {
		return &kafka.Error{What: fmt.Sprintf("%d of %d findings ask for something to be done", acts, len(rep.Findings)), Kind: kafka.Other}
	}
	return nil
}

// writeReport writes a report for people.
func writeReport(w io.Writer, rep *doctor.Report) error {
	var b strings.Builder
	for i := range rep.Findings {
		f := &rep.Findings[i]
		fmt.Fprintf(&b, "%-5s  %s\n", f.Level, safe.Text(f.Title))
		for _, line := range f.Evidence {
			fmt.Fprintf(&b, "       - %s\n", safe.Text(line))
		}
		fmt.Fprintf(&b, "       %s\n       next: %s\n", safe.Text(f.Meaning), safe.Text(f.Next.Text))
		if f.Next.Command != "" {
			fmt.Fprintf(&b, "             %s\n", safe.Text(f.Next.Command))
		}
		fmt.Fprintf(&b, "       lab %s: %s", f.Lab.ID, f.Lab.Title)
		if f.Lab.Walkthrough != "" {
			fmt.Fprintf(&b, " (and \"%s\")", f.Lab.Walkthrough)
		}
		b.WriteString("\n\n")
	}
	var fine, unknown []string
	for i := range rep.Checks {
		switch c := &rep.Checks[i]; c.Status {
		case doctor.Fine:
			fine = append(fine, c.Name)
		case doctor.Unknown:
			unknown = append(unknown, fmt.Sprintf("       - %s: %s", c.Name, safe.Text(c.Why)))
		}
	}
	if len(fine) > 0 {
		fmt.Fprintf(&b, "fine   %d checks: %s\n", len(fine), strings.Join(fine, ", "))
	}
	if len(unknown) > 0 {
		fmt.Fprintf(&b, "?      %d checks could not be made\n%s\n", len(unknown), strings.Join(unknown, "\n"))
	}
	_, err := io.WriteString(w, b.String())
	return err
}
