package services

import "time"

// The events of the order system, one record type a topic. Amounts are whole
// cents; what a later service needs travels with the event.
const (
	orderPlacedSchema = `{
  "type": "record", "name": "OrderPlaced", "namespace": "shop.flow", "doc": "A customer placed an order.",
  "fields": [
    {"name": "order", "type": "string"},
    {"name": "customer", "type": "string"},
    {"name": "items", "type": {"type": "array", "items": {"type": "record", "name": "Line", "fields": [
      {"name": "sku", "type": "string"},
      {"name": "quantity", "type": "int"},
      {"name": "cents", "type": "long"}
    ]}}},
    {"name": "cents", "type": "long", "doc": "the total"},
    {"name": "at", "type": {"type": "long", "logicalType": "timestamp-millis"}}
  ]
}`
	stockSchema = `{
  "type": "record", "name": "StockChecked", "namespace": "shop.flow", "doc": "The warehouse reserved the goods, or could not.",
  "fields": [
    {"name": "order", "type": "string"},
    {"name": "customer", "type": "string"},
    {"name": "cents", "type": "long"},
    {"name": "status", "type": {"type": "enum", "name": "StockStatus", "symbols": ["RESERVED", "SOLD_OUT"]}},
    {"name": "at", "type": {"type": "long", "logicalType": "timestamp-millis"}}
  ]
}`
	paymentSchema = `{
  "type": "record", "name": "PaymentTaken", "namespace": "shop.flow", "doc": "The payment was taken, or declined.",
  "fields": [
    {"name": "order", "type": "string"},
    {"name": "customer", "type": "string"},
    {"name": "cents", "type": "long"},
    {"name": "status", "type": {"type": "enum", "name": "PaymentStatus", "symbols": ["TAKEN", "DECLINED"]}},
    {"name": "at", "type": {"type": "long", "logicalType": "timestamp-millis"}}
  ]
}`
	shipmentSchema = `{
  "type": "record", "name": "OrderShipped", "namespace": "shop.flow", "doc": "The parcel is on its way.",
  "fields": [
    {"name": "order", "type": "string"},
    {"name": "customer", "type": "string"},
    {"name": "parcel", "type": "string"},
    {"name": "at", "type": {"type": "long", "logicalType": "timestamp-millis"}}
  ]
}`
	notificationSchema = `{
  "type": "record", "name": "CustomerNotified", "namespace": "shop.flow", "doc": "The customer was told how the order went: the order is finished.",
  "fields": [
    {"name": "order", "type": "string"},
    {"name": "customer", "type": "string"},
    {"name": "text", "type": "string"},
    {"name": "at", "type": {"type": "long", "logicalType": "timestamp-millis"}}
  ]
}`
)

// OrderPlaced starts the flow.
type OrderPlaced struct {
	Order    string      `json:"order"`
	Customer string      `json:"customer"`
	Items    []OrderLine `json:"items"`
	Cents    int64       `json:"cents"`
	At       time.Time   `json:"at"`
}

// OrderLine is one line of an order.
type OrderLine struct {
	SKU      string `json:"sku"`
	Quantity int32  `json:"quantity"`
	Cents    int64  `json:"cents"`
}

// checked is StockChecked and PaymentTaken.
type checked struct {
	Order    string    `json:"order"`
	Customer string    `json:"customer"`
	Cents    int64     `json:"cents"`
	Status   string    `json:"status"`
	At       time.Time `json:"at"`
}

type shipped struct {
	Order    string    `json:"order"`
	Customer string    `json:"customer"`
	Parcel   string    `json:"parcel"`
	At       time.Time `json:"at"`
}

type notified struct {
	Order    string    `json:"order"`
	Customer string    `json:"customer"`
	Text     string    `json:"text"`
	At       time.Time `json:"at"`
}

const (
	statusReserved = "RESERVED"
	statusSoldOut  = "SOLD_OUT"
	statusTaken    = "TAKEN"
	statusDeclined = "DECLINED"
)

// now is the time of an event: what a timestamp-millis can hold.
func now() time.Time { return time.Now().UTC().Truncate(time.Millisecond) }
