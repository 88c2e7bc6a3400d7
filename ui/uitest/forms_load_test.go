package uitest_test

import (
	"kconsole/avro/registry"
	"kconsole/kafka/tail"
)

func loadForms() []form {
	return []form{
		{action: "topics shift-p", do: func(f *forms) {
			f.k.NamedTopic(f.t, "forms.load", 3, 2)
			f.at("topics /^forms.load$", " forms.load ")
			f.open("shift-p", "Load test of topic forms.load")
			f.fill("500", "60s", "60", "-", "100", "+2", "10", "0.9", "-", "+1", "run=f1")
			f.WaitFor("kconsole load forms.load --rate 500 --duration 60s --records 60 --size 100 --keys hot --key-count 10 --hot-share 0.9")
			f.WaitFor("  run=f1") // the command is wrapped, not cut
			f.apply("gets 60 records, about 6", "")
			f.WaitFor("60 sent, 60 acknowledged, 0 failed")
			f.WaitFor("the hottest is key-0")
			if _, end := f.offsets("forms.load"); end != 60 {
				f.t.Errorf("the topic holds %d records", end)
			}
			f.notAudited("load topic forms.load", "header")
			f.PressBusy("esc")
		}},
		{action: "topic shift-p", do: func(f *forms) {
			f.k.NamedTopic(f.t, "forms.avro", 2, 2)
			w, err := f.registry.Writer()
			if err != nil {
				f.t.Fatal(err)
			}
			plan, err := w.Register(f.t.Context(), "forms.avro-value", registry.Draft{Text: `{"type":"record","name":"Order","fields":[{"name":"id","type":"string"},{"name":"cents","type":"long"}]}`})
			if err != nil {
				f.t.Fatal(err)
			}
			if _, err := plan.Apply(f.t.Context()); err != nil {
				f.t.Fatal(err)
			}
			f.at("topics /^forms.avro$", "avro v1")
			f.PressBusy("enter")
			f.WaitFor("Partitions (2)")
			f.open("shift-p", "Load test of topic forms.avro")
			f.fill("200", "30m")
			f.PressBusy("enter")
			f.WaitFor("avro of forms.avro-value v1")
			f.WaitFor("enter apply")
			f.PressBusy("enter")
			f.WaitFor(" p99 ") // it is under way
			f.WaitFor(" left")
			f.PressBusy("esc")
			f.WaitFor("ended by canceled")
			f.WaitFor("stopped: load topic forms.avro")
			r, err := tail.Open(f.t.Context(), f.cluster, tail.Options{Topic: "forms.avro", From: tail.Position{Kind: tail.Start}, Until: tail.Position{Kind: tail.End}})
			if err != nil {
				f.t.Fatal(err)
			}
			defer r.Close()
			got, err := r.Next(f.t.Context())
			if len(got) == 0 || len(got[0].Value) < 5 || got[0].Value[0] != 0 {
				f.t.Errorf("no record in the wire format of schemas is there: %v, %v", got, err)
			}
			f.PressBusy("esc")
		}},
	}
}
