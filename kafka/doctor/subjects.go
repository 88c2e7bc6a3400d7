package doctor

import (
	"fmt"
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
	var free []string // names that a topic would use and that do not exist
	for i := range f.Topics {
		for _, suffix := range []string{valueSuffix, keySuffix} {
			name := f.Topics[i].Name + suffix
			if expected[name] = true; !have[name] && !f.Topics[i].Internal {
				free = append(free, name)
			}
		}
	}
	for i := range f.Subjects {
		s := &f.Subjects[i]
		if expected[s.Name] || f.byRecord(s) {
			continue
		}
		near := config.Nearest(s.Name, free)
		if slices.Contains(free, s.Name+valueSuffix) {
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
		under := s.Value.Subject
		if under == "" || told[s.Topic] || under == s.Topic+valueSuffix || under == s.Value.Message || under == s.Topic+"-"+s.Value.Message {
			continue
		}
		if _, name := registry.SplitContext(under); name == s.Topic+valueSuffix || name == s.Value.Message || name == s.Topic+"-"+s.Value.Message {
			continue
		}
		told[s.Topic] = true
		r.add(Finding{
			Level: Watch, Resource: "topic " + s.Topic, Title: fmt.Sprintf("%s carries records of subject %s", s.Topic, under),
			Evidence: []string{fmt.Sprintf("%s offset %d has schema %d, which is not registered as %s", partition(s.Topic, s.Partition), s.Offset, s.Value.SchemaID, s.Topic+valueSuffix)},
			Next: Action{
				Text:    "have its producer register the schema as " + s.Topic + valueSuffix,
				Command: recordCommand(s),
			},
			Open: Link{View: "subject", Args: []string{under}},
		})
	}
}

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
