package load

import (
	"fmt"
	"math"
	"time"

	"kconsole/kafka"
)

// Options say what to write, how fast and for how long.
type Options struct {
	Topic string
	// Rate is in records a second; 0: as fast as the cluster takes them.
	Rate float64
	// Duration ends the load. Without Records it must be positive.
	Duration time.Duration
	// Records ends it after so many; with Duration and a rate, whichever comes
	// first. 0: no such limit.
	Records int64
	// Values makes what is written; nil: records without a value.
	Values Maker
	// Keys say which key a record gets; the zero value: none.
	Keys Keys
	// Repeat writes the same values again after so many, which costs less than
	// making each; 0: every value is new.
	Repeat int
	// Headers are written with each record, to tell this load from another.
	Headers []kafka.Header
	// Acks and Compression are as in [kafka.ProducerOptions], but no compression
	// where none is named.
	Acks, Compression string
	// Linger is how long a batch waits for more records; 0: 5 ms. Negative: not
	// at all.
	Linger time.Duration
	// Limit is how long a record may take before it counts as failed; 0: 30 s.
	Limit time.Duration
	// Seed is for the choice of keys; the same seed gives the same keys in the
	// same order.
	Seed uint64
	// Progress is called now and then while it runs, from one goroutine; nil: not.
	Progress func(Progress)
	// Every is the time between two calls of Progress; 0: 250 ms.
	Every time.Duration
}

const (
	defaultLinger = 5 * time.Millisecond
	defaultLimit  = 30 * time.Second
	defaultEvery  = 250 * time.Millisecond
	// mostRate is beyond what one client can write.
	mostRate = 50_000_000
	// bufferBytes is how much may be on its way, for a cluster that is slower than
	// the rate.
	bufferBytes   = 64 << 20
	bufferRecords = 200_000
)

func (o *Options) complete() error {
	refuse := func(format string, args ...any) error {
		return &kafka.Error{What: "cannot start a load on topic " + o.Topic, Why: fmt.Sprintf(format, args...), Kind: kafka.Invalid}
	}
	switch {
	case o.Topic == "":
		return refuse("no topic is named")
	case math.IsNaN(o.Rate) || o.Rate < 0 || o.Rate > mostRate:
		return refuse("a rate of %g records a second is not possible", o.Rate)
	case o.Duration < 0 || o.Records < 0:
		return refuse("it cannot last less than nothing")
	case o.Duration == 0 && o.Records == 0:
		return refuse("neither a duration nor a number of records ends it")
	}
	if err := o.Keys.complete(); err != nil {
		return refuse("%v", err)
	}
	if o.Compression == "" {
		o.Compression = "none"
	}
	if o.Linger == 0 {
		o.Linger = defaultLinger
	}
	o.Linger = max(o.Linger, 0)
	if o.Limit <= 0 {
		o.Limit = defaultLimit
	}
	if o.Every <= 0 {
		o.Every = defaultEvery
	}
	return nil
}

// Total is how many records the load has; 0: only its duration ends it.
func (o *Options) Total() int64 {
	if o.Rate == 0 || o.Duration == 0 {
		return o.Records
	}
	n := int64(math.Round(o.Rate * o.Duration.Seconds()))
	if o.Records > 0 {
		n = min(n, o.Records)
	}
	return max(n, 1)
}
