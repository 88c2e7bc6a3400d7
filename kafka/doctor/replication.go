package doctor

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"kconsole/kafka"
)

func brokersDown(f *Facts, r *result) {
	for i := range f.Info.Brokers {
		b := &f.Info.Brokers[i]
		r.looked++
		paused := f.paused(b.ID)
		if b.Up && !paused {
			continue
		}
		one := Finding{
			Level: Act, Resource: brokerName(b.ID), Title: fmt.Sprintf("broker %d is down", b.ID),
			Next: f.startBroker(b.ID), Open: Link{View: "brokers"},
		}
		if paused {
			one.Title = fmt.Sprintf("broker %d is paused", b.ID)
			one.Evidence = append(one.Evidence, "the lab has frozen it: it takes connections, and answers nothing")
		}
		if !b.Up {
			one.Evidence = append(one.Evidence, fmt.Sprintf("it is not in the cluster's metadata, and holds %s", plural(b.Replicas, "replica")))
		}
		r.add(one)
	}
}

func brokerName(id int32) string { return "broker " + strconv.Itoa(int(id)) }

func offlinePartitions(f *Facts, r *result) {
	f.eachTopic(r, func(t *kafka.Topic) {
		var seen []string
		var need []int32
		for i := range t.Partitions {
			p := &t.Partitions[i]
			if p.Leader >= 0 {
				continue
			}
			seen = append(seen, fmt.Sprintf("%s has no leader; replicas %s, in sync last %s", partition(t.Name, p.ID), ids(p.Replicas), ids(p.ISR)))
			for _, id := range p.ISR {
				if !slices.Contains(need, id) {
					need = append(need, id)
				}
			}
		}
		if len(seen) == 0 {
			return
		}
		slices.Sort(need)
		one := Finding{
			Level: Act, Resource: "topic " + t.Name, Title: fmt.Sprintf("%s: %s offline", t.Name, plural(len(seen), "partition")), Evidence: seen,
			Next: f.startBroker(need...), Open: topicLink(t.Name),
		}
		if len(need) == 0 {
			one.Next = f.startBroker(f.down()...)
		}
		one.Next.Text += "; an unclean election is the last resort, and loses records"
		r.add(one)
	})
}

func uncleanElections(f *Facts, r *result) {
	for name, c := range f.TopicConfigs {
		r.looked++
		if e := c.Get("unclean.leader.election.enable"); e != nil && e.Value == "true" {
			r.add(Finding{
				Level: Watch, Resource: "topic " + name, Title: name + " allows unclean leader elections",
				Evidence: []string{"unclean.leader.election.enable is true (" + e.Origin + ")"},
				Next: Action{
					Text:    "set it to false, unless the topic may lose records",
					Command: "kconsole alter topic " + quote(name) + " --set unclean.leader.election.enable=false",
				},
				Open: Link{View: "configs", Args: []string{name}},
			})
		}
	}
}

// minISR is how many replicas have to be in sync for a write with acks=all.
func (f *Facts) minISR(topic string) (int, bool) {
	n, ok := configInt(f.TopicConfigs[topic], "min.insync.replicas")
	return int(n), ok
}

func belowMinISR(f *Facts, r *result) {
	f.eachTopic(r, func(t *kafka.Topic) {
		need, ok := f.minISR(t.Name)
		if !ok {
			return
		}
		if rf := t.ReplicationFactor(); rf > 0 && need > rf {
			r.add(Finding{
				Level: Act, Resource: "topic " + t.Name, Title: fmt.Sprintf("%s: writes with acks=all can never succeed", t.Name),
				Evidence: []string{fmt.Sprintf("min.insync.replicas is %d, and there are %s of each partition", need, plural(rf, "replica"))},
				Next: Action{
					Text:    "raise the replication factor, or lower min.insync.replicas",
					Command: fmt.Sprintf("kconsole reassign %s --brokers %s --factor %d", quote(t.Name), f.upList(), need),
				},
				Open: Link{View: "configs", Args: []string{t.Name}},
			})
			return
		}
		var seen []string
		var away []int32
		for i := range t.Partitions {
			p := &t.Partitions[i]
			if p.Leader < 0 || len(p.ISR) >= need {
				continue // an offline one is told of already
			}
			seen = append(seen, fmt.Sprintf("%s has in sync %s of replicas %s", partition(t.Name, p.ID), ids(p.ISR), ids(p.Replicas)))
			for _, id := range p.Replicas {
				if !slices.Contains(p.ISR, id) && !slices.Contains(away, id) {
					away = append(away, id)
				}
			}
		}
		if len(seen) == 0 {
			return
		}
		slices.Sort(away)
		r.add(Finding{
			Level: Act, Resource: "topic " + t.Name,
			Title:    fmt.Sprintf("%s: writes with acks=all are refused on %s", t.Name, plural(len(seen), "partition")),
			Evidence: append([]string{fmt.Sprintf("min.insync.replicas is %d", need)}, seen...),
			Next:     f.startBroker(away...), Open: topicLink(t.Name),
		})
	})
}

// underReplicated is for replicas that are behind although their broker is up;
// what a broker that is down holds is told of with the broker.
func underReplicated(f *Facts, r *result) {
	down := f.down()
	f.eachTopic(r, func(t *kafka.Topic) {
		var seen []string
		for i := range t.Partitions {
			p := &t.Partitions[i]
			for _, id := range p.Replicas {
				if !slices.Contains(p.ISR, id) && !slices.Contains(down, id) && p.Leader >= 0 {
					seen = append(seen, fmt.Sprintf("%s on broker %d is not in sync", partition(t.Name, p.ID), id))
				}
			}
		}
		if len(seen) == 0 {
			return
		}
		r.add(Finding{
			Level: Watch, Resource: "topic " + t.Name, Title: fmt.Sprintf("%s: %s behind", t.Name, plural(len(seen), "replica")), Evidence: seen,
			Next: Action{Text: "give them time; if it stays so, look at the broker's disk and network", Command: "kconsole get logdirs"},
			Open: topicLink(t.Name),
		})
	})
}

