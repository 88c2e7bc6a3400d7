package cmd

import (
	"context"
	"path/filepath"

	"kconsole/compose"
	"kconsole/compose/runtimes"
	"kconsole/kafka/config"
	"kconsole/ui"
	"kconsole/ui/session"
)

// console opens the screen. It is painted before anything is connected.
func (a *app) console(ctx context.Context) error {
	if !a.terminal {
		return usagef("the console needs a terminal; for scripts there are `kconsole get` and `kconsole tail`")
	}
	conf, cl, err := a.load()
	if err != nil {
		return err
	}
	return ui.Run(ctx, ui.Options{
		Config:   conf,
		Settings: filepath.Dir(config.DefaultPath()),
		Cluster:  cl.Name,
		View:     a.view,
		Version:  versionText(),
		Connect: func(ctx context.Context, cl config.Cluster) (*session.Session, error) {
			cl.ReadOnly = cl.ReadOnly || a.readOnly
			stack, stackErr := stackOf(ctx, cl)
			return session.Open(cl, session.Options{
				AuditLog: auditPath(), Refresh: conf.UI.Refresh, Stack: stack, StackErr: stackErr,
				LabState: labProgress(),
			})
		},
	})
}

// stackOf is the lab stack behind a cluster, nil where there is none that runs:
// without one the console works all the same, offers no faults and says why.
func stackOf(ctx context.Context, cl config.Cluster) (compose.Stack, error) {
	if cl.Lab == nil {
		return nil, nil
	}
	return runtimes.Open(ctx, cl.Lab.Dir)
}
