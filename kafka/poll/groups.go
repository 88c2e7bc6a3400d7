package poll

import (
	"context"
	"slices"
	"strings"

	"kconsole/kafka"
)

// readGroups reads the groups, with offsets and lag where those are wanted.
func (p *Poller) readGroups(ctx context.Context, want Scope) (cost int) {
	limited, cancel := p.limit(ctx)
	defer cancel()
	lag := want&Lag != 0
	groups, err := p.cluster.Groups(limited, lag)
	if ctx.Err() != nil {
		return 0
	}
	p.result(ctx, Groups, err)
	if err == nil && groups == nil {
		groups = []kafka.Group{}
	}
	now := p.opts.Clock()
	if lag && groups != nil {
		p.history.addGroups(groups, now)
	}
	p.publish(func(s *Snapshot) bool {
		rows := groups
		if err != nil && groups != nil {
			rows = keepMissing(s.Groups.Rows, groups, err)
		}
		var changed bool
		s.Groups, changed = s.Groups.next(rows, now, err, sameGroup)
		return changed
	})
	for i := range groups {
		cost += 1 + 2*len(groups[i].Offsets) // what is committed, and where the log ends
	}
	return cost
}

// keepMissing adds to a partial list of groups those that were known before and
// are not in it: the broker that knows them did not answer. Their Err says so.
func keepMissing(old, groups []kafka.Group, err error) []kafka.Group {
	i := 0
	rows := slices.Clip(groups)
	for j := range old {
		for i < len(groups) && groups[i].ID < old[j].ID {
			i++
		}
		if i < len(groups) && groups[i].ID == old[j].ID {
			continue
		}
		g := old[j]
		g.Err = err
		rows = append(rows, g)
	}
	slices.SortFunc(rows, func(a, b kafka.Group) int { return strings.Compare(a.ID, b.ID) })
	return rows
}

func sameGroup(a, b kafka.Group) bool {
	return a.ID == b.ID && a.Type == b.Type && a.State == b.State && a.Assignor == b.Assignor && a.Protocol == b.Protocol &&
		a.Coordinator == b.Coordinator && sameErr(a.Err, b.Err) &&
		slices.EqualFunc(a.Members, b.Members, sameMember) && slices.EqualFunc(a.Offsets, b.Offsets, sameOffset)
}

func sameMember(a, b kafka.Member) bool {
	return a.ID == b.ID && a.ClientID == b.ClientID && a.InstanceID == b.InstanceID && a.Host == b.Host &&
		slices.Equal(a.Assigned, b.Assigned)
}

func sameOffset(a, b kafka.GroupOffset) bool {
	return a.Topic == b.Topic && a.Partition == b.Partition && a.Committed == b.Committed && a.Start == b.Start &&
		a.End == b.End && a.Member == b.Member && a.ClientID == b.ClientID && sameErr(a.Err, b.Err)
}
