package labs

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"kconsole/kafka/kafkatest"
)

// run starts a runner, which ends with the test.
func (b *bench) run(s *Session) *Runner {
	b.Helper()
	r := NewRunner(s, 20*time.Millisecond)
	ctx, cancel := context.WithCancel(b.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		r.Run(ctx)
	}()
	b.Cleanup(func() {
		cancel()
		<-done
	})
	return r
}

// until waits for a state.
func (b *bench) until(r *Runner, what string, holds func(State) bool) State {
	b.Helper()
	var st State
	kafkatest.Eventually(b, func() string {
		if st = r.State(); holds(st) {
			return ""
		}
		return what
	})
	return st
}

func TestRunner(t *testing.T) {
	b := newBench(t)
	s := b.open(
		Step{ID: "a", Behavior: Behavior{Check: exists("x"), Solve: makes("x")}},
		Step{ID: "b", Behavior: Behavior{
			Question: func(context.Context, *Env) (Question, error) {
				return Question{Prompt: "Why?", Answer: "so", Accept: func(a string) (bool, string) { return a == "so", "because " + a }}, nil
			},
		}},
	)
	r := b.run(s)
	if st := r.State(); st.Started || st.Current != -1 {
		t.Fatalf("before the start: %+v", st)
	}
	if !r.Start() {
		t.Fatal("it takes no commands")
	}
	b.until(r, "a verdict", func(st State) bool { return st.Verdict.Status == StatusNotYet })
	select {
	case st := <-r.States():
		if st.Lab == nil {
			t.Error("an empty state")
		}
	case <-time.After(time.Minute):
		t.Fatal("no state is delivered")
	}
	r.Hint()
	b.until(r, "a hint", func(st State) bool { return len(st.Hints) == 1 })
	r.Pause()
	if !r.State().Paused {
		t.Error("it is not paused")
	}
	r.Resume()
	r.Solve()
	st := b.until(r, "the second step", func(st State) bool { return st.Current == 1 && st.Question != nil && st.Busy == "" })
	if st.Steps[0].State != StepShown || len(st.Said) == 0 || !strings.Contains(strings.Join(st.Said, "\n"), "create topic lab.77.x") {
		t.Errorf("solved: %+v, said %q", st.Steps[0], st.Said)
	}
	r.Answer("wrong")
	st = b.until(r, "what the answer was", func(st State) bool { return st.Question != nil && st.Question.Last != nil })
	if st.Question.Last.Right || st.Question.Last.Why != "because wrong" {
		t.Errorf("answer %+v", st.Question.Last)
	}
	r.Jump("nowhere")
	b.until(r, "an error", func(st State) bool { return st.Err != nil })
	r.Answer("so")
	b.until(r, "the end", func(st State) bool { return st.Finished && st.Current == -1 && st.Err == nil })
	r.Reset()
	b.until(r, "a new beginning", func(st State) bool { return !st.Started && st.Busy == "" })
}

// A command does not wait for a check that takes its time, and no caller waits for
// either.
func TestACommandCutsACheckShort(t *testing.T) {
	b := newBench(t)
	checking := make(chan struct{}, 100)
	s := b.open(Step{ID: "a", Behavior: Behavior{
		Check: func(ctx context.Context, _ *Env) (Verdict, error) {
			select {
			case checking <- struct{}{}:
			default:
			}
			<-ctx.Done()
			return Verdict{}, ctx.Err()
		},
		Solve: func(context.Context, *Env) error { return nil },
	}}, Step{ID: "b", Behavior: Behavior{Check: exists("y"), Solve: makes("y")}})
	b.must(s.Start(t.Context()))
	r := b.run(s)
	<-checking
	if !r.Skip() {
		t.Fatal("the command is not taken")
	}
	b.until(r, "the next step", func(st State) bool { return st.Current == 1 && st.Verdict.Status == StatusNotYet })
	if st := r.State(); st.Err != nil {
		t.Errorf("an error is left: %v", st.Err)
	}
}

func TestCancelEndsASolution(t *testing.T) {
	b := newBench(t)
	solving := make(chan struct{})
	s := b.open(Step{ID: "a", Behavior: Behavior{
		Check: exists("x"),
		Solve: func(ctx context.Context, _ *Env) error {
			close(solving)
			<-ctx.Done()
			return ctx.Err()
		},
	}})
	b.must(s.Start(t.Context()))
	r := b.run(s)
	r.Solve()
	<-solving
	if st := r.State(); st.Busy != "solving" {
		t.Errorf("busy with %q", st.Busy)
	}
	r.Cancel()
	st := b.until(r, "the end of it", func(st State) bool { return st.Busy == "" && st.Err != nil })
	if !errors.Is(st.Err, context.Canceled) {
		t.Errorf("error %v", st.Err)
	}
}

func TestAnEndedRunnerTakesNothing(t *testing.T) {
	b := newBench(t)
	s := b.open(Step{ID: "a", Behavior: Behavior{Check: exists("x"), Solve: makes("x")}})
	r := NewRunner(s, time.Hour)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	r.Run(ctx)
	if r.Hint() {
		t.Error("it takes a command after its end")
	}
}
