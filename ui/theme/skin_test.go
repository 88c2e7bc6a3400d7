package theme_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gdamore/tcell/v2"

	"kconsole/ui/theme"
)

func TestShippedSkinsAreRight(t *testing.T) {
	t.Parallel()
	if len(theme.Shipped()) == 0 {
		t.Fatal("none is shipped")
	}
	for _, name := range theme.Shipped() {
		s, err := theme.ShippedSkin(name)
		if err != nil {
			t.Fatal(err)
		}
		th, err := theme.New(theme.Options{Skin: s, Colors: 1 << 24, Accent: "red"})
		if err != nil || th.Name != name {
			t.Errorf("%s: %+v, %v", name, th.Name, err)
		}
		if fg, _, _ := th.Accent.Decompose(); fg != tcell.GetColor("#c3a6ff") {
			t.Errorf("the accent is %v", fg)
		}
		// A terminal without colours stays without.
		plain, err := theme.New(theme.Options{Skin: s, Colors: 256, NoColor: true})
		if err != nil || plain.Name != "no-color" {
			t.Errorf("%s with NO_COLOR: %+v, %v", name, plain.Name, err)
		}
	}
}

func TestSkinBackgroundIsBehindEverything(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "s.yaml")
	if err := os.WriteFile(path, []byte("styles:\n  text: {fg: silver, bg: \"#101020\"}\n  act: {fg: 196, bg: white, attr: [none]}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s, err := theme.ReadSkin(path, "s")
	if err != nil {
		t.Fatal(err)
	}
	th, err := theme.New(theme.Options{Skin: s, Colors: 256})
	if err != nil {
		t.Fatal(err)
	}
	for name, style := range styles(th) {
		if _, bg, _ := style.Decompose(); bg == tcell.ColorDefault {
			t.Errorf("%s shows the terminal's own background", name)
		}
	}
	if fg, _, attr := th.Act.Decompose(); fg != tcell.PaletteColor(196) || attr != 0 {
		t.Errorf("act: %v %v", fg, attr)
	}
}

func TestSkinMistakesNameTheLine(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"base: drak\n":                        `s.yaml:1: base: there is no theme "drak"; did you mean "dark"?`,
		"styles:\n  headng: {fg: red}\n":      `s.yaml:2: styles.headng: there is no role "headng"; did you mean "heading"?`,
		"styles:\n  text: {fg: octarine}\n":   `s.yaml:2: styles.text.fg: "octarine" is no colour`,
		"styles:\n  text:\n    colour: red\n": `s.yaml:3: styles.text: unknown key "colour"`,
		"accent: 300\n":                       "0 to 255",
		"styles:\n  text: {attr: [bould]}\n":  `did you mean "bold"?`,
	} {
		path := filepath.Join(t.TempDir(), "s.yaml")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := theme.ReadSkin(path, "s"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q gives %v, want %s", text, err, want)
		}
	}
}
