package process

import (
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// listensOnLoopbackOnly checks the sockets of all processes of a stack, as the
// kernel lists them.
func listensOnLoopbackOnly(t *testing.T, s *Stack) {
	t.Helper()
	for _, u := range s.units() {
		_, rec, err := u.state()
		if err != nil {
			t.Fatal(err)
		}
		proc := filepath.Join("/proc", fmt.Sprint(rec.PID))
		own := map[string]bool{}
		fds, err := filepath.Glob(filepath.Join(proc, "fd", "*"))
		if err != nil || len(fds) == 0 {
			t.Fatalf("%s: no file descriptors (%v)", u.name, err)
		}
		for _, fd := range fds {
			target, _ := os.Readlink(fd)
			own[strings.TrimSuffix(strings.TrimPrefix(target, "socket:["), "]")] = true
		}
		listening := 0
		for _, table := range []string{"tcp", "tcp6", "udp", "udp6"} {
			raw, err := os.ReadFile(filepath.Join(proc, "net", table))
			if err != nil {
				continue // a kernel without that protocol
			}
			for line := range strings.Lines(string(raw)) {
				f := strings.Fields(line)
				if len(f) < 10 || !own[f[9]] || table[:3] == "tcp" && f[3] != "0A" {
					continue
				}
				listening++
				if addr, _, _ := strings.Cut(f[1], ":"); !isLoopback(t, addr) {
					t.Errorf("%s listens on %s (%s)", u.name, f[1], table)
				}
			}
		}
		if listening == 0 {
			t.Errorf("%s listens on nothing, so nothing was checked", u.name)
		}
	}
}

// isLoopback reads an address as /proc/net/tcp writes it: words in the
// machine's order, which here is little-endian.
func isLoopback(t *testing.T, addr string) bool {
	t.Helper()
	raw, err := hex.DecodeString(addr)
	if err != nil || len(raw)%4 != 0 {
		t.Fatalf("%q: %v", addr, err)
	}
	last := raw[len(raw)-4:]
	return last[3] == 127 || len(raw) == 16 && addr == "00000000000000000000000001000000"
}
