package cmd

import (
	"context"

	"github.com/spf13/cobra"

	"kconsole/kafka"
	"kconsole/kafka/access"
)

// changer is what a command plans its change with.
type changer struct {
	ctx   context.Context
	c     *kafka.Cluster
	admin *kafka.Admin
	args  []string
}

// changing describes a command that changes the cluster.
type changing struct {
	use, short, long, example string
	args                      cobra.PositionalArgs
	flags                     func(*cobra.Command)
	// check looks at flags and arguments before anything is connected.
	check func(args []string) error
	// ask asks a person for what is missing, for as long as that takes: the time
	// limit of plan begins behind it.
	ask  func(ctx context.Context, args []string) error
	plan func(*changer) (*kafka.Plan, error)
	// rights are what it takes, told where it is denied.
	rights func(args []string) []access.Request
	// complete completes arguments.
	complete completion
	// before runs when it was confirmed, just before the change is made; after,
	// when it was made: failed is how, where parts of it could not be.
	before func(*changer) error
	after  func(w *changer, failed error) error
}

// changeCmd makes a command of it.
func (a *app) changeCmd(s changing) *cobra.Command {
	var o changeOptions
	cmd := &cobra.Command{
		Use: s.use, Short: s.short, Long: s.long, Example: s.example, Args: s.args,
		ValidArgsFunction: a.completing(s.complete),
		RunE: func(cmd *cobra.Command, args []string) error {
			o.format = formatOf(cmd)
			if err := checkFormat(o.format, changeFormats); err != nil {
				return err
			}
			if s.check != nil {
				if err := s.check(args); err != nil {
					return err
				}
			}
			return a.runChange(cmd.Context(), s, args, o)
		},
	}
	o.add(cmd)
	if s.flags != nil {
		s.flags(cmd)
	}
	return cmd
}

func (a *app) runChange(ctx context.Context, s changing, args []string, o changeOptions) error {
	c, err := a.connect()
	if err != nil {
		return err
	}
	defer c.Close()
	admin, err := c.Admin()
	if err != nil {
		return err
	}
	if s.ask != nil {
		if err := s.ask(ctx, args); err != nil {
			return err
		}
	}
	planning, cancel := context.WithTimeout(ctx, requestLimit)
	defer cancel()
	var rights []access.Request
	if s.rights != nil {
		rights = s.rights(args)
	}
	w := &changer{planning, c, admin, args}
	p, err := s.plan(w)
	if err != nil {
		return explainDenied(ctx, c, a.nearest(ctx, c, explainUnlessOurs(err)), rights)
	}
	for i := range p.Changes {
		if p.Changes[i].Err != nil {
			p.Changes[i].Err = a.nearestOf(ctx, c, p.Changes[i].Resource, p.Changes[i].Err)
		}
	}
	ch := changeOf(p)
	ch.apply = a.followed(p, ch.apply)
	if s.before != nil {
		apply := ch.apply
		ch.apply = func(ctx context.Context) ([]kafka.Item, error) {
			before, cancel := context.WithTimeout(ctx, requestLimit)
			defer cancel()
			if err := s.before(&changer{before, c, admin, args}); err != nil {
				return nil, err
			}
			return apply(ctx)
		}
	}
	if err = a.carryOut(ctx, ch, o); err != nil {
		err = explainDenied(ctx, c, err, rights)
	}
	if s.after == nil || !ch.Applied {
		return err
	}
	return s.after(&changer{ctx, c, admin, args}, err)
}
