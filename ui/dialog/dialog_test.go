package dialog_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync/atomic"
	"testing"

	"go.uber.org/goleak"

	"kconsole/ui/dialog"
	"kconsole/ui/page"
	"kconsole/ui/resource"
	"kconsole/ui/uitest"
	"kconsole/ui/widget/grid"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// open starts a console whose only view opens a dialog with "o".
func open(t *testing.T, do func(page.Host)) *uitest.Driver {
	t.Helper()
	d := openBusy(t, do)
	d.Idle()
	return d
}

func openBusy(t *testing.T, do func(page.Host)) *uitest.Driver {
	t.Helper()
	return openSized(t, 80, 24, do)
}

func openSized(t *testing.T, width, height int, do func(page.Host)) *uitest.Driver {
	t.Helper()
	spec := resource.Spec[string]{
		Name: "topics", Title: "Things", Doc: "Things.",
		Rows: func(st page.State, _ page.Target) resource.Result[string] {
			return resource.Result[string]{Rows: []string{"orders"}, At: st.Now}
		},
		ID:      func(s string) string { return s },
		Columns: []resource.Column[string]{{Column: grid.Column{Title: "NAME"}, Cell: func(s string) grid.Cell { return grid.Cell{Text: s} }}},
		Actions: []resource.Action[string]{{Key: "o", Label: "open", Do: func(h page.Host, _ page.Target, _ []string) { do(h) }}},
	}
	d := uitest.Start(t, uitest.Options{Width: width, Height: height, Views: []page.View{spec.View()}})
	d.PressBusy("o")
	return d
}

func has(t *testing.T, d *uitest.Driver, texts ...string) {
	t.Helper()
	screen := d.Text()
	for _, text := range texts {
		if !strings.Contains(screen, text) {
			t.Fatalf("the screen does not show %q:\n%s", text, screen)
		}
	}
}

func hasNot(t *testing.T, d *uitest.Driver, text string) {
	t.Helper()
	if d.Has(text) {
		t.Fatalf("the screen shows %q:\n%s", text, d.Text())
	}
}

// planOf is a plan that counts how often it is applied.
func planOf(applied *atomic.Int32, p dialog.Plan, items []dialog.Item, err error) func(context.Context) (*dialog.Plan, error) {
	p.Apply = func(context.Context) ([]dialog.Item, error) {
		applied.Add(1)
		return items, err
	}
	return func(context.Context) (*dialog.Plan, error) { return &p, nil }
}

func TestNothingHappensBeforeEnter(t *testing.T) {
	var applied atomic.Int32
	p := dialog.Plan{Title: "set retention", Changes: []dialog.Change{{Resource: "topic orders", What: "retention.ms", From: "1", To: "2"}}, Warnings: []string{"older records go"}}
	do := planOf(&applied, p, []dialog.Item{{Resource: "topic orders"}}, nil)
	d := open(t, func(h page.Host) { dialog.Review(h, do, nil) })
	has(t, d, "Set retention", "topic orders: retention.ms 1 → 2", "! older records go", "enter apply")
	d.Press("esc")
	has(t, d, "Things (1)")
	if applied.Load() != 0 {
		t.Fatal("applied although it was left")
	}
	d.Press("o")
	d.Press("enter") // typed ahead, before the plan is seen, it would do nothing
	has(t, d, "done: set retention", "Things (1)")
	if applied.Load() != 1 {
		t.Fatalf("applied %d times", applied.Load())
	}
}

func TestDataIsLostOnlyByName(t *testing.T) {
	var applied atomic.Int32
	p := dialog.Plan{Title: "delete topic orders", Confirm: "orders", Changes: []dialog.Change{{Resource: "topic orders", What: "exists", From: "6 partitions"}}}
	do := planOf(&applied, p, nil, nil)
	d := open(t, func(h page.Host) { dialog.Review(h, do, nil) })
	has(t, d, "Type orders to confirm:", "6 partitions → (none)")
	for _, typed := range []string{"", "order", "Orders"} {
		d.Press("ctrl-u")
		d.Type(typed)
		d.Press("enter")
		if applied.Load() != 0 {
			t.Fatalf("applied after %q", typed)
		}
	}
	d.Press("ctrl-u")
	d.Type("orders")
	d.Press("enter")
	if applied.Load() != 1 {
		t.Fatalf("applied %d times", applied.Load())
	}
}

