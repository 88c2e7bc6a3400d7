package cmd

import (
	"context"
	"fmt"
	"strings"

	"kconsole/kafka"
)

type userRow struct {
	Name        string                  `json:"name"`
	Credentials []kafka.SCRAMCredential `json:"credentials"`
	Error       string                  `json:"error,omitempty"`
}

var userColumns = []column[userRow]{
	{name: "name", text: func(r *userRow) string { return r.Name }},
	{name: "credentials", text: func(r *userRow) string {
		texts := make([]string, len(r.Credentials))
		for i, c := range r.Credentials {
			texts[i] = fmt.Sprintf("%s (%d iterations)", c.Mechanism, c.Iterations)
		}
		return strings.Join(texts, ", ")
	}},
	{name: "error", text: func(r *userRow) string { return r.Error }},
}

func (a *app) readUsers(ctx context.Context, c *kafka.Cluster, name string) (listing[userRow], error) {
	list := listing[userRow]{columns: userColumns}
	users, err := c.SCRAMUsers(ctx)
	if err != nil {
		return list, err
	}
	var names []string
	for i := range users {
		u := &users[i]
		names = append(names, u.Name)
		if name == "" || u.Name == name {
			list.rows = append(list.rows, userRow{u.Name, some(u.Credentials), errText(u.Err)})
		}
	}
	if name != "" && len(list.rows) == 0 {
		return list, notFound("user", name, names)
	}
	return list, nil
}
