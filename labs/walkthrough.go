package labs

import (
	"context"
	"hash/fnv"
	"math/rand/v2"
	"strconv"
	"strings"
	"time"
)

// The steps of a walkthrough. The behaviour of Repair is in package lessons: its
// Stage breaks something, its Check is the win, which has to hold. Cause is made
// from the file.
const (
	Repair = "repair"
	Cause  = "cause"
)

func (v *validator) walkthrough(f *file) {
	switch {
	case len(f.Steps) > 0:
		v.fail("$.steps", "a walkthrough has no steps: only a ticket, and the cause to name")
	case strings.TrimSpace(f.Ticket) == "":
		v.fail("$.ticket", "ticket is missing: it is all that the learner is told")
	case v.hold("$.hold", f.Hold) < 10*time.Second:
		v.fail("$.hold", "hold says how long the repair must last; at least 10s")
	case strings.TrimSpace(f.Explanation) == "":
		v.fail("$.explanation", "explanation is missing: what gave the cause away")
	case f.Hints.Screen == "" || f.Hints.Command == "":
		v.fail("$.hints", "a walkthrough needs two hints: screen and command")
	case f.Cause == nil || strings.TrimSpace(f.Cause.Prompt) == "":
		v.fail("$.cause", "cause asks for the cause: prompt and choices")
	default:
		v.cause(f.Cause)
	}
	v.needs("$.needs", f.Needs)
}

func (v *validator) cause(c *fileCause) {
	right := 0
	seen := map[string]bool{}
	for _, choice := range c.Choices {
		if choice.Right {
			right++
		}
		if strings.TrimSpace(choice.Text) == "" || strings.TrimSpace(choice.Why) == "" {
			v.fail("$.cause.choices", "each choice has a text, and a why that explains it")
		}
		if seen[choice.Text] {
			v.fail("$.cause.choices", "there are two choices %q", choice.Text)
		}
		seen[choice.Text] = true
	}
	if right != 1 || len(c.Choices) < 3 {
		v.fail("$.cause.choices", "there are %d choices and %d of them are right; give at least three, and one that is right", len(c.Choices), right)
	}
}

// walkthrough makes the two steps of one.
func (f *file) walkthrough() []Step {
	if f.Cause == nil {
		return nil // not valid, which is said elsewhere
	}
	hold, _ := time.ParseDuration(f.Hold) // validated
	return []Step{
		{
			ID: Repair, Title: "Find it and repair it", Minutes: max(f.Minutes-1, 1), Text: f.Ticket, Show: f.Show,
			Needs: f.Needs, Simulated: f.Simulated, Screen: f.Hints.Screen, Command: f.Hints.Command, Hold: hold,
		},
		{
			ID: Cause, Title: "Name the cause", Minutes: 1, Text: f.Cause.Prompt, Needs: f.Needs,
			Screen: f.Hints.Screen, Command: f.Hints.Command,
			Behavior: Behavior{Question: f.Cause.question, Nudge: func(context.Context, *Env) (string, error) {
				return "Think of what you changed to make it work, and of the first place that showed it.", nil
			}},
		},
	}
}

// question shuffles the choices, differently in each run.
func (c *fileCause) question(_ context.Context, env *Env) (Question, error) {
	choices := append([]fileChoice(nil), c.Choices...)
	h := fnv.New64a()
	_, _ = h.Write([]byte(env.Nonce))
	rand.New(rand.NewPCG(h.Sum64(), 1)).Shuffle(len(choices), func(i, j int) { choices[i], choices[j] = choices[j], choices[i] })
	q := Question{Prompt: c.Prompt}
	for _, choice := range choices {
		q.Choices = append(q.Choices, choice.Text)
		if choice.Right {
			q.Answer = choice.Text
		}
	}
	q.Accept = func(answer string) (bool, string) {
		n, err := strconv.Atoi(answer) // as the choices are numbered, from 1
		for i, choice := range choices {
			if strings.EqualFold(choice.Text, answer) || err == nil && n == i+1 {
				return choice.Right, choice.Why
			}
		}
		return false, "That is none of the choices."
	}
	return q, nil
}
