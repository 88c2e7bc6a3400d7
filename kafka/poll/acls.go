package poll

import (
	"context"

	"kconsole/kafka"
)

// readACLs reads the access control bindings.
func (p *Poller) readACLs(ctx context.Context, _ Scope) (cost int) {
	limited, cancel := p.limit(ctx)
	defer cancel()
	acls, err := p.cluster.ACLs(limited)
	if ctx.Err() != nil {
		return 0
	}
	if err == nil && acls == nil {
		acls = []kafka.ACL{}
	}
	p.result(ctx, ACLs, err)
	p.publish(func(s *Snapshot) bool {
		var changed bool
		s.ACLs, changed = s.ACLs.next(acls, p.opts.Clock(), err, func(a, b kafka.ACL) bool { return a == b })
		return changed
	})
	return len(acls)
}
