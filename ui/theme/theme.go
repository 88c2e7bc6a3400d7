// Package theme holds the styles of the console: what each role looks like on
// a dark or a light background, with high contrast, with 16 colours and with
// none.
//
// The screens are calm: the terminal's own foreground and background for what
// is normal, grey for what matters less, one accent colour per cluster, amber
// for what to watch and red for what to act on. Colours come from the
// terminal's palette, so they fit the scheme that a person has chosen. Nothing
// is told by colour alone: watch and act also differ by attribute where there
// is no colour, and the text says the same.
package theme

import (
	"cmp"
	"fmt"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/gdamore/tcell/v2"
	"github.com/rivo/tview"
)

func init() {
	// tview's own default is white on black, also on a light terminal. Set
	// once, before any primitive is made.
	tview.Styles = tview.Theme{}
}

// Theme is a set of styles by role. It is made once and never changed.
type Theme struct {
	Name string
	// ASCII tells that charts have to do with plain characters.
	ASCII bool

	Text     tcell.Style // what is normal
	Dim      tcell.Style // what matters less: units, separators, old rows
	Strong   tcell.Style // names in a heading, the value that is being talked about
	Accent   tcell.Style // the cluster's colour: its name, the crumb of this screen
	Heading  tcell.Style // column titles
	Selected tcell.Style // the row under the cursor, drawn over all of its cells
	Marked   tcell.Style // rows marked with space
	Key      tcell.Style // a key in the hint line and in help
	Hint     tcell.Style // what the key does
	Rule     tcell.Style // lines that part the screen
	Input    tcell.Style // text being typed
	Match    tcell.Style // what a filter or completion has matched
	Good     tcell.Style // something that was asked for has worked
	Watch    tcell.Style // amber: worth a look
	Act      tcell.Style // red: somebody has to do something
	Bar      tcell.Style // bars and sparklines

	// Bytes are the hues that tell neighbouring spans of a hex dump apart.
	Bytes []tcell.Style
}

// Level is how much attention something asks for.
type Level int

// The levels, rising.
const (
	Normal Level = iota
	Muted        // less than normal: defaults, internal topics
	Fine         // good news worth a colour
	Watch
	Act
)

// Style is the style of text at a level.
func (t *Theme) Style(l Level) tcell.Style {
	switch l {
	case Muted:
		return t.Dim
	case Fine:
		return t.Good
	case Watch:
		return t.Watch
	case Act:
		return t.Act
	default:
		return t.Text
	}
}

// Options says what a theme is made for.
type Options struct {
	// Name is one of [Names]; empty is auto.
	Name string
	// Colors is how many colours the terminal has (tcell's Screen.Colors); 0 is none.
	Colors int
	// NoColor is the wish of the NO_COLOR variable (https://no-color.org).
	NoColor bool
	// Accent is the cluster's colour: one of [Accents] or #rrggbb; empty is cyan.
	Accent string
	// ASCII is for terminals that have neither braille nor block characters.
	ASCII bool
	// Skin is laid over the theme; nil: none. Its base takes the place of Name.
	Skin *Skin
	// Background is the COLORFGBG variable that some terminals set ("15;0").
	Background string
}

// FromEnv fills in what the environment says.
func (o Options) FromEnv() Options {
	o.NoColor = o.NoColor || os.Getenv("NO_COLOR") != ""
	o.Background = os.Getenv("COLORFGBG")
	o.ASCII = o.ASCII || os.Getenv("TERM") == "linux" // its font has few characters
	return o
}

// Names lists the themes by name.
func Names() []string { return []string{"auto", "dark", "light", "high-contrast", "no-color"} }

// accents are the cluster colours by name: palette numbers for 256 colours on a
// dark and on a light background, then the same for 16 colours.
var accents = map[string][4]int{
	"red": {203, 160, 9, 1}, "orange": {215, 166, 3, 3}, "yellow": {227, 136, 11, 3}, "green": {114, 28, 10, 2},
	"teal": {79, 30, 6, 6}, "cyan": {87, 31, 14, 6}, "blue": {111, 26, 12, 4}, "purple": {141, 91, 5, 5},
	"magenta": {213, 127, 13, 5}, "pink": {218, 162, 13, 5}, "grey": {250, 240, 7, 8}, "white": {15, 0, 15, 0},
}

// Accents lists the colours that a cluster may have, beside #rrggbb.
func Accents() []string { return slices.Sorted(maps.Keys(accents)) }

// accent is the colour by that name on this terminal and background.
func accent(name string, colors int, light bool) (tcell.Color, error) {
	var err error
	if len(name) == 7 && name[0] == '#' {
		// tcell takes the nearest of the palette where there is no true colour.
		if n, perr := strconv.ParseUint(name[1:], 16, 32); perr == nil {
			return tcell.NewHexColor(int32(n)), nil
		}
	}
	numbers, ok := accents[name]
	if !ok {
		numbers = accents["cyan"]
		if name != "" {
			err = fmt.Errorf("no cluster colour %q: write #rrggbb or choose one of %s", name, strings.Join(Accents(), ", "))
		}
	}
	i := 0
	if colors < 256 {
		i = 2
	}
	if light {
		i++
	}
	return tcell.PaletteColor(numbers[i] % max(colors, 8)), err
}

