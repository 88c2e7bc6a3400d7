package cmd

import (
	"context"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"kconsole/kafka"
	"kconsole/ui/units"
)

type transactionRow struct {
	ID          string     `json:"transactional_id"`
	Coordinator int32      `json:"coordinator"`
	State       string     `json:"state"`
	ProducerID  int64      `json:"producer_id"`
	Epoch       int16      `json:"producer_epoch"`
	TimeoutMs   int64      `json:"timeout_ms"`
	Started     *time.Time `json:"started"` // null: none is open
	Partitions  []string   `json:"partitions"`
	Error       string     `json:"error,omitempty"`
}

var transactionColumns = []column[transactionRow]{
	{name: "transactional id", text: func(r *transactionRow) string { return r.ID }},
	{name: "state", text: func(r *transactionRow) string { return r.State }},
	{name: "coordinator", text: func(r *transactionRow) string { return strconv.Itoa(int(r.Coordinator)) }, right: true},
	{name: "producer id", text: func(r *transactionRow) string { return strconv.FormatInt(r.ProducerID, 10) }, right: true},
	{name: "epoch", text: func(r *transactionRow) string { return strconv.Itoa(int(r.Epoch)) }, right: true},
	{name: "open for", text: func(r *transactionRow) string {
		if r.Started == nil {
			return "-"
		}
		return units.Duration(time.Since(*r.Started))
	}, right: true},
	{name: "partitions", text: func(r *transactionRow) string { return strconv.Itoa(len(r.Partitions)) }, right: true},
	{name: "error", text: func(r *transactionRow) string { return r.Error }},
}

type hangingRow struct {
	Topic           string    `json:"topic"`
	Partition       int32     `json:"partition"`
	ProducerID      int64     `json:"producer_id"`
	Epoch           int32     `json:"producer_epoch"`
	TransactionalID string    `json:"transactional_id"`
	Start           int64     `json:"transaction_start"` // first offset of the open transaction
	LastWrite       time.Time `json:"last_write"`
	Why             string    `json:"why"`
}

var hangingColumns = []column[hangingRow]{
	{name: "partition", text: func(r *hangingRow) string { return r.Topic + ":" + strconv.Itoa(int(r.Partition)) }},
	{name: "producer id", text: func(r *hangingRow) string { return strconv.FormatInt(r.ProducerID, 10) }, right: true},
	{name: "transactional id", text: func(r *hangingRow) string { return r.TransactionalID }},
	{name: "since offset", text: func(r *hangingRow) string { return strconv.FormatInt(r.Start, 10) }, right: true},
	{name: "last write", text: func(r *hangingRow) string { return r.LastWrite.Local().Format(time.DateTime) }},
	{name: "why", text: func(r *hangingRow) string { return r.Why }},
}

func (a *app) getTransactionsCmd() *cobra.Command {
	var hanging bool
	var age time.Duration
	get := getOf(a, kind[transactionRow]{
		name: "transactions", short: "List transactional ids with their state, or the transactions that hang", read: a.readTransactions,
		long: `Lists the transactional ids that we may describe. With --hanging it lists the open
transactions on partitions that their coordinators do not know any more:
` + "`kconsole abort transaction`" + ` ends one.`,
	})
	get.Flags().BoolVar(&hanging, "hanging", false, "list the transactions that nothing will end")
	get.Flags().DurationVar(&age, "min-age", time.Minute, "with --hanging: since the last write")
	all := get.RunE
	get.RunE = func(cmd *cobra.Command, args []string) error {
		if !hanging {
			return all(cmd, args)
		}
		k := kind[hangingRow]{read: func(ctx context.Context, c *kafka.Cluster, name string) (listing[hangingRow], error) {
			return a.readHanging(ctx, c, name, age)
		}}
		var topic string
		if len(args) > 0 {
			topic = args[0]
		}
		return list(cmd.Context(), a, k, topic, formatOf(cmd))
	}
	return get
}

