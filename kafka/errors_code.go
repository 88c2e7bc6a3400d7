package kafka

import (
	"errors"
	"fmt"
	"strings"

	"github.com/twmb/franz-go/pkg/kerr"
)

// codeHelp is what a Kafka error code means to a person.
type codeHelp struct {
	kind Kind
	why  string // empty: Kafka's own description
	do   string
}

// help explains the error codes that people meet. Source: Kafka's
// org.apache.kafka.common.protocol.Errors.
var help = map[int16]codeHelp{
	kerr.UnknownTopicOrPartition.Code:            {NotFound, "there is no such topic or partition", "check the name; :topics or kconsole get topics lists them"},
	kerr.UnknownTopicID.Code:                     {NotFound, "the topic was deleted, or deleted and created again", "read it again"},
	kerr.GroupIDNotFound.Code:                    {NotFound, "there is no such group", "check the name; :groups or kconsole get groups lists them"},
	kerr.ResourceNotFound.Code:                   {NotFound, "there is no such user or resource", "check the name"},
	kerr.TransactionalIDNotFound.Code:            {NotFound, "there is no such transactional id", "check the name; :tx lists them"},
	kerr.DelegationTokenNotFound.Code:            {NotFound, "there is no such delegation token", "it may have expired; list the tokens"},
	kerr.NoReassignmentInProgress.Code:           {NotFound, "no reassignment of this partition is in progress", ""},
	kerr.LogDirNotFound.Code:                     {NotFound, "there is no such log dir on that broker", "list the log dirs"},
	kerr.LeaderNotAvailable.Code:                 {Unreachable, "the partition has no leader", "start the brokers that hold its replicas"},
	kerr.NotLeaderForPartition.Code:              {Unreachable, "the partition's leader has just moved", "try again"},
	kerr.ReplicaNotAvailable.Code:                {Unreachable, "a replica is not available", "start the brokers that hold its replicas"},
	kerr.BrokerNotAvailable.Code:                 {Unreachable, "the broker is not available", "start it, or try again"},
	kerr.CoordinatorNotAvailable.Code:            {Unreachable, "the coordinator is not available yet", "try again in a moment"},
	kerr.CoordinatorLoadInProgress.Code:          {Unreachable, "the coordinator is still loading", "try again in a moment"},
	kerr.NotCoordinator.Code:                     {Unreachable, "the coordinator has just moved", "try again"},
	kerr.NotController.Code:                      {Unreachable, "the controller has just moved", "try again"},
	kerr.ElectionNotNeeded.Code:                  {Invalid, "the preferred leader leads already", ""},
	kerr.PreferredLeaderNotAvailable.Code:        {Unreachable, "the preferred leader is not available", "start its broker first"},
	kerr.EligibleLeadersNotAvailable.Code:        {Unreachable, "no replica that may lead is available", "start a broker that was in the ISR"},
	kerr.RequestTimedOut.Code:                    {Timeout, "the cluster did not finish in time", "look whether it happened all the same, then try again"},
	kerr.KafkaStorageError.Code:                  {Unreachable, "a disk or log dir of the broker failed", "look at :logdirs and at the broker's log"},
	kerr.SaslAuthenticationFailed.Code:           {Auth, "the broker refused the sign-in", "check the user name and the password"},
	kerr.UnsupportedSaslMechanism.Code:           {Auth, "the listener does not offer this sign-in mechanism", "set sasl.mechanism to one that it offers"},
	kerr.IllegalSaslState.Code:                   {Auth, "the listener does not expect a sign-in here", "check the sasl section and the port"},
	kerr.TopicAuthorizationFailed.Code:           {Denied, "not authorised for this topic", "ask for an ACL on the topic"},
	kerr.GroupAuthorizationFailed.Code:           {Denied, "not authorised for this group", "ask for an ACL on the group"},
	kerr.ClusterAuthorizationFailed.Code:         {Denied, "not authorised for this operation on the cluster", "ask for an ACL on the cluster"},
	kerr.TransactionalIDAuthorizationFailed.Code: {Denied, "not authorised for this transactional id", "ask for an ACL on the transactional id"},
	kerr.DelegationTokenAuthorizationFailed.Code: {Denied, "not authorised for delegation tokens", "ask for an ACL on the delegation token"},
	kerr.SecurityDisabled.Code:                   {Invalid, "the cluster has no authorizer, so it has no ACLs", "set authorizer.class.name on the brokers to use ACLs"},
	kerr.TopicAlreadyExists.Code:                 {Invalid, "a topic of this name exists already", "choose another name"},
	kerr.InvalidTopicException.Code:              {Invalid, "the topic's name is not allowed", "use up to 249 letters, digits, dots, underscores and dashes"},
	kerr.InvalidPartitions.Code:                  {Invalid, "the number of partitions is not possible", "it must be at least 1, and can only grow"},
	kerr.InvalidReplicationFactor.Code:           {Invalid, "the replication factor is not possible", "it must be between 1 and the number of live brokers"},
	kerr.InvalidReplicaAssignment.Code:           {Invalid, "the replica assignment is not possible", "name live brokers, each once"},
	kerr.InvalidConfig.Code:                      {Invalid, "a configuration value is not allowed", ""},
	kerr.PolicyViolation.Code:                    {Denied, "a policy of the cluster forbids it", ""},
	kerr.TopicDeletionDisabled.Code:              {Invalid, "the cluster does not allow topics to be deleted", "set delete.topic.enable=true on the brokers"},
	kerr.NonEmptyGroup.Code:                      {Invalid, "the group has members", "stop its consumers first"},
	kerr.GroupSubscribedToTopic.Code:             {Invalid, "a member of the group is subscribed to the topic", "stop its consumers first"},
	kerr.OffsetOutOfRange.Code:                   {Invalid, "the offset is not in the log", "choose one between the log start and the log end"},
	kerr.UnsupportedVersion.Code:                 {Invalid, "the broker's version does not know this request", "upgrade the broker"},
	kerr.UnsupportedForMessageFormat.Code:        {Invalid, "the topic's message format is too old for this", ""},
	kerr.ReassignmentInProgress.Code:             {Invalid, "a reassignment of this partition is in progress", "wait for it, or cancel it"},
	kerr.NotEnoughReplicas.Code:                  {Unreachable, "fewer replicas are in sync than min.insync.replicas asks for", "start the brokers that are down"},
	kerr.NotEnoughReplicasAfterAppend.Code:       {Unreachable, "written, but then fewer replicas were in sync than min.insync.replicas asks for", "start the brokers that are down"},
	kerr.DelegationTokenAuthDisabled.Code:        {Invalid, "delegation tokens are not enabled", "set delegation.token.secret.key on the brokers"},
	kerr.DelegationTokenRequestNotAllowed.Code:   {Denied, "delegation tokens need a secured connection that is not itself signed in with a token", "sign in with SCRAM, GSSAPI or a client certificate"},
	kerr.ThrottlingQuotaExceeded.Code:            {Denied, "a quota on such changes is used up", "try again later"},
}

