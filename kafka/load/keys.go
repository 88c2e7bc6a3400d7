package load

import (
	"fmt"
	"math/rand/v2"
	"strconv"
)

// Distribution is how often which key is chosen.
type Distribution string

// The distributions.
const (
	NoKeys  Distribution = "none"    // null keys: the client spreads the batches
	Uniform Distribution = "uniform" // each key as often as any other
	Zipf    Distribution = "zipf"    // key n about 1/n^1.1 as often as the first: a few are busy, most are rare
	Hot     Distribution = "hot"     // one key gets most, the others share the rest evenly
)

// Distributions lists them, for help and completion.
func Distributions() []string {
	return []string{string(Uniform), string(Zipf), string(Hot), string(NoKeys)}
}

// Keys are the keys of a load: key-0, key-1, ...
type Keys struct {
	Distribution Distribution // "" is [NoKeys]
	Count        int          // how many different ones; 0: 1,000
	HotShare     float64      // what part of the records the hot key, key-0, gets; 0: 0.8
}

const (
	defaultKeys = 1000
	mostKeys    = 10_000_000
	hotShare    = 0.8
	zipfS       = 1.1
)

func (k *Keys) complete() error {
	switch k.Distribution {
	case "":
		k.Distribution = NoKeys
	case NoKeys, Uniform, Zipf, Hot:
	default:
		return fmt.Errorf("keys cannot be %s", k.Distribution)
	}
	if k.Count == 0 {
		k.Count = defaultKeys
	}
	if k.HotShare == 0 {
		k.HotShare = hotShare
	}
	if k.Count < 1 || k.Count > mostKeys {
		return fmt.Errorf("%d different keys; from 1 to %d are possible", k.Count, mostKeys)
	}
	if k.HotShare < 0 || k.HotShare > 1 {
		return fmt.Errorf("a hot key cannot get %g of the records", k.HotShare)
	}
	return nil
}

// chooser draws keys, and counts them. It is not safe for concurrent use.
type chooser struct {
	keys   Keys
	rnd    *rand.Rand
	zipf   *rand.Zipf
	counts []int64       // how often each of the first ones was drawn
	rest   map[int]int64 // and each of the others
	texts  [][]byte      // of the first ones, made when first drawn
}

// firstKeys is how many keys have a place of their own in memory.
const firstKeys = 1 << 16

func newChooser(k Keys, seed uint64) *chooser {
	c := &chooser{keys: k, rnd: rand.New(rand.NewPCG(seed, 0x10ad))}
	if k.Distribution != NoKeys && k.Distribution != "" {
		first := min(k.Count, firstKeys)
		c.counts, c.texts, c.rest = make([]int64, first), make([][]byte, first), map[int]int64{}
	}
	if k.Distribution == Zipf {
		c.zipf = rand.NewZipf(c.rnd, zipfS, 1, uint64(k.Count-1))
	}
	return c
}

// next is the number of the next record's key; negative: none.
func (c *chooser) next() int {
	switch c.keys.Distribution {
	case Uniform:
		return c.rnd.IntN(c.keys.Count)
	case Zipf:
		return int(c.zipf.Uint64())
	case Hot:
		if c.keys.Count == 1 || c.rnd.Float64() < c.keys.HotShare {
			return 0
		}
		return 1 + c.rnd.IntN(c.keys.Count-1)
	}
	return -1
}

// draw is the next record's key; nil: none. It must not be written to.
func (c *chooser) draw() []byte {
	n := c.next()
	if n < 0 {
		return nil
	}
	if n >= len(c.texts) {
		c.rest[n]++
		return appendKey(make([]byte, 0, 16), n)
	}
	c.counts[n]++
	if c.texts[n] == nil {
		c.texts[n] = appendKey(nil, n)
	}
	return c.texts[n]
}

// summary is which keys were drawn.
func (c *chooser) summary() KeySummary {
	s := KeySummary{Distribution: c.keys.Distribution}
	var most, all int64
	hottest := -1
	count := func(n int, times int64) {
		all += times
		if times > 0 {
			s.Distinct++
		}
		if times > most || times == most && n < hottest {
			most, hottest = times, n
		}
	}
	for n, times := range c.counts {
		count(n, times)
	}
	for n, times := range c.rest {
		count(n, times)
	}
	if hottest >= 0 {
		s.Hottest, s.HottestShare = string(appendKey(nil, hottest)), float64(most)/float64(all)
	}
	return s
}

// appendKey appends the text of a key.
func appendKey(dst []byte, n int) []byte {
	return strconv.AppendInt(append(dst, "key-"...), int64(n), 10)
}
