package registry

import (
	"context"
	"errors"
	"fmt"

	"golang.org/x/sync/errgroup"

	"kconsole/avro"
)

// Explanation is why a subject's level accepts or refuses an Avro schema.
type Explanation struct {
	Level     avro.Level
	Inherited bool // from the registry's own level
	// Against lists the versions that it was held against, in order.
	Against []int
	// Violations lists every reason for refusing; none means accepted.
	Violations []avro.Violation
	// Passing lists the levels that would accept it.
	Passing []avro.Level
	// Changes lists what differs from the latest version.
	Changes []avro.Difference
	// Unreadable lists versions that could not be compared (not Avro, broken).
	Unreadable []int
}

// Accepted reports whether the level accepts the schema.
func (e Explanation) Accepted() bool { return len(e.Violations) == 0 }

// maxCompared is how many versions of a subject are compared, the latest.
const maxCompared = 200

// Explain holds an Avro schema against the versions of a subject that its level
// looks at, rule by rule, in words. A subject that does not exist accepts all.
func (c *Client) Explain(ctx context.Context, subject string, d Draft) (Explanation, error) {
	var e Explanation
	if d.Kind != "" && d.Kind != Avro {
		return e, &Error{
			What: "an explanation", Kind: ErrUnsupported, err: ErrUnsupported,
			Reason: fmt.Sprintf("only Avro schemas are explained, and this is %s", d.Kind),
		}
	}
	proposed, err := c.Compile(ctx, d)
	if err != nil {
		return e, err
	}
	if e.Level, e.Inherited, err = c.Level(ctx, subject); err != nil {
		return e, err
	}
	earlier, err := c.history(ctx, subject, &e)
	if err != nil {
		return e, err
	}
	e.Violations = avro.CheckLevel(e.Level, proposed, earlier)
	e.Passing = avro.PassingLevels(proposed, earlier)
	if n := len(earlier); n > 0 {
		e.Changes = avro.Diff(earlier[n-1].Schema, proposed)
	}
	return e, nil
}

// Compile compiles an Avro draft with the schemas of the registry that it refers
// to, directly or not.
func (c *Client) Compile(ctx context.Context, d Draft) (*avro.Schema, error) {
	referred, err := c.Referred(ctx, d)
	if err != nil {
		return nil, err
	}
	return avro.Compile(d.Text, referred)
}

// Referred is the text of everything that a draft refers to, directly or not, by
// reference name.
func (c *Client) Referred(ctx context.Context, d Draft) (map[string]string, error) {
	s := &Schema{Kind: d.Kind, Text: d.Text, References: d.References}
	err := c.call(ctx, "what the schema refers to", func(ctx context.Context) error { return c.resolve(ctx, s) })
	return s.Referred, err
}

// history fetches a subject's versions, at most the latest 200, in order.
func (c *Client) history(ctx context.Context, subject string, e *Explanation) ([]avro.Version, error) {
	numbers, err := c.Versions(ctx, subject, false)
	if errors.Is(err, ErrNotFound) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	numbers = numbers[max(0, len(numbers)-maxCompared):]
	schemas := make([]*Schema, len(numbers))
	var g errgroup.Group
	g.SetLimit(4)
	for i, n := range numbers {
		g.Go(func() (err error) {
			schemas[i], err = c.Version(ctx, subject, n)
			return err
		})
	}
	if err := g.Wait(); err != nil {
		return nil, err
	}
	var out []avro.Version
	for i, s := range schemas {
		if s.Avro == nil {
			e.Unreadable = append(e.Unreadable, numbers[i])
			continue
		}
		out = append(out, avro.Version{Number: numbers[i], Schema: s.Avro})
	}
	for i, v := range out {
		if e.Level.Transitive() || i == len(out)-1 {
			e.Against = append(e.Against, v.Number)
		}
	}
	return out, nil
}
