package decode

import (
	"bytes"
	"compress/gzip"
	"io"

	"github.com/klauspost/compress/s2"
	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
)

// Sizes compares what records take in different forms, in bytes.
type Sizes struct {
	Records int
	// Binary is what lies in the topic, JSON the same records as JSON text.
	Binary, JSON int
	// Compressed holds, by codec (gzip, snappy, lz4, zstd), what both take as
	// one compressed batch, at the codecs' default levels.
	Compressed map[string]Pair
}

// Pair is a size of binary records, and of the same ones as JSON.
type Pair struct{ Binary, JSON int }

// CompareSizes measures records and their JSON forms, as one batch each. The
// caller bounds the batch; a few hundred records tell enough.
func CompareSizes(binary, jsonTexts [][]byte) (Sizes, error) {
	s := Sizes{Records: len(binary), Compressed: map[string]Pair{}}
	b, j := bytes.Join(binary, nil), bytes.Join(jsonTexts, nil)
	s.Binary, s.JSON = len(b), len(j)
	for name, pack := range packers {
		nb, err := pack(b)
		if err != nil {
			return s, err
		}
		nj, err := pack(j)
		if err != nil {
			return s, err
		}
		s.Compressed[name] = Pair{nb, nj}
	}
	return s, nil
}

// packers are Kafka's codecs.
var packers = map[string]func([]byte) (int, error){
	"gzip": func(b []byte) (int, error) {
		return compressedSize(b, func(w io.Writer) (io.WriteCloser, error) { return gzip.NewWriter(w), nil })
	},
	"snappy": func(b []byte) (int, error) { return len(s2.EncodeSnappy(nil, b)), nil },
	"lz4": func(b []byte) (int, error) {
		return compressedSize(b, func(w io.Writer) (io.WriteCloser, error) { return lz4.NewWriter(w), nil })
	},
	"zstd": func(b []byte) (int, error) {
		return compressedSize(b, func(w io.Writer) (io.WriteCloser, error) {
			return zstd.NewWriter(w, zstd.WithEncoderConcurrency(1))
		})
	},
}

func compressedSize(b []byte, open func(io.Writer) (io.WriteCloser, error)) (int, error) {
	var out bytes.Buffer
	w, err := open(&out)
	if err != nil {
		return 0, err
	}
	if _, err := w.Write(b); err != nil {
		return 0, err
	}
	err = w.Close()
	return out.Len(), err
}
