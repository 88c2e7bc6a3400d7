package ui_test

import (
	"errors"
	"slices"
	"testing"
	"unicode"

	"kconsole/kafka"
	"kconsole/kafka/poll"
	"kconsole/ui"
	"kconsole/ui/uitest"
)

// hostileSnapshot has every hostile text wherever text of a cluster can go.
func hostileSnapshot(t *testing.T) (*poll.Snapshot, []string) {
	t.Helper()
	corpus := uitest.Hostile()
	if len(corpus) < 200 {
		t.Fatalf("only %d hostile texts", len(corpus))
	}
	s := uitest.Snapshot()
	s.Topics.Rows = nil
	for _, h := range corpus {
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
	return s, corpus
}

// onTerminal starts a console on a terminal that records, and checks what it
// writes when it comes and when it goes.
func onTerminal(t *testing.T) (d *uitest.Driver, check func()) {
	t.Helper()
	term := &uitest.Terminal{}
	d = uitest.Start(t, uitest.Options{Width: 120, Height: 60, View: "topics", Terminal: term})
	begun := term.Written()
	if why := uitest.Harmless(begun, true); why != "" {
		t.Fatalf("at the start: %s", why)
	}
	if len(begun) < 1000 || uitest.Harmless(begun, false) == "" {
		t.Fatalf("this is not what a terminal gets: %q", begun)
	}
	return d, func() {
		t.Helper()
		harmless(t, d.Text())
		if why := uitest.Harmless(term.Written(), false); why != "" {
			t.Fatal(why)
		}
	}
}

// TestHostileTextIsShownNotObeyed shows them on every screen, looks at every
// cell, and at every byte that a terminal gets: only what draws.
func TestHostileTextIsShownNotObeyed(t *testing.T) {
	s, corpus := hostileSnapshot(t)
	for _, v := range ui.Views() {
		if slices.Contains([]string{"tail", "schema", "diff", "logs"}, v.Name) {
			continue // they read by themselves: see the live test
		}
		t.Run(v.Name, func(t *testing.T) {
			d, check := onTerminal(t)
			d.Publish(s)
			if len(v.Args) > v.Optional {
				for i := 0; i < len(corpus); i += 20 {
					d.App.Open(v.Name, corpus[i])
					d.Press("ctrl-w")
					check()
				}
				return
			}
			d.Type(":" + v.Name)
			d.Press("enter", "ctrl-w")
			check()
			for range 3 * len(corpus) / 60 {
				d.Press("pgdn")
				check()
			}
			d.Press("end", "x")
			check()
			d.Press("esc", "?")
			check()
			d.Press("esc", ":")
			d.Type("topic ")
			check()
			d.Press("esc")
			check()
		})
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
	d, check := onTerminal(t)
	for _, h := range uitest.Hostile() {
		d.Publish(uitest.Failed(&kafka.Error{What: h, Why: h, Do: h}))
		check()
		d.Publish(uitest.Never(&kafka.Error{What: h, Why: h, Do: h}))
		check()
	}
}

// TestTheAllowListIsStrict: most of the texts, written as they are, would not
// pass for drawing, so a screen that passes has shown none of them.
func TestTheAllowListIsStrict(t *testing.T) {
	refused := 0
	for _, h := range uitest.Hostile() {
		if uitest.Harmless([]byte(h), false) != "" {
			refused++
		}
	}
	if refused < 300 {
		t.Errorf("only %d of the hostile texts are refused as they are", refused)
	}
	for _, bad := range []string{"\x1b]0;t\x07", "\x1b]52;c;ZXZpbA==\x07", "\x1b]8;;https://evil.example\x1b\\", "\x1b[?1049h", "\x1b[c", "\x1b[6n", "\x1bc", "\x1b[?1000h", "\x1b[4h", "\x1bPq\x1b\\", "\a", "\r", "a\b", "\x9b31m", "\u009b31m", "\u202e", "\u200b", "\xff"} {
		if uitest.Harmless([]byte(bad), false) == "" {
			t.Errorf("%q is let through", bad)
		}
	}
}
