package ui_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"kconsole/kafka/config"
	"kconsole/labs"
	"kconsole/labs/lessons"
	"kconsole/ui"
	"kconsole/ui/page"
	"kconsole/ui/theme"
	"kconsole/ui/uitest"
	"kconsole/ui/widget/labpanel"
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

var (
	quoted = regexp.MustCompile("`([^`]+)`")
	aKey   = regexp.MustCompile(`^(enter|esc|tab|space|up|down|left|right|[a-z?/]|(shift|ctrl|alt)-[a-z]+)$`)
)

// TestLabsNameKeysThatExist: where a lab says what to do on the screen, each key
// works in the view that it has named last, or in one that is opened from there.
func TestLabsNameKeysThatExist(t *testing.T) {
	views := ui.Views()
	keys := map[string][]string{}
	for _, v := range views {
		keys[v.Name] = namesOf(uitest.Start(t, uitest.Options{View: call(t, v)}).App.Keys())
	}
	opens := map[string]string{"topics l": "tail"} // what lies under its parent is found by that
	th, err := theme.New(theme.Options{})
	if err != nil {
		t.Fatal(err)
	}
	panel := namesOf(labpanel.New(th, labpanel.Asks{Begin: func() {}}, labs.State{}).Keys())
	works := func(key, view string) bool {
		return slices.Contains(page.GlobalKeys, key) || slices.Contains(keys[view], key) ||
			slices.ContainsFunc(views, func(v page.View) bool { return v.Parent == view && slices.Contains(keys[v.Name], key) })
	}
	all, err := lessons.All()
	if err != nil {
		t.Fatal(err)
	}
	seen := 0
	for _, lab := range all {
		for i := range lab.Steps {
			step := &lab.Steps[i]
			view, opened := step.Show.View, ""
			for _, at := range quoted.FindAllStringSubmatchIndex(step.Screen, -1) {
				word, rest := step.Screen[at[2]:at[3]], step.Screen[at[1]:]
				if m := namedView.FindStringSubmatch("`" + word); m != nil {
					n := slices.IndexFunc(views, func(v page.View) bool { return v.Name == m[1] || slices.Contains(v.Aliases, m[1]) })
					view, opened = views[n].Name, "" // TestLabsNameViewsThatExist tells of those that do not
				}
				if !aKey.MatchString(word) {
					continue
				}
				seen++
				switch inLab := strings.HasPrefix(rest, " in the lab") || strings.HasPrefix(rest, " there"); {
				case inLab && !slices.Contains(panel, word):
					t.Errorf("lab %s, step %s: the lab has no key %s: %q", lab.ID, step.ID, word, step.Screen)
				case !inLab && !works(word, view) && (opened == "" || !works(word, opened)):
					t.Errorf("lab %s, step %s: :%s has no key %s: %q", lab.ID, step.ID, view, word, step.Screen)
				case opens[view+" "+word] != "":
					opened = opens[view+" "+word]
				}
			}
		}
	}
	if seen < 100 {
		t.Errorf("only %d keys found in the texts: are they quoted otherwise now?", seen)
	}
}

func namesOf(keys []page.Key) (names []string) {
	for _, k := range keys {
		names = append(names, k.Name)
	}
	return names
}
