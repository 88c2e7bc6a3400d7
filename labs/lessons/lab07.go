package lessons

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"kconsole/avro/decode"
	"kconsole/compose/labdir"
	"kconsole/kafka"
	"kconsole/labs"
	"kconsole/labs/check"
	"kconsole/labs/services"
)

func init() {
	register("07", map[string]labs.Behavior{
		"process":     {Stage: lab07Begin, Check: lab07AllBooked, Nudge: lab07BookedNudge, Solve: lab07Book},
		"fails":       {Stage: lab07Fresh(lab07Skips), Baseline: lab07Place, Check: lab07OneLost, Question: lab07WhichLost, Nudge: lab07LostNudge, Solve: lab07FailOne},
		"dead-letter": {Stage: lab07Fresh(lab07Letters), Baseline: lab07BeforeLetters, Check: lab07OneLetter, Nudge: lab07LetterNudge, Solve: lab07PutAside},
		"recover":     {Stage: lab07Fresh(lab07Small), Baseline: lab07Place, Check: lab07NoneMissing, Nudge: lab07MissingNudge, Solve: lab07Crash},
		"replay":      {Stage: lab07Backup, Baseline: lab07Extra, Check: lab07OnceEach, Nudge: lab07ReplayNudge, Solve: lab07Replay},
		"skip":        {Stage: lab07Poison, Check: lab07Skipped, Nudge: lab07SkipNudge, Solve: lab07SkipOne},
		"php":         {Stage: lab07Waiting, Baseline: check.BaselineEnds("orders.dead-letter"), Check: lab07PHP, Nudge: lab07PHPNudge, Solve: lab07AsPHP},
	})
}

// lab07Table is the table that the orders are booked into.
const lab07Table = "orders"

// lab07Variant is how the service booking deals with failures; each step deploys
// another one.
type lab07Variant struct {
	about string
	set   func(env *labs.Env, c *services.Consumer)
}

var (
	lab07Plain = lab07Variant{"books orders", func(_ *labs.Env, c *services.Consumer) {
		c.OnError = services.Skip
	}}
	lab07Skips = lab07Variant{"books orders; what fails is committed like the rest", func(_ *labs.Env, c *services.Consumer) {
		c.OnError = services.Skip
	}}
	lab07Letters = lab07Variant{"books orders; what fails becomes a dead letter", func(env *labs.Env, c *services.Consumer) {
		c.Retries, c.DeadLetterTopic = 1, env.Name("orders.dead-letter")
	}}
	lab07Small = lab07Variant{"books orders; commits behind every five", func(env *labs.Env, c *services.Consumer) {
		c.Retries, c.DeadLetterTopic, c.MaxPollRecords = 1, env.Name("orders.dead-letter"), 5
	}}
	lab07Idempotent = lab07Variant{"books orders; one row an order, however often it comes", func(env *labs.Env, c *services.Consumer) {
		c.Retries, c.DeadLetterTopic, c.Idempotent = 1, env.Name("orders.dead-letter"), true
	}}
	lab07Halts = lab07Variant{"books orders; ends at what it cannot handle", func(_ *labs.Env, c *services.Consumer) {
		c.OnError = services.Halt
	}}
)

// lab07Path is the database's file: in the lab's directory, so that rows, as
// committed offsets do, outlive the process.
func lab07Path(env *labs.Env) (string, error) {
	cl := env.Config()
	if cl.Lab == nil || cl.Lab.Dir == "" {
		return "", errors.New("the configuration has no lab.dir, where the database of this lab would lie: take the lab.yaml that `kconsole lab up` writes")
	}
	return filepath.Join(cl.Lab.Dir, labdir.DataDir, "lab-07.sqlite"), nil
}

// lab07With opens the database for one look or change.
func lab07With(ctx context.Context, env *labs.Env, f func(*services.Database) error) error {
	path, err := lab07Path(env)
	if err != nil {
		return err
	}
	db, err := services.OpenDatabase(ctx, path)
	if err != nil {
		return err
	}
	return errors.Join(f(db), db.Close())
}

