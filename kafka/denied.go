package kafka

import (
	"strings"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// deniedType is the type of resource that a code says we may not use.
var deniedType = map[int16]string{
	kerr.TopicAuthorizationFailed.Code: "TOPIC", kerr.GroupAuthorizationFailed.Code: "GROUP", kerr.ClusterAuthorizationFailed.Code: "CLUSTER",
	kerr.TransactionalIDAuthorizationFailed.Code: "TRANSACTIONAL_ID", kerr.DelegationTokenAuthorizationFailed.Code: "DELEGATION_TOKEN",
}

// takes is the operation that a request takes, by the type of resource that was
// denied; empty: on a resource of any type. Where a stronger right implies it, it
// is the weakest that is named.
//
// Source: Kafka's documentation, "Authorization: operations and resources on
// protocols"; KafkaApis and ControllerApis of Kafka 4.3.
var takes = map[kmsg.Key]map[string]string{
	kmsg.Metadata:                     {"": "DESCRIBE"},
	kmsg.DescribeCluster:              {"": "DESCRIBE"},
	kmsg.ListOffsets:                  {"": "DESCRIBE"},
	kmsg.OffsetForLeaderEpoch:         {"": "DESCRIBE"},
	kmsg.DescribeConfigs:              {"": "DESCRIBE_CONFIGS"},
	kmsg.ListGroups:                   {"": "DESCRIBE"},
	kmsg.DescribeGroups:               {"": "DESCRIBE"},
	kmsg.ConsumerGroupDescribe:        {"": "DESCRIBE"},
	kmsg.ShareGroupDescribe:           {"": "DESCRIBE"},
	kmsg.StreamsGroupDescribe:         {"": "DESCRIBE"},
	kmsg.OffsetFetch:                  {"": "DESCRIBE"},
	kmsg.DescribeShareGroupOffsets:    {"": "DESCRIBE"},
	kmsg.FindCoordinator:              {"": "DESCRIBE"},
	kmsg.DescribeLogDirs:              {"": "DESCRIBE"},
	kmsg.DescribeProducers:            {"": "READ"},
	kmsg.ListTransactions:             {"": "DESCRIBE"},
	kmsg.DescribeTransactions:         {"": "DESCRIBE"},
	kmsg.DescribeQuorum:               {"": "DESCRIBE"},
	kmsg.DescribeClientQuotas:         {"": "DESCRIBE_CONFIGS"},
	kmsg.ListPartitionReassignments:   {"": "DESCRIBE"},
	kmsg.DescribeUserSCRAMCredentials: {"": "DESCRIBE"},
	kmsg.DescribeACLs:                 {"": "DESCRIBE"},
	kmsg.DescribeDelegationToken:      {"": "DESCRIBE"},
	kmsg.Fetch:                        {"": "READ", "CLUSTER": "CLUSTER_ACTION"},
	kmsg.Produce:                      {"": "WRITE", "CLUSTER": "IDEMPOTENT_WRITE"},
	kmsg.InitProducerID:               {"": "WRITE", "CLUSTER": "IDEMPOTENT_WRITE"},
	kmsg.AddPartitionsToTxn:           {"": "WRITE"},
	kmsg.CreateTopics:                 {"": "CREATE"},
	kmsg.CreatePartitions:             {"": "ALTER"},
	kmsg.DeleteTopics:                 {"": "DELETE"},
	kmsg.DeleteRecords:                {"": "DELETE"},
	kmsg.IncrementalAlterConfigs:      {"": "ALTER_CONFIGS"},
	kmsg.AlterPartitionAssignments:    {"": "ALTER"},
	kmsg.AlterReplicaLogDirs:          {"": "ALTER"},
	kmsg.ElectLeaders:                 {"": "ALTER"},
	kmsg.OffsetCommit:                 {"": "READ"},
	kmsg.AlterShareGroupOffsets:       {"": "READ"},
	kmsg.OffsetDelete:                 {"GROUP": "DELETE", "TOPIC": "READ"},
	kmsg.DeleteShareGroupOffsets:      {"GROUP": "DELETE", "TOPIC": "READ"},
	kmsg.DeleteGroups:                 {"": "DELETE"},
	kmsg.LeaveGroup:                   {"": "READ"},
	kmsg.CreateACLs:                   {"": "ALTER"},
	kmsg.DeleteACLs:                   {"": "ALTER"},
	kmsg.AlterUserSCRAMCredentials:    {"": "ALTER"},
	kmsg.AlterClientQuotas:            {"": "ALTER_CONFIGS"},
	kmsg.WriteTxnMarkers:              {"": "ALTER"},
	kmsg.UpdateFeatures:               {"": "ALTER"},
}

// asked is a request that may be denied, and the resource in it that the answer is
// about: a topic, group or transactional id. The cluster needs no name.
type asked struct {
	key  kmsg.Key
	name string
	sent bool // key is that of a request
}

// missingACL is the binding that a denied request takes; nil where no binding is
// what it takes, or the resource is not known.
func missingACL(principal string, a asked, code int16) []ACL {
	kind, ok := deniedType[code]
	if !ok || !a.sent || principal == "" {
		return nil
	}
	op, ok := takes[a.key][kind]
	if !ok {
		op = takes[a.key][""]
	}
	name := a.name
	if kind == "CLUSTER" {
		name = clusterResource
	}
	if op == "" || name == "" {
		return nil
	}
	return []ACL{{
		Principal: "User:" + principal, Host: "*", ResourceType: kind, Resource: name, Pattern: "LITERAL", Operation: op, Permission: "ALLOW",
	}}
}

// nameMissing says in Do which bindings are missing.
func (e *Error) nameMissing() {
	if len(e.Missing) == 0 {
		return
	}
	texts := make([]string, len(e.Missing))
	for i := range e.Missing {
		texts[i] = e.Missing[i].String()
	}
	e.Do = "it takes " + strings.Join(texts, ", ")
}

// resourceOf is the one resource that a request is about, beside the cluster;
// empty if there are several or none.
func resourceOf(req kmsg.Request) string {
	switch r := req.(type) {
	case *kmsg.OffsetCommitRequest:
		return r.Group
	case *kmsg.OffsetDeleteRequest:
		return r.Group
	case *kmsg.LeaveGroupRequest:
		return r.Group
	case *kmsg.AlterShareGroupOffsetsRequest:
		return r.GroupID
	case *kmsg.DeleteShareGroupOffsetsRequest:
		return r.GroupID
	case *kmsg.DeleteGroupsRequest:
		return only(r.Groups)
	case *kmsg.DescribeGroupsRequest:
		return only(r.Groups)
	}
	return ""
}

func only(names []string) string {
	if len(names) == 1 {
		return names[0]
	}
	return ""
}

func askedFor(req kmsg.Request) asked { return asked{kmsg.Key(req.Key()), resourceOf(req), true} }

// named is the resource that a code of a request about a group's topic is about.
func named(code int16, group, topic string) string {
	if code == kerr.GroupAuthorizationFailed.Code {
		return group
	}
	return topic
}
