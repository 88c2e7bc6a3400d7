package doctor

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"

	"kconsole/avro/registry"
)

// What a look at the registry may cost: subjects whose schemas are read.
const (
	subjectsPerLook = 100
	subjectsAtOnce  = 8
)

// subjects lists the subjects and reads the newest two versions of some of them,
// going on where the last look ended. What was read before is kept until then.
func (g *gatherer) subjects(ctx context.Context) {
	d, reg := g.d, g.d.opts.Registry
	names, err := reg.Subjects(ctx, false)
	if err != nil {
		g.set(PartSubjects, err, func(*Facts) {})
		return
	}
	slices.Sort(names)
	due := names
	if len(names) > subjectsPerLook {
		from := d.subjects % len(names)
		d.subjects = from + subjectsPerLook
		due = slices.Concat(names[from:], names[:from])[:subjectsPerLook]
	}
	read := make([]Subject, len(due))
	var wg sync.WaitGroup
	slots := make(chan struct{}, subjectsAtOnce)
	for i, name := range due {
		slots <- struct{}{}
		wg.Go(func() {
			read[i] = readSubject(ctx, reg, name)
			<-slots
		})
	}
	wg.Wait()
	found := make(map[string]Subject, len(names))
	for _, s := range read {
		found[s.Name] = s
	}
	subjects := make([]Subject, len(names))
	left := 0
	for i, name := range names {
		s, ok := found[name]
		if !ok {
			if s, ok = d.found[name]; !ok {
				s, left = Subject{Name: name}, left+1
			}
			found[name] = s
		}
		subjects[i] = s
	}
	d.found = found
	g.set(PartSubjects, nil, func(f *Facts) {
		f.Subjects = subjects
		if left > 0 {
			f.Left[PartSubjects] = "the schemas of " + plural(len(names)-left, "subject") + " of " + plural(len(names), "subject")
		}
	})
}

func readSubject(ctx context.Context, reg *registry.Client, name string) Subject {
	s := Subject{Name: name}
	if s.Latest, s.Err = reg.Version(ctx, name, registry.Latest); s.Err != nil {
		return s
	}
	if s.Latest.Version > 1 {
		versions, err := reg.Versions(ctx, name, false)
		if err != nil {
			s.Err = err
			return s
		}
		if at := slices.Index(versions, s.Latest.Version); at > 0 {
			before, err := reg.Version(ctx, name, versions[at-1])
			if err != nil {
				s.Err = err
				return s
			}
			s.Before = append(s.Before, *before)
		}
	}
	level, _, err := reg.Level(ctx, name)
	if err != nil && !errors.Is(err, registry.ErrUnsupported) {
		s.Err = err
		return s
	}
	s.Level = string(level)
	return s
}

// subjectOf finds the subject of a topic's values by the default naming strategy.
func (f *Facts) subjectOf(topic string) *Subject {
	i, found := slices.BinarySearchFunc(f.Subjects, topic+valueSuffix, func(s Subject, name string) int { return strings.Compare(s.Name, name) })
	if !found {
		return nil
	}
	return &f.Subjects[i]
}

const (
	valueSuffix = "-value"
	keySuffix   = "-key"
)
