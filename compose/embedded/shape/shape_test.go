package shape

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"kconsole/compose/embedded/engine"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// log is the real engine, in memory.
type log struct{ *engine.Engine }

func (l log) Extent(topic string, partition int32) (end, bytes int64) {
	st, _ := l.Partition(topic, partition)
	return st.HighWatermark, st.Bytes
}

func newLog(t testing.TB) log {
	t.Helper()
	e, err := engine.Start(engine.Options{ClusterID: "test", DefaultPartitions: 1})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(e.Close)
	return log{e}
}

func newShape(t testing.TB, l Log, brokers int, journal string) *Shape {
	t.Helper()
	cfg := Config{
		Timing: Timing{FailureDetection: time.Second, Startup: time.Second, CatchUp: time.Second, LeaderRebalance: -1},
		Log:    l, Journal: journal, ReplicationFactor: 3,
	}
	for i := range brokers {
		id := int32(i + 1)
		cfg.Brokers = append(cfg.Brokers, BrokerConfig{ID: id, LogDirs: []string{fmt.Sprintf("/%d/a", id), fmt.Sprintf("/%d/b", id)}})
	}
	s, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// addTopic creates a topic in the log and in the shape.
func addTopic(t testing.TB, l log, s *Shape, name string, parts, rf int) {
	t.Helper()
	plan, kerror, msg := s.Plan(parts, rf)
	if kerror != nil {
		t.Fatalf("plan: %v: %s", kerror, msg)
	}
	if err := l.CreateTopic(name, int32(parts), nil); err != nil {
		t.Fatal(err)
	}
	info, _ := l.Topic(name)
	if err := s.AddTopic(name, info.ID, false, plan); err != nil {
		t.Fatal(err)
	}
}

// pass lets time pass until nothing is due any more.
func pass(s *Shape, now *time.Time) {
	for range 100 {
		next, ok := s.nextDue()
		if !ok {
			return
		}
		if next.After(*now) {
			*now = next
		}
		s.mu.Lock()
		s.step(*now)
		_ = s.record()
		s.mu.Unlock()
	}
}

// dump is everything that a journal must bring back.
func dump(s *Shape) map[string]partEntry {
	out := map[string]partEntry{}
	for _, t := range s.sortedTopics() {
		for _, p := range t.parts {
			out[fmt.Sprintf("%s-%d", t.name, p.index)] = p.entry()
		}
	}
	return out
}

func check(t *rapid.T, l log, s *Shape, epochs map[string]int32) {
	s.View(func(v View) {
		for _, name := range v.Topics() {
			info, _ := v.Topic(name)
			for i := range int32(info.Partitions) {
				p, _ := v.Partition(name, i)
				at := fmt.Sprintf("%s-%d %+v", name, i, p)
				offline := v.Offline(name, i)
				st, _ := l.Partition(name, i)
				key := fmt.Sprintf("%s-%d", name, i)
				switch {
				case len(p.ISR) == 0 || len(p.Replicas) == 0:
					t.Fatalf("%s: nothing left", at)
				case p.Leader != NoLeader && (!slices.Contains(p.ISR, p.Leader) || slices.Contains(offline, p.Leader)):
					t.Fatalf("%s: the leader must not lead; offline %v", at, offline)
				case len(intersect(p.ISR, p.Replicas)) != len(p.ISR):
					t.Fatalf("%s: in sync and no replica", at)
				case len(p.ISR) > 1 && len(intersect(p.ISR, offline)) > 0:
					t.Fatalf("%s: in sync and offline %v", at, offline)
				case p.Leader == NoLeader && len(intersect(p.ISR, offline)) != len(p.ISR):
					t.Fatalf("%s: could have a leader; offline %v", at, offline)
				case st.Epoch != p.Epoch:
					t.Fatalf("%s: the log has epoch %d", at, st.Epoch)
				case p.Epoch < epochs[key]:
					t.Fatalf("%s: epoch was %d", at, epochs[key])
				}
				epochs[key] = p.Epoch
				sorted := slices.Sorted(slices.Values(p.Replicas))
				if len(slices.Compact(sorted)) != len(p.Replicas) {
					t.Fatalf("%s: a replica twice", at)
				}
			}
		}
		id, _ := v.Controller()
		if b, ok := v.Broker(id); ok && b.Fenced {
			t.Fatalf("controller %d is fenced", id)
		}
	})
}

// TestRandomLives puts a cluster through anything, in any order: what must
// always hold, holds after each step, and when everything is up again it heals.
func TestRandomLives(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		l := newLog(t)
		defer l.Close()
		journal := filepath.Join(t.TempDir(), "shape") // a new one for each life
		n := rapid.IntRange(1, 5).Draw(rt, "brokers")
		s := newShape(t, l, n, journal)
		if err := s.StartAll(); err != nil {
			rt.Fatal(err)
		}
		addTopic(t, l, s, "t", 3, min(3, n))
		addTopic(t, l, s, "u", 2, 1)
		now := time.Now()
		epochs := map[string]int32{}
		id := rapid.Int32Range(1, int32(n))
		part := rapid.Int32Range(0, 2)
		must := func(err error) {
			if err != nil {
				rt.Fatal(err)
			}
		}
		rt.Repeat(map[string]func(*rapid.T){
			"start":  func(rt *rapid.T) { must(s.BrokerUp(id.Draw(rt, "id"))) },
			"stop":   func(rt *rapid.T) { must(s.BrokerStop(id.Draw(rt, "id"))) },
			"kill":   func(rt *rapid.T) { must(s.BrokerKill(id.Draw(rt, "id"))) },
			"pause":  func(rt *rapid.T) { must(s.BrokerPause(id.Draw(rt, "id"))) },
			"resume": func(rt *rapid.T) { must(s.BrokerResume(id.Draw(rt, "id"))) },
			"pass":   func(*rapid.T) { pass(s, &now) },
			"elect":  func(rt *rapid.T) { s.ElectPreferred("t", part.Draw(rt, "p")) },
			"unclean": func(rt *rapid.T) {
				s.ElectUnclean("t", part.Draw(rt, "p"))
			},
			"fail dir": func(rt *rapid.T) {
				b := id.Draw(rt, "id")
				halt, err := s.FailLogDir(b, fmt.Sprintf("/%d/a", b))
				must(err)
				if halt {
					rt.Fatal("one of two directories halts a broker")
				}
			},
			"repair": func(rt *rapid.T) { must(s.RepairLogDirs(id.Draw(rt, "id"))) },
			"move": func(rt *rapid.T) {
				target := rapid.SliceOfNDistinct(id, 1, n, rapid.ID[int32]).Draw(rt, "target")
				s.Reassign("t", part.Draw(rt, "p"), target)
			},
			"cancel": func(rt *rapid.T) { s.CancelReassign("t", part.Draw(rt, "p")) },
			"": func(rt *rapid.T) {
				check(rt, l, s, epochs)
			},
		})
		for i := range int32(n) {
			must(s.BrokerResume(i + 1))
			must(s.BrokerUp(i + 1))
			must(s.RepairLogDirs(i + 1))
		}
		pass(s, &now)
		check(rt, l, s, epochs)
		for at, p := range dump(s) {
			if p.Leader == NoLeader || len(p.ISR) != len(p.Replicas) || len(p.Adding)+len(p.Removing) > 0 {
				rt.Fatalf("%s has not healed: %+v", at, p)
			}
		}
		was := dump(s)
		must(s.Close())
		again := newShape(t, l, n, journal)
		defer again.Close()
		if now := dump(again); !maps.EqualFunc(was, now, func(a, b partEntry) bool { return fmt.Sprint(a) == fmt.Sprint(b) }) {
			rt.Fatalf("the journal has\n%v, the shape had\n%v", now, was)
		}
	})
}

