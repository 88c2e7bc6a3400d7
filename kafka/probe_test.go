package kafka_test

import (
	"context"
	"testing"
	"time"

	"github.com/twmb/franz-go/pkg/kfake"

	"kconsole/kafka"
	"kconsole/kafka/config"
)

func TestProbeFindsTheStepThatFails(t *testing.T) {
	ca, stranger := newAuthority(t, "our CA"), newAuthority(t, "stranger CA")
	soon := time.Now().Add(time.Hour)
	cluster := fakeCluster(t, kfake.TLS(ca.server(t, "127.0.0.1", soon)), kfake.EnableSASL(), kfake.Superuser("PLAIN", "admin", "right"))
	good := config.Cluster{
		Name: "lab", Brokers: cluster.ListenAddrs()[:1], TLS: &config.TLS{CA: ca.file},
		SASL: &config.SASL{Mechanism: "PLAIN", Username: "admin", Password: config.NewSecret("right")},
	}
	probes := connect(t, good).Probe(context.Background())
	if len(probes) != 3 {
		t.Fatalf("%d listeners, want the three that are advertised: %+v", len(probes), probes)
	}
	bootstrap := 0
	for _, p := range probes {
		if !p.OK() || len(p.Steps) != 4 || p.Broker < 0 {
			t.Errorf("%+v", p)
		}
		for _, s := range p.Steps {
			if s.Detail == "" || s.Took <= 0 {
				t.Errorf("%s: %+v", p.Address, s)
			}
		}
		if p.Bootstrap {
			bootstrap++
		}
	}
	if bootstrap != 1 {
		t.Errorf("%d of them are bootstrap addresses, want 1", bootstrap)
	}

	with := func(change func(cfg *config.Cluster)) config.Cluster {
		cfg := good
		tls, sasl := *good.TLS, *good.SASL
		cfg.TLS, cfg.SASL = &tls, &sasl
		change(&cfg)
		return cfg
	}
	for name, test := range map[string]struct {
		cfg  config.Cluster
		step string
		kind kafka.Kind
	}{
		"name":     {with(func(cfg *config.Cluster) { cfg.Brokers = []string{"no-such-host.invalid:1"} }), "dns", kafka.Unreachable},
		"port":     {with(func(cfg *config.Cluster) { cfg.Brokers = []string{"127.0.0.1:1"} }), "tcp", kafka.Unreachable},
		"CA":       {with(func(cfg *config.Cluster) { cfg.TLS.CA = stranger.file }), "tls", kafka.TLS},
		"password": {with(func(cfg *config.Cluster) { cfg.SASL.Password = config.NewSecret("wrong") }), "sign-in", kafka.Auth},
		"sign-in":  {with(func(cfg *config.Cluster) { cfg.SASL = nil }), "sign-in", kafka.Auth},
	} {
		t.Run(name, func(t *testing.T) {
			probes := connect(t, test.cfg).Probe(context.Background())
			if len(probes) != 1 || probes[0].OK() || probes[0].Broker != kafka.NoLeader {
				t.Fatalf("%+v", probes)
			}
			last := probes[0].Steps[len(probes[0].Steps)-1]
			if last.Name != test.step || kafka.KindOf(last.Err) != test.kind {
				t.Errorf("%s failed with %v (%s), want %s with %s", last.Name, last.Err, kafka.KindOf(last.Err), test.step, test.kind)
			}
			if test.step == "tls" && last.Detail == "" {
				t.Error("the certificates that were refused are not shown")
			}
		})
	}
}
