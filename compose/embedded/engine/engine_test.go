package engine

import (
	"fmt"
	"os"
	"testing"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func open(t testing.TB, dir string) *Engine {
	t.Helper()
	e, err := Start(Options{Dir: dir, ClusterID: "test", DefaultPartitions: 1, Users: []User{{Name: "u", Password: "p", Mechanism: ScramSHA512}}, ACLs: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(e.Close)
	return e
}

// write appends n records one by one, through the same door as everybody.
func write(t testing.TB, e *Engine, topic string, n int) {
	t.Helper()
	conn, err := e.DialInternal(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	for range n {
		if err := fill(conn, topic, 0, 1); err != nil {
			t.Fatal(err)
		}
	}
}

func is(t testing.TB, e *Engine, topic string, start, end int64) {
	t.Helper()
	p, ok := e.Partition(topic, 0)
	if !ok || p.LogStart != start || p.HighWatermark != end {
		t.Errorf("%s: %d to %d, want %d to %d", topic, p.LogStart, p.HighWatermark, start, end)
	}
}

// TestExtentsSurvive removes records and opens the directory again, after a
// proper end and without one.
func TestExtentsSurvive(t *testing.T) {
	for _, crash := range []bool{false, true} {
		t.Run(fmt.Sprintf("crash %v", crash), func(t *testing.T) {
			dir := t.TempDir()
			e := open(t, dir)
			for _, topic := range []string{"all", "some", "none", "aged"} {
				// The records are from 1970: only this keeps them.
				if err := e.CreateTopic(topic, 1, map[string]string{"retention.ms": "-1"}); err != nil {
					t.Fatal(err)
				}
				write(t, e, topic, 40)
			}
			remove := func(topic string, to int64) {
				t.Helper()
				if err := e.Checkpoint(topic); err != nil {
					t.Fatal(err)
				}
				e.use(func(k *kfake.Cluster) {
					if err := k.DeleteRecords(topic, 0, to); err != nil {
						t.Error(err)
					}
				})
				if err := e.Checkpoint(topic); err != nil {
					t.Fatal(err)
				}
			}
			remove("all", 40)
			remove("some", 25)
			age(t, e, "aged")
			if err := e.Retain([]string{"all", "some", "none", "aged"}); err != nil {
				t.Fatal(err)
			}
			is(t, e, "aged", 40, 40)
			if crash {
				e = copyOf(t, dir) // the files as they are now, with no chance to write more
			} else {
				e.Close()
				e = open(t, dir)
			}
			is(t, e, "all", 40, 40)
			is(t, e, "some", 25, 40)
			is(t, e, "none", 0, 40)
			is(t, e, "aged", 40, 40)
			write(t, e, "all", 3)
			is(t, e, "all", 40, 43)
		})
	}
}

func copyOf(t testing.TB, dir string) *Engine {
	t.Helper()
	to := t.TempDir()
	if err := os.CopyFS(to, os.DirFS(dir)); err != nil {
		t.Fatal(err)
	}
	return open(t, to)
}

// age makes a topic keep what is no older than a second.
func age(t testing.TB, e *Engine, topic string) {
	t.Helper()
	conn, err := e.DialInternal(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	req := kmsg.NewPtrIncrementalAlterConfigsRequest()
	res := kmsg.NewIncrementalAlterConfigsRequestResource()
	res.ResourceType, res.ResourceName = kmsg.ConfigResourceTypeTopic, topic
	cfg := kmsg.NewIncrementalAlterConfigsRequestResourceConfig()
	cfg.Name, cfg.Value = "retention.ms", kmsg.StringPtr("1000")
	res.Configs = append(res.Configs, cfg)
	req.Resources = append(req.Resources, res)
	resp, err := Do[*kmsg.IncrementalAlterConfigsResponse](conn, req, "")
	if err == nil {
		err = kerr.ErrorForCode(resp.Resources[0].ErrorCode)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// TestClosed asks a closed engine everything: it must answer, not block.
func TestClosed(t *testing.T) {
	e := open(t, "")
	conn, err := e.DialInternal(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	e.Close()
	e.Close()
	if _, err := conn.Request(kmsg.NewPtrMetadataRequest(), ""); err == nil {
		t.Error("an open connection still works")
	}
	conn.Close()
	if _, err := e.Dial(t.Context(), nil); err == nil {
		t.Error("dialled")
	}
	if err := e.BumpEpoch("t", 0); err == nil {
		t.Error("bumped")
	}
	if err := e.CreateTopic("t", 1, nil); err == nil {
		t.Error("created")
	}
	if _, ok := e.Topic("t"); ok {
		t.Error("found")
	}
	if _, ok := e.Partition("t", 0); ok || len(e.Partitions("t")) > 0 {
		t.Error("found")
	}
}

func TestDirectoryIsPrivate(t *testing.T) {
	dir := t.TempDir() + "/data"
	open(t, dir)
	info, err := os.Stat(dir)
	if err != nil {
		t.Fatal(err)
	}
	if mode := info.Mode().Perm(); mode&0o077 != 0 {
		t.Errorf("others may look at credentials: %o", mode)
	}
}
