package check

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"kconsole/labs"
)

// errNoPrometheus is an error of the lab's text: the step should have said it
// needs one.
var errNoPrometheus = errors.New("this cluster has no Prometheus in the configuration")

// mostMetrics bounds what is read of one answer, in bytes.
const mostMetrics = 8 << 20

// Sample is one value of a metric.
type Sample struct {
	Labels map[string]string
	Value  float64
}

// Query asks the cluster's Prometheus for the value of an expression now.
//
// Source: Prometheus HTTP API, instant queries.
func Query(ctx context.Context, env *labs.Env, expression string) ([]Sample, error) {
	base := env.Config().Metrics.Prometheus
	if base == "" {
		return nil, errNoPrometheus
	}
	raw, err := get(ctx, env, strings.TrimSuffix(base, "/")+"/api/v1/query?"+url.Values{"query": {expression}}.Encode())
	if err != nil {
		return nil, err
	}
	var answer struct {
		Status string `json:"status"`
		Error  string `json:"error"`
		Data   struct {
			Type   string `json:"resultType"`
			Result []struct {
				Metric map[string]string `json:"metric"`
				Value  [2]any            `json:"value"` // time and value, the latter as text
			} `json:"result"`
		} `json:"data"`
	}
	if err := json.Unmarshal(raw, &answer); err != nil || answer.Status != "success" || answer.Data.Type != "vector" {
		return nil, fmt.Errorf("Prometheus does not answer %q with values: %s", expression, answer.Error) //nolint:staticcheck // a name
	}
	var out []Sample
	for _, r := range answer.Data.Result {
		text, _ := r.Value[1].(string)
		v, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return nil, fmt.Errorf("Prometheus answers %q with %q, which is no number", expression, text) //nolint:staticcheck // a name
		}
		out = append(out, Sample{r.Metric, v})
	}
	return out, nil
}

// Scrape reads the samples of one metric from a page in Prometheus' text format,
// such as the one of `kconsole exporter`. Samples with time stamps are read
// without them.
//
// Source: Prometheus exposition formats, text-based format 0.0.4.
func Scrape(ctx context.Context, env *labs.Env, page, metric string) ([]Sample, error) {
	raw, err := get(ctx, env, page)
	if err != nil {
		return nil, err
	}
	var out []Sample
	for line := range strings.Lines(string(raw)) {
		rest, ok := strings.CutPrefix(strings.TrimSpace(line), metric)
		if !ok || rest == "" || rest[0] != '{' && rest[0] != ' ' && rest[0] != '\t' {
			continue // a comment, or another metric
		}
		s := Sample{Labels: map[string]string{}}
		if rest[0] == '{' {
			if rest, err = readLabels(rest[1:], s.Labels); err != nil {
				return nil, fmt.Errorf("%s: metric %s: %w", page, metric, err)
			}
		}
		fields := strings.Fields(rest)
		if len(fields) == 0 {
			return nil, fmt.Errorf("%s: metric %s has no value", page, metric)
		}
		if s.Value, err = strconv.ParseFloat(fields[0], 64); err != nil {
			return nil, fmt.Errorf("%s: metric %s: %q is no number", page, metric, fields[0])
		}
		out = append(out, s)
	}
	return out, nil
}

// readLabels reads name="value" pairs up to the closing brace and returns what is
// behind it.
func readLabels(text string, into map[string]string) (rest string, err error) {
	for {
		text = strings.TrimLeft(text, " \t,")
		if behind, ok := strings.CutPrefix(text, "}"); ok {
			return behind, nil
		}
		name, behind, ok := strings.Cut(text, `="`)
		if !ok {
			return "", errors.New("its labels are damaged")
		}
		var value strings.Builder
		closed := false
		i := 0
		for ; i < len(behind) && !closed; i++ {
			switch c := behind[i]; {
			case c == '"':
				closed = true
			case c == '\\' && i+1 < len(behind):
				i++
				if behind[i] == 'n' {
					value.WriteByte('\n')
				} else {
					value.WriteByte(behind[i])
				}
			default:
				value.WriteByte(c)
			}
		}
		if !closed {
			return "", errors.New("a label has no end")
		}
		into[strings.TrimSpace(name)], text = value.String(), behind[i:]
	}
}

func get(ctx context.Context, env *labs.Env, address string) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, http.NoBody)
	if err != nil {
		return nil, err
	}
	res, err := env.HTTP.Do(req)
	if err != nil {
		return nil, fmt.Errorf("the metrics cannot be read: %w", err)
	}
	defer res.Body.Close()
	raw, err := io.ReadAll(io.LimitReader(res.Body, mostMetrics))
	if err != nil {
		return nil, fmt.Errorf("the metrics cannot be read: %w", err)
	}
	if res.StatusCode != http.StatusOK && res.StatusCode != http.StatusBadRequest { // a bad query says why, as JSON
		return nil, fmt.Errorf("the metrics cannot be read: %s answers %s", req.URL.Host, res.Status)
	}
	return raw, nil
}
