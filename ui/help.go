package ui

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"kconsole/ui/draw"
	"kconsole/ui/page"
	"kconsole/ui/safe"
)

// help is made from what the page and the views say about themselves.
func (s *shell) help() *overlay {
	o := &overlay{theme: s.theme, title: "Help"}
	head := func(text string) {
		if len(o.entries) > 0 {
			o.entries = append(o.entries, paragraph{})
		}
		o.entries = append(o.entries, paragraph{text: draw.Span{Text: text, Style: s.theme.Strong}})
	}
	line := func(key, text, more string) {
		o.entries = append(o.entries, paragraph{key: key, text: draw.Span{Text: text, Style: s.theme.Text}, more: draw.Span{Text: more, Style: s.theme.Watch}})
	}
	if p := s.top(); p != nil {
		here := safe.Text(p.Title())
		if s.course.open() && s.course.focused {
			here = "the lab"
		}
		head("Here: " + here)
		for _, k := range s.keysHere() {
			off := ""
			if k.Off != "" {
				off = "  (not now: " + safe.Text(k.Off) + ")"
			}
			line(k.Name, helpText(k), off)
		}
		line("↑ ↓ j k g G pgup pgdn", "Move.", "")
	}
	head("Everywhere")
	for _, k := range globalKeys {
		line(k.Name, k.Help, "")
	}
	if len(s.files.HotKeys)+len(s.files.Aliases) > 0 {
		head("Yours, from " + safe.Text(s.options.Settings))
		for _, name := range slices.Sorted(maps.Keys(s.files.HotKeys)) {
			k := s.files.HotKeys[name]
			line(name, safe.Text(cmp.Or(k.Help, "Run :"+k.Command)), "")
		}
		for _, name := range slices.Sorted(maps.Keys(s.files.Aliases)) {
			line(":"+name, "Run :"+safe.Text(s.files.Aliases[name]), "")
		}
	}
	head("Views, by : and their name")
	for _, v := range s.views {
		names := usage(v)
		if len(v.Aliases) > 0 {
			names += " (" + strings.Join(v.Aliases, ", ") + ")"
		}
		line(names, v.Doc, "")
	}
	for _, b := range builtins() {
		line(":"+b.names[0], capital(b.doc)+".", "")
	}
	return o
}

// helpText is what a key does, in a sentence.
func helpText(k page.Key) string {
	text := k.Help
	if text == "" {
		text = capital(k.Label) + "."
	}
	if k.Danger {
		text += " Asks before it changes anything."
	}
	return text
}

func capital(s string) string { return strings.ToUpper(s[:1]) + s[1:] }
