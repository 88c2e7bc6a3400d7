package services

import (
	"context"

	"kconsole/kafka"
)

// Sink is a service that writes what it consumes to a table: one row a record.
// An idempotent one ([Consumer.Idempotent], or the switch) writes no second row
// for an event: the row itself is its memory, so it also holds after a crash
// between the work and the commit, and in the next process.
type Sink struct {
	Consumer
	Database *Database // stays the caller's
	Table    string    // made if it is missing; see [Database.Table]
}

// StartSink starts a sink. Its Handle is the table's own.
func (m *Manager) StartSink(ctx context.Context, s Sink) (*Service, error) {
	if s.Database == nil {
		return nil, &kafka.Error{What: "cannot start the service " + s.Name, Why: "it has no database", Kind: kafka.Invalid}
	}
	if err := s.Database.Table(ctx, s.Table); err != nil {
		return nil, err
	}
	c := s.Consumer
	c.Handle = func(ctx context.Context, d *Delivery) error {
		value, err := d.JSON(ctx)
		if err != nil {
			return err
		}
		return s.Database.Insert(ctx, s.Table, d.id(), d.Where(), string(value), d.service.switches().Idempotent)
	}
	c.Seen = rowsSeen{s.Database, s.Table}
	return m.StartConsumer(c)
}

// rowsSeen takes an event as handled when its row is there.
type rowsSeen struct {
	d     *Database
	table string
}

func (r rowsSeen) Has(ctx context.Context, id string) (had bool, err error) {
	err = r.d.db.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM `+r.table+` WHERE event = ?)`, id).Scan(&had)
	return had, err
}

func (rowsSeen) Add(context.Context, string) error { return nil } // the row was written
