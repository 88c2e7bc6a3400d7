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

// Add puts clusters into the file at path, above those that it has, and leaves
// the rest as it is, comments included. A file that does not exist is made. A
// name that the file has already is an error, and nothing is written.
func Add(path string, clusters map[string]Cluster) error {
	// The link that dotfile managers put there must stay one.
	if target, err := filepath.EvalSymlinks(path); err == nil {
		path = target
	}
	old, err := load(path)
	if errors.Is(err, fs.ErrNotExist) {
		return Write(path, Config{Clusters: clusters, UI: DefaultUI()})
	}
	if err != nil {
		return err
	}
	if len(old.problems) > 0 {
		return old.problems[0]
	}
	added := Config{Clusters: clusters, UI: DefaultUI()}
	if err := added.Validate(); err != nil {
		return err
	}
	for _, name := range added.Names() {
		if _, taken := old.cfg.Clusters[name]; taken {
			return &Error{
				File: path, Line: old.marks["clusters."+name].line, Key: "clusters." + name,
				Reason: "exists already; choose another name with --name, or remove it there",
			}
		}
	}
	src, err := os.ReadFile(path)
	if err != nil {
		return &Error{File: path, Reason: "cannot be read: " + cause(err).Error(), Err: err}
	}
	text, err := insertClusters(path, string(src), added)
	if err != nil {
		return err
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
		return fmt.Errorf("%s was not changed: %w", path, err)
	}
	return WritePrivate(path, []byte(text))
}

// insertClusters writes the clusters below the line "clusters:", as deeply
// indented as their siblings.
func insertClusters(path, src string, added Config) (string, error) {
	shielded, unshield := ShieldYAML(src)
	root, err := parseYAML(path, shielded, unshield)
	if err != nil {
		return "", err
	}
	key, value := clustersOf(root)
	siblings, block := value.(*ast.MappingNode)
	if key == nil || !block || siblings.IsFlowStyle || len(siblings.Values) == 0 || line(siblings.Values[0].Key) == line(key) {
		return "", &Error{File: path, Key: "clusters", Reason: "is not written one cluster below the other, so nothing can be added to it; write it so, or add the cluster by hand"}
	}
	indent := strings.Repeat(" ", siblings.Values[0].Key.GetToken().Position.Column-1)
	e := encoder{dir: filepath.Dir(path)}
	for _, name := range added.Names() {
		e.value(quoteYAML(name), reflect.ValueOf(added.Clusters[name]), reflect.StructField{}, indent)
	}
	lines := strings.SplitAfter(src, "\n")
	at := line(key)
	return strings.Join(lines[:at], "") + e.out.String() + strings.Join(lines[at:], ""), nil
}

// clustersOf finds the key clusters and its value at the top of a file.
func clustersOf(root ast.Node) (key, value ast.Node) {
	var pairs []*ast.MappingValueNode
	switch t := root.(type) {
	case *ast.MappingNode:
		pairs = t.Values
	case *ast.MappingValueNode:
		pairs = []*ast.MappingValueNode{t}
	}
	for _, p := range pairs {
		if p.Key.GetToken().Value == "clusters" {
			value = p.Value
			if one, ok := value.(*ast.MappingValueNode); ok {
				value = &ast.MappingNode{Values: []*ast.MappingValueNode{one}}
			}
			return p.Key, value
		}
	}
	return nil, nil
}
