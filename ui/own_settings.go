package ui

import (
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"kconsole/ui/page"
	"kconsole/ui/settings"
	"kconsole/ui/theme"
)

// skinArg is what :skin takes.
const skinArg page.Arg = "skin"

// loadSettings reads the person's own files and makes the theme. They are a few
// kilobytes on a local disk, and the first frame needs them.
func (s *shell) loadSettings() {
	known := settings.Known{Columns: map[string][]string{}}
	for _, v := range s.views {
		known.Commands = append(append(known.Commands, v.Name), v.Aliases...)
		if v.Columns != nil {
			known.Columns[v.Name] = v.Columns
		}
	}
	for _, b := range builtins() {
		known.Commands = append(known.Commands, b.names...)
	}
	s.files = settings.Load(s.options.Settings, s.cluster.Name, known)
	var err error
	if s.theme, err = s.themeNamed(s.skin); err != nil {
		s.files.Problems = append(s.files.Problems, err)
	}
}

// themeNamed makes the styles for the cluster on this screen; an empty name is
// the configuration's. With an error comes a theme that can be used.
func (s *shell) themeNamed(name string) (*theme.Theme, error) {
	if name == "" {
		name = s.options.Config.UI.Theme
	}
	o := theme.Options{Name: name, Colors: s.screen.Colors(), Accent: s.cluster.Color, ASCII: s.screen.CharacterSet() != "UTF-8"}.FromEnv()
	var skinErr error
	if name != "" && !slices.Contains(theme.Names(), name) {
		o.Name = ""
		o.Skin, skinErr = s.readSkin(name)
	}
	th, err := theme.New(o)
	if skinErr != nil {
		err = skinErr
	}
	return th, err
}

// readSkin finds a skin: by its path, beside the configuration, in the folder of
// skins, or among those that are shipped.
func (s *shell) readSkin(name string) (*theme.Skin, error) {
	short := strings.TrimSuffix(name, ".yaml")
	switch {
	case filepath.IsAbs(name):
		return theme.ReadSkin(name, strings.TrimSuffix(filepath.Base(name), ".yaml"))
	case slices.Contains(s.files.Skins, short):
		return theme.ReadSkin(settings.SkinPath(s.options.Settings, short), short)
	case slices.Contains(theme.Shipped(), short):
		return theme.ShippedSkin(short)
	case short != name && s.options.Config.Path != "":
		return theme.ReadSkin(filepath.Join(filepath.Dir(s.options.Config.Path), name), short)
	}
	return nil, fmt.Errorf("there is no theme or skin %q: choose one of %s", name, strings.Join(s.skins(), ", "))
}

// skins lists what :skin may be given.
func (s *shell) skins() []string {
	out := append(theme.Names(), theme.Shipped()...)
	for _, name := range s.files.Skins {
		if !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	return out
}

// changeSkin changes the colours. What is open is made anew, as it was left.
func (s *shell) changeSkin(name string) error {
	if name == "" {
		return fmt.Errorf("say which: one of %s", strings.Join(s.skins(), ", "))
	}
	th, err := s.themeNamed(name)
	if err != nil {
		return err
	}
	s.skin, s.theme = name, th
	s.rebuild()
	return nil
}

// rebuild makes all pages anew.
func (s *shell) rebuild() {
	p := s.path()
	s.closeAll()
	s.show(p)
}

// reload reads the files again.
func (s *shell) reload(string) error {
	s.loadSettings()
	s.rebuild()
	if len(s.files.Problems) == 0 {
		s.Say(theme.Fine, "your settings were read again")
	}
	return nil
}

// ViewSettings are how a view was saved to be shown on this cluster.
func (s *shell) ViewSettings(view string) settings.View { return s.files.Views[view] }

// SaveView saves it.
func (s *shell) SaveView(view string, v settings.View) {
	s.files.Views[view] = v
	s.writeViews(view + " will be shown like this on cluster " + s.cluster.Name)
}

// writeViews writes the saved views beside the event loop.
func (s *shell) writeViews(done string) {
	if s.options.Settings == "" {
		s.Say(theme.Watch, "there is no folder for settings: kept until the console is left")
		return
	}
	if s.files.Broken {
		s.Fail(errors.New("nothing was saved: correct the file of saved views first, then :reload"))
		return
	}
	dir, cluster, views := s.options.Settings, s.cluster.Name, maps.Clone(s.files.Views)
	s.loop.Go(func() {
		err := settings.SaveViews(dir, cluster, views)
		s.loop.Post(func() {
			if err != nil {
				s.Fail(err)
				return
			}
			s.Say(theme.Fine, done)
		})
	})
}

// saveView saves how the table that is seen is shown.
func (s *shell) saveView(string) error {
	p, ok := s.top().(page.Settler)
	if !ok {
		return errors.New("this is no table: there is nothing about it to keep")
	}
	s.SaveView(s.stack[len(s.stack)-1].target.View, p.Settings())
	return nil
}

// forgetView removes what was saved of the table that is seen.
func (s *shell) forgetView(string) error {
	if _, ok := s.top().(page.Settler); !ok {
		return errors.New("this is no table: nothing of it was kept")
	}
	last := s.stack[len(s.stack)-1]
	delete(s.files.Views, last.target.View)
	p := s.path()
	p[len(p)-1].memory = nil
	s.closeAll()
	s.show(p)
	s.writeViews(last.target.View + " is shown as it was made")
	return nil
}
