package page

import (
	"strings"
	"unicode"

	"github.com/gdamore/tcell/v2"
)

// Key is something that a key does.
type Key struct {
	Name   string // as shown and as [KeyName] gives it: "enter", "l", "ctrl-d", "shift-n"
	Label  string // one or two words for the hint line: "tail"
	Help   string // a sentence for the help page; empty: the label
	Danger bool   // it changes or deletes something
	Writes bool   // it changes the cluster or its registry
	Off    string // why it cannot be used now; empty: it can
	Quiet  bool   // too common for the hint line: only in help
}

// GlobalKeys are what the shell does on every page. No page may use them for
// something else; a page may take esc and / for itself while it has something
// to take back or to narrow.
var GlobalKeys = []string{":", "?", "-", "[", "]", "ctrl-c", "ctrl-g", "ctrl-l", "ctrl-r", "esc"}

// KeyName is the name of a key event as [Key] writes it, or "" for one that has none.
func KeyName(ev *tcell.EventKey) string {
	switch k := ev.Key(); k {
	case tcell.KeyRune:
		r := ev.Rune()
		prefix := ""
		if ev.Modifiers()&tcell.ModAlt != 0 {
			prefix = "alt-"
		}
		switch {
		case r == ' ':
			return prefix + "space"
		case unicode.IsUpper(r):
			return prefix + "shift-" + strings.ToLower(string(r))
		default:
			return prefix + string(r)
		}
	case tcell.KeyEnter:
		return "enter"
	case tcell.KeyEscape:
		return "esc"
	case tcell.KeyTab:
		return "tab"
	case tcell.KeyBacktab:
		return "shift-tab"
	case tcell.KeyBackspace, tcell.KeyBackspace2:
		return "backspace"
	case tcell.KeyDelete:
		return "delete"
	case tcell.KeyCtrlSpace:
		return "ctrl-space"
	case tcell.KeyUp, tcell.KeyDown, tcell.KeyLeft, tcell.KeyRight, tcell.KeyHome, tcell.KeyEnd:
		return strings.ToLower(tcell.KeyNames[k])
	case tcell.KeyPgUp:
		return "pgup"
	case tcell.KeyPgDn:
		return "pgdn"
	default:
		if k >= tcell.KeyCtrlA && k <= tcell.KeyCtrlZ {
			return "ctrl-" + string(rune('a'+k-tcell.KeyCtrlA))
		}
		if name, ok := tcell.KeyNames[k]; ok {
			return strings.ToLower(name)
		}
		return ""
	}
}
