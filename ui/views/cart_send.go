package views

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync/atomic"

	"kconsole/avro/registry"
	"kconsole/kafka"
	"kconsole/kafka/config"
	"kconsole/kafka/replay"
	"kconsole/ui/dialog"
	"kconsole/ui/page"
	"kconsole/ui/session"
	"kconsole/ui/units"
)

// The choices of sending.
const (
	byKey     = "by the key"
	asTheyWas = "as they were"
	timeNow   = "the time of sending"
)

// maxListed bounds the records that a plan lists one by one.
const maxListed = 200

// sendCart opens the form that sends the cart. Its plan is the dry run.
func sendCart(h page.Host, rows []*replay.Item) {
	all := h.State().Cart.Items()
	everything := "all: " + units.Plural(len(all), "record")
	some := "only " + rows[0].Place()
	which := []string{everything, some}
	if len(rows) > 1 {
		some = "the marked: " + units.Plural(len(rows), "record")
		which = []string{some, everything}
	}
	if len(all) == 1 {
		which = which[:1]
	}
	s, conf := h.Session(), h.State().Config
	contexts := []string{h.State().Cluster}
	for _, name := range slices.Sorted(maps.Keys(conf.Clusters)) {
		if name != contexts[0] {
			contexts = append(contexts, name)
		}
	}
	dialog.Form{
		Title: "Send records again",
		Fields: []dialog.Field{
			{Name: "which", Label: "Records", Choices: which},
			{Name: "context", Label: "To context", Choices: contexts, Help: "The cluster that they go to, by its name in the configuration."},
			{Name: "topic", Label: "To topic", Complete: completing(topicNames(h)), Help: "Nothing: each to the topic of the name that it came from."},
			{Name: "partitions", Label: "Partitions", Choices: []string{byKey, asTheyWas}, Help: "Where an edit names a partition, that one counts."},
			{Name: "times", Label: "Timestamps", Choices: []string{asTheyWas, timeNow}, Help: "A topic deletes records by their timestamps: old ones may not stay for long."},
		},
		Plan: func(ctx context.Context, v dialog.Values) (*dialog.Plan, error) {
			items := all
			if v["which"] == some {
				items = rows
			}
			to := replay.Target{Topic: v["topic"], Partitions: v["partitions"] == asTheyWas, Times: v["times"] == asTheyWas}
			return sending{host: h, session: s, config: conf, context: v["context"]}.plan(ctx, items, to)
		},
	}.Open(h)
}

// sending is where the cart is sent to.
type sending struct {
	host    page.Host
	session *session.Session // of the context that is shown
	config  *config.Config
	context string
}

// connect is the connection to the context, and how to let go of it.
func (s sending) connect() (*kafka.Cluster, func(), error) {
	if s.session != nil && s.session.Cluster != nil && s.session.Config.Name == s.context {
		return s.session.Cluster, func() {}, nil
	}
	cl, err := s.config.Cluster(s.context)
	if err != nil {
		return nil, nil, err
	}
	c, err := kafka.Connect(cl)
	if err != nil {
		return nil, nil, err
	}
	return c, c.Close, nil
}

// plan is the dry run: what would go where, what cannot, and what to know.
func (s sending) plan(ctx context.Context, items []*replay.Item, to replay.Target) (*dialog.Plan, error) {
	c, done, err := s.connect()
	if err != nil {
		return nil, err
	}
	defer done()
	// A read-only context has no producer; that is better known now than later.
	producer, err := c.Producer(kafka.ProducerOptions{})
	if err != nil {
		return nil, err
	}
	producer.Close()
	made, err := replay.NewPlan(ctx, c, items, to)
	if err != nil {
		return nil, err
	}
	out := &dialog.Plan{
		Title:   fmt.Sprintf("send %s to context %s", units.Plural(len(made.Ready), "record"), s.context),
		Changes: sendingChanges(made), Warnings: s.warnings(ctx, c, made), Nothing: len(made.Ready) == 0, Stay: true,
	}
	var sent atomic.Int64
	out.Progress = func() string {
		return fmt.Sprintf("%s of %s written; esc stops what is not on its way yet", units.Exact(sent.Load()), units.Exact(int64(len(made.Ready))))
	}
	out.Apply = func(ctx context.Context) ([]dialog.Item, error) {
		c, done, err := s.connect()
		if err != nil {
			return nil, err
		}
		defer done()
		// The topics may be others than when the plan was made.
		again, err := replay.NewPlan(ctx, c, items, to)
		if err != nil {
			return nil, err
		}
		results, err := again.Send(ctx, c, func(n int) {
			sent.Store(int64(n))
			if n%100 == 0 {
				s.host.Loop().Post(func() {})
			}
		})
		if err != nil {
			return nil, err
		}
		for _, r := range again.Refused {
			results[r.Item.ID] = replay.Result{Cluster: s.context, Err: r.Err}
		}
		s.host.Loop().Post(func() { s.host.State().Cart.Note(results) })
		return sendingItems(items, results)
	}
	if s.session == nil {
		return out, nil
	}
	return auditedAs(s.session, kafka.AuditEntry{Cluster: s.context, Principal: c.Principal()})(out, nil)
}

