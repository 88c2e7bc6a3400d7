package cmd

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"kconsole/avro/registry"
	"kconsole/kafka"
	"kconsole/kafka/config"
)

func (a *app) schemaCmd() *cobra.Command {
	return verb("schema", "Check, compare, register and delete schemas",
		a.schemaCheckCmd(), a.schemaRegisterCmd(), a.schemaDiffCmd(), a.schemaDeleteCmd(), a.schemaCompatCmd(), a.schemaModeCmd())
}

// changeOfRegistry is a plan for the registry.
func changeOfRegistry(p registry.Plan, subject string) *change {
	resource := "subject " + subject
	if subject == "" {
		resource = "registry"
	}
	ch := &change{Title: p.Title, Warnings: p.Warnings, nothing: p.Nothing}
	if p.Danger {
		ch.confirm = subject
	}
	for _, c := range p.Changes {
		ch.Changes = append(ch.Changes, kafka.Change{Resource: resource, What: c.What, From: c.From, To: c.To})
	}
	ch.apply = func(ctx context.Context) ([]kafka.Item, error) {
		out, err := p.Apply(ctx)
		item := kafka.Item{Resource: resource, Err: err}
		if err == nil && out.ID > 0 {
			item.Detail = fmt.Sprintf("id %d", out.ID)
		}
		return []kafka.Item{item}, nil
	}
	return ch
}

// runSchemaChange plans, asks, makes and records a change of the registry.
func (a *app) runSchemaChange(ctx context.Context, subject string, o changeOptions, plan func(context.Context, *registry.Writer) (registry.Plan, error)) error {
	if err := checkFormat(o.format, changeFormats); err != nil {
		return err
	}
	_, cl, err := a.load()
	if err != nil {
		return err
	}
	return a.withRegistry(cl, func(r *registry.Client) error {
		w, err := r.Writer()
		if err != nil {
			return &refusedError{"cannot change the registry of cluster " + cl.Name + ": the context is read-only; leave out --read-only, or set read_only: false for it in the configuration"}
		}
		planning, cancel := context.WithTimeout(ctx, requestLimit)
		defer cancel()
		p, err := plan(planning, w)
		if errors.Is(err, registry.ErrNotFound) && subject != "" {
			if known, lerr := r.Subjects(planning, false); lerr == nil {
				return orMissing(subject, known, err)
			}
		}
		if err != nil {
			return err
		}
		ch := changeOfRegistry(p, subject)
		a.audited(ch, cl)
		return a.carryOut(ctx, ch, o)
	})
}

// orMissing says that a subject is not there, if that is it.
func orMissing(subject string, known []string, err error) error {
	for _, k := range known {
		if k == subject {
			return err
		}
	}
	return subjectNotFound(subject, known)
}

// audited has the change written down as those of the cluster are.
func (a *app) audited(ch *change, cl config.Cluster) {
	apply, log := ch.apply, auditLog()
	ch.apply = func(ctx context.Context) ([]kafka.Item, error) {
		entry := kafka.AuditEntry{
			Cluster: cl.Name, Title: ch.Title,
			Plan: &kafka.Plan{Title: ch.Title, Changes: ch.Changes, Warnings: ch.Warnings, Confirm: ch.confirm},
		}
		if cl.Registry != nil {
			entry.Principal = cl.Registry.Username
		}
		return kafka.Audited(ctx, log, entry, apply)
	}
}

func (a *app) schemaRegisterCmd() *cobra.Command {
	var f draftFlags
	var o changeOptions
	cmd := &cobra.Command{
		Use:   "register SUBJECT FILE",
		Short: "Register a schema as a subject's next version",
		Example: `  kconsole schema register orders-value order.avsc --dry-run
  kconsole schema register orders-value order.avsc --reference shop.Money=money@1 --yes`,
		Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.format = formatOf(cmd)
			d, err := f.read(a.stdin, args[1])
			if err != nil {
				return err
			}
			return a.runSchemaChange(cmd.Context(), args[0], o, func(ctx context.Context, w *registry.Writer) (registry.Plan, error) {
				return w.Register(ctx, args[0], d.Draft)
			})
		},
	}
	o.add(cmd)
	f.add(cmd, false)
	return cmd
}

func (a *app) schemaDeleteCmd() *cobra.Command {
	var permanent bool
	var o changeOptions
	cmd := &cobra.Command{
		Use:   "delete SUBJECT[@VERSION]",
		Short: "Delete a subject or one of its versions",
		Long: `Deletes softly: hidden, but records stay readable by id. With --permanent, after a
soft deletion, for good.`,
		Args: cobra.ExactArgs(1), ValidArgsFunction: a.completing(once(ofSubjects)),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.format = formatOf(cmd)
			subject, version, err := subjectVersion(args[0])
			if err != nil {
				return err
			}
			return a.runSchemaChange(cmd.Context(), subject, o, func(ctx context.Context, w *registry.Writer) (registry.Plan, error) {
				if version == 0 {
					return w.DeleteSubject(ctx, subject, permanent)
				}
				return w.DeleteVersion(ctx, subject, version, permanent)
			})
		},
	}
	cmd.Flags().BoolVar(&permanent, "permanent", false, "for good: records written with it can no longer be read")
	o.add(cmd)
	return cmd
}

func (a *app) schemaModeCmd() *cobra.Command {
	var set string
	var unset bool
	var o changeOptions
	cmd := &cobra.Command{
		Use:   "mode [SUBJECT]",
		Short: "Show or set the mode of a subject, or of the registry",
		Args:  cobra.MaximumNArgs(1), ValidArgsFunction: a.completing(once(ofSubjects)),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.format = formatOf(cmd)
			subject := strings.Join(args, "")
			if set == "" && !unset {
				_, cl, err := a.load()
				if err != nil {
					return err
				}
				return a.withRegistry(cl, func(r *registry.Client) error {
					ctx, cancel := context.WithTimeout(cmd.Context(), requestLimit)
					defer cancel()
					mode, inherited, err := r.Mode(ctx, subject)
					if err != nil {
						return err
					}
					return a.printSetting("mode", mode, inherited && subject != "", o.format)
				})
			}
			return a.runSchemaChange(cmd.Context(), subject, o, func(ctx context.Context, w *registry.Writer) (registry.Plan, error) {
				return w.SetMode(ctx, subject, set)
			})
		},
	}
	cmd.Flags().StringVar(&set, "set", "", "READWRITE, READONLY or IMPORT")
	cmd.Flags().BoolVar(&unset, "unset", false, "fall back to the registry's")
	cmd.MarkFlagsMutuallyExclusive("set", "unset")
	o.add(cmd)
	return cmd
}

// printSetting prints a level or a mode.
func (a *app) printSetting(name, value string, inherited bool, format string) error {
	if format == "json" {
		return writeJSONLine(a.out, map[string]any{name: value, "inherited": inherited})
	}
	if inherited {
		value += " (inherited)"
	}
	_, err := fmt.Fprintln(a.out, value)
	return err
}
