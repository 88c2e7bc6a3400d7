package bench

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// spot is the place of a record.
type spot struct {
	partition int
	offset    int64
}

// shown are the values that kconsole printed for the first records of each
// partition.
type shown map[spot]any

var printedAt = regexp.MustCompile(`^\{"topic":"[a-z]+","partition":(\d+),"offset":(\d+),`)

// checkOurs reads all that kconsole prints: each record has to be there once, in
// the order of its partition, with a value and without an error.
func (w *work) checkOurs(b *testing.B, made *orders) (shown, error) {
	b.Helper()
	cmd := w.tail(b)
	var said strings.Builder
	cmd.Stderr = &said
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	values, n, err := readPrinted(out)
	_, _ = io.Copy(io.Discard, out)
	if ended := cmd.Wait(); err == nil && ended != nil {
		err = fmt.Errorf("%w: %s", ended, said.String())
	}
	if err == nil && n != made.made {
		err = fmt.Errorf("kconsole printed %d records, not %d", n, made.made)
	}
	return values, err
}

func readPrinted(out io.Reader) (values shown, n int, err error) {
	values = shown{}
	next := map[int]int64{}
	lines := bufio.NewScanner(out)
	lines.Buffer(make([]byte, 1<<20), 1<<20)
	for ; lines.Scan(); n++ {
		line := lines.Bytes()
		at := printedAt.FindSubmatch(line)
		if at == nil || !bytes.HasSuffix(line, []byte(`,"error":null}`)) || bytes.Contains(line, []byte(`,"value":null,`)) {
			return nil, n, fmt.Errorf("not a decoded record: %s", line)
		}
		partition, _ := strconv.Atoi(string(at[1]))
		offset, _ := strconv.ParseInt(string(at[2]), 10, 64)
		if offset != next[partition] {
			return nil, n, fmt.Errorf("partition %d has offset %d after %d", partition, offset, next[partition]-1)
		}
		next[partition]++
		if offset < sampledRecords {
			var rec struct{ Value any }
			if err := json.Unmarshal(line, &rec); err != nil {
				return nil, n, err
			}
			values[spot{partition, offset}] = rec.Value
		}
	}
	return values, n, lines.Err()
}

// compare holds what another program made of some records, written to a file
// as lines of partition, offset and JSON, against what kconsole printed.
func (s shown) compare(b *testing.B, write func(path string) error) error {
	b.Helper()
	path := filepath.Join(b.TempDir(), "values")
	if err := write(path); err != nil {
		return err
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	n := 0
	for line := range strings.Lines(string(text)) {
		fields := strings.SplitN(line, " ", 3)
		if len(fields) != 3 {
			return fmt.Errorf("not a partition, an offset and JSON: %s", line)
		}
		partition, err1 := strconv.Atoi(fields[0])
		offset, err2 := strconv.ParseInt(fields[1], 10, 64)
		var theirs any
		if err := errors.Join(err1, err2, json.Unmarshal([]byte(fields[2]), &theirs)); err != nil {
			return err
		}
		if ours := s[spot{partition, offset}]; !reflect.DeepEqual(ours, theirs) {
			return fmt.Errorf("partition %d, offset %d: kconsole prints %v, it %v", partition, offset, ours, theirs)
		}
		n++
	}
	if n != sampledRecords {
		return fmt.Errorf("it wrote %d records, not %d", n, sampledRecords)
	}
	return nil
}
