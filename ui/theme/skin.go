package theme

import (
	"embed"
	"fmt"
	"io/fs"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/gdamore/tcell/v2"

	"kconsole/kafka/config"
)

// Skin is a set of styles from a file, over those of a built-in theme.
type Skin struct {
	Name   string              `yaml:"-"`
	Base   string              `yaml:"base"`   // a theme of [Names]; empty: auto
	Accent string              `yaml:"accent"` // in the place of the cluster's colour; empty: that
	Styles map[string]RoleSkin `yaml:"styles"` // by role, in lower case: a field of [Theme]
	Bytes  []string            `yaml:"bytes" list:"comma"`
}

// RoleSkin is what a skin says about one role. What it does not say stays.
type RoleSkin struct {
	FG   string   `yaml:"fg"`
	BG   string   `yaml:"bg"`
	Attr []string `yaml:"attr" list:"comma"` // of [attributes]; none takes all away
}

// attributes by name.
var attributes = map[string]tcell.AttrMask{
	"none": 0, "bold": tcell.AttrBold, "dim": tcell.AttrDim, "reverse": tcell.AttrReverse, "italic": tcell.AttrItalic, "underline": tcell.AttrUnderline,
}

//go:embed skins/*.yaml
var shipped embed.FS

// Shipped lists the skins that come with the console.
func Shipped() []string {
	entries, err := fs.ReadDir(shipped, "skins")
	if err != nil {
		return nil // it is compiled in
	}
	var out []string
	for _, e := range entries {
		out = append(out, strings.TrimSuffix(e.Name(), ".yaml"))
	}
	return out
}

// ShippedSkin is one of them.
func ShippedSkin(name string) (*Skin, error) {
	src, err := shipped.ReadFile("skins/" + name + ".yaml")
	if err != nil {
		return nil, fmt.Errorf("no skin %q comes with the console: %w", name, err)
	}
	s := &Skin{Name: name}
	line, err := config.DecodeStrict(name+".yaml", src, s)
	if err != nil {
		return nil, err
	}
	return s, s.check(name+".yaml", line)
}

// ReadSkin reads a skin file. A mistake is one line that names the line of the
// file and, where it can be told, what was meant.
func ReadSkin(path, name string) (*Skin, error) {
	s := &Skin{Name: name}
	line, err := config.ReadStrict(path, s)
	if err != nil {
		return nil, err
	}
	return s, s.check(path, line)
}

func (s *Skin) check(path string, line func(string) int) error {
	wrong := func(key, format string, args ...any) error {
		return &config.Error{File: path, Line: line(key), Key: key, Reason: fmt.Sprintf(format, args...)}
	}
	if s.Base != "" && !slices.Contains(Names(), s.Base) {
		return wrong("base", "there is no theme %q%s", s.Base, meant(s.Base, Names()))
	}
	if s.Accent != "" {
		if _, err := skinColour(s.Accent); err != nil {
			return wrong("accent", "%v", err)
		}
	}
	roles := roleNames()
	for _, role := range slices.Sorted(maps.Keys(s.Styles)) {
		key, r := "styles."+role, s.Styles[role]
		if !slices.Contains(roles, role) {
			return wrong(key, "there is no role %q%s", role, meant(role, roles))
		}
		for part, colour := range map[string]string{"fg": r.FG, "bg": r.BG} {
			if _, err := skinColour(colour); err != nil {
				return wrong(key+"."+part, "%v", err)
			}
		}
		for _, a := range r.Attr {
			if _, ok := attributes[a]; !ok {
				names := slices.Sorted(maps.Keys(attributes))
				return wrong(key+".attr", "there is no attribute %q%s", a, meant(a, names))
			}
		}
	}
	for _, c := range s.Bytes {
		if _, err := skinColour(c); err != nil {
			return wrong("bytes", "%v", err)
		}
	}
	return nil
}

// meant suggests the nearest name, or lists them.
func meant(name string, known []string) string {
	if near := config.Nearest(name, known); near != "" {
		return "; did you mean \"" + near + "\"?"
	}
	return "; known are " + strings.Join(known, ", ")
}

// skinColour reads a colour: default, a name of the web, #rrggbb, or a number of
// the terminal's palette.
func skinColour(text string) (tcell.Color, error) {
	if text == "" || text == "default" {
		return tcell.ColorDefault, nil
	}
	if n, err := strconv.Atoi(text); err == nil {
		if n < 0 || n > 255 {
			return 0, fmt.Errorf("%d is no number of the palette, which are 0 to 255", n)
		}
		return tcell.PaletteColor(n), nil
	}
	c := tcell.GetColor(strings.ToLower(text))
	if c == tcell.ColorDefault {
		return 0, fmt.Errorf("%q is no colour: write #rrggbb, a number from 0 to 255, default, or a name such as teal", text)
	}
	return c, nil
}

// roleNames are the fields of a Theme that are styles, in lower case.
func roleNames() []string {
	var out []string
	for _, f := range reflect.VisibleFields(reflect.TypeFor[Theme]()) {
		if f.Type == reflect.TypeFor[tcell.Style]() {
			out = append(out, strings.ToLower(f.Name))
		}
	}
	return out
}

// apply lays the skin over a theme. It has been checked.
func (s *Skin) apply(t *Theme) {
	colour := func(text string) tcell.Color {
		c, err := skinColour(text)
		if err != nil {
			return tcell.ColorDefault
		}
		return c
	}
	t.Name = s.Name
	if s.Accent != "" {
		for _, style := range []*tcell.Style{&t.Accent, &t.Marked, &t.Key, &t.Match} {
			*style = style.Foreground(colour(s.Accent))
		}
	}
	v := reflect.ValueOf(t).Elem()
	for _, f := range reflect.VisibleFields(v.Type()) {
		r, ok := s.Styles[strings.ToLower(f.Name)]
		style, isStyle := v.FieldByIndex(f.Index).Addr().Interface().(*tcell.Style)
		if !ok || !isStyle {
			continue
		}
		if r.FG != "" {
			*style = style.Foreground(colour(r.FG))
		}
		if r.BG != "" {
			*style = style.Background(colour(r.BG))
		}
		if r.Attr != nil {
			mask := tcell.AttrNone
			for _, a := range r.Attr {
				mask |= attributes[a]
			}
			*style = style.Attributes(mask &^ tcell.AttrUnderline).Underline(mask&tcell.AttrUnderline != 0)
		}
	}
	if len(s.Bytes) > 0 {
		t.Bytes = nil
		for _, c := range s.Bytes {
			t.Bytes = append(t.Bytes, tcell.StyleDefault.Foreground(colour(c)))
		}
	}
	t.spread()
}

// spread gives the background of the text to all roles that have none.
func (t *Theme) spread() {
	_, bg, _ := t.Text.Decompose()
	if bg == tcell.ColorDefault {
		return
	}
	v := reflect.ValueOf(t).Elem()
	for _, f := range reflect.VisibleFields(v.Type()) {
		if style, ok := v.FieldByIndex(f.Index).Addr().Interface().(*tcell.Style); ok {
			if _, own, _ := style.Decompose(); own == tcell.ColorDefault {
				*style = style.Background(bg)
			}
		}
	}
	for i := range t.Bytes {
		t.Bytes[i] = t.Bytes[i].Background(bg)
	}
}
