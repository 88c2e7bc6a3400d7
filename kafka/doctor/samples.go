package doctor

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"kconsole/avro/decode"
	"kconsole/avro/registry"
)

// recordLink is the page that shows a record's partition.
func recordLink(s *Sample) Link {
	return Link{View: "tail", Args: []string{s.Topic, strconv.Itoa(int(s.Partition))}}
}

func recordCommand(s *Sample) string {
	return fmt.Sprintf("kconsole tail %s -p %d --from offset:%d -n 1 -o hex", quote(s.Topic), s.Partition, s.Offset)
}

// sampled notes how much was looked at.
func (f *Facts) sampled(r *result) {
	r.looked = len(f.Samples)
	if left := f.Left[PartRecords]; left != "" {
		r.note = left
	}
	if err := f.Errs[PartRecords]; err != nil {
		r.note = err.Error()
	}
}

// schemaProblem tells whether an error is about a schema rather than the record.
func schemaProblem(err error) bool {
	var reg *registry.Error
	return errors.As(err, &reg) || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded)
}

// poisonRecords finds records that cannot be decoded, and those without the
// framing that a topic's other records have.
func poisonRecords(f *Facts, r *result) {
	f.sampled(r)
	framed := f.framedTopics()
	byTopic := make(map[string]*Finding)
	var order []string
	for i := range f.Samples {
		s := &f.Samples[i]
		var why string
		switch {
		case s.Value.Kind == decode.Null || schemaProblem(s.Value.Err):
			continue
		case framed[s.Topic] && s.Value.Format == decode.NoFormat:
			why = fmt.Sprintf("no magic byte and schema id: %s of %d bytes (\"Unknown magic byte\")", s.Value.Kind, s.Value.Size)
		case s.Value.Err != nil && s.Value.Format != decode.NoFormat:
			why = s.Value.Err.Error()
		default:
			continue
		}
		at := fmt.Sprintf("%s offset %d", partition(s.Topic, s.Partition), s.Offset)
		one := byTopic[s.Topic]
		if one == nil {
			one = &Finding{
				Level: Watch, Resource: "topic " + s.Topic, Title: s.Topic + " has records that cannot be decoded", Open: recordLink(s),
				Next: Action{Text: "look at its bytes, mend the producer, and move the record to a dead-letter topic", Command: recordCommand(s)},
			}
			byTopic[s.Topic] = one
			order = append(order, s.Topic)
		}
		if o := f.standsAt(s); o && one.Level != Act {
			one.Level, one.Title = Act, fmt.Sprintf("%s stands before a record of %s that cannot be decoded", s.Group, s.Topic)
			one.Open, one.Next.Command = recordLink(s), recordCommand(s)
			one.Evidence = append([]string{at + ", where " + s.Group + " stands: " + why}, one.Evidence...)
			continue
		}
		one.Evidence = append(one.Evidence, at+": "+why)
	}
	for _, topic := range order {
		r.add(*byTopic[topic])
	}
}

// standsAt tells whether a sample is the very record at a group's committed offset.
func (f *Facts) standsAt(s *Sample) bool {
	g := find(f.Groups, s.Group)
	if s.Group == "" || g == nil {
		return false
	}
	o := findOffset(g.Offsets, s.Topic, s.Partition)
	return o != nil && o.Committed == s.Offset
}

// framedTopics are the topics whose values carry a schema id: most of those that
// were looked at, or the registry has a subject for them.
func (f *Facts) framedTopics() map[string]bool {
	with, without := make(map[string]int), make(map[string]int)
	for i := range f.Samples {
		switch s := &f.Samples[i]; {
		case s.Value.Kind == decode.Null:
		case s.Value.Format == decode.NoFormat:
			without[s.Topic]++
		default:
			with[s.Topic]++
		}
	}
	framed := make(map[string]bool)
	for topic, n := range with {
		framed[topic] = n > without[topic] || f.subjectOf(topic) != nil
	}
	for topic := range without {
		if f.subjectOf(topic) != nil {
			framed[topic] = true
		}
	}
	return framed
}

