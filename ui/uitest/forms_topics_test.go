package uitest_test

import (
	"fmt"
	"os"
	"slices"
	"strings"

	"kconsole/kafka"
	"kconsole/kafka/tail"
)

func topicForms() []form {
	return []form{
		{action: "topics n", do: func(f *forms) {
			f.at("topics", "Topics (")
			f.open("n", "Create a topic")
			f.fill("forms.orders", "3", "2", "retention.ms=86400000")
			f.apply("Create topic forms.orders", "")
			f.eventually(func() string {
				if got := f.topic("forms.orders"); len(got.Partitions) == 3 && len(got.Partitions[0].Replicas) == 2 {
					return ""
				}
				return "there is no such topic"
			})
		}},
		{action: "topics p", do: produceRecord},
		{action: "topics shift-c", do: func(f *forms) {
			f.at("topics /^forms.orders$", " forms.orders ")
			f.open("shift-c", "Clone topic forms.orders")
			f.fill("forms.copy")
			f.apply("forms.copy", "")
			f.eventually(func() string {
				if len(f.topic("forms.copy").Partitions) == 3 {
					return ""
				}
				return "there is no copy"
			})
		}},
		{action: "topics shift-c", do: cloneRecords},
		{action: "topics shift-c", do: cancelClone},
		{action: "topic a", do: func(f *forms) {
			f.at("topic forms.copy", "Partitions (3)")
			f.open("a", "Add partitions to topic forms.copy")
			f.fill("5")
			f.apply("Add", "")
			f.eventually(func() string {
				if n := len(f.topic("forms.copy").Partitions); n != 5 {
					return fmt.Sprintf("it has %d partitions", n)
				}
				return ""
			})
		}},
		{action: "topic m", do: func(f *forms) {
			was := f.topic("forms.copy").Partitions[0]
			to := []int32{was.Replicas[1], was.Replicas[0]}
			f.at("topic forms.copy", "Partitions (5)")
			f.open("m", "Move 1 partition of topic forms.copy")
			f.fill(fmt.Sprintf("%d,%d", to[0], to[1]))
			f.apply("forms.copy/0", "")
			f.eventually(func() string {
				if now := f.topic("forms.copy").Partitions[0]; !slices.Equal(now.Replicas, to) {
					return fmt.Sprintf("its replicas are %v, not %v", now.Replicas, to)
				}
				return ""
			})
		}},
		{action: "topic shift-l", do: func(f *forms) {
			// The preferred replica is another one than the leader now, unless the
			// cluster has seen to that itself.
			f.at("topic forms.copy", "Partitions (5)")
			f.open("shift-l", "Elect the leaders of 1 partition")
			f.PressBusy("enter")
			f.WaitFor("lect")
			f.WaitFor("esc")
			f.eventually(func() string {
				if f.Has("enter apply") {
					f.PressBusy("enter")
				}
				if f.Has("done: ") || f.Has("Nothing would change") {
					return ""
				}
				return f.Text()
			})
			f.PressBusy("esc", "esc")
			f.eventually(func() string {
				if p := f.topic("forms.copy").Partitions[0]; p.Leader != p.Replicas[0] {
					return fmt.Sprintf("%d leads, and %v are its replicas", p.Leader, p.Replicas)
				}
				return ""
			})
		}},
		{action: "topic ctrl-d", do: func(f *forms) {
			f.write("forms.copy", "a", "b", "c") // one key: one partition
			at, err := f.k.Admin(f.t).ListEndOffsets(f.t.Context(), "forms.copy")
			if err != nil {
				f.t.Fatal(err)
			}
			id := int32(-1)
			for _, p := range at["forms.copy"] {
				if p.Offset == 3 {
					id = p.Partition
				}
			}
			f.at(fmt.Sprintf("topic forms.copy /^%d$", id), "(1 of 5)")
			f.open("ctrl-d", fmt.Sprintf("Delete records of forms.copy/%d", id))
			f.fill("2")
			f.apply("forms.copy", "forms.copy")
			if start, _ := f.offsets("forms.copy"); start != 2 {
				f.t.Errorf("the records begin at %d", start)
			}
		}},
		{action: "topics shift-d", do: func(f *forms) {
			f.at("topics /^forms.copy$", " forms.copy ")
			f.PressBusy("shift-d")
			f.confirm("forms.copy", "forms.copy")
			if start, end := f.offsets("forms.copy"); start != 3 || end != 3 {
				f.t.Errorf("it holds %d to %d", start, end)
			}
		}},
		{action: "topics ctrl-d", do: func(f *forms) {
			f.at("topics /^forms.copy$", " forms.copy ")
			f.PressBusy("ctrl-d")
			f.confirm("Delete topic forms.copy", "forms.copy")
			f.eventually(func() string {
				if f.topic("forms.copy").Err == nil {
					return "it is still there"
				}
				return ""
			})
		}},
		{action: "reassignments e", do: func(f *forms) {
			f.at("reassignments", "Reassignments")
			f.open("e", "Throttle replication")
			f.fill("forms.orders", "1000000")
			f.apply("hrottle", "")
			f.config("forms.orders", "leader.replication.throttled.replicas", func(e *kafka.ConfigEntry) bool { return e != nil && e.Value != "" })
		}},
		{action: "reassignments ctrl-d", not: "the embedded cluster moves replicas at once, so that there is none to cancel"},
	}
}