func TestPartialFailureIsShownPartByPart(t *testing.T) {
	var applied atomic.Int32
	items := []dialog.Item{{Resource: "topic a", Detail: "gone"}, {Resource: "topic b", Err: errors.New("not authorised\x1b[31m")}}
	do := planOf(&applied, dialog.Plan{Title: "delete two", Changes: []dialog.Change{{Resource: "a", From: "x"}}}, items, errors.New("1 of 2 failed"))
	d := open(t, func(h page.Host) { dialog.Review(h, do, nil) })
	d.Press("enter")
	has(t, d, "✓ topic a gone", "✗ topic b: not authorised␛[31m")
	d.Press("esc")
	has(t, d, "Things (1)")
}

func TestWhatIsStoppedTellsWhatWasDone(t *testing.T) {
	p := &dialog.Plan{Title: "load orders", Changes: []dialog.Change{{Resource: "topic orders", What: "gets", To: "much"}}, Stay: true, Stops: true}
	p.Progress = func() string { return "half of it\n340/s" }
	slow := make(chan struct{})
	p.Apply = func(ctx context.Context) ([]dialog.Item, error) {
		<-ctx.Done()
		<-slow
		return []dialog.Item{{Resource: "Records", Detail: "17 sent"}, {Resource: "Time", Detail: "short"}}, nil
	}
	d := openBusy(t, func(h page.Host) {
		dialog.Review(h, func(context.Context) (*dialog.Plan, error) { return p, nil }, nil)
	})
	d.WaitFor("enter apply")
	d.PressBusy("enter")
	d.WaitFor("half of it")
	d.WaitFor("340/s")
	d.WaitFor("esc stop")
	d.PressBusy("esc")
	d.WaitFor("Stopping")
	close(slow)
	d.WaitFor("✓ Records 17 sent")
	d.WaitFor("stopped: load orders")
	d.PressBusy("esc")
	d.WaitFor("Things (1)")
}

func TestPlansThatCannotBeMadeOrChangeNothing(t *testing.T) {
	d := open(t, func(h page.Host) {
		dialog.Review(h, func(context.Context) (*dialog.Plan, error) { return nil, errors.New("the cluster is away") }, nil)
	})
	has(t, d, "the cluster is away")
	d.Press("enter")
	has(t, d, "Things (1)")

	var applied atomic.Int32
	do := planOf(&applied, dialog.Plan{Title: "set it", Nothing: true}, nil, nil)
	d = open(t, func(h page.Host) { dialog.Review(h, do, nil) })
	has(t, d, "Nothing would change")
	d.Press("enter")
	if applied.Load() != 0 {
		t.Error("applied a plan that changes nothing")
	}

	do = planOf(&applied, dialog.Plan{Title: "delete it", Nothing: true, Changes: []dialog.Change{{Resource: "group billing", What: "cannot be deleted", Err: errors.New("it has 1 member")}}}, nil, nil)
	d = open(t, func(h page.Host) { dialog.Review(h, do, nil) })
	has(t, d, "This cannot be done:", "group billing: it has 1 member") // what it is that cannot be is said once
}

func form(applied *atomic.Int32, got *dialog.Values) dialog.Form {
	return dialog.Form{
		Title: "Create a thing",
		Fields: []dialog.Field{
			{Name: "name", Label: "Name", Help: "A short name.", Complete: func(string) []string { return []string{"orders", "payments"} }, Check: func(v string) error {
				if v == "" {
					return errors.New("say which name")
				}
				return nil
			}},
			{Name: "kind", Label: "Kind", Choices: []string{"plain", "secret"}},
			{Name: "password", Label: "Password", Secret: true, Shown: func(v dialog.Values) bool { return v["kind"] == "secret" }},
		},
		Plan: func(ctx context.Context, v dialog.Values) (*dialog.Plan, error) {
			*got = v
			if v["name"] == "bad" {
				return nil, errors.New("the cluster does not take it")
			}
			return planOf(applied, dialog.Plan{Title: "create " + v["name"], Changes: []dialog.Change{{Resource: v["name"], To: "new"}}}, nil, nil)(ctx)
		},
		Command: func(v dialog.Values) string { return fmt.Sprintf("kconsole create %s --kind %s", v["name"], v["kind"]) },
	}
}

