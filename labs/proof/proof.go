// Package proof proves the steps of a lab, for tests: each is red before, red
// after a near miss and green after its solution, and a reset leaves nothing.
package proof

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"kconsole/avro/registry"
	"kconsole/compose"
	"kconsole/kafka"
	"kconsole/kafka/kafkatest"
	"kconsole/labs"
)

// Miss is how a learner could nearly do a step.
type Miss struct {
	// Do does something on the cluster that is almost, but not, what the step
	// asks for. Every step with a Check needs one. It returns when its effect is
	// there. It must not make the solution impossible.
	Do func(ctx context.Context, env *labs.Env) error
	// Answer gives a wrong answer to the step's question, where it is typed. Of
	// choices every wrong one is tried without being asked for.
	Answer func(ctx context.Context, env *labs.Env, q labs.Question) string
}

// Wrong is a wrong answer that is always the same.
func Wrong(answer string) func(context.Context, *labs.Env, labs.Question) string {
	return func(context.Context, *labs.Env, labs.Question) string { return answer }
}

// Misses has the near miss of each step, by step id.
type Misses map[string]Miss

// Limits of a test on a busy machine, and how long a result has to hold in one.
const (
	limit   = 3 * time.Minute
	maxHold = 2 * time.Second
)

// Lab proves a lab on the embedded stack, and on real brokers the steps that they
// can run. Labs on embedded stacks are proved beside each other, and beside the
// one that is on the real brokers.
func Lab(t *testing.T, lab *labs.Lab, misses Misses) {
	t.Helper()
	t.Parallel()
	t.Run(string(compose.Embedded), func(t *testing.T) { On(t, kafkatest.Embedded(t), lab, misses) })
	t.Run(string(compose.Process), func(t *testing.T) {
		onReal.Lock()
		defer onReal.Unlock()
		if breaks(lab) {
			On(t, kafkatest.RealAlone(t), lab, misses)
			return
		}
		On(t, kafkatest.Real(t), lab, misses)
	})
}

// onReal is held by the lab that is on the real brokers.
var onReal sync.Mutex

// breaks tells whether a lab stops brokers.
func breaks(lab *labs.Lab) bool {
	for i := range lab.Steps {
		for _, need := range lab.Steps[i].Needs {
			if need == labs.StopBrokers || need == labs.PauseBrokers {
				return true
			}
		}
	}
	return false
}

// lacking is what the stacks do not have. A step that needs nothing of it can be
// run there.
var lacking = map[compose.Runtime][]labs.Capability{
	compose.Embedded: {labs.RealReplication, labs.HasPrometheus},
	compose.Process:  {labs.FaultAdvertise, labs.FaultCertificate, labs.HasPrometheus},
	compose.Docker:   {labs.FaultAdvertise, labs.FaultCertificate},
}

// excused tells whether a step may be left out on a stack.
func excused(on compose.Runtime, step *labs.Step) bool {
	return slices.ContainsFunc(step.Needs, func(need labs.Capability) bool { return slices.Contains(lacking[on], need) })
}

// On proves a lab on one cluster, which the test has for itself if the lab stops
// brokers.
func On(t *testing.T, c *kafkatest.Cluster, lab *labs.Lab, misses Misses) {
	t.Helper()
	for id := range misses {
		if lab.Step(id) == nil {
			t.Errorf("there is a near miss for a step %q, which lab %s does not have", id, lab.ID)
		}
	}
	d := &driver{T: t, lab: lab, cluster: c, state: t.TempDir()}
	d.connect()
	bystander := c.Topic(t, 1, 1)
	d.open()
	d.begin()
	for i := range lab.Steps {
		step := &lab.Steps[i]
		if why := d.session.State().Steps[i].Unable; why != "" {
			if !excused(c.Runtime, step) {
				t.Errorf("step %s cannot run on the stack %s: %s", step.ID, c.Runtime, why)
			}
			t.Logf("step %s is left out on this stack: %s", step.ID, why)
			d.must(d.session.Skip(d.ctx()))
			continue
		}
		d.prove(step, misses[step.ID])
	}
	d.over()
	d.reset(bystander)
}

