package tailbox

import (
	"fmt"
	"testing"
	"time"

	"kconsole/kafka"
)

func TestByTimeKeepsTheOrderOfOffsets(t *testing.T) {
	rec := func(p int32, offset, at int64) kafka.Record {
		return kafka.Record{Partition: p, Offset: offset, Timestamp: time.UnixMilli(at)}
	}
	records := []kafka.Record{
		rec(1, 10, 100), rec(1, 11, 300), rec(1, 12, 200), rec(1, 13, 500),
		rec(0, 5, 150), rec(0, 6, 250), rec(0, 7, 400),
		rec(2, 1, -1), rec(2, 2, 260),
	}
	byTime(records)
	var got string
	for _, r := range records {
		got += fmt.Sprintf("p%d/%d ", r.Partition, r.Offset)
	}
	if want := "p2/1 p1/10 p0/5 p0/6 p2/2 p1/11 p1/12 p0/7 p1/13 "; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}
