package registrytest

import (
	"bytes"
	_ "embed"
	"fmt"
	"strings"

	"github.com/goccy/go-yaml"
)

// Table is the requests with their answers, in groups that run in order.
type Table struct {
	// Schemas are texts that bodies name as $name.
	Schemas map[string]string `yaml:"schemas"`
	Groups  []Group           `yaml:"groups"`
}

// Group is steps that build on each other, on subjects of their own: {p} in a
// path or body is a prefix that no other group has.
type Group struct {
	Name string `yaml:"group"`
	// Doc is the part of the API's documentation that the group was written from.
	Doc   string `yaml:"doc"`
	Steps []Step `yaml:"steps"`
}

// Step is one request and its answer.
type Step struct {
	Name string `yaml:"step"`
	// Do is the method and the path with its query.
	Do string `yaml:"do"`
	// JSON is the body; Body is one that is sent as it stands instead.
	JSON any    `yaml:"json"`
	Body string `yaml:"body"`
	// Headers are set after the usual ones; "" removes one.
	Headers map[string]string `yaml:"headers"`
	Want    Want              `yaml:"want"`
	// Save keeps values of the answer, by a dotted path, for later steps, which
	// write them {name}.
	Save map[string]string `yaml:"save"`
}

// Want is what an answer must be.
type Want struct {
	Status int `yaml:"status"`
	// Code is the error_code of an answer that is an error.
	Code int `yaml:"code"`
	// JSON is what the body must have: objects may have more keys, lists not
	// more elements. The strings <int>, <string>, <guid> and <any> match any such
	// value, <absent> that there is none; {"<has>": [...]} and {"<lacks>": [...]}
	// match lists by their elements.
	JSON any `yaml:"json"`
	// Text is the whole body, where that is not JSON.
	Text string `yaml:"text"`
	// Says is a part of the message, regardless of case.
	Says string `yaml:"says"`
}

// Difference is how one server's answer to one step is known to differ.
type Difference struct {
	// Step is "group/step"; "group/*" stands for every step of the group.
	Step string `yaml:"step"`
	// Skip leaves the step out: there is no sense in sending it to this server.
	Skip bool `yaml:"skip"`
	// Status and Code are what this server answers instead; 0 means as in the table.
	Status int `yaml:"status"`
	Code   int `yaml:"code"`
	// Body says that the body differs and is not to be compared.
	Body bool `yaml:"body"`
	// Why says in words what differs. It must be there.
	Why string `yaml:"why"`
}

//go:embed confluent.yaml
var confluent []byte

// Confluent is the table of Confluent's own API.
func Confluent() (Table, error) { return ParseTable(confluent) }

// ParseTable reads a table and checks that its names are unique.
func ParseTable(b []byte) (Table, error) {
	var t Table
	if err := strict(b, &t); err != nil {
		return t, fmt.Errorf("the table cannot be read: %w", err)
	}
	seen := map[string]bool{}
	for _, g := range t.Groups {
		for _, s := range g.Steps {
			id := g.Name + "/" + s.Name
			method, path, ok := strings.Cut(s.Do, " ")
			if seen[id] || s.Name == "" || !ok || method == "" || !strings.HasPrefix(path, "/") || s.Want.Status == 0 {
				return t, fmt.Errorf("step %s: it needs a name of its own, a method with a path, and a status", id)
			}
			seen[id] = true
		}
	}
	return t, nil
}

// ParseDifferences reads a list of known differences.
func ParseDifferences(b []byte) ([]Difference, error) {
	var list []Difference
	if err := strict(b, &list); err != nil {
		return nil, fmt.Errorf("the differences cannot be read: %w", err)
	}
	for _, d := range list {
		if d.Step == "" || d.Why == "" {
			return nil, fmt.Errorf("difference %q: it needs a step and a reason", d.Step)
		}
	}
	return list, nil
}

func strict(b []byte, into any) error {
	return yaml.NewDecoder(bytes.NewReader(b), yaml.Strict()).Decode(into)
}

// Len is the number of requests.
func (t Table) Len() int {
	n := 0
	for _, g := range t.Groups {
		n += len(g.Steps)
	}
	return n
}

//go:embed apicurio.yaml
var apicurio []byte

// Apicurio is how Apicurio Registry 2.6 is known to differ from the table of
// [Confluent]. Its target needs SetLevel.
func Apicurio() ([]Difference, error) { return ParseDifferences(apicurio) }
