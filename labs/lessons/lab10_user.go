package lessons

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/twmb/franz-go/pkg/kerr"

	"kconsole/kafka"
	"kconsole/kafka/config"
	"kconsole/labs"
	"kconsole/labs/check"
)

const lab10Mechanism = "SCRAM-SHA-512"

// lab10Passwords are the first password of the users of the lab, which the lab
// has to know to sign in as them, and the one after the rotation.
func lab10Passwords(env *labs.Env) (first, second string) { return env.Nonce, env.Nonce + "-new" }

// lab10Payments makes the topic with a few records.
func lab10Payments(ctx context.Context, env *labs.Env) error {
	return lab10Filled(ctx, env, "payments")
}

func lab10Filled(ctx context.Context, env *labs.Env, short string) error {
	if err := env.CreateTopic(ctx, env.Name(short), 1, 3); err != nil {
		return err
	}
	ends, err := check.Ends(ctx, env, env.Name(short))
	if err != nil || ends.Sum() > 0 {
		return err
	}
	_, err = env.Produce(ctx, labs.Record(env.Name(short), "1", `{"cents":4200}`), labs.Record(env.Name(short), "2", `{"cents":1750}`))
	return err
}

// lab10Mechanisms are those for which a user has a password.
func lab10Mechanisms(ctx context.Context, env *labs.Env, user string) (out []string, err error) {
	users, err := env.Cluster.SCRAMUsers(ctx, user)
	for _, u := range users {
		if u.Err != nil {
			return nil, u.Err
		}
		for _, c := range u.Credentials {
			out = append(out, c.Mechanism)
		}
	}
	return out, err
}

func lab10SetPassword(ctx context.Context, env *labs.Env, user, mechanism, password string) error {
	admin, err := env.Admin()
	if err != nil {
		return err
	}
	return env.Apply(ctx)(admin.SetSCRAM(ctx, user, mechanism, config.NewSecret(password), 0))
}

// lab10WithUser is for the steps after the one that makes the user, also where
// that was left out.
func lab10WithUser(ctx context.Context, env *labs.Env) error {
	if err := lab10Payments(ctx, env); err != nil {
		return err
	}
	has, err := lab10Mechanisms(ctx, env, env.Name("billing"))
	if err != nil || len(has) > 0 {
		return err
	}
	return lab10MakeUser(ctx, env)
}

func lab10MakeUser(ctx context.Context, env *labs.Env) error {
	first, _ := lab10Passwords(env)
	return lab10OnlyPassword(ctx, env, env.Name("billing"), first)
}

// lab10OnlyPassword sets a user's password, and deletes those for other mechanisms:
// each is one more way in.
func lab10OnlyPassword(ctx context.Context, env *labs.Env, user, password string) error {
	has, err := lab10Mechanisms(ctx, env, user)
	if err != nil {
		return err
	}
	admin, err := env.Admin()
	if err != nil {
		return err
	}
	for _, mechanism := range has {
		if mechanism == lab10Mechanism {
			continue
		}
		if err := env.Apply(ctx)(admin.DeleteSCRAM(ctx, user, mechanism)); err != nil {
			return err
		}
	}
	return lab10SetPassword(ctx, env, user, lab10Mechanism, password)
}

// lab10Single is done when a user has a password for the one mechanism only.
func lab10Single(ctx context.Context, env *labs.Env, user, want string) (labs.Verdict, error) {
	has, err := lab10Mechanisms(ctx, env, user)
	switch {
	case err != nil:
		return labs.Verdict{}, err
	case len(has) == 0:
		return labs.NotYet(want, "no user of that name", "names are case-sensitive; look at :users"), nil
	case !slices.Contains(has, lab10Mechanism):
		return labs.NotYet(want, "a password for "+strings.Join(has, ", ")+" only", "each mechanism has a password of its own"), nil
	case len(has) > 1:
		return labs.NotYet(want, "it has passwords for "+strings.Join(has, " and "), "each is a way in: `kconsole delete user "+user+" --mechanism ...` takes one away"), nil
	}
	return labs.Done("%s has one password, for %s", user, lab10Mechanism), nil
}

func lab10User(ctx context.Context, env *labs.Env) (labs.Verdict, error) {
	user := env.Name("billing")
	first, _ := lab10Passwords(env)
	want := fmt.Sprintf("user %s signs in with %s and the password %s", user, lab10Mechanism, first)
	if v, err := lab10Single(ctx, env, user, want); err != nil || !v.Done() {
		return v, err
	}
	in, err := check.SignsIn(ctx, env, user, first)
	if err != nil {
		return labs.Verdict{}, err
	}
	if !in {
		return labs.NotYet(want, "the user is there, and the brokers refuse this password", "set it again; a space or a line end counts as part of it"), nil
	}
	return labs.Done("%s has signed in", user), nil
}

