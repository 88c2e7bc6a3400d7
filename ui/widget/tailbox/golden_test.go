package tailbox_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/gdamore/tcell/v2"

	"kconsole/kafka"
	"kconsole/kafka/tail"
)

var sizes = [][2]int{{80, 24}, {120, 40}}

// special are records that are not just rows of orders.
func special() []kafka.Record {
	records := orders(0, 50)
	records[40].Value = nil
	records[41].Value = []byte("plain text\nof two lines")
	records[42].Value = []byte{0xff, 0xfe, 0, 1, 2}
	records[43].Key = nil
	records[44].Key = []byte("東京-4711-a-key-that-is-longer-than-its-column")
	records[44].Value = []byte(`{"city":"東京都","note":"` + longNote + `"}`)
	records[45].Timestamp = time.UnixMilli(-1)
	records[45].Headers = []kafka.Header{{Key: "trace", Value: []byte("8f3a")}, {Key: "trace", Value: []byte("9b77")}}
	records[46].Value = append([]byte{0, 0, 0, 0, 99}, make([]byte, 61)...)
	return records
}

const longNote = "a text that goes on and on, and on, until it has filled more than one line of any terminal that this is tested with, which takes a while; and then some more, so that it wraps again and again at eighty columns"

func TestGolden(t *testing.T) {
	for _, size := range sizes {
		name := func(what string) string { return fmt.Sprintf("%s-%dx%d", what, size[0], size[1]) }
		b, p := start(t, setup{width: size[0], height: size[1]})
		b.Golden(name("empty"))
		b.send(p, special()...)
		b.Golden(name("following"))
		b.press(tcell.KeyUp, tcell.KeyUp, tcell.KeyUp, tcell.KeyUp, ' ', tcell.KeyUp)
		b.Golden(name("paused-marked"))
		b.press(tcell.KeyEnter)
		b.Golden(name("opened"))
		b.press('b')
		b.Golden(name("bytes"))
		b.press(tcell.KeyEsc, tcell.KeyEsc, 'w')
		b.Golden(name("wrapped"))
		b.press('w', 't', 't')
		b.Golden(name("relative"))
		b.press('t')
		b.Golden(name("epoch"))
		b.press('t', tcell.KeyRight)
		b.Golden(name("shifted"))
		b.press(tcell.KeyLeft, 'f')
		if err := b.view.SetFilter("de|FR"); err != nil {
			t.Fatal(err)
		}
		b.until("all are looked at", func() bool { return b.feed.Stats().Looked == 50 })
		b.Golden(name("filtered"))
		p.errs <- errors.New("broker 2 does not answer: connection refused; it is tried again")
		b.until("the error shows", func() bool { return b.feed.Stats().Err != nil })
		b.Golden(name("failed"))
	}
}

func TestGoldenOtherDays(t *testing.T) {
	b, p := start(t, setup{})
	records := orders(0, 12)
	records[3].Timestamp = at.AddDate(0, 0, -1)
	b.send(p, records...)
	b.Golden("yesterday")
	records = orders(12, 13)
	records[0].Timestamp = at.AddDate(-1, 0, 0)
	b.send(p, records...)
	b.Golden("last-year")
}

func TestGoldenNarrow(t *testing.T) {
	b, p := start(t, setup{width: 60, height: 16})
	b.send(p, special()...)
	b.Golden("following-60x16")
	b.Resize(34, 10)
	b.Golden("following-34x10")
	b.Resize(5, 3)
	b.Resize(1, 1)
	b.Resize(80, 24)
}

func TestGoldenStates(t *testing.T) {
	b, p := start(t, setup{})
	b.send(p, orders(0, 3)...)
	close(p.in)
	b.until("it has ended", func() bool { return b.feed.Stats().Ended })
	b.Golden("ended")
	b.feed.Start(tail.Position{Kind: tail.Last, Value: 10})
	<-b.pipes
	b.until("it reads", func() bool { return !b.feed.Stats().Opening })
	b.Golden("restarted")
	if err := b.view.SetFilter("nothing like it"); err != nil {
		t.Fatal(err)
	}
	b.Golden("nothing-to-filter")
}