// lab07Ready makes the topics, the schema, an empty table and the first orders,
// where they are missing. Rows of an earlier run are removed.
func lab07Ready(ctx context.Context, env *labs.Env) error {
	for _, topic := range []string{"orders", "orders.dead-letter"} {
		if err := env.CreateTopic(ctx, env.Name(topic), 1, 3); err != nil {
			return err
		}
	}
	schema, err := fs.ReadFile(env.Lab.Files, "php/shared/laravel/resources/avro/order.avsc")
	if err != nil {
		return err
	}
	if err := env.Services.Agree(ctx, services.Contract{Topic: env.Name("orders"), Schema: string(schema)}); err != nil {
		return err
	}
	path, err := lab07Path(env)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	err = lab07With(ctx, env, func(db *services.Database) error {
		if err := db.Table(ctx, lab07Table); err != nil {
			return err
		}
		if fresh, err := lab07First(ctx, env, db, "begun"); err != nil || !fresh {
			return err
		}
		return db.Clear(ctx, lab07Table)
	})
	if err != nil {
		return err
	}
	ends, err := check.Ends(ctx, env, env.Name("orders"))
	if err != nil || ends.Sum() > 0 {
		return err
	}
	return lab07PlaceTens(ctx, env, 2+int(env.Nonce[0])%3)
}

// lab07First is true the first time in a run: what is done then is not done again
// after a restart.
func lab07First(ctx context.Context, env *labs.Env, db *services.Database, what string) (bool, error) {
	seen := db.Seen(env.Nonce)
	had, err := seen.Has(ctx, what)
	if err != nil || had {
		return false, err
	}
	return true, seen.Add(ctx, what)
}

// lab07PlaceTens places so many times ten orders, with new ids.
func lab07PlaceTens(ctx context.Context, env *labs.Env, tens int) error {
	ends, err := check.Ends(ctx, env, env.Name("orders"))
	if err != nil {
		return err
	}
	var events []services.Event
	for i := range tens * 10 {
		n := int(ends.Sum()) + i + 1
		id := fmt.Sprintf("o-%s-%d", env.Nonce[:4], n)
		events = append(events, services.Event{Topic: env.Name("orders"), Key: "c-1", ID: id, Value: map[string]any{
			"id": id, "customer": "c-1", "cents": 500 + n*101%20_000, "payment": []string{"CARD", "INVOICE", "PAYPAL"}[n%3], "placed": lab12Now(env),
		}})
	}
	env.Say("place %s", check.Count(int64(len(events)), "order"))
	_, err = env.Services.Publish(ctx, events...)
	return err
}

// lab07Start has the service booking run in a variant, paused or at work. One that
// runs in it already is left as it is.
func lab07Start(ctx context.Context, env *labs.Env, v lab07Variant, paused bool) error {
	name := env.Name("booking")
	if svc := env.Services.Get(name); svc != nil {
		if st := svc.Status(); st.About == v.about && !st.State.Over() {
			return nil
		}
	}
	if err := lab07Stop(ctx, env); err != nil {
		return err
	}
	path, err := lab07Path(env)
	if err != nil {
		return err
	}
	db, err := services.OpenDatabase(ctx, path)
	if err != nil {
		return err
	}
	c := services.Consumer{Name: name, About: v.about, Topics: []string{env.Name("orders")}, RetryPause: 100 * time.Millisecond, Paused: paused}
	v.set(env, &c)
	env.Say("start the service %s, which %s", name, v.about)
	svc, err := env.Services.StartSink(ctx, services.Sink{Consumer: c, Database: db, Table: lab07Table})
	if err != nil {
		return errors.Join(err, db.Close())
	}
	_, err = env.Services.StartTask(env.Name("database"), "the table "+lab07Table+" in "+path, func(ctx context.Context) error {
		<-ctx.Done()
		over, cancel := context.WithTimeout(context.WithoutCancel(ctx), 10*time.Second)
		defer cancel()
		_ = svc.Wait(over, func(st services.Status) bool { return st.State.Over() }) // it may be writing its last row
		return db.Close()
	})
	if err != nil {
		return errors.Join(err, env.Services.Stop(ctx, name), db.Close())
	}
	return svc.Ready(ctx)
}

// lab07Stop stops the service and waits until its group is empty.
func lab07Stop(ctx context.Context, env *labs.Env) error {
	if err := env.Services.Stop(ctx, env.Name("booking"), env.Name("database")); err != nil {
		return err
	}
	return env.Until(ctx, "the group "+env.Name("booking")+" is empty", func(ctx context.Context) (bool, error) {
		g, ok, err := check.Group(ctx, env, env.Name("booking"))
		return !ok || len(g.Members) == 0, err
	})
}

// lab07Begin has the service wait beside orders that nobody has read.
func lab07Begin(ctx context.Context, env *labs.Env) error {
	if err := lab07Ready(ctx, env); err != nil {
		return err
	}
	return lab07Start(ctx, env, lab07Plain, true)
}

// lab07Fresh deploys a variant, paused, with orders to handle.
func lab07Fresh(v lab07Variant) func(context.Context, *labs.Env) error {
	return func(ctx context.Context, env *labs.Env) error {
		if err := lab07Ready(ctx, env); err != nil {
			return err
		}
		if err := lab07Start(ctx, env, v, true); err != nil {
			return err
		}
		lag, err := check.Lag(ctx, env, env.Name("booking"), env.Name("orders"))
		if err != nil || lag > 0 {
			return err
		}
		return lab07PlaceTens(ctx, env, 1)
	}
}

