package lessons

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"kconsole/kafka"
	"kconsole/kafka/access"
	"kconsole/labs"
	"kconsole/labs/check"
)

// lab10ACLs are the bindings of a user.
func lab10ACLs(ctx context.Context, env *labs.Env, user string) ([]kafka.ACL, error) {
	all, err := env.Cluster.ACLs(ctx)
	return slices.DeleteFunc(all, func(a kafka.ACL) bool { return a.Principal != "User:"+user }), err
}

func lab10Binding(user, kind, name, operation string) kafka.ACL {
	return kafka.ACL{
		Principal: "User:" + user, Host: "*", ResourceType: kind, Resource: name,
		Pattern: "LITERAL", Operation: operation, Permission: "ALLOW",
	}
}

// lab10Reader is the least that a consumer of the payments needs.
func lab10Reader(env *labs.Env, user string) []kafka.ACL {
	return []kafka.ACL{
		lab10Binding(user, "TOPIC", env.Name("payments"), "READ"),
		lab10Binding(user, "GROUP", env.Name("payments-reader"), "READ"),
	}
}

// lab10Compare tells what is missing from the least, and what is there beside it.
// DESCRIBE on the same resource is neither: READ and WRITE imply it.
func lab10Compare(has, least []kafka.ACL) (missing, beside []kafka.ACL) {
	for _, a := range least {
		if !slices.Contains(has, a) {
			missing = append(missing, a)
		}
	}
	for _, a := range has {
		implied := slices.ContainsFunc(least, func(l kafka.ACL) bool {
			l.Operation = "DESCRIBE"
			return a == l
		})
		if !implied && !slices.Contains(least, a) {
			beside = append(beside, a)
		}
	}
	return missing, beside
}

func lab10List(acls []kafka.ACL) string {
	out := make([]string, len(acls))
	for i, a := range acls {
		out[i] = a.String()
	}
	return strings.Join(out, "; ")
}

// lab10Exactly is done when a user has the least bindings and no others.
func lab10Exactly(ctx context.Context, env *labs.Env, user string, least []kafka.ACL) (labs.Verdict, error) {
	want := "exactly " + lab10List(least)
	has, err := lab10ACLs(ctx, env, user)
	if err != nil {
		return labs.Verdict{}, err
	}
	missing, beside := lab10Compare(has, least)
	switch {
	case len(has) == 0:
		return labs.NotYet(want, "no ACL of "+user, "look at :acls"), nil
	case len(missing) > 0:
		return labs.NotYet(want, "not there: "+lab10List(missing), "literal names, from any host; look at :acls"), nil
	case len(beside) > 0:
		return labs.NotYet(want, "more than that: "+lab10List(beside), "delete what is too much; look at :acls"), nil
	}
	return labs.Done("%s has %s, and no more than it needs", user, check.Count(int64(len(has)), "ACL")), nil
}

func lab10Least(ctx context.Context, env *labs.Env) (labs.Verdict, error) {
	return lab10Exactly(ctx, env, env.Name("billing"), lab10Reader(env, env.Name("billing")))
}

func lab10LeastNudge(ctx context.Context, env *labs.Env) (string, error) {
	has, err := lab10ACLs(ctx, env, env.Name("billing"))
	if err != nil {
		return "", err
	}
	missing, beside := lab10Compare(has, lab10Reader(env, env.Name("billing")))
	switch {
	case len(missing) == 2:
		return "A consumer asks two things of the brokers: to read the records of a topic, and to take part in a group. Each needs a right of its own.", nil
	case len(missing) == 1:
		return "One right is there. The other one is about a " + strings.ToLower(missing[0].ResourceType) + ".", nil
	case len(beside) > 0:
		return "It has what it needs, and more: " + beside[0].String() + ".", nil
	}
	return "The two rights are there, and nothing else.", nil
}

// lab10GrantLeast makes the bindings of the user the least ones.
func lab10GrantLeast(ctx context.Context, env *labs.Env) error {
	return lab10Grant(ctx, env, env.Name("billing"), lab10Reader(env, env.Name("billing")))
}

func lab10Grant(ctx context.Context, env *labs.Env, user string, least []kafka.ACL) error {
	has, err := lab10ACLs(ctx, env, user)
	if err != nil {
		return err
	}
	admin, err := env.Admin()
	if err != nil {
		return err
	}
	missing, beside := lab10Compare(has, least)
	if len(beside) > 0 {
		if err := env.Apply(ctx)(admin.DeleteACLs(ctx, beside...)); err != nil {
			return err
		}
	}
	if len(missing) == 0 {
		return nil
	}
	return env.Apply(ctx)(admin.CreateACLs(ctx, missing...))
}

// lab10Everything is what somebody in a hurry grants.
func lab10Everything(env *labs.Env) kafka.ACL {
	a := lab10Binding(env.Name("billing"), "TOPIC", env.Name(""), "ALL")
	a.Pattern = "PREFIXED"
	return a
}

// lab10Haste grants the user too much, once: the topic of salaries tells that it
// was done.
func lab10Haste(ctx context.Context, env *labs.Env) error {
	if err := lab10WithUser(ctx, env); err != nil {
		return err
	}
	_, done, err := check.Topic(ctx, env, env.Name("salaries"))
	if err != nil || done {
		return err
	}
	has, err := lab10ACLs(ctx, env, env.Name("billing"))
	if err != nil {
		return err
	}
	grant := []kafka.ACL{lab10Everything(env)}
	if len(has) == 0 { // the step before was left out
		grant = append(grant, lab10Reader(env, env.Name("billing"))...)
	}
	admin, err := env.Admin()
	if err != nil {
		return err
	}
	if err := env.Apply(ctx)(admin.CreateACLs(ctx, grant...)); err != nil {
		return err
	}
	return lab10Filled(ctx, env, "salaries")
}

