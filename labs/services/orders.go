package services

import (
	"context"
	"fmt"
	"strings"
	"sync"

	"kconsole/kafka"
)

// OrdersConfig says what an order system is called and where it remembers.
type OrdersConfig struct {
	// Name makes the names of topics (orders, stock, payments, shipments,
	// notifications, dead-letters), services and groups (stock, payment, shipping,
	// notification).
	Name func(string) string
	// Partitions and Replicas are of topics that are missing; default 3, and the
	// cluster's default.
	Partitions int32
	Replicas   int16
	// Database remembers which events were handled, for the services are
	// idempotent; nil: one in memory.
	Database *Database
	// Seed is for what is made up.
	Seed uint64
}

// Orders is an order system of event-driven services, each its own group:
//
//	orders -> stock -> payment -> shipping -> notification
//
// An event is keyed by its order, so the events of an order keep their order. The
// header id names what happened ("payment:o-1"), so a replay repeats nothing. A
// record that a service cannot read goes to the topic dead-letters.
type Orders struct {
	// Services are the running ones, by their plain names.
	Services map[string]*Service

	m    *Manager
	cfg  OrdersConfig
	db   *Database
	own  *Database // to be closed
	once sync.Once

	mu   sync.Mutex // guards what is below
	shop *shop
}

// declinedFrom is the total from which the bank declines: 1,000.00.
const declinedFrom = 100_000

// soldOut is an article that the warehouse does not have.
const soldOut = "SOLD-OUT"

// StartOrders makes the topics, registers the schemas and starts the services.
// [Orders.Close] ends them.
func (m *Manager) StartOrders(ctx context.Context, cfg OrdersConfig) (*Orders, error) {
	o := &Orders{m: m, cfg: cfg, db: cfg.Database, Services: map[string]*Service{}, shop: newShop(cfg.Seed)}
	err := m.Agree(ctx,
		o.contract("orders", orderPlacedSchema), o.contract("stock", stockSchema), o.contract("payments", paymentSchema),
		o.contract("shipments", shipmentSchema), o.contract("notifications", notificationSchema), o.contract("dead-letters", ""),
	)
	if err != nil {
		return nil, err
	}
	if o.db == nil {
		if o.own, err = OpenDatabase(ctx, ""); err != nil {
			return nil, err
		}
		o.db = o.own
	}
	m.own(o)
	for _, s := range []struct {
		name, about string
		topics      []string
		handle      Handler
	}{
		{"stock", "reserves the goods of an order", []string{"orders"}, o.stock},
		{"payment", "takes the payment of what is reserved", []string{"stock"}, o.payment},
		{"shipping", "ships what is paid", []string{"payments"}, o.shipping},
		{"notification", "tells the customer how it ended", []string{"stock", "payments", "shipments"}, o.notification},
	} {
		if err := o.start(s.name, s.about, s.handle, s.topics...); err != nil {
			o.Close(ctx)
			return nil, err
		}
	}
	return o, nil
}

func (o *Orders) contract(topic, schema string) Contract {
	return Contract{Topic: o.Topic(topic), Partitions: o.cfg.Partitions, Replicas: o.cfg.Replicas, Schema: schema}
}

// Topic is a topic's full name.
func (o *Orders) Topic(plain string) string { return o.cfg.Name(plain) }

func (o *Orders) start(name, about string, handle Handler, topics ...string) error {
	for i := range topics {
		topics[i] = o.Topic(topics[i])
	}
	full := o.cfg.Name(name)
	s, err := o.m.StartConsumer(Consumer{
		Name: full, About: about, Topics: topics, Handle: handle, Retries: 2, DeadLetterTopic: o.Topic("dead-letters"),
		Idempotent: true, Seen: o.db.Seen(full),
	})
	if err == nil {
		o.Services[name] = s
	}
	return err
}

// Ready waits until all services are in their groups.
func (o *Orders) Ready(ctx context.Context) error {
	for _, s := range o.Services {
		if err := s.Ready(ctx); err != nil {
			return err
		}
	}
	return nil
}

