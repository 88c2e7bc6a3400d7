package labs

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"kconsole/kafka"
	"kconsole/kafka/kafkatest"
)

func TestMain(m *testing.M) { kafkatest.Main(m) }

// bench is an embedded cluster with a lab that the test makes up.
type bench struct {
	*testing.T
	cluster *kafkatest.Cluster
	kafka   *kafka.Cluster
	dir     string
	now     time.Time
}

func newBench(t *testing.T) *bench {
	t.Helper()
	b := &bench{T: t, cluster: kafkatest.Embedded(t), dir: t.TempDir(), now: time.Now()}
	var err error
	if b.kafka, err = kafka.Connect(b.cluster.Config); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.kafka.Close)
	return b
}

func (b *bench) options() Options {
	return Options{
		Cluster: b.kafka, Stack: b.cluster.Stack, StateDir: b.dir, Clock: func() time.Time { return b.now },
		Say: func(line string) { b.Log("said: " + line) },
	}
}

func (b *bench) open(steps ...Step) *Session {
	b.Helper()
	lab := &Lab{ID: "77", Name: "for-tests", Kind: Guided, Title: "For tests", Minutes: 1}
	for _, s := range steps {
		s.Title, s.Minutes, s.Text, s.Screen, s.Command = s.ID, 1, "Do it.", "the screen", "the command"
		lab.Steps = append(lab.Steps, s)
	}
	s, err := Open(b.Context(), lab, b.options())
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = s.Close() })
	return s
}

func (b *bench) must(err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}

// poll polls once and wants a status.
func (b *bench) poll(s *Session, want Status) Verdict {
	b.Helper()
	_, err := s.Poll(b.Context())
	b.must(err)
	if got := s.State().Verdict; got.Status != want {
		b.Fatalf("the verdict is %s and not %q", got, want)
	}
	return s.State().Verdict
}

// exists is a check for a topic of the lab.
func exists(short string) func(context.Context, *Env) (Verdict, error) {
	return func(ctx context.Context, env *Env) (Verdict, error) {
		topics, err := env.Cluster.TopicMetadata(ctx, env.Name(short))
		if err != nil {
			return Verdict{}, err
		}
		if kafka.KindOf(topics[0].Err) == kafka.NotFound {
			return NotYet("topic "+env.Name(short), "none", "look at :topics"), nil
		}
		return Done("topic %s is there", env.Name(short)), nil
	}
}

func makes(short string) func(context.Context, *Env) error {
	return func(ctx context.Context, env *Env) error { return env.CreateTopic(ctx, env.Name(short), 1, 1) }
}

func TestOpenRefusesWhereNothingMayBeBroken(t *testing.T) {
	b := newBench(t)
	lab := &Lab{ID: "77", Steps: []Step{{ID: "a"}}}
	foreign := b.cluster.Config
	foreign.Lab = nil
	c, err := kafka.Connect(foreign)
	b.must(err)
	defer c.Close()
	if _, err := Open(t.Context(), lab, Options{Cluster: c, StateDir: b.dir}); !errors.Is(err, ErrNoLab) || kafka.KindOf(err) != kafka.Refused {
		t.Errorf("without a lab section: %v", err)
	}
	closed := b.cluster.Config
	closed.ReadOnly = true
	c2, err := kafka.Connect(closed)
	b.must(err)
	defer c2.Close()
	if _, err := Open(t.Context(), lab, Options{Cluster: c2, StateDir: b.dir}); !errors.Is(err, kafka.ErrReadOnly) {
		t.Errorf("read-only: %v", err)
	}
	if left, _ := os.ReadDir(b.dir); len(left) > 0 {
		t.Errorf("a refused lab left %v", left)
	}
}

