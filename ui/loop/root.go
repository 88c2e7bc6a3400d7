package loop

import (
	"github.com/gdamore/tcell/v2"
	"github.com/rivo/tview"
)

// Root wraps the root primitive so that a panic while drawing or handling a
// key ends the console in order: the terminal is restored, [Loop.Run] returns
// the [*Panic].
func (l *Loop) Root(p tview.Primitive) tview.Primitive { return &root{Primitive: p, loop: l} }

type root struct {
	tview.Primitive
	loop *Loop
}

func (r *root) Draw(screen tcell.Screen) { r.loop.Guard(func() { r.Primitive.Draw(screen) }) }

func (r *root) InputHandler() func(*tcell.EventKey, func(tview.Primitive)) {
	h := r.Primitive.InputHandler()
	if h == nil {
		return nil
	}
	return func(ev *tcell.EventKey, focus func(tview.Primitive)) {
		r.loop.meter.begin()
		r.loop.Guard(func() { h(ev, focus) })
	}
}

func (r *root) PasteHandler() func(string, func(tview.Primitive)) {
	h := r.Primitive.PasteHandler()
	if h == nil {
		return nil
	}
	return func(text string, focus func(tview.Primitive)) { r.loop.Guard(func() { h(text, focus) }) }
}

func (r *root) MouseHandler() func(tview.MouseAction, *tcell.EventMouse, func(tview.Primitive)) (bool, tview.Primitive) {
	h := r.Primitive.MouseHandler()
	if h == nil {
		return nil
	}
	return func(a tview.MouseAction, ev *tcell.EventMouse, focus func(tview.Primitive)) (consumed bool, capture tview.Primitive) {
		r.loop.Guard(func() { consumed, capture = h(a, ev, focus) })
		return consumed, capture
	}
}