// The space left in a log dir at which it is worth a word.
const (
	diskWatch = 0.10
	diskAct   = 0.03
)

func logDirs(f *Facts, r *result) {
	for i := range f.LogDirs {
		d := &f.LogDirs[i]
		r.looked++
		name := fmt.Sprintf("%s on broker %d", d.Path, d.Broker)
		open := Link{View: "logdirs", Args: []string{strconv.Itoa(int(d.Broker))}}
		if d.Err != nil {
			r.add(Finding{
				Level: Act, Resource: "log dir " + name, Title: "log dir " + name + " is offline", Evidence: []string{d.Err.Error()},
				Next: Action{Text: "mend the disk, then restart the broker", Command: "kconsole get logdirs"}, Open: open,
			})
			continue
		}
		if d.Total <= 0 || d.Usable < 0 {
			continue
		}
		free := float64(d.Usable) / float64(d.Total)
		if free > diskWatch {
			continue
		}
		one := Finding{
			Level: Watch, Resource: "log dir " + name, Title: fmt.Sprintf("log dir %s has %.0f %% of its volume left", name, free*100),
			Evidence: []string{fmt.Sprintf("%d of %d bytes are free; its logs take %d", d.Usable, d.Total, d.Bytes)},
			Next:     Action{Text: "shorten retention, move replicas away, or add space", Command: "kconsole get logdirs"}, Open: open,
		}
		if free < diskAct {
			one.Level = Act
		}
		r.add(one)
	}
	if err := f.Errs[PartLogDirs]; err != nil {
		r.note = err.Error()
	}
}

// silentVoter is how long a controller may be silent until it counts as away.
const silentVoter = 10 * time.Second

func quorumHealth(f *Facts, r *result) {
	next := Action{Text: "start the controllers that are down", Command: "kconsole describe cluster"}
	if f.Quorum == nil {
		err := f.Errs[PartQuorum]
		if kindIs(err, kafka.Denied) || kindIs(err, kafka.Invalid) || kindIs(err, kafka.Auth) || kindIs(err, kafka.TLS) || len(f.Topics) == 0 {
			r.unknown = err.Error() // not ours to ask, no KRaft, or nobody answers at all
			return
		}
		r.add(Finding{
			Level: Act, Resource: "quorum", Title: "no controller answers", Evidence: []string{err.Error(), "brokers answer all the same"}, Next: next,
			Open: Link{View: "quorum"},
		})
		return
	}
	q := f.Quorum
	r.looked = len(q.Voters)
	newest := f.Now // by the leader's clock, which may not be ours
	for i := range q.Voters {
		if q.Voters[i].ID == q.Leader && !q.Voters[i].LastFetch.IsZero() {
			newest = q.Voters[i].LastFetch
		}
	}
	var silent []string
	var away []int32
	for i := range q.Voters {
		v := &q.Voters[i]
		if v.ID == q.Leader || v.LastFetch.IsZero() && v.EndOffset >= 0 {
			continue
		}
		if ago := newest.Sub(v.LastFetch); v.EndOffset < 0 || ago > silentVoter {
			text := fmt.Sprintf("controller %d has not been heard of", v.ID)
			if v.EndOffset >= 0 {
				text = fmt.Sprintf("controller %d was heard of %s ago, %s behind", v.ID, span(ago), plural(int(v.Lag), "offset"))
			}
			silent, away = append(silent, text), append(away, v.ID)
		}
	}
	majority := len(q.Voters)/2 + 1
	switch {
	case q.Leader < 0:
		r.add(Finding{
			Level: Act, Resource: "quorum", Title: "the controllers have no leader", Evidence: append([]string{fmt.Sprintf("%d voters, epoch %d", len(q.Voters), q.Epoch)}, silent...),
			Next: next, Open: Link{View: "quorum"},
		})
	case len(q.Voters)-len(silent) < majority:
		r.add(Finding{
			Level: Act, Resource: "quorum", Title: fmt.Sprintf("%d of %d controllers are there: no majority", len(q.Voters)-len(silent), len(q.Voters)),
			Evidence: silent, Next: f.startBroker(away...), Open: Link{View: "quorum"},
		})
	case len(silent) > 0:
		one := Finding{
			Level: Watch, Resource: "quorum", Title: fmt.Sprintf("%d of %d controllers are there", len(q.Voters)-len(silent), len(q.Voters)),
			Evidence: silent, Next: f.startBroker(away...), Open: Link{View: "quorum"},
		}
		one.Next.Text = strings.Replace(one.Next.Text, "broker", "controller", 1)
		r.add(one)
	}
}

// eachTopic calls do for each topic, internal ones too.
func (f *Facts) eachTopic(r *result, do func(*kafka.Topic)) {
	for i := range f.Topics {
		r.looked += len(f.Topics[i].Partitions)
		do(&f.Topics[i])
	}
}

func ids(list []int32) string {
	if len(list) == 0 {
		return "none"
	}
	texts := make([]string, len(list))
	for i, id := range list {
		texts[i] = strconv.Itoa(int(id))
	}
	return strings.Join(texts, ",")
}

func (f *Facts) upList() string {
	var up []int32
	for i := range f.Info.Brokers {
		if f.Info.Brokers[i].Up {
			up = append(up, f.Info.Brokers[i].ID)
		}
	}
	return ids(up)
}
