package views

import (
	"strings"

	"kconsole/avro/registry"
	"kconsole/kafka"
	"kconsole/kafka/access"
	"kconsole/kafka/poll"
	"kconsole/ui/page"
	"kconsole/ui/resource"
)

// topicACLs shows the bindings that speak of one topic.
func topicACLs() *resource.Spec[*kafka.ACL] {
	s := acls()
	s.Name, s.Aliases, s.Doc = "topicacls", nil, "The access control bindings that speak of one topic: by its name, by a prefix of it, or of all topics."
	s.Args, s.Parent, s.Tabs, s.Tab = []page.Arg{page.Topic}, "topics", topicTabs, "acls"
	s.Missing = func(st page.State, t page.Target) error { return noTopic(st, t.Arg(0)) }
	s.Empty = "No binding speaks of this topic. Unless the brokers allow everything where no ACL is found, only super users get at it."
	s.Rows = func(st page.State, t page.Target) resource.Result[*kafka.ACL] {
		out := resource.Result[*kafka.ACL]{At: st.Snap.ACLs.At, Err: st.Snap.ACLs.Err}
		for i := range st.Snap.ACLs.Rows {
			if a := &st.Snap.ACLs.Rows[i]; access.Covers(a, access.Resource{Type: "TOPIC", Name: t.Arg(0)}) {
				out.Rows = append(out.Rows, a)
			}
		}
		return out
	}
	return s
}

// topicSchemas shows the subjects that are named after one topic.
func topicSchemas() *resource.Spec[*kafka.Subject] {
	s := subjects()
	s.Name, s.Aliases, s.Title, s.Doc = "topicschemas", nil, "Schemas", "The subjects that are named after one topic: TOPIC-key, TOPIC-value, or TOPIC-RECORD."
	s.Args, s.Parent, s.Tabs, s.Tab = []page.Arg{page.Topic}, "topics", topicTabs, "schemas"
	s.Scope = poll.Topics | poll.Subjects
	s.Missing = func(st page.State, t page.Target) error { return noTopic(st, t.Arg(0)) }
	s.Empty = "No subject is named after this topic, or this cluster has no registry in its configuration."
	s.Rows = func(st page.State, t page.Target) resource.Result[*kafka.Subject] {
		out := resource.Result[*kafka.Subject]{At: st.Snap.Subjects.At, Err: st.Snap.Subjects.Err}
		for i := range st.Snap.Subjects.Rows {
			if sub := &st.Snap.Subjects.Rows[i]; topicOf(st.Snap, sub.Name) == t.Arg(0) {
				out.Rows = append(out.Rows, sub)
			}
		}
		return out
	}
	return s
}

// topicOf is the topic that a subject is named after, by the strategies of the
// serializers (TopicNameStrategy, TopicRecordNameStrategy); empty: none that
// exists. Of several the longest name is meant.
func topicOf(snap *poll.Snapshot, subject string) string {
	_, subject = registry.SplitContext(subject)
	for at := len(subject); at > 0; {
		if at = strings.LastIndexByte(subject[:at], '-'); at <= 0 {
			break
		}
		if snap.Topic(subject[:at]) != nil {
			return subject[:at]
		}
	}
	return ""
}
