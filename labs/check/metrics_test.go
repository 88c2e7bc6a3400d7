package check

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"kconsole/kafka"
	"kconsole/kafka/config"
	"kconsole/labs"
)

// page serves one text, and Prometheus' answers to two queries.
func page(t *testing.T, text string) (*labs.Env, string) {
	t.Helper()
	mux := http.NewServeMux()
	mux.HandleFunc("/metrics", func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(text)) })
	mux.HandleFunc("/api/v1/query", func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Get("query") != `up{job="kafka"}` {
			w.WriteHeader(http.StatusBadRequest)
			_, _ = w.Write([]byte(`{"status":"error","errorType":"bad_data","error":"parse error"}`))
			return
		}
		_, _ = w.Write([]byte(`{"status":"success","data":{"resultType":"vector","result":[{"metric":{"job":"kafka"},"value":[1700000000.1,"1"]}]}}`))
	})
	server := httptest.NewServer(mux)
	t.Cleanup(server.Close)
	c, err := kafka.Connect(config.Cluster{Name: "c", Brokers: []string{"127.0.0.1:1"}, Metrics: config.Metrics{Prometheus: server.URL}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return &labs.Env{Cluster: c, HTTP: server.Client()}, server.URL
}

func TestScrape(t *testing.T) {
	env, at := page(t, `# HELP lag what is left
# TYPE lag gauge
lag{group="a",topic="x \"y\" \\ z"} 5
lag{group="b",} 1.5e3 1700000000000
lag_total 7
plain 3
broken{group="a
`)
	got, err := Scrape(t.Context(), env, at+"/metrics", "lag")
	want := []Sample{{map[string]string{"group": "a", "topic": `x "y" \ z`}, 5}, {map[string]string{"group": "b"}, 1500}}
	if err != nil || !cmp.Equal(got, want) {
		t.Errorf("samples %v, %v", got, err)
	}
	if got, err := Scrape(t.Context(), env, at+"/metrics", "plain"); err != nil || len(got) != 1 || got[0].Value != 3 {
		t.Errorf("without labels %v, %v", got, err)
	}
	if got, err := Scrape(t.Context(), env, at+"/metrics", "absent"); err != nil || len(got) != 0 {
		t.Errorf("a metric that is not there: %v, %v", got, err)
	}
	if _, err := Scrape(t.Context(), env, at+"/metrics", "broken"); err == nil {
		t.Error("a damaged line is read")
	}
	if _, err := Scrape(t.Context(), env, at+"/nowhere", "lag"); err == nil {
		t.Error("a page that is not there is read")
	}
}

func TestQuery(t *testing.T) {
	env, _ := page(t, "")
	got, err := Query(t.Context(), env, `up{job="kafka"}`)
	if err != nil || !cmp.Equal(got, []Sample{{map[string]string{"job": "kafka"}, 1}}) {
		t.Errorf("samples %v, %v", got, err)
	}
	if _, err := Query(t.Context(), env, "up{"); err == nil || !strings.Contains(err.Error(), "parse error") {
		t.Errorf("a wrong query: %v", err)
	}
}

func TestQuestions(t *testing.T) {
	choice := Choice("?", []string{"broker 1", "broker 2"}, "broker 2", func(c string) string { return "about " + c })
	for answer, right := range map[string]bool{"broker 2": true, "2": true, "BROKER 2": true, "broker 1": false, "1": false, "3": false, "": false} {
		if ok, why := choice.Accept(answer); ok != right || why == "" {
			t.Errorf("choice %q: %v, %q", answer, ok, why)
		}
	}
	number := Number("?", 1000, 10, func(int64, bool) string { return "why" })
	for answer, right := range map[string]bool{"1000": true, "1,005": true, "989": false, "many": false} {
		if ok, why := number.Accept(answer); ok != right || why == "" {
			t.Errorf("number %q: %v, %q", answer, ok, why)
		}
	}
	text := Text("?", []string{"NOT_ENOUGH_REPLICAS", "19"}, func(string, bool) string { return "why" })
	for answer, right := range map[string]bool{"not_enough_replicas": true, "19": true, "20": false} {
		if ok, why := text.Accept(answer); ok != right || why == "" {
			t.Errorf("text %q: %v, %q", answer, ok, why)
		}
	}
}

func TestSince(t *testing.T) {
	if got := Since(Offsets{0: 5, 1: 2, 2: 1}, Offsets{0: 3, 1: 9}); got != 2+2+1 {
		t.Errorf("a topic that was made anew counts from zero: %d", got)
	}
}
