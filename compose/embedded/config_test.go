package embedded_test

import (
	"net"
	"strings"
	"testing"

	"github.com/twmb/franz-go/pkg/kgo"

	"kconsole/compose/embedded"
)

// TestPlain is the smallest cluster: one broker, no TLS, nobody signs in, and
// topics come into being when they are asked for.
func TestPlain(t *testing.T) {
	c := start(t, func(cfg *embedded.Config) {
		*cfg = embedded.Config{Brokers: 1, Timing: embedded.ShortTiming}
		cfg.Defaults.AutoCreateTopics, cfg.Defaults.Partitions = true, 4
	})
	cl, err := kgo.NewClient(kgo.SeedBrokers(c.Addrs()...), kgo.AllowAutoTopicCreation(),
		kgo.ConsumeTopics("made-by-asking"), kgo.ConsumeResetOffset(kgo.NewOffset().AtStart()))
	if err != nil {
		t.Fatal(err)
	}
	defer cl.Close()
	produceN(t, cl, "made-by-asking", 20)
	if got := consumeN(t, cl, 20); len(got) != 20 {
		t.Errorf("%d records", len(got))
	}
	md := metadataNow(t, cl, "made-by-asking")
	if len(md.parts["made-by-asking"]) != 4 || len(md.parts["made-by-asking"][0].Replicas) != 1 {
		t.Errorf("topic: %s", md)
	}
}

func TestBadConfig(t *testing.T) {
	taken, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	port := taken.Addr().(*net.TCPAddr).Port
	for want, change := range map[string]func(*embedded.Config){
		"loopback":       func(c *embedded.Config) { c.Host = "0.0.0.0" },
		"brokers":        func(c *embedded.Config) { c.Brokers = 99 },
		"ports":          func(c *embedded.Config) { c.Ports = []int{1} },
		"need users":     func(c *embedded.Config) { c.Users = nil },
		"password":       func(c *embedded.Config) { c.Users = []embedded.User{{Name: "x"}} },
		"SASL mechanism": func(c *embedded.Config) { c.Users[0].Mechanisms = []string{"MAGIC"} },
		"taken":          func(c *embedded.Config) { c.Users[0].Name = "__embedded" },
		"cannot listen":  func(c *embedded.Config) { c.Ports = []int{0, port, 0} },
	} {
		cfg := testConfig()
		change(&cfg)
		c, err := embedded.Start(t.Context(), cfg)
		if err == nil {
			c.Close()
			t.Errorf("%s: started", want)
		} else if !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
}
