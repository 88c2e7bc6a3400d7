package theme_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/gdamore/tcell/v2"

	"kconsole/kafka/config"
	"kconsole/ui/theme"
)

// styles lists the styles of a theme by field name.
func styles(t *theme.Theme) map[string]tcell.Style {
	out := map[string]tcell.Style{}
	v := reflect.ValueOf(*t)
	for i := range v.NumField() {
		if s, ok := v.Field(i).Interface().(tcell.Style); ok {
			out[v.Type().Field(i).Name] = s
		}
	}
	return out
}

func TestNoColorHasNoColour(t *testing.T) {
	t.Parallel()
	for _, o := range []theme.Options{{NoColor: true, Colors: 256}, {Colors: 0}, {Name: "no-color", Colors: 1 << 24}, {NoColor: true, Name: "high-contrast", Colors: 256}} {
		th, err := theme.New(o)
		if err != nil {
			t.Fatal(err)
		}
		all := styles(th)
		for name, s := range all {
			fg, bg, _ := s.Decompose()
			if fg != tcell.ColorDefault || bg != tcell.ColorDefault {
				t.Errorf("%+v: %s has a colour", o, name)
			}
		}
		if all["Selected"] == all["Text"] || all["Watch"] == all["Act"] || all["Act"] == all["Text"] {
			t.Errorf("%+v: roles cannot be told apart without colour", o)
		}
	}
}

func TestSixteenColoursStaySixteen(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"auto", "dark", "light", "high-contrast"} {
		for _, accent := range theme.Accents() {
			th, err := theme.New(theme.Options{Name: name, Colors: 16, Accent: accent})
			if err != nil {
				t.Fatal(err)
			}
			for role, s := range styles(th) {
				fg, bg, _ := s.Decompose()
				for _, c := range []tcell.Color{fg, bg} {
					if c != tcell.ColorDefault && c-tcell.ColorValid >= 16 {
						t.Errorf("%s/%s: %s uses palette entry %d", name, accent, role, c-tcell.ColorValid)
					}
				}
			}
		}
	}
}

func TestBackgroundFromTheTerminal(t *testing.T) {
	t.Parallel()
	for v, want := range map[string]string{"": "dark", "15;0": "dark", "0;15": "light", "0;default;7": "light", "12;8": "dark", "x;y": "dark"} {
		th, err := theme.New(theme.Options{Colors: 256, Background: v})
		if err != nil {
			t.Fatal(err)
		}
		if th.Name != want {
			t.Errorf("COLORFGBG=%q gives %s, want %s", v, th.Name, want)
		}
	}
}

func TestConfigOffersWhatThereIs(t *testing.T) {
	t.Parallel()
	if !slices.Equal(config.Themes, theme.Names()) {
		t.Errorf("the configuration takes %v, there is %v", config.Themes, theme.Names())
	}
	for _, name := range append(config.Colors, "#12ab9f") {
		if _, err := theme.New(theme.Options{Accent: name, Colors: 256}); err != nil {
			t.Error(err)
		}
	}
}

func TestUnknownNamesTheChoices(t *testing.T) {
	t.Parallel()
	th, err := theme.New(theme.Options{Name: "solarised", Colors: 256})
	if err == nil || !strings.Contains(err.Error(), "high-contrast") || th == nil {
		t.Errorf("got %v, %v", th, err)
	}
	th, err = theme.New(theme.Options{Accent: "mauve", Colors: 256})
	if err == nil || !strings.Contains(err.Error(), "magenta") || th == nil {
		t.Errorf("got %v, %v", th, err)
	}
}
