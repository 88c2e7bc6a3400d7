package exporter

import (
	"net"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/prometheus/client_golang/prometheus"

	"kconsole/kafka"
	"kconsole/kafka/poll"
)

// Source is where snapshots come from; [poll.Poller] is one.
type Source interface {
	// Latest is never nil.
	Latest() *poll.Snapshot
}

// Scopes are what a poller has to watch so that every metric has a value.
const Scopes = poll.Topics | poll.Offsets | poll.Groups | poll.Lag

// collector turns the newest snapshot into metrics at each scrape.
type collector struct {
	source Source
	opts   Options
}

// Describe sends what [collector.Collect] may send.
func (c *collector) Describe(out chan<- *prometheus.Desc) {
	for _, d := range all {
		out <- d
	}
}

// Collect sends the newest snapshot.
func (c *collector) Collect(out chan<- prometheus.Metric) {
	s := c.source.Latest()
	omitted := omissions{}
	if c.part(out, "topics", s.Topics.At, s.Topics.Err) {
		c.cluster(out, s)
		c.topics(out, s.Topics.Rows, &omitted)
	}
	if c.part(out, "groups", s.Groups.At, s.Groups.Err) {
		c.groups(out, s.Groups.Rows, &omitted)
	}
	gauge(out, omittedSeries, omitted.partitions, "partition")
	gauge(out, omittedSeries, omitted.groups, "group")
}

// omissions count the series that a bound kept away.
type omissions struct{ partitions, groups int }

// part tells about one kind of read, and whether what it gave shall be shown.
func (c *collector) part(out chan<- prometheus.Metric, name string, at time.Time, err error) bool {
	gauge(out, up, !at.IsZero() && err == nil, name)
	if at.IsZero() {
		return false
	}
	old := c.opts.Clock().Sub(at)
	gauge(out, age, old.Seconds(), name)
	return old <= c.opts.MaxAge
}

func (c *collector) cluster(out chan<- prometheus.Metric, s *poll.Snapshot) {
	gauge(out, brokers, s.Cluster.Up())
	for i := range s.Cluster.Brokers {
		if b := &s.Cluster.Brokers[i]; b.Up {
			gauge(out, brokerInfo, 1, number(b.ID), label(net.JoinHostPort(b.Host, number(b.Port))), label(b.Rack))
		}
	}
	gauge(out, controller, s.Cluster.Controller)
	partitionCount, underReplicated, offline := 0, 0, 0
	for i := range s.Topics.Rows {
		t := &s.Topics.Rows[i]
		partitionCount += len(t.Partitions)
		underReplicated += t.UnderReplicated()
		offline += t.Offline()
	}
	gauge(out, topics, len(s.Topics.Rows))
	gauge(out, partitions, partitionCount)
	gauge(out, underReplicatedPartitions, underReplicated)
	gauge(out, offlinePartitions, offline)
}

// partitionSeries is how many series a partition has when all is known of it.
const partitionSeries = 8

func (c *collector) topics(out chan<- prometheus.Metric, rows []kafka.Topic, omitted *omissions) {
	left := c.opts.MaxPartitions
	for i := range rows {
		t := &rows[i]
		if !shows(c.opts.Topics, t.Name) {
			continue
		}
		if len(t.Partitions) > left {
			// All of a topic or none of it: a sum over half a topic is wrong.
			omitted.partitions += partitionSeries*len(t.Partitions) + 1
			continue
		}
		left -= len(t.Partitions)
		name := label(t.Name)
		gauge(out, topicPartitions, len(t.Partitions), name)
		for j := range t.Partitions {
			partition(out, name, &t.Partitions[j])
		}
	}
}

func partition(out chan<- prometheus.Metric, topic string, p *kafka.Partition) {
	id := number(p.ID)
	known(out, partitionEnd, p.End, topic, id)
	known(out, partitionStart, p.Start, topic, id)
	gauge(out, partitionLeader, max(p.Leader, kafka.NoLeader), topic, id)
	gauge(out, partitionPreferred, p.Leader >= 0 && len(p.Replicas) > 0 && p.Replicas[0] == p.Leader, topic, id)
	gauge(out, partitionReplicas, len(p.Replicas), topic, id)
	gauge(out, partitionInSync, len(p.ISR), topic, id)
	gauge(out, partitionUnderReplicated, p.UnderReplicated(), topic, id)
	gauge(out, partitionOffline, p.Leader < 0, topic, id)
}

func (c *collector) groups(out chan<- prometheus.Metric, rows []kafka.Group, omitted *omissions) {
	gauge(out, groups, len(rows))
	left, leftPartitions := c.opts.MaxGroups, c.opts.MaxGroupPartitions
	for i := range rows {
		g := &rows[i]
		if !shows(c.opts.Groups, g.ID) {
			continue
		}
		if left == 0 {
			omitted.groups += 3 + 2*len(g.Offsets)
			continue
		}
		left--
		name := label(g.ID)
		if g.Err == nil {
			gauge(out, groupMembers, len(g.Members), name)
			gauge(out, groupState, 1, name, label(g.State))
		}
		known(out, groupLag, g.Lag(), name)
		if len(g.Offsets) > leftPartitions {
			omitted.groups += 2 * len(g.Offsets)
			continue
		}
		leftPartitions -= len(g.Offsets)
		for j := range g.Offsets {
			o := &g.Offsets[j]
			topic, id := label(o.Topic), number(o.Partition)
			known(out, groupOffset, o.Committed, name, topic, id)
			known(out, groupPartitionLag, o.Lag(), name, topic, id)
		}
	}
}

// gauge sends one value; true is 1.
func gauge[T bool | int | int32 | int64 | float64](out chan<- prometheus.Metric, d *prometheus.Desc, value T, labels ...string) {
	var v float64
	switch x := any(value).(type) {
	case bool:
		if x {
			v = 1
		}
	case int:
		v = float64(x)
	case int32:
		v = float64(x)
	case int64:
		v = float64(x)
	case float64:
		v = x
	}
	out <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
}

// known sends a value unless it is [kafka.Unknown]: a series that is missing
// is honest, one of -1 spoils every sum.
func known(out chan<- prometheus.Metric, d *prometheus.Desc, value int64, labels ...string) {
	if value != kafka.Unknown {
		gauge(out, d, value, labels...)
	}
}

// label makes text from a cluster fit for a label: Prometheus takes UTF-8 only,
// and a group's id may be any bytes of any length.
func label(text string) string {
	if !utf8.ValidString(text) {
		text = strconv.QuoteToASCII(text)
	}
	if len(text) > maxLabel {
		text = strings.ToValidUTF8(text[:maxLabel], "") + "…"
	}
	return text
}

// maxLabel bounds a label's value, in bytes. Topic names end at 249.
const maxLabel = 512

func number(n int32) string { return strconv.Itoa(int(n)) }
