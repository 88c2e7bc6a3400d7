// Package lessons holds what the steps of the labs do: one file a lab, joined with
// the texts in labs/data by lab id and step id.
package lessons

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"sync"

	"kconsole/labs"
)

// behaviors has the steps of each lab, by lab id and step id.
var behaviors = map[string]map[string]labs.Behavior{}

// register is called by init of each lab's file.
func register(lab string, steps map[string]labs.Behavior) {
	if behaviors[lab] != nil {
		panic("lab " + lab + " is registered twice")
	}
	behaviors[lab] = steps
}

var loaded = sync.OnceValues(func() ([]*labs.Lab, error) {
	root, err := fs.Sub(labs.Data, "data")
	if err != nil {
		return nil, err
	}
	folders, err := labs.Folders(root)
	if err != nil {
		return nil, err
	}
	var out []*labs.Lab
	var errs []error
	for _, f := range folders {
		lab, err := load(root, f)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		out = append(out, lab)
	}
	for _, id := range slices.Sorted(maps.Keys(behaviors)) {
		if !slices.ContainsFunc(out, func(l *labs.Lab) bool { return l.ID == id }) {
			errs = append(errs, fmt.Errorf("lab %s has steps in Go and no lab in labs/data", id))
		}
	}
	return out, errors.Join(errs...)
})

// All are all labs: the guided ones by number, then the walkthroughs. A lab is not
// to be changed. One that cannot be loaded is in the error, beside the others.
func All() ([]*labs.Lab, error) { return loaded() }

// Find is a lab by its id, with or without a leading zero, or by its name.
func Find(id string) (*labs.Lab, error) {
	all, err := All()
	known := make([]string, 0, len(all))
	for _, l := range all {
		if id == l.ID || id == l.Name || "0"+id == l.ID || id == l.ID+"-"+l.Name {
			return l, nil
		}
		known = append(known, l.ID)
	}
	if err != nil {
		return nil, err
	}
	return nil, fmt.Errorf("there is no lab %q; there are %s", id, strings.Join(known, ", "))
}

// load reads a lab and gives its steps their behaviour.
func load(root fs.FS, folder string) (*labs.Lab, error) {
	lab, err := labs.Load(root, folder)
	if err != nil {
		return nil, err
	}
	steps := behaviors[lab.ID]
	for i := range lab.Steps {
		s := &lab.Steps[i]
		b, ok := steps[s.ID]
		if ok {
			s.Behavior = b
		}
		if s.Check == nil && s.Question == nil {
			return nil, fmt.Errorf("%s/lab.yaml: step %s has no behaviour: nothing checks it; add it to lab %s in labs/lessons", folder, s.ID, lab.ID)
		}
		if s.Check != nil && s.Solve == nil {
			return nil, fmt.Errorf("%s/lab.yaml: step %s has a Check and no Solve", folder, s.ID)
		}
		if s.Nudge == nil {
			return nil, fmt.Errorf("%s/lab.yaml: step %s has no Nudge: the first hint is made from the state as it is", folder, s.ID)
		}
	}
	for id := range steps {
		if lab.Step(id) == nil {
			return nil, fmt.Errorf("lab %s has a step %q in Go that %s/lab.yaml does not have", lab.ID, id, folder)
		}
	}
	return lab, nil
}
