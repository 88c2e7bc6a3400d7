package kafka

// Presets are the sets of bindings that a kind of client needs, in the words of
// Kafka's documentation. A pattern is LITERAL or PREFIXED.

// ProducerACLs lets a principal write to topics; with idempotence no right of its
// own is needed since Kafka 3.0. A transactional id, if not empty, may be used
// and, with it, transactions.
func ProducerACLs(principal, topic, pattern, transactionalID string) []ACL {
	acls := allow(principal, "TOPIC", topic, pattern, "WRITE", "DESCRIBE", "CREATE")
	if transactionalID != "" {
		acls = append(acls, allow(principal, "TRANSACTIONAL_ID", transactionalID, pattern, "WRITE", "DESCRIBE")...)
	}
	return acls
}

// ConsumerACLs lets a principal read topics as a member of a group.
func ConsumerACLs(principal, topic, group, pattern string) []ACL {
	return append(allow(principal, "TOPIC", topic, pattern, "READ", "DESCRIBE"), allow(principal, "GROUP", group, pattern, "READ", "DESCRIBE")...)
}

// ObserverACLs lets a principal look at everything and change nothing.
func ObserverACLs(principal string) []ACL {
	acls := allow(principal, "CLUSTER", clusterResource, "LITERAL", "DESCRIBE", "DESCRIBE_CONFIGS")
	acls = append(acls, allow(principal, "TOPIC", "*", "LITERAL", "DESCRIBE", "DESCRIBE_CONFIGS", "READ")...)
	acls = append(acls, allow(principal, "GROUP", "*", "LITERAL", "DESCRIBE", "DESCRIBE_CONFIGS")...)
	return append(acls, allow(principal, "TRANSACTIONAL_ID", "*", "LITERAL", "DESCRIBE")...)
}

// AdminACLs lets a principal do everything.
func AdminACLs(principal string) []ACL {
	var acls []ACL
	for _, of := range [...][2]string{
		{"CLUSTER", clusterResource}, {"TOPIC", "*"}, {"GROUP", "*"}, {"TRANSACTIONAL_ID", "*"}, {"DELEGATION_TOKEN", "*"}, {"USER", "*"},
	} {
		acls = append(acls, allow(principal, of[0], of[1], "LITERAL", "ALL")...)
	}
	return acls
}

// clusterResource is the name of the one resource of type CLUSTER.
const clusterResource = "kafka-cluster"

func allow(principal, kind, name, pattern string, operations ...string) []ACL {
	if pattern == "" || name == "*" {
		pattern = "LITERAL"
	}
	acls := make([]ACL, 0, len(operations))
	for _, op := range operations {
		acls = append(acls, ACL{
			Principal: principal, Host: "*", ResourceType: kind, Resource: name, Pattern: pattern, Operation: op, Permission: "ALLOW",
		})
	}
	return acls
}
