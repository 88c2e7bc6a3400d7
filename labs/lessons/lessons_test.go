package lessons

import (
	"context"
	"flag"
	"fmt"
	"io/fs"
	"testing"

	"kconsole/kafka"
	"kconsole/kafka/kafkatest"
	"kconsole/labs"
	"kconsole/labs/check"
)

// Proofs wait far more than they compute, so more of them go on at a time than
// there are processors.
const proofs = "6"

func TestMain(m *testing.M) {
	if err := flag.Set("test.parallel", proofs); err != nil {
		panic(err)
	}
	kafkatest.Main(m)
}

// lab loads the lab that a test is about.
func lab(t *testing.T, id string) *labs.Lab {
	t.Helper()
	l, err := one(id)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// one loads a single lab, whatever is wrong with others.
func one(id string) (*labs.Lab, error) {
	root, err := fs.Sub(labs.Data, "data")
	if err != nil {
		return nil, err
	}
	found, err := fs.Glob(root, id+"-*")
	if err != nil || len(found) != 1 {
		return nil, fmt.Errorf("there is no folder of lab %s in labs/data", id)
	}
	return load(root, found[0])
}

// caughtUp waits until a group has committed the end of a topic.
func caughtUp(ctx context.Context, env *labs.Env, group, topic string) error {
	return env.Until(ctx, "group "+group+" has read all of "+topic, func(ctx context.Context) (bool, error) {
		v, err := check.Caught(ctx, env, group, topic)
		return v.Done(), err
	})
}

// setConfig sets one configuration value of a topic.
func setConfig(ctx context.Context, env *labs.Env, topic, key, value string) error {
	admin, err := env.Admin()
	if err != nil {
		return err
	}
	return env.Apply(ctx)(admin.AlterTopicConfigs(ctx, topic, kafka.ConfigChange{Set: map[string]string{key: value}}))
}

// TestAllLoad: every folder is a lab, every lab has its steps in Go, and nothing
// is left over on either side.
func TestAllLoad(t *testing.T) {
	all, err := All()
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range all {
		if found, err := Find(l.ID); err != nil || found != l {
			t.Errorf("lab %s is not found by its id: %v", l.ID, err)
		}
		if found, err := Find(l.Name); err != nil || found != l {
			t.Errorf("lab %s is not found by its name %s: %v", l.ID, l.Name, err)
		}
	}
}
