package e2e

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
	"github.com/twmb/franz-go/pkg/kmsg"
)

func (f *franz) group(ctx context.Context, group string) error {
	cl := f.c.Client(f.t, kgo.WithContext(ctx), kgo.ConsumerGroup(group), kgo.ConsumeTopics(f.topic), fromStart(), kgo.DisableAutoCommit())
	if _, err := read(ctx, cl, 300); err != nil {
		return err
	}
	if err := cl.CommitUncommittedOffsets(ctx); err != nil {
		return err
	}
	return cl.LeaveGroupContext(ctx)
}

func (f *franz) listGroups(ctx context.Context) error {
	found, err := f.adm.ListGroups(ctx)
	if err != nil {
		return err
	}
	_, ok1 := found[f.topic+"-g"]
	_, ok2 := found[f.topic+"-n"]
	return unless(ok1 && ok2, "%v", found.Groups())
}

func (f *franz) describeGroups(ctx context.Context) error {
	found, err := f.adm.DescribeGroups(ctx, f.topic+"-g")
	if err != nil {
		return err
	}
	lags, err := f.adm.Lag(ctx, f.topic+"-g")
	if err != nil {
		return err
	}
	lag := lags[f.topic+"-g"]
	return errors.Join(found.Error(), lag.Error(), unless(found[f.topic+"-g"].State == "Empty" && lag.Lag.Total() == 0, "%+v, lag %d", found, lag.Lag.Total()))
}

func (f *franz) commitOffsets(ctx context.Context) error {
	to := kadm.Offsets{}
	to.AddOffset(f.topic, 0, 1, -1)
	resp, err := f.adm.CommitOffsets(ctx, f.topic+"-g", to)
	if err != nil {
		return err
	}
	return resp.Error()
}

func (f *franz) deleteOffsets(ctx context.Context) error {
	set := kadm.TopicsSet{}
	set.Add(f.topic, 0)
	resp, err := f.adm.DeleteOffsets(ctx, f.topic+"-g", set)
	if err != nil {
		return err
	}
	return resp.Error()
}

func (f *franz) deleteGroups(ctx context.Context) error {
	resp, err := f.adm.DeleteGroups(ctx, f.topic+"-g", f.topic+"-n")
	if err != nil {
		return err
	}
	return resp.Error()
}

func (f *franz) acl() *kadm.ACLBuilder {
	return kadm.NewACLs().Topics(f.topic).Allow("User:matrix").AllowHosts("*").Operations(kmsg.ACLOperationRead).ResourcePatternType(kadm.ACLPatternLiteral)
}

func (f *franz) createACLs(ctx context.Context) error {
	made, err := f.adm.CreateACLs(ctx, f.acl())
	if err != nil {
		return err
	}
	return errors.Join(unless(len(made) == 1, "%+v", made), made[0].Err)
}

func (f *franz) describeACLs(ctx context.Context) error {
	found, err := f.adm.DescribeACLs(ctx, f.acl())
	if err != nil {
		return err
	}
	return unless(len(found) == 1 && len(found[0].Described) == 1, "%+v", found)
}

func (f *franz) deleteACLs(ctx context.Context) error {
	gone, err := f.adm.DeleteACLs(ctx, f.acl())
	if err != nil {
		return err
	}
	return unless(len(gone) == 1 && len(gone[0].Deleted) == 1, "%+v", gone)
}

func (f *franz) alterSCRAM(ctx context.Context, iterations int32) error {
	found, err := f.adm.AlterUserSCRAMs(ctx, nil, []kadm.UpsertSCRAM{{
		User: f.topic, Mechanism: kadm.ScramSha512, Iterations: iterations, Password: "matrix-pw",
	}})
	if err != nil {
		return err
	}
	if one := found[f.topic]; one.Err != nil {
		return fmt.Errorf("%w: %s", one.Err, one.ErrMessage)
	}
	return nil
}

