package check

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"

	"kconsole/kafka"
	"kconsole/kafka/tail"
	"kconsole/labs"
)

// askLimit bounds one request of a probe.
const askLimit = 10 * time.Second

// SignIn connects as a user with a SCRAM-SHA-512 password, and asks something to
// see that it works; the caller closes the connection. An error of kind
// [kafka.Auth] means that the brokers refuse the user or the password.
func SignIn(ctx context.Context, env *labs.Env, user, password string) (*kafka.Cluster, error) {
	c, err := kafka.Connect(env.As(user, password))
	if err != nil {
		return nil, err
	}
	if _, _, err := c.Metadata(ctx); err != nil {
		c.Close()
		return nil, err
	}
	return c, nil
}

// SignsIn tells whether the brokers let a user in with a password.
func SignsIn(ctx context.Context, env *labs.Env, user, password string) (bool, error) {
	c, err := SignIn(ctx, env, user, password)
	switch {
	case kafka.KindOf(err) == kafka.Auth:
		return false, nil
	case err != nil:
		return false, err
	}
	c.Close()
	return true, nil
}

// Read reads the first record of a topic as whoever is connected, without a group:
// nil where that works or the topic is empty, an error of kind [kafka.Denied] where
// a right is missing.
func Read(ctx context.Context, c *kafka.Cluster, topic string) error {
	r, err := tail.Open(ctx, c, tail.Options{
		Topic: topic, From: tail.Position{Kind: tail.Start}, Until: tail.Position{Kind: tail.End}, Limit: 1,
	})
	if err != nil {
		return err
	}
	defer r.Close()
	if _, err := r.Next(ctx); err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	return nil
}

// MayRead is [Read] as a yes or no.
func MayRead(ctx context.Context, c *kafka.Cluster, topic string) (bool, error) {
	err := Read(ctx, c, topic)
	if kafka.KindOf(err) == kafka.Denied {
		return false, nil
	}
	return err == nil, err
}

// MayJoin tells whether whoever is connected may be a member of a group. It asks
// the group to let go of a member that does not exist, which changes nothing: the
// broker looks at the rights before it looks for the member.
//
// Kafka API: LeaveGroup; its authorization is that of JoinGroup, READ on the group.
func MayJoin(ctx context.Context, c *kafka.Cluster, group string) (bool, error) {
	ctx, cancel := context.WithTimeout(ctx, askLimit)
	defer cancel()
	left, err := kadm.NewClient(c.Client()).LeaveGroup(ctx, kadm.LeaveGroup(group).InstanceIDs("nobody"))
	if err == nil {
		err = left.Error()
	}
	for _, unknown := range []error{kerr.UnknownMemberID, kerr.GroupIDNotFound} {
		if errors.Is(err, unknown) {
			return true, nil
		}
	}
	if kafka.KindOf(err) == kafka.Denied {
		return false, nil
	}
	return err == nil, kafka.Explain(err)
}
