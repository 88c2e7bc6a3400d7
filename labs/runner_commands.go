package labs

import "context"

// Start begins the lab, or goes on with it.
func (r *Runner) Start() bool { return r.ask("preparing", r.s.Start) }

// Answer answers the open question; the state's Question says what became of it.
func (r *Runner) Answer(text string) bool {
	return r.ask("", func(ctx context.Context) error {
		_, err := r.s.Answer(ctx, text)
		return err
	})
}

// Hint shows one hint more.
func (r *Runner) Hint() bool {
	return r.ask("", func(ctx context.Context) error {
		_, err := r.s.Hint(ctx)
		return err
	})
}

// Skip leaves the current step out.
func (r *Runner) Skip() bool { return r.ask("preparing", r.s.Skip) }

// Jump goes to another step.
func (r *Runner) Jump(step string) bool {
	return r.ask("preparing", func(ctx context.Context) error { return r.s.Jump(ctx, step) })
}

// Solve does the current step for the learner; the state's Said has each
// operation.
func (r *Runner) Solve() bool { return r.ask("solving", r.s.Solve) }

// Reset removes what the lab made and forgets the progress. What would be removed
// is found out by [Session.Leftovers] of another session, before it is asked for.
func (r *Runner) Reset() bool {
	return r.ask("resetting", func(ctx context.Context) error {
		items, err := r.s.Reset(ctx)
		if err != nil {
			return err
		}
		return ResetErr(items)
	})
}

// Switch does something to a helper service; see [Session.Switch].
func (r *Runner) Switch(words ...string) bool {
	return r.ask("", func(ctx context.Context) error { return r.s.Switch(ctx, words...) })
}

// Do runs something that uses the session's cluster or services in the runner's
// turn, such as a switch of a service; busy is shown meanwhile.
func (r *Runner) Do(busy string, do func(context.Context, *Session) error) bool {
	return r.ask(busy, func(ctx context.Context) error { return do(ctx, r.s) })
}

// Pause stops checking until [Runner.Resume]; services run on.
func (r *Runner) Pause() { r.pause(true) }

// Resume goes on checking.
func (r *Runner) Resume() { r.pause(false) }

func (r *Runner) pause(on bool) {
	r.mu.Lock()
	r.paused = on
	if on && r.polling && r.stop != nil {
		r.stop()
	}
	r.mu.Unlock()
	r.republish()
}

// Cancel ends what is going on, such as a solution that takes too long.
func (r *Runner) Cancel() {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.stop != nil {
		r.stop()
	}
}

// ask queues a command and returns at once. It is false where the runner has
// ended or too many commands wait.
func (r *Runner) ask(busy string, do func(context.Context) error) bool {
	select {
	case <-r.ended:
		return false
	default:
	}
	select {
	case r.cmds <- command{busy, do}:
	default:
		return false
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.polling && r.stop != nil { // a check can be repeated: the learner comes first
		r.stop()
	}
	return true
}
