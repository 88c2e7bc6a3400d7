package cmd

import (
	"context"
	"errors"
	"strconv"
	"strings"

	"kconsole/kafka"
)

// nearest adds to "there is no such topic" the name that was probably meant.
func (a *app) nearest(ctx context.Context, c *kafka.Cluster, err error) error {
	var k *kafka.Error
	if !errors.As(err, &k) || k.Kind != kafka.NotFound || strings.HasPrefix(k.What, "there is no ") {
		return err // the last one says so itself, see notFound
	}
	for _, kind := range []string{"topic", "group"} {
		if _, rest, ok := strings.Cut(k.What, kind+" "); ok {
			name, _, _ := strings.Cut(rest, " ")
			return a.nearestOf(ctx, c, kind+" "+name, err)
		}
	}
	return err
}

// nearestOf is nearest for what a plan calls the resource: "topic orders",
// "partition orders/3", "group billing", "user app".
func (a *app) nearestOf(ctx context.Context, c *kafka.Cluster, resource string, err error) error {
	if kafka.KindOf(err) != kafka.NotFound {
		return err
	}
	kind, name, _ := strings.Cut(resource, " ")
	names := a.topicNames
	switch kind {
	case "topic":
	case "partition":
		kind = "topic"
		if i := strings.LastIndexByte(name, '/'); i >= 0 {
			name = name[:i]
		}
	case "group":
		names = a.groupNames
	case "user":
		names = a.userNames
	default:
		return err
	}
	known, listErr := names(ctx, c)
	if listErr != nil {
		return err
	}
	for _, n := range known {
		if n == name {
			return err // it is there: something else is not
		}
	}
	return notFound(kind, name, known)
}

// noBroker is err, or that there is no broker of that id: one that the cluster
// has never had fails like one that just went away.
func noBroker(ctx context.Context, c *kafka.Cluster, id int32, err error) error {
	if err == nil {
		return nil
	}
	info, _, listErr := c.Metadata(ctx)
	if listErr != nil {
		return err
	}
	ids := make([]string, 0, len(info.Brokers))
	for i := range info.Brokers {
		if info.Brokers[i].ID == id {
			return err // it is there: something else is not
		}
		ids = append(ids, strconv.Itoa(int(info.Brokers[i].ID)))
	}
	return notFound("broker", strconv.Itoa(int(id)), ids)
}

// hasTopic is nil where the topic is there and we may see it.
func (a *app) hasTopic(ctx context.Context, c *kafka.Cluster, name string) error {
	topics, err := c.TopicMetadata(ctx, name)
	if err == nil && len(topics) == 1 {
		err = topics[0].Err
	}
	return a.nearestOf(ctx, c, "topic "+name, err)
}

func (a *app) topicNames(ctx context.Context, c *kafka.Cluster) ([]string, error) {
	_, topics, err := c.Metadata(ctx)
	names := make([]string, 0, len(topics))
	for i := range topics {
		names = append(names, topics[i].Name)
	}
	return names, err
}

func (a *app) groupNames(ctx context.Context, c *kafka.Cluster) ([]string, error) {
	groups, err := c.Groups(ctx, false)
	names := make([]string, 0, len(groups))
	for i := range groups {
		names = append(names, groups[i].ID)
	}
	if len(names) > 0 {
		err = nil // what is there is enough
	}
	return names, err
}

func (a *app) userNames(ctx context.Context, c *kafka.Cluster) ([]string, error) {
	users, err := c.SCRAMUsers(ctx)
	names := make([]string, 0, len(users))
	for i := range users {
		names = append(names, users[i].Name)
	}
	return names, err
}
