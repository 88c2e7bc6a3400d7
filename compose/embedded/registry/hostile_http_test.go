package registry

import (
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"runtime"
	"runtime/debug"
	"strings"
	"sync"
	"testing"
	"time"

	"kconsole/compose/embedded/hostile"
)

// heapWatch samples how far the heap and the stacks grow beyond where they were.
type heapWatch struct {
	base, peak uint64
	stop, done chan struct{}
}

func watchHeap() *heapWatch {
	runtime.GC()
	h := &heapWatch{base: inUse(), stop: make(chan struct{}), done: make(chan struct{})}
	go func() {
		defer close(h.done)
		tick := time.NewTicker(2 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-h.stop:
				return
			case <-tick.C:
				h.peak = max(h.peak, inUse())
			}
		}
	}()
	return h
}

func inUse() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc + m.StackInuse
}

// growth ends the watch and returns the growth in MiB.
func (h *heapWatch) growth() int {
	close(h.stop)
	<-h.done
	if h.peak < h.base {
		return 0
	}
	return int((h.peak - h.base) >> 20)
}

const maxGrowthMiB = 64

// Bytes of all kinds from many connections that never sign in: no panic, no
// growth, and who signs in is served meanwhile.
func TestHostileBytesFromStrangers(t *testing.T) {
	watch := newPanicWatch()
	s := start(t, Config{Logger: slog.New(watch), Users: []User{{Name: "admin", Password: "x", Rights: Admin}}})
	heap := watchHeap()
	var wg sync.WaitGroup
	deadline := time.Now().Add(hostile.Time(t, 0))
	for i := range 8 {
		wg.Go(func() {
			rnd := rand.New(rand.NewPCG(1, uint64(i)))
			for n := 0; n < 40 || time.Now().Before(deadline); n++ {
				throwAt(t, s.Addr(), hostileBytes(rnd))
			}
		})
	}
	c := caller{t, s.URL(), httpClient(t), "admin", "x"}
	for range 20 {
		c.do("GET", "/subjects", nil).want(t, 200, 0)
	}
	wg.Wait()
	grown := heap.growth()
	t.Logf("memory grew by %d MiB", grown)
	if grown > maxGrowthMiB {
		t.Errorf("memory grew by %d MiB", grown)
	}
	if p := watch.panics(); p != "" {
		t.Error(p)
	}
}

func hostileBytes(rnd *rand.Rand) []byte {
	random := make([]byte, rnd.IntN(4096))
	for i := range random {
		random[i] = byte(rnd.Uint32())
	}
	long := strings.Repeat("a", 100<<10)
	switch rnd.IntN(9) {
	case 0:
		return random
	case 1:
		return append([]byte("GET / HTTP/1.1\r\n"), random...)
	case 2:
		return []byte("GET /" + long + " HTTP/1.1\r\nHost: x\r\n\r\n")
	case 3:
		return []byte("GET / HTTP/1.1\r\nHost: x\r\nX: " + long + "\r\n\r\n")
	case 4:
		return []byte("POST /subjects/a/versions HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999\r\n\r\n" + long)
	case 5:
		return []byte("POST /subjects/a/versions HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nfffffff\r\n" + long)
	case 6:
		return []byte("GET / HTTP/1.1\r\nHost: x\r\nAuthorization: Basic " + long[:2000] + "\r\n\r\n")
	case 7:
		return []byte(strings.Repeat("GET /subjects HTTP/1.1\r\nHost: x\r\n\r\n", 50))
	}
	return []byte("\x16\x03\x01\xff\xff" + string(random)) // a TLS hello at a plain port
}

// throwAt sends bytes, reads what comes back for a while, and hangs up.
func throwAt(t *testing.T, addr string, b []byte) {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Error(err)
		return
	}
	defer func() { _ = conn.Close() }()
	_ = conn.SetDeadline(time.Now().Add(50 * time.Millisecond))
	_, _ = conn.Write(b) // the server may hang up first
	_, _ = io.Copy(io.Discard, io.LimitReader(conn, 1<<20))
}

