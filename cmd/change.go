package cmd

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"kconsole/kafka"
	"kconsole/kafka/access"
	"kconsole/ui/safe"
)

var changeFormats = []string{"text", "json"}

// writes marks the commands that change something: a test runs each of them
// against a read-only cluster.
const writes = "writes"

// change is something that will be different, thought through and not done yet.
// Its JSON is what a command that changes something prints.
type change struct {
	Title    string         `json:"title"`
	Changes  []kafka.Change `json:"changes"`
	Warnings []string       `json:"warnings,omitempty"`
	Applied  bool           `json:"applied"`         // false: planned only, or nothing to do
	Items    []kafka.Item   `json:"items,omitempty"` // how each part went
	Failed   int            `json:"failed"`          // parts that could not be done

	confirm string // what a person types before data is lost; empty: y is enough
	nothing bool   // all is as asked already
	apply   func(context.Context) ([]kafka.Item, error)
}

// changeOf is a plan for the cluster.
func changeOf(p *kafka.Plan) *change {
	ch := &change{Title: p.Title, Changes: p.Changes, Warnings: p.Warnings, confirm: p.Confirm, nothing: p.Empty()}
	ch.apply = func(ctx context.Context) ([]kafka.Item, error) {
		r, err := p.Apply(ctx)
		if len(r.Items) > 0 {
			err = nil // the items say it
		}
		return r.Items, err
	}
	return ch
}

// partialError is a change of which some parts were not done.
type partialError struct {
	failed, of int
	first      error
}

func (e *partialError) Error() string {
	return fmt.Sprintf("%d of %d failed: %s", e.failed, e.of, oneLine(e.first))
}

// explainDenied adds the missing ACLs to "not authorised", also where only parts
// of a change were denied.
func explainDenied(ctx context.Context, c *kafka.Cluster, err error, takes []access.Request) error {
	var partial *partialError
	if errors.As(err, &partial) {
		return &partialError{partial.failed, partial.of, access.Explain(ctx, c, partial.first, takes...)}
	}
	return access.Explain(ctx, c, err, takes...)
}

// changeOptions are the flags of every command that changes something.
type changeOptions struct {
	dryRun, yes bool
	format      string
}

func (o *changeOptions) add(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&o.dryRun, "dry-run", false, "only print what would change")
	cmd.Flags().BoolVarP(&o.yes, "yes", "y", false, "do not ask")
	addFormat(cmd, "text", changeFormats)
	if cmd.Annotations == nil {
		cmd.Annotations = map[string]string{}
	}
	cmd.Annotations[writes] = "true"
}

// carryOut shows a change, asks, makes it, and shows how each part went.
func (a *app) carryOut(ctx context.Context, ch *change, o changeOptions) error {
	impossible := ch.impossible()
	if ch.nothing || o.dryRun {
		ch.Failed = len(impossible)
		if err := a.showChange(ch, o.format); err != nil {
			return err
		}
		if ch.nothing && len(impossible) == 0 && o.format == "text" {
			fmt.Fprintln(a.out, "Nothing to change.")
		}
		return failure(impossible, len(ch.Changes))
	}
	if o.format == "text" {
		if err := a.showChange(ch, o.format); err != nil {
			return err
		}
	}
	if err := a.confirmChange(ctx, ch, o.yes); err != nil {
		return err
	}
	items, err := ch.apply(ctx)
	if err != nil && len(items) == 0 {
		return err
	}
	ch.Applied, ch.Items = true, items
	var failed []error
	for i := range items {
		if items[i].Err != nil {
			failed = append(failed, items[i].Err)
		}
	}
	ch.Failed = len(failed)
	if o.format == "json" {
		err = a.showChange(ch, o.format)
	} else {
		a.showItems(items)
	}
	if err != nil {
		return err
	}
	return failure(failed, len(items))
}

// impossible lists why parts of the change cannot be made.
func (ch *change) impossible() []error {
	var errs []error
	for i := range ch.Changes {
		if err := ch.Changes[i].Err; err != nil {
			errs = append(errs, err)
		}
	}
	return errs
}

// failure is nil, the reason that everything failed for, or a partial failure.
func failure(failed []error, of int) error {
	switch {
	case len(failed) == 0:
		return nil
	case len(failed) == 1 && of == 1:
		return failed[0]
	case len(failed) == of:
		return &wholeError{len(failed), failed[0]}
	}
	return &partialError{len(failed), of, failed[0]}
}

// wholeError is a change of several parts none of which was done; its exit code
// is that of the first reason.
type wholeError struct {
	parts int
	first error
}

func (e *wholeError) Error() string {
	return fmt.Sprintf("all %d failed: %s", e.parts, oneLine(e.first))
}
func (e *wholeError) Unwrap() error { return e.first }

func (a *app) showChange(ch *change, format string) error {
	if format == "json" {
		if ch.Changes == nil {
			ch.Changes = []kafka.Change{}
		}
		return writeJSON(a.out, ch)
	}
	fmt.Fprintln(a.out, safe.Text(ch.Title))
	for _, c := range ch.Changes {
		line := c.String()
		if c.Err != nil { // it says itself what cannot be done
			line = c.Resource + ": " + oneLine(c.Err)
		}
		fmt.Fprintln(a.out, "  "+safe.Text(line))
	}
	for _, w := range ch.Warnings {
		fmt.Fprintln(a.out, "  warning: "+safe.Text(w))
	}
	return nil
}

func (a *app) showItems(items []kafka.Item) {
	for i := range items {
		line := items[i].Resource + ": done"
		switch {
		case items[i].Err != nil:
			line = items[i].Resource + ": failed: " + oneLine(items[i].Err)
		case items[i].Detail != "":
			line += " (" + items[i].Detail + ")"
		}
		fmt.Fprintln(a.out, safe.Text(line))
	}
}

// confirmChange asks for what the change's danger asks for.
func (a *app) confirmChange(ctx context.Context, ch *change, yes bool) error {
	if yes || ch.confirm == "" || !a.terminal {
		return a.confirm(ctx, "Do it?", yes)
	}
	answer, err := a.ask(ctx, "Type "+safe.Text(ch.confirm)+" to do it: ")
	if err != nil {
		return err
	}
	if answer != ch.confirm {
		return &refusedError{"not confirmed: nothing was changed"}
	}
	return nil
}
