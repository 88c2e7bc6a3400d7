package replay

import (
	"bytes"
	"fmt"
	"slices"

	"kconsole/avro/registry"
	"kconsole/kafka"
)

// The bounds of a cart. It is for what a person has looked at; a whole topic goes
// from `kconsole tail -o jsonl` to `kconsole produce`.
const (
	MaxItems = 1000
	MaxBytes = 16 << 20
)

// Item is a record in the cart.
type Item struct {
	ID      int    // its number in the cart, from 1; set by [Cart.Add]
	Cluster string // the context that it was read from
	// Original is the record as it was read, with its bytes.
	Original kafka.Record
	// Key and Value are the texts of it that may be shown: what masking rules hide
	// is hidden in them. They may be cut short.
	Key, Value string
	// Masked tells that rules hide something of it.
	Masked bool
	// Text is the whole value as text that can be edited: JSON where it was
	// decoded, or the value itself. nil: it cannot be edited, NotText says why.
	Text    []byte
	NotText string
	// Schema encodes an edited value; nil: it is written as text.
	Schema *registry.Schema
	// SchemaID is the id that the value begins with; 0: none.
	SchemaID int

	Edit   *Edit   // nil: as it was read
	Result *Result // of sending it last; nil: not sent
}

// Edit is what a person made of a record. What is not changed in it is written
// byte for byte.
type Edit struct {
	Key       []byte // nil: null
	Value     []byte // nil: null, a tombstone
	Headers   []kafka.Header
	Partition int32 // negative: as the sending decides
	// ValueText is the value as it was typed, for the next edit.
	ValueText []byte
	// KeyShown and ValueShown take the place of the item's Key and Value.
	KeyShown, ValueShown string
}

// Result is how sending a record went.
type Result struct {
	Cluster   string
	Topic     string
	Partition int32
	Offset    int64
	Err       error // nil: written
}

// Shown are the texts of its key and value as they would be sent.
func (i *Item) Shown() (key, value string) {
	if i.Edit != nil {
		return i.Edit.KeyShown, i.Edit.ValueShown
	}
	return i.Key, i.Value
}

// Now is what is written of an item, with the partition that was asked for;
// negative: none was.
func (i *Item) Now() (key, value []byte, headers []kafka.Header, partition int32) {
	if e := i.Edit; e != nil {
		return e.Key, e.Value, e.Headers, e.Partition
	}
	return i.Original.Key, i.Original.Value, i.Original.Headers, -1
}

// Size is the bytes of key, value and headers as they are written.
func (i *Item) Size() int64 {
	key, value, headers, _ := i.Now()
	n := int64(len(key) + len(value))
	for _, h := range headers {
		n += int64(len(h.Key) + len(h.Value))
	}
	return n
}

// Tombstone tells that null is written as its value.
func (i *Item) Tombstone() bool {
	_, value, _, _ := i.Now()
	return value == nil
}

// Place names where it was read, as "orders/3@302118".
func (i *Item) Place() string {
	return fmt.Sprintf("%s/%d@%d", i.Original.Topic, i.Original.Partition, i.Original.Offset)
}

// memory is about what an item takes.
func (i *Item) memory() int {
	n := 512 + len(i.Original.Key) + len(i.Original.Value) + len(i.Text) + len(i.Key) + len(i.Value)
	for _, h := range i.Original.Headers {
		n += 48 + len(h.Key) + len(h.Value)
	}
	if e := i.Edit; e != nil {
		n += len(e.Key) + len(e.Value) + len(e.ValueText) + len(e.KeyShown) + len(e.ValueShown)
		for _, h := range e.Headers {
			n += 48 + len(h.Key) + len(h.Value)
		}
	}
	return n
}

// Cart holds records until they are sent or taken out. The zero Cart is empty.
// It belongs to one goroutine; items are replaced, never changed, so that copies
// of them may be read elsewhere.
type Cart struct {
	items []*Item
	bytes int
	last  int
}

// Len is how many records are in it.
func (c *Cart) Len() int { return len(c.items) }

// Items are the records in the order in which they came. They must not be changed.
func (c *Cart) Items() []*Item { return slices.Clone(c.items) }

// Find is the record with a number; nil if it is not there.
func (c *Cart) Find(id int) *Item {
	if i := c.index(id); i >= 0 {
		return c.items[i]
	}
	return nil
}

func (c *Cart) index(id int) int {
	return slices.IndexFunc(c.items, func(i *Item) bool { return i.ID == id })
}

// Add puts records into the cart and tells how many are new there: a record that
// is there already stays as it is. The error says that there is no more room;
// what came before it is in the cart.
func (c *Cart) Add(items ...Item) (added int, err error) {
	for i := range items {
		item := items[i]
		if slices.ContainsFunc(c.items, func(other *Item) bool { return same(other, &item) }) {
			continue
		}
		if len(c.items) >= MaxItems || c.bytes+item.memory() > MaxBytes {
			return added, &kafka.Error{
				What: "the cart is full", Why: fmt.Sprintf("it holds %d records, %d kB", len(c.items), c.bytes>>10),
				Do: "send or remove some; for many records use kconsole tail -o jsonl and kconsole produce", Kind: kafka.Refused,
			}
		}
		c.last++
		item.ID = c.last
		c.items = append(c.items, &item)
		c.bytes += item.memory()
		added++
	}
	return added, nil
}

func same(a, b *Item) bool {
	return a.Cluster == b.Cluster && a.Original.Topic == b.Original.Topic && a.Original.Partition == b.Original.Partition &&
		a.Original.Offset == b.Original.Offset && bytes.Equal(a.Original.Value, b.Original.Value)
}

// Remove takes records out.
func (c *Cart) Remove(ids ...int) {
	c.items = slices.DeleteFunc(c.items, func(i *Item) bool {
		gone := slices.Contains(ids, i.ID)
		if gone {
			c.bytes -= i.memory()
		}
		return gone
	})
}

// Change replaces what was edited of a record; nil takes the edits back. A record
// of which something is hidden refuses.
func (c *Cart) Change(id int, e *Edit) error {
	i := c.index(id)
	if i < 0 {
		return &kafka.Error{What: "the record is not in the cart any more", Kind: kafka.NotFound}
	}
	if e != nil {
		if err := c.items[i].Editable(); err != nil {
			return err
		}
	}
	next := *c.items[i]
	next.Edit, next.Result = e, nil
	if grown := c.bytes - c.items[i].memory() + next.memory(); grown <= MaxBytes {
		c.bytes = grown
	} else {
		return &kafka.Error{What: "the cart is full", Why: "the record has become too large for it", Do: "send or remove others first", Kind: kafka.Refused}
	}
	c.items[i] = &next
	return nil
}

// Editable says why a record cannot be edited; nil: it can.
func (i *Item) Editable() error {
	if !i.Masked {
		return nil
	}
	return &kafka.Error{
		What: "cannot edit " + i.Place(), Why: "masking rules hide a part of it, and an edit would show that or write *** in its place",
		Do: "send it as it is, or take the rule out of the configuration", Kind: kafka.Refused,
	}
}

// Note keeps how records were sent, by their numbers.
func (c *Cart) Note(results map[int]Result) {
	for n, item := range c.items {
		if r, ok := results[item.ID]; ok {
			next := *item
			next.Result = &r
			c.items[n] = &next
		}
	}
}