func (f *franz) describeSCRAM(ctx context.Context) error {
	found, err := f.adm.DescribeUserSCRAMs(ctx, f.topic)
	if err != nil {
		return err
	}
	infos := found[f.topic].CredInfos
	return unless(len(infos) == 1 && infos[0].Iterations == 4096, "%+v", found)
}

func (f *franz) quota() kadm.ClientQuotaEntity {
	return kadm.ClientQuotaEntity{{Type: "user", Name: kadm.StringPtr(f.topic)}}
}

func (f *franz) alterQuotas(ctx context.Context) error {
	found, err := f.adm.AlterClientQuotas(ctx, []kadm.AlterClientQuotaEntry{{
		Entity: f.quota(), Ops: []kadm.AlterClientQuotaOp{{Key: "consumer_byte_rate", Value: 1e6}},
	}})
	if err != nil {
		return err
	}
	return errors.Join(unless(len(found) == 1, "%+v", found), found[0].Err)
}

func (f *franz) describeQuotas(ctx context.Context) error {
	found, err := f.adm.DescribeClientQuotas(ctx, false, []kadm.DescribeClientQuotaComponent{{
		Type: "user", MatchName: kadm.StringPtr(f.topic), MatchType: kmsg.QuotasMatchTypeExact,
	}})
	if err != nil {
		return err
	}
	return unless(len(found) == 1 && len(found[0].Values) == 1 && found[0].Values[0].Value == 1e6, "%+v", found)
}

func (f *franz) logDirs(ctx context.Context) error {
	found, err := f.adm.DescribeAllLogDirs(ctx, nil)
	if err != nil {
		return err
	}
	size := int64(0)
	found.Each(func(d kadm.DescribedLogDir) { size += d.Size() })
	return unless(len(found) == 3 && size > 0, "%d brokers with %d bytes", len(found), size)
}

func (f *franz) reassign(ctx context.Context) error {
	var req kadm.AlterPartitionAssignmentsReq
	req.Assign(f.topic, 0, []int32{2, 1})
	resp, err := f.adm.AlterPartitionAssignments(ctx, req)
	if err != nil {
		return err
	}
	return resp.Error()
}

// listReassignments waits until the reassignment before is done.
func (f *franz) listReassignments(ctx context.Context) error {
	set := kadm.TopicsSet{}
	set.Add(f.topic, 0)
	for {
		found, err := f.adm.ListPartitionReassignments(ctx, set)
		if err != nil {
			return err
		}
		if len(found) == 0 {
			break
		}
		time.Sleep(20 * time.Millisecond)
	}
	meta, err := f.adm.Metadata(kadm.WithAuthorizedOps(ctx), f.topic)
	if err != nil {
		return err
	}
	p := meta.Topics[f.topic].Partitions[0]
	return unless(slices.Equal(p.Replicas, []int32{2, 1}), "%+v", p)
}

func (f *franz) electLeaders(ctx context.Context) error {
	set := kadm.TopicsSet{}
	set.Add(f.topic, 0)
	found, err := f.adm.ElectLeaders(ctx, kadm.ElectPreferredReplica, set)
	if err != nil {
		return err
	}
	one := found[f.topic][0]
	return unless(one.Err == nil || errors.Is(one.Err, kerr.ElectionNotNeeded), "%+v", one)
}

func (f *franz) deleteRecords(ctx context.Context) error {
	to := kadm.Offsets{}
	to.AddOffset(f.topic, 1, 5, -1)
	found, err := f.adm.DeleteRecords(ctx, to)
	if err != nil {
		return err
	}
	return errors.Join(found.Error(), unless(found[f.topic][1].LowWatermark == 5, "%+v", found))
}

func (f *franz) deleteTopics(ctx context.Context) error {
	resp, err := f.adm.DeleteTopics(ctx, f.topic+"-b")
	if err != nil {
		return err
	}
	return resp.Error()
}
