package services

import (
	"context"
	"database/sql"
	"fmt"
	"regexp"
	"time"

	_ "modernc.org/sqlite" // the driver, in Go alone

	"kconsole/kafka"
)

// Database is a small SQL database (SQLite) that services write to. It is safe
// for concurrent use. Close it.
type Database struct{ db *sql.DB }

// OpenDatabase opens the database of a file, or makes it; path "" is one in
// memory, gone when it is closed.
func OpenDatabase(ctx context.Context, path string) (*Database, error) {
	source := "file::memory:"
	if path != "" {
		source = path
	}
	db, err := sql.Open("sqlite", source)
	if err != nil {
		return nil, fmt.Errorf("open the database %s: %w", path, err)
	}
	db.SetMaxOpenConns(1) // one writer at a time, and the one in memory is its connection's
	const setup = `PRAGMA busy_timeout = 5000;
CREATE TABLE IF NOT EXISTS handled_events (service TEXT NOT NULL, event TEXT NOT NULL, PRIMARY KEY (service, event))`
	if _, err := db.ExecContext(ctx, setup); err != nil {
		_ = db.Close()
		return nil, fmt.Errorf("open the database %s: %w", path, err)
	}
	return &Database{db}, nil
}

// Close closes the database.
func (d *Database) Close() error { return d.db.Close() }

// SQL is the database itself, for queries.
func (d *Database) SQL() *sql.DB { return d.db }

// tableName is what a table may be called: nothing that has to be quoted.
var tableName = regexp.MustCompile(`^[a-z][a-z0-9_]{0,62}$`)

// Table makes a table for events, if it is not there: a row has the event's id,
// the source (topic/partition@offset), the value as JSON, and the time.
func (d *Database) Table(ctx context.Context, name string) error {
	if !tableName.MatchString(name) {
		return &kafka.Error{What: "cannot make table " + name, Why: "its name may have small letters, digits and _ only", Kind: kafka.Invalid}
	}
	_, err := d.db.ExecContext(ctx, `CREATE TABLE IF NOT EXISTS `+name+
		` (row INTEGER PRIMARY KEY, event TEXT NOT NULL, source TEXT NOT NULL, value TEXT NOT NULL, at TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS `+name+`_event ON `+name+` (event)`)
	if err != nil {
		return fmt.Errorf("make table %s: %w", name, err)
	}
	return nil
}

// Insert adds a row; with once, only if there is none of that event yet.
func (d *Database) Insert(ctx context.Context, table, event, source, value string, once bool) error {
	if !tableName.MatchString(table) {
		return &kafka.Error{What: "cannot write to table " + table, Why: "there is none of that name", Kind: kafka.NotFound}
	}
	query := `INSERT INTO ` + table + ` (event, source, value, at) SELECT ?1, ?2, ?3, ?4`
	if once {
		query += ` WHERE NOT EXISTS (SELECT 1 FROM ` + table + ` WHERE event = ?1)`
	}
	if _, err := d.db.ExecContext(ctx, query, event, source, value, time.Now().UTC().Format(time.RFC3339Nano)); err != nil {
		return fmt.Errorf("write to table %s: %w", table, err)
	}
	return nil
}

// Rows counts a table's rows, and how many different events are among them.
func (d *Database) Rows(ctx context.Context, table string) (rows, events int64, err error) {
	if !tableName.MatchString(table) {
		return 0, 0, &kafka.Error{What: "cannot count table " + table, Why: "there is none of that name", Kind: kafka.NotFound}
	}
	err = d.db.QueryRowContext(ctx, `SELECT count(*), count(DISTINCT event) FROM `+table).Scan(&rows, &events)
	if err != nil {
		return 0, 0, fmt.Errorf("count table %s: %w", table, err)
	}
	return rows, events, nil
}

// Clear empties a table.
func (d *Database) Clear(ctx context.Context, table string) error {
	if !tableName.MatchString(table) {
		return &kafka.Error{What: "cannot clear table " + table, Why: "there is none of that name", Kind: kafka.NotFound}
	}
	if _, err := d.db.ExecContext(ctx, `DELETE FROM `+table); err != nil {
		return fmt.Errorf("clear table %s: %w", table, err)
	}
	return nil
}

// Seen remembers in the database what a service has handled.
func (d *Database) Seen(service string) Seen { return databaseSeen{d, service} }

type databaseSeen struct {
	d       *Database
	service string
}

func (s databaseSeen) Has(ctx context.Context, id string) (had bool, err error) {
	err = s.d.db.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM handled_events WHERE service = ? AND event = ?)`, s.service, id).Scan(&had)
	if err != nil {
		return false, fmt.Errorf("look for a handled event: %w", err)
	}
	return had, nil
}

func (s databaseSeen) Add(ctx context.Context, id string) error {
	if _, err := s.d.db.ExecContext(ctx, `INSERT OR IGNORE INTO handled_events (service, event) VALUES (?, ?)`, s.service, id); err != nil {
		return fmt.Errorf("note a handled event: %w", err)
	}
	return nil
}
