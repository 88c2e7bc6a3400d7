package ui_test

import (
	"regexp"
	"slices"
	"testing"

	"kconsole/kafka/config"
	"kconsole/labs"
	"kconsole/labs/lessons"
	"kconsole/ui"
	"kconsole/ui/page"
)

// namedView is how the texts of the labs name a view: `:topics`.
var namedView = regexp.MustCompile("`:([a-z]+)")

// TestLabsNameViewsThatExist: a learner can go to each place that a lab speaks of.
func TestLabsNameViewsThatExist(t *testing.T) {
	find := func(name string) (page.View, bool) {
		views := ui.Views()
		i := slices.IndexFunc(views, func(v page.View) bool { return v.Name == name || slices.Contains(v.Aliases, name) })
		if i < 0 {
			return page.View{}, false
		}
		return views[i], true
	}
	all, err := lessons.All()
	if err != nil {
		t.Fatal(err)
	}
	for _, lab := range all {
		for i := range lab.Steps {
			step := &lab.Steps[i]
			for _, text := range []string{step.Text, step.Screen, step.Command} {
				for _, m := range namedView.FindAllStringSubmatch(text, -1) {
					if _, ok := find(m[1]); !ok {
						t.Errorf("lab %s, step %s: there is no view :%s", lab.ID, step.ID, m[1])
					}
				}
			}
			if step.Show == (labs.Spot{}) {
				continue
			}
			v, ok := find(step.Show.View)
			arg, err := lab.Render(step.Show.Arg, "nonce", config.Cluster{})
			switch {
			case err != nil:
				t.Error(err)
			case !ok:
				t.Errorf("lab %s, step %s happens in view %q, which there is not", lab.ID, step.ID, step.Show.View)
			case arg == "" && len(v.Args) > v.Optional:
				t.Errorf("lab %s, step %s: view %s has to be told which %s", lab.ID, step.ID, v.Name, v.Args[0])
			case arg != "" && len(v.Args) == 0 && v.Columns == nil:
				t.Errorf("lab %s, step %s: view %s takes no %q and is no list to find it in", lab.ID, step.ID, v.Name, arg)
			}
		}
	}
}
