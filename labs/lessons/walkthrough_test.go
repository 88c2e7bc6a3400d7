package lessons

import (
	"context"
	"testing"

	"kconsole/compose"
	"kconsole/kafka/kafkatest"
	"kconsole/labs"
	"kconsole/labs/proof"
)

// nearly is the near miss of a walkthrough: almost a repair.
func nearly(do func(context.Context, *labs.Env) error) proof.Misses {
	return proof.Misses{labs.Repair: {Do: do}}
}

// proveEmbedded proves a walkthrough whose fault only the embedded stack has; for
// the others there is [proof.Lab].
func proveEmbedded(t *testing.T, id string, misses proof.Misses) {
	t.Helper()
	t.Parallel()
	t.Run(string(compose.Embedded), func(t *testing.T) { proof.On(t, kafkatest.Embedded(t), lab(t, id), misses) })
}