// lab10Can is what the user can do: as the brokers say when it tries, and of
// writing as its ACLs say.
type lab10Can struct{ join, read, salaries, write bool }

func (c lab10Can) String() string {
	word := map[bool]string{true: "allowed", false: "denied"}
	return fmt.Sprintf("payments: read %s, write %s; group %s; salaries: read %s", word[c.read], word[c.write], word[c.join], word[c.salaries])
}

func lab10Try(ctx context.Context, env *labs.Env) (can lab10Can, err error) {
	c, err := lab10Billing(ctx, env)
	if err != nil {
		return can, err
	}
	defer c.Close()
	if can.read, err = check.MayRead(ctx, c, env.Name("payments")); err != nil {
		return can, err
	}
	rules, err := access.Load(ctx, env.Cluster)
	if err != nil {
		return can, err
	}
	can.write = lab10MayWrite(rules, env, "billing").Allowed // to try it would leave a record
	if can.join, err = check.MayJoin(ctx, c, env.Name("payments-reader")); err != nil {
		return can, err
	}
	can.salaries, err = check.MayRead(ctx, c, env.Name("salaries"))
	return can, err
}

func lab10Probe(ctx context.Context, env *labs.Env) (labs.Verdict, error) {
	want := lab10Can{join: true, read: true}
	can, err := lab10Try(ctx, env)
	if errors.Is(err, errLab10NoSignIn) {
		return labs.NotYet(want.String(), err.Error(), "look at :users"), nil
	}
	if err != nil {
		return labs.Verdict{}, err
	}
	if can != want {
		return labs.NotYet(want.String(), can.String(), "look at the ACLs of "+env.Name("billing")+" in :acls"), nil
	}
	return labs.Done("tried as %s: %s", env.Name("billing"), can), nil
}

func lab10ProbeNudge(ctx context.Context, env *labs.Env) (string, error) {
	can, err := lab10Try(ctx, env)
	if errors.Is(err, errLab10NoSignIn) {
		return "It can do nothing at all now: " + err.Error() + ".", nil
	}
	switch {
	case err != nil:
		return "", err
	case !can.read || !can.join:
		return "Now it may do too little: reading the payments as a member of its group has to work.", nil
	case can.salaries || can.write:
		return "Some ACL allows more than its two rights. Look for one whose pattern is not LITERAL. A denial would only hide it.", nil
	}
	return "It can do what it has to, and nothing else.", nil
}

// lab10People have rights on the payments or on something near; who is who differs
// by run.
var lab10People = []string{"cashier", "intern", "auditor", "archiver"}

// lab10Others gives them their rights. Only the first may write payments.
func lab10Others(ctx context.Context, env *labs.Env) error {
	if err := lab10Payments(ctx, env); err != nil {
		return err
	}
	who := func(i int) string { return env.Name(lab10People[(i+int(env.Nonce[0]))%len(lab10People)]) }
	prefix := func(a kafka.ACL) kafka.ACL {
		a.Pattern = "PREFIXED"
		return a
	}
	denial := lab10Binding(who(1), "TOPIC", env.Name("payments"), "WRITE")
	denial.Permission = "DENY"
	admin, err := env.Admin()
	if err != nil {
		return err
	}
	return env.Apply(ctx)(admin.CreateACLs(ctx,
		prefix(lab10Binding(who(0), "TOPIC", env.Name("pay"), "WRITE")),
		prefix(lab10Binding(who(1), "TOPIC", env.Name(""), "ALL")), denial,
		lab10Binding(who(2), "TOPIC", env.Name("payments"), "READ"),
		lab10Binding(who(3), "TOPIC", env.Name("payments-archive"), "WRITE"),
	))
}

// lab10Decisions is who of the people may write payments, and why.
func lab10Decisions(ctx context.Context, env *labs.Env) (map[string]access.Decision, error) {
	rules, err := access.Load(ctx, env.Cluster)
	if err != nil {
		return nil, err
	}
	out := map[string]access.Decision{}
	for _, short := range lab10People {
		out[env.Name(short)] = lab10MayWrite(rules, env, short)
	}
	return out, nil
}

func lab10MayWrite(rules access.Rules, env *labs.Env, user string) access.Decision {
	return rules.Decide(access.Request{
		Principal: "User:" + env.Name(user), Operation: "WRITE", Resource: access.Resource{Type: "TOPIC", Name: env.Name("payments")},
	})
}

func lab10Who(ctx context.Context, env *labs.Env) (labs.Question, error) {
	decisions, err := lab10Decisions(ctx, env)
	if err != nil {
		return labs.Question{}, err
	}
	var choices, may []string
	for _, short := range lab10People {
		name := env.Name(short)
		if choices = append(choices, name); decisions[name].Allowed {
			may = append(may, name)
		}
	}
	if len(may) != 1 {
		return labs.Question{}, fmt.Errorf("of the four, %s may write now: somebody has changed their ACLs; reset the lab to bring them back", check.Count(int64(len(may)), "user"))
	}
	return check.Choice("Who of these can write "+env.Name("payments")+"?", choices, may[0], func(choice string) string {
		return choice + ": " + decisions[choice].Why + "."
	}), nil
}

func lab10WhoNudge(ctx context.Context, env *labs.Env) (string, error) {
	all, err := env.Cluster.ACLs(ctx)
	if err != nil {
		return "", err
	}
	n := 0
	for _, a := range all {
		if a.Permission == "DENY" && a.Resource == env.Name("payments") {
			n++
		}
	}
	return fmt.Sprintf("Three things decide: a denial beats everything (there is %s on this topic), a prefix covers names that begin so, a literal name covers itself only.", check.Count(int64(n), "denial")), nil
}
