package tailbox

import (
	"strconv"

	"kconsole/ui/safe"
	"kconsole/ui/units"
	"kconsole/ui/widget/cells"
)

// columns are the widths of a frame. They only grow while the box keeps its
// size, so that nothing jumps while records run by.
type columns struct {
	width                        int // of the whole list
	time, partition, offset, key int // 0: left out
	needTime, needOffset         int
	needPartition, needKey       int
	timeX, partitionX, offsetX   int
	keyX, valueX, value          int
}

const (
	margin   = 1 // for the mark
	gap      = 2
	minValue = 20 // below this, other columns give way
	longKey  = 24 // and no more than a sixth of the list
	shortKey = 8
)

// forget lets the columns shrink again.
func (c *columns) forget() { *c = columns{} }

// see widens the columns to what a record needs.
func (c *columns) see(p *preview) {
	c.needPartition = max(c.needPartition, len(strconv.Itoa(int(p.partition))))
	c.needOffset = max(c.needOffset, len(units.Exact(p.offset)))
	if c.needKey < longKey {
		_, used := cells.Fit(p.key, longKey)
		c.needKey = max(c.needKey, used)
	}
}

// layOut places the columns. Where the value would be left with too little, the
// key is cut, then time, offset and key go.
func (c *columns) layOut(width int, s *stamp) {
	c.width = width
	c.needTime = max(c.needTime, safe.Width(s.format.heading()), timeWidth(s))
	c.needPartition, c.needOffset, c.needKey = max(c.needPartition, 1), max(c.needOffset, len("OFFSET")), max(c.needKey, len("KEY"))
	c.time, c.partition, c.offset, c.key = c.needTime, c.needPartition, c.needOffset, c.needKey
	c.key = min(c.key, max(width/6, shortKey))
	c.place()
	for _, give := range []func(){
		func() { c.key = min(c.key, shortKey) },
		func() { c.time = 0 },
		func() { c.offset = 0 },
		func() { c.key = 0 },
	} {
		if c.value >= minValue {
			return
		}
		give()
		c.place()
	}
}

// timeWidth is what the column of times needs by its format.
func timeWidth(s *stamp) int {
	switch s.format {
	case Relative:
		return len("59m 59s")
	case Epoch:
		return len("1795442530123")
	default:
		return len(s.layout)
	}
}

func (c *columns) place() {
	x := margin
	for _, col := range []struct{ at, width *int }{
		{&c.timeX, &c.time}, {&c.partitionX, &c.partition}, {&c.offsetX, &c.offset}, {&c.keyX, &c.key},
	} {
		*col.at = x
		if *col.width > 0 {
			x += *col.width + gap
		}
	}
	c.valueX = x
	c.value = max(c.width-x, 0)
}
