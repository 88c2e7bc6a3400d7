package services

import (
	"fmt"
	"math/big"
	"math/rand/v2"
	"time"

	"github.com/twmb/avro"
)

// The topics of the sample shop and the group that reads its orders.
const (
	OrdersTopic       = "orders"
	RegistrationTopic = "user-registrations"
	BillingGroup      = "billing"
)

// orderSchema is the writer schema of [OrdersTopic]: a nested record, an array,
// an enum, a union, a decimal and a timestamp, so that a decoded order shows
// what Avro has.
const orderSchema = `{
  "type": "record", "name": "Order", "namespace": "shop.orders",
  "doc": "A customer placed an order.",
  "fields": [
    {"name": "id", "type": "string"},
    {"name": "customer", "type": {"type": "record", "name": "Customer", "fields": [
      {"name": "id", "type": "string"},
      {"name": "name", "type": "string"},
      {"name": "country", "type": "string", "doc": "ISO 3166-1 alpha-2"}
    ]}},
    {"name": "items", "type": {"type": "array", "items": {"type": "record", "name": "Item", "fields": [
      {"name": "sku", "type": "string"},
      {"name": "quantity", "type": "int"},
      {"name": "price", "type": {"type": "bytes", "logicalType": "decimal", "precision": 10, "scale": 2}}
    ]}}},
    {"name": "total", "type": {"type": "bytes", "logicalType": "decimal", "precision": 12, "scale": 2}},
    {"name": "coupon", "type": ["null", "string"], "default": null},
    {"name": "payment", "type": {"type": "enum", "name": "Payment", "symbols": ["CARD", "INVOICE", "PAYPAL"]}},
    {"name": "placed", "type": {"type": "long", "logicalType": "timestamp-millis"}}
  ]
}`

// registrationSchema is the writer schema of [RegistrationTopic].
const registrationSchema = `{
  "type": "record", "name": "UserRegistered", "namespace": "shop.users",
  "doc": "Somebody opened an account.",
  "fields": [
    {"name": "id", "type": {"type": "string", "logicalType": "uuid"}},
    {"name": "email", "type": "string"},
    {"name": "name", "type": "string"},
    {"name": "country", "type": "string"},
    {"name": "newsletter", "type": "boolean", "default": false},
    {"name": "referrer", "type": ["null", "string"], "default": null},
    {"name": "registered", "type": {"type": "long", "logicalType": "timestamp-millis"}}
  ]
}`

type customer struct {
	ID      string `avro:"id"`
	Name    string `avro:"name"`
	Country string `avro:"country"`
}

type item struct {
	SKU      string   `avro:"sku"`
	Quantity int32    `avro:"quantity"`
	Price    *big.Rat `avro:"price"`
}

type order struct {
	ID       string    `avro:"id"`
	Customer customer  `avro:"customer"`
	Items    []item    `avro:"items"`
	Total    *big.Rat  `avro:"total"`
	Coupon   *string   `avro:"coupon"`
	Payment  string    `avro:"payment"`
	Placed   time.Time `avro:"placed"`
}

type registration struct {
	ID         string    `avro:"id"`
	Email      string    `avro:"email"`
	Name       string    `avro:"name"`
	Country    string    `avro:"country"`
	Newsletter bool      `avro:"newsletter"`
	Referrer   *string   `avro:"referrer"`
	Registered time.Time `avro:"registered"`
}

// shop makes up events. The same seed and the same times give the same events.
type shop struct {
	rnd    *rand.Rand
	orders int
}

func newShop(seed uint64) *shop {
	return &shop{rnd: rand.New(rand.NewPCG(seed, seed)), orders: 88_000}
}

var (
	firstNames = []string{"Ada", "Björn", "Chloé", "Dilnoza", "Emeka", "Fatima", "Grzegorz", "Hanna", "Ivo", "Jürgen", "Kaori", "Łukasz", "Mónica", "Ngozi", "Oluwa", "Priya"}
	lastNames  = []string{"Almeida", "Becker", "Çelik", "Dubois", "Eriksen", "Fischer", "Garcia", "Haddad", "Ito", "Jansen", "Kowalska", "Lindqvist", "Moreau", "Nowak", "Okafor", "Patel"}
	countries  = []string{"DE", "FR", "GB", "IT", "JP", "NG", "NL", "PL", "SE", "US"}
	products   = []struct {
		sku   string
		cents int64
	}{
		{"TEE-BLK-M", 1990},
		{"TEE-WHT-L", 1990},
		{"MUG-KAFKA", 1250},
		{"BOOK-AVRO", 3900},
		{"STICKER-10", 450},
		{"CAP-ELEPHANT", 2200},
		{"HOODIE-NVY-S", 5490},
		{"POSTER-LOG", 1500},
	}
	coupons   = []string{"WELCOME10", "XMAS", "FREESHIP"}
	payments  = []string{"CARD", "INVOICE", "PAYPAL"}
	referrers = []string{"newsletter", "search", "friend"}
)

func pick[T any](r *rand.Rand, from []T) T { return from[r.IntN(len(from))] }

func maybe(r *rand.Rand, percent int, from []string) *string {
	if r.IntN(100) >= percent {
		return nil
	}
	s := pick(r, from)
	return &s
}

func (s *shop) order(at time.Time) order {
	s.orders++
	// Two hundred customers, a few of them keen: squaring skews towards the low ids.
	f := s.rnd.Float64()
	n := int(f * f * 200)
	o := order{
		ID: fmt.Sprintf("o-%d", s.orders),
		Customer: customer{
			ID:      fmt.Sprintf("c-%04d", n),
			Name:    firstNames[n%len(firstNames)] + " " + lastNames[(n/len(firstNames)+n)%len(lastNames)],
			Country: countries[n%len(countries)],
		},
		Coupon:  maybe(s.rnd, 15, coupons),
		Payment: pick(s.rnd, payments),
		Placed:  at,
	}
	var total int64
	for range 1 + s.rnd.IntN(3) {
		p, quantity := pick(s.rnd, products), 1+s.rnd.IntN(3)
		total += p.cents * int64(quantity)
		o.Items = append(o.Items, item{SKU: p.sku, Quantity: int32(quantity), Price: big.NewRat(p.cents, 100)})
	}
	o.Total = big.NewRat(total, 100)
	return o
}

func (s *shop) registration(at time.Time) registration {
	first, last := pick(s.rnd, firstNames), pick(s.rnd, lastNames)
	n := s.rnd.Uint64()
	return registration{
		ID:         fmt.Sprintf("%08x-%04x-4%03x-8%03x-%012x", uint32(n), uint16(n>>32), n>>52, s.rnd.IntN(1<<12), s.rnd.Int64N(1<<48)),
		Email:      fmt.Sprintf("user%d@example.com", n%1_000_000),
		Name:       first + " " + last,
		Country:    pick(s.rnd, countries),
		Newsletter: s.rnd.IntN(3) == 0,
		Referrer:   maybe(s.rnd, 40, referrers),
		Registered: at,
	}
}

// schemas are parsed once: they are constants, and a test encodes with both.
var (
	orderAvro        = avro.MustParse(orderSchema)
	registrationAvro = avro.MustParse(registrationSchema)
)
