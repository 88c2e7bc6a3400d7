package uitest_test

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
)

// commit has a group of ours be where the topic's partition 0 begins.
func (f *forms) commit(group string) {
	f.t.Helper()
	var at kadm.Offsets
	for p := range int32(3) {
		at.AddOffset("forms.orders", p, 0, -1)
	}
	if err := f.k.Admin(f.t).CommitAllOffsets(f.t.Context(), group, at); err != nil {
		f.t.Fatal(err)
	}
}

// committed waits until a group has committed so much, over all partitions;
// negative: nothing.
func (f *forms) committed(group string, want int64) {
	f.t.Helper()
	f.eventually(func() string {
		got, err := f.k.Admin(f.t).FetchOffsets(f.t.Context(), group)
		if err != nil && (want >= 0 || !errors.Is(err, kerr.GroupIDNotFound)) {
			return err.Error()
		}
		sum := int64(-1)
		for _, o := range got["forms.orders"] {
			if o.At >= 0 {
				sum = max(sum, 0) + o.At
			}
		}
		if sum != want {
			return fmt.Sprintf("it has committed %d, not %d", sum, want)
		}
		return ""
	})
}

func groupForms() []form {
	return []form{
		{action: "groups o", do: func(f *forms) {
			f.commit("forms.group")
			_, end := f.offsets("forms.orders")
			f.at("groups /^forms.group", " forms.group ")
			f.open("o", "Reset the offsets of group forms.group")
			f.fill("+1") // end
			f.apply("offsets of", "")
			f.committed("forms.group", end)
		}},
		{action: "group o", do: func(f *forms) {
			f.at("group forms.group", "forms.orders")
			f.open("o", "Reset the offsets of group forms.group")
			f.apply("offsets of", "")
			f.committed("forms.group", 0)
		}},
		{action: "group ctrl-d", do: func(f *forms) {
			f.commit("forms.other")
			f.at("group forms.other", "forms.orders")
			f.TypeBusy(" ")
			f.PressBusy("down", "ctrl-space", "down", "ctrl-space", "ctrl-d")
			f.confirm("forms.other", "")
			f.committed("forms.other", -1)
		}},
		{action: "members ctrl-d", do: func(f *forms) {
			ctx, cancel := context.WithCancel(f.t.Context())
			client := f.k.Client(f.t, kgo.ConsumerGroup("forms.members"), kgo.ConsumeTopics("forms.orders"), kgo.HeartbeatInterval(200*time.Millisecond))
			ended := make(chan struct{})
			go func() {
				defer close(ended)
				for ctx.Err() == nil {
					client.PollFetches(ctx)
				}
			}()
			defer func() { cancel(); <-ended }()
			var id string
			f.eventually(func() string {
				g, err := f.cluster.Group(ctx, "forms.members")
				if err != nil || len(g.Members) != 1 || g.State != "Stable" {
					return fmt.Sprintf("%+v, %v", g, err)
				}
				id = g.Members[0].ID
				return ""
			})
			f.at("members forms.members", "(1)")
			f.PressBusy("ctrl-d")
			f.confirm("forms.members", "")
			f.eventually(func() string {
				g, err := f.cluster.Group(ctx, "forms.members")
				if err != nil {
					return err.Error()
				}
				for _, m := range g.Members {
					if m.ID == id {
						return "it is still a member"
					}
				}
				return ""
			})
		}},
		{action: "groups ctrl-d", do: func(f *forms) {
			f.commit("forms.gone")
			f.at("groups /^forms.gone", " forms.gone ")
			f.PressBusy("ctrl-d")
			f.confirm("Delete group forms.gone", "forms.gone")
			f.committed("forms.gone", -1)
		}},
	}
}

func transactionForms() []form {
	begin := func(f *forms, id string) (producer string) {
		client := f.k.Client(f.t, kgo.TransactionalID(id), kgo.TransactionTimeout(time.Minute))
		if err := client.BeginTransaction(); err != nil {
			f.t.Fatal(err)
		}
		if err := client.ProduceSync(f.t.Context(), &kgo.Record{Topic: "forms.orders", Value: []byte("never committed")}).FirstErr(); err != nil {
			f.t.Fatal(err)
		}
		number, _, err := client.ProducerID(f.t.Context())
		if err != nil {
			f.t.Fatal(err)
		}
		return strconv.FormatInt(number, 10)
	}
	return []form{
		{action: "tx ctrl-d", do: func(f *forms) {
			producer := begin(f, "forms.tx")
			f.at("tx /forms.tx", "forms.tx", "Ongoing")
			f.PressBusy("ctrl-d")
			f.confirm("bort the open transaction of forms.tx", producer)
			f.producersAreDone()
		}},
		{action: "producers ctrl-d", do: func(f *forms) {
			producer := begin(f, "forms.producer")
			f.at("producers forms.orders", "Producers")
			f.TypeBusy("/" + producer)
			f.PressBusy("enter")
			f.WaitFor("/" + producer + " ") // the filter is in force
			f.WaitFor("OPEN SINCE")
			f.PressBusy("ctrl-d")
			f.confirm("bort the transaction of producer", producer)
			f.producersAreDone()
		}},
		{action: "hanging ctrl-d", not: "a transaction hangs once its last write is 15 minutes old; the abort is that of producers ctrl-d"},
	}
}

// producersAreDone waits until no transaction is open on the topic.
func (f *forms) producersAreDone() {
	f.t.Helper()
	f.eventually(func() string {
		topics, err := f.cluster.TopicMetadata(f.t.Context(), "forms.orders")
		if err != nil {
			return err.Error()
		}
		producers, err := f.cluster.Producers(f.t.Context(), topics)
		if err != nil {
			return err.Error()
		}
		for _, p := range producers {
			if p.TxnStart >= 0 {
				return fmt.Sprintf("partition %d still has an open transaction", p.Partition)
			}
		}
		return ""
	})
}
