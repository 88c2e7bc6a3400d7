package services

import (
	"math/big"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestEventsEncodeAndReadBack(t *testing.T) {
	s := newShop(7)
	at := time.Date(2026, 1, 2, 3, 4, 5, 6_000_000, time.UTC)
	rats := cmp.Comparer(func(a, b *big.Rat) bool { return a.Cmp(b) == 0 })
	for range 500 {
		o := s.order(at)
		rec, err := frame(OrdersTopic, o.Customer.ID, 258, orderAvro, &o)
		if err != nil {
			t.Fatal(err)
		}
		if got := rec.Value[:5]; !cmp.Equal(got, []byte{0, 0, 0, 1, 2}) {
			t.Fatalf("wire format starts with % x", got)
		}
		var back order
		rest, err := orderAvro.Decode(rec.Value[5:], &back)
		if err != nil || len(rest) > 0 {
			t.Fatalf("decode: %v, %d bytes left", err, len(rest))
		}
		if diff := cmp.Diff(o, back, rats); diff != "" {
			t.Fatal(diff)
		}
		sum := new(big.Rat)
		for _, i := range o.Items {
			sum.Add(sum, new(big.Rat).Mul(i.Price, big.NewRat(int64(i.Quantity), 1)))
		}
		if sum.Cmp(o.Total) != 0 {
			t.Fatalf("items are worth %s, total is %s", sum, o.Total)
		}

		r := s.registration(at)
		rec, err = frame(RegistrationTopic, r.ID, 1, registrationAvro, &r)
		if err != nil {
			t.Fatal(err)
		}
		var readBack registration
		if _, err := registrationAvro.Decode(rec.Value[5:], &readBack); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(r, readBack); diff != "" {
			t.Fatal(diff)
		}
	}
}

func TestSameSeedSameEvents(t *testing.T) {
	at := time.UnixMilli(1_700_000_000_000).UTC()
	a, b := newShop(3), newShop(3)
	for range 20 {
		if diff := cmp.Diff(a.registration(at), b.registration(at)); diff != "" {
			t.Fatal(diff)
		}
		if diff := cmp.Diff(a.order(at).ID, b.order(at).ID); diff != "" {
			t.Fatal(diff)
		}
	}
}
