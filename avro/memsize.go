package avro

import "unsafe"

// MemSize is about how many bytes the schema takes in memory, for caches that
// are bounded in bytes. Programs that are compiled on first use are counted as
// if they existed.
func (s *Schema) MemSize() int {
	n := len(s.people.ops) * int(unsafe.Sizeof(op{}))
	for i := range s.people.ops {
		n += len(s.people.ops[i].lit) + 4*len(s.people.ops[i].table)
	}
	return 2*n + 8*len(s.text)
}
