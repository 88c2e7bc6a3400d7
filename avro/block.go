package avro

import "math"

var brackets = [2]string{"[]", "{}"}

// readBlock reads the count of the next block of an array or map; 0 ends it. A
// negative count is followed by the block's size in bytes, which readers that
// skip use.
//
// Before an item is read, the count is held against the bytes that are left,
// so a wrong one is found at once.
func readBlock(t *Type, data []byte, pos int, lim Limits) (n int64, next int, why fault) {
	n, pos = varint(data, pos)
	if pos < 0 {
		return 0, 0, varintFault(pos)
	}
	if n < 0 {
		if n == math.MinInt64 {
			return 0, 0, fault{problem: BadCount, value: n}
		}
		n = -n
		var size int64
		if size, pos = varint(data, pos); pos < 0 {
			return 0, 0, varintFault(pos)
		}
		if uint64(size) > uint64(len(data)-pos) {
			return 0, 0, fault{problem: BadLength, value: size, have: int64(len(data) - pos)}
		}
	}
	least := t.Elem.minSize
	if t.Kind == Map {
		least++ // the key's length
	}
	if least == 0 {
		if n > int64(lim.EmptyItems) {
			return 0, 0, fault{problem: BadCount, value: n, have: int64(lim.EmptyItems)}
		}
	} else if n > int64((len(data)-pos)/least) {
		return 0, 0, fault{problem: BadCount, value: n, have: int64((len(data) - pos) / least)}
	}
	return n, pos, fault{}
}

// skipBlocks passes over an array whose items all have the same size.
func skipBlocks(t *Type, data []byte, pos int, lim Limits) (next int, why fault) {
	size, done := int64(t.Elem.minSize), int64(0)
	for {
		var n int64
		if n, pos, why = readBlock(t, data, pos, lim); why.problem != 0 || n == 0 {
			return pos, why
		}
		if done += n; size == 0 && done > int64(lim.EmptyItems) {
			return 0, fault{problem: BadCount, value: done, have: int64(lim.EmptyItems)}
		}
		pos += int(n * size)
	}
}
