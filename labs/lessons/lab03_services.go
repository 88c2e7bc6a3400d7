package lessons

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"kconsole/kafka"
	"kconsole/labs"
	"kconsole/labs/check"
	"kconsole/labs/services"
)

// startPaused starts a consumer that waits for the learner, unless one of the name
// runs already.
func startPaused(env *labs.Env, c services.Consumer) error {
	if env.Services.Get(c.Name) != nil {
		return nil
	}
	c.Paused = true
	env.Say("start the service %s (group %s), paused", c.Name, c.Group)
	_, err := env.Services.StartConsumer(c)
	return err
}

func lab03Billing(ctx context.Context, env *labs.Env) error {
	if err := lab03WasWritten(ctx, env); err != nil {
		return err
	}
	return startPaused(env, services.Consumer{
		Name: "billing", About: "writes invoices", Group: env.Name("billing"), Topics: []string{env.Name("orders")},
	})
}

func lab03TwoServices(ctx context.Context, env *labs.Env) error {
	if err := lab03Billing(ctx, env); err != nil {
		return err
	}
	return startPaused(env, services.Consumer{
		Name: "shipping", About: "sends parcels", Group: env.Name("shipping"), Topics: []string{env.Name("orders")},
	})
}

// lab03Resume lets services work, which it starts where they do not run.
func lab03Resume(names ...string) func(context.Context, *labs.Env) error {
	return func(ctx context.Context, env *labs.Env) error {
		for _, name := range names {
			s := env.Services.Get(name)
			if s == nil {
				return fmt.Errorf("the service %s does not run here", name)
			}
			env.Say("resume %s", name)
			s.Resume()
		}
		return nil
	}
}

// lab03Names are the team of this run. The member whose client id comes last has
// no partition, so that it is another one in each run.
func lab03Names(env *labs.Env) []string {
	all := []string{"anna", "boris", "carla", "dario", "elif", "fritz", "gita", "hugo", "ines", "jan", "kim", "leo"}
	from := int(env.Nonce[2]) % (len(all) - 3)
	return all[from : from+3]
}

func lab03Team(ctx context.Context, env *labs.Env) error {
	if err := lab03WasWritten(ctx, env); err != nil {
		return err
	}
	for _, name := range lab03Names(env) {
		if env.Services.Get(name) != nil {
			continue
		}
		env.Say("start %s in the group %s", name, env.Name("team"))
		_, err := env.Services.StartConsumer(services.Consumer{
			Name: name, About: "one of the team", Group: env.Name("team"), Topics: []string{env.Name("orders")},
		})
		if err != nil {
			return err
		}
	}
	for _, name := range lab03Names(env) {
		if err := env.Services.Get(name).Ready(ctx); err != nil {
			return err
		}
	}
	return nil
}

func lab03Four(ctx context.Context, env *labs.Env) (labs.Verdict, error) {
	v, err := check.Members(ctx, env, env.Name("team"), 4)
	if err != nil || !v.Done() {
		return v, err
	}
	if _, idle, err := lab03Idle(ctx, env); err != nil || len(idle) != 1 {
		return labs.NotYet("four members, three of them with a partition", check.Count(int64(len(idle)), "member")+" without one", "a rebalance goes on: give it a moment"), err
	}
	return v, nil
}

// lab03Idle are the client ids of the team's members, and of those without a
// partition.
func lab03Idle(ctx context.Context, env *labs.Env) (all, idle []string, err error) {
	g, ok, err := check.Group(ctx, env, env.Name("team"))
	if err != nil || !ok {
		return nil, nil, err
	}
	for _, m := range g.Members {
		all = append(all, m.ClientID)
		if len(m.Assigned) == 0 {
			idle = append(idle, m.ClientID)
		}
	}
	slices.Sort(all)
	return all, idle, nil
}

func lab03WhoIdles(ctx context.Context, env *labs.Env) (labs.Question, error) {
	all, idle, err := lab03Idle(ctx, env)
	if err != nil {
		return labs.Question{}, err
	}
	if len(idle) != 1 || len(slices.Compact(slices.Clone(all))) < len(all) {
		return labs.Question{}, fmt.Errorf("the group %s has to have four members with client ids of their own; it has %s", env.Name("team"), strings.Join(all, ", "))
	}
	return check.Choice("Which member has no partition?", all, idle[0], func(choice string) string {
		if choice == idle[0] {
			return "Three partitions, four members: one is a spare, and takes over when another one goes."
		}
		return choice + " owns a partition; look at the column with the assignment."
	}), nil
}

func lab03IdleNudge(ctx context.Context, env *labs.Env) (string, error) {
	all, _, err := lab03Idle(ctx, env)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("The group has %s now: %s.", check.Count(int64(len(all)), "member"), strings.Join(all, ", ")), nil
}

// lab03ScaleTeam gives the group four members, however many it has.
func lab03ScaleTeam(ctx context.Context, env *labs.Env) error {
	for i, name := range lab03Names(env) {
		members := 1
		if i == 0 {
			members = 2
		}
		s := env.Services.Get(name)
		if s == nil {
			return fmt.Errorf("the service %s does not run here", name)
		}
		env.Say("scale %s %d", name, members)
		if err := s.Scale(members); err != nil {
			return err
		}
	}
	return nil
}