func unknownSchemas(f *Facts, r *result) {
	f.sampled(r)
	told := make(map[string]bool)
	for i := range f.Samples {
		s := &f.Samples[i]
		if !errors.Is(s.Value.Err, registry.ErrNotFound) {
			continue
		}
		key := fmt.Sprintf("%s\x00%d", s.Topic, s.Value.SchemaID)
		if told[key] {
			continue
		}
		told[key] = true
		r.add(Finding{
			Level: Act, Resource: "topic " + s.Topic, Title: fmt.Sprintf("%s has records of schema %d, which the registry does not have", s.Topic, s.Value.SchemaID),
			Evidence: []string{fmt.Sprintf("%s offset %d: %v", partition(s.Topic, s.Partition), s.Offset, s.Value.Err)},
			Next:     Action{Text: "find the registry that its producer uses; restore the schema if it was deleted", Command: recordCommand(s)},
			Open:     recordLink(s),
		})
	}
}

// nearLimit is the share of the limit from which a record is worth a word.
const nearLimit = 0.9

func largeRecords(f *Facts, r *result) {
	f.sampled(r)
	for topic, b := range f.Batches {
		limit, ok := configInt(f.TopicConfigs[topic], "max.message.bytes")
		if !ok || limit <= 0 || float64(b.Largest) < nearLimit*float64(limit) {
			continue
		}
		one := Finding{
			Level: Watch, Resource: "topic " + topic, Title: fmt.Sprintf("%s has records of almost max.message.bytes", topic),
			Evidence: []string{fmt.Sprintf("one takes %d bytes as it lies there, the limit is %d", b.Largest, limit)},
			Next: Action{
				Text:    "check the producer's delivery reports; send large things by reference, or raise the limit",
				Command: fmt.Sprintf("kconsole alter topic %s --set max.message.bytes=%d", quote(topic), 2*b.Largest),
			},
			Open: Link{View: "configs", Args: []string{topic}},
		}
		if int64(b.Largest) > limit {
			one.Level, one.Title = Act, fmt.Sprintf("%s has records larger than max.message.bytes: such are refused now", topic)
			one.Evidence = append(one.Evidence, "it was written before the limit was lowered")
		}
		r.add(one)
	}
}

// What no timestamp of a record should be.
const futureBy = 5 * time.Minute

var firstSensible = time.Date(2005, 1, 1, 0, 0, 0, 0, time.UTC)

func timestamps(f *Facts, r *result) {
	told := make(map[string]bool)
	look := func(topic, where string, at time.Time, open Link) {
		var title string
		switch {
		case told[topic] || at.IsZero():
			return
		case at.After(f.Now.Add(futureBy)):
			title = fmt.Sprintf("%s has records from the future", topic)
		case at.Before(firstSensible):
			title = fmt.Sprintf("%s has records of %d", topic, at.UTC().Year())
		default:
			return
		}
		told[topic] = true
		one := Finding{
			Level: Watch, Resource: "topic " + topic, Title: title, Open: open,
			Evidence: []string{fmt.Sprintf("%s: %s; it is %s here", where, at.UTC().Format(time.RFC3339), f.Now.UTC().Format(time.RFC3339))},
			Next: Action{
				Text:    "correct the producer's clock, or its unit (Kafka counts milliseconds); or let the broker set them",
				Command: "kconsole alter topic " + quote(topic) + " --set message.timestamp.type=LogAppendTime",
			},
		}
		if at.Before(firstSensible) && !at.Before(time.UnixMilli(0)) && !time.Unix(at.UnixMilli(), 0).After(f.Now.Add(24*time.Hour)) && time.Unix(at.UnixMilli(), 0).After(firstSensible) {
			one.Evidence = append(one.Evidence, "read as seconds it would be "+time.Unix(at.UnixMilli(), 0).UTC().Format(time.RFC3339))
		}
		r.add(one)
	}
	for i := range f.Topics {
		if t := &f.Topics[i]; !t.Internal {
			r.looked++
			look(t.Name, "the newest record", t.Last, topicLink(t.Name))
		}
	}
	for i := range f.Samples {
		if s := &f.Samples[i]; s.Timestamp.UnixMilli() >= 0 {
			look(s.Topic, fmt.Sprintf("%s offset %d", partition(s.Topic, s.Partition), s.Offset), s.Timestamp, recordLink(s))
		}
	}
}