func TestForm(t *testing.T) {
	var applied atomic.Int32
	var got dialog.Values
	d := open(t, func(h page.Host) { form(&applied, &got).Open(h) })
	has(t, d, "Create a thing", "A short name.", "plain", "kconsole create")
	d.Press("enter")
	has(t, d, "say which name")
	d.Type("pay")
	d.Press("tab")
	has(t, d, "orders") // the first completion
	d.Press("ctrl-u")
	d.Type("bad")
	d.Press("enter")
	has(t, d, "the cluster does not take it")
	d.Press("esc") // back to what was typed
	has(t, d, "Create a thing", "bad")
	d.Press("ctrl-u")
	d.Type("x:q?")
	d.Press("down", "right")
	has(t, d, "‹ secret ›")
	d.Press("down")
	d.Type("s3cret")
	has(t, d, "••••••")
	if d.Has("s3cret") {
		t.Fatal("the secret is on the screen")
	}
	d.Press("enter")
	has(t, d, "Create x:q?")
	d.Press("enter")
	has(t, d, "done: create x:q?")
	if applied.Load() != 1 || got["password"] != "s3cret" || got["kind"] != "secret" {
		t.Errorf("applied %d times, with %v", applied.Load(), got["kind"])
	}
}

// TestWhatFailedGoesBackToTheForm keeps what was typed where nothing was done, and
// closes the form where something was.
func TestWhatFailedGoesBackToTheForm(t *testing.T) {
	failed := errors.New("the cluster does not take it")
	for _, c := range []struct {
		items []dialog.Item
		back  bool
	}{
		{nil, true},
		{[]dialog.Item{{Resource: "a", Err: failed}}, true},
		{[]dialog.Item{{Resource: "a", Err: failed}, {Resource: "b", Err: failed}}, true},
		{[]dialog.Item{{Resource: "a"}, {Resource: "b", Err: failed}}, false},
	} {
		var applied atomic.Int32
		plan := planOf(&applied, dialog.Plan{Title: "create it", Changes: []dialog.Change{{Resource: "a", To: "new"}}}, c.items, failed)
		f := dialog.Form{
			Title:  "Create a thing",
			Fields: []dialog.Field{{Name: "name", Label: "Name"}},
			Plan:   func(ctx context.Context, _ dialog.Values) (*dialog.Plan, error) { return plan(ctx) },
		}
		d := open(t, func(h page.Host) { f.Open(h) })
		d.Type("typed")
		d.Press("enter")
		d.Press("enter")
		has(t, d, "the cluster does not take it")
		if d.Has("back to the form") != c.back {
			t.Errorf("%+v: the hint does not say where esc goes:\n%s", c.items, d.Text())
		}
		d.Press("esc")
		if c.back {
			has(t, d, "Create a thing", "typed")
			d.Press("esc")
		}
		has(t, d, "Things (1)")
		if applied.Load() != 1 {
			t.Errorf("applied %d times", applied.Load())
		}
	}
}

func TestPasteIntoAForm(t *testing.T) {
	var applied atomic.Int32
	var got dialog.Values
	d := open(t, func(h page.Host) { form(&applied, &got).Open(h) })
	d.Paste("orders\n")
	has(t, d, "Create a thing", "orders")
	if applied.Load() != 0 {
		t.Error("a pasted newline applied the form")
	}
	d.Press("esc")
	has(t, d, "Things (1)")
}

// TestLeavingWhileItIsWorkedOut closes a dialog whose plan is not made yet.
func TestLeavingWhileItIsWorkedOut(t *testing.T) {
	spec := func(h page.Host) {
		dialog.Review(h, func(ctx context.Context) (*dialog.Plan, error) {
			<-ctx.Done()
			return nil, ctx.Err()
		}, nil)
	}
	d := openBusy(t, spec)
	d.WaitFor("Working out what would change")
	d.PressBusy("esc")
	d.WaitFor("Things (1)")
	d.Idle()
}

