package config

import (
	"os"
	"slices"
	"strings"
)

// literalSecrets returns the keys of secrets that stand in the file themselves,
// in its order.
func literalSecrets(marks map[string]mark) []string {
	var keys []string
	for key, m := range marks {
		last := key[strings.LastIndexByte(key, '.')+1:]
		if m.literal && slices.Contains(secretKeys, last) {
			keys = append(keys, key)
		}
	}
	slices.SortFunc(keys, func(a, b string) int {
		if d := marks[a].line - marks[b].line; d != 0 {
			return d
		}
		return strings.Compare(a, b)
	})
	return keys
}

// readableByOthers warns of a configuration with a secret in it, and of password
// files, that more people than their owner may read. f is the open configuration.
func readableByOthers(p *parsed, f *os.File) []Warning {
	var warnings []Warning
	if info, err := f.Stat(); err == nil && othersCanRead(info.Mode()) {
		for _, key := range literalSecrets(p.marks) {
			warnings = append(warnings, Warning{
				File: p.cfg.Path, Line: p.marks[key].line, Key: key,
				Text: "others may read this file and the secret in it; run chmod 600 on it, or write ${NAME}",
			})
		}
	}
	for _, name := range p.cfg.Names() {
		for key, s := range p.cfg.Clusters[name].sources() {
			if s.file == "" {
				continue
			}
			key = "clusters." + name + "." + key + "." + s.name + "_file"
			if info, err := os.Stat(s.file); err == nil && othersCanRead(info.Mode()) {
				warnings = append(warnings, Warning{
					File: p.cfg.Path, Line: p.marks[key].line, Key: key,
					Text: "others may read " + s.file + "; run chmod 600 on it",
				})
			}
		}
	}
	return warnings
}
