package labdir

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kgo"

	"kconsole/kafka/config"
)

// GrantApp lets the user app use topics, groups and transactions of any name:
// what a program needs. A stack calls it once, when it is new; later on the
// rights are the learner's to change.
func GrantApp(ctx context.Context, admin config.Cluster) error {
	allow := func() *kadm.ACLBuilder { return allow(App) }
	return grant(ctx, admin, App,
		allow().Topics("*").Operations(kadm.OpRead, kadm.OpWrite, kadm.OpDescribe, kadm.OpDescribeConfigs, kadm.OpCreate),
		allow().Groups("*").Operations(kadm.OpRead, kadm.OpDescribe, kadm.OpDelete),
		allow().TransactionalIDs("*").Operations(kadm.OpWrite, kadm.OpDescribe),
		allow().Clusters().Operations(kadm.OpDescribe, kadm.OpIdempotentWrite),
	)
}

// GrantView lets a user see topics, groups and the cluster, and no record: what
// a monitor needs.
func GrantView(ctx context.Context, admin config.Cluster, user string) error {
	return grant(ctx, admin, user,
		allow(user).Topics("*").Operations(kadm.OpDescribe, kadm.OpDescribeConfigs),
		allow(user).Groups("*").Operations(kadm.OpDescribe),
		allow(user).Clusters().Operations(kadm.OpDescribe, kadm.OpDescribeConfigs),
	)
}

func allow(user string) *kadm.ACLBuilder {
	return kadm.NewACLs().Allow("User:" + user).AllowHosts("*").ResourcePatternType(kadm.ACLPatternLiteral)
}

func grant(ctx context.Context, admin config.Cluster, user string, acls ...*kadm.ACLBuilder) error {
	opts, err := config.KgoOptions(admin)
	if err != nil {
		return err
	}
	client, err := kgo.NewClient(opts...)
	if err != nil {
		return err
	}
	defer client.Close()
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	for _, acl := range acls {
		results, err := kadm.NewClient(client).CreateACLs(ctx, acl)
		for _, r := range results {
			err = errors.Join(err, r.Err)
		}
		if err != nil {
			return fmt.Errorf("grant rights to %s: %w", user, err)
		}
	}
	return nil
}