func TestAnOutageIsNoWrongAnswer(t *testing.T) {
	b := newBench(t)
	s := b.open(Step{ID: "a", Behavior: Behavior{Check: exists("x"), Solve: makes("x")}})
	b.must(s.Start(t.Context()))
	b.poll(s, StatusNotYet)
	for _, id := range []int32{1, 2, 3} {
		b.must(b.cluster.Stack.Pause(t.Context(), id))
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second) // shorter than the requests' own limit
	_, err := s.Poll(ctx)
	cancel()
	if err == nil && s.State().Verdict.Status != StatusCannotCheck {
		t.Errorf("with every broker paused: %s", s.State().Verdict)
	}
	if err != nil && s.State().Verdict.Status == StatusDone {
		t.Errorf("cut short: %v, %s", err, s.State().Verdict)
	}
	for _, id := range []int32{1, 2, 3} {
		b.must(b.cluster.Stack.Kill(t.Context(), id)) // refuses connections: the answer comes at once
	}
	if v := b.poll(s, StatusCannotCheck); v.Why == "" || v.Expected != "" {
		t.Errorf("with every broker down: %+v", v)
	}
	for _, id := range []int32{1, 2, 3} {
		b.must(b.cluster.Stack.Start(t.Context(), id))
	}
	kafkatest.Eventually(t, func() string {
		if _, err := s.Poll(t.Context()); err != nil {
			return err.Error()
		}
		if v := s.State().Verdict; v.Status != StatusNotYet {
			return v.String()
		}
		return ""
	})
}

func TestAPassedStepStaysPassed(t *testing.T) {
	b := newBench(t)
	first := Step{ID: "a", Behavior: Behavior{Check: exists("x"), Solve: makes("x"), Lasting: true}}
	second := Step{ID: "b", Behavior: Behavior{Check: exists("y"), Solve: makes("y")}}
	s := b.open(first, second)
	b.must(s.Start(t.Context()))
	b.must(makes("x")(t.Context(), s.Env("a")))
	moved, err := s.Poll(t.Context())
	if err != nil || !moved {
		t.Fatalf("moved %v, %v", moved, err)
	}
	b.must(s.Env("").DeleteTopic(t.Context(), "lab.77.x"))
	if !s.Drift(t.Context()) {
		t.Fatal("there was no lasting step to look at")
	}
	st := s.State()
	if st.Steps[0].State != StepDone || st.Steps[0].Drift == nil || st.Steps[0].Drift.Observed != "none" {
		t.Errorf("after the topic has gone: %+v", st.Steps[0])
	}
	if !strings.Contains(s.Report().Markdown(), "has changed since") {
		t.Errorf("the report does not tell:\n%s", s.Report().Markdown())
	}
	b.must(makes("x")(t.Context(), s.Env("")))
	s.Drift(t.Context())
	if st := s.State(); st.Steps[0].Drift != nil {
		t.Errorf("still drifted: %+v", st.Steps[0].Drift)
	}
	// After the end of the process too.
	b.must(s.Close())
	s = b.open(first, second)
	b.must(s.Start(t.Context()))
	if st := s.State(); st.Steps[0].State != StepDone || st.Steps[1].State != StepOpen || st.Current != 1 {
		t.Errorf("after it was opened again: %+v", st.Steps)
	}
}

func TestABaselineSurvivesTheProcess(t *testing.T) {
	b := newBench(t)
	calls := 0
	step := Step{ID: "a", Behavior: Behavior{
		Baseline: func(context.Context, *Env) (any, error) { calls++; return map[string]int{"n": 41 + calls}, nil },
		Check: func(_ context.Context, env *Env) (Verdict, error) {
			var base map[string]int
			if err := env.Baseline(&base); err != nil {
				return Verdict{}, err
			}
			if base["n"] != 42 {
				return Verdict{}, errors.New("another baseline")
			}
			return NotYet("more", "42", ""), nil
		},
		Solve: func(context.Context, *Env) error { return nil },
	}}
	s := b.open(step)
	b.must(s.Start(t.Context()))
	nonce := s.Progress().Nonce
	b.must(s.Close())
	s = b.open(step)
	b.must(s.Start(t.Context()))
	b.poll(s, StatusNotYet)
	if calls != 1 || s.Progress().Nonce != nonce {
		t.Errorf("%d baselines were taken, nonce %q then %q", calls, nonce, s.Progress().Nonce)
	}
	items, err := s.Reset(t.Context())
	b.must(errors.Join(err, ResetErr(items)))
	b.must(s.Start(t.Context()))
	if s.Progress().Nonce == nonce {
		t.Error("a new run has the old nonce")
	}
}

