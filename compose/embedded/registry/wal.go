package registry

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"iter"
	"log/slog"
	"os"
	"path/filepath"
)

// The log is one file: walMagic, then records. A record is a header of 12 bytes
// (the payload's length, the payload's CRC-32C, and the CRC-32C of those eight
// bytes, all little endian) and the payload. A record is synced before the
// change it holds is answered, so only the last one can be torn; opening the log
// cuts a torn tail off. Damage with intact records behind it is not repaired but
// reported: it is not ours to guess what was acknowledged.
const (
	walMagic      = "KCREG01\n"
	walName       = "registry.log"
	walTemp       = "registry.log.new"
	walLock       = "registry.lock"
	walHeader     = 12
	maxWALPayload = 64 << 20
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// wal is the open log. One goroutine at a time may use it.
type wal struct {
	dir    string
	lock   *os.File
	file   *os.File
	size   int64
	failed error // set when the file can no longer be trusted to take a record
}

// openWAL opens or makes the log in dir and hands each record to replay.
func openWAL(dir string, logger *slog.Logger, replay func(payload []byte) error) (_ *wal, err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("registry: cannot make the data directory: %w", err)
	}
	w := &wal{dir: dir}
	defer func() {
		if err != nil {
			w.close()
		}
	}()
	if w.lock, err = lockFile(filepath.Join(dir, walLock)); err != nil {
		return nil, fmt.Errorf("registry: %s is in use by another registry: stop that one or choose another directory: %w", dir, err)
	}
	// A compaction that was cut short leaves its file; the log beside it is whole.
	if err := os.Remove(filepath.Join(dir, walTemp)); err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("registry: cannot remove what an unfinished compaction left: %w", err)
	}
	path := filepath.Join(dir, walName)
	if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
		if err := w.replace(func(func([]byte, error) bool) {}); err != nil {
			return nil, err
		}
		return w, nil
	}
	if w.file, err = os.OpenFile(path, os.O_RDWR, 0o600); err != nil {
		return nil, fmt.Errorf("registry: cannot open the log: %w", err)
	}
	return w, w.recover(logger, replay)
}

// recover replays the log and cuts off a torn tail.
func (w *wal) recover(logger *slog.Logger, replay func([]byte) error) error {
	info, err := w.file.Stat()
	if err != nil {
		return fmt.Errorf("registry: cannot read the log: %w", err)
	}
	end := info.Size()
	magic := make([]byte, len(walMagic))
	if _, err := io.ReadFull(w.file, magic); err != nil || string(magic) != walMagic {
		return fmt.Errorf("registry: %s is no log of a registry: move it away to start with an empty one", w.path())
	}
	w.size = int64(len(walMagic))
	for r := bufio.NewReaderSize(w.file, 64<<10); w.size < end; {
		payload, ok, err := readFrame(r, end-w.size)
		if err != nil {
			return fmt.Errorf("registry: cannot read the log: %w", err)
		}
		if !ok {
			break
		}
		if err := replay(payload); err != nil {
			return fmt.Errorf("registry: %s cannot be replayed at byte %d: %w", w.path(), w.size, err)
		}
		w.size += walHeader + int64(len(payload))
	}
	if w.size < end {
		if err := w.cutTail(logger, end); err != nil {
			return err
		}
	}
	if _, err := w.file.Seek(w.size, io.SeekStart); err != nil {
		return fmt.Errorf("registry: cannot seek in the log: %w", err)
	}
	return nil
}

// cutTail removes what follows the last whole record, if that can be what one
// interrupted append left behind.
func (w *wal) cutTail(logger *slog.Logger, end int64) error {
	damaged := fmt.Errorf("registry: %s is damaged at byte %d of %d: restore it from a copy, or move it away to start empty", w.path(), w.size, end)
	if end-w.size > walHeader+maxWALPayload {
		return damaged
	}
	rest := make([]byte, end-w.size)
	if _, err := w.file.ReadAt(rest, w.size); err != nil {
		return fmt.Errorf("registry: cannot read the log: %w", err)
	}
	if recordAfter(rest) {
		return damaged
	}
	logger.Warn("registry: cut off a record that was not wholly written", "file", w.path(), "byte", w.size, "bytes", end-w.size)
	if err := w.file.Truncate(w.size); err != nil {
		return fmt.Errorf("registry: cannot cut off the torn end of the log: %w", err)
	}
	if err := w.file.Sync(); err != nil {
		return fmt.Errorf("registry: cannot sync the log: %w", err)
	}
	return nil
}

func (w *wal) path() string { return filepath.Join(w.dir, walName) }

// frame puts the header before a payload.
func frame(payload []byte) []byte {
	b := make([]byte, walHeader, walHeader+len(payload))
	binary.LittleEndian.PutUint32(b, uint32(len(payload)))
	binary.LittleEndian.PutUint32(b[4:], crc32.Checksum(payload, castagnoli))
	binary.LittleEndian.PutUint32(b[8:], crc32.Checksum(b[:8], castagnoli))
	return append(b, payload...)
}

