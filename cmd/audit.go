package cmd

import (
	"context"
	"path/filepath"

	"kconsole/kafka"
)

func auditLog() *kafka.AuditFile {
	return kafka.NewAuditFile(auditPath())
}

func auditPath() string { return filepath.Join(stateHome(), "kconsole", "audit.jsonl") }

// auditWrites has records that a command writes to a topic noted in the audit
// log: not each of them, but that, from what, and how it went. The log that
// cannot be written is an error, before anything else is.
func auditWrites(ctx context.Context, c *kafka.Cluster, verb, topic, from string, write func(context.Context) (detail string, err error)) error {
	entry := c.AuditRecords(verb, topic, from)
	var failed error // as it is, not joined with another
	_, err := kafka.Audited(ctx, auditLog(), entry, func(ctx context.Context) ([]kafka.Item, error) {
		var detail string
		detail, failed = write(ctx)
		return []kafka.Item{{Resource: "topic " + topic, Detail: detail, Err: failed}}, nil
	})
	if failed != nil {
		return failed
	}
	return err
}