// produceRecord writes a record, first to a partition that is not there.
func produceRecord(f *forms) {
	f.at("topics /^forms.orders$", " forms.orders ")
	f.open("p", "Produce to topic forms.orders")
	f.fill(" key-hunter", "-", "first ", `trace=1, trace=2, list="a,b", secret=hunter2`, "99")
	f.PressBusy("enter")
	f.WaitFor("forms.orders has partitions 0 to 2")
	f.PressBusy("esc")
	f.WaitFor("--partition 99")
	f.PressBusy("end", "ctrl-u")
	f.TypeBusy("1")
	f.WaitFor("kconsole produce forms.orders --key ' key-hunter' --header trace=1 --header trace=2 --header list=a,b --header secret=hunter2 --partition 1")
	f.WaitFor("--value 'first '")
	f.apply("Produce one record", "")
	r, err := tail.Open(f.t.Context(), f.cluster, tail.Options{Topic: "forms.orders", From: tail.Position{Kind: tail.Start}, Until: tail.Position{Kind: tail.End}})
	if err != nil {
		f.t.Fatal(err)
	}
	defer r.Close()
	got, err := r.Next(f.t.Context())
	if len(got) != 1 {
		f.t.Fatalf("the topic holds %d records, %v", len(got), err)
	}
	rec := &got[0]
	text := fmt.Sprintf("%d %q %q", rec.Partition, rec.Key, rec.Value)
	for _, h := range rec.Headers {
		text += fmt.Sprintf(" %s=%s", h.Key, h.Value)
	}
	if want := `1 " key-hunter" "first " trace=1 trace=2 list=a,b secret=hunter2`; text != want {
		f.t.Errorf("it is %s, not %s", text, want)
	}
	f.notAudited("produce to topic forms.orders", "hunter")
}

// notAudited checks that a change is in the audit log, without something.
func (f *forms) notAudited(title, secret string) {
	f.t.Helper()
	log, err := os.ReadFile(f.audit)
	if err != nil || !strings.Contains(string(log), `"title":"`+title+`"`) || strings.Contains(string(log), secret) {
		f.t.Errorf("%v: %q should be in the audit log, and %q not:\n%s", err, title, secret, log)
	}
}

// cloneRecords makes a topic with the records of another one.
func cloneRecords(f *forms) {
	f.write("forms.orders", "second", strings.Repeat("third ", 50_000))
	f.at("topics /^forms.orders$", " forms.orders ")
	f.open("shift-c", "Clone topic forms.orders")
	f.fill("forms.full", "+1", "1000000")
	f.WaitFor("kconsole create topic forms.full --like forms.orders --records --throttle 1000000")
	f.apply("topic forms.full: records 3", "")
	f.WaitFor("partition forms.full/2") // how each partition went stays
	f.PressBusy("esc")
	if _, end := f.offsets("forms.full"); end != 3 {
		f.t.Errorf("the copy holds %d records", end)
	}
}

