package doctor

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"kconsole/avro"
	"kconsole/avro/registry"
	"kconsole/kafka/config"
)

func (f *Facts) lookedAtSubjects(r *result) {
	r.looked = len(f.Subjects)
	if left := f.Left[PartSubjects]; left != "" {
		r.note = left
	}
}

// incompatibleSchemas holds the newest version of each subject against the one
// before it: by the level in force, or, where that is NONE, by BACKWARD, which is
// what consumers that are upgraded first rely on.
func incompatibleSchemas(f *Facts, r *result) {
	f.lookedAtSubjects(r)
	for i := range f.Subjects {
		s := &f.Subjects[i]
		if s.Latest == nil || s.Latest.Avro == nil || len(s.Before) == 0 || s.Before[0].Avro == nil {
			continue
		}
		level, err := avro.ParseLevel(s.Level)
		if err != nil || level == avro.LevelNone {
			level = avro.LevelBackward
		}
		old := avro.Version{Number: s.Before[0].Version, Schema: s.Before[0].Avro}
		var seen []string
		for _, v := range avro.CheckLevel(level, s.Latest.Avro, []avro.Version{old}) {
			seen = append(seen, v.String())
		}
		if len(seen) == 0 {
			continue
		}
		r.add(Finding{
			Level: Act, Resource: "subject " + s.Name, Title: fmt.Sprintf("%s: version %d does not get along with version %d", s.Name, s.Latest.Version, old.Number),
			Evidence: append(seen, "the subject's level is "+or(s.Level, "not told")),
			Next: Action{
				Text:    "register a version that gets along with both, with a default for each field that is new",
				Command: fmt.Sprintf("kconsole schema diff %s@%d %s@%d", quote(s.Name), old.Number, quote(s.Name), s.Latest.Version),
			},
			Open: Link{View: "diff", Args: []string{s.Name, strconv.Itoa(s.Latest.Version)}},
		})
	}
}

// subjectNames finds subjects that no topic uses but that look as if one should,
// and topics whose records carry schemas of another topic's subject.
func subjectNames(f *Facts, r *result) {
	f.lookedAtSubjects(r)
	have := make(map[string]bool, len(f.Subjects))
	for i := range f.Subjects {
		have[f.Subjects[i].Name] = true
	}
	expected := make(map[string]bool)
	free := make(map[string][]string) // by suffix, names that a topic would use and that do not exist
	for i := range f.Topics {
		topic := &f.Topics[i]
		for _, suffix := range []string{valueSuffix, keySuffix} {
			name := topic.Name + suffix
			if expected[name] = true; !have[name] && !topic.Internal && !deadLetters.MatchString(topic.Name) {
				free[suffix] = append(free[suffix], name)
			}
		}
	}
	for i := range f.Subjects {
		s := &f.Subjects[i]
		if expected[s.Name] || f.byRecord(s) {
			continue
		}
		suffix := valueSuffix // also of a name without one
		if strings.HasSuffix(s.Name, keySuffix) {
			suffix = keySuffix
		}
		near := config.Nearest(s.Name, free[suffix])
		if slices.Contains(free[valueSuffix], s.Name+valueSuffix) {
			near = s.Name + valueSuffix
		}
		if near == "" {
			continue // of a topic that is still to come
		}
		r.add(Finding{
			Level: Watch, Resource: "subject " + s.Name, Title: fmt.Sprintf("no topic uses subject %s; %s is missing", s.Name, near),
			Evidence: []string{fmt.Sprintf("there is a topic %s, and no subject %s", strings.TrimSuffix(strings.TrimSuffix(near, valueSuffix), keySuffix), near)},
			Next: Action{
				Text:    "register its schema as " + near + ", and delete the other",
				Command: "kconsole schema register " + quote(near) + " FILE",
			},
			Open: Link{View: "subject", Args: []string{s.Name}},
		})
	}
	told := make(map[string]bool)
	for i := range f.Samples {
		s := &f.Samples[i]
		if told[s.Topic] || !foreign(s) {
			continue
		}
		told[s.Topic] = true
		r.add(Finding{
			Level: Watch, Resource: "topic " + s.Topic, Title: fmt.Sprintf("%s carries records of subject %s", s.Topic, s.Value.Subject),
			Evidence: []string{fmt.Sprintf("%s offset %d has schema %d, which is not registered as %s", partition(s.Topic, s.Partition), s.Offset, s.Value.SchemaID, s.Topic+valueSuffix)},
			Next: Action{
				Text:    "have its producer register the schema as " + s.Topic + valueSuffix,
				Command: recordCommand(s),
			},
			Open: Link{View: "subject", Args: []string{s.Value.Subject}},
		})
	}
}

// foreign tells whether a record's value has a schema of a subject that its topic
// has nothing to do with.
func foreign(s *Sample) bool {
	if s.Value.Subject == "" || deadLetters.MatchString(s.Topic) {
		return false
	}
	_, name := registry.SplitContext(s.Value.Subject)
	switch name {
	case s.Topic + valueSuffix, s.Value.Message, s.Topic + "-" + s.Value.Message:
		return false
	}
	// orders.retry.1 has what came from orders.
	from, isValue := strings.CutSuffix(name, valueSuffix)
	return !isValue || from == "" || !strings.Contains(s.Topic, from) || !putAside.MatchString(s.Topic)
}

// Topics into which consumers put records as they came, with the schema of the
// topic that they came from. That is sure of deadLetters by the name alone; the
// words of putAside are also in names of topics that have schemas of their own.
var (
	deadLetters = regexp.MustCompile(`(?i)dead[._-]?letter|(^|[._-])dl[qt]($|[._-])|(?-i:DL[QT])$`)
	putAside    = regexp.MustCompile(`(?i)(^|[._-])(retry|retries|errors?|failed|failures?|invalid|quarantine|parked|parking[._-]?lot)($|[._-])`)
)

// byRecord tells whether a subject is named after its record type, alone or with
// its topic: two other strategies that are fine.
func (f *Facts) byRecord(s *Subject) bool {
	if s.Latest == nil || s.Latest.Avro == nil {
		return s.Latest == nil // not looked at (yet)
	}
	name := s.Latest.Avro.Root().Name
	return name != "" && (s.Name == name || strings.HasSuffix(s.Name, "-"+name))
}

func logicalTypes(f *Facts, r *result) {
	f.lookedAtSubjects(r)
	for i := range f.Subjects {
		s := &f.Subjects[i]
		if s.Latest == nil || s.Latest.Kind != registry.Avro {
			continue
		}
		var seen []string
		for _, issue := range avro.Validate(s.Latest.Text, s.Latest.Referred) {
			if strings.Contains(issue.Message, "logical") {
				seen = append(seen, issue.String())
			}
		}
		if len(seen) == 0 {
			continue
		}
		r.add(Finding{
			Level: Watch, Resource: "subject " + s.Name, Title: s.Name + ": a logical type has no effect", Evidence: seen,
			Next: Action{Text: "correct the schema and register it as a new version", Command: "kconsole describe subject " + quote(s.Name)},
			Open: Link{View: "schema", Args: []string{s.Name, strconv.Itoa(s.Latest.Version)}},
		})
	}
}