// NewOrders makes up n orders that all can be fulfilled. Their ids are new also
// after a restart.
func (o *Orders) NewOrders(n int) []OrderPlaced {
	o.mu.Lock()
	defer o.mu.Unlock()
	out := make([]OrderPlaced, n)
	for i := range out {
		at := now()
		made := o.shop.order(at)
		p := OrderPlaced{
			Order: fmt.Sprintf("%s-%x", made.ID, at.UnixMilli()), Customer: made.Customer.ID, At: at,
		}
		for _, line := range made.Items {
			cents := line.Price.Num().Int64() * 100 / line.Price.Denom().Int64()
			p.Items = append(p.Items, OrderLine{SKU: line.SKU, Quantity: line.Quantity, Cents: cents})
			p.Cents += cents * int64(line.Quantity)
		}
		out[i] = p
	}
	return out
}

// Place publishes orders and returns when the cluster has them.
func (o *Orders) Place(ctx context.Context, orders ...OrderPlaced) error {
	events := make([]Event, len(orders))
	for i, p := range orders {
		events[i] = Event{Topic: o.Topic("orders"), Key: p.Order, ID: "order:" + p.Order, Value: p}
	}
	_, err := o.m.publish(ctx, o.cfg.Name("order"), events...)
	return err
}

// PoisonOrder publishes a record that is no Avro where orders are expected.
func (o *Orders) PoisonOrder(ctx context.Context) error {
	p, err := o.m.writer(o.cfg.Name("order"))
	if err != nil {
		return err
	}
	text := []byte(`{"order": "written by a program that does not know the schema"}`)
	return p.Produce(ctx, kafka.NewRecord{Topic: o.Topic("orders"), Partition: -1, Key: []byte("o-unknown"), Value: text})[0].Err
}

// next publishes what follows from an event.
func (o *Orders) next(ctx context.Context, d *Delivery, topic, what, order string, value any) error {
	return d.Publish(ctx, Event{Topic: o.Topic(topic), Key: order, ID: what + ":" + order, Value: value})
}

func (o *Orders) stock(ctx context.Context, d *Delivery) error {
	var e OrderPlaced
	if err := d.Event(ctx, &e, "shop.flow.OrderPlaced"); err != nil {
		return err
	}
	out := checked{Order: e.Order, Customer: e.Customer, Cents: e.Cents, Status: statusReserved, At: now()}
	for _, line := range e.Items {
		if line.SKU == soldOut {
			out.Status = statusSoldOut
		}
	}
	return o.next(ctx, d, "stock", "stock", e.Order, out)
}

func (o *Orders) payment(ctx context.Context, d *Delivery) error {
	var e checked
	if err := d.Event(ctx, &e, "shop.flow.StockChecked"); err != nil || e.Status != statusReserved {
		return err
	}
	out := checked{Order: e.Order, Customer: e.Customer, Cents: e.Cents, Status: statusTaken, At: now()}
	if e.Cents >= declinedFrom {
		out.Status = statusDeclined
	}
	return o.next(ctx, d, "payments", "payment", e.Order, out)
}

func (o *Orders) shipping(ctx context.Context, d *Delivery) error {
	var e checked
	if err := d.Event(ctx, &e, "shop.flow.PaymentTaken"); err != nil || e.Status != statusTaken {
		return err
	}
	return o.next(ctx, d, "shipments", "shipment", e.Order, shipped{Order: e.Order, Customer: e.Customer, Parcel: "p-" + strings.TrimPrefix(e.Order, "o-"), At: now()})
}

// notification finishes an order: shipped, sold out or declined.
func (o *Orders) notification(ctx context.Context, d *Delivery) error {
	var e checked // of a shipment it has the order and the customer
	names := map[string]string{
		o.Topic("stock"): "shop.flow.StockChecked", o.Topic("payments"): "shop.flow.PaymentTaken", o.Topic("shipments"): "shop.flow.OrderShipped",
	}
	if err := d.Event(ctx, &e, names[d.Topic]); err != nil {
		return err
	}
	var text string
	switch {
	case d.Topic == o.Topic("shipments"):
		text = "your order is on its way"
	case e.Status == statusSoldOut:
		text = "an article of your order is sold out"
	case e.Status == statusDeclined:
		text = "your payment was declined"
	default:
		return nil // it goes on
	}
	return o.next(ctx, d, "notifications", "notification", e.Order, notified{Order: e.Order, Customer: e.Customer, Text: text, At: now()})
}

// Close stops the services. Topics and schemas stay.
func (o *Orders) Close(ctx context.Context) {
	o.once.Do(func() {
		var names []string
		for _, s := range o.Services {
			names = append(names, s.Name())
		}
		_ = o.m.Stop(ctx, names...)
		if o.own != nil {
			_ = o.own.Close()
		}
	})
}
