package lessons

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"time"

	"kconsole/labs"
	"kconsole/labs/check"
	"kconsole/labs/services"
)

// lab01Runs tells whether all of some services run.
func lab01Runs(env *labs.Env, shorts ...string) bool {
	for _, short := range shorts {
		if s := env.Services.Get(env.Name(short)); s == nil || s.Status().State.Over() {
			return false
		}
	}
	return true
}

// lab01Fresh starts mail, profile and audit anew. A paused mail does not begin to
// work first.
func lab01Fresh(ctx context.Context, env *labs.Env, paused bool) (*services.Registration, error) {
	if err := lab01Topic(ctx, env); err != nil {
		return nil, err
	}
	if err := env.Services.StopPrefix(ctx, env.Name("")); err != nil {
		return nil, err
	}
	env.Say("start the services mail, profile and audit")
	r, err := env.Services.StartRegistration(ctx, services.RegistrationConfig{Name: env.Name})
	if err != nil {
		return nil, err
	}
	if paused {
		r.Mail.Pause()
	}
	for _, s := range []*services.Service{r.Mail, r.Profile, r.Audit} {
		if err := s.Ready(ctx); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// lab01Start lets the three services run, and nobody register.
func lab01Start(ctx context.Context, env *labs.Env) error {
	if err := env.Services.Stop(ctx, env.Name("visitors")); err != nil { // of another step
		return err
	}
	if lab01Runs(env, "web", "mail", "profile", "audit") {
		return lab01Topic(ctx, env)
	}
	_, err := lab01Fresh(ctx, env, false)
	return err
}

// lab01StartPaused is what the step before it leaves: mails that wait.
func lab01StartPaused(ctx context.Context, env *labs.Env) error {
	if lab01Runs(env, "web", "mail", "profile", "audit") {
		if err := lab01Start(ctx, env); err != nil {
			return err
		}
		env.Services.Get(env.Name("mail")).Pause()
	} else if _, err := lab01Fresh(ctx, env, true); err != nil {
		return err
	}
	lag, err := check.Lag(ctx, env, env.Name("mail"), env.Name("user-registered"))
	if err != nil || lag >= 5 { // one that is just being handled makes no difference
		return err
	}
	return lab01Publish(ctx, env, 5)
}

// lab01Resume lets services work at full speed, and starts them if they ended.
func lab01Resume(ctx context.Context, env *labs.Env, shorts ...string) error {
	if err := lab01Start(ctx, env); err != nil {
		return err
	}
	for _, short := range shorts {
		env.Say("resume %s", short)
		s := env.Services.Get(env.Name(short))
		s.Slow(0)
		s.Resume()
	}
	return nil
}

func lab01Take(ctx context.Context, env *labs.Env) error {
	if err := lab01Resume(ctx, env, lab01Subscribers...); err != nil {
		return err
	}
	return lab01Publish(ctx, env, 1)
}

func lab01PauseMail(ctx context.Context, env *labs.Env) error {
	if err := lab01Resume(ctx, env, "profile", "audit"); err != nil {
		return err
	}
	env.Say("pause mail")
	env.Services.Get(env.Name("mail")).Pause()
	return lab01Publish(ctx, env, 5)
}

func lab01ResumeMail(ctx context.Context, env *labs.Env) error { return lab01Resume(ctx, env, "mail") }

// lab01Form is how one form served a visitor.
type lab01Form struct {
	Took      int64        `json:"took_ms"`
	WaitedFor []lab01Waits `json:"waited_for"`
}

type lab01Waits struct {
	Name string `json:"name"`
	Took int64  `json:"ms"`
}

// lab01Reply is a record of the topic replies: one visitor who used both forms.
type lab01Reply struct {
	Visitor string     `json:"visitor"`
	Calls   lab01Form  `json:"with_calls"`
	Event   *lab01Form `json:"with_event,omitempty"`
	Slowed  int64      `json:"mail_slowed_by_ms"`
}

func lab01AsForm(r services.Reply) lab01Form {
	f := lab01Form{Took: r.Took.Milliseconds()}
	for _, c := range r.Calls {
		f.WaitedFor = append(f.WaitedFor, lab01Waits{c.Name, c.Took.Milliseconds()})
	}
	return f
}

// lab01Register registers a visitor by the calls, and another one by the event,
// and writes down how long the replies took.
func lab01Register(ctx context.Context, env *labs.Env, r *services.Registration, both bool) error {
	users := services.NewUsers(uint64(env.Clock().UnixNano()), 2)
	out := lab01Reply{Visitor: users[0].Email, Slowed: r.Mail.Status().Switches.Slow.Milliseconds()}
	reply, err := r.RegisterSync(ctx, users[0])
	if err != nil {
		return err
	}
	out.Calls = lab01AsForm(reply)
	if both {
		if reply, err = r.RegisterEvent(ctx, users[1]); err != nil {
			return err
		}
		event := lab01AsForm(reply)
		out.Event = &event
	}
	_, err = env.Services.Publish(ctx, services.Event{Topic: env.Name("replies"), Key: out.Visitor, Value: out})
	return err
}

// lab01OneVisitor registers one visitor by calls, with a service that is slow:
// another one in each run.
func lab01OneVisitor(ctx context.Context, env *labs.Env) error {
	if err := env.CreateTopic(ctx, env.Name("replies"), 1, 3); err != nil {
		return err
	}
	ends, err := check.Ends(ctx, env, env.Name("replies"))
	if err != nil || ends.Sum() > 0 {
		return err
	}
	r, err := lab01Fresh(ctx, env, false)
	if err != nil {
		return err
	}
	defer r.Close(ctx)
	[]*services.Service{r.Mail, r.Profile, r.Audit}[int(env.Nonce[0])%3].Slow(400 * time.Millisecond)
	env.Say("a visitor registers, by calls")
	return lab01Register(ctx, env, r, false)
}

// lab01Replies are the replies behind base.
func lab01Replies(ctx context.Context, env *labs.Env, base check.Offsets) (out []lab01Reply, err error) {
	records, err := check.Records(ctx, env, env.Name("replies"), base)
	for i := range records {
		var r lab01Reply
		if json.Unmarshal(records[i].JSON, &r) == nil && r.Visitor != "" {
			out = append(out, r)
		}
	}
	return out, err
}

func lab01Blocks(ctx context.Context, env *labs.Env) (labs.Question, error) {
	replies, err := lab01Replies(ctx, env, nil)
	if err != nil {
		return labs.Question{}, err
	}
	if len(replies) == 0 || len(replies[0].Calls.WaitedFor) < 2 {
		return labs.Question{}, fmt.Errorf("the topic %s has no reply any more: reset the lab", env.Name("replies"))
	}
	r := replies[0]
	var all []string
	longest := r.Calls.WaitedFor[1] // behind save, which the reply needs
	for _, c := range r.Calls.WaitedFor {
		all = append(all, c.Name)
		if c.Took > longest.Took && c.Name != "save" {
			longest = c
		}
	}
	answer := strings.Join(all, ", ")
	choices := []string{"save", "save, " + longest.Name, answer, "none of them"}
	return check.Choice(r.Visitor+" had a reply after "+strconv.FormatInt(r.Calls.Took, 10)+" ms. Which calls blocked it?", choices, answer, func(choice string) string {
		switch choice {
		case answer:
			return fmt.Sprintf("Each call waits for the one before, and the reply for all of them: %s alone took %d ms.", longest.Name, longest.Took)
		case choices[0]:
			return "That is the only call that the reply needs. It waited for more: all that were made before it was sent."
		case choices[1]:
			return longest.Name + " took the longest time. But a short call blocks the reply as well, and lets it fail as well."
		}
		return "The reply is sent at the end of the method, when all calls have returned."
	}), nil
}

func lab01FlowNudge(ctx context.Context, env *labs.Env) (string, error) {
	replies, err := lab01Replies(ctx, env, nil)
	if err != nil || len(replies) == 0 {
		return "A call blocks the reply when the reply is sent after it.", err
	}
	return fmt.Sprintf("The visitor waited %d ms. Add up the times in waited_for.", replies[0].Calls.Took), nil
}

// lab01Every is how often a visitor comes.
const lab01Every = 500 * time.Millisecond

// lab01Visitors lets visitors register in both forms, one after the other.
func lab01Visitors(ctx context.Context, env *labs.Env) error {
	if err := env.CreateTopic(ctx, env.Name("replies"), 1, 3); err != nil {
		return err
	}
	if lab01Runs(env, "web", "mail", "profile", "audit", "visitors") {
		return nil
	}
	r, err := lab01Fresh(ctx, env, false)
	if err != nil {
		return err
	}
	env.Say("start the visitors, who write their waiting times to %s", env.Name("replies"))
	_, err = env.Services.StartTask(env.Name("visitors"), "register, by calls and by event", func(ctx context.Context) error {
		tick := time.NewTicker(lab01Every)
		defer tick.Stop()
		for {
			if err := lab01Register(ctx, env, r, true); err != nil && ctx.Err() == nil {
				env.Say("a visitor got an error page: %v", err)
			}
			select {
			case <-ctx.Done():
				return nil
			case <-tick.C:
			}
		}
	})
	return err
}

// lab01Slow are the new replies that were given while mail was slow.
func lab01Slow(ctx context.Context, env *labs.Env) (slow []lab01Reply, all int, err error) {
	var base check.Offsets
	if err := env.Baseline(&base); err != nil {
		return nil, 0, err
	}
	replies, err := lab01Replies(ctx, env, base)
	for _, r := range replies {
		if r.Slowed >= 300 && r.Event != nil {
			slow = append(slow, r)
		}
	}
	return slow, len(replies), err
}

func lab01Compared(ctx context.Context, env *labs.Env) (labs.Verdict, error) {
	slow, all, err := lab01Slow(ctx, env)
	if err != nil {
		return labs.Verdict{}, err
	}
	if len(slow) >= 3 {
		return labs.Done("%s in both forms while mail was slow", check.Count(int64(len(slow)), "registration")), nil
	}
	return labs.NotYet("three registrations in both forms while mail is slow, by 300 ms or more",
		fmt.Sprintf("%s, %d of them with a slow mail", check.Count(int64(all), "registration"), len(slow)), "slow the service mail, and read "+env.Name("replies")), nil
}

func lab01ComparedNudge(ctx context.Context, env *labs.Env) (string, error) {
	slow, all, err := lab01Slow(ctx, env)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%d visitors have written down their times since the step began, %d of them with a slow mail. Three are enough.", all, len(slow)), nil
}

// lab01Earlier asks about one of the first visitors who met a slow mail.
func lab01Earlier(ctx context.Context, env *labs.Env) (labs.Question, error) {
	slow, _, err := lab01Slow(ctx, env)
	if err != nil {
		return labs.Question{}, err
	}
	if len(slow) < 3 {
		return labs.Question{}, fmt.Errorf("the replies are not in %s any more", env.Name("replies"))
	}
	r := slow[int(env.Nonce[1])%3]
	prompt := "In the record of " + r.Visitor + ": how many ms earlier is the reply with the event than with the calls?"
	return check.Number(prompt, r.Calls.Took-r.Event.Took, 1, func(given int64, right bool) string {
		if right {
			return fmt.Sprintf("%d ms with the calls, %d ms with the event. The mail is as slow as before, but nobody waits for it: it is lag now.", r.Calls.Took, r.Event.Took)
		}
		return fmt.Sprintf("It is not %d: subtract took_ms of with_event from took_ms of with_calls, in the record with that key.", given)
	}), nil
}

func lab01SlowMail(ctx context.Context, env *labs.Env) error {
	if err := lab01Visitors(ctx, env); err != nil {
		return err
	}
	for _, short := range lab01Subscribers {
		s := env.Services.Get(env.Name(short))
		s.Slow(0)
		s.Resume()
	}
	env.Say("slow mail 400ms")
	env.Services.Get(env.Name("mail")).Slow(400 * time.Millisecond)
	return nil
}
