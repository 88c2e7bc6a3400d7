package docker

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/goccy/go-yaml"
	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"kconsole/compose/brokers"
)

// metricsLimit bounds one wait for Prometheus, on machines that are slow: rules
// are evaluated every 5 s and wait for 15 s at most.
const metricsLimit = 3 * time.Minute

// testMetrics has a real Prometheus scrape the stack: every query of every
// panel returns data, and every alert fires in a failure that is staged for it.
func testMetrics(t *testing.T, s *Stack) {
	m := &metrics{stack: s, url: s.Prometheus()}
	t.Cleanup(http.DefaultClient.CloseIdleConnections)
	m.traffic(t)
	t.Run("Targets", m.targets)
	t.Run("Panels", m.panels)
	t.Run("Usage", m.usage)
	t.Run("Alerts", m.alerts)
}

type metrics struct {
	stack *Stack
	url   string
	admin *kadm.Client
}

// traffic makes what the panels and alerts tell of: a topic that is written to
// all the time, one that has only one replica, and a group without members that
// lags far behind.
func (m *metrics) traffic(t *testing.T) {
	t.Helper()
	client, err := brokers.NewClient(m.stack.admin, kgo.RetryTimeout(time.Minute), kgo.RecordPartitioner(kgo.RoundRobinPartitioner()))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(client.Close)
	m.admin = kadm.NewClient(client)
	if _, err := m.admin.CreateTopic(t.Context(), 6, 3, nil, "orders"); err != nil {
		t.Fatal(err)
	}
	if _, err := m.admin.CreateTopic(t.Context(), 3, 1, nil, "narrow"); err != nil {
		t.Fatal(err)
	}
	records := make([]*kgo.Record, 3000)
	for i := range records {
		records[i] = &kgo.Record{Topic: "orders", Value: fmt.Appendf(nil, "order %d", i)}
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := client.ProduceSync(ctx, records...).FirstErr(); err != nil {
		t.Fatal(err)
	}
	var committed kadm.Offsets
	for p := range int32(6) {
		committed.Add(kadm.Offset{Topic: "orders", Partition: p, At: 1, LeaderEpoch: -1})
	}
	eventually(t, func() string { // the group's coordinator may only just be made
		if err := m.admin.CommitAllOffsets(ctx, "billing", committed); err != nil {
			return err.Error()
		}
		return ""
	})
	running, stop := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		for i := 0; running.Err() == nil; i++ {
			client.Produce(running, &kgo.Record{Topic: "orders", Value: fmt.Appendf(nil, "more %d", i)}, nil)
			select {
			case <-time.After(50 * time.Millisecond):
			case <-running.Done():
			}
		}
	}()
	t.Cleanup(func() {
		stop()
		<-done
	})
}

// query is Prometheus's answer to an instant query.
func (m *metrics) query(ctx context.Context, expr string) ([]sample, error) {
	var answer struct {
		Status, Error string
		Data          struct{ Result []sample }
	}
	err := m.get(ctx, "/api/v1/query?query="+url.QueryEscape(expr), &answer)
	if err == nil && answer.Status != "success" {
		err = fmt.Errorf("%s: %s", expr, answer.Error)
	}
	return answer.Data.Result, err
}

type sample struct {
	Metric map[string]string
	Value  [2]any // time and text
}

func (m *metrics) get(ctx context.Context, path string, into any) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, m.url+path, http.NoBody)
	if err != nil {
		return err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	return json.NewDecoder(res.Body).Decode(into)
}

// eventually polls until nothing is missing.
func eventually(t *testing.T, missing func() string) {
	t.Helper()
	deadline := time.Now().Add(metricsLimit)
	for {
		what := missing()
		if what == "" {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("still after %s: %s", metricsLimit, what)
		}
		time.Sleep(500 * time.Millisecond)
	}
}

func (m *metrics) targets(t *testing.T) {
	eventually(t, func() string {
		up, err := m.query(t.Context(), "up == 1")
		if err != nil {
			return err.Error()
		}
		if len(up) != 6 { // 3 brokers, controller, exporter, Prometheus itself
			return fmt.Sprintf("up: %v", up)
		}
		return ""
	})
}

