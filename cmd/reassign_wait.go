package cmd

import (
	"context"
	"errors"
	"fmt"
	"time"

	"kconsole/kafka"
)

// applyBound sets the bound of --throttle.
func (a *app) applyBound(w *changer, r *reassigning) error {
	if r.bound == nil {
		return nil
	}
	set, err := r.bound.Apply(w.ctx)
	if err == nil {
		return nil
	}
	for i := range set.Items {
		if set.Items[i].Err == nil {
			fmt.Fprintln(a.err, "Nothing is moved, and the bound is set in part: "+r.lifting())
			break
		}
	}
	return err
}

// warnOfBound says that a bound is set now: to cancel lifts none. Nothing is said
// where the configuration may not be read.
func (r *reassigning) warnOfBound(w *changer, p *kafka.Plan) {
	configs, _ := w.c.TopicConfigs(w.ctx, r.topics()...)
	for i := range configs {
		for _, side := range []string{"leader", "follower"} {
			if e := configs[i].Get(side + ".replication.throttled.replicas"); e != nil && e.Value != "" {
				p.Warnings = append(p.Warnings, "a bound on replication stays: "+r.lifting())
				return
			}
		}
	}
}

// lifting says how the bound is lifted.
func (r *reassigning) lifting() string {
	line := "kconsole reassign"
	for _, name := range r.topics() {
		line += " " + shellQuote(name)
	}
	return line + " --lift-throttle lifts it."
}

// awaitMoves shows how far the moves are until they are done, and lifts the bound.
// However it ends, it leaves no bound behind without a word. Parts of the change
// may have failed.
func (a *app) awaitMoves(w *changer, r *reassigning, failed error) error {
	if r.lift {
		return failed
	}
	const stays = "The bound stays: "
	if !r.wait {
		if failed != nil && r.bound != nil {
			fmt.Fprintln(a.err, stays+r.lifting())
		}
		return failed
	}
	if err := a.followMoves(w, r); err != nil {
		line := "The move goes on in the background (kconsole get reassignments shows it)"
		if r.bound != nil {
			line += ", and the bound stays: " + r.lifting()
		} else {
			line += "."
		}
		fmt.Fprintln(a.err, line)
		return errors.Join(failed, err)
	}
	if failed == nil {
		fmt.Fprintln(a.err, "All partitions are where they belong.")
	}
	if r.bound == nil {
		return failed
	}
	err := liftBound(w, r)
	if err != nil {
		fmt.Fprintln(a.err, stays+r.lifting())
	}
	return errors.Join(failed, err)
}

func liftBound(w *changer, r *reassigning) error {
	lifting, cancel := context.WithTimeout(w.ctx, requestLimit)
	defer cancel()
	p, err := w.admin.ThrottleReplication(lifting, r.topics(), 0)
	if err == nil {
		_, err = p.Apply(lifting)
	}
	return err
}

// moveEvery is how often a wait looks at how far it is.
const moveEvery = time.Second

// followMoves shows how far the moves are until they have ended.
func (a *app) followMoves(w *changer, r *reassigning) error {
	last := ""
	for {
		reading, cancel := context.WithTimeout(w.ctx, requestLimit)
		list, err := a.readReassignments(reading, w.c, "")
		cancel()
		if w.ctx.Err() != nil {
			return w.ctx.Err()
		}
		if err != nil {
			return fmt.Errorf("the move cannot be followed: %w", err)
		}
		left := 0
		var copied, bytes int64
		for i := range list.rows {
			row := &list.rows[i]
			if _, ours := r.moves[kafka.TopicPartition{Topic: row.Topic, Partition: row.Partition}]; !ours {
				continue
			}
			left++
			if row.Bytes != nil {
				copied, bytes = copied+*row.Copied, bytes+*row.Bytes
			}
		}
		if left == 0 {
			return nil
		}
		if line := fmt.Sprintf("%d of %d partitions to go, %d of %d bytes copied", left, len(r.moves), copied, bytes); line != last {
			fmt.Fprintln(a.err, line)
			last = line
		}
		select {
		case <-w.ctx.Done():
			return w.ctx.Err()
		case <-time.After(moveEvery):
		}
	}
}
