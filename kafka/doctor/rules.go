package doctor

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"kconsole/kafka"
)

// errNotRead is a part that nobody asked for.
var errNotRead = errors.New("not read")

// rule is one thing to look for.
type rule struct {
	id, name string
	lab      Lab
	meaning  string // what it means; a finding may have its own
	needs    []Part // without them nobody can look
	examine  func(f *Facts, r *result)
}

// result collects what a rule finds.
type result struct {
	findings []Finding
	looked   int
	unknown  string // why nobody could look
	note     string // what was left out
}

func (r *result) add(f Finding) { r.findings = append(r.findings, f) }

// Rules lists the checks in the order in which they are made, without results.
func Rules() []Check {
	out := make([]Check, len(rules))
	for i := range rules {
		out[i] = Check{Rule: rules[i].id, Name: rules[i].name, Status: Unknown}
	}
	return out
}

// Examine turns facts into findings. It is pure.
func Examine(f *Facts) Report {
	rep := Report{Cluster: f.Cluster, At: f.Now, Findings: []Finding{}}
	if len(f.Earlier) > 0 {
		rep.Watched = f.Now.Sub(f.Earlier[0].At)
	}
	for i := range rules {
		ru := &rules[i]
		var r result
		r.unknown = missing(f, ru.needs)
		if r.unknown == "" {
			ru.examine(f, &r)
		}
		c := Check{Rule: ru.id, Name: ru.name, Status: Fine, Looked: r.looked, Why: r.note}
		switch {
		case len(r.findings) > 0:
			c.Status = Found
		case r.unknown != "":
			c.Status, c.Why = Unknown, r.unknown
		}
		rep.Checks = append(rep.Checks, c)
		slices.SortStableFunc(r.findings, func(a, b Finding) int { return strings.Compare(a.Resource, b.Resource) })
		for _, one := range r.findings {
			one.Rule = ru.id
			if one.Lab.ID == "" {
				one.Lab = ru.lab
			}
			if one.Meaning == "" {
				one.Meaning = ru.meaning
			}
			if n := len(one.Evidence); n > maxEvidence {
				one.Evidence = append(one.Evidence[:maxEvidence-1:maxEvidence-1], fmt.Sprintf("and %d more", n-maxEvidence+1))
			}
			rep.Findings = append(rep.Findings, one)
		}
	}
	sortFindings(rep.Findings)
	return rep
}

// missing says why the parts that a rule needs are not there; empty if they are.
func missing(f *Facts, needs []Part) string {
	for _, p := range needs {
		if err := f.Errs[p]; err != nil && !f.has(p) {
			return err.Error()
		}
		if !f.has(p) {
			return errNotRead.Error()
		}
	}
	return ""
}

// has tells whether there is something of a part to look at: what was read in
// part counts.
func (f *Facts) has(p Part) bool {
	failed := f.Errs[p] != nil
	switch p {
	case PartTopics:
		return len(f.Topics) > 0 || !failed && f.Info.Brokers != nil
	case PartGroups:
		return len(f.Groups) > 0 || !failed
	case PartListeners:
		return f.Listeners != nil
	case PartQuorum:
		return f.Quorum != nil || failed // an error is a finding
	case PartLogDirs:
		return len(f.LogDirs) > 0
	case PartTopicConfigs:
		return f.TopicConfigs != nil
	case PartBrokerConfigs:
		return f.BrokerConfigs != nil
	case PartSubjects:
		return f.Subjects != nil
	case PartRecords:
		return f.Batches != nil
	case PartHanging:
		return f.Hanging != nil
	case PartQuotas:
		return f.Quotas != nil
	default:
		return !failed
	}
}

// The labs, by number: what they are called.
func lab(id, title string) Lab {
	return Lab{ID: id, Title: title}
}

var (
	labParts       = lab("02", "Kafka's parts; a cluster of your own")
	labGroups      = lab("03", "Producers, consumers, groups and offsets")
	labAvro        = lab("04", "Avro and schemas")
	labEnvironment = lab("05", "A development environment, end to end")
	labProducers   = lab("06", "Producers with Avro")
	labConsumers   = lab("07", "Consumers with Avro: processing and recovery")
	labRegistry    = lab("08", "Schema registry and evolution")
	labFailure     = lab("09", "Partitions, replication, failure")
	labSecurity    = lab("10", "Security")
	labMonitoring  = lab("11", "Monitoring and a load test")
)

func (l Lab) broken(walkthrough string) Lab {
	l.Walkthrough = walkthrough
	return l
}

// startBroker is how to get brokers back: those that are paused go on, the others
// are started.
func (f *Facts) startBroker(ids ...int32) Action {
	var start, resume []string
	for _, id := range ids {
		if f.paused(id) {
			resume = append(resume, fmt.Sprint(id))
		} else {
			start = append(start, fmt.Sprint(id))
		}
	}
	var texts []string
	if len(resume) > 0 {
		texts = append(texts, "resume broker "+strings.Join(resume, " and "))
	}
	if len(start) > 0 || len(ids) == 0 {
		texts = append(texts, "start broker "+strings.Join(start, " and "))
	}
	a := Action{Text: strings.Join(texts, ", and ")}
	switch {
	case !f.Lab || len(ids) == 0:
	case len(resume) > 0:
		a.Command = "kconsole lab broker resume " + resume[0]
	default:
		a.Command = "kconsole lab broker start " + start[0]
	}
	return a
}

// paused tells whether the lab has paused a broker.
func (f *Facts) paused(id int32) bool {
	_, is := f.Paused[id]
	return is
}

// quote makes a name fit for a POSIX shell.
func quote(s string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_./:@", r)
	}
	if s != "" && !strings.ContainsFunc(s, func(r rune) bool { return !plain(r) }) {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// down lists the brokers that are known and not up, or paused.
func (f *Facts) down() []int32 {
	var ids []int32
	for i := range f.Info.Brokers {
		if id := f.Info.Brokers[i].ID; !f.Info.Brokers[i].Up || f.paused(id) {
			ids = append(ids, id)
		}
	}
	return ids
}

func partition(topic string, id int32) string { return fmt.Sprintf("%s/%d", topic, id) }

func topicLink(name string) Link { return Link{View: "topic", Args: []string{name}} }
func groupLink(name string) Link { return Link{View: "group", Args: []string{name}} }

// kindIs tells whether an error is of a kind.
func kindIs(err error, k kafka.Kind) bool { return err != nil && kafka.KindOf(err) == k }

// plural is "1 partition", "3 partitions".
func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}
