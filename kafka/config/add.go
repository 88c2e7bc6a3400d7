package config

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"

	"github.com/goccy/go-yaml/ast"
)

// Addition is what [PlanAdd] found out. Nothing is written before
// [Addition.Write].
type Addition struct {
	// Current is the cluster that is used afterwards when none is asked for; empty:
	// there is none.
	Current string

	path string
	text []byte
}

// Write writes the file.
func (a *Addition) Write() error { return WritePrivate(a.path, a.text) }

// PlanAdd plans to put clusters into the file at path, above those that it has,
// and to leave the rest as it is, comments included. A file that does not exist is
// made. A name that the file has already is an error.
//
// Where the file does not say which cluster is current, it will: the only one that
// it had, which was used so far, else current, else the only one that is added.
func PlanAdd(path string, clusters map[string]Cluster, current string) (*Addition, error) {
	// The link that dotfile managers put there must stay one.
	if target, err := filepath.EvalSymlinks(path); err == nil {
		path = target
	}
	added := Config{Clusters: clusters, UI: DefaultUI()}
	old, err := load(path)
	if errors.Is(err, fs.ErrNotExist) {
		added.Current = choose(nil, added.Names(), current)
		text, err := encode(path, added)
		return &Addition{Current: added.Current, path: path, text: text}, err
	}
	if err != nil {
		return nil, err
	}
	if len(old.problems) > 0 {
		return nil, old.problems[0]
	}
	if err := added.Validate(); err != nil {
		return nil, err
	}
	for _, name := range added.Names() {
		if _, taken := old.cfg.Clusters[name]; taken {
			return nil, &Error{
				File: path, Line: old.marks["clusters."+name].line, Key: "clusters." + name,
				Reason: "exists already; choose another name with --name, or remove it there",
			}
		}
	}
	src, err := os.ReadFile(path)
	if err != nil {
		return nil, &Error{File: path, Reason: "cannot be read: " + cause(err).Error(), Err: err}
	}
	if old.cfg.Current == "" {
		added.Current = choose(old.cfg.Names(), added.Names(), current)
	}
	text, err := insertClusters(path, string(src), added)
	if err != nil {
		return nil, err
	}
	// What cannot be read back must not replace what can.
	after, err := parse(path, []byte(text), os.LookupEnv)
	if err == nil && len(after.problems) > 0 {
		err = after.problems[0]
	}
	if err == nil && len(after.cfg.Clusters) != len(old.cfg.Clusters)+len(clusters) {
		err = errors.New("the clusters did not come out whole")
	}
	if err != nil {
		return nil, fmt.Errorf("%s was not changed: %w", path, err)
	}
	return &Addition{Current: after.cfg.Current, path: path, text: []byte(text)}, nil
}

// choose is the cluster that becomes current in a file that names none.
func choose(old, added []string, current string) string {
	switch {
	case len(old) == 1:
		return old[0]
	case current == "" && len(added) == 1:
		return added[0]
	}
	return current
}

// insertClusters writes the clusters below the line "clusters:", as deeply
// indented as their siblings, and above it which one is current, where that is
// given and the file has no such key.
func insertClusters(path, src string, added Config) (string, error) {
	shielded, unshield := ShieldYAML(src)
	root, err := parseYAML(path, shielded, unshield)
	if err != nil {
		return "", err
	}
	key, value := keyOf(root, "clusters")
	siblings, block := value.(*ast.MappingNode)
	if key == nil || !block || siblings.IsFlowStyle || len(siblings.Values) == 0 || line(siblings.Values[0].Key) == line(key) {
		return "", &Error{File: path, Key: "clusters", Reason: "is not written one cluster below the other, so nothing can be added to it; write it so, or add the cluster by hand"}
	}
	current := ""
	if has, _ := keyOf(root, "current"); has == nil && added.Current != "" {
		current = strings.Repeat(" ", key.GetToken().Position.Column-1) + "current: " + quoteYAML(added.Current) + "\n"
	}
	indent := strings.Repeat(" ", siblings.Values[0].Key.GetToken().Position.Column-1)
	e := encoder{dir: filepath.Dir(path)}
	for _, name := range added.Names() {
		e.value(quoteYAML(name), reflect.ValueOf(added.Clusters[name]), reflect.StructField{}, indent)
	}
	lines := strings.SplitAfter(src, "\n")
	at := line(key)
	return strings.Join(lines[:at-1], "") + current + lines[at-1] + e.out.String() + strings.Join(lines[at:], ""), nil
}

// keyOf finds a key at the top of a file, and its value.
func keyOf(root ast.Node, name string) (key, value ast.Node) {
	var pairs []*ast.MappingValueNode
	switch t := root.(type) {
	case *ast.MappingNode:
		pairs = t.Values
	case *ast.MappingValueNode:
		pairs = []*ast.MappingValueNode{t}
	}
	for _, p := range pairs {
		if p.Key.GetToken().Value == name {
			value = p.Value
			if one, ok := value.(*ast.MappingValueNode); ok {
				value = &ast.MappingNode{Values: []*ast.MappingValueNode{one}}
			}
			return p.Key, value
		}
	}
	return nil, nil
}