// Everything a user with all rights can think of, from several connections at
// once: no panic and bounded memory.
func TestHostileRequestsFromUsers(t *testing.T) {
	watch := newPanicWatch()
	s := start(t, Config{Level: FullTransitive, Logger: slog.New(watch)})
	client := httpClient(t)
	c := caller{t: t, url: s.URL(), client: client}
	c.register("a", `"string"`)
	var bodies []string
	schemas := hostileSchemas()
	for _, n := range sortedKeys(schemas) {
		quoted := new(bytes.Buffer)
		writeString(quoted, strings.ToValidUTF8(schemas[n].text, "?"))
		bodies = append(bodies, fmt.Sprintf(`{"schemaType":%q,"schema":%s}`, schemas[n].kind, quoted))
	}
	for range 8 {
		bodies = append(bodies, `{"schema":"`+strings.Repeat(`\u0000`, 180000)+`"}`)
	}
	bodies = append(bodies,
		strings.Repeat("[", 500000), `{"metadata":`+strings.Repeat(`{"a":`, 5000)+`1`, strings.Repeat("x", 2<<20),
		`{"references":[`+strings.Repeat(`{"name":"a","subject":"a","version":1},`, 20000)+`{}],"schema":"\"int\""}`,
		`{"schema":"\"int\"","id":-99999999999999999999}`, `{"schema":"\"int\"","version":1e99}`, "\xff\xfe{}", `{"schema":"\ud800"}`,
		`{"mode":"`+strings.Repeat("x", 900000)+`"}`, `{"compatibility":"`+strings.Repeat("x", 900000)+`"}`,
	)
	paths := []string{"/subjects/a/versions", "/subjects/a", "/compatibility/subjects/a/versions?verbose=true", "/config/b", "/mode/b"}
	// What the collector has not come to yet is not held: with its usual pace
	// that would be as much again.
	defer debug.SetGCPercent(debug.SetGCPercent(20))
	heap := watchHeap()
	var wg sync.WaitGroup
	for i := range 4 {
		wg.Go(func() {
			rnd := rand.New(rand.NewPCG(2, uint64(i)))
			for j := range 40 {
				body := bodies[(i+4*j)%len(bodies)]
				path := paths[rnd.IntN(len(paths))]
				method := http.MethodPost
				if strings.HasPrefix(path, "/config") || strings.HasPrefix(path, "/mode") {
					method = http.MethodPut
				}
				req, err := http.NewRequest(method, s.URL()+path, strings.NewReader(body))
				if err != nil {
					t.Error(err)
					return
				}
				resp, err := client.Do(req)
				if err != nil {
					continue // a body that is too large may be cut off
				}
				_, _ = io.Copy(io.Discard, resp.Body)
				_ = resp.Body.Close()
			}
		})
	}
	wg.Wait()
	grown := heap.growth()
	t.Logf("memory grew by %d MiB", grown)
	if grown > maxGrowthMiB {
		t.Errorf("memory grew by %d MiB, at most %d are wanted", grown, maxGrowthMiB)
	}
	if p := watch.panics(); p != "" {
		t.Error(p)
	}
	c.do("GET", "/subjects/a/versions/1", nil).want(t, 200, 0)
}

// Paths that are not what they seem.
func TestAbsurdPaths(t *testing.T) {
	s := start(t, Config{})
	for raw, status := range map[string]int{
		"/subjects/%":                            400,
		"/subjects/%zz/versions":                 400,
		"/subjects//versions":                    404,
		"//subjects":                             404,
		"/subjects/../config":                    404,
		"/subjects/%2e%2e/versions":              404,
		"/SUBJECTS":                              404,
		"/subjects/a/versions/1/../2":            404,
		"/contexts/.a:b/subjects":                400,
		"/contexts/.a/contexts/.b/subjects":      404,
		"/subjects/" + strings.Repeat("a", 5000): 414,
		"/subjects/" + strings.Repeat("%2F", 600) + "/versions":         404,
		"/schemas/ids/99999999999999999999":                             404,
		"/schemas/ids/-1":                                               404,
		"/schemas/ids/1/versions/2/3":                                   404,
		"/subjects?offset=x":                                            404,
		"/subjects?offset=-1":                                           400,
		"/subjects?limit=99999999999999":                                404,
		"/subjects?%zz":                                                 400,
		"/subjects?subjectPrefix=%ff":                                   200,
		"/subjects?offset=2147483647":                                   200,
		"/config/%00":                                                   404,
		"/subjects/%ff/versions":                                        404,
		"/contexts?contextPrefix=" + strings.Repeat("x", 1000):          200,
		"/subjects/a/metadata?key=a&key=b&value=c":                      404,
		"/subjects/:.__GLOBAL:a/versions":                               404,
		"/schemas/guids/" + strings.Repeat("0", 1000):                   404,
		"/schemas/guids/%2F..%2F":                                       404,
		"/v1/metadata/id?x=" + strings.Repeat("y", 10000):               200,
		"/compatibility/subjects/a/versions/1":                          405,
		"/subjects/a/versions/1?deleted=maybe&format=<script>":          404,
		"/subjects/a%0d%0aX-Header:%20y/versions":                       404,
		"/subjects/\u202e/versions":                                     404,
		"/mode/:.":                                                      200,
		"/mode/:":                                                       404,
		"/config/:.x":                                                   404,
		"/schemas?latestOnly=true&subjectPrefix=:*:&deleted=true&a=b&c": 200,
	} {
		conn, err := net.Dial("tcp", s.Addr())
		if err != nil {
			t.Fatal(err)
		}
		_ = conn.SetDeadline(time.Now().Add(10 * time.Second))
		_, _ = fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", strings.ReplaceAll(raw, " ", "%20"))
		b, err := io.ReadAll(conn)
		_ = conn.Close()
		if err != nil {
			t.Fatal(err)
		}
		if want := fmt.Sprintf("HTTP/1.1 %d ", status); !bytes.HasPrefix(b, []byte(want)) {
			t.Errorf("%s: %.300q, want %d", clip(raw, 80), b, status)
		}
		if bytes.Contains(b, []byte("\nX-Header: y")) {
			t.Errorf("%s: a header was injected", raw)
		}
	}
}