// driver runs one session after the other on one cluster.
type driver struct {
	*testing.T
	lab      *labs.Lab
	cluster  *kafkatest.Cluster
	kafka    *kafka.Cluster
	registry *registry.Client
	state    string
	session  *labs.Session
}

func (d *driver) ctx() context.Context {
	ctx, cancel := context.WithTimeout(d.Context(), limit)
	d.Cleanup(cancel)
	return ctx
}

func (d *driver) must(err error) {
	d.Helper()
	if err != nil {
		d.Fatal(err)
	}
}

func (d *driver) connect() {
	var err error
	d.kafka, err = kafka.Connect(d.cluster.Config)
	d.must(err)
	d.Cleanup(d.kafka.Close)
	if cl := d.cluster.Config; cl.Registry != nil {
		http, err := cl.Registry.HTTPClient()
		d.must(err)
		d.registry, err = registry.New(registry.Options{URL: cl.Registry.URL, HTTP: http})
		d.must(err)
		d.Cleanup(func() {
			d.registry.Close()
			http.CloseIdleConnections()
		})
	}
}

// open opens the lab as a new process would.
func (d *driver) open() {
	d.Helper()
	s, err := labs.Open(d.ctx(), d.lab, labs.Options{
		Cluster: d.kafka, Registry: d.registry, Stack: d.cluster.Stack, StateDir: d.state, MaxHold: maxHold,
		Say: func(line string) { d.Log("    " + line) },
	})
	d.must(err)
	d.session = s
	d.Cleanup(func() { _ = s.Close() })
}

// reopen ends the session as the end of the process would, and opens it again.
func (d *driver) reopen() {
	d.Helper()
	d.must(d.session.Close())
	d.open()
	d.begin()
}

// begin starts the lab; a stack that is still busy with the last step gets time.
func (d *driver) begin() {
	d.Helper()
	d.must(d.session.Start(d.ctx()))
}

// red polls once and wants no step done.
func (d *driver) red(step *labs.Step, when string) {
	d.Helper()
	ctx := d.ctx()
	for {
		moved, err := d.session.Poll(ctx)
		d.must(err)
		st := d.session.State()
		if moved || st.Verdict.Done() {
			d.Fatalf("step %s is done %s: %s", step.ID, when, st.Steps[slices.IndexFunc(st.Steps, func(r labs.StepReport) bool { return r.ID == step.ID })].Verdict)
		}
		switch v := st.Verdict; v.Status {
		case labs.StatusNotYet:
			if v.Expected == "" || v.Observed == "" {
				d.Errorf("step %s %s does not say what it expects and what it sees: %+v", step.ID, when, v)
			}
			d.Logf("step %s %s: %s", step.ID, when, v)
			return
		case labs.StatusCannotCheck: // a broker that was just stopped may still be asked
			if ctx.Err() != nil {
				d.Fatalf("step %s %s: %s", step.ID, when, v)
			}
			time.Sleep(100 * time.Millisecond)
		default:
			d.Fatalf("step %s %s: %s", step.ID, when, v)
		}
	}
}

func (d *driver) prove(step *labs.Step, miss Miss) {
	d.Helper()
	d.at(step)
	if step.Check != nil {
		if miss.Do == nil {
			d.Fatalf("step %s has a check and the test has no near miss for it", step.ID)
		}
		d.red(step, "before")
		d.nudge(step, "before")
		d.reopen()
		if err := miss.Do(d.ctx(), d.session.Env(step.ID)); err != nil {
			d.Fatalf("step %s: the near miss: %v", step.ID, err)
		}
		d.red(step, "after the near miss")
		d.nudge(step, "after the near miss")
	}
	if step.Question != nil {
		d.refuse(step, miss)
	}
	if err := d.session.Solve(d.ctx()); err != nil {
		d.Fatalf("step %s: %v", step.ID, err)
	}
	p := d.session.Progress().Steps[step.ID]
	if p == nil || p.State != labs.StepShown {
		d.Fatalf("step %s is not shown after it was solved: %+v", step.ID, p)
	}
	d.Logf("step %s solved: %s", step.ID, p.Seen)
}

