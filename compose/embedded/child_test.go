package embedded_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"kconsole/compose/embedded"
)

// The test binary can be started again as a cluster of its own, so that it can
// be killed: its order comes as JSON in this variable, its commands on standard
// input, one a line.
const childOrder = "KCONSOLE_TEST_EMBEDDED_CHILD"

type order struct {
	Dir       string
	Ports     []int
	Cert, Key []byte
}

// runAsChild runs the cluster if this process was started for that.
func runAsChild() bool {
	raw := os.Getenv(childOrder)
	if raw == "" {
		return false
	}
	if err := runChild(raw); err != nil {
		fmt.Fprintln(os.Stderr, "child:", err)
		os.Exit(1)
	}
	return true
}

func runChild(raw string) error {
	var o order
	if err := json.Unmarshal([]byte(raw), &o); err != nil {
		return err
	}
	pair, err := tls.X509KeyPair(o.Cert, o.Key)
	if err != nil {
		return err
	}
	cfg := testConfig()
	cfg.Dir, cfg.Ports, cfg.TLS = o.Dir, o.Ports, &tls.Config{Certificates: []tls.Certificate{pair}}
	c, err := embedded.Start(context.Background(), cfg)
	if err != nil {
		return err
	}
	fmt.Println("addrs", strings.Join(c.Addrs(), " "))
	in := bufio.NewScanner(os.Stdin)
	for in.Scan() { // ends with the parent
		verb, id, _ := strings.Cut(in.Text(), " ")
		n, _ := strconv.Atoi(id)
		switch verb {
		case "stop":
			err = c.Stop(int32(n))
		case "start":
			err = c.StartBroker(int32(n))
		case "end":
			return c.Close()
		}
		fmt.Println("done", err)
	}
	return c.Close()
}

// child is a cluster in a process of its own.
type child struct {
	cmd   *exec.Cmd
	in    io.WriteCloser
	out   *bufio.Scanner
	addrs []string
}

func (k *child) Addrs() []string { return k.addrs }

func (k *child) ports(t testing.TB) []int {
	t.Helper()
	var out []int
	for _, a := range k.addrs {
		_, port, err := net.SplitHostPort(a)
		if err != nil {
			t.Fatal(err)
		}
		n, _ := strconv.Atoi(port)
		out = append(out, n)
	}
	return out
}

func startChild(t testing.TB, dir string, ports []int) *child {
	t.Helper()
	raw, err := json.Marshal(order{Dir: dir, Ports: ports, Cert: certificate().cert, Key: certificate().key})
	if err != nil {
		t.Fatal(err)
	}
	k := &child{cmd: exec.Command(os.Args[0])}
	k.cmd.Env = append(os.Environ(), childOrder+"="+string(raw))
	k.cmd.Stderr = os.Stderr
	if k.in, err = k.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	out, err := k.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	k.out = bufio.NewScanner(out)
	if err := k.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if k.cmd.ProcessState == nil {
			k.kill(t)
		}
	})
	k.addrs = strings.Fields(strings.TrimPrefix(k.line(t), "addrs"))
	return k
}

func (k *child) line(t testing.TB) string {
	t.Helper()
	timer := time.AfterFunc(2*time.Minute, func() { _ = k.cmd.Process.Kill() })
	defer timer.Stop()
	if !k.out.Scan() {
		t.Fatalf("the child said nothing more: %v", k.out.Err())
	}
	return k.out.Text()
}

// do gives the child a command and waits until it is carried out.
func (k *child) do(t testing.TB, command string) {
	t.Helper()
	if _, err := fmt.Fprintln(k.in, command); err != nil {
		t.Fatal(err)
	}
	if got := k.line(t); got != "done <nil>" {
		t.Fatalf("%s: %s", command, got)
	}
}

// kill ends the child without a chance to write anything.
func (k *child) kill(t testing.TB) {
	t.Helper()
	if err := k.cmd.Process.Kill(); err != nil {
		t.Error(err)
	}
	_ = k.cmd.Wait() // it was killed, and says so
}

// end lets the child close in order.
func (k *child) end(t testing.TB) {
	t.Helper()
	fmt.Fprintln(k.in, "end")
	if err := k.cmd.Wait(); err != nil {
		t.Error(err)
	}
}
