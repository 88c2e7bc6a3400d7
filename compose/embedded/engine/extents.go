package engine

import (
	"bufio"
	"bytes"
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math"
	"os"
	"path/filepath"
	"sync"

	"github.com/twmb/franz-go/pkg/kerr"
	"github.com/twmb/franz-go/pkg/kfake"
	"github.com/twmb/franz-go/pkg/kmsg"
)

// The engine finds a partition's offsets in its records. What retention or
// DeleteRecords has removed to the last record starts at offset 0 again after
// a restart, and after a crash records that were deleted can be back. So the
// extents are kept beside the log, before anything is removed, and put right
// at the start.

// extents remembers from where to where each partition's offsets go.
type extents struct {
	mu   sync.Mutex
	path string // "" keeps nothing
	f    *os.File
	last map[extentKey]extent
	size int64
}

type extentKey struct {
	topic     string // the id, in hex
	partition int32
}

type extent struct {
	start, end int64 // the first offset, and the one behind the last
}

// extentLine is one line of the file.
type extentLine struct {
	Topic     string `json:"t"`
	Partition int32  `json:"p"`
	Start     int64  `json:"s"`
	End       int64  `json:"e"`
}

func openExtents(dir string) (*extents, error) {
	x := &extents{last: map[extentKey]extent{}}
	if dir == "" {
		return x, nil
	}
	x.path = filepath.Join(dir, "extents.jsonl")
	f, err := os.Open(x.path)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("embedded cluster data: %w", err)
	}
	if err == nil {
		defer f.Close()
		if err := x.read(f); err != nil {
			return nil, fmt.Errorf("embedded cluster data: %s: %w", x.path, err)
		}
	}
	return x, nil
}

func (x *extents) read(r io.Reader) error {
	br := bufio.NewReader(r)
	for n := 1; ; n++ {
		raw, err := br.ReadBytes('\n')
		if err == io.EOF {
			return nil // a line that was cut short is as if it had not been written
		}
		if err != nil {
			return err
		}
		var l extentLine
		if err := json.Unmarshal(raw, &l); err != nil {
			return fmt.Errorf("line %d: %w", n, err)
		}
		x.last[extentKey{l.Topic, l.Partition}] = extent{l.Start, l.End}
	}
}

// rewrite replaces the file by what is known now. The caller holds mu.
func (x *extents) rewrite() error {
	if x.path == "" {
		return nil
	}
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	for k, e := range x.last {
		if err := enc.Encode(extentLine{k.topic, k.partition, e.start, e.end}); err != nil {
			return err
		}
	}
	if err := os.WriteFile(x.path+".new", buf.Bytes(), 0o600); err != nil {
		return err
	}
	if x.f != nil {
		x.f.Close()
	}
	if err := os.Rename(x.path+".new", x.path); err != nil {
		return err
	}
	f, err := os.OpenFile(x.path, os.O_WRONLY|os.O_APPEND, 0o600)
	x.f, x.size = f, int64(buf.Len())
	return err
}

// note writes down extents that changed.
func (x *extents) note(changes map[extentKey]extent) error {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.f == nil {
		return nil
	}
	var buf bytes.Buffer
	enc := json.NewEncoder(&buf)
	for k, e := range changes {
		if x.last[k] == e {
			continue
		}
		x.last[k] = e
		if err := enc.Encode(extentLine{k.topic, k.partition, e.start, e.end}); err != nil {
			return err
		}
	}
	if x.size += int64(buf.Len()); x.size > 8<<20 {
		return x.rewrite()
	}
	_, err := x.f.Write(buf.Bytes())
	return err
}

func (x *extents) close() {
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.f != nil {
		x.f.Close()
		x.f = nil
	}
}

