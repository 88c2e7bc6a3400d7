package doctor

import (
	"fmt"
	"strings"
	"time"

	"kconsole/kafka"
)

func lostRecords(f *Facts, r *result) {
	f.eachReader(r, func(g *kafka.Group) {
		var seen, where []string
		var lost int64
		for i := range g.Offsets {
			o := &g.Offsets[i]
			if o.Committed < 0 || o.Start < 0 || o.Committed >= o.Start {
				continue
			}
			lost += o.Start - o.Committed
			seen = append(seen, fmt.Sprintf("%s: committed %d, the log starts at %d: offsets %d to %d are gone",
				partition(o.Topic, o.Partition), o.Committed, o.Start, o.Committed, o.Start-1))
			where = append(where, "--topic "+quote(fmt.Sprintf("%s:%d", o.Topic, o.Partition)))
		}
		if len(seen) == 0 {
			return
		}
		one := Finding{
			Level: Act, Resource: "group " + g.ID, Title: fmt.Sprintf("%s lost %d offsets that it had not read", g.ID, lost), Evidence: seen,
			Next: Action{
				Text:    "stop its consumers and set it to the start of what is left; find the lost records at their source",
				Command: "kconsole reset-offsets " + quote(g.ID) + " --to start " + strings.Join(where[:min(len(where), maxEvidence)], " "),
			},
			Open: groupLink(g.ID),
		}
		r.add(one)
	})
}

// aheadAtMost is how far ahead a loss is worth a word, as long as it is also in
// the last quarter of the retention time.
const (
	aheadAtMost = 24 * time.Hour
	aheadAct    = time.Hour
)

// retentionAhead looks at the record where a lagging group stands: it is the next
// that retention deletes unread. Kafka deletes whole segments, so not before that.
func retentionAhead(f *Facts, r *result) {
	for i := range f.Samples {
		s := &f.Samples[i]
		g := find(f.Groups, s.Group)
		if s.Group == "" || g == nil || !readers(g) {
			continue
		}
		o := findOffset(g.Offsets, s.Topic, s.Partition)
		if o == nil || i > 0 && f.Samples[i-1].Topic == s.Topic && f.Samples[i-1].Partition == s.Partition && f.Samples[i-1].Group == s.Group {
			continue // not the first there
		}
		r.looked++
		keep, ok := configInt(f.TopicConfigs[s.Topic], "retention.ms")
		policy := f.TopicConfigs[s.Topic].Get("cleanup.policy")
		if !ok || keep <= 0 || keep > 1<<43 || policy == nil || !strings.Contains(policy.Value, "delete") {
			continue
		}
		retention := time.Duration(keep) * time.Millisecond
		left := s.Timestamp.Add(retention).Sub(f.Now)
		if left > min(aheadAtMost, retention/4) {
			continue
		}
		p, known := f.pace(g)
		if known && p.out > p.in && time.Duration(float64(g.Lag())/(p.out-p.in)*float64(time.Second)) < left {
			continue // it will be through by then
		}
		one := Finding{
			Level: Watch, Resource: "group " + g.ID, Title: fmt.Sprintf("%s will lose records of %s to retention in %s", g.ID, partition(s.Topic, s.Partition), span(left)),
			Evidence: []string{
				fmt.Sprintf("its next record, offset %d, is of %s; retention.ms is %s", s.Offset, s.Timestamp.UTC().Format(time.RFC3339), span(retention)),
				fmt.Sprintf("lag %d, %s", o.Lag(), plural(len(g.Members), "member")),
			},
			Next: Action{
				Text:    "start or speed up its consumers; a longer retention wins time",
				Command: fmt.Sprintf("kconsole alter topic %s --set retention.ms=%d", quote(s.Topic), 2*keep),
			},
			Open: groupLink(g.ID),
		}
		if left < aheadAct {
			one.Level = Act
		}
		if left <= 0 {
			one.Title = fmt.Sprintf("%s loses records of %s to retention at any moment", g.ID, partition(s.Topic, s.Partition))
		}
		r.add(one)
	}
}
