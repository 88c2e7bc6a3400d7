package kafka

import (
	"context"
	"fmt"

	"github.com/twmb/franz-go/pkg/kmsg"
)

// Admin changes a cluster. Each method looks at the cluster and returns a [Plan]
// without changing anything; [Plan.Apply] carries it out. An Admin comes from
// [Cluster.Admin], which refuses on a read-only context: there, no value exists
// that could write.
type Admin struct{ c *Cluster }

// Admin returns what can change the cluster, or an error of kind [Refused] that
// wraps [ErrReadOnly].
func (c *Cluster) Admin() (*Admin, error) {
	if err := c.writable("change"); err != nil {
		return nil, err
	}
	return &Admin{c}, nil
}

func (c *Cluster) writable(verb string) error {
	if !c.cfg.ReadOnly {
		return nil
	}
	return &Error{
		What: fmt.Sprintf("cannot %s cluster %s", verb, c.cfg.Name), Why: ErrReadOnly.Error(),
		Do: "leave out --read-only, or set read_only: false for it in the configuration", Kind: Refused, Err: ErrReadOnly,
	}
}

// mutating are the requests that change something. A read-only cluster's client
// does not know them, so it could not even encode one.
var mutating = []kmsg.Key{
	kmsg.Produce, kmsg.OffsetCommit, kmsg.CreateTopics, kmsg.DeleteTopics, kmsg.DeleteRecords, kmsg.InitProducerID,
	kmsg.AddPartitionsToTxn, kmsg.AddOffsetsToTxn, kmsg.EndTxn, kmsg.WriteTxnMarkers, kmsg.TxnOffsetCommit,
	kmsg.CreateACLs, kmsg.DeleteACLs, kmsg.AlterConfigs, kmsg.AlterReplicaLogDirs, kmsg.CreatePartitions,
	kmsg.CreateDelegationToken, kmsg.RenewDelegationToken, kmsg.ExpireDelegationToken, kmsg.DeleteGroups,
	kmsg.ElectLeaders, kmsg.IncrementalAlterConfigs, kmsg.AlterPartitionAssignments, kmsg.OffsetDelete,
	kmsg.AlterClientQuotas, kmsg.AlterUserSCRAMCredentials, kmsg.UpdateFeatures, kmsg.UnregisterBroker,
	kmsg.AddRaftVoter, kmsg.RemoveRaftVoter, kmsg.JoinGroup, kmsg.SyncGroup, kmsg.LeaveGroup,
	kmsg.ConsumerGroupHeartbeat, kmsg.ShareGroupHeartbeat, kmsg.ShareFetch, kmsg.ShareAcknowledge,
	kmsg.StreamsGroupHeartbeat, kmsg.AlterShareGroupOffsets, kmsg.DeleteShareGroupOffsets,
}

// Mutating tells whether a request of this API key changes something on a
// cluster, for tests that watch what leaves a read-only program.
func Mutating(key int16) bool {
	for _, k := range mutating {
		if k.Int16() == key {
			return true
		}
	}
	return false
}

// control sends a request that changes something, through the controller or
// coordinator that it belongs to.
func control[Resp kmsg.Response](ctx context.Context, a *Admin, what string, req kmsg.Request) (Resp, error) {
	ctx, k, done := a.c.begin(ctx, what)
	defer done()
	return request[Resp](ctx, k, req)
}

// fail explains a code of a response to a request of an Admin, about a topic,
// group or transactional id of it; empty: about the cluster.
func (a *Admin) fail(what string, key kmsg.Key, name string, code int16, message *string) error {
	return a.c.explainCode(what, asked{key, name, true}, code, message)
}

// controlLimit is what requests that change something give the cluster as their
// own limit, in milliseconds.
func controlLimit() int32 { return int32(requestLimit.Milliseconds()) }
