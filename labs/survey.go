package labs

import (
	"context"
	"slices"
	"time"
)

// Standing is how far a lab is on a cluster, for a list of all labs.
type Standing struct {
	Lab      *Lab
	Passed   int // of the required steps
	Required int
	Started  time.Time // zero: not begun
	Finished time.Time // zero: not finished
	// Unable says, once each, what the stack lacks for some of the steps.
	Unable []string
	// Notice says what is wrong with the progress; it then counts as not begun.
	Notice string
}

// Survey tells how far each of some labs is. It asks the cluster once, for who it
// is, and reads the progress from disk.
func Survey(ctx context.Context, all []*Lab, o Options) ([]Standing, error) {
	info, _, err := o.Cluster.Metadata(ctx)
	if err != nil {
		return nil, err
	}
	can := capable(o.Cluster.Config(), o.Stack)
	out := make([]Standing, 0, len(all))
	for _, lab := range all {
		s := Standing{Lab: lab, Required: lab.Required()}
		for i := range lab.Steps {
			if why := lacks(can, lab.Steps[i].Needs); why != "" && !slices.Contains(s.Unable, why) {
				s.Unable = append(s.Unable, why)
			}
		}
		p, err := store{o.StateDir}.load(info.ID, lab.ID)
		switch {
		case err != nil:
			s.Notice = err.Error()
		case p != nil:
			s.Passed, s.Started, s.Finished = p.Passed(lab), p.Started, p.Finished
		}
		out = append(out, s)
	}
	return out, nil
}
