package lessons

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strconv"
	"time"

	"github.com/twmb/franz-go/pkg/kgo"

	"kconsole/kafka"
	"kconsole/labs"
	"kconsole/labs/check"
	"kconsole/labs/services"
)

func init() {
	walkthrough("w09", labs.Behavior{Stage: w09Stage, Check: w09Shared, Nudge: w09Nudge, Solve: w09Solve})
}

const (
	w09Partitions = 4
	w09Customers  = 40
	w09Abroad     = 10 // every tenth customer lives in another country
	w09Queue      = 300
	w09Rate       = 60 // orders a second
	// w09Work is what an order takes a cashier: one of them can do fewer than the
	// busiest country orders, two of them more than all.
	w09Work = 20 * time.Millisecond
	// w09Looked is how many of the newest orders are looked at.
	w09Looked = 100
	// w09Waiting is how many orders may wait: what is under way anyway.
	w09Waiting = 100
)

// What the shop's settings are called, and what an order's key can be.
const (
	w09Key, w09PerSecond           = "orders.key", "orders.rate"
	w09ByCountry, w09ByCustomer    = "country", "customer"
	w09ByOrder, w09WithoutKey      = "order", "none"
	w09Home, w09Foreign            = "DE", "CH"
	w09LeastRate, w09MostRate      = 1, 200
	w09Tick                        = 250 * time.Millisecond
	w09Shop, w09Cashier, w09Orders = "shop", "cashier", "orders"
)

// w09Order is one order. Its number rises from one to the next, also after the
// shop was started anew.
type w09Order struct {
	Order    string `json:"order"`
	Number   int64  `json:"number"`
	Customer string `json:"customer"`
	Country  string `json:"country"`
	Cents    int64  `json:"cents"`
}

// key is what the order is keyed by; what nobody knows is as the shop began.
func (o *w09Order) key(by string) string {
	switch by {
	case w09ByCustomer:
		return o.Customer
	case w09ByOrder:
		return o.Order
	case w09WithoutKey:
		return ""
	}
	return o.Country
}

// w09Till makes orders up. Every customer orders once in a round.
type w09Till struct {
	next  int64
	round []int
}

func (t *w09Till) order() w09Order {
	if len(t.round) == 0 {
		t.round = rand.Perm(w09Customers)
	}
	who := t.round[0] + 1
	t.round = t.round[1:]
	t.next++
	o := w09Order{
		Order: "o-" + strconv.FormatInt(t.next, 10), Number: t.next, Customer: fmt.Sprintf("c-%02d", who),
		Country: w09Home, Cents: 900 + 100*(t.next%40),
	}
	if who%w09Abroad == 0 {
		o.Country = w09Foreign
	}
	return o
}

// orders are n more, as records.
func (t *w09Till) orders(env *labs.Env, n int, by string) ([]kafka.NewRecord, error) {
	records := make([]kafka.NewRecord, n)
	for i := range records {
		o := t.order()
		text, err := json.Marshal(o)
		if err != nil {
			return nil, err
		}
		records[i] = labs.Record(env.Name(w09Orders), o.key(by), string(text))
	}
	return records, nil
}

func w09NewTill(env *labs.Env) *w09Till { return &w09Till{next: env.Clock().UnixMilli()} }

// w09Stage opens a shop whose orders have their country as key, and four cashiers.
func w09Stage(ctx context.Context, env *labs.Env) error {
	if err := env.CreateTopic(ctx, env.Name(w09Orders), w09Partitions, 3); err != nil {
		return err
	}
	if err := openSettings(ctx, env, setting{w09Key, w09ByCountry}, setting{w09PerSecond, strconv.Itoa(w09Rate)}); err != nil {
		return err
	}
	ends, err := check.Ends(ctx, env, env.Name(w09Orders))
	if err != nil {
		return err
	}
	if ends.Sum() == 0 { // what has gathered since the morning
		records, err := w09NewTill(env).orders(env, w09Queue, w09ByCountry)
		if err != nil {
			return err
		}
		if _, err := env.Produce(ctx, records...); err != nil {
			return err
		}
	}
	if env.Services.Get(env.Name(w09Cashier)) == nil {
		env.Say("start four cashiers: the service %s, group %s", w09Cashier, env.Name("checkout"))
		_, err := env.Services.StartConsumer(services.Consumer{
			Name: env.Name(w09Cashier), About: "confirms orders, one after the other", Group: env.Name("checkout"),
			Topics: []string{env.Name(w09Orders)}, Members: 4, MaxPollRecords: 10, Handle: w09Confirm,
		})
		if err != nil {
			return err
		}
	}
	if env.Services.Get(env.Name(w09Shop)) != nil {
		return nil
	}
	env.Say("open the shop: it writes orders to %s", env.Name(w09Orders))
	_, err = env.Services.StartTask(env.Name(w09Shop), "writes orders, as its settings say", func(ctx context.Context) error { return w09Sell(ctx, env) })
	return err
}