// explainCode recognises Kafka's own error codes.
func explainCode(e *Error, err error, h hints) bool {
	code, ok := errors.AsType[*kerr.Error](err)
	if !ok {
		return false
	}
	is, known := help[code.Code]
	if !known {
		e.Kind = Other
		if strings.HasPrefix(code.Message, "INVALID_") {
			e.Kind = Invalid
		}
		e.Why = code.Description
		if more := detail(err, code); more != "" {
			e.Why = more
		}
		e.Why += " (" + code.Message + ")"
		return true
	}
	e.Kind, e.Why, e.Do = is.kind, is.why, is.do
	if h.simulated && code.Code == kerr.UnsupportedVersion.Code {
		e.Why, e.Do = "the embedded lab does not simulate this", "use real brokers: kconsole lab up --runtime process"
	}
	if e.Why == "" {
		e.Why = code.Description
	}
	if is.kind == Auth {
		e.Why += signInAs(h)
	}
	if is.kind == Denied {
		e.Missing = missingACL(h.principal, h.asked, code.Code)
		e.nameMissing()
	}
	if more := detail(err, code); more != "" {
		e.Why += fmt.Sprintf(" (%s)", strings.TrimSuffix(more, "."))
	}
	return true
}

// detail is what the broker said beside the code, as franz-go appends it.
func detail(err error, code *kerr.Error) string {
	_, more, found := strings.Cut(err.Error(), code.Error())
	if !found {
		return ""
	}
	return strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(more), ":"))
}

// codeError is the error of a response's code and message, or nil.
func codeError(code int16, message *string) error {
	err := kerr.ErrorForCode(code)
	if err == nil || message == nil || *message == "" {
		return err
	}
	return fmt.Errorf("%w: %s", err, *message)
}
