// Package page is what the shell and its screens agree on: a [Page] fills the
// middle of the terminal, a [View] makes pages, a [Target] names one, and a
// [Host] is what a page may ask of the shell.
package page

import (
	"time"

	"github.com/gdamore/tcell/v2"
	"github.com/rivo/tview"

	"kconsole/compose"
	"kconsole/kafka/config"
	"kconsole/kafka/poll"
	"kconsole/kafka/replay"
	"kconsole/ui/events"
	"kconsole/ui/loop"
	"kconsole/ui/session"
	"kconsole/ui/settings"
	"kconsole/ui/theme"
)

// Page is one screen between header and footer. All of its methods are called
// on the event loop only, and none of them may wait for anything.
type Page interface {
	tview.Primitive
	// Title is the page's crumb, sanitized by whoever draws it.
	Title() string
	// Scope is what the poller has to read while the page is on top.
	Scope() poll.Scope
	// Update brings a new state. It is called before the first frame, too.
	Update(State)
	// Keys lists what can be done here, the most useful first, for the hint line
	// and the help page.
	Keys() []Key
	// Key handles a key and tells whether it was one of its own.
	Key(*tcell.EventKey) bool
	// Close ends what the page started. It is called once.
	Close()
}

// Filterer is a page whose rows a filter narrows.
type Filterer interface {
	// Filter is the filter in force; empty for none.
	Filter() string
	// SetFilter is called with every key typed. The error says in one line what
	// is wrong with the pattern; the rows then stay as they are.
	SetFilter(string) error
}

// Rememberer is a page that is put back as it was when it is come back to.
type Rememberer interface {
	Memory() any
	Recall(any)
}

// Refresher is a page that reads something itself and can do so now.
type Refresher interface{ Refresh() }

// TopicShower is a page that shows topics. Those that are on the screen now are
// read more often than the others of a large cluster.
type TopicShower interface{ TopicsShown() []string }

// Faulter is a page that tells what is wrong in its body, so that the banner
// need not say it again.
type Faulter interface{ Fault() error }

// Trailer is a page with a crumb of several parts: what it lies in, then itself.
// Parts that the pages below it show already are left out.
type Trailer interface{ Trail() []string }

// Settler is a page whose looks can be saved.
type Settler interface{ Settings() settings.View }

// Modal lies over the page and takes all keys: help, a form, a plan.
type Modal interface {
	Draw(sc tcell.Screen, x, y, width, height int)
	// Key handles a key and tells whether the modal is done with.
	Key(*tcell.EventKey) (done bool)
	Paste(text string)
	Keys() []Key
	// Close ends what it started. It is called once.
	Close()
}

// State is what every page is made from. It is a value; what it points to is
// never changed.
type State struct {
	Config  *config.Config
	Cluster string         // name of the context
	Snap    *poll.Snapshot // never nil
	Err     error          // why there is no connection to read through; nil usually
	// Processes are the states of the brokers' processes, by broker id, where a
	// stack of ours runs them.
	Processes map[int32]compose.State
	// Usage is what those processes use, where the stack can measure that.
	Usage  map[int32]compose.Usage
	Events *events.Log // what has changed; never nil
	// Cart holds records that are to be sent again, of all clusters; never nil. It
	// belongs to the event loop.
	Cart *replay.Cart
	Now  time.Time
	UTC  bool // times are shown in UTC
}

// Time writes a moment of today or another day, to the second.
func (s State) Time(t time.Time) string {
	if s.UTC {
		t = t.UTC()
	} else {
		t = t.In(s.Now.Location())
	}
	if y, m, d := t.Date(); s.Now.Year() == y && s.Now.Month() == m && s.Now.Day() == d {
		return t.Format("15:04:05")
	}
	return t.Format("2006-01-02 15:04:05")
}

// Target names a page: a view and its arguments.
type Target struct {
	View   string
	Args   []string // a topic, a group, ...
	Filter string   // as typed after /
}

// Arg is the nth argument, or "".
func (t Target) Arg(n int) string {
	if n < len(t.Args) {
		return t.Args[n]
	}
	return ""
}

// Arg is what an argument of a view names, for completion.
type Arg string

// The kinds of arguments.
const (
	Topic     Arg = "topic"
	Partition Arg = "partition"
	Group     Arg = "group"
	Subject   Arg = "subject"
	Broker    Arg = "broker"
	Context   Arg = "context"
	Version   Arg = "version"
)

// View makes pages of one kind.
type View struct {
	Name    string // as typed after ":"
	Aliases []string
	Doc     string // one sentence for help and completion
	Args    []Arg  // what has to follow the name; the last takes the rest of the line
	// Optional counts the arguments, from the end, that may be left out.
	Optional int
	Tab      string // what it is called among its sibling tabs; empty: the name
	// Parent is the view that a page of this one lies under when it is opened by
	// name; empty: it is a root.
	Parent string
	New    func(Host, Target) (Page, error)
	// Keys are the keys of its pages, for the generated documents.
	Keys []Key
	// Columns are the names of a table's columns, for saved settings; nil: it is none.
	Columns []string
}

// Host is the shell as a page sees it. Methods are called on the event loop,
// save those of its Loop.
type Host interface {
	Theme() *theme.Theme
	Loop() *loop.Loop
	State() State
	// Session is the connection; nil until it has been made.
	Session() *session.Session
	// Views are all there are.
	Views() []View
	// Open puts a page on top of the stack. Replace puts it in the place of the
	// page on top.
	Open(Target)
	Replace(Target)
	// Back takes the page on top away.
	Back()
	// OpenLab opens a guided lab beside the pages, by its id.
	OpenLab(id string) error
	// UseContext leaves the cluster for another of the configuration.
	UseContext(name string) error
	// Say shows a short message until the next key; Fail an error.
	Say(theme.Level, string)
	Fail(error)
	// Ask lets the user type one line, below.
	Ask(Question)
	// Dialog lays a dialog over the page; it takes all keys until it is done.
	// CloseDialog closes it from within, if it is still the one that is open.
	Dialog(Modal)
	CloseDialog(Modal)
	// Refresh reads everything that is seen anew.
	Refresh()
	// Show lays lines of text over the page until a key is pressed.
	Show(title string, lines []string)
	// ShowList is Show for texts that each have a label on their left.
	ShowList(title string, entries [][2]string)
	// ViewSettings are how a view was saved to be shown on this cluster.
	// SaveView saves it beside the event loop and tells how that went.
	ViewSettings(view string) settings.View
	SaveView(view string, v settings.View)
	// Copy puts text on the clipboard of the terminal (OSC 52).
	Copy(string)
}

// Question is one line to be typed.
type Question struct {
	Label string // in front of the text
	// Initial is proposed: what is typed takes its place. With Append, what is
	// typed goes behind it.
	Initial string
	Append  bool
	// Changed is called with every key. Its error is shown; nil: not called.
	Changed func(string) error
	// Done is called with the text when enter is pressed. An error keeps the
	// question open and is shown.
	Done func(string) error
	// Cancelled is called when it is left with esc; nil: nothing.
	Cancelled func()
	// Complete lists what the text may be completed to; nil: nothing.
	Complete func(string) []string
}
