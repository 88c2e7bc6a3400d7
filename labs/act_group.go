package labs

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/twmb/franz-go/pkg/kadm"
	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kgo"
)

// ReadAsGroup joins a group, reads topics from where the group is (the start,
// where it has no offsets) up to their ends as they are now, commits, and leaves.
// It returns how many records it read.
func (e *Env) ReadAsGroup(ctx context.Context, group string, topics ...string) (int, error) {
	client, err := e.Cluster.NewClient(
		kgo.ClientID(group+"-reader"), kgo.ConsumerGroup(group), kgo.ConsumeTopics(topics...),
		kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()), kgo.DisableAutoCommit(),
		kgo.FetchMaxWait(readWait), kgo.MetadataMinAge(readWait),
	)
	if err != nil {
		return 0, err
	}
	defer client.CloseAllowingRebalance()
	adm := kadm.NewClient(client)
	var starts, ends kadm.ListedOffsets
	err = steadily(ctx, func() (err error) {
		if ends, err = adm.ListCommittedOffsets(ctx, topics...); err == nil {
			err = ends.Error()
		}
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("cannot read where %v ends: %w", topics, err)
	}
	err = steadily(ctx, func() (err error) {
		if starts, err = adm.ListStartOffsets(ctx, topics...); err == nil {
			err = starts.Error()
		}
		return err
	})
	if err != nil {
		return 0, fmt.Errorf("cannot read where %v begins: %w", topics, err)
	}
	read := 0
	for {
		var lag int64
		err := steadily(ctx, func() (err error) {
			lag, err = behind(ctx, adm, group, starts, ends)
			return err
		})
		if err != nil {
			return read, err
		}
		if lag == 0 {
			e.Say("read %d records as group %s and committed", read, group)
			return read, nil
		}
		poll, cancel := context.WithTimeout(ctx, 5*time.Second)
		fetches := client.PollFetches(poll)
		cancel()
		if err := ctx.Err(); err != nil {
			return read, fmt.Errorf("group %s has read %d records, %d are left: %w", group, read, lag, err)
		}
		read += fetches.NumRecords()
		if err := client.CommitUncommittedOffsets(ctx); err != nil {
			return read, fmt.Errorf("group %s cannot commit: %w", group, err)
		}
	}
}

const readWait = 250 * time.Millisecond

// behind is how many offsets a group has not committed of those before ends.
func behind(ctx context.Context, adm *kadm.Client, group string, starts, ends kadm.ListedOffsets) (int64, error) {
	at, err := adm.FetchOffsets(ctx, group)
	if errors.Is(err, kerr.GroupIDNotFound) { // it is being joined for the first time
		at, err = nil, nil
	}
	if err != nil {
		return 0, fmt.Errorf("cannot read the offsets of group %s: %w", group, err)
	}
	var lag int64
	ends.Each(func(end kadm.ListedOffset) {
		if o, ok := at.Lookup(end.Topic, end.Partition); ok && o.At >= 0 {
			lag += max(end.Offset-o.At, 0)
			return
		}
		start, _ := starts.Lookup(end.Topic, end.Partition) // nothing is committed yet
		lag += max(end.Offset-start.Offset, 0)
	})
	return lag, nil
}

// steadily does something until it fails for good: what has just been made, such
// as a topic or the first group of a cluster, may not be ready to be asked about.
func steadily(ctx context.Context, do func() error) error {
	for {
		err := do()
		if !kerr.IsRetriable(err) {
			return err
		}
		select {
		case <-ctx.Done():
			return errors.Join(ctx.Err(), err)
		case <-time.After(readWait):
		}
	}
}