// at wants the session to be at a step.
func (d *driver) at(step *labs.Step) {
	d.Helper()
	if got := d.session.Progress().Current; got != step.ID {
		d.Fatalf("the session is at step %q and not at %s", got, step.ID)
	}
}

// nudge wants a first hint.
func (d *driver) nudge(step *labs.Step, when string) {
	d.Helper()
	text, err := step.Nudge(d.ctx(), d.session.Env(step.ID))
	if err != nil || strings.TrimSpace(text) == "" {
		d.Errorf("step %s %s has no nudge: %q, %v", step.ID, when, text, err)
	}
}

// refuse gets a step's question asked, and wants wrong answers refused.
func (d *driver) refuse(step *labs.Step, miss Miss) {
	d.Helper()
	if step.Check != nil { // the question comes after the effect
		if _, err := d.session.Answer(d.ctx(), "too early"); err == nil {
			d.Errorf("step %s takes an answer before its check is done", step.ID)
		}
		env := d.session.Env(step.ID)
		if err := step.Solve(d.ctx(), env); err != nil {
			d.Fatalf("step %s: %v", step.ID, err)
		}
	}
	ctx := d.ctx()
	env := d.session.Env(step.ID)
	said := ""
	err := env.Until(ctx, "step "+step.ID+" asks", func(ctx context.Context) (bool, error) {
		_, err := d.session.Poll(ctx)
		st := d.session.State()
		if now := st.Verdict.String(); st.Question == nil && now != said {
			said = now
			d.Logf("step %s does not ask yet: %s", step.ID, said)
		}
		return st.Question != nil, err
	})
	d.must(err)
	q, err := step.Question(ctx, env)
	d.must(err)
	wrong := slices.DeleteFunc(slices.Clone(q.Choices), func(c string) bool { return c == q.Answer })
	if miss.Answer != nil {
		wrong = append(wrong, miss.Answer(ctx, env, q))
	}
	if len(wrong) == 0 {
		d.Fatalf("step %s asks %q, and the test has no wrong answer to it", step.ID, q.Prompt)
	}
	for _, answer := range wrong {
		a, err := d.session.Answer(ctx, answer)
		d.must(err)
		if a.Right || strings.TrimSpace(a.Why) == "" {
			d.Fatalf("step %s: the wrong answer %q: right is %v, because %q", step.ID, answer, a.Right, a.Why)
		}
		d.Logf("step %s: %q is refused: %s", step.ID, answer, a.Why)
	}
	d.at(step)
}

// over wants every step behind the learner, and what should last still there.
func (d *driver) over() {
	d.Helper()
	p := d.session.Progress()
	for i := range d.lab.Steps {
		if s := p.Steps[d.lab.Steps[i].ID]; s == nil || !s.State.Passed() && s.State != labs.StepSkipped {
			d.Errorf("step %s is not behind the learner", d.lab.Steps[i].ID)
		}
	}
	if p.Current != "" {
		d.Errorf("the lab is still at step %s", p.Current)
	}
	d.reopen()
	if got := d.session.Progress(); got == nil || len(got.Steps) != len(p.Steps) {
		d.Errorf("the progress did not survive: %+v", got)
	}
}

// reset wants the lab gone without a trace, and nothing else.
func (d *driver) reset(bystander string) {
	d.Helper()
	before, err := d.session.Leftovers(d.ctx())
	d.must(err)
	for _, item := range before {
		d.Logf("reset: %s", item)
	}
	items, err := d.session.Reset(d.ctx())
	d.must(err)
	d.must(labs.ResetErr(items))
	env := d.session.Env("")
	ctx := d.ctx()
	d.must(env.Until(ctx, "nothing of the lab is left", func(ctx context.Context) (bool, error) {
		left, err := d.session.Leftovers(ctx)
		return len(left) == 0, err
	}))
	again, err := d.session.Reset(ctx)
	d.must(err)
	if len(again) != 0 {
		d.Errorf("a second reset still found %v", again)
	}
	topics, err := d.kafka.TopicMetadata(ctx, bystander)
	d.must(err)
	if len(topics) != 1 || topics[0].Err != nil {
		d.Errorf("the reset touched topic %s, which is not the lab's", bystander)
	}
}
