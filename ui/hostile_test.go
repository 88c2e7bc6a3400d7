package ui_test

import (
	"errors"
	"strings"
	"testing"
	"unicode"

	"kconsole/kafka"
	"kconsole/ui"
	"kconsole/ui/uitest"
)

// hostile are texts that do something to a terminal, or to tview, that shows
// them as they are.
var hostile = []string{
	"\x1b[31mred\x1b[0m", "\x1b]0;title\x07", "\x1b]52;c;ZXZpbA==\x07", "\x1b[2J\x1b[H", "\x9b31m", "\u009b31m", "\x1bP+q\x1b\\",
	"a\rb", "a\nb", "a\tb", "a\bb", "a\x00b", "a\x7fb", "[red]x[-]", "[:::https://evil.example]x", `["region"]x`, "[a[]", "[::b]",
	"\u202eevil", "\u2066x\u2069", "\u200b\u200d\ufeff", "\u2028\u2029", "e\u0301\u0301\u0301\u0301\u0301\u0301", "\u0301", "\xff\xfe\xc3\x28",
	"\U000e0041\U000e007f", "\u3164", "\u115f", "東京都", "👩\u200d👩\u200d👧", "🇩🇪", "\ue0b0", "%s%n%d", "${HOME}", "'; rm -rf /", strings.Repeat("x", 5000),
	strings.Repeat("\u0300", 500), "\ufff9a\ufffab\ufffb", "ﷺ", "𒐫",
}

// TestHostileTextIsShownNotObeyed puts them wherever text of a cluster can go
// and looks at every cell of every screen.
func TestHostileTextIsShownNotObeyed(t *testing.T) {
	s := uitest.Snapshot()
	s.Topics.Rows = nil
	for _, h := range hostile {
		topic := uitest.Topic(h, 2, 10, nil)
		topic.Schema = h
		s.Topics.Rows = append(s.Topics.Rows, topic)
		s.Groups.Rows = append(s.Groups.Rows, kafka.Group{
			ID: h, State: h, Assignor: h, Type: kafka.GroupType(h),
			Members: []kafka.Member{{ID: h, ClientID: h, Host: h, InstanceID: h, Assigned: []kafka.TopicPartition{{Topic: h}}}},
			Offsets: []kafka.GroupOffset{{Topic: h, Member: h, ClientID: h, Committed: 1, End: 2}},
		})
		s.ACLs.Rows = append(s.ACLs.Rows, kafka.ACL{Principal: h, Host: h, ResourceType: h, Resource: h, Pattern: h, Operation: h, Permission: h})
		s.Subjects.Rows = append(s.Subjects.Rows, kafka.Subject{Name: h, Type: h, Level: h, Versions: []int{1}, Err: errors.New(h)})
		s.Cluster.Brokers = append(s.Cluster.Brokers, kafka.Broker{ID: 9, Host: h, Rack: h, Up: true})
	}
	s.Problems = nil
	for _, v := range ui.Views() {
		for i, h := range hostile {
			open := v.Name
			if len(v.Args) > 0 {
				// A view of one thing, for a few of the names.
				if i%7 != 0 || strings.TrimSpace(h) == "" || v.Name == "tail" || v.Name == "schema" || v.Name == "diff" || v.Name == "logs" {
					continue
				}
			} else if i > 0 {
				break
			}
			t.Run(v.Name, func(t *testing.T) {
				d := uitest.Start(t, uitest.Options{Width: 120, Height: 60, View: "topics"})
				d.Publish(s)
				if len(v.Args) == 0 {
					d.Type(":" + open)
					d.Press("enter")
				} else {
					d.App.Open(v.Name, h)
				}
				d.Press("ctrl-w")
				harmless(t, d.Text())
				d.Press("end", "x")
				harmless(t, d.Text())
				d.Press("esc", "?")
				harmless(t, d.Text())
				d.Press("esc", ":")
				d.Type("topic ")
				harmless(t, d.Text())
				d.Press("esc")
			})
		}
	}
}

func harmless(t *testing.T, screen string) {
	t.Helper()
	for _, r := range screen {
		if r != '\n' && unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Co, unicode.Cs) {
			t.Fatalf("%U is on the screen:\n%s", r, screen)
		}
	}
}

func TestHostileErrors(t *testing.T) {
	d := uitest.Start(t, uitest.Options{})
	for _, h := range hostile {
		d.Publish(uitest.Failed(&kafka.Error{What: h, Why: h, Do: h}))
		harmless(t, d.Text())
		d.Publish(uitest.Never(&kafka.Error{What: h, Why: h, Do: h}))
		harmless(t, d.Text())
	}
}
