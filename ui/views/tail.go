package views

import (
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/gdamore/tcell/v2"
	"github.com/rivo/tview"

	"kconsole/kafka/poll"
	"kconsole/kafka/replay"
	"kconsole/kafka/tail"
	"kconsole/ui/draw"
	"kconsole/ui/page"
	"kconsole/ui/session"
	"kconsole/ui/widget/tailbox"
)

// tailFrom is where a tail begins: a few records that are there already, so
// that a quiet topic shows something, then what comes.
const tailFrom = "-20"

// feeding is where a tail's records come from, and its clock.
type feeding struct {
	open func(context.Context, *session.Session, tail.Options) (tailbox.Source, error)
	now  func() time.Time // nil: time.Now
}

// records is the view of a live tail.
func records() page.View { return recordsFrom(feeding{open: openTail}) }

func openTail(ctx context.Context, s *session.Session, o tail.Options) (tailbox.Source, error) {
	r, err := tail.Open(ctx, s.Cluster, o)
	if err != nil {
		return nil, err // not r: a nil reader would be a source that is not nil
	}
	return r, nil
}

func recordsFrom(from feeding) page.View {
	return page.View{
		Name: "tail", Aliases: []string{"records"}, Doc: "The records of a topic, or of one partition, as they come.",
		Args: []page.Arg{page.Topic, page.Partition}, Optional: 1, Parent: "topic",
		New: func(h page.Host, t page.Target) (page.Page, error) { return newTail(h, t, from) },
	}
}

// tailPage hosts the tail of one topic. It begins to read as soon as there is a
// connection to read through.
type tailPage struct {
	*tview.Box
	host       page.Host
	feeding    feeding
	topic      string
	partitions []int32 // nil: all
	filter     string  // to be set once there is a view
	from       string
	state      page.State
	view       *tailbox.View // nil: no connection yet
}

func newTail(h page.Host, t page.Target, from feeding) (page.Page, error) {
	p := &tailPage{Box: tview.NewBox(), host: h, feeding: from, topic: t.Arg(0), filter: t.Filter, from: tailFrom}
	if text := t.Arg(1); text != "" {
		n, err := strconv.ParseInt(text, 10, 32)
		if err != nil || n < 0 {
			return nil, fmt.Errorf("%q is no partition: they are numbered from 0", text)
		}
		p.partitions = []int32{int32(n)}
	}
	if _, err := tailbox.ParseFilter(p.filter); err != nil {
		return nil, err
	}
	return p, nil
}

// Title is the page's crumb.
func (p *tailPage) Title() string {
	if len(p.partitions) == 1 {
		return fmt.Sprintf("%s p%d tail", p.topic, p.partitions[0])
	}
	return p.topic + " tail"
}

// Trail is the topic, the partition if it is one, and the tail: the same from
// wherever it was opened.
func (p *tailPage) Trail() []string {
	if len(p.partitions) == 1 {
		return []string{p.topic, fmt.Sprintf("p%d", p.partitions[0]), "tail"}
	}
	return []string{p.topic, "tail"}
}

// Scope needs nothing but what the header needs: records do not come through
// the poller.
func (p *tailPage) Scope() poll.Scope { return poll.Topics }

// Fault is what the body says where nothing was ever read.
func (p *tailPage) Fault() error {
	if p.view == nil {
		return nil
	}
	return p.view.Fault()
}

// Update starts reading when the connection is there.
func (p *tailPage) Update(st page.State) {
	p.state = st
	if s := p.host.Session(); p.view == nil && s != nil && s.Cluster != nil {
		p.open(s)
	}
}

// open makes the view and begins to read.
func (p *tailPage) open(s *session.Session) {
	l := p.host.Loop()
	feed := tailbox.NewFeed(tailbox.FeedOptions{
		Open: func(ctx context.Context, from tail.Position) (tailbox.Source, error) {
			return p.feeding.open(ctx, s, tail.Options{Topic: p.topic, Partitions: p.partitions, From: from})
		},
		Decoder: s.Decoder, Mask: s.Config.Mask(p.topic), Post: l.Post, Go: func(f func()) { l.Background(f) }, Now: p.feeding.now,
	})
	location := p.state.Now.Location()
	if p.state.UTC {
		location = time.UTC
	}
	p.view = tailbox.New(tailbox.Options{
		Theme: p.host.Theme(), Feed: feed, Registry: s.Registry, Topic: p.topic, Mask: s.Config.Mask(p.topic), Location: location, UTC: p.state.UTC,
		Now: func() time.Time { return p.host.State().Now }, Post: l.Post, Go: l.Go,
		Ask: p.host.Ask, Say: p.host.Say, Fail: p.host.Fail, Copy: p.host.Copy,
		Keep: func(items []replay.Item) (added, all int, err error) {
			for i := range items {
				items[i].Cluster = s.Config.Name
			}
			cart := p.host.State().Cart
			added, err = cart.Add(items...)
			return added, cart.Len(), err
		},
	})
	if err := p.view.Restart(p.from); err != nil {
		p.host.Fail(err)
	}
	if p.filter != "" {
		if err := p.view.SetFilter(p.filter); err != nil {
			p.host.Fail(err)
		}
	}
}

// Close ends reading.
func (p *tailPage) Close() {
	if p.view != nil {
		p.view.Close()
	}
}

// tailCommand is the key that every table has as well.
var tailCommand = page.Key{Name: "x", Label: "as command", Quiet: true, Help: "Show what is read here as a command for the shell."}

// Keys are the view's, and one that needs to know where it is.
func (p *tailPage) Keys() []page.Key {
	if p.view == nil {
		return nil
	}
	return append(p.view.Keys(), tailCommand)
}

// Key hands a key to the view.
func (p *tailPage) Key(ev *tcell.EventKey) bool {
	switch {
	case p.view == nil:
		return false
	case p.view.Key(ev):
		return true
	case page.KeyName(ev) == tailCommand.Name:
		p.host.Show("As a command", []string{p.command()})
		return true
	}
	return false
}

// command reads the same records in a shell.
func (p *tailPage) command() string {
	words := []string{"tail", p.topic}
	for _, id := range p.partitions {
		words = append(words, "-p", strconv.Itoa(int(id)))
	}
	if from := p.view.From().String(); from != "" {
		words = append(words, "--from", from)
	}
	if filter := p.view.Filter(); filter != "" {
		words = append(words, "--filter", filter)
	}
	return command(words...)
}

// Filter is the filter in force.
func (p *tailPage) Filter() string {
	if p.view == nil {
		return p.filter
	}
	return p.view.Filter()
}

// SetFilter narrows the records.
func (p *tailPage) SetFilter(text string) error {
	if p.view != nil {
		return p.view.SetFilter(text)
	}
	if _, err := tailbox.ParseFilter(text); err != nil {
		return err
	}
	p.filter = text
	return nil
}

// MouseHandler is the view's.
func (p *tailPage) MouseHandler() func(tview.MouseAction, *tcell.EventMouse, func(tview.Primitive)) (bool, tview.Primitive) {
	if p.view == nil {
		return p.Box.MouseHandler()
	}
	return p.view.MouseHandler()
}

// Draw draws the view, or why there is none.
func (p *tailPage) Draw(sc tcell.Screen) {
	x, y, w, h := p.GetRect()
	if p.view != nil {
		p.view.SetRect(x, y, w, h)
		p.view.Draw(sc)
		return
	}
	th := p.host.Theme()
	draw.Text(sc, x+1, y, "Records", th.Strong)
	if p.state.Err == nil {
		draw.Text(sc, x+3, y+2, "Connecting …", th.Dim)
	}
}
