package registry

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"github.com/twmb/franz-go/pkg/sr"

	"kconsole/avro"
)

// Latest is the newest version of a subject.
const Latest = -1

// Subjects lists the subjects in order; with deleted also the soft-deleted ones.
func (c *Client) Subjects(ctx context.Context, deleted bool) (subjects []string, err error) {
	err = c.call(ctx, "the list of subjects", func(ctx context.Context) (err error) {
		subjects, err = c.sr.Subjects(withDeleted(ctx, deleted))
		return err
	})
	slices.Sort(subjects)
	return subjects, err
}

// Versions lists a subject's versions, oldest first; with deleted also the
// soft-deleted ones.
func (c *Client) Versions(ctx context.Context, subject string, deleted bool) (versions []int, err error) {
	err = c.call(ctx, "subject "+subject, func(ctx context.Context) (err error) {
		versions, err = c.sr.SubjectVersions(withDeleted(ctx, deleted), subject)
		return err
	})
	slices.Sort(versions)
	return versions, err
}

// Version returns one version of a subject, [Latest] for the newest, with its
// references resolved and, for Avro, compiled. Soft-deleted versions are found
// when they are asked for by number.
func (c *Client) Version(ctx context.Context, subject string, version int) (s *Schema, err error) {
	what := fmt.Sprintf("subject %s version %s", subject, versionName(version))
	err = c.call(ctx, what, func(ctx context.Context) error {
		ss, err := c.sr.SchemaByVersion(withDeleted(ctx, version != Latest), subject, version)
		if err != nil {
			return err
		}
		s, err = c.complete(ctx, ss)
		return err
	})
	if err != nil {
		return nil, err
	}
	if s.ID > 0 {
		c.mu.Lock()
		if _, ok, _ := c.cache.get(key{id: s.ID}, c.now()); !ok {
			byID := *s
			byID.Subject, byID.Version, byID.Uses = "", 0, []Use{{s.Subject, s.Version}}
			c.cache.put(key{id: s.ID}, &byID)
		}
		c.mu.Unlock()
	}
	return s, nil
}

func versionName(v int) string {
	if v == Latest {
		return "latest"
	}
	return strconv.Itoa(v)
}

// Draft is a schema that is not in the registry yet, or that is looked for there.
type Draft struct {
	Kind       Kind // "" is Avro
	Text       string
	References []Reference
}

func (d Draft) sr() (sr.Schema, error) {
	t, err := d.Kind.sr()
	s := sr.Schema{Schema: d.Text, Type: t}
	for _, r := range d.References {
		s.References = append(s.References, sr.SchemaReference(r))
	}
	return s, err
}

// Lookup finds a schema under a subject: its id and version, or ErrNotFound.
func (c *Client) Lookup(ctx context.Context, subject string, d Draft) (s *Schema, err error) {
	body, err := d.sr()
	if err != nil {
		return nil, err
	}
	err = c.call(ctx, "this schema under subject "+subject, func(ctx context.Context) error {
		ss, err := c.sr.LookupSchema(ctx, subject, body)
		if err != nil {
			return err
		}
		s, err = c.complete(ctx, ss)
		return err
	})
	return s, err
}

// Verdict is a registry's answer to a compatibility check.
type Verdict struct {
	Compatible bool
	Messages   []string // the registry's own words; untrusted text
}

// Check asks the registry whether a schema may follow a version of a subject,
// [Latest] for the newest, under the level set there. For an explanation with
// the rule and the fix see avro.CheckLevel.
func (c *Client) Check(ctx context.Context, subject string, version int, d Draft) (v Verdict, err error) {
	body, err := d.sr()
	if err != nil {
		return v, err
	}
	what := fmt.Sprintf("the compatibility check against subject %s version %s", subject, versionName(version))
	err = c.call(ctx, what, func(ctx context.Context) error {
		r, err := c.sr.CheckCompatibility(sr.WithParams(ctx, sr.Verbose), subject, version, body)
		v = Verdict{Compatible: r.Is, Messages: r.Messages}
		return err
	})
	return v, err
}

// Level is a subject's compatibility level, and whether it is inherited from
// the registry's; subject "" asks for the registry's own.
func (c *Client) Level(ctx context.Context, subject string) (level avro.Level, inherited bool, err error) {
	err = c.call(ctx, levelOf(subject), func(ctx context.Context) error {
		r := c.sr.Compatibility(ctx, subject)[0]
		if subject != "" && isUnset(r.Err) {
			inherited = true
			r = c.sr.Compatibility(ctx, sr.GlobalSubject)[0]
		}
		level = avro.Level(r.Level.String())
		return r.Err
	})
	return level, inherited, err
}

// Mode is a subject's mode (READWRITE, READONLY or IMPORT), and whether it is
// inherited; subject "" asks for the registry's own.
func (c *Client) Mode(ctx context.Context, subject string) (mode string, inherited bool, err error) {
	err = c.call(ctx, modeOf(subject), func(ctx context.Context) error {
		r := c.sr.Mode(ctx, subject)[0]
		if subject != "" && isUnset(r.Err) {
			inherited = true
			r = c.sr.Mode(ctx, sr.GlobalSubject)[0]
		}
		mode = r.Mode.String()
		return r.Err
	})
	return mode, inherited, err
}

// isUnset reports whether a subject has no level or mode of its own.
func isUnset(err error) bool {
	var a *sr.ResponseError
	return errors.As(err, &a) && a.StatusCode == http.StatusNotFound && a.ErrorCode >= 40400 && a.ErrorCode < 40500
}

func levelOf(subject string) string {
	if subject == "" {
		return "the registry's compatibility level"
	}
	return "the compatibility level of subject " + subject
}

func modeOf(subject string) string {
	if subject == "" {
		return "the registry's mode"
	}
	return "the mode of subject " + subject
}

// Uses lists where a schema id is registered.
func (c *Client) Uses(ctx context.Context, id int) (uses []Use, err error) {
	err = c.call(ctx, fmt.Sprintf("schema %d", id), func(ctx context.Context) error {
		got, err := c.sr.SchemaVersionsByID(ctx, id)
		for _, u := range got {
			uses = append(uses, Use(u))
		}
		return err
	})
	sortUses(uses)
	return uses, err
}

// ReferredBy lists the ids of the schemas that refer to a version.
func (c *Client) ReferredBy(ctx context.Context, subject string, version int) (ids []int, err error) {
	what := fmt.Sprintf("subject %s version %s", subject, versionName(version))
	err = c.call(ctx, what, func(ctx context.Context) error {
		path := fmt.Sprintf("/subjects/%s/versions/%s/referencedby", url.PathEscape(subject), versionName(version))
		return c.sr.Do(ctx, "GET", path, nil, &ids)
	})
	return ids, err
}

// Contexts lists the registry's contexts.
func (c *Client) Contexts(ctx context.Context) (contexts []string, err error) {
	err = c.call(ctx, "the list of contexts", func(ctx context.Context) (err error) {
		contexts, err = c.sr.Contexts(ctx)
		return err
	})
	return contexts, err
}

// Types lists the schema languages that the registry accepts.
func (c *Client) Types(ctx context.Context) (kinds []Kind, err error) {
	err = c.call(ctx, "the list of schema types", func(ctx context.Context) error {
		var names []string
		err := c.sr.Do(ctx, "GET", "/schemas/types", nil, &names)
		for _, n := range names {
			kinds = append(kinds, Kind(n))
		}
		return err
	})
	return kinds, err
}

func withDeleted(ctx context.Context, deleted bool) context.Context {
	if deleted {
		return sr.WithParams(ctx, sr.ShowDeleted)
	}
	return ctx
}
