package recordfilter

import (
	"bytes"
	"testing"

	"pgregory.net/rapid"
)

// TestFolding looks for texts in texts, as lowering all of them does.
func TestFolding(t *testing.T) {
	letters := rapid.SampledFrom([]byte("aAbB1-\x00\xc3\xa9Zz[@`{"))
	rapid.Check(t, func(t *rapid.T) {
		want := appendLower(nil, rapid.SliceOfN(letters, 1, 6).Draw(t, "want"))
		b := rapid.SliceOfN(letters, 0, 40).Draw(t, "text")
		if rapid.Bool().Draw(t, "with it") {
			at := rapid.IntRange(0, len(b)).Draw(t, "at")
			b = bytes.Join([][]byte{b[:at], bytes.ToUpper(want), b[at:]}, nil)
		}
		f := newFolding(want)
		got, _ := f.index(b, nil)
		if exp := bytes.Index(appendLower(nil, b), want); got != exp {
			t.Fatalf("%q in %q: at %d, not %d", want, b, got, exp)
		}
	})
}
