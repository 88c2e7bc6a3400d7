package settings

import (
	"errors"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"kconsole/kafka/config"
)

// Names of the files in the folder.
const (
	aliasFile  = "aliases.yaml"
	hotKeyFile = "hotkeys.yaml"
	viewFolder = "views"
	skinFolder = "skins"
)

// Files are the settings of a person and of one cluster. The zero value has none.
type Files struct {
	// Aliases are lines of the command bar by the name that stands for them.
	Aliases map[string]string
	HotKeys map[string]HotKey // by the name of the key
	Views   map[string]View   // by the name of the view
	// Skins are the names of the files in the folder of skins.
	Skins []string
	// Broken tells that there are saved views that cannot be read: they must not
	// be written over.
	Broken bool
	// Problems are the mistakes in the files, one line each.
	Problems []error
}

// HotKey is a line of the command bar that a key runs.
type HotKey struct {
	Command string `yaml:"command"` // as typed after ":"
	Help    string `yaml:"help"`    // a sentence for the help page; empty: the command
}

// View is how a table is shown. Zero values are the table's own ideas.
type View struct {
	Sort       string            `yaml:"sort"`       // a column, by its title in lower case
	Descending bool              `yaml:"descending"` // largest first
	Filter     string            `yaml:"filter"`     // as typed after /
	Wide       bool              `yaml:"wide"`
	Faults     bool              `yaml:"faults"` // only what needs attention
	Hidden     bool              `yaml:"hidden"` // what is hidden otherwise, too: internal topics
	Columns    map[string]Column `yaml:"columns"`
}

// Column is the choice about one column.
type Column struct {
	Show  string `yaml:"show"`  // always or never; empty: as there is room
	Width int    `yaml:"width"` // in characters; 0: as wide as needed
}

// What [Column.Show] may be.
const (
	Always = "always"
	Never  = "never"
)

// MaxWidth is the widest that a column may be made.
const MaxWidth = 500

// Known is what the files may name.
type Known struct {
	Commands []string            // what lines of the command bar may begin with
	Columns  map[string][]string // of each view that is a table
}

type aliasYAML struct {
	Aliases map[string]string `yaml:"aliases"`
}

type hotKeyYAML struct {
	HotKeys map[string]HotKey `yaml:"hotkeys"`
}

type viewYAML struct {
	Views map[string]View `yaml:"views"`
}

// Load reads the files of a folder; an empty dir has none. What is wrong in one
// of them does not keep the others from being used.
func Load(dir, cluster string, known Known) Files {
	out := Files{Aliases: map[string]string{}, HotKeys: map[string]HotKey{}, Views: map[string]View{}}
	if dir == "" {
		return out
	}
	out.problem(out.aliases(filepath.Join(dir, aliasFile), known))
	out.problem(out.hotKeys(filepath.Join(dir, hotKeyFile), known))
	err := out.views(viewPath(dir, cluster), known)
	out.Broken = err != nil && !errors.Is(err, fs.ErrNotExist)
	out.problem(err)
	if entries, err := os.ReadDir(filepath.Join(dir, skinFolder)); err == nil {
		for _, e := range entries {
			if name, ok := strings.CutSuffix(e.Name(), ".yaml"); ok {
				out.Skins = append(out.Skins, name)
			}
		}
	}
	return out
}

func (f *Files) problem(err error) {
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		f.Problems = append(f.Problems, err)
	}
}

// aliasName is what may stand for a line: a word.
var aliasName = regexp.MustCompile(`^[a-zA-Z][a-zA-Z0-9_.-]*$`)

func (f *Files) aliases(path string, known Known) error {
	var y aliasYAML
	line, err := config.ReadStrict(path, &y)
	if err != nil {
		return err
	}
	names := slices.Sorted(maps.Keys(y.Aliases))
	for _, name := range names {
		key := "aliases." + name
		switch {
		case !aliasName.MatchString(name):
			return mistake(path, line(key), key, "an alias is one word of letters, digits, dot, dash and underscore")
		case slices.Contains(known.Commands, name):
			return mistake(path, line(key), key, "there is a view or command of that name already")
		}
		if why := unknownCommand(y.Aliases[name], append(slices.Clone(known.Commands), names...)); why != "" {
			return mistake(path, line(key), key, why)
		}
		f.Aliases[name] = y.Aliases[name]
	}
	return nil
}

