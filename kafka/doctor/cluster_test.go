package doctor_test

import (
	"context"
	"errors"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/sr"

	"kconsole/compose/embedded"
	"kconsole/compose/labdir"
	"kconsole/compose/pki"
	"kconsole/kafka"
	"kconsole/kafka/config"
	"kconsole/kafka/connection"
	"kconsole/kafka/doctor"
	"kconsole/kafka/kafkatest"
)

// healthy has a group that reads what is produced, and a schema, then nothing may
// be wrong and every check made. except are rules about the machine itself.
func healthy(t *testing.T, c *kafkatest.Cluster, except ...string) {
	p := examine(t, c.Config, doctor.Options{})
	topic, group := c.Topic(t, 3, 3, "min.insync.replicas", "2"), kafkatest.Name(t)
	client := byHand(t, c)
	schema, err := c.Registry(t).CreateSchema(t.Context(), topic+"-value", avroSchema(`{"name":"a","type":"string"}`))
	if err != nil {
		t.Fatal(err)
	}
	reader, _ := member(t, c, group, []string{topic})
	members(t, p, group, 1)
	for q := range int32(3) {
		for range 5 {
			produce(t, client, &kgo.Record{Topic: topic, Partition: q, Value: framed(schema.ID, "\x02x")})
		}
		commitAs(t, reader, topic, q, 5)
	}
	for range 2 {
		// Others may use the real cluster: what is theirs is not judged here.
		rep := p.Look(context.Background())
		for _, f := range rep.Findings {
			ours := strings.Contains(f.Resource, topic) || strings.Contains(f.Resource, group)
			shared := strings.HasPrefix(f.Resource, "topic ") || strings.HasPrefix(f.Resource, "group ") || strings.HasPrefix(f.Resource, "subject ")
			if ours || !shared && !slices.Contains(except, f.Rule) {
				t.Errorf("a healthy cluster: %+v", f)
			}
		}
		for _, check := range rep.Checks {
			if check.Status == doctor.Unknown && len(rep.Findings) == 0 && rep.Watched > 0 {
				t.Errorf("nobody looked: %+v", check)
			}
		}
		p.later(20 * time.Second)
	}
}

func TestHealthyEmbedded(t *testing.T) { healthy(t, kafkatest.Embedded(t)) }

// The disk of the machine that tests run on may be full.
func TestHealthyReal(t *testing.T) { healthy(t, kafkatest.Real(t), "log-dir") }

func TestEveryRuleHasALab(t *testing.T) {
	rules := doctor.Rules()
	seen := make(map[string]bool)
	for _, c := range rules {
		if c.Rule == "" || c.Name == "" || seen[c.Rule] {
			t.Errorf("%+v", c)
		}
		seen[c.Rule] = true
	}
	rep := doctor.Examine(&doctor.Facts{})
	if len(rep.Checks) != len(rules) || len(rep.Findings) != 0 {
		t.Errorf("of nothing: %+v", rep)
	}
}

// TestRequestsGrowWithBrokers counts what a look sends: the same for few and for
// many topics and groups.
func TestRequestsGrowWithBrokers(t *testing.T) {
	c := kafkatest.Embedded(t)
	client := c.Client(t)
	count := func() int {
		counter := &counter{}
		k, err := kafka.Connect(c.Config, kafka.WithClientOptions(kgo.WithHooks(counter)))
		if err != nil {
			t.Fatal(err)
		}
		defer k.Close()
		doctor.New(k, doctor.Options{Window: -1, NoListeners: true, NoRecords: true}).Look(t.Context())
		return counter.n()
	}
	more := func(n int) {
		for range n {
			topic, group := c.Topic(t, 3, 3), kafkatest.Name(t)
			produce(t, client, &kgo.Record{Topic: topic, Value: []byte("x")})
			commit(t, c, group, topic, 0, 0)
		}
	}
	more(2)
	few := count()
	more(40)
	many := count()
	t.Logf("%d requests with 2 topics and groups, %d with 42", few, many)
	if limit := few + 4*3; many > limit { // two groups may have one coordinator
		t.Errorf("%d requests, at most %d", many, limit)
	}
}

