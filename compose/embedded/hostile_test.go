package embedded_test

import (
	"crypto/tls"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kmsg"

	"kconsole/compose/embedded"
	"kconsole/compose/embedded/hostile"
	"kconsole/compose/embedded/wire"
)

// seeds are the shapes that hostile bytes start from.
func seeds() [][]byte {
	frame := func(body []byte) []byte {
		return append(binary.BigEndian.AppendUint32(nil, uint32(len(body))), body...)
	}
	header := func(key, version int16) []byte {
		b := binary.BigEndian.AppendUint16(nil, uint16(key))
		b = binary.BigEndian.AppendUint16(b, uint16(version))
		return append(b, 0, 0, 0, 1, 0xff, 0xff)
	}
	req := func(r kmsg.Request, version int16) []byte {
		r.SetVersion(version)
		return frame(wire.AppendRequest(nil, r, 7, "x"))
	}
	av := kmsg.NewPtrApiVersionsRequest()
	av.ClientSoftwareName, av.ClientSoftwareVersion = "x", "1"
	hs := kmsg.NewPtrSASLHandshakeRequest()
	hs.Mechanism = "SCRAM-SHA-512"
	auth := kmsg.NewPtrSASLAuthenticateRequest()
	auth.SASLAuthBytes = []byte("n,,n=admin,r=abc")
	final := kmsg.NewPtrSASLAuthenticateRequest()
	final.SASLAuthBytes = []byte("c=biws,r=abc,p=AAAA")
	out := [][]byte{
		nil,
		{0x7f, 0xff, 0xff, 0xff}, // 2 GB announced
		{0xff, 0xff, 0xff, 0xff}, // a negative size
		{0, 0, 0, 0},             // nothing announced
		append([]byte{0, 0, 0x3f, 0xff}, 1, 2, 3),   // more announced than sent
		[]byte("GET / HTTP/1.1\r\nHost: x\r\n\r\n"), // somebody else's protocol
		frame(header(999, 0)),                       // unknown key
		frame(header(-1, -1)),
		frame(header(18, 99)),                                      // a version from the future
		frame(append(header(3, 12), 0x80, 0x80, 0x80, 0x80, 0x08)), // header tags without end
		req(av, 3), req(hs, 1), req(auth, 2), req(kmsg.NewPtrMetadataRequest(), 12),
	}
	av.SetVersion(3)
	lie := wire.AppendRequest(nil, av, 7, "x")
	out = append(out, frame(append(lie[:len(lie)-1], 0xff, 0xff, 0xff, 0xff, 0x0f))) // 4 billion tags
	out = append(out,
		append(append(req(hs, 1), req(auth, 2)...), req(final, 2)...),
		append(req(hs, 1), req(final, 2)...),
		append(req(hs, 1), req(hs, 1)...),
		append(req(hs, 1), req(kmsg.NewPtrProduceRequest(), 9)...),
	)
	for key := range int16(96) {
		for _, version := range []int16{0, 1, 5, 12, 100, -1} {
			out = append(out, frame(append(header(key, version), make([]byte, 40)...)))
		}
	}
	return out
}

// plaintextTarget is a cluster with sign-in and without TLS, so that bytes
// reach the protocol as they are.
func plaintextTarget(tb testing.TB) *embedded.Cluster {
	return start(tb, func(c *embedded.Config) { c.TLS = nil })
}

// throw sends bytes to a listener and reads what comes until the peer hangs up
// or has had its time. It returns the answer.
func throw(addr string, data []byte, patience time.Duration) ([]byte, error) {
	nc, err := net.DialTimeout("tcp", addr, 5*time.Second)
	if err != nil {
		return nil, err
	}
	defer nc.Close()
	_ = nc.SetDeadline(time.Now().Add(patience))
	_, _ = nc.Write(data) // the peer may have hung up already
	if tc, ok := nc.(*net.TCPConn); ok {
		_ = tc.CloseWrite()
	}
	answer, _ := io.ReadAll(nc) // a reset is an answer too
	return answer, nil
}

// FuzzListener throws bytes at a broker's port, as a stranger.
func FuzzListener(f *testing.F) {
	for _, s := range seeds() {
		f.Add(s)
	}
	c := plaintextTarget(f)
	addr := c.Addrs()[0]
	f.Fuzz(func(t *testing.T, data []byte) {
		if _, err := throw(addr, data, 2*time.Second); err != nil {
			t.Fatalf("the broker is gone: %v", err)
		}
	})
}