// sendingChanges lists the totals, then the records, those that cannot go first.
func sendingChanges(p *replay.Plan) []dialog.Change {
	var out []dialog.Change
	for _, t := range p.Totals {
		out = append(out, dialog.Change{Resource: "topic " + t.Topic, What: "gets", To: units.Plural(t.Records, "record") + ", " + units.Bytes(t.Bytes)})
	}
	for _, r := range p.Refused {
		out = append(out, dialog.Change{Resource: r.Item.Place(), Err: r.Err})
	}
	for n, r := range p.Ready {
		if n == maxListed {
			out = append(out, dialog.Change{Resource: fmt.Sprintf("… and %d more", len(p.Ready)-n), What: "like these"})
			break
		}
		where := r.Record.Topic + " by its key"
		switch {
		case r.Record.Partition >= 0:
			where = fmt.Sprintf("%s/%d", r.Record.Topic, r.Record.Partition)
		case r.Record.Key == nil:
			where = r.Record.Topic + ", any partition"
		}
		out = append(out, dialog.Change{Resource: r.Item.Place(), What: itemState(r.Item) + ", to", To: where + ", " + units.Bytes(r.Item.Size())})
	}
	return out
}

// sendingItems is how each record went, in the order of the cart.
func sendingItems(items []*replay.Item, results map[int]replay.Result) ([]dialog.Item, error) {
	var out []dialog.Item
	var of kafka.Result
	for _, i := range items {
		r, ok := results[i.ID]
		if !ok {
			continue
		}
		item := dialog.Item{Resource: i.Place(), Err: r.Err}
		if r.Err == nil {
			item.Detail = "→ " + sentTo(r)
		}
		out = append(out, item)
		of.Items = append(of.Items, kafka.Item(item))
	}
	return out, of.Err()
}

// warnings are what to know before sending.
func (s sending) warnings(ctx context.Context, c *kafka.Cluster, p *replay.Plan) []string {
	var out []string
	masked, tombstones, away := 0, 0, false
	for _, r := range p.Ready {
		if r.Item.Masked {
			masked++
		}
		if r.Record.Value == nil {
			tombstones++
		}
		away = away || r.Item.Cluster != s.context
	}
	if n := p.Sent(); n > 0 {
		out = append(out, units.Plural(n, "record")+" went there from this cart before: they would be there twice")
	}
	if masked > 0 {
		out = append(out, "masking rules hide parts of "+units.Plural(masked, "record")+" here; they are written whole, with what is hidden")
	}
	if tombstones > 0 {
		out = append(out, units.Plural(tombstones, "tombstone")+": on a compacted topic what has the same key is deleted")
	}
	if away {
		out = append(out, s.strange(ctx, c.Config(), p)...)
	}
	return out
}

// strange says which schema ids of records mean nothing, or something else, to
// the registry of another context.
func (s sending) strange(ctx context.Context, to config.Cluster, p *replay.Plan) []string {
	schemas := map[int]*registry.Schema{}
	for _, r := range p.Ready {
		if r.Item.SchemaID > 0 && r.Item.Cluster != s.context && r.Record.Value != nil {
			schemas[r.Item.SchemaID] = r.Item.Schema
		}
	}
	if len(schemas) == 0 {
		return nil
	}
	if to.Registry == nil {
		return []string{"values carry schema ids, and context " + s.context + " has no registry to look them up in"}
	}
	http, err := to.Registry.HTTPClient()
	if err != nil {
		return []string{"the registry of context " + s.context + " cannot be asked about the schema ids of the values: " + err.Error()}
	}
	r, err := registry.New(registry.Options{URL: to.Registry.URL, HTTP: http, ReadOnly: true})
	if err != nil {
		return []string{"the registry of context " + s.context + " cannot be asked about the schema ids of the values: " + err.Error()}
	}
	defer r.Close()
	var missing, other []string
	for _, id := range slices.Sorted(maps.Keys(schemas)) {
		found, err := r.SchemaByID(ctx, id)
		switch {
		case errors.Is(err, registry.ErrNotFound):
			missing = append(missing, fmt.Sprint(id))
		case err != nil:
			return []string{"the registry of context " + s.context + " cannot be asked about the schema ids of the values: " + err.Error()}
		case schemas[id] != nil && cmp.Or(found.Kind, registry.Avro) == cmp.Or(schemas[id].Kind, registry.Avro) && indent(found.Text) != indent(schemas[id].Text):
			other = append(other, fmt.Sprint(id))
		}
	}
	var out []string
	if len(missing) > 0 {
		out = append(out, fmt.Sprintf("the registry of context %s does not know schema id %s: the values cannot be read there", s.context, strings.Join(missing, ", ")))
	}
	if len(other) > 0 {
		out = append(out, fmt.Sprintf("schema id %s is another schema in the registry of context %s: the values would be read as something else", strings.Join(other, ", "), s.context))
	}
	return out
}