func TestPlan(t *testing.T) {
	l := newLog(t)
	s := newShape(t, l, 3, "")
	if err := s.StartAll(); err != nil {
		t.Fatal(err)
	}
	addTopic(t, l, s, "even", 30, 3)
	leaders, followers := map[int32]int{}, map[string]int{}
	s.View(func(v View) {
		for i := range int32(30) {
			p, _ := v.Partition("even", i)
			leaders[p.Leader]++
			followers[fmt.Sprint(p.Replicas)]++
		}
	})
	for id, n := range leaders {
		if n != 10 {
			t.Errorf("broker %d leads %d of 30", id, n)
		}
	}
	if len(followers) != 6 {
		t.Errorf("%d different orders of replicas", len(followers))
	}
	if err := s.BrokerStop(2); err != nil {
		t.Fatal(err)
	}
	plan, kerror, _ := s.Plan(6, 3)
	if kerror != nil {
		t.Fatal(kerror)
	}
	for i, replicas := range plan {
		if replicas[2] != 2 {
			t.Errorf("partition %d: the fenced broker is not the last of %v", i, replicas)
		}
	}
	if _, kerror, _ = s.Plan(1, 4); kerror == nil {
		t.Error("four replicas on three brokers")
	}
}

func TestJournalSurvivesACut(t *testing.T) {
	l := newLog(t)
	path := filepath.Join(t.TempDir(), "shape")
	s := newShape(t, l, 3, path)
	if err := s.StartAll(); err != nil {
		t.Fatal(err)
	}
	addTopic(t, l, s, "kept", 3, 3)
	value := "7"
	if err := s.SetConfigs(AllBrokers, map[string]*string{"min.insync.replicas": &value}); err != nil {
		t.Fatal(err)
	}
	if err := s.BrokerStop(1); err != nil {
		t.Fatal(err)
	}
	was := dump(s)
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	// A last line that was cut short is as if it had not been written.
	if err := os.WriteFile(path, append(whole, []byte(`{"topic":"kept","partitions":[{"p":0,"repl`)...), 0o600); err != nil {
		t.Fatal(err)
	}
	again := newShape(t, l, 3, path)
	if fmt.Sprint(dump(again)) != fmt.Sprint(was) {
		t.Errorf("got %v, want %v", dump(again), was)
	}
	again.View(func(v View) {
		if got, _ := v.Topic("kept"); got.MinISR != 7 {
			t.Errorf("min ISR %d", got.MinISR)
		}
	})
	if err := again.Close(); err != nil {
		t.Fatal(err)
	}
	// Nonsense in the middle is not.
	if err := os.WriteFile(path, append([]byte("{nonsense\n"), whole...), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := New(Config{Brokers: []BrokerConfig{{ID: 1}}, Log: l, Journal: path}); err == nil {
		t.Error("a damaged journal opens")
	}
}
