package e2e

import (
	"encoding/json"
	"errors"
	"path/filepath"
	"strings"
	"testing"

	"kconsole/compose/labdir"
	"kconsole/kafka/config"
	"kconsole/kafka/kafkatest"
)

// pythonMatrix runs Confluent's Python client.
func pythonMatrix(t *testing.T, c *kafkatest.Cluster) outcomes {
	got := outcomes{}
	out := python(t, "matrix.py", filepath.Join(c.Dir, config.KcatFile), c.Config.Registry.URL,
		filepath.Join(c.Dir, labdir.CAFile), labdir.Admin, filepath.Join(c.Dir, "admin.secret"))
	for line := range strings.Lines(out) {
		var one struct{ API, Error string }
		if err := json.Unmarshal([]byte(line), &one); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		var failed error
		if one.Error != "" {
			failed = errors.New(one.Error)
		}
		got.add(one.API, failed)
	}
	return got
}