// lab03Parcels is how many parcels there are to pack: more than one poll takes.
const lab03Parcels = 30

// lab03PerPoll is how many parcels are packed between two commits, from 3 to 7. It
// differs by run, and with it how many are packed twice.
func lab03PerPoll(env *labs.Env) int { return 3 + int(env.Nonce[3])%5 }

func lab03Packer(ctx context.Context, env *labs.Env) error {
	if err := env.Services.Stop(ctx, lab03Names(env)...); err != nil { // of the step before
		return err
	}
	for _, topic := range []string{"parcels", "packed"} {
		if err := env.CreateTopic(ctx, env.Name(topic), 1, 3); err != nil {
			return err
		}
	}
	ends, err := check.Ends(ctx, env, env.Name("parcels"))
	if err != nil {
		return err
	}
	if ends.Sum() == 0 {
		if err := lab03WriteParcels(ctx, env); err != nil {
			return err
		}
	}
	return startPaused(env, services.Consumer{
		Name: "packer", About: "packs parcels, and commits behind each poll", Group: env.Name("packer"),
		Topics: []string{env.Name("parcels")}, MaxPollRecords: lab03PerPoll(env),
		Handle: func(ctx context.Context, d *services.Delivery) error {
			return d.Publish(ctx, services.Event{Topic: env.Name("packed"), Key: d.Where(), Value: map[string]any{"by": d.ClientID}})
		},
	})
}

func lab03WriteParcels(ctx context.Context, env *labs.Env) error {
	var records []kafka.NewRecord
	for i := range lab03Parcels {
		records = append(records, labs.Record(env.Name("parcels"), "", fmt.Sprintf(`{"parcel":%d}`, i+1)))
	}
	_, err := env.Produce(ctx, records...)
	return err
}

// lab03Packed counts the records of what was packed, and how many of them are of a
// parcel that was packed before.
func lab03Packed(ctx context.Context, env *labs.Env) (all, repeated int64, err error) {
	records, err := check.Records(ctx, env, env.Name("packed"), nil)
	if err != nil {
		return 0, 0, err
	}
	seen := map[string]bool{}
	for i := range records {
		key := string(records[i].Key)
		if seen[key] {
			repeated++
		}
		seen[key] = true
	}
	return int64(len(records)), repeated, nil
}

func lab03Repeated(ctx context.Context, env *labs.Env) (labs.Verdict, error) {
	all, repeated, err := lab03Packed(ctx, env)
	if err != nil {
		return labs.Verdict{}, err
	}
	lag, err := check.Lag(ctx, env, env.Name("packer"), env.Name("parcels"))
	if err != nil {
		return labs.Verdict{}, err
	}
	if repeated > 0 && lag == 0 {
		return labs.Done("every parcel is packed, and some were packed again after the crash (%s)", check.Count(all, "record")), nil
	}
	look := "crash it while it works, then restart it"
	if lag == 0 {
		look = "it has packed all without dying: write more parcels to " + env.Name("parcels") + ", and crash it this time"
	}
	return labs.NotYet("all parcels packed, some of them twice, because the packer died before its commit",
		fmt.Sprintf("%d packed, %d of them again, %d to go", all, repeated, lag), look), nil
}

func lab03HowMany(ctx context.Context, env *labs.Env) (labs.Question, error) {
	all, repeated, err := lab03Packed(ctx, env)
	if err != nil {
		return labs.Question{}, err
	}
	return check.Number("How many records in "+env.Name("packed")+" are of a parcel that was packed before?", repeated, 0, func(given int64, right bool) string {
		if right {
			return "These were packed after the last commit and before the crash: at least once means sometimes twice."
		}
		return fmt.Sprintf("It is not %d: compare the %d records in the topic with the number of different keys.", given, all)
	}), nil
}

func lab03CrashNudge(ctx context.Context, env *labs.Env) (string, error) {
	g, ok, err := check.Group(ctx, env, env.Name("packer"))
	if err != nil {
		return "", err
	}
	lag, err := check.Lag(ctx, env, env.Name("packer"), env.Name("parcels"))
	if err != nil {
		return "", err
	}
	state := "not there"
	if ok {
		state = g.State + " with " + check.Count(int64(len(g.Members)), "member")
	}
	return fmt.Sprintf("The group is %s, and %s wait. A crash before the commit, and then a restart, is what repeats work.", state, check.Count(lag, "parcel")), nil
}

func lab03CrashPacker(ctx context.Context, env *labs.Env) error {
	s := env.Services.Get("packer")
	if s == nil {
		return fmt.Errorf("the service packer does not run here")
	}
	lag, err := check.Lag(ctx, env, env.Name("packer"), env.Name("parcels"))
	if err != nil {
		return err
	}
	s.Pause()
	if lag == 0 { // all is packed already: it takes more to see a crash
		if err := lab03WriteParcels(ctx, env); err != nil {
			return err
		}
	}
	env.Say("crash-on packer 7; resume packer")
	s.CrashOn(7)
	s.Resume()
	if err := s.Wait(ctx, func(st services.Status) bool { return st.State == services.Crashed }); err != nil {
		return fmt.Errorf("the packer did not die: %w", err)
	}
	env.Say("restart packer")
	return s.Restart()
}
