package poll

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"kconsole/kafka"
)

// readSubjects reads the registry's subjects.
func (p *Poller) readSubjects(ctx context.Context, _ Scope) (cost int) {
	limited, cancel := p.limit(ctx)
	defer cancel()
	subjects, err := p.opts.Registry.Subjects(limited)
	if ctx.Err() != nil {
		return 0
	}
	if err == nil && subjects == nil {
		subjects = []kafka.Subject{}
	}
	slices.SortFunc(subjects, func(a, b kafka.Subject) int { return strings.Compare(a.Name, b.Name) })
	p.result(ctx, Subjects, err)
	news := subjects != nil && p.learnSchemas(subjects)
	p.publish(func(s *Snapshot) bool {
		var changed bool
		s.Subjects, changed = s.Subjects.next(subjects, p.opts.Clock(), err, sameSubject)
		return changed
	})
	if news {
		p.again(Topics) // they show the schema's name
	}
	return len(subjects)
}

// learnSchemas remembers what the registry has for each topic's values, by the
// default naming strategy: the subject of topic orders is orders-value. It tells
// whether something is other than before.
func (p *Poller) learnSchemas(subjects []kafka.Subject) (news bool) {
	schemas := make(map[string]string, len(subjects))
	for i := range subjects {
		s := &subjects[i]
		if topic, ok := strings.CutSuffix(s.Name, "-value"); ok && s.Latest() > 0 {
			kind := strings.ToLower(s.Type)
			if kind == "" {
				kind = "avro"
			}
			schemas[topic] = fmt.Sprintf("%s v%d", kind, s.Latest())
		}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	news = !maps.Equal(p.schemas, schemas)
	p.schemas = schemas
	return news
}

func (p *Poller) nameSchemas(topics []kafka.Topic) {
	p.mu.Lock()
	schemas := p.schemas // never changed once it is here
	p.mu.Unlock()
	if len(schemas) == 0 {
		return
	}
	for i := range topics {
		topics[i].Schema = schemas[topics[i].Name]
	}
}

func sameSubject(a, b kafka.Subject) bool {
	return a.Name == b.Name && a.ID == b.ID && a.Type == b.Type && a.Level == b.Level &&
		slices.Equal(a.Versions, b.Versions) && sameErr(a.Err, b.Err)
}