// parseHeader returns the length and checksum of the payload behind an intact header.
func parseHeader(h []byte) (n int64, sum uint32, ok bool) {
	n = int64(binary.LittleEndian.Uint32(h))
	ok = n > 0 && n <= maxWALPayload && binary.LittleEndian.Uint32(h[8:]) == crc32.Checksum(h[:8], castagnoli)
	return n, binary.LittleEndian.Uint32(h[4:]), ok
}

// readFrame reads the record that r stands at; false means that there is no
// whole, intact one within the remaining bytes.
func readFrame(r io.Reader, remaining int64) (payload []byte, ok bool, err error) {
	var head [walHeader]byte
	if remaining < walHeader {
		return nil, false, nil
	}
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return nil, false, err
	}
	n, sum, ok := parseHeader(head[:])
	if !ok || n > remaining-walHeader {
		return nil, false, nil
	}
	payload = make([]byte, n)
	if _, err := io.ReadFull(r, payload); err != nil {
		return nil, false, err
	}
	return payload, crc32.Checksum(payload, castagnoli) == sum, nil
}

// recordAfter reports whether an intact record stands anywhere behind the first
// byte of rest. If so, what rest starts with was once whole: an append begins
// only after the one before it was synced.
func recordAfter(rest []byte) bool {
	for i := 1; i+walHeader < len(rest); i++ {
		n, sum, ok := parseHeader(rest[i:])
		if !ok || n > int64(len(rest)-i-walHeader) {
			continue
		}
		payload := rest[i+walHeader:][:n]
		if crc32.Checksum(payload, castagnoli) == sum {
			return true
		}
	}
	return false
}

// append writes one record and syncs it. When it fails the record is not in the
// log. If even that cannot be made sure, the log takes no more records.
func (w *wal) append(payload []byte) error {
	if w.failed != nil {
		return w.failed
	}
	if len(payload) == 0 || len(payload) > maxWALPayload {
		return fmt.Errorf("a record of %d bytes does not fit the log", len(payload))
	}
	b := frame(payload)
	if _, err := w.file.Write(b); err != nil {
		if terr := w.rewind(); terr != nil {
			w.failed = fmt.Errorf("the log could not be written (%w) nor cut back (%w): restart the registry", err, terr)
			return w.failed
		}
		return fmt.Errorf("the log could not be written: %w", err)
	}
	if err := w.file.Sync(); err != nil {
		// After a failed sync the system may have dropped the pages and call the
		// next sync a success: nothing written from here on could be trusted.
		w.failed = fmt.Errorf("the log could not be synced: %w: restart the registry", err)
		return w.failed
	}
	w.size += int64(len(b))
	return nil
}

func (w *wal) rewind() error {
	if err := w.file.Truncate(w.size); err != nil {
		return err
	}
	_, err := w.file.Seek(w.size, io.SeekStart)
	return err
}

// replace puts a log that holds just these records in the place of the old one.
// A crash at any moment leaves either the old log or the new.
func (w *wal) replace(payloads iter.Seq2[[]byte, error]) error {
	if w.failed != nil {
		return w.failed
	}
	temp := filepath.Join(w.dir, walTemp)
	size, err := writeWAL(temp, payloads)
	if err != nil {
		_ = os.Remove(temp)
		return fmt.Errorf("registry: cannot write a new log: %w", err)
	}
	// Some systems do not rename over an open file.
	if w.file != nil {
		_ = w.file.Close()
		w.file = nil
	}
	err = os.Rename(temp, w.path())
	if err == nil {
		err = syncDir(w.dir)
	}
	if err == nil {
		w.file, err = os.OpenFile(w.path(), os.O_RDWR, 0o600)
	}
	if err == nil {
		_, err = w.file.Seek(size, io.SeekStart)
	}
	if err != nil {
		w.failed = fmt.Errorf("registry: cannot put the new log in place: %w: restart the registry", err)
		return w.failed
	}
	w.size = size
	return nil
}

func writeWAL(path string, payloads iter.Seq2[[]byte, error]) (size int64, err error) {
	f, err := os.OpenFile(path, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	out := bufio.NewWriterSize(f, 64<<10)
	n, err := out.WriteString(walMagic)
	if err != nil {
		return 0, err
	}
	size = int64(n)
	for p, err := range payloads {
		if err != nil {
			return 0, err
		}
		n, err := out.Write(frame(p))
		if err != nil {
			return 0, err
		}
		size += int64(n)
	}
	if err := out.Flush(); err != nil {
		return 0, err
	}
	return size, f.Sync()
}

// close releases the files. What was acknowledged is on disk already.
func (w *wal) close() {
	if w.file != nil {
		_ = w.file.Close()
		w.file = nil
	}
	if w.lock != nil {
		_ = w.lock.Close()
		w.lock = nil
	}
	if w.failed == nil {
		w.failed = errClosed
	}
}

var errClosed = errors.New("the registry is closed")
