package labs

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"kconsole/labs/services"
)

// lever is something that can be done to a helper service: its word, what follows
// the service's name, and what it does.
type lever struct {
	word, arg, about string
	do               func(ctx context.Context, s *services.Service, arg string) error
}

var levers = []lever{
	{"pause", "", "it keeps its place in the group and handles nothing", func(_ context.Context, s *services.Service, _ string) error {
		s.Pause()
		return nil
	}},
	{"resume", "", "it goes on", func(_ context.Context, s *services.Service, _ string) error {
		s.Resume()
		return nil
	}},
	{"slow", "TIME", "each record takes that long, as slow mail 500ms; 0s is full speed", func(_ context.Context, s *services.Service, arg string) error {
		d, err := time.ParseDuration(arg)
		if err != nil || d < 0 || d > time.Minute {
			return fmt.Errorf("%q is no time from 0s to 1m, such as 500ms", arg)
		}
		s.Slow(d)
		return nil
	}},
	{"crash", "[CLIENT]", "a member dies without a word, before it commits", func(_ context.Context, s *services.Service, arg string) error {
		s.Crash(arg)
		return nil
	}},
	{"crash-on", "N", "the member that handles the n-th record from now dies after the work, before the commit", func(_ context.Context, s *services.Service, arg string) error {
		return count(arg, s.CrashOn)
	}},
	{"fail-on", "N", "the n-th record from now fails, each time it is handled; 0 heals", func(_ context.Context, s *services.Service, arg string) error {
		return count(arg, s.FailOn)
	}},
	{"commit", "WHEN", "after the work, before it, or never", func(_ context.Context, s *services.Service, arg string) error {
		switch c := services.Commit(arg); c {
		case services.CommitAfter, services.CommitBefore, services.CommitNever:
			s.SetCommit(c)
			return nil
		}
		return fmt.Errorf("%q is none of after, before, never", arg)
	}},
	{"restart", "", "its members are started again", func(_ context.Context, s *services.Service, _ string) error { return s.Restart() }},
	{"scale", "N", "it has that many members", func(_ context.Context, s *services.Service, arg string) error {
		n, err := strconv.Atoi(arg)
		if err != nil {
			return fmt.Errorf("%q is no number of members", arg)
		}
		return s.Scale(n)
	}},
	{"stop", "", "its members leave the group", func(ctx context.Context, s *services.Service, _ string) error { return s.Stop(ctx) }},
}

// count passes on a number of records.
func count(arg string, to func(int64)) error {
	n, err := strconv.ParseInt(arg, 10, 64)
	if err != nil || n < 0 {
		return fmt.Errorf("%q is no number of records", arg)
	}
	to(n)
	return nil
}

// SwitchHelp describes the switches, one a line.
func SwitchHelp() []string {
	var out []string
	for _, s := range levers {
		out = append(out, fmt.Sprintf("%-22s %s", strings.TrimSpace(s.word+" SERVICE "+s.arg), s.about))
	}
	return out
}

// IsSwitch tells whether a word is one that [Session.Switch] knows.
func IsSwitch(word string) bool {
	for _, s := range levers {
		if s.word == word {
			return true
		}
	}
	return false
}

// Switches completes what is typed for [Session.Switch]: the word, then one of the
// services.
func Switches(lab string, list []services.Status, typed string) (out []string) {
	for _, l := range levers {
		for _, st := range list {
			line := l.word + " " + strings.TrimPrefix(st.Name, Prefix(lab))
			if strings.HasPrefix(line, typed) {
				out = append(out, line)
			}
		}
	}
	return out
}

// Switch does something to a helper service of the lab: a word of [SwitchHelp],
// the service's name (the lab's prefix may be left out), and what the word takes.
func (s *Session) Switch(ctx context.Context, words ...string) error {
	if len(words) < 2 {
		return fmt.Errorf("say what to do and with which service: %s", s.serviceNames())
	}
	service := s.services.Get(words[1])
	if service == nil {
		service = s.services.Get(Prefix(s.lab.ID) + words[1])
	}
	if service == nil {
		return fmt.Errorf("no service %q runs; there is %s", words[1], s.serviceNames())
	}
	arg := ""
	if len(words) > 2 {
		arg = words[2]
	}
	i := slices.IndexFunc(levers, func(l lever) bool { return l.word == words[0] })
	if i < 0 {
		return fmt.Errorf("%q is nothing that can be done to a service", words[0])
	}
	if err := levers[i].do(ctx, service, arg); err != nil {
		return fmt.Errorf("%s %s: %w", words[0], words[1], err)
	}
	s.say(strings.Join(words, " "))
	return nil
}

func (s *Session) serviceNames() string {
	var names []string
	for _, st := range s.services.List() {
		names = append(names, strings.TrimPrefix(st.Name, Prefix(s.lab.ID)))
	}
	if len(names) == 0 {
		return "none: this step has no helper services"
	}
	return strings.Join(names, ", ")
}