// hotKeyName are the keys that no screen uses for itself.
var hotKeyName = regexp.MustCompile(`^(f([1-9]|1[0-2])|alt-[a-z])$`)

func (f *Files) hotKeys(path string, known Known) error {
	var y hotKeyYAML
	line, err := config.ReadStrict(path, &y)
	if err != nil {
		return err
	}
	commands := append(slices.Clone(known.Commands), slices.Collect(maps.Keys(f.Aliases))...)
	for _, name := range slices.Sorted(maps.Keys(y.HotKeys)) {
		key := "hotkeys." + name
		if !hotKeyName.MatchString(name) {
			return mistake(path, line(key), key, "a hot key is one of f1 to f12, or alt- with a letter: screens use the others")
		}
		if why := unknownCommand(y.HotKeys[name].Command, commands); why != "" {
			return mistake(path, line(key+".command"), key+".command", why)
		}
		f.HotKeys[name] = y.HotKeys[name]
	}
	return nil
}

// unknownCommand says what is wrong with a line of the command bar; empty: it
// begins with something that is known.
func unknownCommand(text string, known []string) string {
	name, _, _ := strings.Cut(strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(text), ":")), " ")
	switch {
	case name == "":
		return "say what it runs, as it is typed after a colon"
	case slices.Contains(known, name):
		return ""
	}
	return unknown("view or command", name, known)
}

// unknown says that there is nothing of a name, and what may have been meant.
func unknown(kind, name string, known []string) string {
	why := "there is no " + kind + " \"" + name + "\""
	if near := config.Nearest(name, known); near != "" {
		why += "; did you mean \"" + near + "\"?"
	}
	return why
}

func (f *Files) views(path string, known Known) error {
	var y viewYAML
	line, err := config.ReadStrict(path, &y)
	if err != nil {
		return err
	}
	for _, name := range slices.Sorted(maps.Keys(y.Views)) {
		v, key := y.Views[name], "views."+name
		columns, ok := known.Columns[name]
		if !ok {
			return mistake(path, line(key), key, unknown("table", name, slices.Collect(maps.Keys(known.Columns))))
		}
		if v.Sort != "" && !slices.Contains(columns, v.Sort) {
			return mistake(path, line(key+".sort"), key+".sort", unknown("column", v.Sort, columns))
		}
		if err := checkColumns(path, key+".columns.", v.Columns, columns, line); err != nil {
			return err
		}
		f.Views[name] = v
	}
	return nil
}

func checkColumns(path, prefix string, chosen map[string]Column, known []string, line func(string) int) error {
	for _, name := range slices.Sorted(maps.Keys(chosen)) {
		c, key := chosen[name], prefix+name
		switch {
		case !slices.Contains(known, name):
			return mistake(path, line(key), key, unknown("column", name, known))
		case c.Show != "" && c.Show != Always && c.Show != Never:
			return mistake(path, line(key+".show"), key+".show", "must be always or never; without it, the column is shown while there is room")
		case c.Width < 0 || c.Width > MaxWidth:
			return mistake(path, line(key+".width"), key+".width", "must be from 1 to 500 characters")
		}
	}
	return nil
}

// SaveViews writes how the tables of a cluster are shown.
func SaveViews(dir, cluster string, views map[string]View) error {
	if dir == "" {
		return errors.New("there is no folder for settings")
	}
	return config.WriteStrict(viewPath(dir, cluster), viewYAML{views})
}

// SkinPath is where the skin of a name lies.
func SkinPath(dir, name string) string { return filepath.Join(dir, skinFolder, name+".yaml") }

func viewPath(dir, cluster string) string { return filepath.Join(dir, viewFolder, cluster+".yaml") }

func mistake(path string, line int, key, reason string) error {
	return &config.Error{File: path, Line: line, Key: key, Reason: reason}
}