// Checkpoint keeps the extents of topics, so that they survive whatever comes:
// before records are removed, and after it.
func (e *Engine) Checkpoint(topics ...string) error {
	if e.extents.path == "" {
		return nil
	}
	changes := map[extentKey]extent{}
	for _, name := range topics {
		t, ok := e.Topic(name)
		if !ok {
			continue
		}
		id := hex.EncodeToString(t.ID[:])
		for _, p := range e.Partitions(name) {
			if p.HighWatermark > 0 {
				changes[extentKey{id, p.Partition}] = extent{p.LogStart, p.HighWatermark}
			}
		}
	}
	if err := e.extents.note(changes); err != nil {
		return fmt.Errorf("embedded cluster data: %w", err)
	}
	return nil
}

// Retain removes what the topics' retention does not keep, and compacts.
func (e *Engine) Retain(topics []string) error {
	if err := e.Checkpoint(topics...); err != nil {
		return err
	}
	if !e.use((*kfake.Cluster).Compact) {
		return ErrClosed
	}
	return e.Checkpoint(topics...)
}

// restoreExtents puts the offsets of all partitions right after a start, and
// forgets topics that are gone.
func (e *Engine) restoreExtents(ctx context.Context) error {
	x := e.extents
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.path == "" {
		return nil
	}
	var conn *Conn
	defer func() {
		if conn != nil {
			conn.Close()
		}
	}()
	for k, want := range x.last {
		var id [16]byte
		if n, err := hex.Decode(id[:], []byte(k.topic)); err != nil || n != len(id) {
			return fmt.Errorf("embedded cluster data: bad topic id %q in %s", k.topic, x.path)
		}
		t, ok := e.TopicByID(id)
		if !ok {
			delete(x.last, k)
			continue
		}
		p, ok := e.Partition(t.Name, k.partition)
		if !ok || p.LogStart >= want.start && p.HighWatermark >= want.end {
			continue
		}
		if conn == nil {
			var err error
			if conn, err = e.DialInternal(ctx); err != nil {
				return err
			}
		}
		if err := e.restore(conn, t.Name, p, want); err != nil {
			return fmt.Errorf("embedded cluster data: offsets of %s-%d: %w", t.Name, k.partition, err)
		}
	}
	return x.rewrite()
}

// restore moves a partition's end forward with batches that claim records they
// do not hold, and its start behind them.
func (e *Engine) restore(conn *Conn, topic string, p PartitionState, want extent) error {
	filled := p.HighWatermark < want.end
	for at := p.HighWatermark; at < want.end; {
		n := min(want.end-at, math.MaxInt32)
		if err := fill(conn, topic, p.Partition, int32(n)); err != nil {
			return err
		}
		at += n
	}
	start := want.start
	if filled {
		start = want.end // nothing real is behind the old end
	}
	var err error
	if !e.use(func(k *kfake.Cluster) { err = k.DeleteRecords(topic, p.Partition, start) }) {
		return ErrClosed
	}
	return err
}

func fill(conn *Conn, topic string, partition, records int32) error {
	b := kmsg.RecordBatch{
		PartitionLeaderEpoch: -1, Magic: 2, LastOffsetDelta: records - 1, NumRecords: records,
		ProducerID: -1, ProducerEpoch: -1, FirstSequence: -1,
	}
	raw := b.AppendTo(nil)
	const lengthIsBehind, crcIsBehind = 12, 21 // of a version 2 record batch
	b.Length = int32(len(raw) - lengthIsBehind)
	raw = b.AppendTo(nil)
	b.CRC = int32(crc32.Checksum(raw[crcIsBehind:], crc32.MakeTable(crc32.Castagnoli)))
	req := kmsg.NewPtrProduceRequest()
	req.Version, req.Acks, req.TimeoutMillis = 9, -1, 10_000
	rt := kmsg.NewProduceRequestTopic()
	rt.Topic = topic
	rp := kmsg.NewProduceRequestTopicPartition()
	rp.Partition, rp.Records = partition, b.AppendTo(nil)
	rt.Partitions = append(rt.Partitions, rp)
	req.Topics = append(req.Topics, rt)
	resp, err := Do[*kmsg.ProduceResponse](conn, req, "")
	if err != nil {
		return err
	}
	return kerr.ErrorForCode(resp.Topics[0].Partitions[0].ErrorCode)
}