func TestBrokersAndReplicas(t *testing.T) {
	c := kafkatest.Embedded(t)
	p := examine(t, c.Config, doctor.Options{NoRecords: true, NoListeners: true})
	safe := c.Topic(t, 1, 3, "min.insync.replicas", "2")
	single := c.Topic(t, 3, 1, "unclean.leader.election.enable", "true")
	found(t, p, "unclean-election", doctor.Watch, single+" allows unclean leader elections", "--set unclean.leader.election.enable=false")
	fine(t, p, "isr-below-minimum")
	fine(t, p, "partition-offline")
	if err := c.Stack.Stop(t.Context(), 2); err != nil {
		t.Fatal(err)
	}
	found(t, p, "broker-down", doctor.Act, "broker 2 is down", "kconsole lab broker start 2")
	found(t, p, "partition-offline", doctor.Act, single+": 1 partition offline", "has no leader; replicas 2")
	fine(t, p, "isr-below-minimum")
	if err := c.Stack.Stop(t.Context(), 3); err != nil {
		t.Fatal(err)
	}
	found(t, p, "isr-below-minimum", doctor.Act, safe+": writes with acks=all are refused on 1 partition", "min.insync.replicas is 2", "has in sync 1 of replicas", "start broker 2 and 3")
	fine(t, p, "under-replicated") // told of with the brokers
	for _, id := range []int32{2, 3} {
		if err := c.Stack.Start(t.Context(), id); err != nil {
			t.Fatal(err)
		}
	}
	kafkatest.Eventually(t, func() string {
		rep := p.Look(t.Context())
		for _, rule := range []string{"broker-down", "partition-offline", "isr-below-minimum", "under-replicated", "controller-quorum"} {
			if one := check(rep, rule); one.Status != doctor.Fine {
				return rule + " is still there"
			}
		}
		return ""
	})
	too := c.Topic(t, 1, 2, "min.insync.replicas", "3")
	found(t, p, "isr-below-minimum", doctor.Act, too+": writes with acks=all can never succeed", "and there are 2 replicas")
}

func TestQuorum(t *testing.T) {
	c := kafkatest.Embedded(t)
	p := examine(t, c.Config, doctor.Options{NoRecords: true, NoListeners: true})
	fine(t, p, "controller-quorum")
	if err := c.Stack.Stop(t.Context(), 3); err != nil {
		t.Fatal(err)
	}
	p.later(time.Minute)
	// The embedded quorum answers with the time of the answer for those that
	// live, so a voter that is away falls behind only as time passes.
	kafkatest.Eventually(t, func() string {
		q, err := p.cluster.Quorum(t.Context())
		if err != nil {
			return err.Error()
		}
		facts := doctor.Facts{Now: time.Now().Add(time.Minute), Quorum: &q, Errs: map[doctor.Part]error{}}
		for i := range q.Voters { // a minute later, by the leader's clock
			if q.Voters[i].ID != 3 {
				q.Voters[i].LastFetch = q.Voters[i].LastFetch.Add(time.Minute)
			}
		}
		return wants(doctor.Examine(&facts), "controller-quorum", doctor.Watch, "2 of 3 controllers are there", "controller 3 was heard of")
	})
	q := kafka.Quorum{Leader: kafka.NoLeader, Voters: []kafka.QuorumState{{ID: 1}, {ID: 2}, {ID: 3}}}
	if missing := wants(doctor.Examine(&doctor.Facts{Quorum: &q}), "controller-quorum", doctor.Act, "the controllers have no leader"); missing != "" {
		t.Error(missing)
	}
	q.Leader = 1
	for i := range q.Voters {
		q.Voters[i].LastFetch = time.Unix(1000, 0)
	}
	q.Voters[0].LastFetch = time.Unix(1100, 0)
	if missing := wants(doctor.Examine(&doctor.Facts{Quorum: &q}), "controller-quorum", doctor.Act, "1 of 3 controllers are there: no majority"); missing != "" {
		t.Error(missing)
	}
	gone := doctor.Facts{Topics: []kafka.Topic{{Name: "t"}}, Errs: map[doctor.Part]error{doctor.PartQuorum: &kafka.Error{What: "cannot read the quorum", Kind: kafka.Timeout}}}
	if missing := wants(doctor.Examine(&gone), "controller-quorum", doctor.Act, "no controller answers"); missing != "" {
		t.Error(missing)
	}
}

// wants says what of a finding is missing in a report.
func wants(rep doctor.Report, rule string, level doctor.Level, texts ...string) string {
	for _, f := range rep.Findings {
		if f.Rule != rule || f.Level != level {
			continue
		}
		all := f.Title + "|" + strings.Join(f.Evidence, "|")
		for _, text := range texts {
			if !strings.Contains(all, text) {
				return text + " is not in " + all
			}
		}
		return ""
	}
	return rule + " is not found"
}