func TestHoldWithoutABreak(t *testing.T) {
	b := newBench(t)
	good := true
	s := b.open(Step{ID: "a", Hold: 30 * time.Second, Behavior: Behavior{
		Check: func(context.Context, *Env) (Verdict, error) {
			if good {
				return Done("fine"), nil
			}
			return NotYet("fine", "broken", ""), nil
		},
		Solve: func(context.Context, *Env) error { return nil },
	}})
	b.must(s.Start(t.Context()))
	b.poll(s, StatusNotYet)
	b.now = b.now.Add(20 * time.Second)
	if v := b.poll(s, StatusNotYet); !strings.Contains(v.Observed, "20s so far") {
		t.Errorf("after 20 s: %s", v)
	}
	good = false
	b.poll(s, StatusNotYet)
	good = true
	b.now = b.now.Add(20 * time.Second)
	b.poll(s, StatusNotYet)
	b.now = b.now.Add(29 * time.Second)
	b.poll(s, StatusNotYet)
	b.now = b.now.Add(time.Second)
	if moved, err := s.Poll(t.Context()); err != nil || !moved {
		t.Errorf("after 30 s in a row: %v, %v, %s", moved, err, s.State().Verdict)
	}
}

func TestHintsSkipAndJump(t *testing.T) {
	b := newBench(t)
	s := b.open(
		Step{ID: "a", Behavior: Behavior{Check: exists("x"), Solve: makes("x"), Nudge: func(context.Context, *Env) (string, error) { return "a nudge", nil }}},
		Step{ID: "b", Behavior: Behavior{Check: exists("y"), Solve: makes("y")}},
	)
	if _, err := s.Hint(t.Context()); err == nil {
		t.Error("a hint before the start")
	}
	b.must(s.Start(t.Context()))
	var hints []string
	for range 4 {
		var err error
		hints, err = s.Hint(t.Context())
		b.must(err)
	}
	if strings.Join(hints, "|") != "a nudge|the screen|the command" {
		t.Errorf("hints %q", hints)
	}
	b.must(s.Skip(t.Context()))
	if st := s.State(); st.Steps[0].State != StepSkipped || st.Current != 1 || len(st.Hints) != 0 {
		t.Errorf("after skipping: %+v", st)
	}
	if err := s.Jump(t.Context(), "c"); err == nil {
		t.Error("there is no step c")
	}
	b.must(s.Solve(t.Context()))
	if st := s.State(); st.Steps[1].State != StepShown || st.Current != -1 || st.Finished {
		t.Errorf("with one step skipped: %+v", st)
	}
	if err := s.Jump(t.Context(), "b"); err == nil {
		t.Error("a passed step can be done again")
	}
	b.must(s.Jump(t.Context(), "a"))
	b.must(makes("x")(t.Context(), s.Env("a")))
	_, err := s.Poll(t.Context())
	b.must(err)
	if st := s.State(); st.Steps[0].State != StepDone || !st.Finished {
		t.Errorf("at the end: %+v", st)
	}
}

func TestOneProcessRunsALab(t *testing.T) {
	b := newBench(t)
	step := Step{ID: "a", Behavior: Behavior{Check: exists("x"), Solve: makes("x")}}
	s := b.open(step)
	b.must(s.Start(t.Context()))
	if _, err := Open(t.Context(), s.Lab(), b.options()); !errors.Is(err, ErrRuns) {
		t.Fatalf("a second one: %v", err)
	}
	o := b.options()
	o.Observe = true
	look, err := Open(t.Context(), s.Lab(), o)
	b.must(err)
	defer look.Close()
	b.must(look.Start(t.Context()))
	b.must(makes("x")(t.Context(), s.Env("a")))
	if moved, err := look.Poll(t.Context()); err != nil || !moved {
		t.Errorf("the observer: %v, %v, %s", moved, err, look.State().Verdict)
	}
	if err := look.Solve(t.Context()); !errors.Is(err, ErrRuns) {
		t.Errorf("the observer solves: %v", err)
	}
	if _, err := look.Reset(t.Context()); !errors.Is(err, ErrRuns) {
		t.Errorf("the observer resets: %v", err)
	}
	if p, err := s.store.load(s.id, "77"); err != nil || p.state("a") != StepOpen {
		t.Errorf("the observer has written: %+v, %v", p, err)
	}
}

