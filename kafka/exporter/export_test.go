package exporter

import (
	"regexp"
)

var descParts = regexp.MustCompile(`fqName: "([^"]+)", help: "([^"]+)"`)

// Names are the names of all metrics, sorted as they are described.
func Names() []string {
	var names []string
	for _, d := range all {
		names = append(names, descParts.FindStringSubmatch(d.String())[1])
	}
	return names
}

// Help is the help text of a metric.
func Help(name string) string {
	for _, d := range all {
		if m := descParts.FindStringSubmatch(d.String()); m[1] == name {
			return m[2]
		}
	}
	return ""
}
