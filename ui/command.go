package ui

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"kconsole/ui/page"
	"kconsole/ui/theme"
)

// maxCommands is how many typed commands are remembered.
const maxCommands = 200

// askCommand opens the command bar.
func (s *shell) askCommand() {
	s.Ask(page.Question{
		Label: ":", Complete: s.complete,
		Done: func(text string) error {
			if err := s.run(text); err != nil {
				return err
			}
			if text = strings.TrimSpace(text); text != "" {
				s.commands = append(slices.DeleteFunc(s.commands, func(c string) bool { return c == text }), text)
				s.commands = s.commands[max(len(s.commands)-maxCommands, 0):]
			}
			return nil
		},
	})
	s.prompt.past = s.commands
}

// builtin is a command of the shell itself.
type builtin struct {
	names []string
	doc   string
	run   func(*shell, string) error
}

func builtins() []builtin {
	return []builtin{
		{[]string{"q", "quit", "exit"}, "leave the console", func(s *shell, _ string) error { s.loop.Stop(); return nil }},
		{[]string{"help", "h"}, "keys and views", func(s *shell, _ string) error { s.Dialog(s.help()); return nil }},
		{[]string{"ctx", "context"}, "change to another cluster", (*shell).changeContext},
		{[]string{"save"}, "keep how this table is shown now (sort, filter, columns) for this cluster", (*shell).saveView},
		{[]string{"forget"}, "show this table as it was made, and forget what was saved of it", (*shell).forgetView},
		{[]string{"skin", "theme"}, "change the colours: a theme, or a skin of your own", (*shell).changeSkin},
		{[]string{"reload"}, "read aliases, hot keys, skins and saved views again", (*shell).reload},
	}
}

// run runs a line of the command bar: a view with its arguments and a filter,
// or a command of the shell.
func (s *shell) run(text string) error { return s.runFrom(text, 0) }

// maxAliases is how many aliases may stand for one another.
const maxAliases = 8

// runAlias runs what an alias stands for, with what was typed behind it.
func (s *shell) runAlias(line, rest string, deep int) error {
	if deep >= maxAliases {
		return errors.New("the alias stands for itself; correct it in aliases.yaml")
	}
	return s.runFrom(strings.TrimSpace(line+" "+rest), deep+1)
}

func (s *shell) runFrom(text string, deep int) error {
	name, rest, _ := strings.Cut(strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(text), ":")), " ")
	if name == "" {
		return nil
	}
	for _, b := range builtins() {
		if slices.Contains(b.names, strings.TrimSuffix(name, "!")) {
			return b.run(s, strings.TrimSpace(rest))
		}
	}
	if line, ok := s.files.Aliases[name]; ok {
		return s.runAlias(line, rest, deep)
	}
	v, err := s.view(name)
	if err != nil {
		return err
	}
	t, err := parse(v, rest)
	if err != nil {
		return err
	}
	s.goTo(s.under(t))
	return nil
}

// parse takes the arguments and the filter of a view out of what follows its name.
func parse(v page.View, rest string) (page.Target, error) {
	t := page.Target{View: v.Name}
	rest = strings.TrimSpace(rest)
	if i := strings.Index(" "+rest, " /"); i >= 0 {
		t.Filter = rest[i+1:]
		rest = strings.TrimSpace(rest[:i])
	}
	for i := range v.Args {
		if rest == "" {
			break
		}
		arg := rest
		if i < len(v.Args)-1 {
			arg, rest, _ = strings.Cut(rest, " ")
			rest = strings.TrimSpace(rest)
		} else {
			rest = ""
		}
		t.Args = append(t.Args, arg)
	}
	if need := len(v.Args) - v.Optional; len(t.Args) < need {
		return t, fmt.Errorf("say which %s: %s", v.Args[len(t.Args)], usage(v))
	}
	if rest != "" {
		return t, fmt.Errorf("%s takes no %q; a filter begins with /: %s", v.Name, rest, usage(v)+" /REGEX")
	}
	return t, nil
}

// usage is how a view is called.
func usage(v page.View) string {
	parts := []string{":" + v.Name}
	for i, a := range v.Args {
		word := strings.ToUpper(string(a))
		if i >= len(v.Args)-v.Optional {
			word = "[" + word + "]"
		}
		parts = append(parts, word)
	}
	return strings.Join(parts, " ")
}

