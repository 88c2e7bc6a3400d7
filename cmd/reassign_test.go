package cmd

import (
	"bytes"
	"context"
	"os"
	"strings"
	"testing"
)

// onText calls then as soon as text is written.
type onText struct {
	bytes.Buffer
	text string
	then func()
}

func (w *onText) Write(p []byte) (int, error) {
	n, err := w.Buffer.Write(p)
	if strings.Contains(w.String(), w.text) {
		w.then()
	}
	return n, err
}

// testBoundIsNotForgotten: a wait that is interrupted while replicas are copied says
// how the bound is lifted that it has set, and so does whoever cancels the move.
func testBoundIsNotForgotten(t *testing.T, conf string) {
	t.Setenv("XDG_STATE_HOME", t.TempDir())
	run := func(ctx context.Context, code int, errs *onText, line string) string {
		t.Helper()
		var out bytes.Buffer
		a := &app{in: os.Stdin, out: &out, err: errs}
		if got := a.run(ctx, append([]string{"--config", conf}, strings.Fields(line)...)); got != code {
			t.Fatalf("%s exits with %d:\n%s%s", line, got, &out, errs)
		}
		return out.String()
	}
	const lifts = "kconsole reassign slow --lift-throttle lifts it."
	silent := &onText{then: func() {}}
	run(t.Context(), exitDone, silent, "create topic slow --partitions 1 --replicas 1 --yes")
	run(t.Context(), exitDone, silent, "produce slow --value "+strings.Repeat("x", 100_000))
	defer run(t.Context(), exitDone, silent, "delete topic slow --yes")

	ctx, interrupt := context.WithCancel(t.Context())
	defer interrupt()
	errs := &onText{text: "1 of 1 partitions to go", then: interrupt}
	run(ctx, exitInterrupted, errs, "reassign slow --brokers 1,2,3 --factor 3 --throttle 1 --wait --yes")
	if got := errs.String(); !strings.Contains(got, ", and the bound stays: "+lifts+"\n") {
		t.Errorf("an interrupted wait says:\n%s", got)
	}
	if got := run(t.Context(), exitDone, silent, "reassign slow --cancel --yes"); !strings.Contains(got, "warning: a bound on replication stays: "+lifts) {
		t.Errorf("the cancellation says:\n%s", got)
	}
	run(t.Context(), exitDone, silent, "reassign slow --lift-throttle --yes")
	if got := run(t.Context(), exitDone, silent, "reassign slow --cancel --yes"); strings.Contains(got, "bound") || !strings.Contains(got, "none is in progress") {
		t.Errorf("where nothing is moved and no bound is set, it says:\n%s", got)
	}
	// What fails at once leaves nothing to wait for, so its bound is lifted.
	run(t.Context(), exitFailed, silent, "reassign slow:0,7 --replicas 1,2 --throttle 1000000 --wait --yes")
	if got := run(t.Context(), exitDone, silent, "reassign slow --cancel --dry-run"); strings.Contains(got, "bound") {
		t.Errorf("a bound is left:\n%s", got)
	}
}
