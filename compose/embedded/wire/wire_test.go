package wire

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"testing"

	"github.com/twmb/franz-go/pkg/kmsg"
)

func TestFrames(t *testing.T) {
	limit := func() int { return 1 << 20 }
	for _, size := range []int{4, 5, growStep - 1, growStep, growStep + 1, 3*growStep + 7, 1 << 20} {
		body := bytes.Repeat([]byte{7}, size)
		var buf bytes.Buffer
		if err := WriteFrame(&buf, body); err != nil {
			t.Fatal(err)
		}
		got, err := ReadFrame(&buf, limit)
		if err != nil || !bytes.Equal(got, body) {
			t.Errorf("size %d: %d bytes, %v", size, len(got), err)
		}
	}
	for what, raw := range map[string][]byte{
		"too large": {0x7f, 0xff, 0xff, 0xff, 1}, "negative": {0xff, 0xff, 0xff, 0xff}, "too small": {0, 0, 0, 3, 1, 2, 3},
	} {
		if _, err := ReadFrame(bytes.NewReader(raw), limit); !errors.Is(err, ErrFrameSize) {
			t.Errorf("%s: %v", what, err)
		}
	}
	if _, err := ReadFrame(bytes.NewReader([]byte{0, 0, 1, 0, 1}), limit); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("cut short: %v", err)
	}
	if _, err := ReadFrame(bytes.NewReader(nil), limit); !errors.Is(err, io.EOF) {
		t.Errorf("nothing: %v", err)
	}
}

// TestAnnouncedIsNotTaken measures that a large announcement alone costs little.
func TestAnnouncedIsNotTaken(t *testing.T) {
	raw := append(binary.BigEndian.AppendUint32(nil, 90<<20), make([]byte, 1000)...)
	got := testing.Benchmark(func(b *testing.B) {
		b.ReportAllocs()
		for range b.N {
			if _, err := ReadFrame(bytes.NewReader(raw), func() int { return MaxFrame }); err == nil {
				b.Fatal("a cut frame was read")
			}
		}
	})
	if per := got.AllocedBytesPerOp(); per > 2*growStep {
		t.Errorf("%d bytes taken for 1000 that came", per)
	}
}

func TestMessagesOfEveryVersion(t *testing.T) {
	for key := range int16(96) {
		req := kmsg.RequestForKey(key)
		if req == nil {
			continue
		}
		for version := int16(0); version <= req.MaxVersion(); version++ {
			req.SetVersion(version)
			frame := AppendRequest(nil, req, 42, "me")
			r, err := ParseRequest(frame)
			if err != nil || r.Key != key || r.Version != version || r.Correlation != 42 || r.ClientID != "me" {
				t.Fatalf("%s v%d: %+v %v", kmsg.NameForKey(key), version, r, err)
			}
			back, err := r.Decode()
			if err != nil {
				t.Fatalf("%s v%d: %v", kmsg.NameForKey(key), version, err)
			}
			if again := AppendRequest(nil, back, 42, "me"); !bytes.Equal(again, frame) {
				t.Errorf("%s v%d: %x, was %x", kmsg.NameForKey(key), version, again, frame)
			}
			resp := req.ResponseKind()
			raw := AppendResponse(nil, resp, 42)
			if Correlation(raw) != 42 {
				t.Errorf("%s v%d: correlation %d", kmsg.NameForKey(key), version, Correlation(raw))
			}
			if _, err := DecodeResponse(req, raw); err != nil {
				t.Errorf("%s v%d response: %v", kmsg.NameForKey(key), version, err)
			}
		}
	}
}

// strangers are the requests that come before sign-in, in all versions.
func strangers() map[string][]byte {
	out := map[string][]byte{}
	av := kmsg.NewPtrApiVersionsRequest()
	av.ClientSoftwareName, av.ClientSoftwareVersion = "some-client", "1.2"
	hs := kmsg.NewPtrSASLHandshakeRequest()
	hs.Mechanism = "PLAIN"
	auth := kmsg.NewPtrSASLAuthenticateRequest()
	auth.SASLAuthBytes = []byte("n,,n=admin,r=abc")
	for _, req := range []kmsg.Request{av, hs, auth} {
		for version := int16(0); version <= req.MaxVersion(); version++ {
			req.SetVersion(version)
			out[fmt.Sprintf("%s v%d", kmsg.NameForKey(req.Key()), version)] = AppendRequest(nil, req, 1, "x")
		}
	}
	return out
}

func TestStrangersAreChecked(t *testing.T) {
	for name, frame := range strangers() {
		r, err := ParseRequest(frame)
		if err != nil {
			t.Fatal(err)
		}
		if err := r.CheckStranger(); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		r.body = r.body[:max(0, len(r.body)-1)]
		if err := r.CheckStranger(); err == nil && len(r.body) > 0 {
			t.Errorf("%s: cut short and not noticed", name)
		}
	}
	// 4 billion tags in an ApiVersions request of 20 bytes.
	lie := append(strangers()["ApiVersions v3"], 0)
	lie = append(lie[:len(lie)-2], 0xff, 0xff, 0xff, 0xff, 0x0f)
	r, err := ParseRequest(lie)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.CheckStranger(); !errors.Is(err, ErrMalformed) {
		t.Errorf("4 billion tags: %v", err)
	}
}

// FuzzStranger takes whatever comes as a request of a stranger.
func FuzzStranger(f *testing.F) {
	for _, frame := range strangers() {
		f.Add(frame)
	}
	f.Add([]byte{0, 3, 0, 12, 0, 0, 0, 1, 0xff, 0xff, 0x80, 0x80, 0x80, 0x80, 0x08})
	f.Fuzz(func(_ *testing.T, frame []byte) {
		r, err := ParseRequest(frame)
		if err != nil || len(frame) > MaxUnauthenticated || r.CheckStranger() != nil {
			return
		}
		if req, err := r.Decode(); err == nil {
			AppendRequest(nil, req, r.Correlation, r.ClientID)
		}
	})
}
