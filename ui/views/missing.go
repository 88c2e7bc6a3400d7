package views

import (
	"fmt"

	"kconsole/kafka"
	"kconsole/kafka/config"
	"kconsole/kafka/poll"
	"kconsole/ui/page"
)

// noTopic says that there is no such topic; nil where there is, or nobody knows yet.
func noTopic(st page.State, name string) error {
	if st.Snap.Topic(name) != nil {
		return nil
	}
	return missing("topic", name, "it may have been deleted, or you may not describe it", ":topics lists them",
		&st.Snap.Topics, func(t *kafka.Topic) string { return t.Name })
}

// noGroup is noTopic for a group.
func noGroup(st page.State, id string) error {
	if st.Snap.Group(id) != nil {
		return nil
	}
	return missing("group", id, "it may have been deleted, or have expired, or you may not describe it", ":groups lists them",
		&st.Snap.Groups, func(g *kafka.Group) string { return g.ID })
}

// noSubject is noTopic for a subject.
func noSubject(st page.State, name string) error {
	if st.Snap.Subject(name) != nil {
		return nil
	}
	return missing("subject", name, "it may have been deleted", ":subjects lists them",
		&st.Snap.Subjects, func(s *kafka.Subject) string { return s.Name })
}

// missing is what is not among the rows, with the nearest that is.
func missing[T any](kind, name, why, do string, all *poll.Part[T], nameOf func(*T) string) error {
	if !all.Ready() {
		return nil
	}
	names := make([]string, len(all.Rows))
	for i := range all.Rows {
		names[i] = nameOf(&all.Rows[i])
	}
	if near := config.Nearest(name, names); near != "" {
		do = fmt.Sprintf("did you mean %q? %s", near, do)
	}
	return &kafka.Error{What: fmt.Sprintf("There is no %s %q now.", kind, name), Why: why, Do: do, Kind: kafka.NotFound}
}
