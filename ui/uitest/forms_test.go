package uitest_test

import (
	"context"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"kconsole/avro/registry"
	"kconsole/kafka"
	"kconsole/kafka/config"
	"kconsole/kafka/kafkatest"
	"kconsole/ui/session"
	"kconsole/ui/uitest"
	"kconsole/ui/views"
)

// forms is a console on a cluster, and what tells whether its forms did what they
// said.
type forms struct {
	*uitest.Driver
	t        *testing.T
	k        *kafkatest.Cluster
	cluster  *kafka.Cluster
	registry *registry.Client
	audit    string
	// cancelled is the title of the change that was ended before it was done.
	cancelled string
}

// form is one action that writes, done by keys as a person does it.
type form struct {
	action string // view and key
	// do opens, fills and confirms the form, and checks what came of it.
	do func(*forms)
	// not says why it is not done here.
	not string
}

// TestEveryForm drives each action that writes on a live cluster: open it, fill
// it, read the plan, confirm, and look with the cluster's own eyes. No action may
// be left out.
func TestEveryForm(t *testing.T) {
	var table []form
	for _, part := range [][]form{topicForms(), loadForms(), configForms(), groupForms(), accessForms(), subjectForms(), transactionForms(), cartForms()} {
		table = append(table, part...)
	}
	for _, v := range views.All() {
		for _, key := range v.Keys {
			if key.Writes && !slices.ContainsFunc(table, func(f form) bool { return f.action == v.Name+" "+key.Name }) {
				t.Errorf("%s %s (%s) writes, and is not in the table of forms", v.Name, key.Name, key.Label)
			}
		}
	}
	f := openForms(t)
	done := 0
	for _, c := range table {
		if c.not != "" {
			t.Logf("%s is not done: %s", c.action, c.not)
			continue
		}
		if !t.Run(c.action, func(t *testing.T) {
			f.t = t
			c.do(f)
		}) {
			t.Fatalf("it ended with %s; the screen is:\n%s", c.action, f.Text())
		}
		done++
	}
	list, err := kafka.ReadAudit(f.audit)
	if err != nil || len(list) < done/2 {
		t.Errorf("%d changes are in the audit log after %d forms, %v", len(list), done, err)
	}
	for _, r := range list {
		if r.Open || (r.Failed > 0) != (r.Title == f.cancelled) {
			t.Errorf("audit: %s is open %v, %d failed", r.Title, r.Open, r.Failed)
		}
	}
}

func openForms(t *testing.T) *forms {
	t.Helper()
	k := kafkatest.Embedded(t)
	cl := k.Config
	cl.Name = "lab"
	other := cl
	other.Name = "other"
	conf := &config.Config{Current: "lab", UI: config.DefaultUI(), Clusters: map[string]config.Cluster{"lab": cl, "other": other}}
	f := &forms{t: t, k: k, audit: filepath.Join(t.TempDir(), "audit.jsonl")}
	f.Driver = uitest.StartBusy(t, uitest.Options{
		Width: 150, Height: 50, Config: conf, RealClock: true,
		Connect: func(_ context.Context, cl config.Cluster) (*session.Session, error) {
			return session.Open(cl, session.Options{Refresh: conf.UI.Refresh, Stack: k.Stack, AuditLog: f.audit})
		},
	})
	var err error
	if f.cluster, err = kafka.Connect(cl); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(f.cluster.Close)
	http, err := cl.Registry.HTTPClient()
	if err != nil {
		t.Fatal(err)
	}
	if f.registry, err = registry.New(registry.Options{URL: cl.Registry.URL, HTTP: http}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(f.registry.Close)
	f.WaitFor("3/3 brokers")
	return f
}

// at goes to a view and waits until it shows some texts.
func (f *forms) at(command string, shows ...string) {
	f.t.Helper()
	f.TypeBusy(":" + command)
	f.PressBusy("enter")
	f.WaitUntilGone(":" + command)
	for _, s := range shows {
		f.WaitFor(s)
	}
}

// open presses a key on the row that is selected and waits for the form.
func (f *forms) open(key, title string) {
	f.t.Helper()
	f.PressBusy(key)
	f.WaitFor(title)
}

// fill types into the fields from the first on; "-" leaves one as it is, "+n"
// chooses the nth choice after the present one.
func (f *forms) fill(values ...string) {
	f.t.Helper()
	for i, v := range values {
		if i > 0 {
			f.PressBusy("down")
		}
		switch {
		case v == "-":
		case strings.HasPrefix(v, "+") && len(v) == 2:
			for range v[1] - '0' {
				f.PressBusy("right")
			}
		default:
			f.PressBusy("end", "ctrl-u")
			f.TypeBusy(v)
		}
	}
}

// apply reads the plan, types the name if one is asked for, and applies it.
func (f *forms) apply(plan, name string) {
	f.t.Helper()
	f.PressBusy("enter")
	f.confirm(plan, name)
}

// confirm is apply for a plan that is on the screen, or will be.
func (f *forms) confirm(plan, name string) {
	f.t.Helper()
	f.WaitFor(plan)
	if name != "" {
		f.WaitFor("Type " + name + " to confirm")
		f.TypeBusy(name)
	} else {
		f.WaitFor("enter apply")
	}
	f.PressBusy("enter")
	f.WaitFor("done: ")
}

// eventually polls until what is missing is empty.
func (f *forms) eventually(missing func() string) {
	f.t.Helper()
	kafkatest.Eventually(f.t, missing)
}

// topic is a topic with its offsets.
func (f *forms) topic(name string) kafka.Topic {
	f.t.Helper()
	list, err := f.cluster.TopicMetadata(f.t.Context(), name)
	if err != nil {
		f.t.Fatal(err)
	}
	return list[0]
}

// offsets are the first and the next offsets of a topic, over all partitions.
func (f *forms) offsets(name string) (start, end int64) {
	f.t.Helper()
	adm := f.k.Admin(f.t)
	starts, err := adm.ListStartOffsets(f.t.Context(), name)
	if err != nil {
		f.t.Fatal(err)
	}
	ends, err := adm.ListEndOffsets(f.t.Context(), name)
	if err != nil {
		f.t.Fatal(err)
	}
	starts.Each(func(o kadm.ListedOffset) { start += o.Offset })
	ends.Each(func(o kadm.ListedOffset) { end += o.Offset })
	return start, end
}

// write writes records to a topic.
func (f *forms) write(topic string, values ...string) {
	f.t.Helper()
	client := f.k.Client(f.t)
	for _, v := range values {
		if err := client.ProduceSync(f.t.Context(), &kgo.Record{Topic: topic, Key: []byte("k"), Value: []byte(v)}).FirstErr(); err != nil {
			f.t.Fatal(err)
		}
	}
}
