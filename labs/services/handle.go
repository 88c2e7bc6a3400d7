package services

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"kconsole/kafka"
)

// handle does what the service does with a record: the work, and what follows
// when it fails. An error ends the member.
func (s *Service) handle(m *member, r *kgo.Record) error {
	d := &Delivery{Record: recordOf(r), ClientID: m.id, service: s}
	before := s.switches().Commit == CommitBefore
	if before && s.crashesNow() {
		m.kill(errCrash)
		return errCrash
	}
	done, err := s.work(m, r, d)
	if err != nil {
		return err
	}
	s.change(func() {
		switch done {
		case workDone:
			tp := partition{d.Topic, d.Partition}
			if d.Offset < s.handled[tp] {
				s.counts.Repeated++
			}
			s.handled[tp] = max(s.handled[tp], d.Offset+1)
			s.counts.Handled++
			m.handled++
		case workDuplicate:
			s.counts.Duplicates++
		case workSkipped:
			s.counts.Skipped++
		case workDeadLettered:
			s.counts.DeadLettered++
		}
	})
	if !before && s.crashesNow() {
		m.kill(errCrash)
		return errCrash
	}
	return nil
}

// outcome is what became of a record.
type outcome uint8

const (
	workDone outcome = iota
	workDuplicate
	workSkipped
	workDeadLettered
)

// work tries until the record is dealt with.
func (s *Service) work(m *member, r *kgo.Record, d *Delivery) (outcome, error) {
	for {
		d.Attempt++
		sw := s.switches()
		again, err := s.try(m, d, sw)
		switch {
		case err == nil && again:
			return workDuplicate, nil
		case err == nil:
			return workDone, nil
		case m.alive.Err() != nil:
			return workDone, context.Cause(m.alive)
		case m.stop.Err() != nil:
			return workDone, errStopped // it comes again: it is not committed
		}
		err = fmt.Errorf("%s: handling %s failed: %w", d.ClientID, d.Where(), err)
		s.change(func() { s.counts.Failures++ })
		s.note(err)
		if d.Attempt <= s.cfg.Retries || sw.OnError == Retry {
			if err := m.rest(r, s.cfg.RetryPause); err != nil {
				return workDone, err
			}
			continue
		}
		switch sw.OnError {
		case Skip:
			return workSkipped, nil
		case DeadLetter:
			if err := s.deadLetter(m.alive, d, err); err != nil {
				s.note(err)
				return workDone, errHalt
			}
			return workDeadLettered, nil
		}
		return workDone, errHalt
	}
}

// errStopped ends a member that was told to stop while it worked.
var errStopped = errors.New("stopped")

// try calls the handler once. The answer is true for an event that an
// idempotent service has handled before.
func (s *Service) try(m *member, d *Delivery, sw Switches) (bool, error) {
	if !sleep(m.stop, sw.Slow) {
		return false, m.stop.Err()
	}
	if s.poisoned(d) {
		return false, errPoison
	}
	var id string
	if sw.Idempotent {
		id = d.id()
		if had, err := s.cfg.Seen.Has(m.alive, id); err != nil || had {
			return had, err
		}
	}
	if s.cfg.Handle != nil {
		if err := s.cfg.Handle(m.alive, d); err != nil {
			return false, err
		}
	}
	if sw.Idempotent {
		return false, s.cfg.Seen.Add(m.alive, id)
	}
	return false, nil
}

// The headers of a dead letter, beside those that the record had.
const (
	HeaderError     = "error"           // what the handler said
	HeaderTopic     = "error.topic"     // where the record lay
	HeaderPartition = "error.partition" // likewise
	HeaderOffset    = "error.offset"    // likewise
	HeaderGroup     = "error.group"     // who could not handle it
	HeaderAttempts  = "error.attempts"  // how often it was tried
	HeaderTime      = "error.time"      // when it was given up, RFC 3339
)

// deadLetter writes a record to the dead-letter topic, key and value as they
// were, and waits until it is there.
func (s *Service) deadLetter(ctx context.Context, d *Delivery, cause error) error {
	p, err := s.m.writer(s.cfg.Name)
	if err != nil {
		return err
	}
	add := func(name, value string) kafka.Header { return kafka.Header{Key: name, Value: []byte(value)} }
	headers := append(append([]kafka.Header{}, d.Headers...),
		add(HeaderError, cause.Error()),
		add(HeaderTopic, d.Topic),
		add(HeaderPartition, strconv.Itoa(int(d.Partition))),
		add(HeaderOffset, strconv.FormatInt(d.Offset, 10)),
		add(HeaderGroup, s.cfg.Group),
		add(HeaderAttempts, strconv.Itoa(d.Attempt)),
		add(HeaderTime, time.Now().UTC().Format(time.RFC3339)),
	)
	out := p.Produce(ctx, kafka.NewRecord{Topic: s.cfg.DeadLetterTopic, Partition: -1, Key: d.Key, Value: d.Value, Headers: headers})
	if err := out[0].Err; err != nil {
		return fmt.Errorf("%s cannot write the dead letter: %w", d.ClientID, err)
	}
	return nil
}

// sleep waits; false: ctx ended before.
func sleep(ctx context.Context, d time.Duration) bool {
	if d <= 0 {
		return ctx.Err() == nil
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return true
	case <-ctx.Done():
		return false
	}
}

func recordOf(r *kgo.Record) kafka.Record {
	out := kafka.Record{
		Topic: r.Topic, Partition: r.Partition, Offset: r.Offset, LeaderEpoch: r.LeaderEpoch,
		Timestamp: r.Timestamp, LogAppend: r.Attrs.TimestampType() == 1,
		Key: r.Key, Value: r.Value, ProducerID: r.ProducerID,
	}
	for _, h := range r.Headers {
		out.Headers = append(out.Headers, kafka.Header{Key: h.Key, Value: h.Value})
	}
	return out
}
