package views

import (
	"context"
	"fmt"
	"io"
	"strconv"
	"time"

	"kconsole/compose"
	"kconsole/kafka"
	"kconsole/ui/page"
	"kconsole/ui/reader"
	"kconsole/ui/resource"
	"kconsole/ui/session"
	"kconsole/ui/theme"
	"kconsole/ui/units"
)

// The limits of what is asked of a stack.
const (
	controlLimit = 2 * time.Minute // a broker may take long to stop
	logsEvery    = 2 * time.Second
	logLines     = 2000
)

// labActions are what can be done to a broker of a stack that is ours.
func labActions() []resource.Action[brokerRow] {
	act := func(key, label, help, verb string, ok func(compose.State) string, do func(compose.Stack, context.Context, int32) error) resource.Action[brokerRow] {
		return resource.Action[brokerRow]{
			Key: key, Label: label, Help: help, Many: true,
			Disabled: func(h page.Host, b brokerRow) string {
				if why := notOurs(h); why != "" {
					return why
				}
				return ok(b.state)
			},
			Do: func(h page.Host, _ page.Target, rows []brokerRow) {
				for _, b := range rows {
					control(h, b.ID, verb, do)
				}
			},
			Command: func(_ page.Target, b brokerRow) string {
				return command("lab", "broker", label, strconv.Itoa(int(b.ID)))
			},
		}
	}
	runs := func(s compose.State) string {
		if s == compose.Stopped {
			return "it is stopped"
		}
		return ""
	}
	return []resource.Action[brokerRow]{
		act("s", "stop", "Stop the broker as an operator would: its leaders move first.", "stopping", runs, compose.Stack.Stop),
		act("shift-s", "start", "Start a stopped broker.", "starting", func(s compose.State) string {
			if s == compose.Running {
				return "it runs"
			}
			return ""
		}, compose.Stack.Start),
		act("shift-k", "kill", "End the broker as a power cut would.", "killing", runs, compose.Stack.Kill),
		act("p", "pause", "Freeze the broker: connections stay, answers do not come.", "pausing", runs, compose.Stack.Pause),
		act("shift-p", "resume", "Let a paused broker go on.", "resuming", func(s compose.State) string {
			if s != compose.Paused && s != "" {
				return "it is not paused"
			}
			return ""
		}, compose.Stack.Resume),
		{
			Key: "l", Label: "logs", Help: "Show the end of the broker's log.",
			Disabled: func(h page.Host, _ brokerRow) string { return notOurs(h) },
			Open: func(_ page.Target, b brokerRow) page.Target {
				return page.Target{View: "logs", Args: []string{strconv.Itoa(int(b.ID))}}
			},
			Command: func(_ page.Target, b brokerRow) string {
				return command("lab", "broker", "logs", strconv.Itoa(int(b.ID)))
			},
		},
	}
}

// notOurs says why nothing of a broker's process can be done here; empty: it can.
func notOurs(h page.Host) string {
	switch s := h.Session(); {
	case s == nil:
		return "there is no connection yet"
	case s.Stack != nil:
		return ""
	case s.Config.Lab == nil:
		return "this cluster is no lab: nothing of it is ours to break"
	case s.StackErr != nil:
		return s.StackErr.Error()
	default:
		return "the lab's stack cannot be asked; kconsole lab status says more"
	}
}

// control does something to a broker beside the event loop and tells how it went.
func control(h page.Host, id int32, verb string, do func(compose.Stack, context.Context, int32) error) {
	stack := h.Session().Stack
	h.Say(theme.Normal, fmt.Sprintf("%s broker %d …", verb, id))
	begun := h.State().Now
	h.Loop().Go(func() {
		ctx, cancel := context.WithTimeout(context.Background(), controlLimit)
		defer cancel()
		err := do(stack, ctx, id)
		h.Loop().Post(func() {
			if err != nil {
				h.Fail(fmt.Errorf("%s broker %d failed: %w", verb, id, err))
			} else {
				h.Say(theme.Fine, fmt.Sprintf("%s broker %d: done after %s", verb, id, units.Duration(h.State().Now.Sub(begun))))
			}
			h.Refresh()
		})
	})
}

// logs shows the end of a broker's log.
func logs() page.View { return logsFrom(readLog) }

func logsFrom(load func(context.Context, *session.Session, int32) (reader.Text, error)) page.View {
	return page.View{
		Name: "logs", Doc: "The log of a broker of the lab's stack.", Args: []page.Arg{page.Broker}, Parent: "brokers",
		New: func(h page.Host, t page.Target) (page.Page, error) {
			id, err := brokerID(t.Arg(0))
			if err != nil {
				return nil, err
			}
			return reader.New(h, reader.Options{
				Title: "broker " + t.Arg(0) + " log", Target: t, Every: logsEvery, AtEnd: true,
				Load: func(ctx context.Context, s *session.Session) (reader.Text, error) { return load(ctx, s, id) },
			}), nil
		},
	}
}

func readLog(ctx context.Context, s *session.Session, id int32) (reader.Text, error) {
	if s.Stack == nil {
		return reader.Text{}, &kafka.Error{What: "there is no log to show", Why: "the brokers are not run by a stack of this console", Do: "look on the brokers' own hosts", Kind: kafka.Invalid}
	}
	r, err := s.Stack.Logs(ctx, id, logLines, false)
	if err != nil {
		return reader.Text{}, err
	}
	defer r.Close()
	body, err := io.ReadAll(io.LimitReader(r, reader.MaxBytes+1))
	if err == nil && len(body) == 0 {
		body = []byte("Nothing yet: the broker writes when it starts, stops or fails.")
	}
	return reader.Text{Body: string(body)}, err
}
