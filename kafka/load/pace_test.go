package load

import (
	"math/rand/v2"
	"testing"
	"time"

	"kconsole/kafka"
	"kconsole/kafka/kafkatest"
)

func TestMain(m *testing.M) { kafkatest.Main(m) }

// worn is a clock whose sleeps are too long and whose time goes by between
// calls, as on a busy machine; no test waits for it.
func worn(seed uint64) clock {
	rnd := rand.New(rand.NewPCG(seed, 1))
	at := time.Unix(1_700_000_000, 0)
	lock := make(chan struct{}, 1)
	tick := func(d time.Duration) time.Time {
		lock <- struct{}{}
		defer func() { <-lock }()
		at = at.Add(d)
		return at
	}
	return clock{
		now: func() time.Time { return tick(200 * time.Nanosecond) },
		sleep: func(d time.Duration, _ <-chan struct{}) {
			tick(d + time.Duration(rnd.ExpFloat64()*float64(2*time.Millisecond)))
		},
	}
}

// TestRateError: whatever the timers do, the rate is the one that was asked for,
// and exactly that many records are sent.
func TestRateError(t *testing.T) {
	k := kafkatest.Embedded(t)
	c, err := kafka.Connect(k.Config)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	topic := k.Topic(t, 3, 1)
	for i, test := range []struct {
		rate     float64
		duration time.Duration
	}{{7, 3 * time.Second}, {999, 2 * time.Second}, {20_000, time.Second}, {0.5, 8 * time.Second}} {
		s, err := run(t.Context(), c, Options{Topic: topic, Rate: test.rate, Duration: test.duration, Values: Bytes(20, 1)}, worn(uint64(i)))
		if err != nil {
			t.Fatal(err)
		}
		if want := int64(test.rate*test.duration.Seconds() + 0.5); s.Sent != want || s.Acknowledged != want {
			t.Errorf("%g/s for %v: %d sent, %d acknowledged, want %d", test.rate, test.duration, s.Sent, s.Acknowledged, want)
		}
		if s.RateError > 0.01 || s.Ended != endedDuration {
			t.Errorf("%g/s for %v: the rate was %g, an error of %.3g; ended: %s", test.rate, test.duration, s.Rate, s.RateError, s.Ended)
		}
	}
}

func TestPaceCatchesUp(t *testing.T) {
	p := pace{1000}
	for _, test := range []struct {
		after time.Duration
		due   int64
	}{{0, 1}, {999 * time.Microsecond, 1}, {time.Millisecond, 2}, {time.Second, 1001}} {
		if got := p.due(test.after); got != test.due {
			t.Errorf("after %v %d are due, want %d", test.after, got, test.due)
		}
	}
	if p.wait(5*time.Millisecond, 4) != 0 || p.wait(0, 10) != 10*time.Millisecond {
		t.Error("it waits for what is due, or not for what is not")
	}
}
