package uitest_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/twmb/franz-go/pkg/kgo"

	"kconsole/kafka/tail"
)

const (
	formsV1 = `{"type":"record","name":"Order","fields":[{"name":"id","type":"string"}]}`
	formsV2 = `{"type":"record","name":"Order","fields":[{"name":"id","type":"string"},{"name":"note","type":["null","string"],"default":null}]}`
	// formsBad gives new readers nothing for what old records lack.
	formsBad = `{"type":"record","name":"Order","fields":[{"name":"id","type":"string"},{"name":"total","type":"int"}]}`
	formsV3  = `{"type":"record","name":"Order","fields":[{"name":"id","type":"string"},{"name":"note","type":["null","string"],"default":null},{"name":"gift","type":"boolean","default":false}]}`
)

// versions waits until a subject has these; nil: none.
func (f *forms) versions(subject string, deleted bool, want ...int) {
	f.t.Helper()
	f.eventually(func() string {
		got, err := f.registry.Versions(f.t.Context(), subject, deleted)
		if err != nil && len(want) > 0 {
			return err.Error()
		}
		if !slices.Equal(got, want) {
			return fmt.Sprintf("%s has versions %v, not %v", subject, got, want)
		}
		return ""
	})
}

func (f *forms) level(subject, want string) {
	f.t.Helper()
	f.eventually(func() string {
		got, _, err := f.registry.Level(f.t.Context(), subject)
		if err != nil || string(got) != want {
			return fmt.Sprintf("level %s, %v", got, err)
		}
		return ""
	})
}

func (f *forms) mode(subject, want string) {
	f.t.Helper()
	f.eventually(func() string {
		got, _, err := f.registry.Mode(f.t.Context(), subject)
		if err != nil || got != want {
			return fmt.Sprintf("mode %s, %v", got, err)
		}
		return ""
	})
}

func subjectForms() []form {
	const shared = "it is the action of the view subjects, on the subjects of one topic"
	return []form{
		{action: "topicschemas n", not: shared},
		{action: "topicschemas a", not: shared},
		{action: "topicschemas e", not: shared},
		{action: "topicschemas m", not: shared},
		{action: "topicschemas ctrl-d", not: shared},
		{action: "subjects a", do: func(f *forms) {
			f.at("subjects", "Subjects (")
			f.open("a", "Register a schema")
			f.fill("forms-value", "-", "-", formsV1)
			f.apply("nothing to get along with yet", "")
			f.versions("forms-value", false, 1)
		}},
		{action: "subjects n", do: func(f *forms) {
			f.at("subjects /^forms-value$", " forms-value ")
			f.open("n", "New version of subject forms-value")
			f.fill("-", formsBad) // the plan says that it will be refused, and why
			f.PressBusy("enter")
			f.WaitFor("BACKWARD is not kept against version 1")
			f.WaitFor("the registry will refuse it")
			f.PressBusy("esc")
			f.WaitFor("New version of subject forms-value")
			f.PressBusy("end", "ctrl-u")
			f.TypeBusy(formsV2)
			f.apply("BACKWARD is kept against version 1", "")
			f.versions("forms-value", false, 1, 2)
		}},
		{action: "subject n", do: func(f *forms) { // out of a file
			path := filepath.Join(f.t.TempDir(), "order.avsc")
			if err := os.WriteFile(path, []byte(formsV3), 0o600); err != nil {
				f.t.Fatal(err)
			}
			f.at("subject forms-value", "v2")
			f.open("n", "New version of subject forms-value")
			f.fill("+1", path)
			f.apply("BACKWARD is kept against version 2", "")
			f.versions("forms-value", false, 1, 2, 3)
		}},
		{action: "subjects e", do: func(f *forms) { // the whole registry's
			f.at("subjects /^forms-value$", " forms-value ")
			f.open("e", "Compatibility level")
			f.fill("+1")
			f.PressBusy("down")
			f.TypeBusy("n") // NONE
			f.apply("NONE accepts any schema", "")
			f.level("", "NONE")
		}},
		{action: "subject e", do: func(f *forms) { // this one's
			f.at("subject forms-value", "v3")
			f.open("e", "Compatibility level")
			f.PressBusy("down")
			f.eventually(func() string {
				if f.Has("‹ FULL ›") {
					return ""
				}
				f.PressBusy("right")
				return "FULL is not chosen"
			})
			f.apply("FULL", "")
			f.level("forms-value", "FULL")
			f.level("", "NONE")
		}},
		{action: "subjects m", do: func(f *forms) {
			f.at("subjects /^forms-value$", " forms-value ")
			f.open("m", "Mode")
			f.fill("-", "+1")
			f.apply("READONLY", "")
			f.mode("forms-value", "READONLY")
			f.mode("", "READWRITE")
			f.open("m", "Mode")
			f.fill("-", "-") // back
			f.apply("READWRITE", "")
			f.mode("forms-value", "READWRITE")
		}},
		{action: "subject ctrl-d", do: func(f *forms) {
			f.at("subject forms-value", "v3")
			f.open("ctrl-d", "Delete a version of subject forms-value")
			f.fill("2")
			f.apply("stay readable", "")
			f.versions("forms-value", false, 1, 3)
			f.versions("forms-value", true, 1, 2, 3)
			f.open("ctrl-d", "Delete a version of subject forms-value")
			f.fill("2", "+1") // it was hidden before: now for good
			f.apply("leads nowhere", "forms-value@2")
			f.versions("forms-value", true, 1, 3)
		}},
		{action: "subjects ctrl-d", do: func(f *forms) {
			f.at("subjects /^forms-value$", " forms-value ")
			f.open("ctrl-d", "Delete a subject")
			f.fill("-", "+1") // for good, what was not hidden before
			f.apply("leads nowhere", "forms-value")
			f.versions("forms-value", true)
		}},
	}
}