// lab07Reset moves the empty group.
func lab07Reset(ctx context.Context, env *labs.Env, to kafka.ResetTo) error {
	admin, err := env.Admin()
	if err != nil {
		return err
	}
	return env.Apply(ctx)(admin.ResetOffsets(ctx, env.Name("booking"), []string{env.Name("orders")}, nil, to))
}

// lab07Place is where the group stands.
func lab07Place(ctx context.Context, env *labs.Env) (any, error) {
	return check.Committed(ctx, env, env.Name("booking"), env.Name("orders"))
}

// lab07Readable tells whether a record is an order.
func lab07Readable(r *check.Record) bool { return r.Value.Kind == decode.Avro && r.Value.Err == nil }

// lab07Source is where a record lies, as the table has it.
func lab07Source(topic string, partition int32, offset int64) string {
	return fmt.Sprintf("%s/%d@%d", topic, partition, offset)
}

// lab07Books compares the log with the table.
type lab07Books struct {
	orders  int            // that can be read
	missing []check.Record // of these: committed, and no row
	twice   int            // of these: two rows or more
	rows    int64          // of the whole table
	lag     int64
}

// lab07Look compares the orders from base on with their rows.
func lab07Look(ctx context.Context, env *labs.Env, base check.Offsets) (b lab07Books, err error) {
	rows, err := lab07Rows(ctx, env)
	if err != nil {
		return b, err
	}
	for _, n := range rows {
		b.rows += n
	}
	topic := env.Name("orders")
	if b.lag, err = check.Lag(ctx, env, env.Name("booking"), topic); err != nil {
		return b, err
	}
	committed, err := check.Committed(ctx, env, env.Name("booking"), topic)
	if err != nil {
		return b, err
	}
	records, err := check.Records(ctx, env, topic, base)
	for i := range records {
		r := &records[i]
		if !lab07Readable(r) {
			continue
		}
		b.orders++
		switch n := rows[lab07Source(topic, r.Partition, r.Offset)]; {
		case n > 1:
			b.twice++
		case n == 0 && r.Offset < committed[r.Partition]:
			b.missing = append(b.missing, *r)
		}
	}
	return b, err
}

// lab07Rows counts the rows by the record that they are of.
func lab07Rows(ctx context.Context, env *labs.Env) (map[string]int64, error) {
	out := map[string]int64{}
	path, err := lab07Path(env)
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return out, nil
	}
	err = lab07With(ctx, env, func(db *services.Database) error {
		if err := db.Table(ctx, lab07Table); err != nil {
			return err
		}
		rows, err := db.SQL().QueryContext(ctx, "SELECT source, count(*) FROM "+lab07Table+" GROUP BY source")
		if err != nil {
			return err
		}
		for rows.Next() {
			var source string
			var n int64
			if err := rows.Scan(&source, &n); err != nil {
				return errors.Join(err, rows.Close())
			}
			out[source] = n
		}
		return errors.Join(rows.Err(), rows.Close())
	})
	return out, err
}

// lab07Since is lab07Look from the step's baseline on, a place of the group.
func lab07Since(ctx context.Context, env *labs.Env) (lab07Books, error) {
	var base check.Offsets
	if err := env.Baseline(&base); err != nil {
		return lab07Books{}, err
	}
	return lab07Look(ctx, env, base)
}

// lab07ID is an order's id.
func lab07ID(r *check.Record) string {
	var order lab06Order
	if json.Unmarshal(r.JSON, &order) != nil {
		return ""
	}
	return order.ID
}

// lab07IDs names orders, the first few of many.
func lab07IDs(records []check.Record) string {
	var ids []string
	for i := range records {
		if len(ids) == 3 {
			ids = append(ids, "…")
			break
		}
		ids = append(ids, lab07ID(&records[i]))
	}
	return strings.Join(ids, ", ")
}

// lab07Caught waits until the group has committed everything.
func lab07Caught(ctx context.Context, env *labs.Env) error {
	return env.Until(ctx, "booking has committed all orders", func(ctx context.Context) (bool, error) {
		if svc := env.Services.Get(env.Name("booking")); svc != nil {
			if st := svc.Status(); st.State == services.Failed {
				return false, fmt.Errorf("the service failed: %s", st.LastError)
			}
		}
		lag, err := check.Lag(ctx, env, env.Name("booking"), env.Name("orders"))
		return lag == 0, err
	})
}