// plain is an embedded cluster without TLS and sign-in, with its faults.
func plain(t *testing.T, conf embedded.Config) (*embedded.Cluster, config.Cluster) {
	t.Helper()
	conf.Timing = embedded.ShortTiming
	e, err := embedded.Start(t.Context(), conf)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Close(); err != nil {
			t.Error(err)
		}
	})
	return e, config.Cluster{Name: "plain", Brokers: e.Addrs()}
}

func TestListeners(t *testing.T) {
	e, cl := plain(t, embedded.Config{})
	p := examine(t, cl, doctor.Options{NoRecords: true})
	for _, rule := range []string{"listener-unreachable", "listener-certificate", "listener-sign-in"} {
		fine(t, p, rule)
	}
	if err := e.AdvertiseWrong(2, "127.0.0.1:1"); err != nil {
		t.Fatal(err)
	}
	found(t, p, "listener-unreachable", doctor.Act, "broker 2 at 127.0.0.1:1 cannot be reached", "connection refused", "the broker advertises this address", "correct advertised.listeners of broker 2")
	if err := e.AdvertiseWrong(2, "no-such-host.invalid:9092"); err != nil {
		t.Fatal(err)
	}
	found(t, p, "listener-unreachable", doctor.Act, "no-such-host.invalid", "dns: ")
}

func TestCertificates(t *testing.T) {
	dir := t.TempDir()
	ca, err := pki.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	leaf, err := ca.Issue(pki.Server("localhost"))
	if err != nil {
		t.Fatal(err)
	}
	e, cl := plain(t, embedded.Config{TLS: serverTLS(leaf)})
	cl.TLS = &config.TLS{CA: ca.File()}
	p := examine(t, cl, doctor.Options{NoRecords: true})
	fine(t, p, "listener-certificate")
	if err := e.WrongCertificate(3, nil); err != nil {
		t.Fatal(err)
	}
	found(t, p, "listener-certificate", doctor.Act, "the certificate of broker 3", "is refused", "kafka.somewhere-else.invalid")
	now := time.Now()
	three := int32(3)
	facts := func(left time.Duration) *doctor.Facts {
		return &doctor.Facts{Now: now, Listeners: &connection.Report{Listeners: []connection.Listener{{
			Address: "b:1", Broker: &three, Steps: []connection.Step{{Name: connection.TLS, OK: true}},
			Certificates: []connection.Certificate{{Subject: "CN=b", Until: now.Add(left)}},
		}}}}
	}
	for left, level := range map[time.Duration]doctor.Level{20 * 24 * time.Hour: doctor.Watch, time.Hour: doctor.Act} {
		if missing := wants(doctor.Examine(facts(left)), "listener-certificate", level, "the certificate of broker 3 at b:1 ends in"); missing != "" {
			t.Error(missing)
		}
	}
	if rep := doctor.Examine(facts(90 * 24 * time.Hour)); len(rep.Findings) != 0 {
		t.Errorf("%+v", rep.Findings)
	}
}

func TestSignInAndRights(t *testing.T) {
	c := kafkatest.Embedded(t)
	wrong := c.Config
	sasl := *wrong.SASL
	sasl.Password, sasl.PasswordFile = config.NewSecret("wrong"), ""
	wrong.SASL = &sasl
	wrong.Registry = nil
	p := examine(t, wrong, doctor.Options{})
	found(t, p, "listener-sign-in", doctor.Act, "refuses the sign-in", "of user admin", "SASL_SSL")
	if rep := p.Look(t.Context()); rep.Worst() != doctor.Act || rep.Count(doctor.Unknown) == 0 {
		t.Errorf("worst %q, unknown %d", rep.Worst(), rep.Count(doctor.Unknown))
	}
	guest := c.As(t, labdir.Guest)
	guest.Registry = nil
	p = examine(t, guest, doctor.Options{})
	found(t, p, "missing-acl", doctor.Watch, "cannot read the log dirs", "missing: ALLOW User:guest DESCRIBE on CLUSTER kafka-cluster from *",
		"kconsole create acl --principal User:guest --operation DESCRIBE --on-cluster")
}

func TestLogDirs(t *testing.T) {
	e, cl := plain(t, embedded.Config{})
	p := examine(t, cl, doctor.Options{NoRecords: true, NoListeners: true})
	fine(t, p, "log-dir")
	if err := e.LogDirOffline(1, ""); err != nil {
		t.Fatal(err)
	}
	found(t, p, "log-dir", doctor.Act, "on broker 1 is offline", "mend the disk")
	for usable, level := range map[int64]doctor.Level{8: doctor.Watch, 1: doctor.Act} {
		full := doctor.Facts{LogDirs: []kafka.LogDir{{Broker: 1, Path: "/d", Total: 100, Usable: usable}}}
		if missing := wants(doctor.Examine(&full), "log-dir", level, "of its volume left"); missing != "" {
			t.Error(missing)
		}
	}
}

