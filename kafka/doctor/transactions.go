package doctor

import (
	"fmt"
	"time"

	"kconsole/kafka"
)

// openTooLong is how long a transaction may be open without a write until it is
// worth a word: it holds up everybody who reads committed records.
const openTooLong = 5 * time.Minute

func transactions(f *Facts, r *result) {
	type key struct {
		topic     string
		partition int32
		producer  int64
	}
	told := make(map[key]bool)
	for i := range f.Hanging {
		h := &f.Hanging[i]
		r.looked++
		told[key{h.Topic, h.Partition, h.ProducerID}] = true
		name := partition(h.Topic, h.Partition)
		one := Finding{
			Level: Act, Resource: "partition " + name, Title: "a transaction hangs on " + name,
			Evidence: []string{
				fmt.Sprintf("producer id %d, open since offset %d, last write %s ago", h.ProducerID, h.TxnStart, span(h.Age)), h.Why,
			},
			Next: Action{
				Text:    "abort it: nothing else ends it",
				Command: fmt.Sprintf("kconsole abort transaction %s %d", quote(fmt.Sprintf("%s:%d", h.Topic, h.Partition)), h.ProducerID),
			},
			Open: Link{View: "tx"},
		}
		r.add(f.behind(one, h.Topic, h.Partition))
	}
	for i := range f.Producers {
		p := &f.Producers[i]
		r.looked++
		if age := f.Now.Sub(p.LastWrite); age >= openTooLong && !told[key{p.Topic, p.Partition, p.ProducerID}] {
			name := partition(p.Topic, p.Partition)
			r.add(f.behind(Finding{
				Level: Watch, Resource: "partition " + name, Title: fmt.Sprintf("a transaction on %s has been silent for %s", name, span(age)),
				Evidence: []string{fmt.Sprintf("producer id %d, open since offset %d; its coordinator ends it when its time is up", p.ProducerID, p.TxnStart)},
				Next:     Action{Text: "look at the producer; shorten transaction.timeout.ms there", Command: "kconsole get transactions"}, Open: Link{View: "tx"},
			}, p.Topic, p.Partition))
		}
	}
}

// behind adds how far the last stable offset is behind.
func (f *Facts) behind(one Finding, topic string, id int32) Finding {
	var p *kafka.Partition
	if t := f.topic(topic); t != nil {
		p = t.Partition(id)
	}
	if p != nil && p.Stable >= 0 && p.Stable < p.End {
		one.Evidence = append(one.Evidence, fmt.Sprintf("the last stable offset is %d, the log ends at %d", p.Stable, p.End))
	}
	return one
}