func cartForms() []form {
	return []form{{action: "cart s", do: func(f *forms) {
		topic := f.k.Topic(f.t, 2, 1)
		raw := []byte("\x00\x00\x00\x00\x63\xfe not text")
		client := f.k.Client(f.t)
		for i, v := range [][]byte{raw, []byte("to be edited"), nil} {
			rec := &kgo.Record{Topic: topic, Key: fmt.Appendf(nil, "key-%d", i), Value: v, Headers: []kgo.RecordHeader{{Key: "n", Value: []byte("1")}, {Key: "n"}}}
			if err := client.ProduceSync(f.t.Context(), rec).FirstErr(); err != nil {
				f.t.Fatal(err)
			}
		}
		f.at("tail "+topic, "key-0", "key-1", "key-2")
		f.PressBusy("home", "space", "space", "space", "r")
		f.WaitFor("3 records put into the cart")
		f.at("cart /key-1", "to be edited")
		f.open("e", "Edit "+topic)
		f.fill("key-edited", "-", "was edited")
		f.PressBusy("enter")
		f.WaitFor("it is sent like that")
		f.at("cart", "Replay cart (3)")
		f.open("s", "Send records again")
		f.fill("-", "+1", "forms.orders") // to the other context
		f.PressBusy("enter")
		f.WaitFor("to context other")
		f.WaitFor("gets 3 records")
		f.confirm("1 tombstone", "")
		f.WaitFor("→ forms.orders/")
		f.PressBusy("esc")
		f.WaitFor("sent: forms.orde")
		f.notAudited("send 3 records to context other", "was edited")
		r, err := tail.Open(f.t.Context(), f.cluster, tail.Options{Topic: "forms.orders", From: tail.Position{Kind: tail.Start}, Until: tail.Position{Kind: tail.End}})
		if err != nil {
			f.t.Fatal(err)
		}
		defer r.Close()
		got := map[string]string{}
		for {
			records, err := r.Next(f.t.Context())
			for _, rec := range records {
				got[string(rec.Key)] = fmt.Sprintf("%q %v %d", rec.Value, rec.Value == nil, len(rec.Headers))
			}
			if err != nil {
				break // the end
			}
		}
		for key, want := range map[string]string{
			"key-0": fmt.Sprintf("%q false 2", raw), "key-edited": `"was edited" false 2`, "key-2": `"" true 2`,
		} {
			if got[key] != want {
				f.t.Errorf("%s arrived as %s, not %s", key, got[key], want)
			}
		}
	}}}
}
