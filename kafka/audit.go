package kafka

// Auditor is told about each write before and after it is applied.
type Auditor interface {
	Applied(cluster, principal, plan string, result error)
}