// TestWhatIsProposedIsReplaced types into fields that have a value already.
func TestWhatIsProposedIsReplaced(t *testing.T) {
	var got dialog.Values
	f := dialog.Form{
		Title: "Set a thing",
		Fields: []dialog.Field{
			{Name: "count", Label: "Count", Value: "3"},
			{Name: "kept", Label: "Kept", Value: "as it is"},
			{Name: "changed", Label: "Changed", Value: "10s"},
			{Name: "pasted", Label: "Pasted", Value: "old"},
			{Name: "who", Label: "Who", Value: "User:", Append: true},
			{Name: "json", Label: "JSON", Value: `{"a":1`, Editor: "a.json"},
		},
		Submit: func(v dialog.Values) error { got = v; return nil },
	}
	d := open(t, func(h page.Host) { f.Open(h) })
	d.Type("2")
	d.Press("down", "down", "backspace")
	d.Type("m")
	d.Press("down")
	d.Paste("new")
	d.Press("down")
	d.Type("alice")
	d.Press("down")
	d.Type("}")
	d.Press("enter")
	want := dialog.Values{"count": "2", "kept": "as it is", "changed": "10m", "pasted": "new", "who": "User:alice", "json": `{"a":1}`}
	for name, value := range want {
		if got[name] != value {
			t.Errorf("%s is %q, not %q", name, got[name], value)
		}
	}
}

// TestTabGoesOn presses tab in fields that could be completed: only what was begun
// is, once.
func TestTabGoesOn(t *testing.T) {
	var got dialog.Values
	names := func(text string) (out []string) {
		for _, n := range []string{"__consumer_offsets", "orders", "payments", "payments.dlq"} {
			if strings.HasPrefix(n, text) {
				out = append(out, n)
			}
		}
		return out
	}
	f := dialog.Form{
		Title:  "Give access",
		Submit: func(v dialog.Values) error { got = v; return nil },
	}
	for _, name := range []string{"empty", "begun", "whole", "unknown", "proposed", "last"} {
		f.Fields = append(f.Fields, dialog.Field{Name: name, Label: name, Complete: names})
	}
	f.Fields[4].Value = "pay"
	d := open(t, func(h page.Host) { f.Open(h) })
	d.Press("tab")
	d.Type("pa")
	has(t, d, "payments.dlq", "tab complete")
	d.Press("tab")
	has(t, d, "begun     payments\n")
	hasNot(t, d, "tab complete")
	d.Press("tab")
	d.Type("payments")
	hasNot(t, d, "tab complete")
	d.Press("tab")
	d.Type("new")
	d.Press("tab", "tab")
	d.Type("ord")
	d.Press("up", "down", "tab") // it can be completed later as well
	d.Press("enter")
	want := dialog.Values{"empty": "", "begun": "payments", "whole": "payments", "unknown": "new", "proposed": "pay", "last": "orders"}
	for name, value := range want {
		if got[name] != value {
			t.Errorf("%s is %q, not %q", name, got[name], value)
		}
	}
}

// TestAFormInALowTerminalScrolls goes through more fields than there are rows.
func TestAFormInALowTerminalScrolls(t *testing.T) {
	f := dialog.Form{Title: "Load it", Submit: func(dialog.Values) error { return nil }, Command: func(dialog.Values) string { return "kconsole load" }}
	const n = 11
	for i := range n {
		f.Fields = append(f.Fields, dialog.Field{Name: fmt.Sprint(i), Label: fmt.Sprintf("field-%d", i), Help: fmt.Sprintf("help-%d", i)})
	}
	f.Fields[5].Shown = func(dialog.Values) bool { return false }
	d := openSized(t, 60, 16, func(h page.Host) { f.Open(h) })
	d.Idle()
	has(t, d, "field-0", "↓ ", " more", "kconsole load")
	hasNot(t, d, "↑ 1 more")
	for _, key := range []string{"up", "down"} {
		for range n - 1 {
			d.Press(key)
			at := ""
			for i := range n {
				if d.Has(fmt.Sprintf("help-%d", i)) {
					at = fmt.Sprintf("field-%d ", i)
				}
			}
			d.Type("x") // it is seen
			if at == "" || !strings.Contains(strings.Join(strings.Fields(d.Text()), " "), at+"x") {
				t.Fatalf("%q is typed into unseen:\n%s", at, d.Text())
			}
			d.Press("ctrl-u")
		}
	}
	d.Press("up", "up") // the last but one, with what there is above and nothing below
	has(t, d, "field-9", "field-10", "↑ ", "kconsole load")
	hasNot(t, d, "↓ 1 more")
}
