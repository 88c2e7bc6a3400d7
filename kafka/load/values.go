package load

import (
	"fmt"
	"math/rand/v2"
	"time"

	"kconsole/avro"
	"kconsole/avro/registry"
)

// Maker makes the values of records. It is used by one goroutine at a time.
type Maker interface {
	// Append appends the next value.
	Append(dst []byte) ([]byte, error)
	// Format names what the values are: avro, json or bytes.
	Format() string
}

// Avro makes random records of a schema that came from a registry, in the
// Confluent wire format. The same seed gives the same records, but for times,
// which are near now.
func Avro(s *registry.Schema, seed uint64) (Maker, error) {
	g, err := generator(s, seed)
	if err != nil {
		return nil, err
	}
	return &avroMaker{g, s.ID}, nil
}

// JSON makes the records that [Avro] makes, as JSON text without a schema id.
func JSON(s *registry.Schema, seed uint64) (Maker, error) {
	g, err := generator(s, seed)
	if err != nil {
		return nil, err
	}
	return &jsonMaker{g: g, s: s.Avro}, nil
}

func generator(s *registry.Schema, seed uint64) (*avro.Generator, error) {
	if s.Avro == nil {
		if s.AvroErr != nil {
			return nil, s.AvroErr
		}
		return nil, fmt.Errorf("there are random records of Avro schemas, and %s is %s", s.Subject, s.Kind)
	}
	g, err := avro.NewGenerator(s.Avro, seed, time.Now())
	if err != nil {
		return nil, fmt.Errorf("schema %s: %w", s.Subject, err)
	}
	return g, nil
}

type avroMaker struct {
	g  *avro.Generator
	id int
}

func (m *avroMaker) Append(dst []byte) ([]byte, error) {
	return m.g.Append(avro.AppendConfluent(dst, m.id)), nil
}

func (*avroMaker) Format() string { return "avro" }

type jsonMaker struct {
	g      *avro.Generator
	s      *avro.Schema
	binary []byte
}

func (m *jsonMaker) Append(dst []byte) ([]byte, error) {
	m.binary = m.g.Append(m.binary[:0])
	return m.s.AppendJSON(dst, m.binary, avro.Limits{})
}

func (*jsonMaker) Format() string { return "json" }

// Bytes makes values of a size in bytes, of random letters.
func Bytes(size int, seed uint64) Maker {
	return &bytesMaker{size, rand.New(rand.NewPCG(seed, 0xb17e5))}
}

type bytesMaker struct {
	size int
	rnd  *rand.Rand
}

func (m *bytesMaker) Append(dst []byte) ([]byte, error) {
	const letters = "abcdefghijklmnopqrstuvwxyz012345" // 32: five bits each
	for left := m.size; left > 0; {
		bits := m.rnd.Uint64()
		for range min(left, 12) {
			dst = append(dst, letters[bits&31])
			bits >>= 5
			left--
		}
	}
	return dst, nil
}

func (*bytesMaker) Format() string { return "bytes" }

// source hands out values: each new, or a number of them again and again.
type source struct {
	make  Maker
	rest  []byte // of the chunk that values are cut from
	pool  [][]byte
	used  int
	again bool
}

const (
	// chunk is what values are cut from: an allocation for many of them.
	chunk = 64 << 10
	// poolBytes bounds the values that are used again.
	poolBytes = 32 << 20
)

func newSource(m Maker, repeat int) (*source, error) {
	s := &source{make: m}
	if m == nil || repeat <= 0 {
		return s, nil
	}
	for size := 0; len(s.pool) < repeat && size < poolBytes; {
		v, err := s.fresh()
		if err != nil {
			return nil, err
		}
		s.pool = append(s.pool, v)
		size += len(v)
	}
	s.again = true
	return s, nil
}

// next is the next value. It stays as it is: the client reads it later.
func (s *source) next() ([]byte, error) {
	if s.make == nil {
		return nil, nil
	}
	if !s.again {
		return s.fresh()
	}
	v := s.pool[s.used%len(s.pool)]
	s.used++
	return v, nil
}

func (s *source) fresh() ([]byte, error) {
	if cap(s.rest)-len(s.rest) < chunk/8 {
		s.rest = make([]byte, 0, chunk)
	}
	start := len(s.rest)
	all, err := s.make.Append(s.rest)
	if err != nil {
		return nil, fmt.Errorf("make a value: %w", err)
	}
	s.rest = all
	return all[start:len(all):len(all)], nil
}