func TestHostileStrangers(t *testing.T) {
	c := plaintextTarget(t)
	secure := start(t)
	rnd := rand.New(rand.NewPCG(1, 2))
	heap := func() uint64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before, goroutines := heap(), runtime.NumGoroutine()
	var peak uint64
	all := seeds()
	deadline := time.Now().Add(hostile.Time(t, 3*time.Second))
	thrown := 0
	for ; time.Now().Before(deadline) || thrown < len(all); thrown++ {
		data := append([]byte(nil), all[thrown%len(all)]...)
		if thrown >= len(all) {
			for range 1 + rnd.IntN(8) {
				if len(data) > 0 {
					data[rnd.IntN(len(data))] = byte(rnd.Uint32())
				}
			}
			if rnd.IntN(4) == 0 {
				data = append(data, all[rnd.IntN(len(all))]...)
			}
		}
		target := c.Addrs()[thrown%3]
		if thrown%16 == 0 {
			target = secure.Addrs()[0] // bytes where a TLS greeting is expected
		}
		if _, err := throw(target, data, 5*time.Second); err != nil {
			t.Fatalf("after %d: %v", thrown, err)
		}
		if thrown%500 == 0 {
			var m runtime.MemStats
			runtime.ReadMemStats(&m)
			peak = max(peak, m.HeapAlloc)
		}
	}
	t.Logf("%d throws, heap %d KiB before, %d KiB at the highest", thrown, before>>10, peak>>10)
	if peak > before && peak-before > 64<<20 {
		t.Errorf("memory grew by %d MiB", (peak-before)>>20)
	}
	eventually(t, "connections end", func() error {
		if n := runtime.NumGoroutine(); n > goroutines+5 {
			return fmt.Errorf("%d goroutines, were %d", n, goroutines)
		}
		return nil
	})
	if md := metadataNow(t, client(t, secure)); len(md.brokers) != 3 {
		t.Errorf("brokers: %v", md.brokers)
	}
}

// TestStrangersAreHeldShort opens more connections than a broker takes from
// strangers, each announcing much and sending little.
func TestStrangersAreHeldShort(t *testing.T) {
	c := plaintextTarget(t)
	addr := c.Addrs()[1]
	var held []net.Conn
	refused := 0
	for range 200 {
		nc, err := net.Dial("tcp", addr)
		if err != nil {
			t.Fatal(err)
		}
		defer nc.Close()
		if _, err := nc.Write([]byte{0, 0, 0x3f, 0xff, 0, 18}); err == nil {
			held = append(held, nc)
		}
	}
	for _, nc := range slices.Backward(held) { // the last ones came too late
		_ = nc.SetReadDeadline(time.Now().Add(2 * time.Second))
		if _, err := nc.Read(make([]byte, 1)); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
			break
		}
		refused++
	}
	if refused <= 20 {
		t.Errorf("%d of 200 strangers were turned away", refused)
	}
	// Another broker is not affected.
	if _, err := throw(c.Addrs()[2], seeds()[10], time.Second); err != nil {
		t.Error(err)
	}
}

// TestUnauthenticatedRequests checks that nothing but ApiVersions and SASL is
// answered before sign-in, over TLS too.
func TestUnauthenticatedRequests(t *testing.T) {
	c := start(t)
	for key := range int16(95) {
		req := kmsg.RequestForKey(key)
		if req == nil {
			continue
		}
		nc, err := tls.Dial("tcp", c.Addrs()[0], certificate().client())
		if err != nil {
			t.Fatal(err)
		}
		_ = nc.SetDeadline(time.Now().Add(5 * time.Second))
		req.SetVersion(min(req.MaxVersion(), 1))
		if err := wire.WriteFrame(nc, wire.AppendRequest(nil, req, 1, "")); err != nil {
			t.Fatal(err)
		}
		_, err = wire.ReadFrame(nc, func() int { return 1 << 20 })
		answered := err == nil
		if want := key == 17 || key == 18 || key == 36; answered != want {
			t.Errorf("%s before sign-in: answered %v (%v)", kmsg.NameForKey(key), answered, err)
		}
		nc.Close()
	}
}