// w09Confirm is a cashier's work.
func w09Confirm(ctx context.Context, _ *services.Delivery) error {
	t := time.NewTimer(w09Work)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// w09Sell writes orders until ctx ends. A cluster that does not take some is no
// reason to close.
func w09Sell(ctx context.Context, env *labs.Env) error {
	p, err := env.Cluster.Producer(kafka.ProducerOptions{Limit: 30 * time.Second, Client: []kgo.Opt{kgo.ClientID(env.Name(w09Shop))}})
	if err != nil {
		return err
	}
	defer p.Close()
	till, read, due := w09NewTill(env), follow(env), 0.0
	tick := time.NewTicker(w09Tick)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
		}
		now := read(ctx)
		if s := env.Services.Get(env.Name(w09Shop)); s == nil || s.Status().Switches.Paused {
			continue
		}
		due += w09PerTick(now[w09PerSecond])
		records, err := till.orders(env, int(due), now[w09Key])
		if err != nil {
			return err
		}
		due -= float64(len(records))
		p.Produce(ctx, records...)
	}
}

// w09PerTick is how many orders a rate makes in a tick.
func w09PerTick(rate string) float64 {
	n, err := strconv.Atoi(rate)
	if err != nil {
		n = w09Rate
	}
	return float64(min(max(n, w09LeastRate), w09MostRate)) * w09Tick.Seconds()
}

// w09Seen is how the newest orders lie.
type w09Seen struct {
	orders, busiest int
	partition       int32
	scattered       string // a customer whose orders lie in several partitions
	overtaken       string // a customer of whom a later order lies before an earlier one
	waiting         int64
}

func w09Look(ctx context.Context, env *labs.Env) (s w09Seen, err error) {
	records, err := check.Newest(ctx, env, env.Name(w09Orders), w09Looked)
	if err != nil {
		return s, err
	}
	s.read(records)
	s.waiting, err = check.Lag(ctx, env, env.Name("checkout"), env.Name(w09Orders))
	return s, err
}

// read looks at the newest orders of some records, which are in the order of their
// offsets in each partition.
func (s *w09Seen) read(records []check.Record) {
	type lying struct {
		w09Order
		partition int32
	}
	var all []lying
	var numbers []int64
	for i := range records {
		one := lying{partition: records[i].Partition}
		if json.Unmarshal(records[i].Record.Value, &one.w09Order) == nil && one.Customer != "" && one.Number > 0 {
			all = append(all, one)
			numbers = append(numbers, one.Number)
		}
	}
	from := nthLargest(numbers, w09Looked)
	share := map[int32]int{}
	where, last := map[string]int32{}, map[string]int64{}
	for _, o := range all {
		if o.Number < from {
			continue
		}
		s.orders++
		if share[o.partition]++; share[o.partition] > s.busiest {
			s.busiest, s.partition = share[o.partition], o.partition
		}
		if at, met := where[o.Customer]; met && at != o.partition {
			s.scattered = o.Customer
		}
		if last[o.Customer] > o.Number && where[o.Customer] == o.partition {
			s.overtaken = o.Customer
		}
		where[o.Customer], last[o.Customer] = o.partition, o.Number
	}
}

func w09Shared(ctx context.Context, env *labs.Env) (labs.Verdict, error) {
	s, err := w09Look(ctx, env)
	if err != nil {
		return labs.Verdict{}, err
	}
	want := fmt.Sprintf("fewer than %d orders wait, no cashier gets most of the newest %d, and each customer's orders are handled in their order", w09Waiting, w09Looked)
	switch {
	case s.orders < w09Looked:
		return labs.NotYet(want, check.Count(int64(s.orders), "order")+" in all", "the shop has to be open"), nil
	case s.busiest*2 > s.orders:
		return labs.NotYet(want, fmt.Sprintf("one cashier gets %d of the newest %d orders; %d wait", s.busiest, s.orders, s.waiting), "look at where the orders lie, and at who handles them"), nil
	case s.scattered != "":
		return labs.NotYet(want, "the work is shared, but several cashiers have orders of customer "+s.scattered+" in hand at the same time", "nobody knows which of them is handled first"), nil
	case s.overtaken != "":
		return labs.NotYet(want, "an order of customer "+s.overtaken+" lies before an earlier one", "look at the numbers of their orders"), nil
	case s.waiting >= w09Waiting:
		return labs.NotYet(want, fmt.Sprintf("the work is shared, and %d orders still wait", s.waiting), "the queue gets shorter: give it a moment"), nil
	}
	return labs.Done("the busiest cashier gets %d of the newest %d orders, each customer's in their order; %d wait", s.busiest, s.orders, s.waiting), nil
}

func w09Nudge(ctx context.Context, env *labs.Env) (string, error) {
	s, err := w09Look(ctx, env)
	if err != nil {
		return "", err
	}
	switch {
	case s.busiest*2 > s.orders:
		return fmt.Sprintf("%d of the newest %d orders lie in partition %d. What do these have in common that the others do not?", s.busiest, s.orders, s.partition), nil
	case s.scattered != "":
		return fmt.Sprintf("Now the orders of customer %s are in several partitions: only within one is there an order. What is the same in all orders of a customer?", s.scattered), nil
	}
	return "The orders are well spread. What is left is the queue from before: it needs a moment.", nil
}

func w09Solve(ctx context.Context, env *labs.Env) error {
	return set(ctx, env, w09Key, w09ByCustomer)
}