func (a *app) readTransactions(ctx context.Context, c *kafka.Cluster, name string) (listing[transactionRow], error) {
	list := listing[transactionRow]{columns: transactionColumns}
	transactions, err := c.Transactions(ctx)
	var names []string
	for i := range transactions {
		t := &transactions[i]
		names = append(names, t.ID)
		if name != "" && t.ID != name {
			continue
		}
		row := transactionRow{
			ID: t.ID, Coordinator: t.Coordinator, State: t.State, ProducerID: t.ProducerID, Epoch: t.Epoch, TimeoutMs: t.Timeout.Milliseconds(),
			Partitions: []string{}, Error: errText(t.Err),
		}
		if !t.Started.IsZero() {
			row.Started = &t.Started
		}
		for _, tp := range t.Partitions {
			row.Partitions = append(row.Partitions, tp.Topic+":"+strconv.Itoa(int(tp.Partition)))
		}
		list.rows = append(list.rows, row)
	}
	if name != "" && err == nil && len(list.rows) == 0 {
		return list, notFound("transactional id", name, names)
	}
	return list, err
}

func (a *app) readHanging(ctx context.Context, c *kafka.Cluster, topic string, age time.Duration) (listing[hangingRow], error) {
	list := listing[hangingRow]{columns: hangingColumns}
	_, topics, err := c.Metadata(ctx)
	if err != nil {
		return list, err
	}
	if topics, err = onlyTopic(topics, topic); err != nil {
		return list, err
	}
	found, err := c.Hanging(ctx, topics, age, time.Now())
	for i := range found {
		h := &found[i]
		list.rows = append(list.rows, hangingRow{
			h.Topic, h.Partition, h.ProducerID, h.Epoch, h.TransactionalID, h.TxnStart, h.LastWrite, h.Why,
		})
	}
	return list, err
}

type producerRow struct {
	Topic        string     `json:"topic"`
	Partition    int32      `json:"partition"`
	ProducerID   int64      `json:"producer_id"`
	Epoch        int32      `json:"producer_epoch"`
	LastSequence int32      `json:"last_sequence"`
	LastWrite    *time.Time `json:"last_write"`
	Open         *int64     `json:"transaction_start"` // null: no transaction is open
}

var producerColumns = []column[producerRow]{
	{name: "topic", text: func(r *producerRow) string { return r.Topic }},
	{name: "partition", text: func(r *producerRow) string { return strconv.Itoa(int(r.Partition)) }, right: true},
	{name: "producer id", text: func(r *producerRow) string { return strconv.FormatInt(r.ProducerID, 10) }, right: true},
	{name: "epoch", text: func(r *producerRow) string { return strconv.Itoa(int(r.Epoch)) }, right: true},
	{name: "sequence", text: func(r *producerRow) string { return strconv.Itoa(int(r.LastSequence)) }, right: true},
	{name: "last write", text: func(r *producerRow) string {
		if r.LastWrite == nil {
			return "-"
		}
		return r.LastWrite.Local().Format(time.DateTime)
	}},
	{name: "transaction since", text: func(r *producerRow) string { return orDash(r.Open) }, right: true},
}

func (a *app) readProducers(ctx context.Context, c *kafka.Cluster, topic string) (listing[producerRow], error) {
	list := listing[producerRow]{columns: producerColumns}
	_, topics, err := c.Metadata(ctx)
	if err != nil {
		return list, err
	}
	if topics, err = onlyTopic(topics, topic); err != nil {
		return list, err
	}
	producers, err := c.Producers(ctx, topics)
	for i := range producers {
		p := &producers[i]
		row := producerRow{
			Topic: p.Topic, Partition: p.Partition, ProducerID: p.ProducerID, Epoch: p.Epoch, LastSequence: p.LastSequence, Open: known(p.TxnStart),
		}
		if !p.LastWrite.IsZero() {
			row.LastWrite = &p.LastWrite
		}
		list.rows = append(list.rows, row)
	}
	return list, err
}