func avroSchema(fields string) sr.Schema {
	return sr.Schema{Schema: `{"type":"record","name":"Made","namespace":"test","fields":[` + fields + `]}`}
}

// TestNobodyAnswers: where brokers take connections and say nothing, the reads do
// not wait for them one after the other, and the listeners are still in the report.
func TestNobodyAnswers(t *testing.T) {
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = silent.Close() })
	c, err := kafka.Connect(config.Cluster{Name: "silent", Brokers: []string{silent.Addr().String()}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	f := doctor.New(c, doctor.Options{}).Facts(t.Context())
	why := f.Errs[doctor.PartTopics]
	if why == nil {
		t.Fatal("somebody answers")
	}
	for _, part := range []doctor.Part{doctor.PartQuorum, doctor.PartLogDirs, doctor.PartQuotas, doctor.PartGroups, doctor.PartRecords} {
		if !errors.Is(f.Errs[part], why) {
			t.Errorf("%s was asked for on its own: %v", part, f.Errs[part])
		}
	}
	rep := doctor.Examine(f)
	if missing := wants(rep, "listener-unreachable", doctor.Act, "address "+silent.Addr().String()); missing != "" {
		t.Error(missing)
	}
}

// TestPausedBroker: what a paused broker looks like from outside is not what is
// wrong with it.
func TestPausedBroker(t *testing.T) {
	two := int32(2)
	stuck := []connection.Step{{Name: connection.TCP, OK: true}, {Name: connection.TLS, Reason: "it does not answer"}}
	facts := func(paused map[int32]string) *doctor.Facts {
		return &doctor.Facts{
			Lab: true, Paused: paused,
			Info: kafka.ClusterInfo{Brokers: []kafka.Broker{{ID: 1, Up: true}, {ID: 2, Replicas: 4}, {ID: 3}}},
			Topics: []kafka.Topic{{Name: "t", Partitions: []kafka.Partition{
				{Leader: 1, Replicas: []int32{1, 2, 3}, ISR: []int32{1}},
				{ID: 1, Leader: -1, Replicas: []int32{2, 3}, ISR: []int32{2, 3}},
			}}},
			Listeners: &connection.Report{Listeners: []connection.Listener{
				{Address: "b:1", Configured: true, Steps: stuck},
				{Address: "other:1", Broker: &two, Steps: stuck},
			}},
			Errs: map[doctor.Part]error{},
		}
	}
	rep := doctor.Examine(facts(map[int32]string{2: "b:1"}))
	var titles []string
	for _, f := range rep.Findings {
		titles = append(titles, f.Title)
		want := "kconsole lab broker resume 2"
		if strings.HasPrefix(f.Title, "broker 3") {
			want = "kconsole lab broker start 3"
		}
		if f.Next.Command != want {
			t.Errorf("%s: %q, want %q", f.Title, f.Next.Command, want)
		}
		if f.Rule == "partition-offline" && !strings.HasPrefix(f.Next.Text, "resume broker 2, and start broker 3;") {
			t.Errorf("%s: %q", f.Title, f.Next.Text)
		}
	}
	slices.Sort(titles)
	if want := []string{
		"broker 2 at b:1 does not answer: it is paused", "broker 2 at other:1 does not answer: it is paused",
		"broker 2 is paused", "broker 3 is down", "t: 1 partition offline",
	}; !slices.Equal(titles, want) {
		t.Errorf("found %q, want %q", titles, want)
	}
	// It is paused at once; that it is gone the cluster notices later.
	early := facts(map[int32]string{2: "b:1"})
	early.Info.Brokers[1].Up = true
	if missing := wants(doctor.Examine(early), "broker-down", doctor.Act, "broker 2 is paused"); missing != "" {
		t.Error(missing)
	}
	// Of a broker that nobody knows to be paused it stays as it was.
	rep = doctor.Examine(facts(nil))
	if missing := wants(rep, "listener-certificate", doctor.Act, "no TLS with address b:1"); missing != "" {
		t.Error(missing)
	}
	if missing := wants(rep, "broker-down", doctor.Act, "broker 2 is down"); missing != "" {
		t.Error(missing)
	}
}