// changeContext goes to another cluster; without a name it lists them.
func (s *shell) changeContext(name string) error {
	if name == "" {
		v, err := s.view("contexts")
		if err != nil {
			return err
		}
		s.goTo(path{{target: page.Target{View: v.Name}}})
		return nil
	}
	if _, err := s.options.Config.Cluster(name); err != nil {
		return err
	}
	s.Dialog(nil)
	s.closeAll()
	s.history = history{}
	s.use(name)
	s.goTo(path{{target: page.Target{View: "topics"}}})
	s.Say(theme.Normal, "on cluster "+name)
	return nil
}

// complete lists what a line of the command bar may become, each with a tab
// and a word about it.
func (s *shell) complete(text string) []string {
	name, rest, hasArg := strings.Cut(strings.TrimLeft(text, " "), " ")
	if !hasArg {
		return s.completeName(name)
	}
	kinds, head := []page.Arg(nil), name+" "
	if name == "ctx" || name == "context" {
		kinds = []page.Arg{page.Context}
	} else if name == "skin" || name == "theme" {
		kinds = []page.Arg{skinArg}
	} else if v, err := s.view(name); err == nil {
		kinds = v.Args
	}
	for i, kind := range kinds {
		word, after, more := strings.Cut(rest, " ")
		if more && i < len(kinds)-1 {
			head += word + " "
			rest = after
			continue
		}
		return matching(head, rest, s.known(kind, head))
	}
	return nil
}

func (s *shell) completeName(prefix string) []string {
	var exact, out []string
	add := func(names []string, doc string) {
		for i, n := range names {
			if !strings.HasPrefix(n, prefix) || prefix == "" && i > 0 {
				continue
			}
			if n == prefix {
				exact = append(exact, n+"\t"+doc)
			} else if i == 0 || !strings.HasPrefix(names[0], prefix) {
				out = append(out, n+"\t"+doc)
			}
		}
	}
	for _, v := range s.views {
		add(append([]string{v.Name}, v.Aliases...), v.Doc)
	}
	for _, b := range builtins() {
		add(b.names, b.doc)
	}
	for _, name := range slices.Sorted(maps.Keys(s.files.Aliases)) {
		add([]string{name}, "your alias of :"+s.files.Aliases[name])
	}
	return append(exact, out...)
}

// known lists the names of one kind of thing that are known now.
func (s *shell) known(kind page.Arg, head string) []string {
	var out []string
	snap := s.state.Snap
	switch kind {
	case page.Topic:
		for i := range snap.Topics.Rows {
			out = append(out, snap.Topics.Rows[i].Name)
		}
	case page.Partition:
		words := strings.Fields(head)
		if t := snap.Topic(words[len(words)-1]); t != nil {
			for i := range t.Partitions {
				out = append(out, fmt.Sprint(t.Partitions[i].ID))
			}
		}
	case page.Group:
		for i := range snap.Groups.Rows {
			out = append(out, snap.Groups.Rows[i].ID)
		}
	case page.Subject:
		for i := range snap.Subjects.Rows {
			out = append(out, snap.Subjects.Rows[i].Name)
		}
	case page.Broker:
		for i := range snap.Cluster.Brokers {
			out = append(out, fmt.Sprint(snap.Cluster.Brokers[i].ID))
		}
	case page.Version:
		words := strings.Fields(head)
		if sub := snap.Subject(words[len(words)-1]); sub != nil {
			for i := len(sub.Versions) - 1; i >= 0; i-- {
				out = append(out, fmt.Sprint(sub.Versions[i]))
			}
		}
	case skinArg:
		out = s.skins()
	case page.Context:
		out = s.options.Config.Names()
	}
	return out
}

// matching is the names that begin with the prefix, then those that hold it,
// enough of them to choose from.
func matching(head, prefix string, names []string) []string {
	const most = 100
	var first, then []string
	low := strings.ToLower(prefix)
	for _, n := range names {
		switch l := strings.ToLower(n); {
		case strings.ContainsAny(n, "\t\n"):
		case strings.HasPrefix(l, low) && len(first) < most:
			first = append(first, head+n)
		case strings.Contains(l, low) && len(then) < most:
			then = append(then, head+n)
		}
	}
	return append(first, then...)
}
