package registry

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/twmb/franz-go/pkg/sr"

	"kconsole/avro"
)

// Writer makes changes to a registry. Each method asks the registry how things
// are and returns a Plan; nothing changes before Plan.Apply.
type Writer struct{ c *Client }

// Writer refuses on a read-only client: without it nothing here can change a
// registry.
func (c *Client) Writer() (*Writer, error) {
	if c.readOnly {
		return nil, &Error{
			What: "a change to the registry", Kind: ErrReadOnly,
			Reason: "this cluster is configured read_only", err: ErrReadOnly,
		}
	}
	return &Writer{c}, nil
}

// change makes a change; its error says that nothing was changed.
func (w *Writer) change(ctx context.Context, what string, f func(context.Context) error) error {
	err := w.c.call(ctx, what, f)
	var e *Error
	if errors.As(err, &e) {
		said := *e
		said.change = true
		return &said
	}
	return err
}

// Register plans a new version of a subject. The plan warns when the
// registry's check says that the subject's level refuses it, or that it was not
// checked, and holds Nothing when this schema is already registered there.
func (w *Writer) Register(ctx context.Context, subject string, d Draft) (Plan, error) {
	p := Plan{Title: "register a schema under subject " + subject}
	body, err := d.sr()
	if err != nil {
		return p, err
	}
	if s, err := w.c.Lookup(ctx, subject, d); err == nil {
		p.Nothing = true
		p.Warnings = append(p.Warnings, fmt.Sprintf("it is already there as version %d (id %d)", s.Version, s.ID))
	} else if !errors.Is(err, ErrNotFound) && !errors.Is(err, ErrInvalid) {
		return p, err
	}
	next, from := 1, ""
	switch last, err := w.c.Version(ctx, subject, Latest); {
	case err == nil:
		next, from = last.Version+1, fmt.Sprintf("version %d (id %d)", last.Version, last.ID)
		v, err := w.c.Check(ctx, subject, Latest, d)
		switch {
		case err != nil: // the registry will say it again when it is registered
		case !v.Compatible:
			p.Warnings = append(p.Warnings, "the registry will refuse it: "+w.whyNot(ctx, subject, d, v))
		case len(v.Messages) > 0 && !p.Nothing:
			p.Warnings = append(p.Warnings, oneLine(strings.Join(v.Messages, "; ")))
		}
	case !errors.Is(err, ErrNotFound):
		return p, err
	}
	if !p.Nothing {
		p.Title = fmt.Sprintf("register %s version %d", subject, next)
		p.Changes = []Change{{What: "latest", From: from, To: fmt.Sprintf("version %d", next)}}
	}
	p.apply = func(ctx context.Context) (out Outcome, err error) {
		err = w.change(ctx, "subject "+subject, func(ctx context.Context) (err error) {
			out.ID, err = w.c.sr.RegisterSchema(ctx, subject, body, -1, -1)
			return err
		})
		w.c.forgetMissing()
		return out, err
	}
	return p, nil
}

// whyNot says why a subject's level refuses a schema: in our words for Avro,
// else in those of the registry.
func (w *Writer) whyNot(ctx context.Context, subject string, d Draft, v Verdict) string {
	if e, err := w.c.Explain(ctx, subject, d); err == nil && len(e.Violations) > 0 {
		first := e.Violations[0]
		why := first.Why + "; " + first.Fix
		if n := len(e.Violations) - 1; n > 0 {
			why += fmt.Sprintf(" (and %d more)", n)
		}
		return why
	}
	return oneLine(strings.Join(v.Messages, "; "))
}

// DeleteVersion plans the deletion of one version. A soft deletion (permanent
// false) hides it and keeps records readable by id; a permanent one needs the
// soft one first and makes them unreadable for good.
func (w *Writer) DeleteVersion(ctx context.Context, subject string, version int, permanent bool) (Plan, error) {
	s, err := w.c.Version(ctx, subject, version)
	if err != nil {
		return Plan{}, err
	}
	p := Plan{
		Title:   fmt.Sprintf("delete %s version %d%s", subject, s.Version, forGood(permanent)),
		Changes: []Change{{What: fmt.Sprintf("version %d", s.Version), From: fmt.Sprintf("id %d", s.ID)}},
		Danger:  permanent,
	}
	if ids, err := w.c.ReferredBy(ctx, subject, s.Version); err == nil && len(ids) > 0 {
		p.Warnings = append(p.Warnings, fmt.Sprintf("%d schemas refer to it, so the registry will refuse", len(ids)))
	}
	p.warnDeletion(permanent)
	p.apply = func(ctx context.Context) (Outcome, error) {
		err := w.change(ctx, fmt.Sprintf("subject %s version %d", subject, s.Version), func(ctx context.Context) error {
			return w.c.sr.DeleteSchema(ctx, subject, s.Version, sr.DeleteHow(permanent))
		})
		return Outcome{ID: s.ID, Versions: []int{s.Version}}, err
	}
	return p, nil
}

