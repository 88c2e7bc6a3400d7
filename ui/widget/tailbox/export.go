package tailbox

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"

	"kconsole/kafka"
	"kconsole/kafka/recordjson"
	"kconsole/kafka/tail"
	"kconsole/ui/page"
	"kconsole/ui/savefile"
	"kconsole/ui/theme"
	"kconsole/ui/units"
)

// export is the saving of records to a file that is under way.
type export struct {
	stop  context.CancelFunc // nil: none
	done  atomic.Int64
	total int64
}

func (e *export) running() bool { return e.stop != nil }

func (e *export) cancel() {
	if e.stop != nil {
		e.stop()
	}
}

func (e *export) progress() string {
	return fmt.Sprintf("saving %s of %s, esc stops", units.Exact(e.done.Load()), units.Exact(e.total))
}

// records is what is saved: a list, or a part of a ring that goes on living.
type records struct {
	list        []kafka.Record
	ring        *tail.Ring
	first, next uint64
}

func (r *records) len() int64 {
	if r.ring == nil {
		return int64(len(r.list))
	}
	return int64(r.next - r.first)
}

// each calls f with records until it fails or all are through. What the ring has
// dropped meanwhile is left out.
func (r *records) each(f func(*kafka.Record) error) error {
	for i := range r.list {
		if err := f(&r.list[i]); err != nil {
			return err
		}
	}
	if r.ring == nil {
		return nil
	}
	var part [64]kafka.Record
	for at := r.first; at < r.next; {
		n, from := r.ring.Copy(part[:min(len(part), int(r.next-at))], at)
		if n == 0 {
			return nil
		}
		for i := range part[:n] {
			if from+uint64(i) >= r.next {
				return nil
			}
			if err := f(&part[i]); err != nil {
				return err
			}
		}
		at = from + uint64(n)
	}
	return nil
}

// askSave asks for a file and saves the marked records, or all there are.
func (v *View) askSave() {
	if v.o.Ask == nil {
		return
	}
	if v.export.running() {
		v.fail(errors.New("records are being saved already: esc stops that"))
		return
	}
	what := records{ring: v.rows.Ring}
	what.first, what.next = what.ring.Bounds()
	if v.marks.len() > 0 {
		what = records{list: append([]kafka.Record(nil), v.marks.records...)}
	}
	if what.len() == 0 {
		v.fail(errors.New("there are no records to save"))
		return
	}
	name := fmt.Sprintf("%s-%s.jsonl", savefile.Name(v.o.Topic, "records"), v.o.Now().Format("20060102-150405"))
	v.o.Ask(page.Question{
		Label: "save " + units.Plural(int(what.len()), "record") + " to ", Initial: name,
		Done: func(path string) error { return v.save(path, what) },
	})
}

// save begins to write a file, beside the event loop. An existing file is left alone.
func (v *View) save(path string, what records) error {
	file, err := savefile.Create(path)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(context.Background())
	v.export.stop, v.export.total = cancel, what.len()
	v.export.done.Store(0)
	v.o.Go(func() {
		n, err := v.write(ctx, file, what)
		cancel()
		v.post(func() {
			v.export.stop = nil
			if err != nil {
				v.fail(err)
				return
			}
			v.say(theme.Fine, "saved "+units.Plural(int(n), "record")+" to "+file.Path())
		})
	})
	return nil
}

// write writes the records to a temporary file and gives it its name when all
// are in it.
func (v *View) write(ctx context.Context, file *savefile.File, what records) (n int64, err error) {
	defer func() {
		if err != nil {
			file.Discard()
		}
	}()
	decoder := recordjson.NewDecoder(v.fullDecoder())
	mask := recordjson.NewMasker(v.o.Mask)
	w := recordjson.NewWriter(file)
	err = what.each(func(rec *kafka.Record) error {
		if err := ctx.Err(); err != nil {
			return errors.New("saving was stopped; nothing is left of it")
		}
		d := decoder.Decode(ctx, rec)
		if n++; n%1000 == 0 {
			v.export.done.Store(n)
			v.post(func() {})
		}
		shown, out := mask.Apply(rec, &d)
		return w.Write(&shown, &out)
	})
	if err == nil {
		err = w.Flush()
	}
	if err == nil {
		err = file.Done()
	}
	return n, err
}

func (v *View) post(f func()) {
	if v.o.Post != nil {
		v.o.Post(f)
	}
}
