package views

import (
	"context"

	"kconsole/avro/registry"
	"kconsole/ui/dialog"
	"kconsole/ui/page"
)

// newVersion opens a form with the latest schema of a subject, to be changed and
// registered. The plan says whether the subject's level would refuse it.
func newVersion(h page.Host, subject string) {
	s := h.Session()
	if s == nil || s.Registry == nil {
		h.Fail(errNoRegistry())
		return
	}
	h.Loop().Go(func() {
		latest, err := s.Registry.Version(context.Background(), subject, registry.Latest)
		h.Loop().Post(func() {
			if err != nil {
				h.Fail(err)
				return
			}
			if h.Session() == s {
				versionForm(h, subject, latest)
			}
		})
	})
}

func versionForm(h page.Host, subject string, latest *registry.Schema) {
	file := "schema.avsc"
	switch latest.Kind {
	case registry.Protobuf:
		file = "schema.proto"
	case registry.JSON:
		file = "schema.json"
	}
	dialog.Form{
		Title: "New version of subject " + subject,
		Fields: []dialog.Field{{
			Name: "schema", Label: "Schema", Value: latest.Text, Editor: file, Check: required("schema"),
			Help: "The latest version, to be changed; ctrl-o opens it in your editor. The registry checks it against the subject's level.",
		}},
		Plan: func(ctx context.Context, v dialog.Values) (*dialog.Plan, error) {
			return registryPlan(h, subject, func(ctx context.Context, w *registry.Writer) (registry.Plan, error) {
				return w.Register(ctx, subject, registry.Draft{Kind: latest.Kind, Text: v["schema"], References: latest.References})
			})(ctx)
		},
	}.Open(h)
}