// cancelClone leaves a copy that would take days, once it tells how far it is.
func cancelClone(f *forms) {
	f.at("topics /^forms.orders$", " forms.orders ")
	f.open("shift-c", "Clone topic forms.orders")
	f.fill("forms.part", "+1", "1")
	f.PressBusy("enter")
	f.WaitFor("topic forms.part: records 3")
	f.cancelled = "create topic forms.part like forms.orders, with its records"
	f.PressBusy("enter")
	f.WaitFor(" of 3 records ")
	f.PressBusy("esc")
	f.WaitFor("cancelled; it may have been done in part")
}

// config waits until an entry of a topic's configuration is as it should be.
func (f *forms) config(topic, name string, is func(*kafka.ConfigEntry) bool) {
	f.t.Helper()
	f.eventually(func() string {
		list, err := f.cluster.TopicConfigs(f.t.Context(), topic)
		if err != nil {
			return err.Error()
		}
		if e := list[0].Get(name); !is(e) {
			return fmt.Sprintf("%s is %+v", name, e)
		}
		return ""
	})
}

func configForms() []form {
	return []form{
		{action: "configs enter", do: func(f *forms) {
			f.at("configs forms.orders /^retention.ms", "86400000")
			f.open("enter", "Set retention.ms of topic forms.orders")
			f.fill("3600000")
			f.apply("3600000", "")
			f.config("forms.orders", "retention.ms", func(e *kafka.ConfigEntry) bool { return e.Value == "3600000" })
		}},
		{action: "configs ctrl-d", do: func(f *forms) {
			f.at("configs forms.orders /^retention.ms", "3600000")
			f.PressBusy("ctrl-d")
			f.confirm("retention.ms", "")
			f.config("forms.orders", "retention.ms", func(e *kafka.ConfigEntry) bool { return e.Value != "3600000" })
		}},
		{action: "broker enter", do: func(f *forms) {
			f.at("broker 1 /^log.retention.ms", "1 of ")
			f.open("enter", "Set log.retention.ms of broker 1")
			f.fill("7200000")
			f.apply("7200000", "")
			f.broker("log.retention.ms", "7200000", true)
		}},
		{action: "broker ctrl-d", do: func(f *forms) {
			f.at("broker 1 /^log.retention.ms", "7200000")
			f.PressBusy("ctrl-d")
			f.confirm("log.retention.ms", "")
			f.broker("log.retention.ms", "7200000", false)
		}},
		{action: "groupconfigs enter", do: func(f *forms) {
			f.at("groupconfigs forms.group /^consumer.session.timeout.ms", "1 of ")
			f.open("enter", "Set consumer.session.timeout.ms of group forms.group")
			f.fill("50000")
			f.apply("50000", "")
			f.groupConfig("consumer.session.timeout.ms", "50000", true)
		}},
		{action: "groupconfigs ctrl-d", do: func(f *forms) {
			f.at("groupconfigs forms.group /^consumer.session.timeout.ms", "50000")
			f.PressBusy("ctrl-d")
			f.confirm("consumer.session.timeout.ms", "")
			f.groupConfig("consumer.session.timeout.ms", "50000", false)
		}},
	}
}

func (f *forms) broker(name, value string, is bool) {
	f.t.Helper()
	f.eventually(func() string {
		list, err := f.cluster.BrokerConfigs(f.t.Context(), 1)
		if err != nil {
			return err.Error()
		}
		if e := list[0].Get(name); (e != nil && e.Value == value) != is {
			return fmt.Sprintf("%s is %+v", name, e)
		}
		return ""
	})
}

func (f *forms) groupConfig(name, value string, is bool) {
	f.t.Helper()
	f.eventually(func() string {
		list, err := f.cluster.GroupConfigs(f.t.Context(), "forms.group")
		if err != nil {
			return err.Error()
		}
		if e := list[0].Get(name); (e != nil && e.Value == value) != is {
			return fmt.Sprintf("%s is %+v", name, e)
		}
		return ""
	})
}