// panels checks that every query of every dashboard returns data.
func (m *metrics) panels(t *testing.T) {
	queries := 0
	for name, panels := range dashboards(t) {
		for _, p := range panels {
			for _, target := range p.Targets {
				queries++
				expr := strings.NewReplacer("$topic", ".*", "$group", ".*").Replace(target.Expr)
				eventually(t, func() string {
					got, err := m.query(t.Context(), expr)
					switch {
					case err != nil:
						return err.Error()
					case len(got) == 0:
						return fmt.Sprintf("%s, %q returns nothing: %s", name, p.Title, expr)
					}
					return ""
				})
			}
		}
	}
	t.Logf("%d queries return data", queries)
}

// usage is what the engine measures of the containers.
func (m *metrics) usage(t *testing.T) {
	all, err := m.stack.usage(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if len(all) < 8 {
		t.Errorf("%d containers: %v", len(all), all)
	}
	for service, u := range all {
		if u.Memory < 1<<20 || u.Memory > u.Limit || u.Limit > 1<<30 {
			t.Errorf("%s uses %d of %d bytes", service, u.Memory, u.Limit)
		}
		t.Logf("%-12s %5.1f %% of a core, %4d MiB", service, 100*u.CPU, u.Memory>>20)
	}
}

// firing are the names of the alerts that fire.
func (m *metrics) firing(t *testing.T) map[string]bool {
	t.Helper()
	got, err := m.query(t.Context(), `ALERTS{alertstate="firing"}`)
	if err != nil {
		t.Log(err)
	}
	names := map[string]bool{}
	for _, one := range got {
		names[one.Metric["alertname"]] = true
	}
	return names
}

// fire waits until all of these alerts fire.
func (m *metrics) fire(t *testing.T, seen map[string]bool, names ...string) {
	t.Helper()
	eventually(t, func() string {
		now := m.firing(t)
		var missing []string
		for _, name := range names {
			if now[name] {
				seen[name] = true
			} else if !seen[name] {
				missing = append(missing, name)
			}
		}
		if len(missing) > 0 {
			return fmt.Sprintf("not firing: %v; firing: %v", missing, slices.Sorted(maps.Keys(now)))
		}
		return ""
	})
}

// alerts stages failures, one worse than the other, until every alert fired,
// and mends everything.
func (m *metrics) alerts(t *testing.T) {
	var rules struct {
		Groups []struct {
			Rules []struct{ Alert string }
		}
	}
	if err := yaml.Unmarshal(read("prometheus/alerts.yml"), &rules); err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for _, name := range []string{"KafkaBrokerDown", "KafkaOfflinePartitions", "KafkaUnderReplicatedPartitions", "KafkaExporterDown"} {
		if m.firing(t)[name] {
			t.Errorf("%s fires although all is well", name)
		}
	}
	if err := m.stack.Stop(t.Context(), 2); err != nil {
		t.Fatal(err)
	}
	m.fire(t, seen, "KafkaBrokerDown", "KafkaBrokersMissing", "KafkaOfflinePartitions", "KafkaUnderReplicatedPartitions",
		"KafkaLeadersNotPreferred", "KafkaConsumerGroupLag", "KafkaConsumerGroupEmpty")
	for _, id := range []int32{1, 3} {
		if err := m.stack.Kill(t.Context(), id); err != nil {
			t.Fatal(err)
		}
	}
	m.fire(t, seen, "KafkaExporterCannotRead")
	exporter, err := m.stack.engine.find(t.Context(), m.stack.layout.Project, "exporter")
	if err != nil {
		t.Fatal(err)
	}
	if err := m.stack.engine.stop(t.Context(), exporter.ID); err != nil {
		t.Fatal(err)
	}
	m.fire(t, seen, "KafkaExporterDown")
	for _, group := range rules.Groups {
		for _, rule := range group.Rules {
			if !seen[rule.Alert] {
				t.Errorf("no failure was staged for %s", rule.Alert)
			}
		}
	}
	if err := m.stack.engine.start(t.Context(), exporter.ID); err != nil {
		t.Fatal(err)
	}
	for id := int32(1); id <= brokerCount; id++ {
		if err := m.stack.Start(t.Context(), id); err != nil {
			t.Fatal(err)
		}
	}
	eventually(t, func() string {
		now := m.firing(t)
		for _, name := range []string{"KafkaBrokerDown", "KafkaBrokersMissing", "KafkaOfflinePartitions", "KafkaUnderReplicatedPartitions", "KafkaExporterCannotRead", "KafkaExporterDown"} {
			if now[name] {
				return name + " still fires"
			}
		}
		return ""
	})
}