func TestDamagedProgress(t *testing.T) {
	b := newBench(t)
	step := Step{ID: "a", Behavior: Behavior{Check: exists("x"), Solve: makes("x")}}
	s := b.open(step)
	b.must(s.Start(t.Context()))
	b.must(s.Close())
	files, err := filepath.Glob(filepath.Join(b.dir, "*", "77.json"))
	if err != nil || len(files) != 1 {
		t.Fatalf("progress files %v, %v", files, err)
	}
	b.must(os.WriteFile(files[0], []byte(`{"lab":"77","st`), 0o600))
	s = b.open(step)
	if err := s.Start(t.Context()); err == nil || !strings.Contains(err.Error(), "is damaged") {
		t.Errorf("started with damaged progress: %v", err)
	}
	if s.State().Notice == "" {
		t.Error("the state does not tell")
	}
	items, err := s.Reset(t.Context())
	b.must(errors.Join(err, ResetErr(items)))
	b.must(s.Start(t.Context()))
}

func TestALabThatFailsInside(t *testing.T) {
	b := newBench(t)
	s := b.open(Step{ID: "a", Behavior: Behavior{
		Check: func(context.Context, *Env) (Verdict, error) { panic("no such thing") },
		Solve: func(context.Context, *Env) error { return nil },
	}})
	b.must(s.Start(t.Context()))
	if v := b.poll(s, StatusCannotCheck); !strings.Contains(v.Why, "the lab itself failed") {
		t.Errorf("verdict %s", v)
	}
}

func TestAFaultIsTakenBackByTheNextProcess(t *testing.T) {
	b := newBench(t)
	addr := Fault{Kind: Advertise, Broker: 2, Addr: "127.0.0.1:1"}
	staged := 0
	step := Step{ID: "a", Behavior: Behavior{
		Stage: func(ctx context.Context, env *Env) error {
			staged++
			return env.Break(ctx, addr)
		},
		Check: func(context.Context, *Env) (Verdict, error) { return NotYet("whole", "broken", ""), nil },
		Solve: func(ctx context.Context, env *Env) error { return env.Mend(ctx, addr) },
	}}
	advertised := func() string {
		info, _, err := b.kafka.Metadata(t.Context())
		b.must(err)
		for _, broker := range info.Brokers {
			if broker.ID == 2 && broker.Port == 1 {
				return "wrong"
			}
		}
		return "right"
	}
	s := b.open(step)
	b.must(s.Start(t.Context()))
	kafkatest.Eventually(t, func() string {
		if advertised() != "wrong" {
			return "the fault does not show"
		}
		return ""
	})
	b.must(s.Env("a").Mend(t.Context(), addr))
	b.must(s.Close())
	s = b.open(step)
	b.must(s.Start(t.Context()))
	if staged != 2 || advertised() != "right" {
		t.Errorf("staged %d times; what the learner repaired is %s after a restart", staged, advertised())
	}
	left, err := s.Leftovers(t.Context())
	b.must(err)
	if len(left) != 2 || left[0].Kind != "fault" || left[1].Kind != "progress" {
		t.Errorf("leftovers %v", left)
	}
	items, err := s.Reset(t.Context())
	b.must(errors.Join(err, ResetErr(items)))
}

// A lab that is left in the middle: one of its brokers cannot be reached, so not
// all that it made can be listed before the fault is taken back.
func TestResetInTheMiddleOfAFault(t *testing.T) {
	b := newBench(t)
	s := b.open(Step{ID: "a", Behavior: Behavior{
		Stage: func(ctx context.Context, env *Env) error {
			if err := makes("x")(ctx, env); err != nil {
				return err
			}
			return env.Break(ctx, Fault{Kind: Advertise, Broker: 2, Addr: "127.0.0.1:1"})
		},
		Check: func(context.Context, *Env) (Verdict, error) { return NotYet("whole", "broken", ""), nil },
		Solve: func(context.Context, *Env) error { return nil },
	}})
	b.must(s.Start(t.Context()))
	b.must(s.Close())
	var err error
	b.kafka, err = kafka.Connect(b.cluster.Config) // another process: it knows no other address of the broker
	b.must(err)
	defer b.kafka.Close()
	s = b.open(s.lab.Steps...)
	left, err := s.Leftovers(t.Context())
	b.must(err)
	kinds := ""
	for _, i := range left {
		kinds += i.Kind + " "
	}
	if kinds != "fault topic rest progress " {
		t.Errorf("leftovers: %s", kinds)
	}
	items, err := s.Reset(t.Context())
	b.must(errors.Join(err, ResetErr(items)))
	b.must(s.Env("").Until(t.Context(), "nothing is left", func(ctx context.Context) (bool, error) {
		left, err := s.Leftovers(ctx)
		return len(left) == 0, err
	}))
}
