package cmd

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"kconsole/avro/decode"
)

// maxSized is how many bytes of values are kept to be compressed as one batch;
// Kafka's batches have at most a megabyte by default.
const maxSized = 1 << 20

// tailSizes compares what values take as they are and as JSON.
type tailSizes struct {
	binary, json [][]byte
	held         int
}

func (t *tailSizes) add(ctx context.Context, d *decode.Decoder, in decode.Input) {
	if t.held+len(in.Data) > maxSized {
		return
	}
	text, r := d.Decode(ctx, nil, in)
	if r.Err != nil || t.held+len(in.Data)+len(text) > maxSized {
		return
	}
	t.binary, t.json = append(t.binary, slices.Clone(in.Data)), append(t.json, text)
	t.held += len(in.Data) + len(text)
}

// write says what the values take, side by side.
func (t *tailSizes) write(w io.Writer) error {
	if len(t.binary) == 0 {
		return nil
	}
	s, err := decode.CompareSizes(t.binary, t.json)
	if err != nil {
		return err
	}
	fmt.Fprintf(w, "%-22s %8s %8s\n", fmt.Sprintf("values: %d", s.Records), "bytes", "as JSON")
	row := func(name string, p decode.Pair) {
		fmt.Fprintln(w, strings.TrimRight(fmt.Sprintf("  %-20s %8d %8d  %s", name, p.Binary, p.JSON, share(p)), " "))
	}
	row("as they are", decode.Pair{Binary: s.Binary, JSON: s.JSON})
	for _, name := range []string{"gzip", "snappy", "lz4", "zstd"} {
		row("in a batch, "+name, s.Compressed[name])
	}
	return nil
}

// share is how much less than JSON it is.
func share(p decode.Pair) string {
	if p.JSON == 0 || p.Binary >= p.JSON {
		return ""
	}
	return fmt.Sprintf("%d%% less", 100-100*p.Binary/p.JSON)
}