// DeleteSubject plans the deletion of a subject with all its versions; see
// [Writer.DeleteVersion] for what permanent means.
func (w *Writer) DeleteSubject(ctx context.Context, subject string, permanent bool) (Plan, error) {
	versions, err := w.c.Versions(ctx, subject, permanent)
	if err != nil {
		return Plan{}, err
	}
	p := Plan{
		Title:   "delete subject " + subject + forGood(permanent),
		Changes: []Change{{What: "versions", From: strings.Trim(fmt.Sprint(versions), "[]")}},
		Danger:  permanent,
	}
	p.warnDeletion(permanent)
	p.apply = func(ctx context.Context) (out Outcome, err error) {
		err = w.change(ctx, "subject "+subject, func(ctx context.Context) (err error) {
			out.Versions, err = w.c.sr.DeleteSubject(ctx, subject, sr.DeleteHow(permanent))
			return err
		})
		return out, err
	}
	return p, nil
}

func forGood(permanent bool) string {
	if permanent {
		return " for good"
	}
	return ""
}

func (p *Plan) warnDeletion(permanent bool) {
	if permanent {
		p.Warnings = append(p.Warnings, "records written with it can no longer be read: their schema id leads nowhere")
	} else {
		p.Warnings = append(p.Warnings, "records written with it stay readable; registering the same schema again brings it back")
	}
}

// SetLevel plans a compatibility level for a subject, or for the registry when
// subject is "". Level "" removes the subject's own, so that it inherits.
func (w *Writer) SetLevel(ctx context.Context, subject string, level avro.Level) (Plan, error) {
	old, inherited, err := w.c.Level(ctx, subject)
	if err != nil {
		return Plan{}, err
	}
	var target sr.CompatibilityLevel
	if level != "" {
		if err := target.UnmarshalText([]byte(level)); err != nil {
			return Plan{}, &Error{What: levelOf(subject), Kind: ErrInvalid, Reason: err.Error(), err: err}
		}
	}
	p := Plan{
		Title:   "set " + levelOf(subject),
		Changes: []Change{{What: "compatibility level", From: inheritedName(string(old), inherited), To: orElse(string(level), "inherited")}},
		Nothing: level == old && !inherited || level == "" && inherited,
	}
	if level == avro.LevelNone {
		p.Warnings = append(p.Warnings, "NONE accepts any schema: a producer can then break every consumer")
	}
	p.apply = func(ctx context.Context) (Outcome, error) {
		return Outcome{}, w.change(ctx, levelOf(subject), func(ctx context.Context) error {
			if level == "" {
				return w.c.sr.ResetCompatibility(ctx, subject)[0].Err
			}
			return w.c.sr.SetCompatibility(ctx, sr.SetCompatibility{Level: target}, subject)[0].Err
		})
	}
	return p, nil
}

// SetMode plans a mode (READWRITE, READONLY, IMPORT) for a subject, or for the
// registry when subject is "". Mode "" removes the subject's own.
func (w *Writer) SetMode(ctx context.Context, subject, mode string) (Plan, error) {
	old, inherited, err := w.c.Mode(ctx, subject)
	if err != nil {
		return Plan{}, err
	}
	var target sr.Mode
	if mode != "" {
		if err := target.UnmarshalText([]byte(mode)); err != nil {
			return Plan{}, &Error{
				What: modeOf(subject), Kind: ErrInvalid, err: err,
				Reason: fmt.Sprintf("%q is no mode; it must be READWRITE, READONLY or IMPORT", mode),
			}
		}
		mode = target.String()
	}
	p := Plan{
		Title:   "set " + modeOf(subject),
		Changes: []Change{{What: "mode", From: inheritedName(old, inherited), To: orElse(mode, "inherited")}},
		Nothing: mode == old && !inherited || mode == "" && inherited,
	}
	if target == sr.ModeImport && mode != "" {
		p.Warnings = append(p.Warnings, "IMPORT lets clients choose ids and skips compatibility checks")
	}
	p.apply = func(ctx context.Context) (Outcome, error) {
		return Outcome{}, w.change(ctx, modeOf(subject), func(ctx context.Context) error {
			if mode == "" {
				return w.c.sr.ResetMode(ctx, subject)[0].Err
			}
			return w.c.sr.SetMode(ctx, target, subject)[0].Err
		})
	}
	return p, nil
}

func inheritedName(v string, inherited bool) string {
	if inherited {
		return v + " (inherited)"
	}
	return v
}

// forgetMissing drops what was known to be missing, since something new was
// registered.
func (c *Client) forgetMissing() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, el := range c.cache.entries {
		if el.Value.(*entry).schema == nil {
			c.cache.remove(el)
		}
	}
}