func lab10UserNudge(ctx context.Context, env *labs.Env) (string, error) {
	has, err := lab10Mechanisms(ctx, env, env.Name("billing"))
	if err != nil {
		return "", err
	}
	if len(has) == 0 {
		return "The cluster knows no user " + env.Name("billing") + ". A user begins to exist when a password is set for it.", nil
	}
	return "The user has a password for " + strings.Join(has, " and ") + ". Is it this run's word, and for " + lab10Mechanism + "?", nil
}

// errLab10NoSignIn says that the lab does not know the user's password.
var errLab10NoSignIn = errors.New("the user cannot sign in with a password of this lab")

// lab10Billing connects as the user of the lab.
func lab10Billing(ctx context.Context, env *labs.Env) (*kafka.Cluster, error) {
	first, second := lab10Passwords(env)
	for _, password := range []string{first, second} {
		c, err := check.SignIn(ctx, env, env.Name("billing"), password)
		if kafka.KindOf(err) == kafka.Auth {
			continue
		}
		return c, err
	}
	return nil, fmt.Errorf("%s: %w: set it to %s", env.Name("billing"), errLab10NoSignIn, first)
}

// lab10Codes are errors that a refused reader could get.
var lab10Codes = []*kerr.Error{kerr.SaslAuthenticationFailed, kerr.UnknownTopicOrPartition, kerr.TopicAuthorizationFailed, kerr.GroupAuthorizationFailed}

func lab10CodeName(e *kerr.Error) string { return fmt.Sprintf("%d %s", e.Code, e.Message) }

// lab10Refused tries to read as the user, and asks how that ends.
func lab10Refused(ctx context.Context, env *labs.Env) (labs.Question, error) {
	c, err := lab10Billing(ctx, env)
	if err != nil {
		return labs.Question{}, err
	}
	defer c.Close()
	err = check.Read(ctx, c, env.Name("payments"))
	if err == nil {
		return labs.Question{}, fmt.Errorf("%s may read %s already: delete its ACLs to see how it is refused, the next step brings them back", env.Name("billing"), env.Name("payments"))
	}
	code, ok := errors.AsType[*kerr.Error](err)
	if !ok {
		return labs.Question{}, err
	}
	var choices []string
	for _, e := range lab10Codes {
		choices = append(choices, lab10CodeName(e))
	}
	answer := lab10CodeName(code)
	prompt := fmt.Sprintf("%s reads %s. Which error do the brokers answer?", env.Name("billing"), env.Name("payments"))
	return check.Choice(prompt, choices, answer, func(choice string) string {
		switch {
		case choice == answer:
			return "The brokers know who asks, and nothing allows it. No ACL is needed to be refused: that is the default."
		case choice == lab10CodeName(kerr.SaslAuthenticationFailed):
			return "That would be a wrong password. This user has signed in: authentication worked, authorization did not."
		case choice == lab10CodeName(kerr.UnknownTopicOrPartition):
			return "The topic is there. But somebody without rights is not told so: a topic that does not exist is answered in the same way."
		}
		return "Groups have ACLs, too. But the client asks for the topic first, and does not get that far."
	}), nil
}

func lab10RefusedNudge(ctx context.Context, env *labs.Env) (string, error) {
	acls, err := lab10ACLs(ctx, env, env.Name("billing"))
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("The password of %s is right, and it has %s. Which of the three questions, TLS, SASL or ACL, is answered with no? And for which kind of resource first?",
		env.Name("billing"), check.Count(int64(len(acls)), "ACL")), nil
}

func lab10Rotated(ctx context.Context, env *labs.Env) (labs.Verdict, error) {
	user := env.Name("billing")
	first, second := lab10Passwords(env)
	want := fmt.Sprintf("%s signs in with %s, and no longer with %s", user, second, first)
	if v, err := lab10Single(ctx, env, user, want); err != nil || !v.Done() {
		return v, err
	}
	oldIn, err := check.SignsIn(ctx, env, user, first)
	if err != nil {
		return labs.Verdict{}, err
	}
	newIn, err := check.SignsIn(ctx, env, user, second)
	if err != nil {
		return labs.Verdict{}, err
	}
	switch {
	case oldIn && newIn: // a broker that has not heard of it yet
		return labs.NotYet(want, "both are accepted at the moment", "the brokers learn it one after the other; give them a moment"), nil
	case oldIn:
		return labs.NotYet(want, "the old password works, the new one does not", "set it for "+user+", for "+lab10Mechanism), nil
	case !newIn:
		return labs.NotYet(want, "neither of them works", "set the new one again"), nil
	}
	return labs.Done("the new password signs in, the old one is refused"), nil
}

func lab10RotatedNudge(ctx context.Context, env *labs.Env) (string, error) {
	first, second := lab10Passwords(env)
	oldIn, err := check.SignsIn(ctx, env, env.Name("billing"), first)
	if err != nil {
		return "", err
	}
	if oldIn {
		return "The old password still signs in. A user has one password for each mechanism: setting it again replaces it.", nil
	}
	return "The old password is refused. Does the new one, " + second + ", work?", nil
}

func lab10Rotate(ctx context.Context, env *labs.Env) error {
	_, second := lab10Passwords(env)
	return lab10OnlyPassword(ctx, env, env.Name("billing"), second)
}