// New makes a theme. An unknown theme or accent is an error that names the
// choices; the theme returned with it is the default one and usable.
func New(o Options) (*Theme, error) {
	var err error
	if o.Skin != nil {
		o.Name = o.Skin.Base
	}
	name := cmp.Or(o.Name, "auto")
	if !slices.Contains(Names(), name) {
		err = fmt.Errorf("no theme %q: choose one of %s", o.Name, strings.Join(Names(), ", "))
		name = "auto"
	}
	if name == "auto" {
		name = "dark"
		if lightBackground(o.Background) {
			name = "light"
		}
	}
	hue, accentErr := accent(o.Accent, o.Colors, name == "light")
	err = cmp.Or(err, accentErr)
	var made *Theme
	switch {
	case o.NoColor || o.Colors < 8 || name == "no-color":
		made = plain()
		made.ASCII = o.ASCII
		return made, err
	case name == "high-contrast":
		made = contrast(hue)
	case name == "light":
		made = coloured("light", o.Colors, hue, lightHues)
	default:
		made = coloured("dark", o.Colors, hue, darkHues)
	}
	made.ASCII = o.ASCII
	if o.Skin != nil {
		o.Skin.apply(made)
	}
	return made, err
}

// Background is the colour behind everything; the terminal's own usually.
func (t *Theme) Background() tcell.Color {
	_, bg, _ := t.Text.Decompose()
	return bg
}

// lightBackground reads COLORFGBG: the last number is the background's palette
// entry, 7 and 9 to 15 are light ones.
func lightBackground(v string) bool {
	i := strings.LastIndexByte(v, ';')
	if i < 0 {
		return false
	}
	n, err := strconv.Atoi(v[i+1:])
	return err == nil && (n == 7 || n >= 9 && n <= 15)
}

// hues are palette numbers: the first of a pair for 256 colours, the second
// for 16. -1 is the terminal's own colour, dimmed.
type hues struct {
	grey, rule, amber, red, green, bar [2]int
	selected                           [2]int // background of the selected row; -1: reverse
	bytes                              []int
}

var (
	darkHues = hues{
		grey: [2]int{246, -1}, rule: [2]int{240, -1}, amber: [2]int{214, 11}, red: [2]int{203, 9},
		green: [2]int{114, 10}, bar: [2]int{110, 12}, selected: [2]int{238, -1}, bytes: []int{14, 10, 13, 12, 11},
	}
	lightHues = hues{
		grey: [2]int{242, -1}, rule: [2]int{250, -1}, amber: [2]int{130, 3}, red: [2]int{160, 1},
		green: [2]int{28, 2}, bar: [2]int{25, 4}, selected: [2]int{253, -1}, bytes: []int{6, 2, 5, 4, 3},
	}
)

func coloured(name string, colors int, accent tcell.Color, h hues) *Theme {
	base := tcell.StyleDefault
	pick := func(pair [2]int) tcell.Style {
		n := pair[1]
		if colors >= 256 {
			n = pair[0]
		}
		if n < 0 {
			return base.Dim(true)
		}
		return base.Foreground(tcell.PaletteColor(n))
	}
	selected := base.Reverse(true)
	if colors >= 256 && h.selected[0] >= 0 {
		selected = base.Background(tcell.PaletteColor(h.selected[0])).Bold(true)
	}
	hue := base.Foreground(accent)
	t := &Theme{
		Name: name, Text: base, Dim: pick(h.grey), Strong: base.Bold(true), Accent: hue.Bold(true),
		Heading: pick(h.grey), Selected: selected, Marked: hue, Key: hue, Hint: pick(h.grey), Rule: pick(h.rule),
		Input: base, Match: hue.Underline(true), Good: pick(h.green), Watch: pick(h.amber), Act: pick(h.red).Bold(true), Bar: pick(h.bar),
	}
	for _, n := range h.bytes {
		t.Bytes = append(t.Bytes, base.Foreground(tcell.PaletteColor(n%max(colors, 8))))
	}
	return t
}

// contrast has no grey and no dim: black, white and full colours.
func contrast(accent tcell.Color) *Theme {
	base := tcell.StyleDefault.Foreground(tcell.PaletteColor(15)).Background(tcell.PaletteColor(0))
	fg := func(n int) tcell.Style { return base.Foreground(tcell.PaletteColor(n)) }
	t := &Theme{
		Name: "high-contrast", Text: base, Dim: base, Strong: base.Bold(true), Accent: base.Foreground(accent).Bold(true),
		Heading: base.Bold(true).Underline(true), Selected: base.Reverse(true), Marked: base.Foreground(accent).Bold(true),
		Key: base.Bold(true), Hint: base, Rule: base, Input: base.Bold(true), Match: base.Bold(true).Underline(true),
		Good: fg(10).Bold(true), Watch: fg(11).Bold(true), Act: tcell.StyleDefault.Foreground(tcell.PaletteColor(15)).Background(tcell.PaletteColor(1)).Bold(true), Bar: base,
	}
	for _, n := range []int{14, 10, 13, 11, 15} {
		t.Bytes = append(t.Bytes, fg(n))
	}
	return t
}

// plain uses attributes only.
func plain() *Theme {
	base := tcell.StyleDefault
	return &Theme{
		Name: "no-color", Text: base, Dim: base.Dim(true), Strong: base.Bold(true), Accent: base.Bold(true),
		Heading: base.Underline(true), Selected: base.Reverse(true), Marked: base.Bold(true).Underline(true),
		Key: base.Bold(true), Hint: base, Rule: base.Dim(true), Input: base, Match: base.Underline(true),
		Good: base, Watch: base.Bold(true), Act: base.Bold(true).Underline(true), Bar: base,
		Bytes: []tcell.Style{base, base.Bold(true), base.Underline(true), base.Dim(true)},
	}
}
