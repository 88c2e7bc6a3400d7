package doctor

// rules are all rules, in the order in which a report lists them: how the cluster
// is reached, whether it can work at all, then what its clients do.
var rules = []rule{
	{
		id: "listener-unreachable", name: "listeners", lab: labEnvironment.broken("Answers the door, hides upstairs"), needs: []Part{PartListeners}, examine: unreachableListeners,
		meaning: "Clients find a broker by the address that it advertises, not by the one they were given. One that cannot be reached takes every partition that it leads with it.",
	},
	{
		id: "listener-certificate", name: "certificates", lab: labSecurity.broken("The certificate that lies"), needs: []Part{PartListeners}, examine: certificates,
		meaning: "A client refuses a broker whose certificate it cannot verify. To switch the verification off is to trust whoever answers.",
	},
	{
		id: "listener-sign-in", name: "sign-in", lab: labSecurity, needs: []Part{PartListeners}, examine: signIns,
		meaning: "The broker answers, but does not let this user in.",
	},
	{
		id: "missing-acl", name: "rights", lab: labSecurity, examine: missingRights,
		meaning: "The user is signed in, and an ACL is missing for what it asked.",
	},
	{
		id: "controller-quorum", name: "controller quorum", lab: labParts, needs: []Part{PartQuorum}, examine: quorumHealth,
		meaning: "A majority of the controllers has to agree on every change of the cluster's metadata. Without one records still flow, but no leader is elected, no topic made, no broker let in.",
	},
	{
		id: "broker-down", name: "brokers", lab: labFailure, needs: []Part{PartTopics}, examine: brokersDown,
		meaning: "Replicas on this broker get no new records. Another failure may leave partitions without a leader.",
	},
	{
		id: "partition-offline", name: "partition leaders", lab: labFailure, needs: []Part{PartTopics}, examine: offlinePartitions,
		meaning: "Nobody can read or write an offline partition until a replica that was in sync is back.",
	},
	{
		id: "unclean-election", name: "unclean elections", lab: labFailure, needs: []Part{PartTopicConfigs}, examine: uncleanElections,
		meaning: "With unclean elections a replica that is behind may become leader. What it does not have is lost without a trace.",
	},
	{
		id: "isr-below-minimum", name: "in-sync replicas", lab: labFailure.broken("Five minutes of silence"), needs: []Part{PartTopics, PartTopicConfigs}, examine: belowMinISR,
		meaning: "Writes with acks=all are refused (NOT_ENOUGH_REPLICAS). Many clients retry in silence and report a time-out minutes later. To lower min.insync.replicas is to accept that one more failure loses records.",
	},
	{
		id: "under-replicated", name: "replicas in sync", lab: labFailure, needs: []Part{PartTopics}, examine: underReplicated,
		meaning: "A replica does not follow its leader. It is not there when it is needed.",
	},
	{
		id: "log-dir", name: "log dirs", lab: labFailure, needs: []Part{PartLogDirs}, examine: logDirs,
		meaning: "A log dir that is offline takes its replicas with it; one that is full stops the broker.",
	},
	{
		id: "transaction-hanging", name: "transactions", lab: labConsumers.broken("Zero lag, zero orders"), needs: []Part{PartHanging}, examine: transactions,
		meaning: "Consumers with isolation.level=read_committed stop at the last stable offset. Their lag can look like zero while nothing arrives.",
	},
	{
		id: "consumer-stopped", name: "consumers at work", lab: labGroups, needs: []Part{PartGroups}, examine: stoppedConsumers,
		meaning: "Nobody reads for this group. Records wait, until retention deletes them.",
	},
	{
		id: "consumer-slow", name: "consumers keep up", lab: labMonitoring, needs: []Part{PartGroups}, examine: slowConsumers,
		meaning: "More arrives than is processed, so the lag grows for as long as that stays so.",
	},
	{
		id: "partition-lags", name: "even lag", lab: labFailure.broken("One busy cashier"), needs: []Part{PartGroups}, examine: lopsidedLag,
		meaning: "All records with one key go to one partition, and one partition to one member. More members do not help.",
	},
	{
		id: "members-idle", name: "members at work", lab: labGroups, needs: []Part{PartGroups, PartTopics}, examine: idleMembers,
		meaning: "A partition is read by one member of a group. Members beyond the number of partitions wait for another to leave.",
	},
	{
		id: "rebalance-loop", name: "stable groups", lab: labGroups.broken("The revolving door"), needs: []Part{PartGroups}, examine: rebalanceLoops,
		meaning: "While a group rebalances nobody reads. Members that are slower than max.poll.interval.ms are thrown out, join again, and read the same records again.",
	},
	{
		id: "offset-lost", name: "records lost to retention", lab: labGroups.broken("The missing weekend"), needs: []Part{PartGroups}, examine: lostRecords,
		meaning: "Retention deleted records that this group had not read. Its consumers go on where auto.offset.reset says: at the start of what is left, or at the end.",
	},
	{
		id: "retention-ahead", name: "retention", lab: labMonitoring.broken("The missing weekend"), needs: []Part{PartGroups, PartTopicConfigs, PartRecords}, examine: retentionAhead,
		meaning: "Retention deletes records by their age, whether they were read or not.",
	},
	{
		id: "quota-throttling", name: "quotas", lab: labMonitoring, needs: []Part{PartGroups, PartQuotas}, examine: throttled,
		meaning: "Brokers hold back answers to clients that are over their quota. It looks like a slow network or a slow consumer.",
	},
	{
		id: "unknown-topic", name: "topics that are asked for", lab: labEnvironment, needs: []Part{PartGroups, PartTopics}, examine: unknownTopics,
		meaning: "A consumer of a topic that does not exist gets no error and no records: it waits for the topic to appear.",
	},
	{
		id: "poison-record", name: "records can be decoded", lab: labConsumers.broken("Stuck on one letter"), needs: []Part{PartRecords}, examine: poisonRecords,
		meaning: "A consumer that fails on a record and does not commit reads it again for ever. It belongs in a dead-letter topic.",
	},
	{
		id: "schema-unknown", name: "schema ids", lab: labAvro, needs: []Part{PartRecords, PartSubjects}, examine: unknownSchemas,
		meaning: "The record names a schema that this registry does not have. It was written with another registry, or the schema was deleted for good.",
	},
	{
		id: "record-too-large", name: "record sizes", lab: labProducers.broken("Sent means sent?"), needs: []Part{PartRecords, PartTopicConfigs}, examine: largeRecords,
		meaning: "A record larger than max.message.bytes is refused. Only the producer's delivery report says so: flush() succeeds all the same.",
	},
	{
		id: "schema-incompatible", name: "schemas compatible", lab: labRegistry.broken("Tuesday's schema"), needs: []Part{PartSubjects}, examine: incompatibleSchemas,
		meaning: "Consumers with the one schema cannot read what was written with the other.",
	},
	{
		id: "subject-naming", name: "subject names", lab: labRegistry.broken("Tuesday's schema"), needs: []Part{PartSubjects, PartTopics}, examine: subjectNames,
		meaning: "Serializers look under TOPIC-value and TOPIC-key. What is registered under another name checks nothing.",
	},
	{
		id: "logical-type", name: "logical types", lab: labAvro, needs: []Part{PartSubjects}, examine: logicalTypes,
		meaning: "Where a logical type does not fit, the specification has readers ignore it: a date becomes a number, and nobody is told.",
	},
	{
		id: "timestamp-nonsense", name: "timestamps", lab: labProducers, needs: []Part{PartTopics}, examine: timestamps,
		meaning: "Retention, seeking by time and time lag go by the timestamps of the records. With wrong ones records are deleted too early or never.",
	},
}
